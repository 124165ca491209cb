// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {Test} from "../helpers/Test.sol";

/// @dev Calls from outside, so that a revert can be expected.
contract MathUtilsCaller {
    function percOf(uint256 amount, uint256 fracNum, uint256 fracDenom) external pure returns (uint256) {
        return MathUtils.percOf(amount, fracNum, fracDenom);
    }

    function percPoints(uint256 fracNum, uint256 fracDenom) external pure returns (uint256) {
        return MathUtils.percPoints(fracNum, fracDenom);
    }

    function requireValidPerc(uint256 amount) external pure {
        MathUtils.requireValidPerc(amount);
    }
}

contract MathUtilsTest is Test {
    MathUtilsCaller private caller = new MathUtilsCaller();

    function test_fixedPoints() public pure {
        assertEq(MathUtils.PERC_DIVISOR, 1_000_000);
        assertEq(MathUtils.percOf(100, 3, 4), 75);
        assertEq(MathUtils.percOf(100, 7, 9), 77);
        assertEq(MathUtils.percOf(100, 3), 0);
        assertEq(MathUtils.percOf(100, 100_000), 10);
        assertEq(MathUtils.percPoints(3, 4), 750_000);
        assertEq(MathUtils.percPoints(100, 300), 333_333);
        assertTrue(MathUtils.validPerc(0) && MathUtils.validPerc(50) && MathUtils.validPerc(1_000_000));
        assertFalse(MathUtils.validPerc(1_000_001));
    }

    function test_requireValidPerc_takesAtMostTheWhole() public {
        caller.requireValidPerc(0);
        caller.requireValidPerc(1_000_000);
        vm.expectRevert(abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, 1_000_001));
        caller.requireValidPerc(1_000_001);
    }

    function test_revertWhenTheDenominatorIsZero() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x12));
        caller.percOf(100, 1, 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x12));
        caller.percOf(type(uint256).max, type(uint256).max, 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x12));
        caller.percPoints(1, 0);
    }

    function test_revertWhenTheShareDoesNotFit() public {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        caller.percOf(type(uint256).max, 2, 1);
    }

    /// @dev A share of less than a millionth is not rounded away (U4).
    function test_percOf_isNotRoundedToSixDecimals() public pure {
        assertEq(MathUtils.percOf(1e27, 1, 3e6), 333333333333333333333);
        assertEq(MathUtils.percPoints(1, 3e6), 0);
    }

    function test_percOf_doesNotOverflowInBetween() public pure {
        assertEq(MathUtils.percOf(type(uint256).max, type(uint256).max, type(uint256).max), type(uint256).max);
        assertEq(MathUtils.percOf(type(uint256).max, 1e18, 2e18), type(uint256).max / 2);
    }

    function testFuzz_percOf_isTheRoundedShare(uint128 amount, uint128 n, uint128 d) public pure {
        d = uint128(bound(d, 1, type(uint128).max));
        assertEq(MathUtils.percOf(amount, n, d), uint256(amount) * n / d);
    }

    function testFuzz_partsNeverExceedTheWhole(uint256 amount, uint256 n, uint256 d) public pure {
        d = bound(d, 1, type(uint256).max);
        n = bound(n, 0, d);
        uint256 part = MathUtils.percOf(amount, n, d);
        uint256 rest = MathUtils.percOf(amount, d - n, d);
        assertLe(part, amount);
        assertLe(part, amount - rest);
        assertLe(amount - rest - part, 1);
    }

    function testFuzz_percentagesOfAnAmountAddUpToIt(uint128 amount, uint256 perc) public pure {
        perc = bound(perc, 0, 1_000_000);
        uint256 sum = MathUtils.percOf(amount, perc) + MathUtils.percOf(amount, 1_000_000 - perc);
        assertLe(sum, amount);
        assertLe(amount - sum, 1);
        assertEq(MathUtils.percOf(amount, perc), MathUtils.percOf(uint256(amount), perc, 1_000_000));
    }

    function testFuzz_percPoints_isWithinOnePoint(uint128 n, uint128 d) public pure {
        d = uint128(bound(d, 1, type(uint128).max));
        uint256 points = MathUtils.percPoints(n, d);
        assertLe(points * d, uint256(n) * 1_000_000);
        assertGt((points + 1) * d, uint256(n) * 1_000_000);
    }
}
