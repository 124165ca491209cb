// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title ITokenDistributor
/// @notice Pays one committed list of recipients, each exactly once, in batches of any size, sent by anybody.
///
/// The list. Sorted strictly ascending by address, so unique. One entry is one word of 32 bytes,
/// `address(20) ‖ amount(uint96)`. The list is cut into chunks of `chunkSize` entries; the last may be shorter.
///
/// The leaf of chunk `i` is
/// `keccak256(bytes.concat(keccak256(abi.encode(block.chainid, token, i, keccak256(entries of chunk i)))))`. It names the
/// chain and the token but not the distributor: the root is known before the contract is.
///
/// The tree. Leaves are filled up on the right with zero words to the next power of two; a node is
/// `keccak256(left ‖ right)`, by position, never sorted. A single chunk is its own root.
///
/// The proof for consecutive chunks: see {RangeProof}. Padding is given in the proof like any other sibling.
interface ITokenDistributor {
    /// @notice `chunkCount` chunks from `firstChunk` on were paid; `amount` base units left (skipped ones not counted).
    event Distributed(uint256 indexed firstChunk, uint256 chunkCount, uint256 amount);
    /// @notice Entry `index` of the list could not be paid; its amount is kept for `recipient` to claim.
    event TransferSkipped(uint256 indexed index, address indexed recipient, uint256 amount);
    /// @notice `recipient` had the `amount` kept for it sent to `to`.
    event ReservedClaimed(uint256 indexed index, address indexed recipient, address to, uint256 amount);
    /// @notice `amount` base units went to the sweep recipient.
    event Swept(uint256 amount);

    /// @notice The token must be a contract.
    error DistributorInvalidToken(address token);
    /// @notice The root can not be zero.
    error DistributorInvalidRoot(bytes32 root);
    /// @notice The total must be positive and fit in 112 bits.
    error DistributorInvalidTotal(uint256 totalAmount);
    /// @notice There must be a recipient, a positive chunk size, and fewer than 2^24 chunks.
    error DistributorInvalidCounts(uint256 recipientCount, uint256 chunkSize);
    /// @notice The deadline must lie in the future, and before the year 2^64 seconds reach.
    error DistributorInvalidDeadline(uint256 deadline);
    /// @notice `recipient` can not receive what is left or claimed.
    error DistributorInvalidRecipient(address recipient);
    /// @notice There is no such chunk.
    error DistributorInvalidChunk(uint256 chunk);
    /// @notice `length` bytes are not whole chunks beginning at `firstChunk`.
    error DistributorInvalidEntries(uint256 firstChunk, uint256 length);
    /// @notice The entries or the proof do not lead to the root.
    error DistributorInvalidProof();
    /// @notice The chunk was paid before.
    error DistributorChunkAlreadyDone(uint256 chunk);
    /// @notice The list adds up to more than the total it was announced with.
    error DistributorListExceedsTotal(uint256 listed, uint256 totalAmount);
    /// @notice The contract holds `balance` but `needed` is still to be paid or kept.
    error DistributorUnderfunded(uint256 balance, uint256 needed);
    /// @notice The token did not pay `amount` to `recipient`.
    error DistributorTransferFailed(address recipient, uint256 amount);
    /// @notice The token did not pay the batch.
    error DistributorBatchTransferFailed();
    /// @notice Too little gas is left to try entry `index` fairly.
    error DistributorInsufficientGas(uint256 index);
    /// @notice Not even a transfer from the distributor to itself succeeds: no recipient is to blame, nothing is skipped.
    error DistributorTokenRefusesAll();
    /// @notice Nothing is kept for entry `index`.
    error DistributorNotReserved(uint256 index);
    /// @notice `caller` is not the recipient of entry `index`.
    error DistributorNotRecipient(uint256 index, address caller);
    /// @notice Sweeping is possible from `opensAt` on.
    error DistributorSweepNotOpen(uint256 opensAt);
    /// @notice The distribution is over; what was left is swept.
    error DistributorClosed();

    /// @notice Pays consecutive chunks, all or nothing. Anyone may call.
    /// @param firstChunk number of the first chunk
    /// @param entries the packed entries of whole chunks: a multiple of `chunkSize`, or up to the end of the list
    /// @param proof range proof for these chunks
    function distribute(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof) external;

    /// @notice Pays consecutive chunks like `distribute`, but keeps the amount of a recipient that can not be paid for
    /// that recipient to claim. Owner only. Every transfer has `TRANSFER_GAS` at its disposal; the call reverts when
    /// less is left, and when the token refuses everybody.
    function distributeSkipping(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof) external;

    /// @notice Sends the amount kept for the caller, who is the recipient of entry `index`, once.
    /// @param index position in the whole list
    /// @param chunkEntries the packed entries of the chunk with that position
    /// @param proof proof for that one chunk
    /// @param to receives the tokens
    function claimReserved(uint256 index, bytes calldata chunkEntries, bytes32[] calldata proof, address to) external;

    /// @notice Sends what is left to the sweep recipient. Anyone may call.
    /// Seven days after the last chunk was paid: what is not kept for anybody.
    /// Seven days after the deadline: everything, and the distribution is closed for good.
    function sweep() external;

    /// @notice The token distributed.
    function token() external view returns (address);

    /// @notice Root of the tree over the chunks.
    function root() external view returns (bytes32);

    /// @notice Upper bound of what the list pays, in base units.
    function totalAmount() external view returns (uint256);

    /// @notice Entries in the list.
    function recipientCount() external view returns (uint256);

    /// @notice Entries in a chunk.
    function chunkSize() external view returns (uint256);

    /// @notice Chunks in the list.
    function chunkCount() external view returns (uint256);

    /// @notice Time, in seconds since 1970, seven days after which everything left can be swept.
    function deadline() external view returns (uint256);

    /// @notice Receives what is left.
    function sweepRecipient() external view returns (address);

    /// @notice Whether `distribute` uses the token's own batch transfer.
    function useTransferBatch() external view returns (bool);

    /// @notice Paid so far, in base units.
    function paidAmount() external view returns (uint256);

    /// @notice Kept for recipients that could not be paid, in base units.
    function reservedAmount() external view returns (uint256);

    /// @notice Total less paid and kept, in base units.
    function remainingAmount() external view returns (uint256);

    /// @notice Number of chunks paid.
    function doneChunks() external view returns (uint256);

    /// @notice When the last chunk was paid, zero before.
    function completedAt() external view returns (uint256);

    /// @notice Whether the distribution was closed by the final sweep.
    function closed() external view returns (bool);

    /// @notice Time from which `sweep` succeeds, as things stand.
    function sweepOpensAt() external view returns (uint256);

    /// @notice Whether a chunk was paid.
    function isChunkDone(uint256 chunk) external view returns (bool);

    /// @notice Done bits of chunks `256 * wordIndex` to `256 * wordIndex + 255`, lowest bit first.
    function doneBitmap(uint256 wordIndex) external view returns (uint256);

    /// @notice `count` words of done bits from `firstWord` on.
    function doneBitmaps(uint256 firstWord, uint256 count) external view returns (uint256[] memory);

    /// @notice Whether the amount of entry `index` is kept for its recipient.
    function isReserved(uint256 index) external view returns (bool);
}
