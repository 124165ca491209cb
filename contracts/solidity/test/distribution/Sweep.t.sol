// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";

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
}
