// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {JobsRecords} from "./JobsRecords.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title JobsViews
/// @notice What can be asked about jobs and claims, in the tuples of 2018.
abstract contract JobsViews is JobsRecords {
    using BitMaps for BitMaps.BitMap;

    /// @inheritdoc IJobsManager
    function jobs(uint256 id)
        external
        view
        returns (
            uint256 jobId,
            string memory streamId,
            string memory transcodingOptions,
            uint256 maxPricePerSegment,
            address broadcasterAddress,
            address transcoderAddress,
            uint256 creationRound,
            uint256 creationBlock,
            uint256 endBlock,
            uint256 escrow
        )
    {
        Job storage found = _jobs[id];
        // 2018 kept the number in the job: that of an unknown one was zero.
        if (id < numJobs) jobId = id;
        streamId = found.streamId;
        transcodingOptions = found.transcodingOptions;
        maxPricePerSegment = found.maxPricePerSegment;
        broadcasterAddress = found.broadcaster;
        transcoderAddress = found.transcoder;
        creationRound = found.creationRound;
        creationBlock = found.creationBlock;
        endBlock = found.endBlock;
        escrow = found.escrow;
    }

    /// @inheritdoc IJobsManager
    function getJob(uint256 jobId)
        external
        view
        returns (
            string memory streamId,
            string memory transcodingOptions,
            uint256 maxPricePerSegment,
            address broadcasterAddress,
            address transcoderAddress,
            uint256 creationRound,
            uint256 creationBlock,
            uint256 endBlock,
            uint256 escrow,
            uint256 totalClaims
        )
    {
        Job storage found = _jobs[jobId];
        streamId = found.streamId;
        transcodingOptions = found.transcodingOptions;
        maxPricePerSegment = found.maxPricePerSegment;
        broadcasterAddress = found.broadcaster;
        transcoderAddress = found.transcoder;
        creationRound = found.creationRound;
        creationBlock = found.creationBlock;
        endBlock = found.endBlock;
        escrow = found.escrow;
        totalClaims = found.totalClaims;
    }

    /// @inheritdoc IJobsManager
    function jobStatus(uint256 jobId) external view returns (JobStatus) {
        bool active = _jobs[jobId].endBlock > _roundsManager().blockNum();
        return active ? JobStatus.Active : JobStatus.Inactive;
    }

    /// @inheritdoc IJobsManager
    function getClaim(uint256 jobId, uint256 claimId)
        external
        view
        returns (
            uint256[2] memory segmentRange,
            bytes32 claimRoot,
            uint256 claimBlock,
            uint256 endVerificationBlock,
            uint256 endVerificationSlashingBlock,
            ClaimStatus status
        )
    {
        (, Claim storage found) = _existingClaim(jobId, claimId);
        segmentRange = [found.firstSegment, found.lastSegment];
        claimRoot = found.claimRoot;
        claimBlock = found.claimBlock;
        endVerificationBlock = found.endVerificationBlock;
        endVerificationSlashingBlock = found.endVerificationSlashingBlock;
        status = found.status;
    }

    /// @inheritdoc IJobsManager
    function isClaimSegmentVerified(uint256 jobId, uint256 claimId, uint256 segmentNumber)
        external
        view
        returns (bool)
    {
        (, Claim storage claim) = _existingClaim(jobId, claimId);
        return claim.submitted.get(segmentNumber);
    }
}
