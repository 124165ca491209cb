// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {HungryToken} from "../helpers/tokens/HungryToken.sol";
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
            MoodyToken.Mood.ReturnsThree,
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

    /// @dev The hard case: entry 0 can never be paid, so the token was probed already, and the very last transfer of the
    /// call needs nearly all of TRANSFER_GAS. From too little gas to enough in small steps: the first call that succeeds
    /// has paid it.
    function test_gasNeverDecidesWhoIsPaid_notEvenAtTheEnd() public {
        HungryToken hungry = new HungryToken(type(uint128).max);
        RecipientList memory list = RecipientLists.generate(2, 2, 1, address(hungry), block.chainid);
        distributor = _deploy(list, address(hungry), false);
        hungry.setGasNeeded(list.addressAt(0), type(uint256).max);
        hungry.setGasNeeded(list.addressAt(1), distributor.TRANSFER_GAS() - 5_000);
        bytes memory data = abi.encodeCall(distributor.distributeSkipping, (0, list.entries, list.prove(0, 1)));
        assertFalse(_callWith(300_000, data));
        uint256 gasLimit = 300_000;
        while (!_callWith(gasLimit, data)) {
            gasLimit += 100;
            assertLt(gasLimit, 600_000);
        }
        assertEq(hungry.balanceOf(list.addressAt(1)), list.amountAt(1));
        assertEq(distributor.reservedAmount(), list.amountAt(0));
        assertFalse(distributor.isReserved(1));
    }

    function _callWith(uint256 gasLimit, bytes memory data) private returns (bool ok) {
        address target = address(distributor);
        assembly ("memory-safe") {
            ok := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @dev What one transfer may use is enough for two new slots at 97,920 + 12,200 gas each, and is bounded.
    function test_aTransferMayUseTransferGasAndNoMore() public {
        HungryToken hungry = new HungryToken(type(uint128).max);
        RecipientList memory list = RecipientLists.generate(3, 3, 1, address(hungry), block.chainid);
        distributor = _deploy(list, address(hungry), false);
        hungry.setGasNeeded(list.addressAt(0), 2 * (97_920 + 12_200) + 30_000);
        hungry.setGasNeeded(list.addressAt(1), distributor.TRANSFER_GAS() + 1);
        _distributeSkipping(list, 0, 1);
        assertFalse(distributor.isReserved(0));
        assertTrue(distributor.isReserved(1));
        assertFalse(distributor.isReserved(2));
    }

    function test_severalVictimsAreEachKept() public {
        HungryToken hungry = new HungryToken(type(uint128).max);
        RecipientList memory list = RecipientLists.generate(COUNT, CHUNK, 1, address(hungry), block.chainid);
        distributor = _deploy(list, address(hungry), false);
        uint256 kept = 0;
        for (uint256 i = 5; i < COUNT; i += 3) {
            hungry.setGasNeeded(list.addressAt(i), type(uint256).max);
            kept += list.amountAt(i);
        }
        _distributeSkipping(list, 1, CHUNKS - 1);
        for (uint256 i = 0; i < COUNT; i++) {
            assertEq(distributor.isReserved(i), i >= 5 && (i - 5) % 3 == 0);
        }
        assertEq(distributor.reservedAmount(), kept);
        assertEq(distributor.paidAmount(), list.sum(1, CHUNKS - 1) - kept);
        assertEq(hungry.balanceOf(address(distributor)), list.sum(0, 1) + kept);
    }

    /// @dev A list that adds up to more than announced can not eat into what is kept.
    function test_listBeyondTotalLeavesWhatIsKept() public {
        RecipientList memory list = _list();
        list.total -= 1;
        distributor = _deploy(list, address(token), false);
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        _distributeSkipping(list, 0, 1);
        _distributeSkipping(list, 1, 3);
        bytes memory entries = list.slice(4, 1);
        bytes32[] memory proof = list.prove(4, 1);
        bytes memory error =
            abi.encodeWithSelector(ITokenDistributor.DistributorListExceedsTotal.selector, list.total + 1, list.total);
        vm.expectRevert(error);
        distributor.distributeSkipping(4, entries, proof);
        vm.expectRevert(error);
        distributor.distribute(4, entries, proof);
    }

    /// @dev What is kept must be there before anybody else is paid.
    function test_balanceMustCoverWhatIsKept() public {
        RecipientList memory list = _list();
        token.setMood(MoodyToken.Mood.Reverts, list.addressAt(0));
        _distributeSkipping(list, 0, 4);
        uint256 needed = list.amountAt(0) + list.sum(4, 1);
        deal(address(token), address(distributor), needed - 1);
        bytes memory entries = list.slice(4, 1);
        bytes32[] memory proof = list.prove(4, 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorUnderfunded.selector, needed - 1, needed));
        distributor.distribute(4, entries, proof);
    }

    function test_refusedAfterClosing() public {
        RecipientList memory list = _list();
        vm.warp(deadline + 7 days);
        distributor.sweep();
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(ITokenDistributor.DistributorClosed.selector);
        distributor.distributeSkipping(0, entries, proof);
    }
}
