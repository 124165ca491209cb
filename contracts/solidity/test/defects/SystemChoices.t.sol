// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Minter} from "../../src/Minter.sol";
import {Owned} from "../../src/access/Owned.sol";
import {MerkleMine} from "../../src/distribution/MerkleMine.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {ILivepeerTokenFaucet} from "../../src/interfaces/ILivepeerTokenFaucet.sol";
import {ILivepeerVerifier} from "../../src/interfaces/ILivepeerVerifier.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {JobsActors} from "./JobsActors.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @dev Choices about what surrounds stake and jobs: limits, events, ownership, distribution. See DECISIONS.md.
contract SystemChoicesTest is JobsActors {
    /// @dev Loops are bounded by parameters: a claim by its rounds.
    function test_U5_aClaimSpansNoMoreRoundsThanAllowed() public {
        _stand(tom, 1000 ether);
        uint256 bondedIn = rounds.currentRound();
        _nextRound(CLAIM_ROUNDS + 1);
        bytes memory tooMany = abi.encodeWithSelector(
            IBondingManager.BondingManagerTooManyRounds.selector, CLAIM_ROUNDS + 1, CLAIM_ROUNDS
        );
        vm.startPrank(tom);
        vm.expectRevert(tooMany);
        bonding.claimEarnings(bondedIn + CLAIM_ROUNDS + 1);
        vm.expectRevert(tooMany);
        bonding.unbond();
        bonding.claimEarnings(bondedIn + CLAIM_ROUNDS);
        bonding.unbond();
        vm.stopPrank();
        assertEq(bonding.getTotalBonded(), 0);
    }

    /// @dev What happened without a trace in 2018.
    function test_U7_whatHadNoEventHasOne() public {
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.SolverAdded(stranger);
        verifier.addSolver(stranger);
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.SolverRemoved(stranger);
        verifier.removeSolver(stranger);
        vm.expectEmit(address(verifier));
        emit IManager.ParameterUpdate("verificationCodeHash");
        verifier.setVerificationCodeHash("QmOther");

        vm.expectEmit(address(faucet));
        emit ILivepeerTokenFaucet.WhitelistAdded(stranger);
        faucet.addToWhitelist(stranger);
        vm.expectEmit(address(faucet));
        emit ILivepeerTokenFaucet.WhitelistRemoved(stranger);
        faucet.removeFromWhitelist(stranger);

        Minter successor = new Minter(address(controller), 0, 0, 0);
        controller.pause();
        vm.expectEmit(address(minter));
        emit IMinter.MigratedToNewMinter(address(successor), 0, DEPOSIT);
        minter.migrateToNewMinter(successor);
    }

    function test_U7_moneyThatMovesSaysSo() public {
        _stand(tom, 1000 ether);
        _bond(ann, 1000 ether, tom);
        uint256 round = _nextRound(1);
        vm.expectEmit(address(minter));
        emit IMinter.RewardCreated(MINTABLE);
        vm.expectEmit(address(bonding));
        emit IBondingManager.Reward(tom, MINTABLE);
        vm.prank(tom);
        bonding.reward();

        vm.deal(address(jobs), 2 ether);
        vm.startPrank(address(jobs));
        vm.expectEmit(address(minter));
        emit IMinter.ETHDeposited(address(jobs), 2 ether);
        minter.depositETH{value: 2 ether}();
        vm.expectEmit(address(bonding));
        emit IBondingManager.FeesAdded(tom, round, 2 ether);
        bonding.updateTranscoderWithFees(tom, 2 ether, round);
        vm.expectEmit(address(minter));
        emit IMinter.TokensTransferred(finder, 15 ether);
        vm.expectEmit(address(minter));
        emit IMinter.TokensBurned(285 ether);
        bonding.slashTranscoder(tom, finder, DOUBLE_SLASH, FINDER_FEE);
        vm.stopPrank();

        // Ann's 1,000 of 2,000: the slash takes nothing from what was earned before, and gives nobody more of it.
        vm.expectEmit(address(bonding));
        emit IBondingManager.EarningsClaimed(tom, ann, MINTABLE / 4, 0.5 ether, round);
        vm.expectEmit(address(minter));
        emit IMinter.ETHWithdrawn(ann, 0.5 ether);
        vm.prank(ann);
        bonding.withdrawFees();
    }

    function test_U7_aSlashedClaimSaysWhatItReturns() public {
        _stand(tom, 1000 ether);
        _nextRound(1);
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 3, 4);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(tom, jobId, 0, 4 * PRICE);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(tom, jobId, 1, 2 * PRICE);
        _doubleClaim(jobId, 0, 1, 3);
    }

    /// @dev Ownership moves in one step, and can not be given up: nobody could lift a pause then.
    function test_U15_ownershipMovesAtOnceAndIsNeverGivenUp() public {
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        controller.renounceOwnership();
        vm.expectEmit(address(controller));
        emit Ownable.OwnershipTransferred(address(this), stranger);
        controller.transferOwnership(stranger);
        assertEq(controller.owner(), stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        controller.pause();
        vm.prank(stranger);
        controller.pause();
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        vm.prank(address(minter));
        token.renounceOwnership();
    }

    /// @dev Ten tokens for three recipients are three each; the tenth stays, and nobody has a key to it.
    function test_U16_theRemainderOfTheDivisionStays() public {
        address[3] memory recipients = [ann, ben, cat];
        bytes32[] memory leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++) {
            leaves[i] = keccak256(abi.encodePacked(recipients[i]));
        }
        MerkleMine mine = new MerkleMine(
            IERC20(address(token)), PackedTree.root(leaves), 10, 3, 0, block.number, block.number + 1, block.number + 2
        );
        assertTrue(token.transfer(address(mine), 10));
        mine.start();
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(recipients[i]);
            mine.generate(recipients[i], PackedTree.proof(leaves, i));
            assertEq(token.balanceOf(recipients[i]), 3);
        }
        assertEq(token.balanceOf(address(mine)), 1);
    }

    /// @dev The pool only grows.
    function test_U19_thePoolDoesNotShrink() public {
        for (uint256 size = 0; size <= POOL_SIZE; size++) {
            vm.expectRevert(
                abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, size, POOL_SIZE)
            );
            bonding.setNumTranscoders(size);
        }
        bonding.setNumTranscoders(POOL_SIZE + 1);
        assertEq(bonding.getTranscoderPoolMaxSize(), POOL_SIZE + 1);
    }
}
