// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @dev Trees and proofs of 2018 for tests: siblings joined, smaller value first, a last node without a sibling moves up.
library PackedTree {
    /// @dev The leaf of an account.
    function leaf(address account) internal pure returns (bytes32) {
        return keccak256(bytes.concat(bytes20(account)));
    }

    /// @dev The level above.
    function parents(bytes32[] memory level) internal pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < above.length; i++) {
            above[i] = 2 * i + 1 < level.length ? node(level[2 * i], level[2 * i + 1]) : level[2 * i];
        }
    }

    function node(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) {
            leaves = parents(leaves);
        }
        return leaves[0];
    }

    /// @dev Proof of the leaf at `index`.
    function proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes memory joined) {
        while (leaves.length > 1) {
            uint256 sibling = index ^ 1;
            if (sibling < leaves.length) joined = bytes.concat(joined, leaves[sibling]);
            leaves = parents(leaves);
            index /= 2;
        }
    }
}
