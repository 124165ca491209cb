// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";

/// @dev Strangers, the owner, recipients and time in any order. What must fail is checked to fail with its own error;
/// nothing else may revert.
contract DistributorHandler is Test {
    using RecipientLists for RecipientList;

    uint256 public constant COUNT = 45;
    uint256 public constant CHUNK = 4;
    uint256 public constant CHUNKS = 12;

    MoodyToken public token = new MoodyToken(type(uint128).max);
    TokenDistributor public distributor;
    address public elsewhere = makeAddr("elsewhere");
    address public sweepTo = makeAddr("sweep");
    address private stranger = makeAddr("stranger");
    uint256 public sentElsewhere;
    uint256 public surplus;
    mapping(uint256 index => bool) public claimed;

    constructor() {
        RecipientList memory all = list();
        distributor = new TokenDistributor(
            address(token),
            all.root(),
            all.total,
            COUNT,
            CHUNK,
            block.timestamp + 14 days,
            sweepTo,
            address(this),
            false
        );
        assertTrue(token.transfer(address(distributor), all.total));
    }

    function list() public view returns (RecipientList memory) {
        return RecipientLists.generate(COUNT, CHUNK, 5, address(token), block.chainid);
    }

    function distribute(uint256 first, uint256 chunks) external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        _send(first, chunks, false);
    }

    function distributeSkipping(uint256 first, uint256 chunks, uint256 victim, uint256 mood) external {
        MoodyToken.Mood[3] memory moods =
            [MoodyToken.Mood.ReturnsFalse, MoodyToken.Mood.Reverts, MoodyToken.Mood.BurnsAllGas];
        token.setMood(moods[mood % 3], list().addressAt(victim % COUNT));
        _send(first, chunks, true);
    }

    function claimReserved(uint256 seed) external {
        RecipientList memory all = list();
        for (uint256 i = 0; i < COUNT; i++) {
            uint256 index = (seed % COUNT + i) % COUNT;
            if (distributor.isReserved(index)) return _claim(all, index, true);
        }
        _claim(all, seed % COUNT, false);
    }

    /// @dev Somebody else's claim, and a claim of what is not kept.
    function claimReservedWrongly(uint256 seed) external {
        RecipientList memory all = list();
        uint256 index = seed % COUNT;
        bytes memory entries = all.slice(index / CHUNK, 1);
        bytes32[] memory proof = all.prove(index / CHUNK, 1);
        bytes memory error = abi.encodeWithSelector(ITokenDistributor.DistributorNotReserved.selector, index);
        if (distributor.isReserved(index)) {
            error = abi.encodeWithSelector(ITokenDistributor.DistributorNotRecipient.selector, index, stranger);
        }
        if (distributor.closed()) error = abi.encodeWithSelector(ITokenDistributor.DistributorClosed.selector);
        vm.prank(stranger);
        vm.expectRevert(error);
        distributor.claimReserved(index, entries, proof, elsewhere);
    }

    function sweep() external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        uint256 opensAt = distributor.sweepOpensAt();
        if (block.timestamp < opensAt) {
            vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorSweepNotOpen.selector, opensAt));
        }
        vm.prank(stranger);
        distributor.sweep();
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    /// @dev What is left to do, done: every open chunk, then every claim.
    function finish() external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        RecipientList memory all = list();
        for (uint256 i = 0; i < CHUNKS; i++) {
            if (!distributor.isChunkDone(i)) distributor.distribute(i, all.slice(i, 1), all.prove(i, 1));
        }
        for (uint256 i = 0; i < COUNT; i++) {
            if (distributor.isReserved(i)) _claim(all, i, true);
        }
    }

    function donate(uint64 amount) external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        assertTrue(token.transfer(address(distributor), amount));
        surplus += amount;
    }

    function _claim(RecipientList memory all, uint256 index, bool kept) private {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        bytes memory entries = all.slice(index / CHUNK, 1);
        bytes32[] memory proof = all.prove(index / CHUNK, 1);
        bool closed = distributor.closed();
        vm.prank(all.addressAt(index));
        if (closed) {
            vm.expectRevert(ITokenDistributor.DistributorClosed.selector);
        } else if (!kept) {
            vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorNotReserved.selector, index));
        }
        distributor.claimReserved(index, entries, proof, elsewhere);
        if (closed || !kept) return;
        sentElsewhere += all.amountAt(index);
        claimed[index] = true;
    }

    function _expectedError(uint256 first, uint256 chunks) private view returns (bytes memory) {
        if (distributor.closed()) return abi.encodeWithSelector(ITokenDistributor.DistributorClosed.selector);
        for (uint256 i = first; i < first + chunks; i++) {
            if (distributor.isChunkDone(i)) {
                return abi.encodeWithSelector(ITokenDistributor.DistributorChunkAlreadyDone.selector, i);
            }
        }
        return "";
    }

    function _send(uint256 first, uint256 chunks, bool skipping) private {
        RecipientList memory all = list();
        first = first % CHUNKS;
        chunks = 1 + chunks % 3;
        if (first + chunks > CHUNKS) chunks = CHUNKS - first;
        bytes memory entries = all.slice(first, chunks);
        bytes32[] memory proof = all.prove(first, chunks);
        bytes memory error = _expectedError(first, chunks);
        if (error.length != 0) vm.expectRevert(error);
        if (!skipping) vm.prank(stranger);
        if (skipping) distributor.distributeSkipping(first, entries, proof);
        else distributor.distribute(first, entries, proof);
    }
}

