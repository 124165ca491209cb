// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {DefectsFixture} from "./DefectsFixture.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @dev A broadcaster with a deposit and what it and its transcoders do. A segment costs one ETH. Claims are made with the
/// receipt of their first segment as root, so that this one can be submitted with an empty proof.
abstract contract JobsActors is DefectsFixture {
    string internal constant STREAM = "stream";
    string internal constant OPTIONS = "41b1a064";
    uint256 internal constant PRICE = 1 ether;
    uint256 internal constant DEPOSIT = 100 ether;

    address internal broadcaster;
    uint256 internal broadcasterKey;

    function setUp() public virtual override {
        super.setUp();
        (broadcaster, broadcasterKey) = makeAddrAndKey("broadcaster");
        vm.deal(broadcaster, DEPOSIT);
        vm.prank(broadcaster);
        jobs.deposit{value: DEPOSIT}();
    }

    // --- what they do

    /// @dev A job of the next block, claimable from the block after; it lasts a thousand blocks.
    function _job() internal returns (uint256 jobId) {
        vm.roll(block.number + 1);
        jobId = jobs.numJobs();
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, PRICE, block.number + 1000);
        vm.roll(block.number + 1);
    }

    function _claimWork(address who, uint256 jobId, uint256 first, uint256 last) internal returns (uint256 claimId) {
        (,,,,,,,,, claimId) = jobs.getJob(jobId);
        bytes32 root = _receipt(first, _sign(first));
        vm.prank(who);
        jobs.claimWork(jobId, [first, last], root);
    }

    /// @dev Submits the first segment of a claim.
    function _verify(address who, uint256 jobId, uint256 claimId, uint256 segment, uint256 value) internal {
        bytes memory signature = _sign(segment);
        vm.deal(who, value);
        vm.prank(who);
        jobs.verify{value: value}(jobId, claimId, segment, "storage", _hashes(segment), signature, "");
    }

    function _distribute(address who, uint256 jobId, uint256 claimId) internal {
        vm.prank(who);
        jobs.distributeFees(jobId, claimId);
    }

    function _missed(uint256 jobId, uint256 claimId, uint256 segment) internal {
        vm.prank(finder);
        jobs.missedVerificationSlash(jobId, claimId, segment);
    }

    function _doubleClaim(uint256 jobId, uint256 claim1, uint256 claim2, uint256 segment) internal {
        vm.prank(finder);
        jobs.doubleClaimSegmentSlash(jobId, claim1, claim2, segment);
    }

    /// @dev To the block in which the claim's segments can not be submitted any more.
    function _endVerification(uint256 jobId, uint256 claimId) internal {
        (,,, uint256 endBlock,,) = jobs.getClaim(jobId, claimId);
        vm.roll(endBlock);
    }

    /// @dev To the block in which the claim can be paid.
    function _endSlashing(uint256 jobId, uint256 claimId) internal {
        (,,,, uint256 endBlock,) = jobs.getClaim(jobId, claimId);
        vm.roll(endBlock);
    }

    // --- segments

    function _hashes(uint256 segment) internal pure returns (bytes32[2] memory) {
        return [keccak256(abi.encode("data", segment)), keccak256(abi.encode("transcoded", segment))];
    }

    /// @dev What a solver finds for a segment that was transcoded well.
    function _answer(uint256 segment) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(_hashes(segment)));
    }

    function _signParts(uint256 segment) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 hash = keccak256(bytes.concat(bytes(STREAM), bytes32(segment), _hashes(segment)[0]));
        return vm.sign(broadcasterKey, MessageHashUtils.toEthSignedMessageHash(hash));
    }

    function _sign(uint256 segment) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = _signParts(segment);
        return bytes.concat(r, s, bytes1(v));
    }

    function _receipt(uint256 segment, bytes memory signature) internal pure returns (bytes32) {
        bytes32[2] memory hashes = _hashes(segment);
        return keccak256(bytes.concat(bytes(STREAM), bytes32(segment), hashes[0], hashes[1], signature));
    }

    // --- what is

    function _deposit() internal view returns (uint256 deposit) {
        (deposit,) = jobs.broadcasters(broadcaster);
    }

    function _escrow(uint256 jobId) internal view returns (uint256 escrow) {
        (,,,,,,,, escrow,) = jobs.getJob(jobId);
    }

    function _endBlock(uint256 jobId) internal view returns (uint256 endBlock) {
        (,,,,,,, endBlock,,) = jobs.getJob(jobId);
    }

    function _assertClaim(uint256 jobId, uint256 claimId, IJobsManager.ClaimStatus expected) internal view {
        (,,,,, IJobsManager.ClaimStatus status) = jobs.getClaim(jobId, claimId);
        assertEq(uint256(status), uint256(expected), "claim status");
    }
}
