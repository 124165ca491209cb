// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {JobLibHarness} from "../helpers/JobLibHarness.sol";
import {Test} from "../helpers/Test.sol";

/// @dev JobLib held against test/golden/job-lib.json, which a script of its own wrote.
contract JobLibGoldenTest is Test {
    struct Segment {
        string streamId;
        uint256 segmentNumber;
        bytes32[2] hashes;
        bytes signature;
    }

    JobLibHarness private lib = new JobLibHarness();
    string private json;
    address private broadcaster;

    function setUp() public {
        json = vm.readFile("test/golden/job-lib.json");
        broadcaster = vm.parseJsonAddress(json, ".broadcaster");
    }

    function _at(string memory list, uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "].", field);
    }

    function _bytes32(string memory list, uint256 index, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, _at(list, index, field));
    }

    function _segment(string memory list, uint256 index) private view returns (Segment memory segment) {
        segment.streamId = vm.parseJsonString(json, _at(list, index, "streamId"));
        segment.segmentNumber = vm.parseJsonUint(json, _at(list, index, "segmentNumber"));
        segment.hashes[0] = _bytes32(list, index, "dataHash");
        segment.hashes[1] = _bytes32(list, index, "transcodedDataHash");
        segment.signature = vm.parseJsonBytes(json, _at(list, index, "signature"));
    }

    function _count(string memory list) private view returns (uint256 count) {
        while (vm.keyExistsJson(json, string.concat(list, "[", vm.toString(count), "]"))) {
            count++;
        }
    }

    function test_theKeyIsTheBroadcasters() public view {
        assertEq(vm.addr(uint256(vm.parseJsonBytes32(json, ".privateKey"))), broadcaster);
    }

    function test_hashesAndSignatures() public view {
        uint256 count = _count(".segments");
        assertEq(count, 25);
        for (uint256 i = 0; i < count; i++) {
            Segment memory s = _segment(".segments", i);
            bytes32 hash = lib.segmentHash(s.streamId, s.segmentNumber, s.hashes[0]);
            assertEq(hash, _bytes32(".segments", i, "segmentHash"));
            hash = lib.personalSegmentHash(s.streamId, s.segmentNumber, s.hashes[0]);
            assertEq(hash, _bytes32(".segments", i, "signedHash"));
            assertTrue(lib.validateBroadcasterSig(broadcaster, s.streamId, s.segmentNumber, s.hashes[0], s.signature));
            hash = lib.transcodeReceiptHash(s.streamId, s.segmentNumber, s.hashes, s.signature);
            assertEq(hash, _bytes32(".segments", i, "receiptHash"));
            assertTrue(lib.validateReceipt(hash, s.streamId, s.segmentNumber, s.hashes, s.signature, ""));
        }
    }

    function test_everyReceiptIsInEveryTreeThatHasIt() public view {
        uint256 count = _count(".claims");
        assertEq(count, 9);
        for (uint256 size = 1; size <= count; size++) {
            bytes32 root = _bytes32(".claims", size - 1, "root");
            bytes[] memory proofs = vm.parseJsonBytesArray(json, _at(".claims", size - 1, "proofs"));
            assertEq(proofs.length, size);
            for (uint256 i = 0; i < size; i++) {
                Segment memory s = _segment(".stream", i);
                assertTrue(lib.validateReceipt(root, s.streamId, s.segmentNumber, s.hashes, s.signature, proofs[i]));
                assertFalse(
                    lib.validateReceipt(root, s.streamId, s.segmentNumber + 1, s.hashes, s.signature, proofs[i])
                );
            }
            if (size == count) continue;
            Segment memory absent = _segment(".stream", size);
            for (uint256 i = 0; i < size; i++) {
                assertFalse(
                    lib.validateReceipt(
                        root, absent.streamId, absent.segmentNumber, absent.hashes, absent.signature, proofs[i]
                    )
                );
            }
        }
    }

    function test_samples() public view {
        uint256 count = _count(".samplings");
        assertEq(count, 96);
        for (uint256 i = 0; i < count; i++) {
            uint256 segmentNumber = vm.parseJsonUint(json, _at(".samplings", i, "segmentNumber"));
            bool sampled = lib.shouldVerifySegment(
                segmentNumber,
                [uint256(0), 23],
                vm.parseJsonUint(json, _at(".samplings", i, "challengeBlock")),
                _bytes32(".samplings", i, "blockHash"),
                uint64(vm.parseJsonUint(json, _at(".samplings", i, "rate")))
            );
            assertEq(sampled, vm.parseJsonBool(json, _at(".samplings", i, "sampled")));
        }
    }
}
