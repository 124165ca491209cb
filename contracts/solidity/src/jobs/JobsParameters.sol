// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {MathUtils} from "../libraries/MathUtils.sol";
import {JobsManagerStorage} from "./JobsManagerStorage.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title JobsParameters
/// @notice The parameters of the JobsManager.
abstract contract JobsParameters is JobsManagerStorage {
    using SafeCast for uint256;

    /// @dev A claim's segments are sampled by the hash of a block, which is known for so many blocks.
    uint256 private constant BLOCK_HASH_HISTORY = 256;

    /// @inheritdoc IJobsManager
    function setVerificationRate(uint64 newRate) external onlyControllerOwner {
        require(newRate != 0, JobsManagerInvalidVerificationRate());
        verificationRate = newRate;
        emit ParameterUpdate("verificationRate");
    }

    /// @inheritdoc IJobsManager
    function setVerificationPeriod(uint256 newPeriod) external onlyControllerOwner {
        _requirePeriods(newPeriod, _verificationSlashingPeriod);
        _verificationPeriod = newPeriod.toUint64();
        emit ParameterUpdate("verificationPeriod");
    }

    /// @inheritdoc IJobsManager
    function setVerificationSlashingPeriod(uint256 newPeriod) external onlyControllerOwner {
        _requirePeriods(_verificationPeriod, newPeriod);
        _verificationSlashingPeriod = newPeriod.toUint64();
        emit ParameterUpdate("verificationSlashingPeriod");
    }

    /// @inheritdoc IJobsManager
    function setFailedVerificationSlashAmount(uint256 newAmount) external onlyControllerOwner {
        MathUtils.requireValidPerc(newAmount);
        failedVerificationSlashAmount = newAmount;
        emit ParameterUpdate("failedVerificationSlashAmount");
    }

    /// @inheritdoc IJobsManager
    function setMissedVerificationSlashAmount(uint256 newAmount) external onlyControllerOwner {
        MathUtils.requireValidPerc(newAmount);
        missedVerificationSlashAmount = newAmount;
        emit ParameterUpdate("missedVerificationSlashAmount");
    }

    /// @inheritdoc IJobsManager
    function setDoubleClaimSegmentSlashAmount(uint256 newAmount) external onlyControllerOwner {
        MathUtils.requireValidPerc(newAmount);
        doubleClaimSegmentSlashAmount = newAmount;
        emit ParameterUpdate("doubleClaimSegmentSlashAmount");
    }

    /// @inheritdoc IJobsManager
    function setFinderFee(uint256 newFee) external onlyControllerOwner {
        MathUtils.requireValidPerc(newFee);
        finderFee = newFee;
        emit ParameterUpdate("finderFee");
    }

    /// @inheritdoc IJobsManager
    function verificationPeriod() external view returns (uint256) {
        return _verificationPeriod;
    }

    /// @inheritdoc IJobsManager
    function verificationSlashingPeriod() external view returns (uint256) {
        return _verificationSlashingPeriod;
    }

    /// @dev Neither alone nor together longer than the history of block hashes.
    function _requirePeriods(uint256 period, uint256 slashingPeriod) private pure {
        bool fits = period <= BLOCK_HASH_HISTORY && slashingPeriod <= BLOCK_HASH_HISTORY - period;
        require(fits, JobsManagerPeriodsTooLong(period, slashingPeriod));
    }
}
