// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "../Manager.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ContractIds} from "../libraries/ContractIds.sol";
import {MathUtils} from "../libraries/MathUtils.sol";
import {RoundsManagerStorage} from "./RoundsManagerStorage.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title RoundsManager
/// @notice See {IRoundsManager}. Proxied.
contract RoundsManager is RoundsManagerStorage {
    using SafeCast for uint256;

    /// @dev How many blocks back `blockhash` knows.
    uint256 internal constant BLOCK_HASH_HISTORY = 256;

    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) Manager(controller_) {}

    /// @inheritdoc IRoundsManager
    function setRoundLength(uint256 newLength) external onlyControllerOwner {
        require(newLength != 0, RoundsManagerInvalidRoundLength());
        // The first length counts from block 0 on; any other takes over from the one before it.
        uint256 length = _roundLength == 0 ? newLength : _roundLength;
        uint256 round = _roundAt(blockNum(), length);
        uint256 startBlock = _startBlockAt(blockNum(), length);
        _lastRoundLengthUpdateRound = round.toUint64();
        _lastRoundLengthUpdateStartBlock = startBlock.toUint64();
        _roundLength = newLength.toUint64();
        emit ParameterUpdate("roundLength");
    }

    /// @inheritdoc IRoundsManager
    function setRoundLockAmount(uint256 newAmount) external onlyControllerOwner {
        MathUtils.requireValidPerc(newAmount);
        roundLockAmount = newAmount;
        emit ParameterUpdate("roundLockAmount");
    }

    /// @inheritdoc IRoundsManager
    function initializeRound() external whenSystemNotPaused {
        uint256 round = currentRound();
        require(_lastInitializedRound < round, RoundsManagerRoundInitialized(round));
        _lastInitializedRound = round.toUint64();
        emit NewRound(round);
        IBondingManager(_registered(ContractIds.BONDING_MANAGER)).setActiveTranscoders();
        IMinter(_registered(ContractIds.MINTER)).setCurrentRewardTokens();
    }

    /// @inheritdoc IRoundsManager
    function blockNum() public view virtual returns (uint256) {
        return block.number;
    }

    /// @inheritdoc IRoundsManager
    function blockHash(uint256 blockNumber) external view virtual returns (bytes32) {
        bool known = blockNumber < block.number && block.number - blockNumber <= BLOCK_HASH_HISTORY;
        require(known, RoundsManagerUnknownBlockHash(blockNumber, block.number));
        return blockhash(blockNumber);
    }

    /// @inheritdoc IRoundsManager
    function currentRound() public view returns (uint256) {
        return _roundAt(blockNum(), _requireRoundLength());
    }

    /// @inheritdoc IRoundsManager
    function currentRoundStartBlock() public view returns (uint256) {
        return _startBlockAt(blockNum(), _requireRoundLength());
    }

    /// @inheritdoc IRoundsManager
    function currentRoundInitialized() external view returns (bool) {
        return _lastInitializedRound == currentRound();
    }

    /// @inheritdoc IRoundsManager
    function currentRoundLocked() external view returns (bool) {
        uint256 length = _requireRoundLength();
        uint256 elapsed = blockNum() - _startBlockAt(blockNum(), length);
        return elapsed >= length - MathUtils.percOf(length, roundLockAmount);
    }

    /// @dev The round of block `number`, were all since the last update `length` long.
    function _roundAt(uint256 number, uint256 length) private view returns (uint256) {
        return _lastRoundLengthUpdateRound + (number - _lastRoundLengthUpdateStartBlock) / length;
    }

    /// @dev The first block of that round.
    function _startBlockAt(uint256 number, uint256 length) private view returns (uint256) {
        return number - (number - _lastRoundLengthUpdateStartBlock) % length;
    }

    /// @dev The length of rounds, once there is one.
    function _requireRoundLength() private view returns (uint256 length) {
        length = _roundLength;
        require(length != 0, RoundsManagerRoundLengthNotSet());
    }
}
