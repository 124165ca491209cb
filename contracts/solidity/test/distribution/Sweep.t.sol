// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract SweepTest is DistributorFixture {
    using RecipientLists for RecipientList;

    function _expectNotOpen(uint256 opensAt) private {
        assertEq(distributor.sweepOpensAt(), opensAt);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorSweepNotOpen.selector, opensAt));
        distributor.sweep();
    }

    function test_incomplete_opensSevenDaysAfterTheDeadline() public {
        RecipientList memory list = _list();
        _distribute(list, 0, 4);
        vm.warp(deadline + 7 days - 1);
        _expectNotOpen(deadline + 7 days);
        vm.warp(deadline + 7 days);
        vm.prank(stranger);
        vm.expectEmit(address(distributor));
        emit ITokenDistributor.Swept(list.sum(4, 1));
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), list.sum(4, 1));
        assertTrue(distributor.closed());
    }

    function test_complete_opensSevenDaysLaterAndKeepsWhatIsReserved() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        assertTrue(token.transfer(address(distributor), 77));
        vm.warp(block.timestamp + 1 days);
        uint256 completed = block.timestamp;
        _distributeSkipping(list, 0, CHUNKS);
        vm.warp(completed + 7 days - 1);
        _expectNotOpen(completed + 7 days);
        vm.warp(completed + 7 days);
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), 77);
        assertEq(token.balanceOf(address(distributor)), list.amountAt(0));
        assertFalse(distributor.closed());
        vm.expectEmit(address(distributor));
        emit ITokenDistributor.Swept(0);
        distributor.sweep();
    }

    function test_completeAfterTheDeadline_opensAtTheDeadlinesGrace() public {
        RecipientList memory list = _list();
        vm.warp(deadline + 5 days);
        _distribute(list, 0, CHUNKS);
        _expectNotOpen(deadline + 7 days);
    }

    function test_afterClosing_lateTokensCanBeSweptAgain() public {
        vm.warp(deadline + 7 days);
        distributor.sweep();
        uint256 before = token.balanceOf(sweepTo);
        assertTrue(token.transfer(address(distributor), 5));
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), before + 5);
    }

    function test_aRefusingTokenIsAnError() public {
        token.setMood(MoodyToken.Mood.ReturnsFalse, address(0));
        uint256 amount = token.balanceOf(address(distributor));
        vm.warp(deadline + 7 days);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorTransferFailed.selector, sweepTo, amount));
        distributor.sweep();
        assertFalse(distributor.closed());
    }

    function test_neitherBeforeTheDeadlineNorBeforeTheLastChunk() public {
        RecipientList memory list = _list();
        _distribute(list, 0, CHUNKS - 1);
        _expectNotOpen(deadline + 7 days);
        vm.warp(deadline);
        _expectNotOpen(deadline + 7 days);
        _distribute(list, CHUNKS - 1, 1);
        _expectNotOpen(deadline + 7 days);
    }

    /// @dev Skipped chunks complete a distribution like paid ones.
    function test_skippedChunksCount() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        _distributeSkipping(list, 0, 1);
        assertEq(distributor.completedAt(), 0);
        vm.warp(block.timestamp + 3 days);
        _distribute(list, 1, CHUNKS - 1);
        assertEq(distributor.completedAt(), block.timestamp);
        _expectNotOpen(block.timestamp + 7 days);
    }

    /// @dev A total above the list's sum: the difference is never paid, and swept once everybody else is.
    function test_totalAboveTheListIsSwept() public {
        RecipientList memory list = _list();
        list.total += 50;
        distributor = _deploy(list, address(token), false);
        _distribute(list, 0, CHUNKS);
        assertEq(distributor.remainingAmount(), 50);
        vm.warp(distributor.sweepOpensAt());
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), 50);
    }

    /// @dev Less than is kept, by a token that takes away: the sweep leaves all of it.
    function test_neverTakesWhatIsKept() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        _distributeSkipping(list, 0, CHUNKS);
        deal(address(token), address(distributor), list.amountAt(0) - 1);
        vm.warp(distributor.sweepOpensAt());
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), 0);
    }

    function test_reentryIsRefused() public {
        token.setCallback(address(distributor), abi.encodeCall(distributor.sweep, ()));
        token.setMood(MoodyToken.Mood.Reenters, sweepTo);
        vm.warp(deadline + 7 days);
        distributor.sweep();
        assertEq(
            token.callbackResult(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }
}
