// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ManagerProxyTarget} from "../ManagerProxyTarget.sol";
import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title JobsManagerStorage
/// @notice All state of the JobsManager, from slot 2 on. An upgrade may only append, and takes what it appends off the
/// gap: what is here keeps its place and type for ever. The structs are only found in mappings, so they may grow at their
/// end.
abstract contract JobsManagerStorage is ManagerProxyTarget, IJobsManager {
    struct Broadcaster {
        uint256 deposit;
        uint256 withdrawBlock;
    }

    /// @dev Blocks and status share a word.
    struct Claim {
        uint256 firstSegment;
        uint256 lastSegment;
        bytes32 claimRoot;
        uint64 claimBlock;
        uint64 endVerificationBlock;
        uint64 endVerificationSlashingBlock;
        ClaimStatus status;
        /// Segments submitted for verification.
        BitMaps.BitMap submitted;
    }

    /// @dev Words are shared by what is written together: broadcaster and round at creation, transcoder and its creation
    /// block with the first claim, escrow and number of claims with each. An escrow is ETH that was deposited, all of
    /// which fits 128 bits.
    struct Job {
        string streamId;
        string transcodingOptions;
        uint256 maxPricePerSegment;
        address broadcaster;
        uint64 creationRound;
        address transcoder;
        uint64 creationBlock;
        uint256 endBlock;
        uint128 escrow;
        uint128 totalClaims;
        mapping(uint256 => Claim) claims;
    }

    /// @inheritdoc IJobsManager
    uint64 public override verificationRate;
    uint64 internal _verificationPeriod;
    uint64 internal _verificationSlashingPeriod;

    /// @inheritdoc IJobsManager
    uint256 public override failedVerificationSlashAmount;
    /// @inheritdoc IJobsManager
    uint256 public override missedVerificationSlashAmount;
    /// @inheritdoc IJobsManager
    uint256 public override doubleClaimSegmentSlashAmount;
    /// @inheritdoc IJobsManager
    uint256 public override finderFee;

    /// @inheritdoc IJobsManager
    mapping(address => Broadcaster) public override broadcasters;

    mapping(uint256 => Job) internal _jobs;
    /// @inheritdoc IJobsManager
    uint256 public override numJobs;

    uint256[42] private __gap;
}
