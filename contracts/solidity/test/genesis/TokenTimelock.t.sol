// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenTimelock} from "../../src/genesis/TokenTimelock.sol";
import {ITokenTimelock} from "../../src/interfaces/ITokenTimelock.sol";
import {PlainERC20} from "../../src/test-tokens/PlainERC20.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

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

    function test_getters() public view {
        assertEq(address(lock.token()), address(token));
        assertEq(lock.beneficiary(), alice);
        assertEq(lock.releaseTime(), unlock);
    }

    function test_release_failsWhenTheTokenSaysFalse() public {
        MoodyToken moody = new MoodyToken(100);
        TokenTimelock moodyLock = new TokenTimelock(IERC20(address(moody)), alice, unlock);
        assertTrue(moody.transfer(address(moodyLock), 100));
        moody.setMood(MoodyToken.Mood.ReturnsFalse, alice);
        vm.warp(unlock);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(moody)));
        moodyLock.release();
    }

    /// @dev Anyone may release, at any time from the unlock on, and everything goes to the beneficiary.
    function testFuzz_release(address caller, uint256 time, uint256 more) public {
        time = bound(time, 0, 1000);
        more = bound(more, 0, 990);
        assertTrue(token.transfer(address(lock), more));
        vm.warp(unlock - 100 + time);
        if (time < 100) vm.expectRevert(abi.encodeWithSelector(ITokenTimelock.TokenTimelockLocked.selector, unlock));
        vm.prank(caller);
        lock.release();
        assertEq(token.balanceOf(alice), time < 100 ? 0 : 10 + more);
        assertEq(token.balanceOf(address(lock)), time < 100 ? 10 + more : 0);
    }
}
