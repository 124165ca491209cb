// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {JobsRecords} from "./JobsRecords.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title JobsFees
/// @notice Pays transcoders for claims nobody could slash.
abstract contract JobsFees is JobsRecords, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @inheritdoc IJobsManager
    function distributeFees(uint256 jobId, uint256 claimId) external whenSystemNotPaused nonReentrant {
        _distributeFees(jobId, claimId);
    }

    /// @inheritdoc IJobsManager
    function batchDistributeFees(uint256 jobId, uint256[] calldata claimIds) external whenSystemNotPaused nonReentrant {
        for (uint256 i = 0; i < claimIds.length; i++) {
            _distributeFees(jobId, claimIds[i]);
        }
    }

    /// @dev Whether the transcoder can still be credited is the BondingManager's to say.
    function _distributeFees(uint256 jobId, uint256 claimId) private {
        (Job storage ofJob, Claim storage claim) = _existingClaim(jobId, claimId);
        _checkTranscoder(ofJob);
        _checkPending(claim, claimId);
        uint256 payBlock = claim.endVerificationSlashingBlock;
        uint256 blockNum = _roundsManager().blockNum();
        require(payBlock <= blockNum, JobsManagerFeesLocked(payBlock, blockNum));

        uint256 fees = _fees(ofJob, claim.firstSegment, claim.lastSegment);
        claim.status = ClaimStatus.Complete;
        ofJob.escrow -= fees.toUint128();
        emit DistributeFees(msg.sender, jobId, claimId, fees);
        _bondingManager().updateTranscoderWithFees(msg.sender, fees, ofJob.creationRound);
    }
}
