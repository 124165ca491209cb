// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManagerProxyTarget} from "./IManagerProxyTarget.sol";
import {IVerifiable} from "./IVerifiable.sol";

/// @title IJobsManager
/// @notice Deposits of broadcasters, their jobs, the claims transcoders make for work on them, verification of sampled
/// segments, slashing and fees. All ETH is with the Minter; here is only who owns what of it: what a broadcaster
/// deposited moves to the escrow of a job with each claim, and from there to the transcoder or back.
///
/// Amounts and prices are wei, times are block numbers, rates and slash amounts are out of 1,000,000. Jobs are numbered
/// from 0; the claims of a job are numbered from 0 within it. Everything but parameters and views needs a running system.
///
/// Parameters are read when they are used: a new verification rate or slash amount applies to open claims as well, so that
/// governance can act at once. Only the two end blocks are fixed when a claim is made.
///
/// Whoever produces the block of a job or the block after a claim can bias who is elected and what is sampled.
interface IJobsManager is IManagerProxyTarget, IVerifiable {
    /// @notice Active: claims can be made.
    enum JobStatus {
        Inactive,
        Active
    }

    /// @notice Pending: neither paid nor slashed. Complete: paid.
    enum ClaimStatus {
        Pending,
        Slashed,
        Complete
    }

    /// @notice `broadcaster` deposited `amount` wei.
    event Deposit(address indexed broadcaster, uint256 amount);
    /// @notice `broadcaster` took out its deposit.
    event Withdraw(address indexed broadcaster);
    /// @notice A job was created.
    event NewJob(
        address indexed broadcaster,
        uint256 jobId,
        string streamId,
        string transcodingOptions,
        uint256 maxPricePerSegment,
        uint256 creationBlock
    );
    /// @notice `transcoder` claims to have transcoded a range of segments.
    event NewClaim(address indexed transcoder, uint256 indexed jobId, uint256 claimId);
    /// @notice A segment was submitted for verification.
    event Verify(address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber);
    /// @notice A segment was found to be transcoded correctly.
    event PassedVerification(
        address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber
    );
    /// @notice A segment was found not to be transcoded correctly.
    event FailedVerification(
        address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber
    );
    /// @notice A claim was paid: `fees` wei left the job's escrow.
    event DistributeFees(address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 fees);
    /// @notice A claim was slashed: `refund` wei returned from the job's escrow to the broadcaster's deposit, none if the
    /// claim had been paid. The job is over.
    event ClaimSlashed(address indexed transcoder, uint256 indexed jobId, uint256 indexed claimId, uint256 refund);

    /// @notice The verification rate can not be zero.
    error JobsManagerInvalidVerificationRate();
    /// @notice The two periods together must not be longer than the 256 blocks whose hashes are known.
    error JobsManagerPeriodsTooLong(uint256 verificationPeriod, uint256 verificationSlashingPeriod);
    /// @notice The deposit can be taken out from block `withdrawBlock` on.
    error JobsManagerDepositLocked(uint256 withdrawBlock, uint256 blockNum);
    /// @notice A job must end after the current block.
    error JobsManagerInvalidEndBlock(uint256 endBlock, uint256 blockNum);
    /// @notice Transcoding options are one or more profiles of eight characters each.
    error JobsManagerInvalidTranscodingOptions(string transcodingOptions);
    /// @notice There is no such job.
    error JobsManagerUnknownJob(uint256 jobId);
    /// @notice The job has no such claim.
    error JobsManagerUnknownClaim(uint256 jobId, uint256 claimId);
    /// @notice The job is over.
    error JobsManagerInactiveJob(uint256 jobId);
    /// @notice A range of segments can not end before it begins.
    error JobsManagerInvalidSegmentRange(uint256 first, uint256 last);
    /// @notice `caller` is neither registered as a transcoder nor active in the current round.
    error JobsManagerUnregisteredTranscoder(address caller);
    /// @notice The job's transcoder is `transcoder`; zero: nobody could be elected.
    error JobsManagerNotTheTranscoder(address caller, address transcoder);
    /// @notice The broadcaster's deposit does not cover the fees of the claim.
    error JobsManagerInsufficientDeposit(uint256 deposit, uint256 fees);
    /// @notice A verification costs exactly `price` wei.
    error JobsManagerWrongPayment(uint256 value, uint256 price);
    /// @notice Segments of the claim could be submitted before block `endVerificationBlock`.
    error JobsManagerVerificationOver(uint256 endVerificationBlock, uint256 blockNum);
    /// @notice The segment need not be verified: not in the claim's range, or not sampled.
    error JobsManagerSegmentNotSampled(uint256 segmentNumber);
    /// @notice The segment was submitted for verification already.
    error JobsManagerSegmentSubmitted(uint256 segmentNumber);
    /// @notice The segment was not submitted for verification.
    error JobsManagerSegmentNotSubmitted(uint256 segmentNumber);
    /// @notice The signature over the segment is not the broadcaster's.
    error JobsManagerInvalidBroadcasterSig(uint256 segmentNumber);
    /// @notice The receipt of the segment is not in the claim's tree.
    error JobsManagerInvalidReceipt(uint256 segmentNumber);
    /// @notice The claim is not open any more.
    error JobsManagerClaimNotPending(uint256 claimId, ClaimStatus status);
    /// @notice The claim was slashed already.
    error JobsManagerClaimSlashed(uint256 claimId);
    /// @notice Missed verification can be slashed from `startBlock` on and before `endBlock`.
    error JobsManagerOutsideSlashingPeriod(uint256 startBlock, uint256 endBlock, uint256 blockNum);
    /// @notice A claim does not contradict itself.
    error JobsManagerSameClaim(uint256 claimId);
    /// @notice The segment is not in the claim's range.
    error JobsManagerSegmentNotClaimed(uint256 claimId, uint256 segmentNumber);
    /// @notice Both claims were paid long ago.
    error JobsManagerClaimsComplete(uint256 claimId1, uint256 claimId2);
    /// @notice The claim can be paid from block `endVerificationSlashingBlock` on.
    error JobsManagerFeesLocked(uint256 endVerificationSlashingBlock, uint256 blockNum);

