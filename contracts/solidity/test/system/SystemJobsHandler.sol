// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {JobsActors} from "./JobsActors.sol";

/// @dev Deposits, jobs, claims that may overlap, segments submitted or not, right and wrong answers, slashing, payment and
/// withdrawal, in any order and at any time. Each call must succeed exactly when the model says so.
contract SystemJobsHandler is JobsActors {
    function deposit(uint256 who, uint256 amount) external {
        who = who % PEOPLE;
        amount = bound(amount, 0, 10 ether);
        vm.deal(broadcasters[who], amount);
        vm.prank(broadcasters[who]);
        jobs.deposit{value: amount}();
        accounts[who].deposited += amount;
        accounts[who].deposit += amount;
        done["deposit"]++;
    }

    function withdraw(uint256 who) external {
        who = who % PEOPLE;
        ModelBroadcaster storage account = accounts[who];
        uint256 before = broadcasters[who].balance;
        bool allowed = account.withdrawBlock <= block.number;
        _try(broadcasters[who], address(jobs), abi.encodeCall(jobs.withdraw, ()), allowed, "withdraw");
        if (!allowed) return;
        assertEq(broadcasters[who].balance - before, account.deposit);
        account.withdrawn += account.deposit;
        (account.deposit, account.withdrawBlock) = (0, 0);
    }

    function job(uint256 who, uint256 price, uint256 blocks) external {
        who = who % PEOPLE;
        price = price % 8 == 0 ? 0 : price % 0.1 ether;
        uint256 end = block.number + 1 + blocks % 200;
        vm.prank(broadcasters[who]);
        jobs.job(STREAM, OPTIONS, price, end);
        ModelJob storage added = modelJobs.push();
        (added.broadcaster, added.price, added.endBlock) = (who, price, end);
        (added.creationBlock, added.creationRound) = (block.number, rounds.currentRound());
        if (end > accounts[who].withdrawBlock) accounts[who].withdrawBlock = end;
        done["job"]++;
    }

    function claimWork(uint256 which, uint256 first, uint256 segments, uint256 who) external {
        if (modelJobs.length == 0) return;
        uint256 jobId = _pick(which, modelJobs.length);
        ModelJob storage its = modelJobs[jobId];
        first = first % 6;
        uint256 last = first + segments % MAX_SEGMENTS;
        address worker = _workerOf(its);
        address caller = who % 8 == 0 || worker == address(0) ? transcoders[who % PEOPLE] : worker;
        uint256 fees = (last - first + 1) * PROFILES * its.price;
        bool allowed = its.endBlock > block.number && caller == worker && _works(caller)
            && fees <= accounts[its.broadcaster].deposit;
        _try(caller, address(jobs), _claimCall(jobId, first, last), allowed, "claimWork");
        if (!allowed) return;
        its.transcoder = worker;
        ModelClaim storage claim = its.claims.push();
        (claim.first, claim.last, claim.atBlock) = (first, last, block.number);
        accounts[its.broadcaster].deposit -= fees;
        accounts[its.broadcaster].escrow += fees;
    }

    function verify(uint256 which, uint256 whichClaim, uint256 whichSegment) external {
        (uint256 jobId, uint256 claimId, bool any) = _pickClaim(which, whichClaim);
        if (!any) return;
        ModelJob storage its = modelJobs[jobId];
        ModelClaim storage claim = its.claims[claimId];
        uint256 index = whichSegment % (claim.last - claim.first + 1);
        uint256 segment = claim.first + index;
        bool allowed = block.number < claim.atBlock + PERIOD && _sampled(claim, segment) && !claim.submitted[index];
        (bytes memory sig,) = _receipt(its.broadcaster, segment);
        bytes memory proof = PackedTree.proof(_receipts(its.broadcaster, claim.first, claim.last), index);
        bytes memory call = abi.encodeCall(jobs.verify, (jobId, claimId, segment, "QmData", _data(segment), sig, proof));
        _try(its.transcoder, address(jobs), call, allowed, "verify");
        if (!allowed) return;
        claim.submitted[index] = true;
        requests.push(ModelRequest(jobId, claimId, segment, true));
    }

    /// @dev The solver's answer, wrong in one of four cases. It comes late at times, when the claim was paid or slashed.
    function answer(uint256 which, uint256 result) external {
        if (requests.length == 0) return;
        uint256 id = _pick(which, requests.length);
        ModelRequest storage request = requests[id];
        ModelJob storage its = modelJobs[request.jobId];
        ModelClaim storage claim = its.claims[request.claimId];
        bool wrong = result % 4 == 0;
        bytes32 hash = wrong ? bytes32(result) : keccak256(abi.encode(_data(request.segment)));
        bool allowed = request.open && !_isSlashed(claim);
        bytes memory call = abi.encodeCall(verifier.__callback, (id, hash));
        _try(solver, address(verifier), call, allowed, wrong ? "wrong" : "right");
        if (!allowed) return;
        request.open = false;
        if (wrong) _slashed(its, claim);
    }

    function missedVerificationSlash(uint256 which, uint256 whichClaim, uint256 whichSegment) external {
        (uint256 jobId, uint256 claimId, bool any) = _pickClaim(which, whichClaim);
        if (!any) return;
        ModelJob storage its = modelJobs[jobId];
        ModelClaim storage claim = its.claims[claimId];
        uint256 index = whichSegment % (claim.last - claim.first + 1);
        bool allowed = claim.atBlock + PERIOD <= block.number && block.number < claim.atBlock + PERIOD + SLASHING_PERIOD
            && _isPending(claim) && _sampled(claim, claim.first + index) && !claim.submitted[index];
        bytes memory call = abi.encodeCall(jobs.missedVerificationSlash, (jobId, claimId, claim.first + index));
        _try(finder, address(jobs), call, allowed, "missed");
        if (allowed) _slashed(its, claim);
    }

    function doubleClaimSegmentSlash(uint256 which, uint256 one, uint256 other, uint256 segment) external {
        (uint256 jobId, uint256 claimId1, bool any) = _pickClaim(which, one);
        if (!any) return;
        uint256 claimId2 = other % modelJobs[jobId].claims.length;
        ModelClaim storage claim1 = modelJobs[jobId].claims[claimId1];
        ModelClaim storage claim2 = modelJobs[jobId].claims[claimId2];
        segment = claim1.first + segment % (claim1.last - claim1.first + 1);
        bool allowed = claimId1 != claimId2 && claim2.first <= segment && segment <= claim2.last && !_isSlashed(claim1)
            && !_isSlashed(claim2) && (_isPending(claim1) || _isPending(claim2));
        bytes memory call = abi.encodeCall(jobs.doubleClaimSegmentSlash, (jobId, claimId1, claimId2, segment));
        _try(finder, address(jobs), call, allowed, "double");
        if (!allowed) return;
        _slashed(modelJobs[jobId], claim1);
        _slashed(modelJobs[jobId], claim2);
    }

    function distributeFees(uint256 which, uint256 whichClaim, uint256 who) external {
        (uint256 jobId, uint256 claimId, bool any) = _pickClaim(which, whichClaim);
        if (!any) return;
        ModelJob storage its = modelJobs[jobId];
        ModelClaim storage claim = its.claims[claimId];
        address caller = who % 8 == 0 ? transcoders[who % PEOPLE] : its.transcoder;
        bool allowed =
            caller == its.transcoder && _isPending(claim) && claim.atBlock + PERIOD + SLASHING_PERIOD <= block.number;
        _try(caller, address(jobs), abi.encodeCall(jobs.distributeFees, (jobId, claimId)), allowed, "distribute");
        if (!allowed) return;
        claim.status = IJobsManager.ClaimStatus.Complete;
        accounts[its.broadcaster].escrow -= _fees(its, claim);
        accounts[its.broadcaster].paid += _fees(its, claim);
    }

    function withdrawFees(uint256 who) external {
        address t = transcoders[who % PEOPLE];
        uint256 round = rounds.currentRound();
        (, uint256 fees,,,,, uint256 last) = bonding.getDelegator(t);
        for (; round - last > 20; last += 20) {
            vm.prank(t);
            bonding.claimEarnings(last + 20);
        }
        if (last != round) fees = bonding.pendingFees(t, round);
        uint256 before = t.balance;
        _try(t, address(bonding), abi.encodeCall(bonding.withdrawFees, ()), fees != 0, "withdrawFees");
        if (fees == 0) return;
        assertEq(t.balance - before, fees);
        feesPaidOut += fees;
    }

    /// @dev Time passes, into the next round at times; whoever lost its place takes it again.
    function passBlocks(uint256 blocks) external {
        uint256 round = rounds.currentRound();
        vm.roll(block.number + 1 + (blocks % 8 == 0 ? (blocks / 8) % 60 : blocks % 5));
        if (rounds.currentRound() == round) return;
        rounds.initializeRound();
        for (uint256 i = 0; i < PEOPLE; i++) {
            if (bonding.isRegisteredTranscoder(transcoders[i]) || rounds.currentRoundLocked()) continue;
            vm.prank(transcoders[i]);
            bonding.transcoder(100_000, 500_000, i);
        }
        done["round"]++;
    }

    // --- what tests look at

    /// @dev Every wei in the Minter is a deposit, in escrow, collected or in a pool; each broadcaster's is where the model has
    /// it; and none of it is lost on the way.
    function check() external view {
        uint256 owned = 0;
        uint256 paid = 0;
        for (uint256 i = 0; i < PEOPLE; i++) {
            ModelBroadcaster storage account = accounts[i];
            (uint256 deposit_, uint256 withdrawBlock) = jobs.broadcasters(broadcasters[i]);
            assertEq(deposit_, account.deposit, "deposit");
            assertEq(withdrawBlock, account.withdrawBlock, "withdraw block");
            assertEq(account.deposited, account.withdrawn + account.paid + account.deposit + account.escrow, "account");
            owned += account.deposit + account.escrow;
            paid += account.paid;
        }
        assertEq(address(minter).balance, owned + paid - feesPaidOut, "in the Minter");
        assertEq(_escrowOfAll(), _sumOfEscrow(), "escrow");
        assertEq(_feesOfTranscoders(), paid - feesPaidOut, "fees");
        assertEq(address(jobs).balance + address(bonding).balance + address(verifier).balance, 0, "nowhere else");
    }

    /// @dev Jobs and claims are as the model has them.
    function checkJobs() external view {
        assertEq(jobs.numJobs(), modelJobs.length);
        for (uint256 i = 0; i < modelJobs.length; i++) {
            (,,,, address worker,,, uint256 endBlock,, uint256 claims) = jobs.getJob(i);
            assertEq(worker, modelJobs[i].transcoder);
            assertEq(endBlock, modelJobs[i].endBlock);
            assertEq(claims, modelJobs[i].claims.length);
            for (uint256 k = 0; k < claims; k++) {
                (,,,,, IJobsManager.ClaimStatus status) = jobs.getClaim(i, k);
                assertEq(uint8(status), uint8(modelJobs[i].claims[k].status), "status");
            }
        }
    }

    function _escrowOfAll() private view returns (uint256 sum) {
        for (uint256 i = 0; i < modelJobs.length; i++) {
            (,,,,,,,, uint256 escrow,) = jobs.getJob(i);
            sum += escrow;
        }
    }

    function _sumOfEscrow() private view returns (uint256 sum) {
        for (uint256 i = 0; i < PEOPLE; i++) {
            sum += accounts[i].escrow;
        }
    }

    function _feesOfTranscoders() private view returns (uint256 sum) {
        uint256 current = rounds.currentRound();
        for (uint256 i = 0; i < PEOPLE; i++) {
            (, uint256 collected,,,,,) = bonding.getDelegator(transcoders[i]);
            sum += collected;
            for (uint256 round = 10; round <= current; round++) {
                (, uint256 pool,,) = bonding.getTranscoderEarningsPoolForRound(transcoders[i], round);
                sum += pool;
            }
        }
    }

    function _claimCall(uint256 jobId, uint256 first, uint256 last) private view returns (bytes memory) {
        bytes32 root = _root(modelJobs[jobId].broadcaster, first, last);
        return abi.encodeCall(jobs.claimWork, (jobId, [first, last], root));
    }

    /// @dev The job's transcoder, or who would be elected; nobody before the hash is known and when it is forgotten.
    function _workerOf(ModelJob storage its) private view returns (address) {
        if (its.transcoder != address(0)) return its.transcoder;
        if (block.number <= its.creationBlock || block.number > its.creationBlock + 256) return address(0);
        return bonding.electActiveTranscoder(its.price, blockhash(its.creationBlock), its.creationRound);
    }

    function _works(address t) private view returns (bool) {
        return bonding.isRegisteredTranscoder(t) || bonding.isActiveTranscoder(t, rounds.currentRound());
    }

    /// @dev The claim's fees return if they were not paid; the job is over.
    function _slashed(ModelJob storage its, ModelClaim storage claim) private {
        if (_isPending(claim)) {
            accounts[its.broadcaster].escrow -= _fees(its, claim);
            accounts[its.broadcaster].deposit += _fees(its, claim);
        }
        claim.status = IJobsManager.ClaimStatus.Slashed;
        its.endBlock = block.number;
    }

    function _isPending(ModelClaim storage claim) private view returns (bool) {
        return claim.status == IJobsManager.ClaimStatus.Pending;
    }

    function _isSlashed(ModelClaim storage claim) private view returns (bool) {
        return claim.status == IJobsManager.ClaimStatus.Slashed;
    }

    /// @dev Mostly one of the latest.
    function _pick(uint256 seed, uint256 length) private pure returns (uint256) {
        uint256 among = seed % 4 == 0 || length < 3 ? length : 3;
        return length - 1 - (seed >> 8) % among;
    }

    function _pickClaim(uint256 which, uint256 whichClaim)
        private
        view
        returns (uint256 jobId, uint256 claimId, bool any)
    {
        if (modelJobs.length == 0) return (0, 0, false);
        jobId = _pick(which, modelJobs.length);
        uint256 claims = modelJobs[jobId].claims.length;
        if (claims == 0) return (0, 0, false);
        return (jobId, _pick(whichClaim, claims), true);
    }

    function _try(address from, address target, bytes memory call, bool allowed, string memory what) private {
        vm.prank(from);
        (bool ok,) = target.call(call);
        assertEq(ok, allowed, what);
        if (ok) done[what]++;
        else done[string.concat("no ", what)]++;
    }
}
