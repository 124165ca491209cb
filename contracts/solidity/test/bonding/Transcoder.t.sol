// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev transcoder(): terms, and the way into the pool.
contract TranscoderTest is BondingFixture {
    function _expectUpdate(address who, uint256 cut, uint256 share, uint256 price, bool registered) private {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderUpdate(who, cut, share, price, registered);
    }

    function _assertPending(address who, uint256 cut, uint256 share, uint256 price) private view {
        (,,,, uint256 pendingCut, uint256 pendingShare, uint256 pendingPrice) = bonding.getTranscoder(who);
        assertEq(pendingCut, cut);
        assertEq(pendingShare, share);
        assertEq(pendingPrice, price);
    }

    function test_entersThePoolWithAllThatIsDelegatedToIt() public {
        _bond(bob, 500, alice);
        _bond(alice, 1000, alice);
        assertEq(uint256(bonding.transcoderStatus(alice)), 0);
        _expectUpdate(alice, 100, 200, 300, true);
        _announce(alice, 100, 200, 300);

        assertEq(uint256(bonding.transcoderStatus(alice)), 1);
        assertTrue(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.transcoderTotalStake(alice), 1500);
        assertEq(bonding.getTranscoderPoolSize(), 1);
        assertEq(bonding.getFirstTranscoderInPool(), alice);
        assertEq(bonding.getNextTranscoderInPool(alice), address(0));
        _assertPending(alice, 100, 200, 300);
        _assertBooksBalance();
    }

    function test_theTermsTakeEffectWithTheNextActiveSet() public {
        _bond(alice, 1000, alice);
        _announce(alice, 100, 200, 300);
        (uint256 last, uint256 cut, uint256 share, uint256 price,,,) = bonding.getTranscoder(alice);
        assertEq(last + cut + share + price, 0);
        _newRound();
        _announce(alice, 101, 201, 301);
        (last, cut, share, price,,,) = bonding.getTranscoder(alice);
        assertEq(last, 0);
        assertEq(cut, 100);
        assertEq(share, 200);
        assertEq(price, 300);
        _assertPending(alice, 101, 201, 301);
    }

    function test_theWholeRangeOfTermsIsTaken() public {
        _bond(alice, 1000, alice);
        _announce(alice, 1_000_000, 1_000_000, type(uint256).max);
        _assertPending(alice, 1_000_000, 1_000_000, type(uint256).max);
        _newRound();
        (, uint256 cut, uint256 share, uint256 price,,,) = bonding.getTranscoder(alice);
        assertEq(cut, 1_000_000);
        assertEq(share, 1_000_000);
        assertEq(price, type(uint256).max);
    }

    function test_announcesAgainWithoutAnotherPlace() public {
        _becomeTranscoder(alice, 1000);
        _expectUpdate(alice, 7, 8, 9, true);
        _announce(alice, 7, 8, 9);
        _assertPending(alice, 7, 8, 9);
        assertEq(bonding.getTranscoderPoolSize(), 1);
    }

    function test_revertWhenARateIsNoPercentage() public {
        _bond(alice, 1000, alice);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, 1_000_001));
        bonding.transcoder(1_000_001, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, 1_000_001));
        bonding.transcoder(0, 1_000_001, 0);
    }

    function test_revertWhenNotBondedToItself() public {
        bytes memory reason =
            abi.encodeWithSelector(IBondingManager.BondingManagerNotSelfBonded.selector, address(alice));
        vm.expectRevert(reason);
        _announce(alice, 0, 0, 0);
        // Not by what others delegate to it, nor by what it delegates to others.
        _bond(bob, 1000, alice);
        vm.expectRevert(reason);
        _announce(alice, 0, 0, 0);
        _bond(alice, 1000, bob);
        vm.expectRevert(reason);
        _announce(alice, 0, 0, 0);
    }

    function test_revertWhenNothingOfItsOwnIsLeft() public {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _slash(alice, address(0), 1_000_000, 0);
        assertEq(_stakeOf(alice).delegateAddress, alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotSelfBonded.selector, alice));
        _announce(alice, 0, 0, 0);
    }

    function test_onlyOneWithMoreStakeTakesTheLastPlace() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 2000);
        _becomeTranscoder(carol, 3000);
        _becomeTranscoder(dave, 4000);
        assertEq(bonding.getTranscoderPoolSize(), 4);

        _bond(erin, 1000, erin);
        _expectUpdate(erin, 1, 2, 3, false);
        _announce(erin, 1, 2, 3);
        assertFalse(bonding.isRegisteredTranscoder(erin));
        _assertPending(erin, 1, 2, 3);

        _bond(erin, 1, erin);
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderEvicted(alice);
        _expectUpdate(erin, 1, 2, 3, true);
        _announce(erin, 1, 2, 3);
        assertTrue(bonding.isRegisteredTranscoder(erin));
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 4);
        _assertBooksBalance();
    }

    /// @dev Among equals the oldest is the last, and the first to go.
    function test_theOldestOfEqualsIsEvicted() public {
        _becomeTranscoder(alice, 1000);
        _becomeTranscoder(bob, 1000);
        _becomeTranscoder(carol, 1000);
        _becomeTranscoder(dave, 1000);
        assertEq(bonding.getFirstTranscoderInPool(), dave);
        _becomeTranscoder(erin, 1001);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getFirstTranscoderInPool(), erin);
        assertEq(bonding.getNextTranscoderInPool(carol), bob);
        assertEq(bonding.getNextTranscoderInPool(bob), address(0));
    }

    function test_evictedItStaysActiveToTheEndOfTheRound() public {
        _becomeTranscoder(alice, 1000);
        _newRound();
        _becomeTranscoder(bob, 2000);
        _becomeTranscoder(carol, 3000);
        _becomeTranscoder(dave, 4000);
        _becomeTranscoder(erin, 5000);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        uint256 round = rounds.currentRound();
        assertTrue(bonding.isActiveTranscoder(alice, round));
        assertEq(bonding.getTotalActiveStake(round), 1000);
        _newRound();
        assertFalse(bonding.isActiveTranscoder(alice, round + 1));
    }

    function test_revertWhenThePoolHasNoPlaces() public {
        _redeployWithoutParameters();
        _bond(alice, 1000, alice);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, address(0)));
        _announce(alice, 0, 0, 0);
    }

    // --- while the round is locked

    function _lockWithPrices(uint256 aliceAsks, uint256 bobAsks) private {
        _bond(alice, 1000, alice);
        _announce(alice, 100, 200, aliceAsks);
        _bond(bob, 1000, bob);
        _announce(bob, 101, 201, bobAsks);
        rounds.setLocked(true);
    }

    function test_locked_thePriceFallsToTheLowest() public {
        _lockWithPrices(10, 5);
        _expectUpdate(alice, 100, 200, 7, true);
        _announce(alice, 100, 200, 7);
        _assertPending(alice, 100, 200, 7);
        _announce(alice, 100, 200, 5);
        _assertPending(alice, 100, 200, 5);
        assertEq(bonding.getFirstTranscoderInPool(), bob);
    }

    function test_locked_revertWhenThePriceIsOutOfRange() public {
        _lockWithPrices(10, 5);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerPriceOutOfRange.selector, 11, 5, 10));
        _announce(alice, 100, 200, 11);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerPriceOutOfRange.selector, 4, 5, 10));
        _announce(alice, 100, 200, 4);
        // Its own price counts for the lowest as well.
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerPriceOutOfRange.selector, 4, 5, 5));
        _announce(bob, 101, 201, 4);
        _announce(alice, 100, 200, 10);
        _announce(bob, 101, 201, 5);
    }

    function test_locked_revertWhenARateChanges() public {
        _lockWithPrices(10, 5);
        bytes memory reason = abi.encodeWithSelector(IBondingManager.BondingManagerRatesLocked.selector, 100, 200);
        vm.expectRevert(reason);
        _announce(alice, 101, 200, 10);
        vm.expectRevert(reason);
        _announce(alice, 100, 201, 10);
    }

    function test_locked_revertWhenNotRegistered() public {
        _lockWithPrices(10, 5);
        _bond(carol, 1000, carol);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotRegistered.selector, carol));
        _announce(carol, 0, 0, 7);
    }
}
