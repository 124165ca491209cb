// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {EarningsPool} from "../../src/libraries/EarningsPool.sol";
import {EarningsPoolFixture} from "../fixtures/EarningsPoolFixture.sol";
import {Test} from "../helpers/Test.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @dev The fixture of 2018 does not say whether a pool had stake.
contract AskablePool is EarningsPoolFixture {
    using EarningsPool for EarningsPool.Data;

    function isInitialized() external view returns (bool) {
        return pool.isInitialized();
    }
}

contract EarningsPoolTest is Test {
    AskablePool private pool;

    function setUp() public {
        pool = new AskablePool();
    }

    /// @dev The worked example of 2018: 1000 LPT, 1000 wei, a cut of 50%, a share of 25%, stake 2000.
    function _example() private {
        pool.init(2000, 500_000, 250_000);
        pool.setRewardPool(1000);
        pool.setFeePool(1000);
    }

    function _assertShare(uint256 fees, uint256 rewards, uint256 stake, bool isTranscoder) private {
        assertEq(pool.feePoolShare(stake, isTranscoder), fees, "fees seen");
        assertEq(pool.rewardPoolShare(stake, isTranscoder), rewards, "rewards seen");
        (uint256 gotFees, uint256 gotRewards) = pool.claimShare(stake, isTranscoder);
        assertEq(gotFees, fees, "fees claimed");
        assertEq(gotRewards, rewards, "rewards claimed");
    }

    function _assertEmpty() private view {
        assertEq(pool.getRewardPool(), 0);
        assertEq(pool.getFeePool(), 0);
        assertEq(pool.getClaimableStake(), 0);
        assertFalse(pool.hasClaimableShares());
    }

    function test_init_setsStakeAndRatesAndLeavesThePools() public {
        pool.setRewardPool(7);
        pool.setFeePool(9);
        assertFalse(pool.isInitialized());
        pool.init(1000, 300_000, 400_000);
        assertTrue(pool.isInitialized());
        (uint256 rewards, uint256 fees, uint256 total, uint256 claimable, uint256 cut, uint256 share) =
            pool.getEarningsPool();
        assertEq(rewards, 7);
        assertEq(fees, 9);
        assertEq(total, 1000);
        assertEq(claimable, 1000);
        assertEq(cut, 300_000);
        assertEq(share, 400_000);
        assertTrue(pool.hasClaimableShares());
    }

    function test_init_revertWhenItDoesNotFit() public {
        uint256 stake = uint256(type(uint128).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, stake));
        pool.init(stake, 0, 0);
        uint256 rate = uint256(type(uint32).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, rate));
        pool.init(1, rate, 0);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, rate));
        pool.init(1, 0, rate);
    }

    function test_revertWhenThePoolsDoNotFit() public {
        pool.init(1, 0, 0);
        uint256 amount = uint256(type(uint128).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, amount));
        pool.setRewardPool(amount);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, amount));
        pool.setFeePool(amount);
    }

    function test_example_delegatorThenTranscoder() public {
        _example();
        _assertShare(125, 250, 1000, false);
        assertEq(pool.getClaimableStake(), 1000);
        _assertShare(875, 750, 1000, true);
        _assertEmpty();
    }

    function test_example_transcoderThenDelegator() public {
        _example();
        _assertShare(875, 750, 1000, true);
        assertEq(pool.getRewardPool(), 250);
        assertEq(pool.getFeePool(), 125);
        _assertShare(125, 250, 1000, false);
        _assertEmpty();
    }

    function test_theTranscoderWithoutStakeGetsItsOwnPart() public {
        _example();
        _assertShare(750, 500, 0, true);
        assertEq(pool.getClaimableStake(), 2000);
    }

    function test_aPoolWithoutStakeSharesNothingButIsItsTranscoders() public {
        pool.setRewardPool(10);
        pool.setFeePool(20);
        _assertShare(0, 0, 1000, false);
        _assertShare(20, 10, 1000, true);
        _assertShare(0, 0, 1000, true);
    }

    function test_whatComesWithNobodyLeftIsTheTranscoders() public {
        _example();
        pool.claimShare(2000, true);
        pool.setRewardPool(1000);
        pool.setFeePool(1000);
        _assertShare(0, 0, 0, false);
        _assertShare(1000, 1000, 0, true);
    }

    function test_claimShare_revertWhenMoreThanIsLeft() public {
        _example();
        pool.claimShare(1500, false);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        pool.claimShare(501, false);
        pool.setRewardPool(0);
        pool.setFeePool(0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        pool.claimShare(501, false);
    }

    /// @dev Whatever the order and the sizes: all is paid out, nobody gets more than the exact share by more than a unit for
    /// each claim before, nor less by more than one unit.
    function testFuzz_orderChangesOnlyRounding(
        uint64[8] memory stakes,
        uint96 rewards,
        uint96 fees,
        uint256 rates,
        uint256 order
    ) public {
        uint256 total = 0;
        for (uint256 i = 0; i < 8; i++) {
            stakes[i] = uint64(bound(stakes[i], 1, type(uint64).max));
            total += stakes[i];
        }
        pool.init(total, rates % 1_000_001, (rates >> 128) % 1_000_001);
        pool.setRewardPool(rewards);
        pool.setFeePool(fees);
        uint256 ownRewards = uint256(rewards) * (rates % 1_000_001) / 1_000_000;
        uint256 ownFees = fees - uint256(fees) * ((rates >> 128) % 1_000_001) / 1_000_000;

        for (uint256 i = 0; i < 8; i++) {
            // An odd step visits all eight.
            uint256 who = (order % 8 + i * (order >> 253 | 1)) % 8;
            (uint256 gotFees, uint256 gotRewards) = pool.claimShare(stakes[who], who == 0);
            if (who == 0) (gotFees, gotRewards) = (gotFees - ownFees, gotRewards - ownRewards);
            _assertNear(gotRewards, (rewards - ownRewards) * stakes[who] / total, i);
            _assertNear(gotFees, (fees - ownFees) * stakes[who] / total, i);
        }
        _assertEmpty();
    }

    function _assertNear(uint256 got, uint256 exact, uint256 claimsBefore) private pure {
        assertGe(got + 1, exact);
        assertLe(got, exact + claimsBefore + 1);
    }

    /// @dev Who claims in two parts gets the same as in one, but for rounding.
    function testFuzz_aSplitClaimGivesTheSame(uint64 stake, uint64 others, uint64 part, uint96 rewards) public {
        stake = uint64(bound(stake, 1, type(uint64).max));
        part = uint64(bound(part, 0, stake));
        pool.init(uint256(stake) + others, 0, 1_000_000);
        pool.setRewardPool(rewards);
        uint256 whole = pool.rewardPoolShare(stake, false);
        (, uint256 one) = pool.claimShare(part, false);
        (, uint256 two) = pool.claimShare(stake - part, false);
        assertGe(one + two + 1, whole);
        assertLe(one + two, whole + 1);
    }
}
