// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Minter} from "../../src/Minter.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {AdjustableRoundsManager} from "../../src/rounds/AdjustableRoundsManager.sol";
import {PackedTree} from "./PackedTree.sol";
import {Test} from "./Test.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @dev A JobsManager with a real Minter and a clock that stands where it is set. BondingManager and Verifier are mocks
/// that answer one word of zeroes to all they were not told about. There is one broadcaster and one transcoder; every
/// segment is sampled. Fees of a segment are two profiles at PRICE.
abstract contract JobsFixture is Test {
    string internal constant STREAM = "stream";
    string internal constant OPTIONS = "41b1a0640123abcd";
    uint256 internal constant PRICE = 10;
    uint256 internal constant FEE = 2 * PRICE;
    uint256 internal constant DEPOSIT = 10_000;
    uint256 internal constant START = 1000;
    uint256 internal constant ROUND = 20;
    uint256 internal constant VERIFICATION = 100;
    uint256 internal constant SLASHING = 80;
    uint256 internal constant END = START + 500;

    Controller internal controller;
    Minter internal minter;
    AdjustableRoundsManager internal rounds;
    JobsManager internal jobs;
    address internal bonding = makeAddr("BondingManager");
    address internal verifier = makeAddr("Verifier");
    address internal broadcaster;
    uint256 internal broadcasterKey;
    address internal transcoder = makeAddr("transcoder");
    address internal stranger = makeAddr("stranger");

    function setUp() public virtual {
        controller = new Controller();
        controller.unpause();
        minter = new Minter(address(controller), 0, 0, 0);
        rounds = new AdjustableRoundsManager(address(controller));
        jobs = JobsManager(_deployJobsManager());
        _register("Minter", address(minter));
        _register("RoundsManager", address(rounds));
        _register("JobsManager", address(jobs));
        _register("BondingManager", bonding);
        _register("Verifier", verifier);
        vm.etch(bonding, hex"60206000f3");
        vm.etch(verifier, hex"60206000f3");

        rounds.setBlockNum(START);
        rounds.setRoundLength(50);
        rounds.setBlockHash(keccak256("block"));
        jobs.setVerificationRate(1);
        jobs.setVerificationPeriod(VERIFICATION);
        jobs.setVerificationSlashingPeriod(SLASHING);
        jobs.setFailedVerificationSlashAmount(1);
        jobs.setMissedVerificationSlashAmount(5000);
        jobs.setDoubleClaimSegmentSlashAmount(30_000);
        jobs.setFinderFee(50_000);

        (broadcaster, broadcasterKey) = makeAddrAndKey("broadcaster");
        vm.deal(broadcaster, DEPOSIT);
        _setRegistered(transcoder, true);
        _setElected(transcoder);
    }

    function _deployJobsManager() internal virtual returns (address) {
        return address(new JobsManager(address(controller)));
    }

    // --- the others

    function _register(string memory name, address where) internal {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    function _setRegistered(address who, bool registered) internal {
        vm.mockCall(bonding, abi.encodeCall(IBondingManager.isRegisteredTranscoder, (who)), abi.encode(registered));
    }

    function _setActive(address who, uint256 round) internal {
        vm.mockCall(bonding, abi.encodeCall(IBondingManager.isActiveTranscoder, (who, round)), abi.encode(true));
    }

    function _setElected(address who) internal {
        vm.mockCall(bonding, abi.encodeWithSelector(IBondingManager.electActiveTranscoder.selector), abi.encode(who));
    }

    function _setPrice(uint256 price) internal {
        vm.mockCall(verifier, abi.encodeCall(IVerifier.getPrice, ()), abi.encode(price));
    }

    function _expectSlash(address finder, uint256 amount, uint256 finderFee) internal {
        bytes memory slash = abi.encodeCall(IBondingManager.slashTranscoder, (transcoder, finder, amount, finderFee));
        vm.expectCall(bonding, slash, 1);
    }

    function _expectFees(uint256 fees, uint64 times) internal {
        bytes memory credit = abi.encodeCall(IBondingManager.updateTranscoderWithFees, (transcoder, fees, ROUND));
        vm.expectCall(bonding, credit, times);
    }

    // --- broadcaster and transcoder

    function _deposit(uint256 amount) internal {
        vm.prank(broadcaster);
        jobs.deposit{value: amount}();
    }

    function _job() internal returns (uint256 jobId) {
        jobId = jobs.numJobs();
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, PRICE, END);
    }

    /// @dev A deposit and a job that can be claimed.
    function _depositAndJob() internal returns (uint256 jobId) {
        _deposit(DEPOSIT);
        jobId = _job();
        rounds.mineBlocks(1);
    }

    /// @dev Claims the range with the root of its receipts.
    function _claim(uint256 jobId, uint256 first, uint256 last) internal returns (uint256 claimId) {
        claimId = _totalClaims(jobId);
        bytes32 root = PackedTree.root(_leaves(first, last));
        vm.prank(transcoder);
        jobs.claimWork(jobId, [first, last], root);
    }

    /// @dev Job 0 with claim 0 of segments 0 to 3, one block before any of them can be submitted.
    function _claimed() internal {
        _depositAndJob();
        _claim(0, 0, 3);
        rounds.mineBlocks(1);
    }

    function _verify(uint256 jobId, uint256 claimId, uint256 segmentNumber) internal {
        (uint256[2] memory range,,,,,) = jobs.getClaim(jobId, claimId);
        bytes memory proof = _proof(range[0], range[1], segmentNumber);
        bytes memory signature = _sign(segmentNumber);
        vm.prank(transcoder);
        jobs.verify(jobId, claimId, segmentNumber, "storage", _hashes(segmentNumber), signature, proof);
    }

    function _answer(uint256 jobId, uint256 claimId, uint256 segmentNumber, bool result) internal {
        vm.prank(verifier);
        jobs.receiveVerification(jobId, claimId, segmentNumber, result);
    }

    function _distribute(uint256 jobId, uint256 claimId) internal {
        vm.prank(transcoder);
        jobs.distributeFees(jobId, claimId);
    }

    // --- segments

    function _hashes(uint256 segmentNumber) internal pure returns (bytes32[2] memory) {
        return [keccak256(abi.encode("data", segmentNumber)), keccak256(abi.encode("transcoded", segmentNumber))];
    }

    function _signedHash(uint256 segmentNumber) internal pure returns (bytes32) {
        bytes memory segment = bytes.concat(bytes(STREAM), bytes32(segmentNumber), _hashes(segmentNumber)[0]);
        return MessageHashUtils.toEthSignedMessageHash(keccak256(segment));
    }

    function _sign(uint256 segmentNumber) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(broadcasterKey, _signedHash(segmentNumber));
        return bytes.concat(r, s, bytes1(v));
    }

    function _receipt(uint256 segmentNumber, bytes memory signature) internal pure returns (bytes32) {
        bytes32[2] memory hashes = _hashes(segmentNumber);
        return keccak256(bytes.concat(bytes(STREAM), bytes32(segmentNumber), hashes[0], hashes[1], signature));
    }

    /// @dev Receipts of a range, sorted.
    function _leaves(uint256 first, uint256 last) internal view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](last - first + 1);
        for (uint256 i = 0; i < leaves.length; i++) {
            bytes32 leaf = _receipt(first + i, _sign(first + i));
            uint256 at = i;
            for (; at > 0 && leaves[at - 1] > leaf; at--) {
                leaves[at] = leaves[at - 1];
            }
            leaves[at] = leaf;
        }
    }

    function _proof(uint256 first, uint256 last, uint256 segmentNumber) internal view returns (bytes memory) {
        bytes32[] memory leaves = _leaves(first, last);
        bytes32 leaf = _receipt(segmentNumber, _sign(segmentNumber));
        uint256 index = 0;
        while (index + 1 < leaves.length && leaves[index] != leaf) index++;
        return PackedTree.proof(leaves, index);
    }

    // --- what is

    function _depositOf(address who) internal view returns (uint256 deposit) {
        (deposit,) = jobs.broadcasters(who);
    }

    function _withdrawBlockOf(address who) internal view returns (uint256 withdrawBlock) {
        (, withdrawBlock) = jobs.broadcasters(who);
    }

    function _transcoderOf(uint256 jobId) internal view returns (address who) {
        (,,,, who,,,,,) = jobs.getJob(jobId);
    }

    function _endBlock(uint256 jobId) internal view returns (uint256 endBlock) {
        (,,,,,,, endBlock,,) = jobs.getJob(jobId);
    }

    function _escrow(uint256 jobId) internal view returns (uint256 escrow) {
        (,,,,,,,, escrow,) = jobs.getJob(jobId);
    }

    function _totalClaims(uint256 jobId) internal view returns (uint256 totalClaims) {
        (,,,,,,,,, totalClaims) = jobs.getJob(jobId);
    }

    function _status(uint256 jobId, uint256 claimId) internal view returns (IJobsManager.ClaimStatus status) {
        (,,,,, status) = jobs.getClaim(jobId, claimId);
    }

    function _assertStatus(uint256 jobId, uint256 claimId, IJobsManager.ClaimStatus status) internal view {
        assertEq(uint256(_status(jobId, claimId)), uint256(status));
    }

    // --- errors

    function _unauthorized(address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, caller);
    }

    function _paused() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerSystemPaused.selector);
    }

    function _unknownJob(uint256 jobId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerUnknownJob.selector, jobId);
    }

    function _unknownClaim(uint256 jobId, uint256 claimId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerUnknownClaim.selector, jobId, claimId);
    }

    function _notTheTranscoder(address caller) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerNotTheTranscoder.selector, caller, transcoder);
    }
}
