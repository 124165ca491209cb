// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

/// @dev Stands in for the BondingManager and remembers what the JobsManager told it.
contract BondingLedger {
    mapping(address => bool) public isRegisteredTranscoder;
    address public elected;
    uint256 public totalFees;
    uint256 public slashes;

    function set(address who, bool registered, address elected_) external {
        isRegisteredTranscoder[who] = registered;
        elected = elected_;
    }

    function isActiveTranscoder(address, uint256) external pure returns (bool) {
        return false;
    }

    function electActiveTranscoder(uint256, bytes32, uint256) external view returns (address) {
        return elected;
    }

    function updateTranscoderWithFees(address, uint256 fees, uint256) external {
        totalFees += fees;
    }

    function slashTranscoder(address, address, uint256, uint256) external {
        slashes++;
    }
}

/// @dev What the JobsManager ought to hold, kept plainly beside it, and whether it ought to refuse a step and how: an empty
/// refusal means that the step works.
abstract contract JobsRecord is JobsFixture {
    struct JobRecord {
        uint256 who;
        uint256 fee;
        uint256 made;
        uint256 end;
        address worker;
        uint256[] claims;
    }

    struct ClaimRecord {
        uint256 jobId;
        uint256 id;
        uint256 first;
        uint256 last;
        uint256 made;
        uint256 end;
        uint256 slashEnd;
        IJobsManager.ClaimStatus status;
    }

    BondingLedger public ledger = new BondingLedger();
    address[2] public people;
    address[2] public workers;
    uint256[2] public deposits;
    uint256[2] public withdrawBlocks;
    uint256 public slashes;
    uint256 public fees;

    uint256[2] internal keys;
    JobRecord[] internal records;
    ClaimRecord[] internal claims;
    mapping(uint256 => mapping(uint256 => bool)) internal submitted;

    /// @dev Job `jobId`'s broadcaster and transcoder play from now on.
    function _cast(uint256 jobId) internal {
        broadcaster = people[records[jobId].who];
        broadcasterKey = keys[records[jobId].who];
        transcoder = records[jobId].worker;
    }

    function _feesOf(ClaimRecord storage c) internal view returns (uint256) {
        return (c.last - c.first + 1) * records[c.jobId].fee;
    }

    function _slashed(ClaimRecord storage c) internal {
        if (c.status == IJobsManager.ClaimStatus.Pending) deposits[records[c.jobId].who] += _feesOf(c);
        c.status = IJobsManager.ClaimStatus.Slashed;
        records[c.jobId].end = rounds.blockNum();
    }

    function _paid(ClaimRecord storage c) internal {
        c.status = IJobsManager.ClaimStatus.Complete;
        fees += _feesOf(c);
    }

    function _sampled(ClaimRecord storage c, uint256 segment) internal view returns (bool) {
        bytes32 lot = keccak256(abi.encode(c.made + 1, rounds.blockHash(c.made + 1), segment));
        return c.first <= segment && segment <= c.last && uint256(lot) % jobs.verificationRate() == 0;
    }

    // --- refusals, in the order in which the contract looks

    function _claimRefusal(uint256 jobId, uint256 cost) internal view returns (bytes memory) {
        JobRecord storage r = records[jobId];
        uint256 now_ = rounds.blockNum();
        if (now_ >= r.end) return abi.encodeWithSelector(IJobsManager.JobsManagerInactiveJob.selector, jobId);
        if (!ledger.isRegisteredTranscoder(transcoder)) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerUnregisteredTranscoder.selector, transcoder);
        }
        if (r.worker == address(0) && now_ > r.made + 256) {
            return abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, r.made, now_);
        }
        address worker = r.worker == address(0) ? ledger.elected() : r.worker;
        if (transcoder != worker) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerNotTheTranscoder.selector, transcoder, worker);
        }
        if (cost > deposits[r.who]) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerInsufficientDeposit.selector, deposits[r.who], cost);
        }
        return "";
    }

    function _verifyRefusal(uint256 which, uint256 segment) internal view returns (bytes memory) {
        ClaimRecord storage c = claims[which];
        uint256 now_ = rounds.blockNum();
        if (now_ >= c.end) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerVerificationOver.selector, c.end, now_);
        }
        return _segmentRefusal(which, segment);
    }

    function _missedRefusal(uint256 which, uint256 segment) internal view returns (bytes memory) {
        ClaimRecord storage c = claims[which];
        uint256 now_ = rounds.blockNum();
        if (now_ < c.end || now_ >= c.slashEnd) {
            return
                abi.encodeWithSelector(IJobsManager.JobsManagerOutsideSlashingPeriod.selector, c.end, c.slashEnd, now_);
        }
        if (c.status != IJobsManager.ClaimStatus.Pending) return _notPending(c);
        return _segmentRefusal(which, segment);
    }

    function _segmentRefusal(uint256 which, uint256 segment) private view returns (bytes memory) {
        if (submitted[which][segment]) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerSegmentSubmitted.selector, segment);
        }
        if (!_sampled(claims[which], segment)) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSampled.selector, segment);
        }
        return "";
    }

    function _doubleRefusal(ClaimRecord storage a, ClaimRecord storage b, uint256 segment)
        internal
        view
        returns (bytes memory)
    {
        if (a.id == b.id) return abi.encodeWithSelector(IJobsManager.JobsManagerSameClaim.selector, a.id);
        if (segment < b.first || segment > b.last) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotClaimed.selector, b.id, segment);
        }
        ClaimRecord storage gone = a.status == IJobsManager.ClaimStatus.Slashed ? a : b;
        if (gone.status == IJobsManager.ClaimStatus.Slashed) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerClaimSlashed.selector, gone.id);
        }
        bool open = a.status == IJobsManager.ClaimStatus.Pending || b.status == IJobsManager.ClaimStatus.Pending;
        if (!open) return abi.encodeWithSelector(IJobsManager.JobsManagerClaimsComplete.selector, a.id, b.id);
        return "";
    }

    function _feesRefusal(ClaimRecord storage c) internal view returns (bytes memory) {
        if (c.status != IJobsManager.ClaimStatus.Pending) return _notPending(c);
        uint256 now_ = rounds.blockNum();
        if (now_ < c.slashEnd) {
            return abi.encodeWithSelector(IJobsManager.JobsManagerFeesLocked.selector, c.slashEnd, now_);
        }
        return "";
    }

    function _notPending(ClaimRecord storage c) private view returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerClaimNotPending.selector, c.id, c.status);
    }
}
