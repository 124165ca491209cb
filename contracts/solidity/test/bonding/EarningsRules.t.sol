// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingFixture} from "./BondingFixture.sol";

/// @dev Rules of what is earned that 2018 did not keep: it does not depend on who claims or resigns first, and nothing of it is
/// lost when it comes late.
contract EarningsRulesTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    function _active(address who, uint256 amount, address delegator, uint256 delegated) private {
        _becomeTranscoder(who, amount);
        if (delegated != 0) _bond(delegator, delegated, who);
    }

    function _emptied(address who, uint256 round) private view {
        Pool memory p = _pool(who, round);
        assertEq(p.rewardPool, 0, "rewards left");
        assertEq(p.feePool, 0, "fees left");
        assertEq(p.claimableStake, 0, "stake left");
    }

    // --- the others

    /// @dev One that took its reward and resigned does not make the parts of the others larger: all of them are paid.
    function test_aResignationDoesNotEatTheRewardsOfTheOthers() public {
        bonding.setNumActiveTranscoders(3);
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 1000);
        _becomeTranscoder(carol, 1000);
        _newRound();
        _setMintable(900);
        vm.prank(alice);
        bonding.reward();
        _unbond(alice);
        assertEq(bonding.getTotalActiveStake(ONE), 2000);
        vm.prank(bob);
        bonding.reward();
        vm.prank(carol);
        bonding.reward();
        assertEq(_pool(bob, ONE).rewardPool, 300);
        assertEq(_pool(carol, ONE).rewardPool, 300);
        assertEq(minter.currentMintedTokens(), 900);
        _assertBooksBalance();
    }

    // --- the order of claims

    /// @dev What each gets, whoever claims first. In 2018 the delegator got 1041 instead of 1667 after the transcoder.
    function test_itDoesNotMatterWhoClaimsFirst() public {
        address[3] memory all = [alice, bob, carol];
        for (uint256 first = 0; first < 3; first++) {
            uint256 snapshot = vm.snapshotState();
            _active(alice, 10_000, bob, 10_000);
            _bond(carol, 10_000, alice);
            _newRound();
            _reward(alice, 10_000);
            _addFees(alice, 40_000, ONE);
            for (uint256 i = 0; i < 3; i++) {
                _claim(all[(first + i) % 3]);
            }

            assertApproxEqAbs(_stakeOf(alice).bondedAmount, 10_000 + 5000 + 1667, 1);
            assertApproxEqAbs(_stakeOf(bob).bondedAmount, 10_000 + 1667, 1);
            assertApproxEqAbs(_stakeOf(carol).bondedAmount, 10_000 + 1667, 1);
            assertApproxEqAbs(_stakeOf(alice).fees, 30_000 + 3333, 1);
            assertApproxEqAbs(_stakeOf(bob).fees, 3333, 1);
            assertApproxEqAbs(_stakeOf(carol).fees, 3333, 1);
            _emptied(alice, ONE);
            _assertBooksBalance();
            assertTrue(vm.revertToState(snapshot));
        }
    }

    // --- after everyone has claimed

    /// @dev Fees that come when everyone has claimed the round are the transcoder's.
    function test_feesAfterEveryoneClaimedAreNotLost() public {
        _active(alice, 1000, bob, 1000);
        _newRound();
        _claim(alice);
        _claim(bob);
        _addFees(alice, 1000, ONE);
        assertEq(_stakeOf(alice).fees, 1000);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }

    /// @dev The same of a reward.
    function test_aRewardAfterEveryoneClaimedIsNotLost() public {
        _active(alice, 1000, bob, 1000);
        _newRound();
        _claim(alice);
        _claim(bob);
        _reward(alice, 500);
        assertEq(_stakeOf(alice).bondedAmount, 1500);
        assertEq(_stakeOf(alice).delegatedAmount, 2500);
        assertEq(bonding.transcoderTotalStake(alice), 2500);
        assertEq(bonding.getTotalBonded(), 2500);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }

    // --- after the transcoder has claimed

    /// @dev A transcoder that has claimed the round keeps its own part of what comes later; its delegators share the rest.
    function test_theTranscodersPartIsNeverForfeited() public {
        _active(alice, 1000, bob, 1000);
        _newRound();
        _claim(alice);
        _reward(alice, 1000);
        _addFees(alice, 1000, ONE);
        assertEq(_stakeOf(alice).bondedAmount, 1000 + 500);
        assertEq(_stakeOf(alice).fees, 750);
        assertEq(_pool(alice, ONE).rewardPool, 500);
        assertEq(_pool(alice, ONE).feePool, 250);
        assertEq(bonding.transcoderTotalStake(alice), 3000);
        assertEq(bonding.getTotalBonded(), 3000);
        _assertBooksBalance();
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 1500);
        assertEq(_stakeOf(bob).fees, 250);
        _emptied(alice, ONE);
        // What was credited is stake in the next round.
        _newRound();
        _reward(alice, 1000);
        assertEq(bonding.pendingStake(alice, ONE + 1), 1500 + 500 + 250);
        _assertBooksBalance();
    }

    /// @dev A delegator that has claimed the round has no part in what comes later: others do.
    function test_delegatorsForfeitToThoseWhoHaveNotClaimed() public {
        _active(alice, 1000, bob, 1000);
        _bond(carol, 1000, alice);
        _newRound();
        _claim(bob);
        _reward(alice, 1000);
        _claim(carol);
        _claim(alice);
        assertEq(_stakeOf(bob).bondedAmount, 1000);
        assertEq(_stakeOf(carol).bondedAmount, 1250);
        assertEq(_stakeOf(alice).bondedAmount, 1750);
        _emptied(alice, ONE);
    }

    /// @dev Its own part of fees is a transcoder's also after it unbonded, or delegated to another.
    function test_feesFollowATranscoderThatLeft() public {
        _active(alice, 1000, bob, 1000);
        _newRound();
        uint256 snapshot = vm.snapshotState();
        _unbond(alice);
        _addFees(alice, 1000, ONE);
        assertEq(_stakeOf(alice).fees, 750);
        assertEq(_pool(alice, ONE).feePool, 250);
        _assertBooksBalance();
        assertTrue(vm.revertToState(snapshot));

        _bond(alice, 1, carol);
        _addFees(alice, 1000, ONE);
        assertEq(_stakeOf(alice).fees, 750);
        _claim(bob);
        assertEq(_stakeOf(bob).fees, 250);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }

    /// @dev One that moved its stake to another while others stay with it goes on working. Its own part grows its stake, with
    /// the one it delegates to.
    function test_rewardsFollowATranscoderThatDelegatesToAnother() public {
        _becomeTranscoder(carol, 3000);
        _active(alice, 1000, bob, 2000);
        _newRound();
        _move(alice, carol);
        assertEq(bonding.transcoderTotalStake(alice), 2000);
        assertEq(bonding.transcoderTotalStake(carol), 4000);
        _reward(alice, 1200);
        // 600 in all: 300 for alice, 300 for bob, who alone has not claimed.
        assertEq(_stakeOf(alice).bondedAmount, 1300);
        assertEq(bonding.transcoderTotalStake(alice), 2300);
        assertEq(bonding.transcoderTotalStake(carol), 4300);
        assertEq(bonding.getTotalBonded(), 6600);
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 2300);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }

    /// @dev And it does not count in rounds before, in the pools of the one it delegates to.
    function test_whatIsCreditedDoesNotEarnForThePast() public {
        _becomeTranscoder(carol, 3000);
        _active(alice, 1000, bob, 2000);
        _newRound();
        _move(alice, carol);
        _newRound();
        _reward(carol, 6000);
        _reward(alice, 6000);
        // Of carol's 4000 half are shared: 500 for the 1000 of 4000 that are alice's, claimed before 1000 are credited.
        assertEq(_stakeOf(alice).lastClaimRound, ONE + 1);
        assertEq(_stakeOf(alice).bondedAmount, 1000 + 500 + 1000);
        _claim(carol);
        _claim(bob);
        _emptied(carol, ONE + 1);
        _emptied(alice, ONE + 1);
        _assertBooksBalance();
    }

    /// @dev Nobody left to share, the transcoder with another: all of it is its own.
    function test_allOfItFollowsWhenNobodyIsLeft() public {
        _becomeTranscoder(carol, 3000);
        _active(alice, 1000, bob, 2000);
        _newRound();
        _claim(bob);
        _move(alice, carol);
        _reward(alice, 1200);
        _addFees(alice, 100, ONE);
        assertEq(_stakeOf(alice).bondedAmount, 1600);
        assertEq(_stakeOf(alice).fees, 100);
        assertEq(bonding.transcoderTotalStake(alice), 2000);
        assertEq(bonding.transcoderTotalStake(carol), 4600);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }

    /// @dev With a cut of zero there is nothing to credit, and nothing is claimed or ranked anew for it.
    function test_withoutACutNothingIsCredited() public {
        _becomeTranscoder(carol, 3000);
        _bond(alice, 1000, alice);
        _announce(alice, 0, 0, 10);
        _bond(bob, 2000, alice);
        _newRound();
        _move(alice, carol);
        _newRound();
        _reward(alice, 6000);
        assertEq(_stakeOf(alice).lastClaimRound, ONE);
        assertEq(_stakeOf(alice).bondedAmount, 1000);
        assertEq(_pool(alice, ONE + 1).rewardPool, 2000);
        _assertBooksBalance();
    }

    // --- precision

    /// @dev Stake of less than a millionth of the pool earns its part.
    function test_theSmallestStakeEarnsItsShare() public {
        _active(alice, 3e24, bob, 1e18);
        _newRound();
        _reward(alice, 6e24 + 2e18);
        // 3e24 + 1e18 are shared by as much stake.
        assertEq(bonding.pendingStake(bob, ONE), 2e18);
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 2e18);
        _claim(alice);
        _emptied(alice, ONE);
        _assertBooksBalance();
    }
}
