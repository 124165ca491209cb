// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title CheckedTransfer
/// @notice ERC-20 transfers whose result is read: as a truth value where the token returns one, as success where a
/// token returns nothing. The caller knows that the token has code.
library CheckedTransfer {
    /// @notice Sends `amount` to `to`, lending at most `gasLimit` gas.
    /// @return ok whether the call succeeded and returned nothing or exactly true
    function tryTransfer(address token, address to, uint256 amount, uint256 gasLimit) internal returns (bool ok) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, 0xa9059cbb00000000000000000000000000000000000000000000000000000000) // transfer(address,uint256)
            mstore(add(data, 0x04), to)
            mstore(add(data, 0x24), amount)
            ok := call(gasLimit, token, 0, data, 0x44, 0, 0x20)
            if returndatasize() { ok := and(ok, and(gt(returndatasize(), 31), eq(mload(0), 1))) }
        }
    }

    /// @notice Sends every entry, with all gas, until one fails.
    /// @return offset byte at which the entry that failed begins, or the length of `entries` when none failed
    function tryTransferAll(address token, bytes calldata entries) internal returns (uint256 offset) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, 0xa9059cbb00000000000000000000000000000000000000000000000000000000) // transfer(address,uint256)
            for {} lt(offset, entries.length) { offset := add(offset, 0x20) } {
                let entry := calldataload(add(entries.offset, offset))
                mstore(add(data, 0x04), shr(96, entry))
                mstore(add(data, 0x24), and(entry, 0xffffffffffffffffffffffff))
                let ok := call(gas(), token, 0, data, 0x44, 0, 0x20)
                if returndatasize() { ok := and(ok, and(gt(returndatasize(), 31), eq(mload(0), 1))) }
                if iszero(ok) { break }
            }
        }
    }
}
