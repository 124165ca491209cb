// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ContractIds} from "../libraries/ContractIds.sol";
import {JobLib} from "./JobLib.sol";
import {JobsManagerStorage} from "./JobsManagerStorage.sol";

/// @title JobsRecords
/// @notice Finds jobs and claims, what follows from them, and the contracts the JobsManager works with.
abstract contract JobsRecords is JobsManagerStorage {
    /// @dev The job, which must exist.
    function _existingJob(uint256 jobId) internal view returns (Job storage) {
        require(jobId < numJobs, JobsManagerUnknownJob(jobId));
        return _jobs[jobId];
    }

    /// @dev The claim and its job, both of which must exist.
    function _existingClaim(uint256 jobId, uint256 claimId)
        internal
        view
        returns (Job storage ofJob, Claim storage claim)
    {
        ofJob = _existingJob(jobId);
        require(claimId < ofJob.totalClaims, JobsManagerUnknownClaim(jobId, claimId));
        claim = ofJob.claims[claimId];
    }

    /// @dev Reverts unless the caller is the job's transcoder.
    function _checkTranscoder(Job storage ofJob) internal view {
        address transcoder = ofJob.transcoder;
        require(msg.sender == transcoder, JobsManagerNotTheTranscoder(msg.sender, transcoder));
    }

    /// @dev Reverts unless the claim is neither paid nor slashed.
    function _checkPending(Claim storage claim, uint256 claimId) internal view {
        require(claim.status == ClaimStatus.Pending, JobsManagerClaimNotPending(claimId, claim.status));
    }

    /// @dev Fees of a range of segments of the job. Checked arithmetic refuses a range whose length has no number.
    function _fees(Job storage ofJob, uint256 firstSegment, uint256 lastSegment) internal view returns (uint256) {
        uint256 totalSegments = lastSegment - firstSegment + 1;
        return JobLib.calcFees(totalSegments, ofJob.transcodingOptions, ofJob.maxPricePerSegment);
    }

    /// @dev Reverts unless the segment must be verified: the block after the claim's decides.
    function _checkSampled(Claim storage claim, uint256 segmentNumber) internal view {
        uint256 challengeBlock = uint256(claim.claimBlock) + 1;
        bytes32 challengeBlockHash = _roundsManager().blockHash(challengeBlock);
        bool sampled = JobLib.shouldVerifySegment(
            segmentNumber, claim.firstSegment, claim.lastSegment, challengeBlock, challengeBlockHash, verificationRate
        );
        require(sampled, JobsManagerSegmentNotSampled(segmentNumber));
    }

    function _roundsManager() internal view returns (IRoundsManager) {
        return IRoundsManager(_registered(ContractIds.ROUNDS_MANAGER));
    }

    function _bondingManager() internal view returns (IBondingManager) {
        return IBondingManager(_registered(ContractIds.BONDING_MANAGER));
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered(ContractIds.MINTER));
    }
}
