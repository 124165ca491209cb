// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRoundsManager} from "./IRoundsManager.sol";

/// @title IAdjustableRoundsManager
/// @notice A RoundsManager whose clock anyone may set. For isolated test networks only: whoever sets the clock decides
/// which jobs, claims and slashes are in time, and whoever sets the hash decides all lots.
///
/// `blockNum` is 0 at first and does not move by itself. `blockHash` answers the hash that was set for every block but
/// those more than 256 before `blockNum`, blocks to come included; while `blockNum` is below 256 it reverts.
interface IAdjustableRoundsManager is IRoundsManager {
    /// @notice Sets the number of the current block, forwards or backwards.
    function setBlockNum(uint256 newBlockNum) external;

    /// @notice Moves the number of the current block forward.
    /// @param blocks by how many blocks
    function mineBlocks(uint256 blocks) external;

    /// @notice Sets the hash that all blocks have.
    function setBlockHash(bytes32 newBlockHash) external;
}
