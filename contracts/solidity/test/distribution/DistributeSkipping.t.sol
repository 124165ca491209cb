// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract DistributeSkippingTest is DistributorFixture {
    using RecipientLists for RecipientList;

    function test_ownerOnly() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        distributor.distributeSkipping(0, entries, proof);
    }

    function test_paysLikeDistributeWhenNobodyRefuses() public {
        RecipientList memory list = _list();
        vm.expectEmit(address(distributor));
        emit ITokenDistributor.Distributed(0, CHUNKS, list.total);
        _distributeSkipping(list, 0, CHUNKS);
        _assertPaidInFull(list, 0, CHUNKS);
        assertEq(distributor.reservedAmount(), 0);
        assertEq(distributor.remainingAmount(), 0);
    }

    function test_keepsTheAmountOfWhoeverCanNotBePaid() public {
        RecipientList memory list = _list();
        MoodyToken.Mood[5] memory moods = [
            MoodyToken.Mood.ReturnsFalse,
            MoodyToken.Mood.Reverts,
            MoodyToken.Mood.BurnsAllGas,
            MoodyToken.Mood.ReturnsTwo,
            MoodyToken.Mood.ReturnsOneByte
        ];
        for (uint256 i = 0; i < moods.length; i++) {
            distributor = _deploy(list, address(token), false);
            token.setMood(moods[i], list.addressAt(6));
            uint256 kept = list.amountAt(6);
            vm.expectEmit(address(distributor));
            emit ITokenDistributor.TransferSkipped(6, list.addressAt(6), kept);
            vm.expectEmit(address(distributor));
            emit ITokenDistributor.Distributed(1, 2, list.sum(1, 2) - kept);
            _distributeSkipping(list, 1, 2);
            assertTrue(distributor.isReserved(6));
            assertFalse(distributor.isReserved(5));
            assertEq(distributor.reservedAmount(), kept);
            assertEq(distributor.paidAmount(), list.sum(1, 2) - kept);
            assertEq(distributor.remainingAmount(), list.total - list.sum(1, 2));
            assertTrue(distributor.isChunkDone(1) && distributor.isChunkDone(2));
        }
    }

    function test_refusesToSkipEverybody() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, address(0));
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(ITokenDistributor.DistributorTokenRefusesAll.selector);
        distributor.distributeSkipping(0, entries, proof);
    }

    function test_balanceMustCover() public {
        RecipientList memory list = _list();
        deal(address(token), address(distributor), 5);
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorUnderfunded.selector, 5, list.total));
        distributor.distributeSkipping(0, entries, proof);
    }

    function test_replayReverts() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        _distributeSkipping(list, 0, 1);
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorChunkAlreadyDone.selector, 0));
        distributor.distributeSkipping(0, entries, proof);
    }

    function test_tooLittleGasIsAnError() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInsufficientGas.selector, 0));
        distributor.distributeSkipping{gas: 300_000}(0, entries, proof);
    }

    /// @dev However much gas is given, nobody who can be paid is ever skipped: it all works, or nothing happens.
    function testFuzz_gasNeverDecidesWhoIsPaid(uint256 gasLimit) public {
        gasLimit = bound(gasLimit, 50_000, 2_500_000);
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.BurnsAllGas, list.addressAt(2));
        bytes memory entries = list.slice(0, 3);
        bytes32[] memory proof = list.prove(0, 3);
        try distributor.distributeSkipping{gas: gasLimit}(0, entries, proof) {
            assertEq(distributor.reservedAmount(), list.amountAt(2));
            assertEq(distributor.paidAmount(), list.sum(0, 3) - list.amountAt(2));
        } catch {
            assertEq(distributor.doneChunks(), 0);
            assertEq(distributor.reservedAmount(), 0);
            assertEq(token.balanceOf(list.addressAt(0)), 0);
        }
    }
}
