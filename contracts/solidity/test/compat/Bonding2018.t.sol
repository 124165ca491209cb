// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {UnitFixture2018} from "./UnitFixture2018.sol";

/// @dev What the unit tests of 2018 expect of a BondingManager among mocks, where it is easily missed.
contract Bonding2018Test is UnitFixture2018 {
    uint256 private constant ROUND = 100;

    BondingManager private bonding;
    address private tom = makeAddr("tom");
    address private ann = makeAddr("ann");
    address private ben = makeAddr("ben");

    /// @dev Tom is a registered transcoder with 1000 of his own, bonded in the round before the current one.
    function setUp() public override {
        super.setUp();
        bonding = new BondingManager(address(controller));
        _register("BondingManager", address(bonding));
        bonding.setUnbondingPeriod(2);
        bonding.setNumTranscoders(5);
        bonding.setNumActiveTranscoders(2);
        bonding.setMaxEarningsClaimsRounds(20);
        _setRound(ROUND);
        _bond(tom, 1000, tom);
        vm.prank(tom);
        bonding.transcoder(50 * 10_000, 25 * 10_000, 10);
        _setRound(ROUND + 1);
    }

    function test_thePoolGrowsOrNothing() public {
        vm.expectRevert();
        bonding.setNumTranscoders(1);
        vm.expectRevert();
        bonding.setNumTranscoders(4);
        vm.expectRevert();
        bonding.setNumTranscoders(5);
        vm.expectRevert();
        bonding.setNumActiveTranscoders(6);
        bonding.setNumTranscoders(6);
        bonding.setNumActiveTranscoders(6);
    }

    function test_termsAreZeroUntilAnActiveSetIsTaken() public {
        (
            uint256 last,
            uint256 cut,
            uint256 share,
            uint256 price,
            uint256 nextCut,
            uint256 nextShare,
            uint256 nextPrice
        ) = bonding.getTranscoder(tom);
        assertEq(last + cut + share + price, 0);
        assertEq(nextCut, 500_000);
        assertEq(nextShare, 250_000);
        assertEq(nextPrice, 10);
        _setActive(address(bonding));
        (, cut, share, price,,,) = bonding.getTranscoder(tom);
        assertEq(cut, 500_000);
        assertEq(share, 250_000);
        assertEq(price, 10);
    }

    function test_feesOfARoundWithoutAPoolShowInItsGetter() public {
        _addFees(tom, 1000, ROUND);
        (uint256 rewardPool, uint256 feePool, uint256 total, uint256 claimable) =
            bonding.getTranscoderEarningsPoolForRound(tom, ROUND);
        assertEq(feePool, 1000);
        assertEq(rewardPool + total + claimable, 0);
        _addFees(tom, 500, ROUND + 1);
        (, feePool,,) = bonding.getTranscoderEarningsPoolForRound(tom, ROUND + 1);
        assertEq(feePool, 500);
    }

    function test_feesOfOneThatIsNotRegisteredAreRefused() public {
        vm.expectRevert();
        _addFees(ann, 1000, ROUND);
        vm.expectRevert();
        vm.prank(tom);
        bonding.updateTranscoderWithFees(tom, 1000, ROUND);
    }

    function test_stakeMovedWhileUnbonding() public {
        _bond(ann, 1000, tom);
        _setRound(ROUND + 2);
        vm.prank(ann);
        bonding.unbond();
        uint256 total = bonding.getTotalBonded();
        uint256 state = vm.snapshotState();
        _bond(ann, 0, ben);
        assertEq(_bonded(ann), 1000);
        assertEq(bonding.getTotalBonded(), total);
        assertTrue(vm.revertToState(state));
        _bond(ann, 1000, ben);
        assertEq(_bonded(ann), 2000);
        assertEq(bonding.getTotalBonded(), total + 1000);
        (,,, uint256 delegated,,,) = bonding.getDelegator(ben);
        assertEq(delegated, 2000);
        (,,,, uint256 startRound, uint256 withdrawRound,) = bonding.getDelegator(ann);
        assertEq(startRound, ROUND + 3);
        assertEq(withdrawRound, 0);
    }

    function test_bondingNothing() public {
        vm.expectRevert();
        _bond(tom, 0, tom);
        vm.expectRevert();
        _bond(ann, 0, tom);
    }

    function test_unbondClaimsAndIsDoneOnce() public {
        vm.startPrank(tom);
        bonding.unbond();
        (uint256 bonded,, address delegate,, uint256 startRound, uint256 withdrawRound, uint256 lastClaim) =
            bonding.getDelegator(tom);
        assertEq(bonded, 1000);
        assertEq(delegate, address(0));
        assertEq(startRound, 0);
        assertEq(withdrawRound, ROUND + 3);
        assertEq(lastClaim, ROUND + 1);
        vm.expectRevert();
        bonding.unbond();
    }

    function test_pendingStakeStays() public {
        _bond(ann, 1000, tom);
        vm.startPrank(ann);
        vm.expectRevert();
        bonding.withdrawStake();
        vm.expectRevert();
        bonding.unbond();
    }

    function test_unbondingLowersTheActiveStakeByAllOfIt() public {
        _bond(ann, 500, tom);
        _setActive(address(bonding));
        assertEq(bonding.getTotalActiveStake(ROUND + 1), 1500);
        vm.prank(tom);
        bonding.unbond();
        assertEq(bonding.getTotalActiveStake(ROUND + 1), 0);
        assertEq(bonding.activeTranscoderSet(ROUND + 1), 0);
        assertFalse(bonding.isActiveTranscoder(tom, ROUND + 1));
    }

    function test_slashingAfterUnbonding() public {
        vm.prank(tom);
        bonding.unbond();
        uint256 total = bonding.getTotalBonded();
        _slash(tom, 500_000);
        assertEq(_bonded(tom), 500);
        assertEq(bonding.getTotalBonded(), total);
        _setRound(ROUND + 3);
        vm.prank(tom);
        bonding.withdrawStake();
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderSlashed(tom, ann, 0, 0);
        _slash(tom, 500_000);
    }

    function test_election() public {
        _setActive(address(bonding));
        assertEq(bonding.electActiveTranscoder(10, keccak256("x"), ROUND + 1), tom);
        assertEq(bonding.electActiveTranscoder(9, keccak256("x"), ROUND + 1), address(0));
        assertEq(bonding.electActiveTranscoder(10, keccak256("x"), ROUND), address(0));
    }

    function test_whatCanBeClaimed() public {
        vm.startPrank(tom);
        vm.expectRevert();
        bonding.claimEarnings(ROUND - 1);
        vm.expectRevert();
        bonding.claimEarnings(ROUND);
        vm.expectRevert();
        bonding.claimEarnings(ROUND + 2);
        vm.stopPrank();
        _setRound(ROUND + 21);
        vm.startPrank(tom);
        vm.expectRevert();
        bonding.claimEarnings(ROUND + 21);
        bonding.claimEarnings(ROUND + 20);
    }

    /// @dev 250 of the first round are stake in the second: floor(500 * 1250 / 3000) = 208.
    function test_rewardsAreStakeInTheRoundAfter() public {
        _bond(ann, 1000, tom);
        _setRound(ROUND + 2);
        _rewarded();
        _addFees(tom, 1000, ROUND + 2);
        _setRound(ROUND + 3);
        _rewarded();
        assertEq(bonding.pendingStake(ann, ROUND + 2), 1250);
        assertEq(bonding.pendingStake(ann, ROUND + 3), 1458);
        assertEq(bonding.pendingFees(ann, ROUND + 3), 125);
        vm.prank(ann);
        bonding.claimEarnings(ROUND + 3);
        assertEq(_bonded(ann), 1458);
        vm.prank(tom);
        bonding.claimEarnings(ROUND + 3);
        assertEq(_bonded(tom), 4000 - 1458);
    }

    function test_pendingViewsAskForARoundNotClaimed() public {
        vm.expectRevert();
        bonding.pendingStake(tom, ROUND);
        vm.expectRevert();
        bonding.pendingFees(tom, ROUND);
        vm.expectRevert();
        bonding.pendingStake(tom, ROUND + 2);
        assertEq(bonding.pendingStake(tom, ROUND + 1), 1000);
        assertEq(bonding.pendingFees(tom, ROUND + 1), 0);
    }

    function test_activeStakeOfOneThatIsNot() public {
        vm.expectRevert();
        bonding.activeTranscoderTotalStake(tom, ROUND + 1);
        _setActive(address(bonding));
        assertEq(bonding.activeTranscoderTotalStake(tom, ROUND + 1), 1000);
    }

    function test_statusesInTheRoundsThatDecide() public {
        _bond(ann, 1000, tom);
        _assertStatus(ann, IBondingManager.DelegatorStatus.Pending);
        _setRound(ROUND + 2);
        _assertStatus(ann, IBondingManager.DelegatorStatus.Bonded);
        vm.prank(ann);
        bonding.unbond();
        _setRound(ROUND + 3);
        _assertStatus(ann, IBondingManager.DelegatorStatus.Unbonding);
        _setRound(ROUND + 4);
        _assertStatus(ann, IBondingManager.DelegatorStatus.Unbonded);
        _assertStatus(ben, IBondingManager.DelegatorStatus.Unbonded);
    }

    /// @dev A getter with more than the one word would be a tuple.
    function test_theActiveSetIsOneBareNumber() public view {
        (bool ok, bytes memory answer) = address(bonding).staticcall(abi.encodeCall(bonding.activeTranscoderSet, (5)));
        assertTrue(ok);
        assertEq(answer.length, 32);
    }

    /// @dev Someone who unbonded may stay away for a thousand rounds and bond again without a claim.
    function test_awayForAThousandRounds() public {
        vm.prank(tom);
        bonding.unbond();
        _setRound(ROUND + 1001);
        _bond(tom, 0, tom);
        (,, address delegate,,,, uint256 lastClaim) = bonding.getDelegator(tom);
        assertEq(delegate, tom);
        assertEq(lastClaim, ROUND + 1001);
    }

    // --- helpers

    function _bond(address who, uint256 amount, address to) private {
        vm.prank(who);
        bonding.bond(amount, to);
    }

    function _addFees(address who, uint256 fees, uint256 round) private {
        jobsMock.execute(address(bonding), abi.encodeCall(bonding.updateTranscoderWithFees, (who, fees, round)));
    }

    function _slash(address who, uint256 amount) private {
        jobsMock.execute(address(bonding), abi.encodeCall(bonding.slashTranscoder, (who, ann, amount, 50_000)));
    }

    /// @dev The round's active set is taken, and Tom rewarded with 1000.
    function _rewarded() private {
        _setActive(address(bonding));
        minter.setMockUint256(bytes4(keccak256("createReward(uint256,uint256)")), 1000);
        vm.prank(tom);
        bonding.reward();
    }

    function _bonded(address who) private view returns (uint256 bonded) {
        (bonded,,,,,,) = bonding.getDelegator(who);
    }

    function _assertStatus(address who, IBondingManager.DelegatorStatus expected) private view {
        assertEq(uint256(bonding.delegatorStatus(who)), uint256(expected));
    }
}
