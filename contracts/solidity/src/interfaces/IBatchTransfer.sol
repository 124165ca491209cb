// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IBatchTransfer
/// @notice A token that can pay many accounts in one call, debiting the sender once.
interface IBatchTransfer {
    /// @notice The batch is not a whole number of 32-byte entries.
    error BatchTransferInvalidLength(uint256 length);

    /// @notice Pays every entry from the caller's balance, or none: one `Transfer` event each, in the order given.
    /// Entries may repeat an account and may name the caller.
    /// @param entries packed words of 32 bytes: `address(20) ‖ amount(uint96, 12)`
    /// @return always true
    function transferBatch(bytes calldata entries) external returns (bool);
}
