// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev Rules of how stake moves that 2018 did not keep: every sum and every rank follows it, whoever is left with nothing
/// resigns, and stake bonded again counts again.
contract StakeRulesTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    function _resigns(address who) private {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(who);
    }

    function test_theUnbondEventNamesTheDelegate() public {
        _bond(alice, 1000, bob);
        _newRound();
        vm.expectEmit(address(bonding));
        emit IBondingManager.Unbond(bob, alice);
        _unbond(alice);
    }

    function test_stakeIsNotBondedToNobody() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoDelegate.selector));
        bonding.bond(1000, address(0));
        _bond(alice, 1000, bob);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoDelegate.selector));
        bonding.bond(0, address(0));
    }

    function test_slashedWhilePendingTheSumsFallAsWell() public {
        _becomeTranscoder(alice, 1000);
        assertEq(_status(alice), 0);
        _slash(alice, address(0), 500_000, 0);
        assertEq(_stakeOf(alice).bondedAmount, 500);
        assertEq(_stakeOf(alice).delegatedAmount, 500);
        assertEq(bonding.getTotalBonded(), 500);
        _assertBooksBalance();
    }

    function test_slashedItLowersTheRankOfItsDelegate() public {
        _becomeTranscoder(bob, 1000);
        _becomeTranscoder(carol, 1700);
        _bond(alice, 1000, bob);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
        _newRound();
        _slash(alice, address(0), 500_000, 0);
        assertEq(bonding.transcoderTotalStake(bob), 1500);
        assertEq(bonding.getFirstTranscoderInPool(), carol);
        assertTrue(bonding.isActiveTranscoder(bob, ONE));
        _assertBooksBalance();
    }

    /// @dev It has a share in the delegate's pool, which was earned before and stays as it is.
    function test_slashedItKeepsItsShareInThePoolsOfItsDelegate() public {
        _becomeTranscoder(bob, 1000);
        _bond(alice, 1000, bob);
        _newRound();
        _reward(bob, 1200);
        _slash(alice, address(0), 500_000, 0);
        assertEq(_pool(bob, ONE).claimableStake, 2000);
        _claim(bob);
        _claim(alice);
        assertEq(_stakeOf(bob).bondedAmount, 1000 + 600 + 300);
        assertEq(_stakeOf(alice).bondedAmount, 500 + 300);
        assertEq(_pool(bob, ONE).rewardPool, 0);
        _assertBooksBalance();
    }

    function test_aTranscoderThatMovesAllStakeAwayResigns() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 500);
        _newRound();
        _resigns(alice);
        _move(alice, bob);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 1);
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.getTotalActiveStake(ONE), 500);
        assertEq(bonding.electActiveTranscoder(10, 0, ONE), bob);
        _assertBooksBalance();
    }

    /// @dev By whatever its key falls to zero: here a slash of the last who delegates to it.
    function test_aTranscoderWhoseLastStakeIsSlashedResigns() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 500);
        _move(bob, alice);
        _newRound();
        _move(alice, carol);
        assertEq(bonding.transcoderTotalStake(alice), 500);
        _resigns(alice);
        _slash(bob, address(0), 1_000_000, 0);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        _assertBooksBalance();
    }

    /// @dev Evicted, it is not in the pool, but active; without any stake behind it it is so no longer.
    function test_anEvictedTranscoderThatMovesAllStakeAwayLeavesTheActiveSet() public {
        _becomeTranscoder(alice, 1000);
        _newRound();
        address[4] memory richer = [bob, carol, dave, erin];
        for (uint256 i = 0; i < 4; i++) {
            _becomeTranscoder(richer[i], 5000);
        }
        assertTrue(bonding.isActiveTranscoder(alice, ONE));
        _resigns(alice);
        _move(alice, bob);
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.getTotalActiveStake(ONE), 0);
        _assertBooksBalance();
    }

    function test_whoHasNothingWithdrawsNothing() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoStake.selector, stranger));
        bonding.withdrawStake();
    }

    function test_aTranscoderThatDelegatesToAnotherUnbondsFromIt() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 500);
        _bond(carol, 300, alice);
        _move(alice, bob);
        _newRound();
        assertTrue(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.transcoderTotalStake(bob), 1500);
        _resigns(alice);
        _unbond(alice);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.transcoderTotalStake(bob), 500);
        assertEq(_stakeOf(bob).delegatedAmount, 500);
        _assertBooksBalance();
    }

    // --- bonded again

    function _unbondBob() private {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 600, alice);
        _newRound();
        _unbond(bob);
        assertEq(bonding.getTotalBonded(), 1000);
    }

    function test_stakeBondedAgainCountsFromTheNextActiveSet() public {
        _unbondBob();
        _move(bob, alice);
        assertEq(_stakeOf(bob).bondedAmount, 600);
        assertEq(bonding.getTotalBonded(), 1000);
        assertEq(bonding.getTotalRebonded(), 600);
        _assertBooksBalance();
        _newRound();
        assertEq(bonding.getTotalBonded(), 1600);
        assertEq(bonding.getTotalRebonded(), 0);
        _assertBooksBalance();
        // And leaves once: in 2018 this fell short and locked the stake.
        _unbond(bob);
        _unbond(alice);
        assertEq(bonding.getTotalBonded(), 0);
        _assertBooksBalance();
    }

    function test_newStakeCountsAtOnce() public {
        _unbondBob();
        _bond(bob, 1000, alice);
        assertEq(bonding.getTotalBonded(), 2000);
        assertEq(bonding.getTotalRebonded(), 600);
        _newRound();
        assertEq(bonding.getTotalBonded(), 2600);
        _assertBooksBalance();
    }

    function test_aSlashMeanwhileTakesTheWaitingStakeFirst() public {
        _unbondBob();
        _bond(bob, 400, alice);
        _slash(bob, address(0), 300_000, 0);
        assertEq(bonding.getTotalRebonded(), 300);
        assertEq(bonding.getTotalBonded(), 1400);
        _assertBooksBalance();
        _slash(bob, address(0), 1_000_000, 0);
        assertEq(bonding.getTotalRebonded(), 0);
        assertEq(bonding.getTotalBonded(), 1000);
        _assertBooksBalance();
        _newRound();
        assertEq(bonding.getTotalBonded(), 1000);
    }

    function test_aSlashLaterTakesNoneThatWaits() public {
        _unbondBob();
        _move(bob, alice);
        _newRound();
        // Somebody else's stake waits now.
        _bond(carol, 100, alice);
        _newRound();
        _unbond(carol);
        _move(carol, alice);
        _slash(bob, address(0), 500_000, 0);
        assertEq(bonding.getTotalRebonded(), 100);
        assertEq(bonding.getTotalBonded(), 1300);
        _assertBooksBalance();
    }

    /// @dev A round without an active set in between: what waits is taken from what waits.
    function test_unbondedAgainBeforeItCounted() public {
        _unbondBob();
        _move(bob, alice);
        _skipRound();
        _unbond(bob);
        assertEq(bonding.getTotalRebonded(), 0);
        assertEq(bonding.getTotalBonded(), 1000);
        _bond(bob, 50, alice);
        assertEq(bonding.getTotalRebonded(), 600);
        _newRound();
        assertEq(bonding.getTotalBonded(), 1650);
        _assertBooksBalance();
    }
}
