// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../../src/access/Owned.sol";
import {LivepeerTokenFaucet} from "../../src/faucet/LivepeerTokenFaucet.sol";
import {ILivepeerTokenFaucet} from "../../src/interfaces/ILivepeerTokenFaucet.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

contract LivepeerTokenFaucetTest is Test {
    uint256 private constant AMOUNT = 10 ether;
    uint256 private constant WAIT = 2;

    LivepeerToken private token = new LivepeerToken();
    LivepeerTokenFaucet private faucet;
    address private asker = makeAddr("asker");

    function setUp() public {
        faucet = new LivepeerTokenFaucet(token, AMOUNT, WAIT);
        token.mint(address(faucet), 1000 ether);
        vm.warp(1_525_000_000);
    }

    function _request() private {
        vm.prank(asker);
        faucet.request();
    }

    function _tooEarly(uint256 next) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILivepeerTokenFaucet.FaucetTooEarly.selector, next);
    }

    function test_constructor_storesWithoutCallingTheToken() public {
        LivepeerTokenFaucet fresh = new LivepeerTokenFaucet(IERC20(asker), 1, 2);
        assertEq(address(fresh.token()), asker);
        assertEq(fresh.requestAmount(), 1);
        assertEq(fresh.requestWait(), 2);
        assertEq(fresh.owner(), address(this));
        assertEq(fresh.nextValidRequest(asker), 0);
        assertFalse(fresh.isWhitelisted(asker));
    }

    function test_request_paysAndSetsTheNextTime() public {
        vm.expectEmit(address(faucet));
        emit ILivepeerTokenFaucet.Request(asker, AMOUNT);
        _request();
        assertEq(token.balanceOf(asker), AMOUNT);
        assertEq(faucet.nextValidRequest(asker), block.timestamp + 2 hours);
        assertEq(faucet.nextValidRequest(address(this)), 0, "everybody waits alone");
    }

    function testFuzz_request_revertsUntilTheWaitIsOver(uint256 early) public {
        _request();
        uint256 next = block.timestamp + WAIT * 1 hours;
        vm.warp(next - bound(early, 1, WAIT * 1 hours));
        vm.expectRevert(_tooEarly(next));
        _request();
        vm.warp(next);
        _request();
        assertEq(token.balanceOf(asker), 2 * AMOUNT);
        assertEq(faucet.nextValidRequest(asker), next + WAIT * 1 hours);
    }

    function test_request_whitelistedAsksAtAnyTime() public {
        faucet.addToWhitelist(asker);
        _request();
        _request();
        assertEq(token.balanceOf(asker), 2 * AMOUNT);
        assertEq(faucet.nextValidRequest(asker), 0, "no wait is set");
    }

    function test_request_whitelistedAsksDuringItsWait() public {
        _request();
        uint256 next = faucet.nextValidRequest(asker);
        faucet.addToWhitelist(asker);
        _request();
        faucet.removeFromWhitelist(asker);
        vm.expectRevert(_tooEarly(next));
        _request();
    }

    function test_request_removedFallsBackToWaiting() public {
        faucet.addToWhitelist(asker);
        _request();
        faucet.removeFromWhitelist(asker);
        _request();
        vm.expectRevert(_tooEarly(block.timestamp + 2 hours));
        _request();
    }

    function test_request_revertsWhenTheFaucetIsShort() public {
        LivepeerTokenFaucet empty = new LivepeerTokenFaucet(token, AMOUNT, WAIT);
        token.mint(address(empty), AMOUNT - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(empty), AMOUNT - 1, AMOUNT)
        );
        empty.request();
        assertEq(empty.nextValidRequest(address(this)), 0, "who got nothing does not wait");
    }

    function test_request_revertsWhenTheTokenSaysFalse() public {
        MoodyToken moody = new MoodyToken(AMOUNT);
        LivepeerTokenFaucet other = new LivepeerTokenFaucet(IERC20(address(moody)), AMOUNT, WAIT);
        assertTrue(moody.transfer(address(other), AMOUNT));
        moody.setMood(MoodyToken.Mood.ReturnsFalse, address(0));
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(moody)));
        other.request();
    }

    /// @dev The wait is set before the token is called.
    function test_request_canNotBeRepeatedByATokenThatCallsBack() public {
        MoodyToken moody = new MoodyToken(10 * AMOUNT);
        LivepeerTokenFaucet other = new LivepeerTokenFaucet(IERC20(address(moody)), AMOUNT, WAIT);
        assertTrue(moody.transfer(address(other), 10 * AMOUNT));
        moody.setMood(MoodyToken.Mood.Reenters, address(moody));
        moody.setCallback(address(other), abi.encodeCall(other.request, ()));
        vm.prank(address(moody));
        other.request();
        assertTrue(moody.callbackFailed());
        assertEq(moody.callbackResult(), _tooEarly(block.timestamp + 2 hours));
    }

    function test_request_revertsWhenTheWaitOverflows() public {
        LivepeerTokenFaucet endless = new LivepeerTokenFaucet(token, 0, type(uint256).max);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        endless.request();
    }

    function test_whitelist_isTheOwnersAndEmits() public {
        vm.expectEmit(address(faucet));
        emit ILivepeerTokenFaucet.WhitelistAdded(asker);
        faucet.addToWhitelist(asker);
        assertTrue(faucet.isWhitelisted(asker));
        vm.expectEmit(address(faucet));
        emit ILivepeerTokenFaucet.WhitelistRemoved(asker);
        faucet.removeFromWhitelist(asker);
        assertFalse(faucet.isWhitelisted(asker));

        bytes memory unauthorized = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, asker);
        vm.startPrank(asker);
        vm.expectRevert(unauthorized);
        faucet.addToWhitelist(asker);
        vm.expectRevert(unauthorized);
        faucet.removeFromWhitelist(asker);
        vm.stopPrank();
    }

    function test_ownership_movesInOneStepAndIsNotGivenUp() public {
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        faucet.renounceOwnership();
        faucet.transferOwnership(asker);
        assertEq(faucet.owner(), asker);
        vm.prank(asker);
        faucet.addToWhitelist(asker);
    }

    /// @dev However requests are spread, an account that waits gets at most one amount an interval.
    function testFuzz_oneAmountAnInterval(uint256 seed) public {
        uint256 begin = block.timestamp;
        uint256 granted = 0;
        for (uint256 i = 0; i < 32; i++) {
            vm.warp(block.timestamp + uint256(keccak256(abi.encode(seed, i))) % (1 hours));
            bool free = block.timestamp >= faucet.nextValidRequest(asker);
            if (!free) vm.expectRevert(_tooEarly(faucet.nextValidRequest(asker)));
            _request();
            if (free) granted++;
        }
        assertEq(token.balanceOf(asker), granted * AMOUNT);
        assertLe(granted, 1 + (block.timestamp - begin) / (WAIT * 1 hours));
    }
}
