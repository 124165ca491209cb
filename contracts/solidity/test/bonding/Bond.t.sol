// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

/// @dev bond(): the first time, more of it, to somebody else, and again after unbonding.
contract BondTest is BondingFixture {
    function _expectBond(address delegate, address delegator) private {
        vm.expectEmit(address(bonding));
        emit IBondingManager.Bond(delegate, delegator);
    }

    // --- the first time

    function test_first_isPendingUntilTheNextRound() public {
        assertEq(_status(alice), 3);
        assertTrue(token.transfer(alice, 1000));
        vm.startPrank(alice);
        token.approve(address(bonding), 1000);
        _expectBond(bob, alice);
        bonding.bond(1000, bob);
        vm.stopPrank();

        Stake memory a = _stakeOf(alice);
        assertEq(a.bondedAmount, 1000);
        assertEq(a.fees, 0);
        assertEq(a.delegateAddress, bob);
        assertEq(a.delegatedAmount, 0);
        assertEq(a.startRound, FIRST_ROUND + 1);
        assertEq(a.withdrawRound, 0);
        assertEq(a.lastClaimRound, FIRST_ROUND);
        assertEq(_stakeOf(bob).delegatedAmount, 1000);
        assertEq(_stakeOf(bob).bondedAmount, 0);
        assertEq(bonding.getTotalBonded(), 1000);
        assertEq(token.balanceOf(address(minter)), 1000);
        assertEq(token.balanceOf(alice), 0);
        assertEq(_status(alice), 0);
        _newRound();
        assertEq(_status(alice), 1);
    }

    function test_first_toARegisteredTranscoderRaisesItsRank() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 1000);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        _bond(carol, 1, alice);
        assertEq(bonding.transcoderTotalStake(alice), 1001);
        assertEq(bonding.getFirstTranscoderInPool(), alice);
        assertEq(bonding.getNextTranscoderInPool(alice), bob);
        _assertBooksBalance();
    }

    function test_first_skipsHoweverManyRoundsThereWere() public {
        rounds.setRound(FIRST_ROUND + 1000, true);
        _bond(alice, 1000, bob);
        assertEq(_stakeOf(alice).lastClaimRound, FIRST_ROUND + 1000);
    }

    function test_revertWhenThereIsNothingToBond() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNothingToBond.selector, alice));
        vm.prank(alice);
        bonding.bond(0, bob);
    }

    function test_revertWhenTheTokensAreNotThere() public {
        vm.startPrank(alice);
        token.approve(address(bonding), 1000);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 1000));
        bonding.bond(1000, bob);
        vm.stopPrank();
        assertTrue(token.transfer(alice, 1000));
        vm.startPrank(alice);
        token.approve(address(bonding), 999);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(bonding), 999, 1000)
        );
        bonding.bond(1000, bob);
    }

    // --- more to the same

    function test_more_leavesTheStartAsItIs() public {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _newRound();
        _bond(bob, 500, alice);
        Stake memory b = _stakeOf(bob);
        assertEq(b.bondedAmount, 1500);
        assertEq(b.startRound, FIRST_ROUND + 1);
        assertEq(b.lastClaimRound, FIRST_ROUND + 1);
        assertEq(_status(bob), 1);
        assertEq(bonding.transcoderTotalStake(alice), 2500);
        assertEq(bonding.getTotalBonded(), 2500);
        _assertBooksBalance();
    }

    function test_more_revertWhenItIsNothing() public {
        _bond(alice, 1000, bob);
        bytes memory reason = abi.encodeWithSelector(IBondingManager.BondingManagerNothingToBond.selector, alice);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        bonding.bond(0, bob);
        rounds.setRound(FIRST_ROUND + 1, true);
        vm.expectRevert(reason);
        bonding.bond(0, bob);
    }

    // --- to somebody else

    function test_move_takesAllStakeAlong() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 1000);
        _bond(carol, 500, alice);
        _newRound();
        vm.prank(carol);
        _expectBond(bob, carol);
        bonding.bond(0, bob);

        assertEq(bonding.transcoderTotalStake(alice), 1000);
        assertEq(bonding.transcoderTotalStake(bob), 1500);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        Stake memory c = _stakeOf(carol);
        assertEq(c.bondedAmount, 500);
        assertEq(c.delegateAddress, bob);
        assertEq(c.startRound, FIRST_ROUND + 2);
        assertEq(_status(carol), 0);
        assertEq(bonding.getTotalBonded(), 2500);
        _assertBooksBalance();
    }

    function test_move_withMoreStake() public {
        _becomeTranscoder(alice, 1000);
        _bond(carol, 500, alice);
        _newRound();
        _bond(carol, 100, bob);
        assertEq(_stakeOf(carol).bondedAmount, 600);
        assertEq(_stakeOf(alice).delegatedAmount, 1000);
        assertEq(_stakeOf(bob).delegatedAmount, 600);
        assertEq(bonding.getTotalBonded(), 1600);
        _assertBooksBalance();
    }

    function test_move_whilePending() public {
        _bond(carol, 500, alice);
        vm.prank(carol);
        bonding.bond(0, bob);
        assertEq(_stakeOf(alice).delegatedAmount, 0);
        assertEq(_stakeOf(bob).delegatedAmount, 500);
        assertEq(_status(carol), 0);
    }

    function test_move_claimsFromTheOldDelegateFirst() public {
        _becomeTranscoder(alice, 1000);
        _bond(carol, 1000, alice);
        _newRound();
        _reward(alice, 1000);
        vm.prank(carol);
        bonding.bond(0, bob);
        assertEq(_stakeOf(carol).bondedAmount, 1250);
        assertEq(_stakeOf(bob).delegatedAmount, 1250);
        assertEq(bonding.transcoderTotalStake(alice), 1750);
        _meet(bob);
        _assertBooksBalance();
    }

    function test_revertWhenTooFarBehind() public {
        _bond(alice, 1000, bob);
        rounds.setRound(FIRST_ROUND + MAX_CLAIM_ROUNDS + 1, true);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBondingManager.BondingManagerTooManyRounds.selector, MAX_CLAIM_ROUNDS + 1, MAX_CLAIM_ROUNDS
            )
        );
        bonding.bond(0, carol);
        rounds.setRound(FIRST_ROUND + MAX_CLAIM_ROUNDS, true);
        vm.prank(alice);
        bonding.bond(0, carol);
    }

    // --- again after unbonding

    function _unbonded(uint256 roundsAgo) private {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _newRound();
        _unbond(bob);
        for (uint256 i = 0; i < roundsAgo; i++) {
            _newRound();
        }
    }

    function test_again_whileUnbonding() public {
        _unbonded(1);
        assertEq(_status(bob), 2);
        uint256 bonded = bonding.getTotalBonded();
        vm.prank(bob);
        _expectBond(alice, bob);
        bonding.bond(0, alice);

        Stake memory b = _stakeOf(bob);
        assertEq(b.bondedAmount, 1000);
        assertEq(b.withdrawRound, 0);
        assertEq(b.startRound, FIRST_ROUND + 3);
        assertEq(b.delegateAddress, alice);
        assertEq(bonding.transcoderTotalStake(alice), 2000);
        assertEq(bonding.getTotalBonded(), bonded);
        assertEq(bonding.getTotalRebonded(), 1000);
        assertEq(_status(bob), 0);
        _assertBooksBalance();
    }

    function test_again_whileUnbondingWithMore() public {
        _unbonded(1);
        uint256 bonded = bonding.getTotalBonded();
        _bond(bob, 1000, carol);
        assertEq(_stakeOf(bob).bondedAmount, 2000);
        assertEq(_stakeOf(carol).delegatedAmount, 2000);
        assertEq(bonding.getTotalBonded(), bonded + 1000);
        _assertBooksBalance();
    }

    function test_again_unbondedButNotWithdrawn() public {
        _unbonded(UNBONDING_PERIOD);
        assertEq(_status(bob), 3);
        vm.prank(bob);
        bonding.bond(0, alice);
        assertEq(_status(bob), 0);
        _newRound();
        assertEq(_status(bob), 1);
        assertEq(bonding.getTotalBonded(), 2000);
        _assertBooksBalance();
    }

    function test_again_afterWithdrawing() public {
        _unbonded(UNBONDING_PERIOD);
        vm.prank(bob);
        bonding.withdrawStake();
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNothingToBond.selector, bob));
        bonding.bond(0, alice);
        _bond(bob, 10, alice);
        assertEq(_stakeOf(bob).bondedAmount, 10);
        assertEq(bonding.getTotalRebonded(), 0);
        _assertBooksBalance();
    }

    /// @dev Whoever has no delegate has nothing to claim, however long ago it was.
    function test_again_afterAThousandRounds() public {
        _unbonded(0);
        rounds.setRound(FIRST_ROUND + 1000, true);
        _bond(bob, 1, alice);
        assertEq(_stakeOf(bob).bondedAmount, 1001);
        assertEq(_stakeOf(bob).lastClaimRound, FIRST_ROUND + 1000);
    }
}
