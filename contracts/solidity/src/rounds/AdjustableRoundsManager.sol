// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdjustableRoundsManager} from "../interfaces/IAdjustableRoundsManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {RoundsManager} from "./RoundsManager.sol";

/// @title AdjustableRoundsManager
/// @notice See {IAdjustableRoundsManager}. Proxied; for isolated test networks only. Its clock is stored behind all state
/// of the RoundsManager, its gap included.
contract AdjustableRoundsManager is RoundsManager, IAdjustableRoundsManager {
    uint256 private _blockNum;
    bytes32 private _blockHash;

    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) RoundsManager(controller_) {}

    /// @inheritdoc IAdjustableRoundsManager
    function setBlockNum(uint256 newBlockNum) external {
        _blockNum = newBlockNum;
    }

    /// @inheritdoc IAdjustableRoundsManager
    function mineBlocks(uint256 blocks) external {
        _blockNum += blocks;
    }

    /// @inheritdoc IAdjustableRoundsManager
    function setBlockHash(bytes32 newBlockHash) external {
        _blockHash = newBlockHash;
    }

    /// @inheritdoc IRoundsManager
    function blockNum() public view override(RoundsManager, IRoundsManager) returns (uint256) {
        return _blockNum;
    }

    /// @inheritdoc IRoundsManager
    function blockHash(uint256 blockNumber) external view override(RoundsManager, IRoundsManager) returns (bytes32) {
        bool known = _blockNum >= BLOCK_HASH_HISTORY && blockNumber >= _blockNum - BLOCK_HASH_HISTORY;
        require(known, RoundsManagerUnknownBlockHash(blockNumber, _blockNum));
        return _blockHash;
    }
}
