// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {ILivepeerVerifier} from "../../src/interfaces/ILivepeerVerifier.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {IdentityVerifier} from "../../src/verification/IdentityVerifier.sol";
import {JobsActors} from "./JobsActors.sol";
import {PaidVerifier, RequestReader} from "./VerifierProbes.sol";

/// @dev Defects and choices of verification: who may answer, what is paid, until when, with which signatures.
contract VerificationDefectsTest is JobsActors {
    address internal secondSolver = makeAddr("second solver");

    /// @dev Tom works alone.
    function setUp() public override {
        super.setUp();
        verifier.addSolver(secondSolver);
        _stand(tom, 1000 ether);
        _nextRound(1);
    }

    /// @dev The second of two answers was read as one for job 0, claim 0, segment 0, and slashed the transcoder of job 0.
    function test_V1_theSecondAnswerToARequestSlashesNobody() public {
        _submitted();
        _submitted();
        vm.prank(solver);
        verifier.__callback(0, _answer(0));
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.Callback(1, 1, 0, 0, true);
        vm.prank(solver);
        verifier.__callback(1, _answer(0));

        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierUnknownRequest.selector, 1));
        vm.prank(secondSolver);
        verifier.__callback(1, _answer(0));

        _assertNobodySlashed();
    }

    function test_V1_anAnswerToNoRequestSlashesNobody() public {
        _submitted();
        _submitted();
        for (uint256 requestId = 2; requestId < 5; requestId++) {
            vm.expectRevert(
                abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierUnknownRequest.selector, requestId)
            );
            vm.prank(secondSolver);
            verifier.__callback(requestId, 0);
        }
        _assertNobodySlashed();
    }

    /// @dev While the JobsManager hears the answer the request is gone already.
    function test_V1_theRequestIsErasedBeforeTheAnswerIsPassedOn() public {
        RequestReader reader = new RequestReader(verifier);
        _register("JobsManager", address(reader));
        vm.prank(address(reader));
        verifier.verify(7, 8, 9, OPTIONS, "storage", _hashes(9));
        (,,, bytes32 commitHash) = verifier.requests(0);
        assertEq(commitHash, _answer(9));

        vm.prank(solver);
        verifier.__callback(0, _answer(9));

        assertTrue(reader.heard());
        assertEq(reader.seenCommitHash(), 0);
        assertEq(reader.seenJobId(), 0);
    }

    /// @dev What was sent above the price stayed in the JobsManager.
    function test_J3_onlyThePriceItselfIsTaken() public {
        PaidVerifier paid = new PaidVerifier(100);
        _register("Verifier", address(paid));
        _claimed();

        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 150, 100));
        _verify(tom, 0, 0, 0, 150);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 99, 100));
        _verify(tom, 0, 0, 0, 99);
        _verify(tom, 0, 0, 0, 100);

        assertEq(address(jobs).balance, 0);
        assertEq(address(paid).balance, 100);
        assertEq(tom.balance, 0);
    }

    function test_J3_aFreeVerifierTakesNothing() public {
        _claimed();
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerWrongPayment.selector, 1, 0));
        _verify(tom, 0, 0, 0, 1);
        _verify(tom, 0, 0, 0, 0);
        assertEq(address(jobs).balance, 0);
        assertEq(address(verifier).balance, 0);
    }

    /// @dev A transcoder could wait until somebody was about to slash it, and submit then.
    function test_J4_aSegmentCanNotBeSubmittedOnceItCanBeSlashed() public {
        _claimed();
        _endVerification(0, 0);

        vm.expectRevert(
            abi.encodeWithSelector(IJobsManager.JobsManagerVerificationOver.selector, block.number, block.number)
        );
        _verify(tom, 0, 0, 0, 0);
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 0));
        _missed(0, 0, 0);

        assertEq(_bonded(tom), 800 ether);
        assertEq(token.balanceOf(finder), 10 ether);
        assertEq(_deposit(), DEPOSIT);
    }

    function test_J4_theLastBlockBeforeIsEarlyEnough() public {
        _claimed();
        _endVerification(0, 0);
        vm.roll(block.number - 1);
        _verify(tom, 0, 0, 0, 0);

        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentSubmitted.selector, 0));
        _missed(0, 0, 0);
        assertEq(_bonded(tom), 1000 ether);
    }

    /// @dev One segment could be submitted any number of times, each for the solvers to answer.
    function test_U11_aSegmentIsSubmittedOnce() public {
        _claimed();
        _verify(tom, 0, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentSubmitted.selector, 0));
        _verify(tom, 0, 0, 0, 0);
        assertEq(verifier.requestCount(), 1);
    }

    /// @dev There was no way to be rid of a solver.
    function test_U12_aSolverThatWasRemovedAnswersNothing() public {
        _claimed();
        _verify(tom, 0, 0, 0, 0);
        verifier.removeSolver(solver);
        assertFalse(verifier.isSolver(solver));
        assertEq(verifier.solvers(0), secondSolver);

        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierUnknownSolver.selector, solver));
        vm.prank(solver);
        verifier.__callback(0, "wrong");
        assertEq(_bonded(tom), 1000 ether);

        // Others still can answer what he left open.
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.Callback(0, 0, 0, 0, true);
        vm.prank(secondSolver);
        verifier.__callback(0, _answer(0));
    }

    /// @dev Ether sent to a verifier that asks for none would have stayed there.
    function test_U12_verifiersWithoutAPriceTakeNoEther() public {
        IVerifier[2] memory verifiers = [IVerifier(verifier), new IdentityVerifier(address(controller))];
        vm.deal(address(jobs), 2);
        for (uint256 i = 0; i < 2; i++) {
            assertEq(verifiers[i].getPrice(), 0);
            vm.expectRevert(abi.encodeWithSelector(IVerifier.VerifierUnexpectedValue.selector, 1));
            vm.prank(address(jobs));
            verifiers[i].verify{value: 1}(0, 0, 0, OPTIONS, "storage", _hashes(0));
        }
    }

    /// @dev The receipt joins stream and signature without lengths: a signature of any other length is refused first.
    function test_U13_aSignatureHas65Bytes() public {
        _claimed();
        bytes memory signature = _sign(0);
        _assertRefused(bytes.concat(signature, hex"00"));
        _assertRefused("");
        bytes memory shortened = new bytes(64);
        for (uint256 i = 0; i < 64; i++) {
            shortened[i] = signature[i];
        }
        _assertRefused(shortened);
    }

    /// @dev Of the two signatures that fit a key and a message, only the one with the low s counts.
    function test_U14_theTwinOfASignatureIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = _signParts(0);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory twin = bytes.concat(r, bytes32(order - uint256(s)), bytes1(v == 27 ? 28 : 27));
        _claimedWith(twin);
        _assertRefused(twin);
    }

    function test_U14_theRecoveryIdItselfIsAccepted() public {
        (uint8 v, bytes32 r, bytes32 s) = _signParts(0);
        bytes memory signature = bytes.concat(r, s, bytes1(v - 27));
        _claimedWith(signature);
        vm.prank(tom);
        jobs.verify(0, 0, 0, "storage", _hashes(0), signature, "");
        assertTrue(jobs.isClaimSegmentVerified(0, 0, 0));
    }

    function test_U14_noOtherRecoveryIdIsAccepted() public {
        (uint8 v, bytes32 r, bytes32 s) = _signParts(0);
        bytes memory signature = bytes.concat(r, s, bytes1(v + 2));
        _claimedWith(signature);
        _assertRefused(signature);
    }

    // --- helpers

    /// @dev A job of Tom's with one claim of one segment, which can be submitted.
    function _claimed() private returns (uint256 jobId) {
        jobId = _job();
        _claimWork(tom, jobId, 0, 0);
        vm.roll(block.number + 2);
    }

    function _submitted() private returns (uint256 jobId) {
        jobId = _claimed();
        _verify(tom, jobId, 0, 0, 0);
    }

    /// @dev Job 0 with a claim whose root is the receipt with this signature.
    function _claimedWith(bytes memory signature) private {
        _job();
        vm.prank(tom);
        jobs.claimWork(0, [uint256(0), 0], _receipt(0, signature));
        vm.roll(block.number + 2);
    }

    function _assertRefused(bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidBroadcasterSig.selector, 0));
        vm.prank(tom);
        jobs.verify(0, 0, 0, "storage", _hashes(0), signature, "");
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 0));
    }

    /// @dev Jobs 0 and 1 go on, their fees in escrow, their transcoder at work.
    function _assertNobodySlashed() private view {
        assertEq(_bonded(tom), 1000 ether);
        assertTrue(bonding.isRegisteredTranscoder(tom));
        assertEq(token.totalSupply(), SUPPLY);
        for (uint256 jobId = 0; jobId < 2; jobId++) {
            _assertClaim(jobId, 0, IJobsManager.ClaimStatus.Pending);
            assertEq(_escrow(jobId), PRICE);
            assertGt(_endBlock(jobId), block.number);
        }
    }
}
