// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {JobsRecord} from "./JobsRecord.sol";

/// @dev Two broadcasters, two transcoders and anyone who slashes do whatever they like. The record says of every step
/// beforehand whether it works and, if not, with which error it is refused; nothing else may revert.
contract JobsHandler is JobsRecord {
    IJobsManager.ClaimStatus[] private before;
    /// @dev How often each kind of step was not refused.
    mapping(bytes4 => uint256) public done;
    uint256 public slashedAfterPayment;

    constructor() {
        setUp();
        _register("BondingManager", address(ledger));
        for (uint256 i = 0; i < 2; i++) {
            (people[i], keys[i]) = makeAddrAndKey(string.concat("broadcaster ", vm.toString(i)));
            workers[i] = makeAddr(string.concat("transcoder ", vm.toString(i)));
            ledger.set(workers[i], true, workers[0]);
            vm.deal(people[i], 1_000_000);
        }
        jobs.setVerificationPeriod(20);
        jobs.setVerificationSlashingPeriod(15);
        jobs.setVerificationRate(2);
        for (uint256 i = 0; i < 2; i++) {
            deposit(i, 5000);
            job(i, 2, 5, 79);
            mine(1);
            claim(i, 3, 2, 0);
        }
    }

    /// @dev At most `limit` claims change, each to `to`, and by a step of 9.10: a paid one may only be slashed, a slashed one
    /// stays slashed.
    modifier changes(uint256 limit, IJobsManager.ClaimStatus to) {
        delete before;
        for (uint256 i = 0; i < claims.length; i++) {
            before.push(_status(claims[i].jobId, claims[i].id));
        }
        _;
        uint256 changed = 0;
        for (uint256 i = 0; i < before.length; i++) {
            IJobsManager.ClaimStatus status = _status(claims[i].jobId, claims[i].id);
            if (status == before[i]) continue;
            changed++;
            require(status == to, "a change to another status");
            require(before[i] != IJobsManager.ClaimStatus.Slashed, "a slashed claim stays slashed");
            require(
                before[i] == IJobsManager.ClaimStatus.Pending || to == IJobsManager.ClaimStatus.Slashed,
                "a paid claim can only be slashed"
            );
        }
        require(changed <= limit, "too many claims changed");
    }

    // --- time and circumstances

    function mine(uint256 blocks) public changes(0, IJobsManager.ClaimStatus.Pending) {
        rounds.mineBlocks(blocks % 16);
        rounds.setBlockHash(keccak256(abi.encode(blocks)));
    }

    function turn(uint256 by, uint256 registered, uint256 elected) external {
        ledger.set(workers[by % 2], registered % 8 != 0, workers[elected % 2]);
    }

    function tune(uint256 rate, uint256 period, uint256 slashing) external {
        // casting to 'uint64' is safe because it is 1, 2 or 3
        // forge-lint: disable-next-line(unsafe-typecast)
        jobs.setVerificationRate(uint64(1 + rate % 3));
        jobs.setVerificationPeriod(period % 40);
        jobs.setVerificationSlashingPeriod(slashing % 40);
    }

    // --- broadcasters

    function deposit(uint256 by, uint256 amount) public changes(0, IJobsManager.ClaimStatus.Pending) {
        amount = bound(amount, 0, people[by % 2].balance / 10);
        deposits[by % 2] += amount;
        vm.prank(people[by % 2]);
        jobs.deposit{value: amount}();
    }

    function withdraw(uint256 by) external changes(0, IJobsManager.ClaimStatus.Pending) {
        by %= 2;
        uint256 expected = people[by].balance + deposits[by];
        (uint256 free, uint256 now_) = (withdrawBlocks[by], rounds.blockNum());
        if (free > now_) {
            expected = people[by].balance;
            vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerDepositLocked.selector, free, now_));
        } else {
            if (deposits[by] != 0) done[msg.sig]++;
            (deposits[by], withdrawBlocks[by]) = (0, 0);
        }
        vm.prank(people[by]);
        jobs.withdraw();
        require(people[by].balance == expected, "paid out something else");
    }

    function job(uint256 by, uint256 profiles, uint256 price, uint256 length)
        public
        changes(0, IJobsManager.ClaimStatus.Pending)
    {
        // Not too often: a deposit is locked while any job of its broadcaster lasts.
        if (price % 4 != 1) return;
        by %= 2;
        profiles = 1 + profiles % 3;
        price %= 20;
        uint256 end = rounds.blockNum() + 1 + length % 80;
        JobRecord storage made = records.push();
        (made.who, made.fee, made.made, made.end) = (by, profiles * price, rounds.blockNum(), end);
        if (end > withdrawBlocks[by]) withdrawBlocks[by] = end;
        vm.prank(people[by]);
        jobs.job(STREAM, string(new bytes(8 * profiles)), price, end);
    }

    // --- transcoders

    function claim(uint256 which, uint256 first, uint256 count, uint256 by)
        public
        changes(0, IJobsManager.ClaimStatus.Pending)
    {
        uint256 jobId = _recent(which, records.length, 3);
        _cast(jobId);
        // Mostly the right one.
        if (transcoder == address(0)) transcoder = ledger.elected();
        if (by % 4 == 0) transcoder = workers[by / 4 % 2];
        first %= 6;
        uint256 last = first + count % 4;
        bytes memory refusal = _claimRefusal(jobId, (last - first + 1) * records[jobId].fee);
        if (refusal.length == 0) {
            done[msg.sig]++;
            records[jobId].worker = transcoder;
            deposits[records[jobId].who] -= (last - first + 1) * records[jobId].fee;
            uint256 end = rounds.blockNum() + jobs.verificationPeriod();
            uint256 slashEnd = end + jobs.verificationSlashingPeriod();
            uint256 id = records[jobId].claims.length;
            records[jobId].claims.push(claims.length);
            claims.push(
                ClaimRecord(jobId, id, first, last, rounds.blockNum(), end, slashEnd, IJobsManager.ClaimStatus.Pending)
            );
        }
        bytes32[] memory leaves = _leaves(first, last);
        bytes32 root = PackedTree.root(leaves);
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(transcoder);
        jobs.claimWork(jobId, [first, last], root);
    }

    function verify(uint256 which, uint256 segment) external changes(0, IJobsManager.ClaimStatus.Pending) {
        if (claims.length == 0) return;
        which = _recent(which, claims.length, 3);
        ClaimRecord storage c = claims[which];
        _cast(c.jobId);
        segment = c.first + segment % (c.last - c.first + 2);
        bytes memory refusal = _verifyRefusal(which, segment);
        bytes memory proof = segment > c.last ? bytes("") : _proof(c.first, c.last, segment);
        bytes memory signature = _sign(segment);
        if (refusal.length != 0) vm.expectRevert(refusal);
        else (submitted[which][segment], done[msg.sig]) = (true, done[msg.sig] + 1);
        vm.prank(transcoder);
        jobs.verify(c.jobId, c.id, segment, "storage", _hashes(segment), signature, proof);
    }

    function distribute(uint256 which) external changes(1, IJobsManager.ClaimStatus.Complete) {
        if (claims.length == 0) return;
        ClaimRecord storage c = claims[_recent(which, claims.length, 3)];
        _cast(c.jobId);
        bytes memory refusal = _feesRefusal(c);
        if (refusal.length != 0) {
            vm.expectRevert(refusal);
        } else {
            done[msg.sig]++;
            _paid(c);
        }
        _distribute(c.jobId, c.id);
    }

    function batch(uint256 which) external changes(type(uint256).max, IJobsManager.ClaimStatus.Complete) {
        uint256 jobId = _recent(which, records.length, 3);
        _cast(jobId);
        uint256[] storage all = records[jobId].claims;
        uint256[] memory ids = new uint256[](all.length);
        uint256 size = 0;
        bytes memory refusal;
        for (uint256 i = 0; i < all.length; i++) {
            bytes memory why = _feesRefusal(claims[all[i]]);
            // Mostly only those that are due.
            if (why.length != 0 && which % 4 != 0) continue;
            if (refusal.length == 0) refusal = why;
            ids[size++] = i;
        }
        assembly ("memory-safe") {
            mstore(ids, size)
        }
        if (refusal.length != 0) {
            vm.expectRevert(refusal);
        } else {
            if (size > 1) done[msg.sig]++;
            for (uint256 i = 0; i < size; i++) {
                _paid(claims[all[ids[i]]]);
            }
        }
        vm.prank(transcoder);
        jobs.batchDistributeFees(jobId, ids);
    }

    // --- verifier and finders

    function answer(uint256 which, uint256 segment, uint256 result)
        external
        changes(1, IJobsManager.ClaimStatus.Slashed)
    {
        if (claims.length == 0) return;
        which = _recent(which, claims.length, 3);
        ClaimRecord storage c = claims[which];
        segment = c.first + segment % (c.last - c.first + 1);
        bool passed = result % 4 != 0;
        if (c.status == IJobsManager.ClaimStatus.Slashed) {
            vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerClaimSlashed.selector, c.id));
        } else if (!submitted[which][segment]) {
            vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSubmitted.selector, segment));
        } else if (!passed) {
            if (c.status == IJobsManager.ClaimStatus.Complete) slashedAfterPayment++;
            done[msg.sig]++;
            _slashed(c);
            slashes++;
        }
        _answer(c.jobId, c.id, segment, passed);
    }

    function missed(uint256 which, uint256 segment) external changes(1, IJobsManager.ClaimStatus.Slashed) {
        if (claims.length == 0) return;
        which = _recent(which, claims.length, 3);
        ClaimRecord storage c = claims[which];
        segment = c.first + segment % (c.last - c.first + 2);
        bytes memory refusal = _missedRefusal(which, segment);
        if (refusal.length != 0) {
            vm.expectRevert(refusal);
        } else {
            done[msg.sig]++;
            _slashed(c);
            slashes++;
        }
        vm.prank(stranger);
        jobs.missedVerificationSlash(c.jobId, c.id, segment);
    }

    function double(uint256 which, uint256 other, uint256 segment)
        external
        changes(2, IJobsManager.ClaimStatus.Slashed)
    {
        uint256[] storage all = records[_recent(which, records.length, 3)].claims;
        if (all.length == 0) return;
        ClaimRecord storage a = claims[all[which % all.length]];
        ClaimRecord storage b = claims[all[other % all.length]];
        segment = a.first + segment % (a.last - a.first + 1);
        bytes memory refusal = _doubleRefusal(a, b, segment);
        if (refusal.length != 0) {
            vm.expectRevert(refusal);
        } else {
            done[msg.sig]++;
            _slashed(a);
            _slashed(b);
            slashes++;
        }
        vm.prank(stranger);
        jobs.doubleClaimSegmentSlash(a.jobId, a.id, b.id, segment);
    }

    /// @dev One of the last few of a list.
    function _recent(uint256 which, uint256 length, uint256 few) private pure returns (uint256) {
        return length - 1 - which % (length < few ? length : few);
    }

    // --- what the record says

    function jobCount() external view returns (uint256) {
        return records.length;
    }

    /// @dev Fees of the job's Pending claims.
    function pendingFees(uint256 jobId) public view returns (uint256 sum) {
        for (uint256 i = 0; i < records[jobId].claims.length; i++) {
            ClaimRecord storage c = claims[records[jobId].claims[i]];
            if (c.status == IJobsManager.ClaimStatus.Pending) sum += _feesOf(c);
        }
    }

    /// @dev The whole of the contract's state is what the record says.
    function agrees() external view {
        for (uint256 i = 0; i < 2; i++) {
            assertEq(_depositOf(people[i]), deposits[i]);
            assertEq(_withdrawBlockOf(people[i]), withdrawBlocks[i]);
        }
        assertEq(jobs.numJobs(), records.length);
        for (uint256 i = 0; i < records.length; i++) {
            assertEq(_transcoderOf(i), records[i].worker);
            assertEq(_endBlock(i), records[i].end);
            assertEq(_escrow(i), pendingFees(i));
            assertEq(_totalClaims(i), records[i].claims.length);
        }
        for (uint256 i = 0; i < claims.length; i++) {
            ClaimRecord storage c = claims[i];
            (uint256[2] memory range,, uint256 made, uint256 end, uint256 slashEnd,) = jobs.getClaim(c.jobId, c.id);
            assertEq(abi.encode(range, made, end), abi.encode(c.first, c.last, c.made, c.end));
            assertEq(slashEnd, c.slashEnd);
            _assertStatus(c.jobId, c.id, c.status);
            for (uint256 segment = c.first; segment <= c.last + 1; segment++) {
                assertEq(jobs.isClaimSegmentVerified(c.jobId, c.id, segment), submitted[i][segment]);
            }
        }
    }

    function minterBalance() external view returns (uint256) {
        return address(minter).balance;
    }

    function jobsBalance() external view returns (uint256) {
        return address(jobs).balance;
    }
}
