// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ManagerProxyTarget} from "../ManagerProxyTarget.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";

/// @title RoundsManagerStorage
/// @notice All state of the RoundsManager, from slot 2 on. An upgrade may only append, and takes what it appends off the
/// gap: what is here keeps its place and type for ever.
abstract contract RoundsManagerStorage is ManagerProxyTarget, IRoundsManager {
    /// @dev Slot 2: all that is needed to tell the time, in one word, since every call into the protocol asks for it.
    uint64 internal _roundLength;
    uint64 internal _lastInitializedRound;
    uint64 internal _lastRoundLengthUpdateRound;
    uint64 internal _lastRoundLengthUpdateStartBlock;

    /// @inheritdoc IRoundsManager
    uint256 public override roundLockAmount;

    uint256[48] private __gap;

    /// @inheritdoc IRoundsManager
    function roundLength() external view returns (uint256) {
        return _roundLength;
    }

    /// @inheritdoc IRoundsManager
    function lastInitializedRound() external view returns (uint256) {
        return _lastInitializedRound;
    }

    /// @inheritdoc IRoundsManager
    function lastRoundLengthUpdateRound() external view returns (uint256) {
        return _lastRoundLengthUpdateRound;
    }

    /// @inheritdoc IRoundsManager
    function lastRoundLengthUpdateStartBlock() external view returns (uint256) {
        return _lastRoundLengthUpdateStartBlock;
    }
}
