// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {PackedMerkleProof} from "../../src/libraries/PackedMerkleProof.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {Test} from "../helpers/Test.sol";

contract PackedMerkleProofTest is Test {
    /// @dev External, so that the proof is calldata.
    function verify(bytes calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return PackedMerkleProof.verify(proof, root, leaf);
    }

    function _leaves(uint256 count, uint256 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    function testFuzz_anEmptyProofHoldsExactlyForTheRoot(bytes32 root, bytes32 leaf) public view {
        assertTrue(this.verify("", root, root));
        assertEq(this.verify("", root, leaf), root == leaf);
    }

    function testFuzz_theSmallerOfTwoIsHashedFirst(bytes32 a, bytes32 b) public view {
        bytes32 root = a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
        assertTrue(this.verify(bytes.concat(a), root, b));
        assertTrue(this.verify(bytes.concat(b), root, a));
    }

    function testFuzz_everyLeafOfEveryTreeIsProved(uint256 count, uint256 index, uint256 seed) public view {
        count = bound(count, 1, 200);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _leaves(count, seed);
        assertTrue(this.verify(PackedTree.proof(leaves, index), PackedTree.root(leaves), leaves[index]));
    }

    function test_theLastLeafOfAnOddTreeHasAShortProof() public view {
        bytes32[] memory leaves = _leaves(9, 0);
        bytes memory proof = PackedTree.proof(leaves, 8);
        assertEq(proof.length, 32, "three levels up without a sibling");
        assertEq(PackedTree.proof(leaves, 0).length, 4 * 32);
        assertTrue(this.verify(proof, PackedTree.root(leaves), leaves[8]));
    }

    /// @dev The bits that matter are those of a whole sibling: any change of one bit is noticed.
    function testFuzz_aProofWithOneBitChangedFails(uint256 count, uint256 index, uint256 bit, uint256 seed)
        public
        view
    {
        count = bound(count, 2, 200);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _leaves(count, seed);
        bytes memory proof = PackedTree.proof(leaves, index);
        bit = bound(bit, 0, proof.length * 8 - 1);
        proof[bit / 8] ^= bytes1(uint8(2 ** (bit % 8)));
        assertFalse(this.verify(proof, PackedTree.root(leaves), leaves[index]));
    }

    function testFuzz_aProofOfAnotherLengthFails(uint256 index, bytes calldata more, uint256 seed) public view {
        vm.assume(more.length != 0);
        bytes32[] memory leaves = _leaves(33, seed);
        index = bound(index, 0, 32);
        bytes memory proof = PackedTree.proof(leaves, index);
        bytes32 root = PackedTree.root(leaves);
        assertFalse(this.verify(bytes.concat(proof, more), root, leaves[index]));
        for (uint256 length = 0; length < proof.length; length++) {
            assertFalse(this.verify(_prefix(proof, length), root, leaves[index]));
        }
    }

    /// @dev Bytes beyond the last whole sibling are not ignored.
    function testFuzz_aLengthThatIsNoMultipleOfASiblingFails(bytes32 root, bytes calldata tail) public view {
        assertEq(this.verify(_prefix(tail, tail.length % 32), root, root), tail.length % 32 == 0);
    }

    function testFuzz_aLeafThatIsNotThereFails(uint256 count, uint256 index, bytes32 other) public view {
        count = bound(count, 1, 200);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _leaves(count, 0);
        vm.assume(other != leaves[index]);
        assertFalse(this.verify(PackedTree.proof(leaves, index), PackedTree.root(leaves), other));
    }

    /// @dev The library, the helper of the tests and the script that wrote the file agree on every tree.
    function test_goldenTreesAgree() public view {
        string memory json = vm.readFile("test/golden/packed-proof.json");
        address[] memory accounts = vm.parseJsonAddressArray(json, ".accounts");
        for (uint256 size = 1; size <= accounts.length; size++) {
            string memory tree = string.concat(".trees[", vm.toString(size - 1), "]");
            bytes32 root = vm.parseJsonBytes32(json, string.concat(tree, ".root"));
            bytes[] memory proofs = vm.parseJsonBytesArray(json, string.concat(tree, ".proofs"));
            assertEq(proofs.length, size);
            bytes32[] memory leaves = new bytes32[](size);
            for (uint256 i = 0; i < size; i++) {
                leaves[i] = PackedTree.leaf(accounts[i]);
            }
            assertEq(PackedTree.root(leaves), root);
            for (uint256 i = 0; i < size; i++) {
                assertEq(PackedTree.proof(leaves, i), proofs[i]);
                assertTrue(this.verify(proofs[i], root, leaves[i]));
            }
        }
    }

    function _prefix(bytes memory all, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            part[i] = all[i];
        }
    }
}
