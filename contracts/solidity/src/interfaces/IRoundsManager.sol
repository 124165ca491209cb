// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManagerProxyTarget} from "./IManagerProxyTarget.sol";

/// @title IRoundsManager
/// @notice The protocol's clock. Time is counted in rounds of `roundLength` blocks; somebody has to initialize each round
/// before anything can happen in it. Rounds may be skipped. Round 0 can not be initialized and counts as initialized.
///
/// Blocks and rounds are kept in 64 bits.
interface IRoundsManager is IManagerProxyTarget {
    /// @notice `round` is initialized.
    event NewRound(uint256 round);

    /// @notice A round must have at least one block.
    error RoundsManagerInvalidRoundLength();
    /// @notice There are no rounds before the first `setRoundLength`.
    error RoundsManagerRoundLengthNotSet();
    /// @notice `round` is initialized already.
    error RoundsManagerRoundInitialized(uint256 round);
    /// @notice At block `blockNum` the hash of `blockNumber` is not known: not yet, or not any more.
    error RoundsManagerUnknownBlockHash(uint256 blockNumber, uint256 blockNum);

    /// @notice Sets the length of the rounds. Controller owner only. The first time, rounds are counted from block 0 on;
    /// later the current round keeps its number and start. Made longer, the round just lasts longer; made shorter, several
    /// round numbers may pass at once.
    /// @param newLength blocks, at least 1
    function setRoundLength(uint256 newLength) external;

    /// @notice Sets how much of a round, at its end, is locked. Controller owner only.
    /// @param newAmount out of 1,000,000
    function setRoundLockAmount(uint256 newAmount) external;

    /// @notice Initializes the current round: takes its active set of transcoders and computes what may be minted in it.
    /// Anyone may call, once a round, while the system runs.
    function initializeRound() external;

    /// @notice Number of the current block.
    function blockNum() external view returns (uint256);

    /// @notice Hash of a block before the current one. Reverts for any block that is not one of the last 256: which jobs can
    /// still be claimed and segments still be verified depends on it, so longer histories of hashes are not asked.
    /// @param blockNumber number of the block
    function blockHash(uint256 blockNumber) external view returns (bytes32);

    /// @notice Number of the current round. Reverts before the first `setRoundLength`, as all that follow do.
    function currentRound() external view returns (uint256);

    /// @notice First block of the current round.
    function currentRoundStartBlock() external view returns (uint256);

    /// @notice Whether the current round is initialized.
    function currentRoundInitialized() external view returns (bool);

    /// @notice Whether the current round is in its locked part: the last `roundLockAmount` of its blocks.
    function currentRoundLocked() external view returns (bool);

    /// @notice Blocks of a round.
    function roundLength() external view returns (uint256);

    /// @notice Part of a round that is locked at its end, out of 1,000,000.
    function roundLockAmount() external view returns (uint256);

    /// @notice The last round that was initialized.
    function lastInitializedRound() external view returns (uint256);

    /// @notice The round in which the length was last set; rounds are counted from it.
    function lastRoundLengthUpdateRound() external view returns (uint256);

    /// @notice First block of that round.
    function lastRoundLengthUpdateStartBlock() external view returns (uint256);
}
