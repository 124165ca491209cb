// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {Test} from "../helpers/Test.sol";

contract MathUtilsTest is Test {
    function test_fixedPoints() public pure {
        assertEq(MathUtils.percOf(100, 3, 4), 75);
        assertEq(MathUtils.percOf(100, 7, 9), 77);
        assertEq(MathUtils.percOf(100, 3), 0);
        assertEq(MathUtils.percOf(100, 100_000), 10);
        assertEq(MathUtils.percPoints(3, 4), 750_000);
        assertEq(MathUtils.percPoints(100, 300), 333_333);
        assertTrue(MathUtils.validPerc(0) && MathUtils.validPerc(50) && MathUtils.validPerc(1_000_000));
        assertFalse(MathUtils.validPerc(1_000_001));
    }

    function testFuzz_partsNeverExceedTheWhole(uint128 amount, uint128 n, uint128 d) public pure {
        d = uint128(bound(d, 1, type(uint128).max));
        n = uint128(bound(n, 0, d));
        uint256 part = MathUtils.percOf(amount, n, d);
        assertLe(part, amount);
        assertLe(part + MathUtils.percOf(amount, d - n, d), amount);
    }
}