    // --- parameters: controller owner only, at any time

    /// @notice Sets the sampling rate: one segment in `newRate` must be verified.
    /// @param newRate at least 1
    function setVerificationRate(uint64 newRate) external;

    /// @notice Sets how many blocks a transcoder has to submit the sampled segments of a claim.
    /// @param newPeriod blocks; with the slashing period at most 256
    function setVerificationPeriod(uint256 newPeriod) external;

    /// @notice Sets how many blocks after that anyone has to slash for a segment that was not submitted.
    /// @param newPeriod blocks; with the verification period at most 256
    function setVerificationSlashingPeriod(uint256 newPeriod) external;

    /// @notice Sets the part of its stake a transcoder loses for a segment that failed verification.
    /// @param newAmount out of 1,000,000
    function setFailedVerificationSlashAmount(uint256 newAmount) external;

    /// @notice Sets the part of its stake a transcoder loses for a segment it did not submit.
    /// @param newAmount out of 1,000,000
    function setMissedVerificationSlashAmount(uint256 newAmount) external;

    /// @notice Sets the part of its stake a transcoder loses for claiming a segment twice.
    /// @param newAmount out of 1,000,000
    function setDoubleClaimSegmentSlashAmount(uint256 newAmount) external;

    /// @notice Sets the part of a penalty that goes to who found the fault.
    /// @param newFee out of 1,000,000
    function setFinderFee(uint256 newFee) external;

    // --- broadcasters

    /// @notice Adds the value sent to the caller's deposit.
    function deposit() external payable;

    /// @notice Takes out the caller's deposit, once all its jobs are over. It may be empty.
    function withdraw() external;

    /// @notice Creates a job. No deposit is needed yet. The job's transcoder is elected when the first claim is made, by the
    /// hash of this block: a job without a claim after 256 blocks can not be claimed any more.
    /// @param streamId the stream to transcode
    /// @param transcodingOptions profiles to transcode to, eight characters each: the first four bytes of keccak256 of a
    /// profile's name as hex digits
    /// @param maxPricePerSegment price of each segment and profile; a transcoder that asks for more is not elected
    /// @param endBlock the first block in which no claims can be made any more
    function job(
        string calldata streamId,
        string calldata transcodingOptions,
        uint256 maxPricePerSegment,
        uint256 endBlock
    ) external;

    // --- the job's transcoder

    /// @notice Claims to have transcoded a range of segments. Their fees move from the broadcaster's deposit to the job's
    /// escrow: number of segments times number of profiles times `maxPricePerSegment`. The caller must be a registered
    /// transcoder or active in the current round, and the one the job's transcoder is or, before the first claim, the one
    /// elected for the round of the job. Ranges of claims may overlap; that is a fault anyone can slash.
    /// @param jobId the job
    /// @param segmentRange first and last segment
    /// @param claimRoot root of the Merkle tree of the receipts, unchecked: sorted, a node without sibling moves up
    function claimWork(uint256 jobId, uint256[2] calldata segmentRange, bytes32 claimRoot) external;

