// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title PackedEntries
/// @notice Reads lists of payments packed as words of 32 bytes.
///
///     byte  0                   20          32
///           | address           | amount    |
///           | 20, as it is      | 12, uint96, big-endian
library PackedEntries {
    /// @notice Bytes of one entry.
    uint256 internal constant SIZE = 32;

    /// @notice The entry that begins at byte `offset`; the caller keeps within bounds.
    function read(bytes calldata entries, uint256 offset) internal pure returns (address to, uint256 amount) {
        assembly ("memory-safe") {
            let word := calldataload(add(entries.offset, offset))
            to := shr(96, word)
            amount := and(word, 0xffffffffffffffffffffffff)
        }
    }

    /// @notice The sum of all amounts, four at a time while there are four. Can not overflow: no calldata has 2^160 words.
    function sum(bytes calldata entries) internal pure returns (uint256 total) {
        assembly ("memory-safe") {
            let mask := 0xffffffffffffffffffffffff
            let next := entries.offset
            let end := add(next, entries.length)
            for { let fours := add(next, and(entries.length, not(0x7f))) } lt(next, fours) { next := add(next, 0x80) } {
                total := add(total, and(mask, calldataload(next)))
                total := add(total, and(mask, calldataload(add(next, 0x20))))
                total := add(total, and(mask, calldataload(add(next, 0x40))))
                total := add(total, and(mask, calldataload(add(next, 0x60))))
            }
            for {} lt(next, end) { next := add(next, 0x20) } {
                total := add(total, and(mask, calldataload(next)))
            }
        }
    }
}
