// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../../src/access/Owned.sol";
import {TokenVesting} from "../../src/genesis/TokenVesting.sol";
import {ITokenVesting} from "../../src/interfaces/ITokenVesting.sol";
import {PlainERC20} from "../../src/test-tokens/PlainERC20.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

contract TokenVestingTest is Test {
    uint256 private constant START = 1_000_000;
    PlainERC20 private token;
    TokenVesting private vesting;
    address private alice = makeAddr("alice");

    function setUp() public {
        vm.warp(START);
        token = new PlainERC20("T", "T", 1e24);
        vesting = new TokenVesting(alice, START, 100, 1000, true);
        assertTrue(token.transfer(address(vesting), 1000));
    }

    function test_constructor_refusals() public {
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingInvalidBeneficiary.selector, address(0)));
        new TokenVesting(address(0), START, 0, 1, true);
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingInvalidCliff.selector, 2, 1));
        new TokenVesting(alice, START, 2, 1, true);
    }

    function test_vested_runsFromStartNotFromCliff() public {
        vm.warp(START + 99);
        assertEq(vesting.vestedAmount(address(token)), 0);
        vm.warp(START + 100);
        assertEq(vesting.vestedAmount(address(token)), 100);
        vm.warp(START + 999);
        assertEq(vesting.vestedAmount(address(token)), 999);
        vm.warp(START + 1000);
        assertEq(vesting.vestedAmount(address(token)), 1000);
    }

    function test_zeroDurationVestsAtOnce() public {
        TokenVesting now_ = new TokenVesting(alice, START, 0, 0, false);
        assertTrue(token.transfer(address(now_), 5));
        assertEq(now_.vestedAmount(address(token)), 5);
    }

    function test_release_paysTheBeneficiary() public {
        vm.warp(START + 250);
        vm.expectEmit(address(vesting));
        emit ITokenVesting.Released(250);
        vesting.release(address(token));
        assertEq(token.balanceOf(alice), 250);
        assertEq(vesting.released(address(token)), 250);
        assertEq(vesting.releasableAmount(address(token)), 0);
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingNothingReleasable.selector, address(token)));
        vesting.release(address(token));
    }

    function test_release_beforeCliffReverts() public {
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingNothingReleasable.selector, address(token)));
        vesting.release(address(token));
    }

    function test_release_failsWhenTheTokenSaysFalse() public {
        MoodyToken moody = new MoodyToken(100);
        assertTrue(moody.transfer(address(vesting), 100));
        moody.setMood(MoodyToken.Mood.ReturnsFalse, alice);
        vm.warp(START + 500);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(moody)));
        vesting.release(address(moody));
    }

    function test_revoke_refundsTheOwnerOnce() public {
        vm.warp(START + 300);
        vesting.release(address(token));
        vm.warp(START + 400);
        uint256 before = token.balanceOf(address(this));
        vm.expectEmit(address(vesting));
        emit ITokenVesting.Revoked();
        vesting.revoke(address(token));
        assertEq(token.balanceOf(address(this)) - before, 600);
        assertTrue(vesting.revoked(address(token)));
        assertEq(vesting.releasableAmount(address(token)), 100);
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingAlreadyRevoked.selector, address(token)));
        vesting.revoke(address(token));
        vesting.release(address(token));
        assertEq(token.balanceOf(alice), 400);
        assertEq(token.balanceOf(address(vesting)), 0);
    }

    function test_revoke_refusals() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        vesting.revoke(address(token));
        TokenVesting firm = new TokenVesting(alice, START, 0, 1, false);
        vm.expectRevert(ITokenVesting.TokenVestingNotRevocable.selector);
        firm.revoke(address(token));
    }

    function test_revoke_beforeTheCliffRefundsEverything() public {
        vm.warp(START + 99);
        vesting.revoke(address(token));
        assertEq(token.balanceOf(address(this)), 1e24);
        assertTrue(token.transfer(address(vesting), 7));
        assertEq(vesting.vestedAmount(address(token)), 0);
        vm.warp(START + 100);
        assertEq(vesting.vestedAmount(address(token)), 7);
    }

    function test_revoke_afterTheEndRefundsNothing() public {
        vm.warp(START + 1000);
        vesting.revoke(address(token));
        assertEq(token.balanceOf(address(vesting)), 1000);
        vesting.release(address(token));
        assertEq(token.balanceOf(alice), 1000);
    }

    function test_revoke_refundsWhoeverOwnsItThen() public {
        address bank = makeAddr("bank");
        vesting.transferOwnership(bank);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        vesting.revoke(address(token));
        vm.warp(START + 600);
        vm.prank(bank);
        vesting.revoke(address(token));
        assertEq(token.balanceOf(bank), 400);
    }

    function test_revoke_isOneTokensMatter() public {
        PlainERC20 other = new PlainERC20("O", "O", 500);
        assertTrue(other.transfer(address(vesting), 500));
        vm.warp(START + 200);
        vesting.revoke(address(token));
        assertFalse(vesting.revoked(address(other)));
        assertEq(vesting.vestedAmount(address(other)), 100);
        vesting.revoke(address(other));
        assertEq(other.balanceOf(address(this)), 400);
    }

    function test_ownershipIsNeverGivenUp() public {
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        vesting.renounceOwnership();
    }

    /// @dev Revoked at any time: what was vested goes to the beneficiary, the rest to the owner, nothing stays.
    function testFuzz_revokeSplitsTheGrant(uint256 releaseAt, uint256 revokeAt, uint96 amount) public {
        amount = uint96(bound(amount, 0, 1e23));
        revokeAt = bound(revokeAt, 0, 6000);
        releaseAt = bound(releaseAt, 0, revokeAt);
        TokenVesting fresh = new TokenVesting(alice, START, 50, 5000, true);
        uint256 before = token.balanceOf(address(this));
        assertTrue(token.transfer(address(fresh), amount));
        vm.warp(START + releaseAt);
        if (fresh.releasableAmount(address(token)) != 0) fresh.release(address(token));
        vm.warp(START + revokeAt);
        fresh.revoke(address(token));
        vm.warp(START + 6000);
        if (fresh.releasableAmount(address(token)) != 0) fresh.release(address(token));
        uint256 vested = revokeAt < 50 ? 0 : revokeAt >= 5000 ? amount : (uint256(amount) * revokeAt) / 5000;
        assertEq(token.balanceOf(alice), vested);
        assertEq(before - token.balanceOf(address(this)), vested);
        assertEq(token.balanceOf(address(fresh)), 0);
    }

    /// @dev However often it is released, the beneficiary has what a formula of one line says.
    function testFuzz_releaseSchedule(uint16[6] memory steps, uint96 amount) public {
        amount = uint96(bound(amount, 1, 1e23));
        TokenVesting fresh = new TokenVesting(alice, START, 50, 5000, true);
        assertTrue(token.transfer(address(fresh), amount));
        uint256 time = START;
        for (uint256 i = 0; i < 6; i++) {
            time += steps[i] % 1500;
            vm.warp(time);
            if (fresh.releasableAmount(address(token)) != 0) fresh.release(address(token));
            uint256 elapsed = time - START;
            uint256 expected = elapsed < 50 ? 0 : elapsed >= 5000 ? amount : (uint256(amount) * elapsed) / 5000;
            assertEq(token.balanceOf(alice), expected);
        }
    }
}