    /// @notice Submits a sampled segment for verification, once, before the claim's `endVerificationBlock`; with exactly
    /// the verifier's price. The block after the claim's decides by its hash which segments are sampled.
    ///
    /// The broadcaster must be an account with a key: a contract that judges signatures could change its mind and have the
    /// transcoder slashed. Signatures with a high `s` are refused; `v` may be 0, 1, 27 or 28.
    /// @param jobId the job
    /// @param claimId the claim
    /// @param segmentNumber the segment
    /// @param dataStorageHash where the verifier finds the segment's data
    /// @param dataHashes hash of the segment's data, hash of the transcoded data
    /// @param broadcasterSig the broadcaster's signature over stream, segment and hash of its data: r, s, v
    /// @param proof siblings from the segment's receipt up to the claim's root, 32 bytes each
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) external payable;

    /// @notice Pays the caller for a claim that is still Pending, from its `endVerificationSlashingBlock` on. Fees go to the
    /// earnings of the round in which the job was created. Submitted segments need not have been answered.
    function distributeFees(uint256 jobId, uint256 claimId) external;

    /// @notice `distributeFees` for several claims of a job: all or none.
    function batchDistributeFees(uint256 jobId, uint256[] calldata claimIds) external;

    // --- slashing. A claim that is slashed while Pending returns its fees to the broadcaster's deposit; the job is over.
    // Other claims of the job stay as they are.

    /// @notice Slashes the transcoder for a sampled segment it did not submit. Anyone may call and gets the finder's fee,
    /// from the claim's `endVerificationBlock` on and before its `endVerificationSlashingBlock`, while it is Pending.
    function missedVerificationSlash(uint256 jobId, uint256 claimId, uint256 segmentNumber) external;

    /// @notice Slashes the transcoder for claiming a segment in two claims, at least one of them Pending, none Slashed.
    /// Anyone may call, at any time, and gets the finder's fee.
    function doubleClaimSegmentSlash(uint256 jobId, uint256 claimId1, uint256 claimId2, uint256 segmentNumber) external;

    // `receiveVerification`, inherited from IVerifiable: registered Verifier only, for a submitted segment of a claim that
    // is not Slashed. A false result slashes the transcoder and the claim, also one that was paid meanwhile.

    // --- views

    /// @notice A broadcaster's account.
    /// @return deposit wei it may spend or take out
    /// @return withdrawBlock first block in which it may take it out
    function broadcasters(address broadcaster) external view returns (uint256 deposit, uint256 withdrawBlock);

    /// @notice A job with its number; zeroes for an unknown one.
    /// @return jobId its number
    /// @return streamId the stream
    /// @return transcodingOptions profiles, eight characters each
    /// @return maxPricePerSegment price of each segment and profile
    /// @return broadcasterAddress who pays
    /// @return transcoderAddress who is paid; zero before the first claim
    /// @return creationRound round of its creation
    /// @return creationBlock block of its creation
    /// @return endBlock first block in which it is over
    /// @return escrow fees of its Pending claims
    function jobs(uint256)
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
        );

    /// @notice A job with the number of its claims; otherwise as `jobs`.
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
        );

    /// @notice Whether claims can be made for the job; unknown ones are Inactive.
    function jobStatus(uint256 jobId) external view returns (JobStatus);

    /// @notice A claim. Reverts for an unknown one.
    /// @return segmentRange first and last segment
    /// @return claimRoot root of the Merkle tree of the receipts
    /// @return claimBlock block in which it was made
    /// @return endVerificationBlock first block in which segments can not be submitted any more, and missed ones be slashed
    /// @return endVerificationSlashingBlock first block in which missed segments can not be slashed any more, and fees be
    /// distributed
    /// @return status where it stands
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
        );

    /// @notice Whether a segment was submitted for verification, whatever the answer. Reverts for an unknown claim.
    function isClaimSegmentVerified(uint256 jobId, uint256 claimId, uint256 segmentNumber) external view returns (bool);

    /// @notice Number of jobs; the id of the next one.
    function numJobs() external view returns (uint256);

    /// @notice One segment in so many must be verified.
    function verificationRate() external view returns (uint64);

    /// @notice Blocks a transcoder has to submit the sampled segments of a claim.
    function verificationPeriod() external view returns (uint256);

    /// @notice Blocks anyone has after that to slash for a segment that was not submitted.
    function verificationSlashingPeriod() external view returns (uint256);

    /// @notice Part of its stake a transcoder loses for a segment that failed verification.
    function failedVerificationSlashAmount() external view returns (uint256);

    /// @notice Part of its stake a transcoder loses for a segment it did not submit.
    function missedVerificationSlashAmount() external view returns (uint256);

    /// @notice Part of its stake a transcoder loses for claiming a segment twice.
    function doubleClaimSegmentSlashAmount() external view returns (uint256);

    /// @notice Part of a penalty that goes to who found the fault.
    function finderFee() external view returns (uint256);
}
