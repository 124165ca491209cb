// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {JobsRecords} from "./JobsRecords.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title JobsSlashing
/// @notice Faults anyone can prove, and what becomes of a job whose transcoder was at fault.
abstract contract JobsSlashing is JobsRecords, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    /// @inheritdoc IJobsManager
    function missedVerificationSlash(uint256 jobId, uint256 claimId, uint256 segmentNumber)
        external
        whenSystemNotPaused
        nonReentrant
    {
        (Job storage ofJob, Claim storage claim) = _existingClaim(jobId, claimId);
        _checkSlashingPeriod(claim);
        _checkPending(claim, claimId);
        require(!claim.submitted.get(segmentNumber), JobsManagerSegmentSubmitted(segmentNumber));
        _checkSampled(claim, segmentNumber);

        _endJob(ofJob);
        _slashClaim(ofJob, jobId, claimId);
        _slashForFinder(ofJob.transcoder, missedVerificationSlashAmount);
    }

    /// @inheritdoc IJobsManager
    function doubleClaimSegmentSlash(uint256 jobId, uint256 claimId1, uint256 claimId2, uint256 segmentNumber)
        external
        whenSystemNotPaused
        nonReentrant
    {
        require(claimId1 != claimId2, JobsManagerSameClaim(claimId1));
        (Job storage ofJob, Claim storage claim1) = _existingClaim(jobId, claimId1);
        (, Claim storage claim2) = _existingClaim(jobId, claimId2);
        _checkContains(claim1, claimId1, segmentNumber);
        _checkContains(claim2, claimId2, segmentNumber);
        _checkNotSlashed(claim1, claimId1);
        _checkNotSlashed(claim2, claimId2);
        bool open = claim1.status == ClaimStatus.Pending || claim2.status == ClaimStatus.Pending;
        require(open, JobsManagerClaimsComplete(claimId1, claimId2));

        _endJob(ofJob);
        _slashClaim(ofJob, jobId, claimId1);
        _slashClaim(ofJob, jobId, claimId2);
        _slashForFinder(ofJob.transcoder, doubleClaimSegmentSlashAmount);
    }

    /// @dev No more claims can be made for the job.
    function _endJob(Job storage ofJob) internal {
        ofJob.endBlock = _roundsManager().blockNum();
    }

    /// @dev Marks the claim. Unless it was paid, its fees return from escrow to the broadcaster.
    function _slashClaim(Job storage ofJob, uint256 jobId, uint256 claimId) internal {
        Claim storage claim = ofJob.claims[claimId];
        uint256 refund = 0;
        if (claim.status == ClaimStatus.Pending) {
            refund = _fees(ofJob, claim.firstSegment, claim.lastSegment);
            ofJob.escrow -= refund.toUint128();
            broadcasters[ofJob.broadcaster].deposit += refund;
        }
        claim.status = ClaimStatus.Slashed;
        emit ClaimSlashed(ofJob.transcoder, jobId, claimId, refund);
    }

    /// @dev Reverts if the claim was slashed.
    function _checkNotSlashed(Claim storage claim, uint256 claimId) internal view {
        require(claim.status != ClaimStatus.Slashed, JobsManagerClaimSlashed(claimId));
    }

    /// @dev Slashes the transcoder's stake; the caller found the fault.
    function _slashForFinder(address transcoder, uint256 slashAmount) private {
        _bondingManager().slashTranscoder(transcoder, msg.sender, slashAmount, finderFee);
    }

    /// @dev Reverts unless verification of the claim is over, and fees are not yet to be paid.
    function _checkSlashingPeriod(Claim storage claim) private view {
        (uint256 start, uint256 end) = (claim.endVerificationBlock, claim.endVerificationSlashingBlock);
        uint256 blockNum = _roundsManager().blockNum();
        require(start <= blockNum && blockNum < end, JobsManagerOutsideSlashingPeriod(start, end, blockNum));
    }

    function _checkContains(Claim storage claim, uint256 claimId, uint256 segmentNumber) private view {
        bool contained = claim.firstSegment <= segmentNumber && segmentNumber <= claim.lastSegment;
        require(contained, JobsManagerSegmentNotClaimed(claimId, segmentNumber));
    }
}
