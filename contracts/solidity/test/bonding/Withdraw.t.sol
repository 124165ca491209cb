// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {BondingFixture} from "./BondingFixture.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @dev Takes its fees and, when they arrive, tries to take something again.
contract GreedyDelegator {
    BondingManager private immutable BONDING;
    bytes private _again;
    bytes public refusal;

    constructor(BondingManager bonding) {
        BONDING = bonding;
    }

    receive() external payable {
        (bool success, bytes memory data) = address(BONDING).call(_again);
        if (!success) refusal = data;
    }

    function withdrawFees(bytes calldata again) external {
        _again = again;
        BONDING.withdrawFees();
    }
}

/// @dev withdrawStake() and withdrawFees(): what leaves.
contract WithdrawTest is BondingFixture {
    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _newRound();
    }

    // --- stake

    function _notUnbonded(address who, IBondingManager.DelegatorStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBondingManager.BondingManagerNotUnbonded.selector, who, status);
    }

    function _withdrawStake(address who) private {
        vm.prank(who);
        bonding.withdrawStake();
    }

    function test_stake_leavesAtTheWithdrawRound() public {
        _unbond(bob);
        _newRound();
        vm.expectRevert(_notUnbonded(bob, IBondingManager.DelegatorStatus.Unbonding));
        _withdrawStake(bob);
        _newRound();
        assertEq(_status(bob), 3);
        vm.expectEmit(address(bonding));
        emit IBondingManager.WithdrawStake(bob);
        _withdrawStake(bob);

        Stake memory b = _stakeOf(bob);
        assertEq(b.bondedAmount, 0);
        assertEq(b.withdrawRound, 0);
        assertEq(b.lastClaimRound, FIRST_ROUND + 1);
        assertEq(token.balanceOf(bob), 1000);
        assertEq(token.balanceOf(address(minter)), 1000);
        assertEq(bonding.getTotalBonded(), 1000);
        _assertBooksBalance();
    }

    function test_stake_revertWhenBondedOrPending() public {
        vm.expectRevert(_notUnbonded(bob, IBondingManager.DelegatorStatus.Bonded));
        _withdrawStake(bob);
        _bond(carol, 1000, alice);
        vm.expectRevert(_notUnbonded(carol, IBondingManager.DelegatorStatus.Pending));
        _withdrawStake(carol);
    }

    function test_stake_revertWhenThereIsNone() public {
        _unbond(bob);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        _withdrawStake(bob);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoStake.selector, bob));
        _withdrawStake(bob);
    }

    /// @dev A period set later is for those that unbond later.
    function test_stake_waitsForThePeriodOfItsTime() public {
        _unbond(bob);
        bonding.setUnbondingPeriod(100);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        _withdrawStake(bob);
        assertEq(token.balanceOf(bob), 1000);
    }

    // --- fees

    function _withdrawFees(address who) private {
        vm.prank(who);
        bonding.withdrawFees();
    }

    function test_fees_areClaimedAndLeave() public {
        _addFees(alice, 1000, FIRST_ROUND + 1);
        vm.expectEmit(address(bonding));
        emit IBondingManager.WithdrawFees(bob);
        _withdrawFees(bob);
        assertEq(bob.balance, 125);
        assertEq(_stakeOf(bob).fees, 0);
        assertEq(_stakeOf(bob).lastClaimRound, FIRST_ROUND + 1);
        _withdrawFees(alice);
        assertEq(alice.balance, 875);
        _assertBooksBalance();
    }

    function test_fees_leaveAfterUnbondingAsWell() public {
        _addFees(alice, 1000, FIRST_ROUND + 1);
        _unbond(bob);
        assertEq(_stakeOf(bob).fees, 125);
        _newRound();
        _withdrawFees(bob);
        assertEq(bob.balance, 125);
        assertEq(_stakeOf(bob).lastClaimRound, FIRST_ROUND + 2);
    }

    function test_fees_revertWhenThereAreNone() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoFees.selector, bob));
        _withdrawFees(bob);
        _addFees(alice, 1000, FIRST_ROUND + 1);
        _withdrawFees(bob);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoFees.selector, bob));
        _withdrawFees(bob);
    }

    function test_fees_revertWhenTooFarBehind() public {
        rounds.setRound(FIRST_ROUND + MAX_CLAIM_ROUNDS + 1, true);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBondingManager.BondingManagerTooManyRounds.selector, MAX_CLAIM_ROUNDS + 1, MAX_CLAIM_ROUNDS
            )
        );
        _withdrawFees(bob);
    }

    function test_fees_stayWhenTheReceiverTakesNone() public {
        _bond(address(minter), 1000, alice);
        _newRound();
        _addFees(alice, 3000, FIRST_ROUND + 2);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterETHTransferFailed.selector, address(minter), uint256(250)));
        _withdrawFees(address(minter));
    }

    // --- once

    function _greedy() private returns (GreedyDelegator greedy) {
        greedy = new GreedyDelegator(bonding);
        _bond(address(greedy), 1000, alice);
        _newRound();
        _addFees(alice, 3000, FIRST_ROUND + 2);
    }

    function test_whoIsPaidCanNotTakeAgainMeanwhile() public {
        bytes[3] memory again = [
            abi.encodeCall(IBondingManager.withdrawFees, ()),
            abi.encodeCall(IBondingManager.withdrawStake, ()),
            abi.encodeCall(IBondingManager.bond, (0, bob))
        ];
        for (uint256 i = 0; i < again.length; i++) {
            uint256 snapshot = vm.snapshotState();
            GreedyDelegator greedy = _greedy();
            greedy.withdrawFees(again[i]);
            assertEq(
                greedy.refusal(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
            );
            assertEq(address(greedy).balance, 250);
            assertTrue(vm.revertToState(snapshot));
        }
    }

    /// @dev Also a JobsManager that is called back can not slash in the middle.
    function test_slashingWaitsUntilTheMoneyIsOut() public {
        GreedyDelegator greedy = _greedy();
        _register("JobsManager", address(greedy));
        // The Minter asks for its caller, which is the BondingManager.
        greedy.withdrawFees(abi.encodeCall(IBondingManager.slashTranscoder, (alice, address(0), 1, 0)));
        assertEq(
            greedy.refusal(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }
}
