// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {JobsRecords} from "./JobsRecords.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title JobsClaims
/// @notice Claims for work done: who may make them, and what they move to escrow.
abstract contract JobsClaims is JobsRecords {
    using SafeCast for uint256;

    /// @inheritdoc IJobsManager
    function claimWork(uint256 jobId, uint256[2] calldata segmentRange, bytes32 claimRoot)
        external
        whenSystemNotPaused
    {
        Job storage ofJob = _existingJob(jobId);
        IRoundsManager rounds = _roundsManager();
        uint256 blockNum = rounds.blockNum();
        require(ofJob.endBlock > blockNum, JobsManagerInactiveJob(jobId));
        require(segmentRange[1] >= segmentRange[0], JobsManagerInvalidSegmentRange(segmentRange[0], segmentRange[1]));
        _checkMayClaim(ofJob, rounds);

        _moveToEscrow(ofJob, _fees(ofJob, segmentRange[0], segmentRange[1]));
        uint256 claimId = ofJob.totalClaims++;
        _record(ofJob.claims[claimId], segmentRange, claimRoot, blockNum);
        emit NewClaim(msg.sender, jobId, claimId);
    }

    /// @dev Reverts unless the caller works as a transcoder and is this job's; before the first claim that is the one
    /// elected by the hash of the job's block. One that lost its place in the pool still works to the round's end.
    function _checkMayClaim(Job storage ofJob, IRoundsManager rounds) private {
        IBondingManager bonding = _bondingManager();
        bool works =
            bonding.isRegisteredTranscoder(msg.sender) || bonding.isActiveTranscoder(msg.sender, rounds.currentRound());
        require(works, JobsManagerUnregisteredTranscoder(msg.sender));

        if (ofJob.transcoder == address(0)) {
            ofJob.transcoder = bonding.electActiveTranscoder(
                ofJob.maxPricePerSegment, rounds.blockHash(ofJob.creationBlock), ofJob.creationRound
            );
        }
        _checkTranscoder(ofJob);
    }

    function _moveToEscrow(Job storage ofJob, uint256 fees) private {
        Broadcaster storage account = broadcasters[ofJob.broadcaster];
        uint256 available = account.deposit;
        require(fees <= available, JobsManagerInsufficientDeposit(available, fees));
        account.deposit = available - fees;
        ofJob.escrow += fees.toUint128();
    }

    function _record(Claim storage claim, uint256[2] calldata segmentRange, bytes32 claimRoot, uint256 blockNum)
        private
    {
        uint64 claimBlock = blockNum.toUint64();
        uint64 endVerificationBlock = claimBlock + _verificationPeriod;
        claim.firstSegment = segmentRange[0];
        claim.lastSegment = segmentRange[1];
        claim.claimRoot = claimRoot;
        claim.claimBlock = claimBlock;
        claim.endVerificationBlock = endVerificationBlock;
        claim.endVerificationSlashingBlock = endVerificationBlock + _verificationSlashingPeriod;
    }
}
