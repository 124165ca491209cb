// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title RangeProof
/// @notice Merkle proofs for consecutive leaves of a perfect binary tree whose nodes are `keccak256(left ‖ right)`, by
/// position.
///
/// The verifier holds the nodes `[lo, hi)` of a level and goes up, `depth` times:
///
///     1. lo is odd: the range begins with a right child. The next proof element is its left sibling; prepend it.
///     2. hi is odd after that: the range ends with a left child. The next proof element is its right sibling; append.
///     3. hash the pairs; lo and hi halve.
///
/// Left before right on each level, levels from the leaves up. One node is left at the end; the proof must be used up
/// exactly. A level's elements depend on the range alone, so there is one proof for a range and no freedom in it.
library RangeProof {
    /// @notice The proof has not the number of elements the range needs.
    error RangeProofInvalidLength(uint256 length);

    /// @notice The root that `count` leaves from position `first` on lead to.
    /// @param nodes the leaves at indices 1 to `count`; one free word before and one behind; overwritten
    /// @param count number of leaves, at least one
    /// @param first position of the first leaf; `first + count` is at most `2 ** depth`
    /// @param depth levels above the leaves
    /// @param proof the siblings
    function computeRoot(bytes32[] memory nodes, uint256 count, uint256 first, uint256 depth, bytes32[] calldata proof)
        internal
        pure
        returns (bytes32)
    {
        uint256 used = 0;
        for (uint256 level = 0; level < depth; level++) {
            uint256 begin = 1;
            if (first % 2 == 1) {
                begin = 0;
                nodes[0] = _element(proof, used++);
                count++;
            }
            if (count % 2 == 1) {
                nodes[begin + count] = _element(proof, used++);
                count++;
            }
            count /= 2;
            first /= 2;
            for (uint256 pair = 0; pair < count; pair++) {
                nodes[1 + pair] = Hashes.efficientKeccak256(nodes[begin + 2 * pair], nodes[begin + 2 * pair + 1]);
            }
        }
        require(used == proof.length, RangeProofInvalidLength(proof.length));
        return nodes[1];
    }

    function _element(bytes32[] calldata proof, uint256 index) private pure returns (bytes32) {
        require(index < proof.length, RangeProofInvalidLength(proof.length));
        return proof[index];
    }
}
