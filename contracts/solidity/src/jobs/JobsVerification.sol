// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {IVerifiable} from "../interfaces/IVerifiable.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {ContractIds} from "../libraries/ContractIds.sol";
import {JobLib} from "./JobLib.sol";
import {JobsSlashing} from "./JobsSlashing.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title JobsVerification
/// @notice Sampled segments: submitted to the verifier by the transcoder, and what the verifier answers.
abstract contract JobsVerification is JobsSlashing {
    using BitMaps for BitMaps.BitMap;

    /// @inheritdoc IJobsManager
    /// @dev `Verify` comes last, as in 2018: after `PassedVerification` if the verifier answers at once.
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) external payable whenSystemNotPaused nonReentrant {
        _checkMayVerify(jobId, claimId, segmentNumber);
        _checkReceipt(jobId, claimId, segmentNumber, dataHashes, broadcasterSig, proof);
        _jobs[jobId].claims[claimId].submitted.set(segmentNumber);
        _submit(jobId, claimId, segmentNumber, dataStorageHash, dataHashes);
        emit Verify(msg.sender, jobId, claimId, segmentNumber);
    }

    /// @inheritdoc IVerifiable
    /// @dev Not guarded against reentrancy: a verifier may answer within `verify`.
    function receiveVerification(uint256 jobId, uint256 claimId, uint256 segmentNumber, bool result)
        external
        whenSystemNotPaused
    {
        _checkCaller(_registered(ContractIds.VERIFIER));
        (Job storage ofJob, Claim storage claim) = _existingClaim(jobId, claimId);
        _checkNotSlashed(claim, claimId);
        require(claim.submitted.get(segmentNumber), JobsManagerSegmentNotSubmitted(segmentNumber));

        address transcoder = ofJob.transcoder;
        if (result) {
            emit PassedVerification(transcoder, jobId, claimId, segmentNumber);
            return;
        }
        _endJob(ofJob);
        _slashClaim(ofJob, jobId, claimId);
        emit FailedVerification(transcoder, jobId, claimId, segmentNumber);
        _bondingManager().slashTranscoder(transcoder, address(0), failedVerificationSlashAmount, 0);
    }

    /// @dev Reverts unless the caller is the job's transcoder, in time, and the segment must be verified and was not
    /// submitted before.
    function _checkMayVerify(uint256 jobId, uint256 claimId, uint256 segmentNumber) private view {
        (Job storage ofJob, Claim storage claim) = _existingClaim(jobId, claimId);
        _checkTranscoder(ofJob);
        uint256 endBlock = claim.endVerificationBlock;
        uint256 blockNum = _roundsManager().blockNum();
        require(blockNum < endBlock, JobsManagerVerificationOver(endBlock, blockNum));
        require(!claim.submitted.get(segmentNumber), JobsManagerSegmentSubmitted(segmentNumber));
        _checkSampled(claim, segmentNumber);
    }

    /// @dev Reverts unless the broadcaster signed the segment and the claim has its receipt.
    function _checkReceipt(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) private view {
        Job storage ofJob = _jobs[jobId];
        string memory streamId = ofJob.streamId;
        bool valid =
            JobLib.validateBroadcasterSig(ofJob.broadcaster, streamId, segmentNumber, dataHashes[0], broadcasterSig);
        require(valid, JobsManagerInvalidBroadcasterSig(segmentNumber));
        valid = JobLib.validateReceipt(
            ofJob.claims[claimId].claimRoot, streamId, segmentNumber, dataHashes, broadcasterSig, proof
        );
        require(valid, JobsManagerInvalidReceipt(segmentNumber));
    }

    /// @dev Hands the segment to the verifier, with its price.
    function _submit(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) private {
        IVerifier verifier = IVerifier(_registered(ContractIds.VERIFIER));
        uint256 price = verifier.getPrice();
        require(msg.value == price, JobsManagerWrongPayment(msg.value, price));
        verifier.verify{value: price}(
            jobId, claimId, segmentNumber, _jobs[jobId].transcodingOptions, dataStorageHash, dataHashes
        );
    }
}
