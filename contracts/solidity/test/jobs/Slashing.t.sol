// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

contract MissedVerificationSlashTest is JobsFixture {
    uint256 private constant FROM = START + 1 + VERIFICATION;
    uint256 private constant UNTIL = FROM + SLASHING;

    function setUp() public override {
        super.setUp();
        _claimed();
    }

    function _slash(uint256 claimId, uint256 segmentNumber) private {
        vm.prank(stranger);
        jobs.missedVerificationSlash(0, claimId, segmentNumber);
    }

    function _outside(uint256 blockNum) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerOutsideSlashingPeriod.selector, FROM, UNTIL, blockNum);
    }

    function test_missedVerificationSlash_returnsTheFees() public {
        rounds.setBlockNum(FROM + 1);
        _expectSlash(stranger, 5000, 50_000);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 0, 4 * FEE);
        _slash(0, 1);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
        assertEq(_depositOf(broadcaster), DEPOSIT);
        assertEq(_escrow(0), 0);
        assertEq(_endBlock(0), FROM + 1);
        assertEq(_withdrawBlockOf(broadcaster), END);
    }

    function test_missedVerificationSlash_withinItsPeriod() public {
        rounds.setBlockNum(FROM - 1);
        vm.expectRevert(_outside(FROM - 1));
        _slash(0, 1);
        rounds.setBlockNum(UNTIL);
        vm.expectRevert(_outside(UNTIL));
        _slash(0, 1);
        uint256 state = vm.snapshotState();
        rounds.setBlockNum(FROM);
        _slash(0, 1);
        vm.revertToState(state);
        rounds.setBlockNum(UNTIL - 1);
        _slash(0, 1);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
    }

    function test_U8_missedVerificationSlash_usesTheParametersOfNow() public {
        jobs.setMissedVerificationSlashAmount(77);
        jobs.setFinderFee(88);
        rounds.setBlockNum(FROM);
        _expectSlash(stranger, 77, 88);
        _slash(0, 1);
    }

    function test_revertWhen_missedVerificationSlash_wasSubmitted() public {
        _verify(0, 0, 1);
        rounds.setBlockNum(FROM);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentSubmitted.selector, 1));
        _slash(0, 1);
        _slash(0, 2);
    }

    function test_revertWhen_missedVerificationSlash_needNotBeVerified() public {
        rounds.setBlockNum(FROM);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSampled.selector, 4));
        _slash(0, 4);
        jobs.setVerificationRate(type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotSampled.selector, 1));
        _slash(0, 1);
    }

    function test_revertWhen_missedVerificationSlash_claimIsNotPending() public {
        _verify(0, 0, 2);
        rounds.setBlockNum(FROM);
        _slash(0, 1);
        bytes memory notPending = abi.encodeWithSelector(
            IJobsManager.JobsManagerClaimNotPending.selector, 0, IJobsManager.ClaimStatus.Slashed
        );
        vm.expectRevert(notPending);
        _slash(0, 1);
        vm.expectRevert(notPending);
        _slash(0, 3);
    }

    function test_revertWhen_missedVerificationSlash_jobOrClaimIsUnknown() public {
        rounds.setBlockNum(FROM);
        vm.expectRevert(_unknownJob(1));
        jobs.missedVerificationSlash(1, 0, 1);
        vm.expectRevert(_unknownClaim(0, 1));
        jobs.missedVerificationSlash(0, 1, 1);
    }

    function test_revertWhen_missedVerificationSlash_paused() public {
        rounds.setBlockNum(FROM);
        controller.pause();
        vm.expectRevert(_paused());
        _slash(0, 1);
    }
}

