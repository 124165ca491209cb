// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

contract ReceiveVerificationTest is JobsFixture {
    function setUp() public override {
        super.setUp();
        _claimed();
        _verify(0, 0, 2);
    }

    function test_receiveVerification_passed() public {
        vm.expectCall(bonding, abi.encodeWithSelector(IBondingManager.slashTranscoder.selector), 0);
        vm.expectEmit(address(jobs));
        emit IJobsManager.PassedVerification(transcoder, 0, 0, 2);
        _answer(0, 0, 2, true);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
        assertEq(_escrow(0), 4 * FEE);
        assertEq(_endBlock(0), END);
    }

    function test_receiveVerification_failed() public {
        rounds.mineBlocks(3);
        _expectSlash(address(0), 1, 0);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 0, 4 * FEE);
        vm.expectEmit(address(jobs));
        emit IJobsManager.FailedVerification(transcoder, 0, 0, 2);
        _answer(0, 0, 2, false);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
        assertEq(_escrow(0), 0);
        assertEq(_depositOf(broadcaster), DEPOSIT);
        assertEq(_endBlock(0), START + 5);
        assertEq(_withdrawBlockOf(broadcaster), END, "stays");
        assertEq(uint256(jobs.jobStatus(0)), uint256(IJobsManager.JobStatus.Inactive));
        assertEq(address(minter).balance, DEPOSIT);
    }

    /// @dev The amount is read when it is used: governance can act at once (U8).
    function test_U8_receiveVerification_slashesByTheParameterOfNow() public {
        jobs.setFailedVerificationSlashAmount(777);
        _expectSlash(address(0), 777, 0);
        _answer(0, 0, 2, false);
    }

    /// @dev A late answer about a claim that was paid: nothing returns to the broadcaster, the transcoder is slashed.
    function test_receiveVerification_failedAfterTheClaimWasPaid() public {
        rounds.setBlockNum(START + 1 + VERIFICATION + SLASHING);
        _distribute(0, 0);
        _expectSlash(address(0), 1, 0);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 0, 0);
        _answer(0, 0, 2, false);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
        assertEq(_depositOf(broadcaster), DEPOSIT - 4 * FEE);
        assertEq(_escrow(0), 0);
        assertEq(_endBlock(0), START + 1 + VERIFICATION + SLASHING);
    }

    function test_receiveVerification_passedAfterTheClaimWasPaid() public {
        rounds.setBlockNum(START + 1 + VERIFICATION + SLASHING);
        _distribute(0, 0);
        _answer(0, 0, 2, true);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Complete);
    }

    function test_revertWhen_receiveVerification_claimWasSlashed() public {
        _verify(0, 0, 1);
        _answer(0, 0, 2, false);
        bytes memory slashed = abi.encodeWithSelector(IJobsManager.JobsManagerClaimSlashed.selector, 0);
        vm.expectRevert(slashed);
        _answer(0, 0, 1, false);
        vm.expectRevert(slashed);
        _answer(0, 0, 1, true);
    }

    function test_revertWhen_receiveVerification_wasNotSubmitted() public {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSubmitted.selector, 1));
        _answer(0, 0, 1, true);
    }

    function test_revertWhen_receiveVerification_jobOrClaimIsUnknown() public {
        vm.expectRevert(_unknownJob(1));
        _answer(1, 0, 2, true);
        vm.expectRevert(_unknownClaim(0, 1));
        _answer(0, 1, 2, true);
    }

    function test_revertWhen_receiveVerification_isNotTheVerifier() public {
        vm.prank(transcoder);
        vm.expectRevert(_unauthorized(transcoder));
        jobs.receiveVerification(0, 0, 2, true);
    }

    function test_revertWhen_receiveVerification_paused() public {
        controller.pause();
        vm.expectRevert(_paused());
        _answer(0, 0, 2, true);
    }
}
