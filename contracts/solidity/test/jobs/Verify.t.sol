// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

contract VerifyTest is JobsFixture {
    /// @dev A submission: what `verify` is called with. Tests spoil one part of it.
    struct Submission {
        address caller;
        uint256 value;
        uint256 jobId;
        uint256 claimId;
        uint256 segmentNumber;
        bytes32[2] hashes;
        bytes signature;
        bytes proof;
    }

    function setUp() public override {
        super.setUp();
        _claimed();
    }

    /// @dev A submission of segment 2 of claim 0 with nothing wrong in it.
    function _good() private view returns (Submission memory) {
        return Submission(transcoder, 0, 0, 0, 2, _hashes(2), _sign(2), _proof(0, 3, 2));
    }

    function _send(Submission memory s) private {
        vm.deal(s.caller, s.value);
        vm.prank(s.caller);
        jobs.verify{value: s.value}(s.jobId, s.claimId, s.segmentNumber, "storage", s.hashes, s.signature, s.proof);
    }

    function _refuse(Submission memory s, bytes memory reason) private {
        vm.expectRevert(reason);
        _send(s);
    }

    function _verifyCall() private pure returns (bytes memory) {
        return abi.encodeCall(IVerifier.verify, (0, 0, 2, OPTIONS, "storage", _hashes(2)));
    }

    function test_verify_handsTheSegmentToTheVerifier() public {
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 2));
        vm.expectCall(verifier, 0, _verifyCall(), 1);
        vm.expectEmit(address(jobs));
        emit IJobsManager.Verify(transcoder, 0, 0, 2);
        _send(_good());
        assertTrue(jobs.isClaimSegmentVerified(0, 0, 2));
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 1));
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 3));
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 2 + 256));
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
    }

    function test_verify_eachSegmentOfAClaim() public {
        for (uint256 segment = 0; segment < 4; segment++) {
            _verify(0, 0, segment);
        }
        for (uint256 segment = 0; segment < 4; segment++) {
            assertTrue(jobs.isClaimSegmentVerified(0, 0, segment));
        }
    }

    function test_verify_paysThePrice() public {
        _setPrice(100);
        vm.expectCall(verifier, 100, _verifyCall(), 1);
        Submission memory s = _good();
        s.value = 100;
        _send(s);
        assertEq(verifier.balance, 100);
        assertEq(address(jobs).balance, 0);
    }

    function test_verify_asksForTheBlockAfterTheClaims() public {
        (,, uint256 claimBlock,,,) = jobs.getClaim(0, 0);
        assertEq(claimBlock, START + 1);
        vm.expectCall(address(rounds), abi.encodeCall(IRoundsManager.blockHash, (START + 2)), 1);
        _send(_good());
    }

    function test_verify_inTheLastBlock() public {
        rounds.setBlockNum(START + VERIFICATION);
        _send(_good());
    }

    /// @dev J4: in 2018 a segment could be submitted at any time, if need be just before somebody slashed for it.
    function test_J4_revertWhen_verify_isTooLate() public {
        uint256 end = START + 1 + VERIFICATION;
        rounds.setBlockNum(end);
        _refuse(_good(), abi.encodeWithSelector(IJobsManager.JobsManagerVerificationOver.selector, end, end));
        rounds.setBlockNum(end + 10);
        _refuse(_good(), abi.encodeWithSelector(IJobsManager.JobsManagerVerificationOver.selector, end, end + 10));
        vm.prank(stranger);
        jobs.missedVerificationSlash(0, 0, 2);
    }

    /// @dev J3: in 2018 what was sent beyond the price stayed with the JobsManager for ever.
    function test_J3_revertWhen_verify_isNotPaidExactly() public {
        Submission memory s = _good();
        s.value = 1;
        _refuse(s, abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 1, 0));
        _setPrice(100);
        s.value = 101;
        _refuse(s, abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 101, 100));
        s.value = 99;
        _refuse(s, abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 99, 100));
        s.value = 100;
        _send(s);
    }

    /// @dev U11: in 2018 the same segment could be submitted again and again.
    function test_U11_revertWhen_verify_wasSubmitted() public {
        _send(_good());
        _refuse(_good(), abi.encodeWithSelector(IJobsManager.JobsManagerSegmentSubmitted.selector, 2));
    }

    function test_revertWhen_verify_jobOrClaimIsUnknown() public {
        Submission memory s = _good();
        s.jobId = 1;
        _refuse(s, _unknownJob(1));
        s.jobId = 0;
        s.claimId = 1;
        _refuse(s, _unknownClaim(0, 1));
    }

    function test_revertWhen_verify_isNotTheJobsTranscoder() public {
        Submission memory s = _good();
        s.caller = stranger;
        _setRegistered(stranger, true);
        _refuse(s, _notTheTranscoder(stranger));
    }

    function test_revertWhen_verify_segmentIsNotInTheRange() public {
        Submission memory s = _good();
        s.segmentNumber = 4;
        _refuse(s, abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSampled.selector, 4));
    }

    /// @dev With any rate exactly those segments can be submitted whose lot is a multiple of it.
    function testFuzz_verify_exactlyTheSampled(uint64 rate, bytes32 blockHash) public {
        rate = uint64(bound(rate, 1, 6));
        jobs.setVerificationRate(rate);
        rounds.setBlockHash(blockHash);
        for (uint256 segment = 0; segment < 4; segment++) {
            uint256 lot = uint256(keccak256(abi.encode(START + 2, blockHash, segment)));
            Submission memory s = _good();
            s.segmentNumber = segment;
            (s.hashes, s.signature, s.proof) = (_hashes(segment), _sign(segment), _proof(0, 3, segment));
            if (lot % rate == 0) _send(s);
            else _refuse(s, abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSampled.selector, segment));
            assertEq(jobs.isClaimSegmentVerified(0, 0, segment), lot % rate == 0);
        }
    }

    /// @dev The hash of the challenge block is not known within that block.
    function test_revertWhen_verify_challengeBlockHasNoHashYet() public {
        vm.mockCallRevert(address(rounds), abi.encodeCall(IRoundsManager.blockHash, (START + 2)), "no hash");
        _refuse(_good(), "no hash");
    }

    function test_revertWhen_verify_isNotSignedByTheBroadcaster() public {
        Submission memory s = _good();
        bytes memory refusal = abi.encodeWithSelector(IJobsManager.JobsManagerInvalidBroadcasterSig.selector, 2);
        s.signature = _sign(1);
        _refuse(s, refusal);
        s.signature = "";
        _refuse(s, refusal);
        s = _good();
        s.hashes[0] = ~s.hashes[0];
        _refuse(s, refusal);
    }

    function test_revertWhen_verify_receiptIsNotInTheClaim() public {
        bytes memory refusal = abi.encodeWithSelector(IJobsManager.JobsManagerInvalidReceipt.selector, 2);
        Submission memory s = _good();
        s.hashes[1] = ~s.hashes[1];
        _refuse(s, refusal);
        s = _good();
        s.proof = "";
        _refuse(s, refusal);
        s.proof = bytes.concat(_proof(0, 3, 2), hex"00");
        _refuse(s, refusal);
    }

    /// @dev Signed as clients of 2018 did: the recovery id for v. The receipt is over these very bytes.
    function test_verify_signedWithARecoveryId() public {
        bytes memory signature = _sign(7);
        signature[64] = bytes1(uint8(signature[64]) - 27);
        vm.prank(transcoder);
        jobs.claimWork(0, [uint256(7), 7], _receipt(7, signature));
        rounds.mineBlocks(2);
        _send(Submission(transcoder, 0, 0, 1, 7, _hashes(7), signature, ""));
        assertTrue(jobs.isClaimSegmentVerified(0, 1, 7));
    }

    function test_revertWhen_verify_theVerifierRefuses() public {
        vm.mockCallRevert(verifier, _verifyCall(), "refused");
        _refuse(_good(), "refused");
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 2));
    }

    function test_revertWhen_verify_paused() public {
        controller.pause();
        _refuse(_good(), _paused());
    }
}
