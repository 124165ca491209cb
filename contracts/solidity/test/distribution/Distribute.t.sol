// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {RangeProof} from "../../src/distribution/RangeProof.sol";
import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract DistributeTest is DistributorFixture {
    using RecipientLists for RecipientList;

    function _expectInvalidProof() private {
        vm.expectRevert(ITokenDistributor.DistributorInvalidProof.selector);
    }

    // --- what it does

    function test_paysOneChunk() public {
        RecipientList memory list = _list();
        uint256 amount = list.sum(1, 1);
        vm.expectEmit(address(distributor));
        emit ITokenDistributor.Distributed(1, 1, amount);
        vm.prank(stranger);
        _distribute(list, 1, 1);
        _assertPaidInFull(list, 1, 1);
        assertEq(distributor.paidAmount(), amount);
        assertEq(distributor.remainingAmount(), list.total - amount);
        assertEq(distributor.doneChunks(), 1);
        assertTrue(distributor.isChunkDone(1));
        assertFalse(distributor.isChunkDone(0));
        assertEq(distributor.doneBitmap(0), 2);
        assertEq(distributor.completedAt(), 0);
    }

    function test_paysTheWholeListAtOnce() public {
        RecipientList memory list = _list();
        vm.warp(block.timestamp + 5);
        _distribute(list, 0, CHUNKS);
        _assertPaidInFull(list, 0, CHUNKS);
        assertEq(distributor.paidAmount(), list.total);
        assertEq(distributor.remainingAmount(), 0);
        assertEq(distributor.completedAt(), block.timestamp);
        assertEq(distributor.doneBitmaps(0, 2)[0], 31);
        assertEq(distributor.doneBitmaps(0, 2)[1], 0);
    }

    function test_everyRangeWorksAlone() public {
        RecipientList memory list = _list();
        for (uint256 first = 0; first < CHUNKS; first++) {
            for (uint256 chunks = 1; first + chunks <= CHUNKS; chunks++) {
                distributor = _deploy(list, address(token), false);
                _distribute(list, first, chunks);
                assertEq(distributor.paidAmount(), list.sum(first, chunks));
            }
        }
    }

    function test_singleChunkIsItsOwnRoot() public {
        RecipientList memory list = RecipientLists.generate(3, 10, 2, address(token), block.chainid);
        distributor = _deploy(list, address(token), false);
        assertEq(list.levels.length, 1);
        _distribute(list, 0, 1);
        _assertPaidInFull(list, 0, 1);
    }

    function test_paysThroughTransferBatch() public {
        LivepeerToken lpt = new LivepeerToken();
        lpt.mint(address(this), 1e27);
        RecipientList memory list = RecipientLists.generate(COUNT, CHUNK, 1, address(lpt), block.chainid);
        distributor = _deploy(list, address(lpt), true);
        _distribute(list, 0, 2);
        _distribute(list, 2, 3);
        for (uint256 i = 0; i < COUNT; i++) {
            assertEq(lpt.balanceOf(list.addressAt(i)), list.amountAt(i));
        }
        assertEq(lpt.balanceOf(address(distributor)), 0);
    }

    function test_rangesAcrossBitmapWords() public {
        RecipientList memory list = RecipientLists.generate(600, 1, 3, address(token), block.chainid);
        distributor = _deploy(list, address(token), false);
        _distribute(list, 250, 300);
        assertEq(distributor.doneBitmap(0), type(uint256).max << 250);
        assertEq(distributor.doneBitmap(1), type(uint256).max);
        assertEq(distributor.doneBitmap(2), (1 << 38) - 1);
        bytes memory entries = list.slice(500, 100);
        bytes32[] memory proof = list.prove(500, 100);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorChunkAlreadyDone.selector, 500));
        distributor.distribute(500, entries, proof);
        _distribute(list, 0, 250);
        _distribute(list, 550, 50);
        assertEq(distributor.doneChunks(), 600);
        _assertPaidInFull(list, 0, 600);
    }

    function test_worksAfterTheDeadlineUntilClosed() public {
        RecipientList memory list = _list();
        vm.warp(deadline + 8 days);
        _distribute(list, 0, 1);
        distributor.sweep();
        bytes memory entries = list.slice(1, 1);
        bytes32[] memory proof = list.prove(1, 1);
        vm.expectRevert(ITokenDistributor.DistributorClosed.selector);
        distributor.distribute(1, entries, proof);
    }

    /// @dev Random cuts, in random order, by anybody: the outcome is the list.
    function testFuzz_anyPartitionInAnyOrder(uint256 seed, uint16 count, uint8 size) public {
        count = uint16(bound(count, 1, 300));
        size = uint8(bound(size, 1, 40));
        RecipientList memory list = RecipientLists.generate(count, size, seed, address(token), block.chainid);
        distributor = _deploy(list, address(token), false);
        uint256 chunks = list.chunkCount();

        uint256[] memory starts = new uint256[](chunks + 1);
        uint256 parts = 0;
        for (uint256 at = 0; at < chunks; at += 1 + uint256(keccak256(abi.encode(seed, "cut", at))) % 7) {
            starts[parts++] = at;
        }
        uint256[] memory order = new uint256[](parts);
        for (uint256 i = 0; i < parts; i++) {
            order[i] = i;
        }
        order = vm.shuffle(order);
        starts[parts] = chunks;
        for (uint256 i = 0; i < parts; i++) {
            uint256 first = starts[order[i]];
            uint256 k = starts[order[i] + 1] - first;
            vm.prank(vm.addr(bound(seed, 1, 1e9)));
            _distribute(list, first, k);
        }
        _assertPaidInFull(list, 0, chunks);
        assertEq(distributor.doneChunks(), chunks);
        assertEq(token.balanceOf(address(distributor)), 0);
        assertEq(distributor.remainingAmount(), 0);
    }

    // --- what it refuses

    function test_replayReverts() public {
        RecipientList memory list = _list();
        _distribute(list, 2, 1);
        for (uint256 first = 0; first <= 2; first++) {
            bytes memory entries = list.slice(first, 3 - first);
            bytes32[] memory proof = list.prove(first, 3 - first);
            vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorChunkAlreadyDone.selector, 2));
            distributor.distribute(first, entries, proof);
        }
        assertEq(distributor.paidAmount(), list.sum(2, 1));
    }

    function testFuzz_anyChangedBitReverts(uint256 bit) public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(1, 2);
        bytes32[] memory proof = list.prove(1, 2);
        bit = bound(bit, 0, entries.length * 8 - 1);
        entries[bit / 8] ^= bytes1(0x80) >> (bit % 8);
        _expectInvalidProof();
        distributor.distribute(1, entries, proof);
    }

    function testFuzz_anyChangedProofReverts(uint256 element, bytes32 value) public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(1, 2);
        bytes32[] memory proof = list.prove(1, 2);
        element = bound(element, 0, proof.length - 1);
        vm.assume(proof[element] != value);
        proof[element] = value;
        _expectInvalidProof();
        distributor.distribute(1, entries, proof);
    }

    function test_wrongPositionReverts() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(1, 1);
        bytes32[] memory proof = list.prove(1, 1);
        for (uint256 first = 0; first < 4; first++) {
            if (first == 1) continue;
            _expectInvalidProof();
            distributor.distribute(first, entries, proof);
        }
    }

    function test_swappedChunksRevert() public {
        RecipientList memory list = _list();
        bytes memory entries = bytes.concat(list.slice(1, 1), list.slice(0, 1));
        bytes32[] memory proof = list.prove(0, 2);
        _expectInvalidProof();
        distributor.distribute(0, entries, proof);
    }

    function test_proofOfOtherLengthReverts() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(1, 2);
        bytes32[] memory proof = list.prove(1, 2);
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < proof.length; i++) {
            longer[i] = proof[i];
            if (i < shorter.length) shorter[i] = proof[i];
        }
        vm.expectRevert(abi.encodeWithSelector(RangeProof.RangeProofInvalidLength.selector, longer.length));
        distributor.distribute(1, entries, longer);
        vm.expectRevert(abi.encodeWithSelector(RangeProof.RangeProofInvalidLength.selector, shorter.length));
        distributor.distribute(1, entries, shorter);
        vm.expectRevert(abi.encodeWithSelector(RangeProof.RangeProofInvalidLength.selector, 0));
        distributor.distribute(1, entries, new bytes32[](0));
    }

    function test_otherChainReverts() public {
        RecipientList memory list = _list();
        vm.chainId(block.chainid + 1);
        _expectInvalidProof();
        _distribute(list, 0, CHUNKS);
    }

    function test_otherTokenReverts() public {
        MoodyToken other = new MoodyToken(type(uint128).max);
        RecipientList memory list = _list();
        distributor = _deploy(list, address(other), false);
        _expectInvalidProof();
        _distribute(list, 0, CHUNKS);
    }

    function test_noSuchChunkReverts() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(4, 1);
        bytes32[] memory proof = list.prove(4, 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidChunk.selector, 5));
        distributor.distribute(5, entries, proof);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidChunk.selector, type(uint256).max));
        distributor.distribute(type(uint256).max, entries, proof);
    }

    function testFuzz_onlyWholeChunks(uint256 first, uint256 length) public {
        first = bound(first, 0, CHUNKS - 1);
        length = bound(length, 0, COUNT * 32 + 64);
        uint256 left = (COUNT - first * CHUNK) * 32;
        vm.assume(length == 0 || length > left || (length != left && length % (CHUNK * 32) != 0));
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidEntries.selector, first, length));
        distributor.distribute(first, new bytes(length), new bytes32[](0));
    }

    function test_underfundedReverts() public {
        RecipientList memory list = _list();
        deal(address(token), address(distributor), list.total - 1);
        bytes memory error =
            abi.encodeWithSelector(ITokenDistributor.DistributorUnderfunded.selector, list.total - 1, list.total);
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(error);
        distributor.distribute(0, entries, proof);
    }

    function test_listBeyondTotalReverts() public {
        RecipientList memory list = _list();
        list.total -= 1;
        distributor = _deploy(list, address(token), false);
        _distribute(list, 0, 4);
        bytes memory entries = list.slice(4, 1);
        bytes32[] memory proof = list.prove(4, 1);
        vm.expectRevert(
            abi.encodeWithSelector(ITokenDistributor.DistributorListExceedsTotal.selector, list.total + 1, list.total)
        );
        distributor.distribute(4, entries, proof);
    }

    // --- tokens that misbehave

    function test_tokenThatReturnsNothingIsFine() public {
        token.setMood(MoodyToken.Mood.ReturnsNothing, address(0));
        RecipientList memory list = _list();
        _distribute(list, 0, CHUNKS);
        _assertPaidInFull(list, 0, CHUNKS);
    }

    function test_oneRefusalUndoesTheBatch() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(0, CHUNKS);
        bytes32[] memory proof = list.prove(0, CHUNKS);
        MoodyToken.Mood[5] memory moods = [
            MoodyToken.Mood.ReturnsFalse,
            MoodyToken.Mood.Reverts,
            MoodyToken.Mood.BurnsAllGas,
            MoodyToken.Mood.ReturnsThree,
            MoodyToken.Mood.ReturnsOneByte
        ];
        address victim = list.addressAt(9);
        for (uint256 i = 0; i < moods.length; i++) {
            token.setMood(moods[i], victim);
            vm.expectRevert(
                abi.encodeWithSelector(ITokenDistributor.DistributorTransferFailed.selector, victim, list.amountAt(9))
            );
            distributor.distribute(0, entries, proof);
        }
        assertEq(distributor.doneChunks(), 0);
        assertEq(token.balanceOf(list.addressAt(0)), 0);
    }

    function test_transferBatchThatSaysFalseReverts() public {
        RecipientList memory list = _list();
        distributor = _deploy(list, address(token), true);
        token.setMood(MoodyToken.Mood.ReturnsFalse, address(0));
        bytes memory entries = list.slice(0, 1);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(ITokenDistributor.DistributorBatchTransferFailed.selector);
        distributor.distribute(0, entries, proof);
    }

    /// @dev From within either way of paying, none of the four can be entered: the guard answers, not some later check.
    function test_reentryIsRefused() public {
        RecipientList memory list = _list();
        bytes[4] memory calls = [
            abi.encodeCall(TokenDistributor.distribute, (1, list.slice(1, 1), list.prove(1, 1))),
            abi.encodeCall(TokenDistributor.distributeSkipping, (1, list.slice(1, 1), list.prove(1, 1))),
            abi.encodeCall(TokenDistributor.sweep, ()),
            abi.encodeCall(TokenDistributor.claimReserved, (0, list.slice(0, 1), list.prove(0, 1), stranger))
        ];
        for (uint256 i = 0; i < 2 * calls.length; i++) {
            distributor = _deploy(list, address(token), false);
            distributor.transferOwnership(address(token));
            token.setCallback(address(distributor), calls[i / 2]);
            token.setMood(MoodyToken.Mood.Reenters, list.addressAt(0));
            vm.prank(address(token));
            if (i % 2 == 0) _distribute(list, 0, 1);
            else _distributeSkipping(list, 0, 1);
            _assertReentryRefused();
            assertEq(distributor.paidAmount(), list.sum(0, 1));
            token.setMood(MoodyToken.Mood.Fine, address(0));
        }
    }

    function _assertReentryRefused() private view {
        assertTrue(token.callbackFailed());
        assertEq(
            token.callbackResult(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    // --- crafted calldata

    /// @dev Arguments where no compiler would put them: the proof first, a gap of junk, entries at an odd offset, and a
    /// tail nobody asked for. What is paid is what the root says, once.
    function test_oddCalldataPaysTheSame() public {
        RecipientList memory list = _list();
        bytes memory entries = list.slice(1, 2);
        bytes32[] memory proof = list.prove(1, 2);
        bytes memory odd = bytes.concat(
            abi.encodePacked(TokenDistributor.distribute.selector, uint256(1)),
            abi.encodePacked(uint256(96 + 32 + 32 * proof.length + 7), uint256(96)),
            abi.encodePacked(proof.length, proof),
            abi.encodePacked(hex"6a756e6b2e2e2e", entries.length, entries, list.slice(0, 1))
        );
        (bool ok,) = address(distributor).call(odd);
        assertTrue(ok);
        _assertPaidInFull(list, 1, 2);
        assertEq(distributor.paidAmount(), list.sum(1, 2));
        assertEq(token.balanceOf(list.addressAt(0)), 0);
        (ok,) = address(distributor).call(odd);
        assertFalse(ok);
    }

    /// @dev Offsets and lengths that lead beyond the calldata, and lengths that would wrap around.
    function test_calldataOutOfBoundsReverts() public {
        RecipientList memory list = _list();
        bytes memory good = abi.encodeCall(TokenDistributor.distribute, (1, list.slice(1, 2), list.prove(1, 2)));
        uint256[5] memory values = [good.length, 1 << 64, 1 << 255, type(uint256).max, type(uint256).max - 31];
        uint256[4] memory places = [uint256(36), 68, 100, 100 + 32 + list.slice(1, 2).length];
        for (uint256 i = 0; i < places.length; i++) {
            for (uint256 j = 0; j < values.length; j++) {
                bytes memory bad = bytes.concat(good);
                uint256 place = places[i];
                uint256 value = values[j];
                assembly ("memory-safe") {
                    mstore(add(add(bad, 0x20), place), value)
                }
                (bool ok,) = address(distributor).call(bad);
                assertFalse(ok);
            }
        }
        (bool paid,) = address(distributor).call(good);
        assertTrue(paid);
    }

    // --- peculiar recipients

    /// @dev The distributor itself, the token and the zero address in one list, on the launch token. The zero address is
    /// kept for nobody, what the distributor paid to itself is a surplus, and the sweeps return both.
    function test_listThatNamesDistributorTokenAndZero() public {
        LivepeerToken lpt = new LivepeerToken();
        lpt.mint(address(this), 1000);
        address self = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        bytes memory entries = bytes.concat(
            RecipientLists.pack(address(0), 100), RecipientLists.pack(self, 200), RecipientLists.pack(address(lpt), 300)
        );
        RecipientList memory list = RecipientLists.commit(entries, 4, address(lpt), block.chainid);
        distributor = _deploy(list, address(lpt), true);
        assertEq(address(distributor), self);
        bytes32[] memory proof = list.prove(0, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        distributor.distribute(0, entries, proof);

        vm.expectEmit(address(distributor));
        emit ITokenDistributor.TransferSkipped(0, address(0), 100);
        _distributeSkipping(list, 0, 1);
        assertEq(distributor.reservedAmount(), 100);
        assertEq(distributor.paidAmount(), 500);
        assertEq(lpt.balanceOf(address(lpt)), 300);
        assertEq(lpt.balanceOf(self), 300);
        vm.warp(distributor.sweepOpensAt());
        distributor.sweep();
        assertEq(lpt.balanceOf(sweepTo), 200);
        vm.warp(deadline + 7 days);
        distributor.sweep();
        assertEq(lpt.balanceOf(sweepTo), 300);
        assertEq(lpt.balanceOf(self), 0);
    }
}