contract DoubleClaimSegmentSlashTest is JobsFixture {
    /// @dev Claims 0 to 3: segments 0 to 3, 3 to 5, 6 to 6, 0 to 9.
    function setUp() public override {
        super.setUp();
        _claimed();
        _claim(0, 3, 5);
        _claim(0, 6, 6);
        _claim(0, 0, 9);
    }

    function _slash(uint256 claimId1, uint256 claimId2, uint256 segmentNumber) private {
        vm.prank(stranger);
        jobs.doubleClaimSegmentSlash(0, claimId1, claimId2, segmentNumber);
    }

    function _notClaimed(uint256 claimId, uint256 segmentNumber) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerSegmentNotClaimed.selector, claimId, segmentNumber);
    }

    /// @dev Claims 0 and 1 were paid, 2 and 3 are Pending.
    function _payTheFirstTwo() private {
        rounds.setBlockNum(START + 2 + VERIFICATION + SLASHING);
        _distribute(0, 0);
        _distribute(0, 1);
    }

    function test_doubleClaimSegmentSlash_atAnyTime() public {
        rounds.mineBlocks(1000);
        _expectSlash(stranger, 30_000, 50_000);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 0, 4 * FEE);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 1, 3 * FEE);
        _slash(0, 1, 3);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
        _assertStatus(0, 1, IJobsManager.ClaimStatus.Slashed);
        assertEq(_endBlock(0), START + 1002);
    }

    function test_doubleClaimSegmentSlash_inEitherOrder() public {
        _slash(3, 2, 6);
        _assertStatus(0, 2, IJobsManager.ClaimStatus.Slashed);
        _assertStatus(0, 3, IJobsManager.ClaimStatus.Slashed);
    }

    function test_doubleClaimSegmentSlash_atBothEndsOfTheRanges() public {
        uint256 state = vm.snapshotState();
        _slash(0, 3, 0);
        vm.revertToState(state);
        _slash(3, 0, 3);
        vm.revertToState(state);
        _slash(1, 3, 5);
        _assertStatus(0, 1, IJobsManager.ClaimStatus.Slashed);
    }

    function test_U8_doubleClaimSegmentSlash_usesTheParametersOfNow() public {
        jobs.setDoubleClaimSegmentSlashAmount(77);
        jobs.setFinderFee(88);
        _expectSlash(stranger, 77, 88);
        _slash(0, 1, 3);
    }

    /// @dev J1: in 2018 anyone could slash any transcoder for contradicting itself, with one claim given twice.
    function test_J1_revertWhen_doubleClaimSegmentSlash_isOneClaim() public {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSameClaim.selector, 0));
        _slash(0, 0, 3);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
    }

    function test_revertWhen_doubleClaimSegmentSlash_isInOneRangeOnly() public {
        vm.expectRevert(_notClaimed(1, 2));
        _slash(0, 1, 2);
        vm.expectRevert(_notClaimed(1, 2));
        _slash(1, 0, 2);
        vm.expectRevert(_notClaimed(0, 4));
        _slash(0, 1, 4);
        vm.expectRevert(_notClaimed(0, 4));
        _slash(1, 0, 4);
    }

    function test_revertWhen_doubleClaimSegmentSlash_claimWasSlashed() public {
        _slash(0, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerClaimSlashed.selector, 0));
        _slash(0, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerClaimSlashed.selector, 1));
        _slash(3, 1, 3);
    }

    /// @dev J5: in 2018 claims that were paid long ago could still be slashed.
    function test_J5_revertWhen_doubleClaimSegmentSlash_bothWerePaid() public {
        _payTheFirstTwo();
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerClaimsComplete.selector, 0, 1));
        _slash(0, 1, 3);
    }

    function test_J5_doubleClaimSegmentSlash_whileOneIsPending() public {
        _payTheFirstTwo();
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 1, 0);
        vm.expectEmit(address(jobs));
        emit IJobsManager.ClaimSlashed(transcoder, 0, 3, 10 * FEE);
        _slash(1, 3, 4);
        assertEq(_escrow(0), FEE, "claim 2");
        assertEq(_depositOf(broadcaster), DEPOSIT - 8 * FEE);
    }

    function test_J5_doubleClaimSegmentSlash_whileTheFirstIsPending() public {
        _payTheFirstTwo();
        _slash(3, 1, 4);
        _assertStatus(0, 1, IJobsManager.ClaimStatus.Slashed);
        _assertStatus(0, 3, IJobsManager.ClaimStatus.Slashed);
    }

    /// @dev J6: in 2018 a slash returned the whole escrow; other claims stayed Pending and could never be paid.
    function test_J6_otherClaimsCanStillBePaid() public {
        _slash(0, 1, 3);
        assertEq(_escrow(0), 11 * FEE);
        assertEq(_depositOf(broadcaster), DEPOSIT - 11 * FEE);
        vm.prank(transcoder);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInactiveJob.selector, 0));
        jobs.claimWork(0, [uint256(20), 20], bytes32(0));

        rounds.setBlockNum(START + 2 + VERIFICATION + SLASHING);
        _expectFees(FEE, 1);
        _distribute(0, 2);
        _expectFees(10 * FEE, 1);
        _distribute(0, 3);
        assertEq(_escrow(0), 0);
        assertEq(_depositOf(broadcaster), DEPOSIT - 11 * FEE);
    }

    /// @dev With no other claims the deposit is whole again.
    function test_J6_twoClaimsReturnAllOfTheEscrow() public {
        _slash(0, 1, 3);
        _slash(2, 3, 6);
        assertEq(_escrow(0), 0);
        assertEq(_depositOf(broadcaster), DEPOSIT);
    }

    function test_revertWhen_doubleClaimSegmentSlash_jobOrClaimIsUnknown() public {
        vm.expectRevert(_unknownJob(1));
        jobs.doubleClaimSegmentSlash(1, 0, 1, 3);
        vm.expectRevert(_unknownClaim(0, 4));
        jobs.doubleClaimSegmentSlash(0, 4, 0, 3);
        vm.expectRevert(_unknownClaim(0, 4));
        jobs.doubleClaimSegmentSlash(0, 0, 4, 3);
    }

    function test_revertWhen_doubleClaimSegmentSlash_paused() public {
        controller.pause();
        vm.expectRevert(_paused());
        _slash(0, 1, 3);
    }
}
