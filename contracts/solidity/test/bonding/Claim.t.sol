// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev claimEarnings(), pendingStake(), pendingFees(). Alice and bob have 1000 each, carol 1000 as well; alice keeps half of
/// the rewards and shares a quarter of the fees.
contract ClaimTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;
    uint256 private constant TWO = FIRST_ROUND + 2;

    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _bond(carol, 1000, alice);
        _newRound();
    }

    function _claimTo(address who, uint256 endRound) private {
        vm.prank(who);
        bonding.claimEarnings(endRound);
    }

    function _invalidEnd(uint256 endRound, uint256 last, uint256 current) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBondingManager.BondingManagerInvalidEndRound.selector, endRound, last, current);
    }

    function test_aDelegatorsShare() public {
        _reward(alice, 1000);
        _addFees(alice, 1200, ONE);
        vm.expectEmit(address(bonding));
        emit IBondingManager.EarningsClaimed(alice, bob, 166, 100, ONE);
        _claimTo(bob, ONE);
        Stake memory b = _stakeOf(bob);
        assertEq(b.bondedAmount, 1166);
        assertEq(b.fees, 100);
        assertEq(b.lastClaimRound, ONE);
        Pool memory p = _pool(alice, ONE);
        assertEq(p.rewardPool, 834);
        assertEq(p.feePool, 1100);
        assertEq(p.totalStake, 3000);
        assertEq(p.claimableStake, 2000);
        assertEq(_stakeOf(alice).delegatedAmount, 4000);
        assertEq(bonding.getTotalBonded(), 4000);
        _assertBooksBalance();
    }

    function test_theTranscodersShare() public {
        _reward(alice, 1000);
        _addFees(alice, 1200, ONE);
        vm.expectEmit(address(bonding));
        emit IBondingManager.EarningsClaimed(alice, alice, 666, 1000, ONE);
        _claimTo(alice, ONE);
        assertEq(_stakeOf(alice).bondedAmount, 1666);
        assertEq(_stakeOf(alice).fees, 1000);
        assertEq(_pool(alice, ONE).rewardPool, 334);
        assertEq(_pool(alice, ONE).feePool, 200);
    }

    /// @dev The figures of 2018: 250, then 500 * 1250 / 3000.
    function test_rewardsOfOneRoundAreStakeInTheNext() public {
        _unbond(carol);
        // With one active for itself alone, a reward of 1000 is shared as 500 and 250 each.
        _newRound();
        _reward(alice, 1000);
        _newRound();
        _reward(alice, 1000);
        assertEq(bonding.pendingStake(bob, FIRST_ROUND + 3), 1000 + 250 + 208);
        _claimTo(bob, FIRST_ROUND + 3);
        assertEq(_stakeOf(bob).bondedAmount, 1000 + 250 + 208);
        _claim(alice);
        assertEq(_pool(alice, TWO).rewardPool, 0);
        assertEq(_pool(alice, FIRST_ROUND + 3).rewardPool, 0);
        assertEq(_pool(alice, FIRST_ROUND + 3).claimableStake, 0);
        _assertBooksBalance();
    }

    function test_inPortions() public {
        _reward(alice, 1000);
        _newRound();
        _reward(alice, 1000);
        _claimTo(bob, ONE);
        assertEq(_stakeOf(bob).bondedAmount, 1166);
        assertEq(_stakeOf(bob).lastClaimRound, ONE);
        _claimTo(bob, TWO);
        // 500 * 1166 / 4000
        assertEq(_stakeOf(bob).bondedAmount, 1166 + 145);
    }

    function test_throughARoundWithoutAPool() public {
        rounds.setRound(TWO, true);
        _claimTo(bob, ONE);
        _claimTo(bob, TWO);
        assertEq(_stakeOf(bob).bondedAmount, 1000);
        assertEq(_stakeOf(bob).lastClaimRound, TWO);
        rounds.setRound(TWO + 1, true);
        assertEq(bonding.pendingStake(bob, TWO + 1), 1000);
        assertEq(bonding.pendingFees(bob, TWO + 1), 0);
    }

    function test_withoutADelegateRoundsAreSkipped() public {
        rounds.setRound(FIRST_ROUND + 1000, true);
        assertEq(bonding.pendingStake(stranger, FIRST_ROUND + 1000), 0);
        _claimTo(stranger, FIRST_ROUND + 1000);
        assertEq(_stakeOf(stranger).lastClaimRound, FIRST_ROUND + 1000);
    }

    function test_revertWhenTheEndIsNotAfterTheLastClaim() public {
        vm.expectRevert(_invalidEnd(FIRST_ROUND, FIRST_ROUND, ONE));
        _claimTo(bob, FIRST_ROUND);
        vm.expectRevert(_invalidEnd(FIRST_ROUND - 1, FIRST_ROUND, ONE));
        _claimTo(bob, FIRST_ROUND - 1);
        _claimTo(bob, ONE);
        vm.expectRevert(_invalidEnd(ONE, ONE, ONE));
        _claimTo(bob, ONE);
    }

    function test_revertWhenTheEndIsInTheFuture() public {
        vm.expectRevert(_invalidEnd(TWO, FIRST_ROUND, ONE));
        _claimTo(bob, TWO);
    }

    function test_revertWhenThereAreTooManyRounds() public {
        uint256 end = FIRST_ROUND + MAX_CLAIM_ROUNDS + 1;
        rounds.setRound(end, true);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBondingManager.BondingManagerTooManyRounds.selector, MAX_CLAIM_ROUNDS + 1, MAX_CLAIM_ROUNDS
            )
        );
        _claimTo(bob, end);
        _claimTo(bob, end - 1);
        _claimTo(bob, end);
    }

    // --- views

    function test_pending_isWhatAClaimGives() public {
        _reward(alice, 1000);
        _addFees(alice, 1200, ONE);
        _newRound();
        _reward(alice, 777);
        _addFees(alice, 999, TWO);
        address[3] memory all = [alice, bob, carol];
        for (uint256 i = 0; i < all.length; i++) {
            uint256 stake = bonding.pendingStake(all[i], TWO);
            uint256 fees = bonding.pendingFees(all[i], TWO);
            _claimTo(all[i], TWO);
            assertEq(_stakeOf(all[i]).bondedAmount, stake);
            assertEq(_stakeOf(all[i]).fees, fees);
            assertGt(stake, 1000);
            assertGt(fees, 0);
        }
    }

    function test_pending_countsFeesCollectedBefore() public {
        _addFees(alice, 1200, ONE);
        _claimTo(bob, ONE);
        _newRound();
        _addFees(alice, 2400, TWO);
        assertEq(bonding.pendingFees(bob, TWO), 100 + 200);
    }

    /// @dev Any time: paused, not initialized, and over any span.
    function test_pending_isNotLimited() public {
        _reward(alice, 1000);
        uint256 end = FIRST_ROUND + MAX_CLAIM_ROUNDS + 30;
        rounds.setRound(end, false);
        controller.pause();
        assertEq(bonding.pendingStake(bob, end), 1166);
        assertEq(bonding.pendingFees(bob, end), 0);
    }

    function test_pending_revertWhenTheEndIsWrong() public {
        vm.expectRevert(_invalidEnd(FIRST_ROUND, FIRST_ROUND, ONE));
        bonding.pendingStake(bob, FIRST_ROUND);
        vm.expectRevert(_invalidEnd(FIRST_ROUND, FIRST_ROUND, ONE));
        bonding.pendingFees(bob, FIRST_ROUND);
        vm.expectRevert(_invalidEnd(TWO, FIRST_ROUND, ONE));
        bonding.pendingStake(bob, TWO);
        vm.expectRevert(_invalidEnd(TWO, FIRST_ROUND, ONE));
        bonding.pendingFees(bob, TWO);
    }

    function test_pending_withoutADelegateIsWhatThereIs() public {
        _addFees(alice, 1200, ONE);
        _unbond(bob);
        _newRound();
        assertEq(bonding.pendingStake(bob, TWO), 1000);
        assertEq(bonding.pendingFees(bob, TWO), 100);
    }
}
