// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

contract JobsFeesTest is JobsFixture {
    uint256 private constant PAYABLE = START + 1 + VERIFICATION + SLASHING;

    function setUp() public override {
        super.setUp();
        _claimed();
    }

    function _batch(uint256 a, uint256 b) private {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (a, b);
        vm.prank(transcoder);
        jobs.batchDistributeFees(0, ids);
    }

    function _notPending(uint256 claimId, IJobsManager.ClaimStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerClaimNotPending.selector, claimId, status);
    }

    function test_distributeFees_exactlyWhenTheyAreDue() public {
        rounds.setBlockNum(PAYABLE);
        _expectFees(4 * FEE, 1);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(transcoder, 0, 0, 4 * FEE);
        _distribute(0, 0);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Complete);
        assertEq(_escrow(0), 0);
        assertEq(_depositOf(broadcaster), DEPOSIT - 4 * FEE);
        assertEq(address(minter).balance, DEPOSIT, "fees stay with the Minter");
    }

    /// @dev Fees belong to the round in which the job was created, however much later they are paid.
    function test_distributeFees_toTheRoundOfTheJob() public {
        rounds.setBlockNum(PAYABLE + 5000);
        assertTrue(rounds.currentRound() > ROUND);
        _expectFees(4 * FEE, 1);
        _distribute(0, 0);
    }

    function test_distributeFees_leavesOtherClaimsAlone() public {
        _claim(0, 4, 5);
        rounds.setBlockNum(PAYABLE);
        _distribute(0, 0);
        assertEq(_escrow(0), 2 * FEE);
        _assertStatus(0, 1, IJobsManager.ClaimStatus.Pending);
    }

    /// @dev J7: whether a transcoder that is not registered can be credited is not for the JobsManager to say.
    function test_J7_distributeFees_needsNoRegistration() public {
        _setRegistered(transcoder, false);
        rounds.setBlockNum(PAYABLE);
        _expectFees(4 * FEE, 1);
        _distribute(0, 0);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Complete);
    }

    function test_distributeFees_ofNothing() public {
        rounds.setBlockNum(START);
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, 0, END);
        rounds.mineBlocks(1);
        vm.prank(transcoder);
        jobs.claimWork(1, [uint256(0), 9], bytes32(0));
        rounds.setBlockNum(PAYABLE);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(transcoder, 1, 0, 0);
        _distribute(1, 0);
        _assertStatus(1, 0, IJobsManager.ClaimStatus.Complete);
    }

    function test_revertWhen_distributeFees_areNotDue() public {
        rounds.setBlockNum(PAYABLE - 1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerFeesLocked.selector, PAYABLE, PAYABLE - 1));
        _distribute(0, 0);
    }

    function test_revertWhen_distributeFees_claimIsNotPending() public {
        _verify(0, 0, 0);
        _claim(0, 4, 5);
        rounds.setBlockNum(PAYABLE + 1);
        _distribute(0, 1);
        vm.expectRevert(_notPending(1, IJobsManager.ClaimStatus.Complete));
        _distribute(0, 1);
        _answer(0, 0, 0, false);
        vm.expectRevert(_notPending(0, IJobsManager.ClaimStatus.Slashed));
        _distribute(0, 0);
    }

    function test_revertWhen_distributeFees_isNotTheJobsTranscoder() public {
        rounds.setBlockNum(PAYABLE);
        vm.prank(stranger);
        vm.expectRevert(_notTheTranscoder(stranger));
        jobs.distributeFees(0, 0);
        uint256[] memory ids = new uint256[](1);
        vm.prank(stranger);
        vm.expectRevert(_notTheTranscoder(stranger));
        jobs.batchDistributeFees(0, ids);
    }

    function test_revertWhen_distributeFees_jobOrClaimIsUnknown() public {
        vm.expectRevert(_unknownJob(1));
        _distribute(1, 0);
        vm.expectRevert(_unknownClaim(0, 1));
        _distribute(0, 1);
    }

    function test_revertWhen_distributeFees_bondingManagerRefuses() public {
        rounds.setBlockNum(PAYABLE);
        vm.mockCallRevert(bonding, abi.encodeWithSelector(IBondingManager.updateTranscoderWithFees.selector), "refused");
        vm.expectRevert("refused");
        _distribute(0, 0);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
        assertEq(_escrow(0), 4 * FEE);
    }

    function test_batchDistributeFees_paysAll() public {
        _claim(0, 4, 5);
        _claim(0, 6, 9);
        rounds.setBlockNum(PAYABLE + 1);
        _expectFees(4 * FEE, 2);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(transcoder, 0, 2, 4 * FEE);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(transcoder, 0, 0, 4 * FEE);
        _batch(2, 0);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Complete);
        _assertStatus(0, 1, IJobsManager.ClaimStatus.Pending);
        _assertStatus(0, 2, IJobsManager.ClaimStatus.Complete);
        assertEq(_escrow(0), 2 * FEE);
    }

    function test_batchDistributeFees_allOrNothing() public {
        _claim(0, 4, 5);
        rounds.setBlockNum(PAYABLE);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerFeesLocked.selector, PAYABLE + 1, PAYABLE));
        _batch(0, 1);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
        vm.expectRevert(_notPending(0, IJobsManager.ClaimStatus.Complete));
        _batch(0, 0);
        vm.expectRevert(_unknownClaim(0, 2));
        _batch(0, 2);
        assertEq(_escrow(0), 6 * FEE);
    }

    function test_batchDistributeFees_ofNoClaims() public {
        vm.prank(stranger);
        jobs.batchDistributeFees(0, new uint256[](0));
        assertEq(_escrow(0), 4 * FEE);
    }

    function test_revertWhen_fees_paused() public {
        rounds.setBlockNum(PAYABLE);
        controller.pause();
        vm.expectRevert(_paused());
        _distribute(0, 0);
        vm.expectRevert(_paused());
        _batch(0, 0);
    }
}
