// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {JobLibHarness} from "../helpers/JobLibHarness.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {Test} from "../helpers/Test.sol";
import {stdError} from "forge-std/StdError.sol";

contract JobLibTest is Test {
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    JobLibHarness private lib = new JobLibHarness();

    // --- fees and options

    /// @dev The golden profile of the specification: `foo` is 41b1a064.
    function test_aProfileIsTheFirstFourBytesOfItsNamesHash() public view {
        string memory profile = vm.toString(abi.encodePacked(bytes4(keccak256("foo"))));
        assertEq(profile, "0x41b1a064");
        assertTrue(lib.validTranscodingOptions("41b1a064"));
    }

    function test_validTranscodingOptions_areWholeProfiles() public view {
        assertFalse(lib.validTranscodingOptions(""));
        assertFalse(lib.validTranscodingOptions("bar"));
        assertFalse(lib.validTranscodingOptions("41b1a06"));
        assertFalse(lib.validTranscodingOptions("41b1a0641"));
        assertTrue(lib.validTranscodingOptions("41b1a06441b1a064"));
    }

    function testFuzz_validTranscodingOptions_dependOnTheLengthAlone(string calldata options) public view {
        uint256 length = bytes(options).length;
        assertEq(lib.validTranscodingOptions(options), length != 0 && length % 8 == 0);
    }

    /// @dev Options longer than a word are stored in another way than shorter ones.
    function testFuzz_calcFees_segmentsTimesProfilesTimesPrice(uint64 segments, uint8 profiles, uint128 price) public {
        uint256 fees = lib.calcFees(segments, string(new bytes(uint256(profiles) * 8)), price);
        uint256 expected = 0;
        for (uint256 i = 0; i < profiles; i++) {
            expected += uint256(segments) * price;
        }
        assertEq(fees, expected);
    }

    function test_calcFees_aPartOfAProfileIsNone() public {
        assertEq(lib.calcFees(3, "41b1a0641234567", 5), 15);
        assertEq(lib.calcFees(3, "1234567", 5), 0);
    }

    function test_revertWhen_calcFees_overflow() public {
        vm.expectRevert(stdError.arithmeticError);
        lib.calcFees(2 ** 128, "41b1a064", 2 ** 128);
        vm.expectRevert(stdError.arithmeticError);
        lib.calcFees(2 ** 255, "41b1a06441b1a064", 0);
    }

    // --- sampling

    function testFuzz_shouldVerifySegment_oneInTheRateWithinTheRange(
        uint256 segment,
        uint256[2] calldata range,
        uint256 challengeBlock,
        bytes32 blockHash,
        uint64 rate
    ) public view {
        vm.assume(rate != 0);
        bool inRange = segment >= range[0] && segment <= range[1];
        uint256 lot = uint256(keccak256(bytes.concat(bytes32(challengeBlock), blockHash, bytes32(segment))));
        bool sampled = lib.shouldVerifySegment(segment, range, challengeBlock, blockHash, rate);
        assertEq(sampled, inRange && lot % rate == 0);
    }

    function testFuzz_shouldVerifySegment_rateOneTakesTheRangeAndNothingElse(
        uint256 segment,
        uint256[2] memory range,
        uint256 challengeBlock,
        bytes32 blockHash
    ) public view {
        range[0] = bound(range[0], 1, type(uint256).max - 1);
        range[1] = bound(range[1], range[0], type(uint256).max - 1);
        segment = bound(segment, range[0], range[1]);
        assertTrue(lib.shouldVerifySegment(segment, range, challengeBlock, blockHash, 1));
        assertTrue(lib.shouldVerifySegment(range[0], range, challengeBlock, blockHash, 1));
        assertTrue(lib.shouldVerifySegment(range[1], range, challengeBlock, blockHash, 1));
        assertFalse(lib.shouldVerifySegment(range[0] - 1, range, challengeBlock, blockHash, 1));
        assertFalse(lib.shouldVerifySegment(range[1] + 1, range, challengeBlock, blockHash, 1));
    }

    /// @dev Of 5,000 segments one in ten is sampled, give or take five standard deviations.
    function test_shouldVerifySegment_samplesAtItsRate() public view {
        uint256 sampled = 0;
        for (uint256 i = 0; i < 5000; i++) {
            if (lib.shouldVerifySegment(i, [uint256(0), 4999], 77, keccak256("block"), 10)) sampled++;
        }
        assertApproxEqAbs(sampled, 500, 106);
    }

    function test_revertWhen_shouldVerifySegment_hasNoRate() public {
        vm.expectRevert(stdError.divisionError);
        lib.shouldVerifySegment(1, [uint256(1), 1], 77, keccak256("block"), 0);
    }

    // --- signatures

    function _signed(uint256 key, string memory stream, uint256 segment, bytes32 data)
        private
        view
        returns (address signer, uint8 v, bytes32 r, bytes32 s)
    {
        key = bound(key, 1, CURVE_ORDER - 1);
        signer = vm.addr(key);
        (v, r, s) = vm.sign(key, lib.personalSegmentHash(stream, segment, data));
    }

    function testFuzz_validateBroadcasterSig_ofAnyKey(
        uint256 key,
        string calldata stream,
        uint256 segment,
        bytes32 data
    ) public view {
        (address signer, uint8 v, bytes32 r, bytes32 s) = _signed(key, stream, segment, data);
        bytes memory signature = bytes.concat(r, s, bytes1(v));
        assertTrue(lib.validateBroadcasterSig(signer, stream, segment, data, signature));
        assertFalse(lib.validateBroadcasterSig(address(this), stream, segment, data, signature));
        assertFalse(lib.validateBroadcasterSig(signer, string.concat(stream, "x"), segment, data, signature));
        assertFalse(lib.validateBroadcasterSig(signer, stream, segment ^ 1, data, signature));
        assertFalse(lib.validateBroadcasterSig(signer, stream, segment, data ^ bytes32(uint256(1)), signature));
    }

    /// @dev U14: clients of 2018 gave v as 0 or 1; nobody gives a high s, which would be a second form of a signature.
    function testFuzz_U14_vMayBeTheRecoveryIdAndSMustBeLow(uint256 key, uint256 segment) public view {
        (address signer, uint8 v, bytes32 r, bytes32 s) = _signed(key, "stream", segment, 0);
        bytes memory early = bytes.concat(r, s, bytes1(v - 27));
        assertTrue(lib.validateBroadcasterSig(signer, "stream", segment, 0, early));
        bytes memory high = bytes.concat(r, bytes32(CURVE_ORDER - uint256(s)), bytes1(v ^ 7));
        assertEq(v ^ 7, v == 27 ? 28 : 27);
        assertEq(
            ecrecover(lib.personalSegmentHash("stream", segment, 0), v ^ 7, r, bytes32(CURVE_ORDER - uint256(s))),
            signer
        );
        assertFalse(lib.validateBroadcasterSig(signer, "stream", segment, 0, high));
    }

    function testFuzz_validateBroadcasterSig_refusesAnyOtherV(uint8 v) public view {
        vm.assume(v > 1 && v != 27 && v != 28);
        (address signer,, bytes32 r, bytes32 s) = _signed(7, "stream", 1, 0);
        assertFalse(lib.validateBroadcasterSig(signer, "stream", 1, 0, bytes.concat(r, s, bytes1(v))));
        assertFalse(lib.validateBroadcasterSig(address(0), "stream", 1, 0, bytes.concat(r, s, bytes1(v))));
    }

    /// @dev What recovers nobody must not count as signed by the zero address.
    function testFuzz_validateBroadcasterSig_refusesOtherLengths(bytes calldata signature) public view {
        vm.assume(signature.length != 65);
        (address signer, uint8 v, bytes32 r, bytes32 s) = _signed(7, "stream", 1, 0);
        assertFalse(lib.validateBroadcasterSig(signer, "stream", 1, 0, signature));
        assertFalse(lib.validateBroadcasterSig(address(0), "stream", 1, 0, signature));
        assertFalse(lib.validateBroadcasterSig(signer, "stream", 1, 0, bytes.concat(r, s)));
        assertFalse(lib.validateBroadcasterSig(signer, "stream", 1, 0, bytes.concat(r, s, bytes1(v), bytes1(0))));
    }

    // --- receipts

    /// @dev Every receipt of a claim of any size is proved by its siblings, and by nothing that differs in a bit.
    function testFuzz_validateReceipt_inATreeOfAnySize(uint256 size, uint256 index, uint256 bit, bytes32 seed)
        public
        view
    {
        size = bound(size, 2, 60);
        index = bound(index, 0, size - 1);
        bytes memory signature = bytes.concat(seed, seed, bytes1(0x1b));
        bytes32[2] memory hashes = [keccak256(bytes.concat(seed)), seed];
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) {
            leaves[i] = lib.transcodeReceiptHash("stream", i, hashes, signature);
        }
        bytes32 root = PackedTree.root(leaves);
        bytes memory proof = PackedTree.proof(leaves, index);
        assertTrue(lib.validateReceipt(root, "stream", index, hashes, signature, proof));

        bit = bound(bit, 0, proof.length * 8 - 1);
        proof[bit / 8] ^= bytes1(uint8(2 ** (bit % 8)));
        assertFalse(lib.validateReceipt(root, "stream", index, hashes, signature, proof));
    }

    function testFuzz_validateReceipt_everyPartCounts(uint256 segment, bytes32[2] memory hashes, bytes32 seed)
        public
        view
    {
        bytes memory signature = bytes.concat(seed, seed, bytes1(0x1b));
        bytes32 root = keccak256(bytes.concat("stream", bytes32(segment), hashes[0], hashes[1], signature));
        assertTrue(lib.validateReceipt(root, "stream", segment, hashes, signature, ""));
        assertFalse(lib.validateReceipt(root, "stream2", segment, hashes, signature, ""));
        assertFalse(lib.validateReceipt(root, "stream", segment ^ 1, hashes, signature, ""));
        assertFalse(lib.validateReceipt(~root, "stream", segment, hashes, signature, ""));
        signature[64] = 0x1c;
        assertFalse(lib.validateReceipt(root, "stream", segment, hashes, signature, ""));
        signature[64] = 0x1b;
        hashes[0] = ~hashes[0];
        assertFalse(lib.validateReceipt(root, "stream", segment, hashes, signature, ""));
        hashes[0] = ~hashes[0];
        hashes[1] = ~hashes[1];
        assertFalse(lib.validateReceipt(root, "stream", segment, hashes, signature, ""));
    }
}