contract TokenDistributorInvariantTest is Test {
    using RecipientLists for RecipientList;

    DistributorHandler private handler;

    function setUp() public {
        handler = new DistributorHandler();
        targetContract(address(handler));
        bytes4[] memory actions = new bytes4[](7);
        actions[0] = DistributorHandler.distribute.selector;
        actions[1] = DistributorHandler.distributeSkipping.selector;
        actions[2] = DistributorHandler.claimReserved.selector;
        actions[3] = DistributorHandler.claimReservedWrongly.selector;
        actions[4] = DistributorHandler.donate.selector;
        actions[5] = DistributorHandler.sweep.selector;
        actions[6] = DistributorHandler.pass.selector;
        targetSelector(FuzzSelector(address(handler), actions));
    }

    /// @dev `remaining` is computed from the other two, so the sum says little; the token's own books say the rest:
    /// nothing leaves but to recipients and to the sweep, and until it is closed all that is owed is there.
    function invariant_paidReservedAndRemainingAreTheTotal() public view {
        TokenDistributor distributor = handler.distributor();
        uint256 open = distributor.reservedAmount() + distributor.remainingAmount();
        assertEq(distributor.paidAmount() + open, distributor.totalAmount());
        uint256 balance = handler.token().balanceOf(address(distributor));
        uint256 swept = handler.token().balanceOf(handler.sweepTo());
        assertEq(balance + swept + distributor.paidAmount(), distributor.totalAmount() + handler.surplus());
        if (!distributor.closed()) assertGe(balance, open);
        if (distributor.completedAt() == 0 && !distributor.closed()) assertEq(swept, 0);
    }

    /// @dev Whatever happened before, as long as it is open it can be finished, and then everybody has what is listed.
    function afterInvariant() public {
        TokenDistributor distributor = handler.distributor();
        if (distributor.closed()) return;
        handler.finish();
        RecipientList memory list = handler.list();
        for (uint256 i = 0; i < list.count; i++) {
            uint256 balance = handler.token().balanceOf(list.addressAt(i));
            assertEq(balance, handler.claimed(i) ? 0 : list.amountAt(i));
        }
        assertEq(distributor.paidAmount(), list.total);
        assertEq(distributor.reservedAmount(), 0);
        assertEq(distributor.doneChunks(), distributor.chunkCount());
    }

    function invariant_everybodyHasExactlyWhatTheDoneBitsSay() public view {
        TokenDistributor distributor = handler.distributor();
        MoodyToken token = handler.token();
        RecipientList memory list = handler.list();
        uint256 paid = handler.sentElsewhere();
        uint256 reserved = 0;
        for (uint256 i = 0; i < list.count; i++) {
            uint256 balance = token.balanceOf(list.addressAt(i));
            assertTrue(balance == 0 || balance == list.amountAt(i));
            bool done = distributor.isChunkDone(i / list.chunkSize);
            assertEq(balance != 0, done && !distributor.isReserved(i) && !handler.claimed(i));
            if (distributor.isReserved(i)) {
                assertEq(balance, 0);
                reserved += list.amountAt(i);
            }
            paid += balance;
        }
        assertEq(paid, distributor.paidAmount());
        assertEq(reserved, distributor.reservedAmount());
        assertEq(token.balanceOf(handler.elsewhere()), handler.sentElsewhere());
    }

    function invariant_doneChunksCountsTheBits() public view {
        TokenDistributor distributor = handler.distributor();
        uint256 bits = distributor.doneBitmap(0);
        uint256 count = 0;
        for (; bits != 0; bits &= bits - 1) {
            count++;
        }
        assertEq(distributor.doneChunks(), count);
        assertEq(distributor.completedAt() != 0, count == distributor.chunkCount());
    }
}
