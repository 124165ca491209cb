// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {RangeProof} from "../../src/distribution/RangeProof.sol";
import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @dev Entry 6, in chunk 1, could not be paid.
contract ClaimReservedTest is DistributorFixture {
    using RecipientLists for RecipientList;

    address private victim;
    uint256 private kept;
    bytes private entries;
    bytes32[] private proof;

    function setUp() public override {
        super.setUp();
        RecipientList memory list = _list();
        victim = list.addressAt(6);
        kept = list.amountAt(6);
        entries = list.slice(1, 1);
        proof = list.prove(1, 1);
        token.setMood(MoodyToken.Mood.Reverts, victim);
        _distributeSkipping(list, 0, CHUNKS);
    }

    function test_recipientHasItSentElsewhereOnce() public {
        vm.prank(victim);
        vm.expectEmit(address(distributor));
        emit ITokenDistributor.ReservedClaimed(6, victim, stranger, kept);
        distributor.claimReserved(6, entries, proof, stranger);
        assertEq(token.balanceOf(stranger), kept);
        assertEq(distributor.reservedAmount(), 0);
        assertEq(distributor.paidAmount(), distributor.totalAmount());
        assertFalse(distributor.isReserved(6));
        vm.prank(victim);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorNotReserved.selector, 6));
        distributor.claimReserved(6, entries, proof, stranger);
    }

    function test_onlyTheRecipient() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorNotRecipient.selector, 6, stranger));
        distributor.claimReserved(6, entries, proof, stranger);
    }

    function test_onlyWhatIsReserved() public {
        RecipientList memory list = _list();
        vm.prank(list.addressAt(5));
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorNotReserved.selector, 5));
        distributor.claimReserved(5, entries, proof, stranger);
    }

    function test_entriesAndProofMustBeThatChunks() public {
        RecipientList memory list = _list();
        vm.startPrank(victim);
        bytes memory other = list.slice(2, 1);
        vm.expectRevert(ITokenDistributor.DistributorInvalidProof.selector);
        distributor.claimReserved(6, other, proof, stranger);
        vm.expectRevert(abi.encodeWithSelector(RangeProof.RangeProofInvalidLength.selector, 0));
        distributor.claimReserved(6, entries, new bytes32[](0), stranger);
        bytes memory two = list.slice(1, 2);
        bytes32[] memory proofOfTwo = list.prove(1, 2);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidEntries.selector, 1, two.length));
        distributor.claimReserved(6, two, proofOfTwo, stranger);
    }

    function test_receiverMustMakeSense() public {
        vm.startPrank(victim);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidRecipient.selector, address(0)));
        distributor.claimReserved(6, entries, proof, address(0));
        vm.expectRevert(
            abi.encodeWithSelector(ITokenDistributor.DistributorInvalidRecipient.selector, address(distributor))
        );
        distributor.claimReserved(6, entries, proof, address(distributor));
    }

    function test_failedTransferLeavesTheClaimOpen() public {
        vm.startPrank(victim);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorTransferFailed.selector, victim, kept));
        distributor.claimReserved(6, entries, proof, victim);
        assertTrue(distributor.isReserved(6));
        token.setMood(MoodyToken.Mood.Fine, address(0));
        distributor.claimReserved(6, entries, proof, victim);
        assertEq(token.balanceOf(victim), kept);
    }

    function test_possibleAfterTheSurplusSweepButNotAfterTheLast() public {
        vm.warp(block.timestamp + 7 days);
        distributor.sweep();
        uint256 snapshot = vm.snapshotState();
        vm.prank(victim);
        distributor.claimReserved(6, entries, proof, stranger);
        vm.revertToState(snapshot);
        vm.warp(deadline + 7 days);
        distributor.sweep();
        assertEq(token.balanceOf(sweepTo), kept);
        vm.prank(victim);
        vm.expectRevert(ITokenDistributor.DistributorClosed.selector);
        distributor.claimReserved(6, entries, proof, stranger);
    }

    /// @dev A claim is read as the distribution is: one byte, or a three, is not yes.
    function test_onlyTrueOrNothingIsAYes() public {
        MoodyToken.Mood[3] memory moods =
            [MoodyToken.Mood.ReturnsFalse, MoodyToken.Mood.ReturnsThree, MoodyToken.Mood.ReturnsOneByte];
        vm.startPrank(victim);
        for (uint256 i = 0; i < moods.length; i++) {
            token.setMood(moods[i], stranger);
            vm.expectRevert(
                abi.encodeWithSelector(ITokenDistributor.DistributorTransferFailed.selector, stranger, kept)
            );
            distributor.claimReserved(6, entries, proof, stranger);
        }
        token.setMood(MoodyToken.Mood.ReturnsNothing, stranger);
        distributor.claimReserved(6, entries, proof, stranger);
        assertEq(token.balanceOf(stranger), kept);
    }

    /// @dev The receiver of a claim can not claim again, distribute or sweep from within.
    function test_reentryIsRefused() public {
        bytes[2] memory calls = [
            abi.encodeCall(distributor.claimReserved, (6, entries, proof, stranger)),
            abi.encodeCall(distributor.sweep, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            uint256 snapshot = vm.snapshotState();
            token.setCallback(address(distributor), calls[i]);
            token.setMood(MoodyToken.Mood.Reenters, stranger);
            vm.prank(victim);
            distributor.claimReserved(6, entries, proof, stranger);
            assertEq(
                token.callbackResult(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
            );
            vm.revertToState(snapshot);
        }
    }

    /// @dev The end of the list: the last chunk is shorter, and the index behind it is nobody's.
    function test_lastEntryAndBeyond() public {
        RecipientList memory list = _list();
        distributor = _deploy(list, address(token), false);
        address last = list.addressAt(COUNT - 1);
        token.setMood(MoodyToken.Mood.Reverts, last);
        _distributeSkipping(list, 4, 1);
        bytes memory lastEntries = list.slice(4, 1);
        bytes32[] memory lastProof = list.prove(4, 1);
        vm.startPrank(last);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorNotReserved.selector, COUNT));
        distributor.claimReserved(COUNT, lastEntries, lastProof, stranger);
        distributor.claimReserved(COUNT - 1, lastEntries, lastProof, stranger);
        assertEq(token.balanceOf(stranger), list.amountAt(COUNT - 1));
    }
}
