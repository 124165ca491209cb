// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenTimelock} from "../../src/genesis/TokenTimelock.sol";
import {ITokenTimelock} from "../../src/interfaces/ITokenTimelock.sol";
import {PlainERC20} from "../../src/test-tokens/PlainERC20.sol";
import {Test} from "../helpers/Test.sol";

contract TokenTimelockTest is Test {
    PlainERC20 private token;
    TokenTimelock private lock;
    address private alice = makeAddr("alice");
    uint256 private unlock;

    function setUp() public {
        unlock = block.timestamp + 100;
        token = new PlainERC20("T", "T", 1000);
        lock = new TokenTimelock(token, alice, unlock);
        assertTrue(token.transfer(address(lock), 10));
    }

    function test_constructor_timeMustLieAhead() public {
        vm.expectRevert(
            abi.encodeWithSelector(ITokenTimelock.TokenTimelockInvalidReleaseTime.selector, block.timestamp)
        );
        new TokenTimelock(token, alice, block.timestamp);
    }

    function test_release_lockedUntilTheTime() public {
        vm.warp(unlock - 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenTimelock.TokenTimelockLocked.selector, unlock));
        lock.release();
        vm.warp(unlock);
        lock.release();
        assertEq(token.balanceOf(alice), 10);
    }

    function test_release_nothingThere() public {
        vm.warp(unlock);
        lock.release();
        vm.expectRevert(ITokenTimelock.TokenTimelockNothingToRelease.selector);
        lock.release();
    }
}
