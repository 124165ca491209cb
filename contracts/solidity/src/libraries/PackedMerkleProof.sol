// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title PackedMerkleProof
/// @notice Merkle proofs in the format of 2018: one `bytes` of siblings, 32 bytes each, from the leaf upward. Each step
/// hashes the smaller of the two values first. A node without a sibling moves up unchanged, so proofs of one tree may
/// differ in length. OpenZeppelin's {MerkleProof} would do the same on a `bytes32[]`; this reads the calldata in place.
library PackedMerkleProof {
    /// @notice Bytes of one sibling.
    uint256 internal constant SIBLING_SIZE = 32;

    /// @notice Whether `proof` leads from `leaf` to `root`. An empty proof does if the leaf is the root; one whose length
    /// is no multiple of 32 never does.
    function verify(bytes calldata proof, bytes32 root, bytes32 leaf) internal pure returns (bool) {
        if (proof.length % SIBLING_SIZE != 0) return false;
        bytes32 node = leaf;
        for (uint256 at = 0; at < proof.length; at += SIBLING_SIZE) {
            node = Hashes.commutativeKeccak256(node, bytes32(proof[at:at + SIBLING_SIZE]));
        }
        return node == root;
    }
}
