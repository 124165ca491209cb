// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsActors} from "./JobsActors.sol";

/// @dev Defects of claims: who is slashed for what, and where the fees go.
contract ClaimDefectsTest is JobsActors {
    uint256 internal constant STAKE = 1000 ether;
    uint256 internal activeRound;

    /// @dev Tom works alone, with Ann's stake behind his: 1,000 and 500 LPT.
    function setUp() public override {
        super.setUp();
        _stand(tom, STAKE);
        _bond(ann, STAKE / 2, tom);
        activeRound = _nextRound(1);
    }

    /// @dev Anyone could name one claim twice and take an honest transcoder's stake for the finder's fee.
    function test_J1_theSameClaimTwiceIsNotADoubleClaim() public {
        uint256 jobId = _job();
        uint256 claimId = _claimWork(tom, jobId, 0, 3);
        uint256 endBlock = _endBlock(jobId);

        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSameClaim.selector, claimId));
        _doubleClaim(jobId, claimId, claimId, 2);

        assertEq(_bonded(tom), STAKE);
        assertTrue(bonding.isRegisteredTranscoder(tom));
        assertEq(token.balanceOf(finder), 0);
        _assertClaim(jobId, claimId, IJobsManager.ClaimStatus.Pending);
        assertEq(_escrow(jobId), 4 * PRICE);
        assertEq(_endBlock(jobId), endBlock);

        _endSlashing(jobId, claimId);
        _distribute(tom, jobId, claimId);
        assertEq(_pool(tom, activeRound).feePool, 4 * PRICE);
    }

    /// @dev Two claims of a segment, both paid, could be slashed at any time after.
    function test_J5_claimsLongPaidAreNotSlashed() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 3, 5);
        _endSlashing(jobId, 1);
        _distribute(tom, jobId, 0);
        _distribute(tom, jobId, 1);
        _nextRound(9);

        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerClaimsComplete.selector, 0, 1));
        _doubleClaim(jobId, 0, 1, 3);

        assertEq(_bonded(tom), STAKE);
        assertEq(token.balanceOf(finder), 0);
        _assertClaim(jobId, 0, IJobsManager.ClaimStatus.Complete);
        _assertClaim(jobId, 1, IJobsManager.ClaimStatus.Complete);
    }

    /// @dev While one of the two is open the fault still counts, whichever is named first; what was paid stays paid.
    function test_J5_anOpenClaimIsSlashedWithAPaidOne() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        vm.roll(block.number + 10);
        _claimWork(tom, jobId, 3, 5);
        _endSlashing(jobId, 0);
        _distribute(tom, jobId, 0);
        assertEq(_deposit(), DEPOSIT - 7 * PRICE);

        _doubleClaim(jobId, 1, 0, 3);

        assertEq(_bonded(tom), 700 ether);
        assertEq(token.balanceOf(finder), 15 ether);
        assertEq(_deposit(), DEPOSIT - 4 * PRICE, "three segments come back, four were paid");
        assertEq(_escrow(jobId), 0);
        _assertClaim(jobId, 0, IJobsManager.ClaimStatus.Slashed);
        _assertClaim(jobId, 1, IJobsManager.ClaimStatus.Slashed);
        assertEq(_pool(tom, activeRound).feePool, 4 * PRICE);
    }

    /// @dev A missed segment of one claim took the escrow of the whole job: its other claims could not be paid.
    function test_J6_aMissedSegmentLeavesTheOtherClaimsTheirFees() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 4, 9);
        assertEq(_escrow(jobId), 10 * PRICE);
        _endVerification(jobId, 0);

        _missed(jobId, 0, 2);

        assertEq(_escrow(jobId), 6 * PRICE);
        assertEq(_deposit(), DEPOSIT - 6 * PRICE);
        assertEq(_endBlock(jobId), block.number, "the job is over");
        _assertOtherClaimIsPaid(jobId, 1, 6 * PRICE);
    }

    function test_J6_aFailedSegmentLeavesTheOtherClaimsTheirFees() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 4, 9);
        vm.roll(block.number + 2);
        _verify(tom, jobId, 0, 0, 0);

        vm.prank(solver);
        verifier.__callback(0, "wrong");

        assertEq(_bonded(tom), 900 ether);
        assertEq(_escrow(jobId), 6 * PRICE);
        assertEq(_deposit(), DEPOSIT - 6 * PRICE);
        assertEq(_endBlock(jobId), block.number);
        _assertOtherClaimIsPaid(jobId, 1, 6 * PRICE);
    }

    function test_J6_aDoubleClaimLeavesTheOtherClaimsTheirFees() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 3, 4);
        _claimWork(tom, jobId, 10, 19);
        assertEq(_escrow(jobId), 16 * PRICE);

        _doubleClaim(jobId, 0, 1, 3);

        assertEq(_escrow(jobId), 10 * PRICE);
        assertEq(_deposit(), DEPOSIT - 10 * PRICE);
        assertEq(_endBlock(jobId), block.number);
        _assertOtherClaimIsPaid(jobId, 2, 10 * PRICE);
    }

    /// @dev A slashed claim was refunded once: not a second time with the next slash of the job.
    function test_J6_aRefundIsMadeOnce() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 4, 9);
        _endVerification(jobId, 0);
        _missed(jobId, 0, 2);

        vm.expectRevert(
            abi.encodeWithSelector(
                IJobsManager.JobsManagerClaimNotPending.selector, 0, IJobsManager.ClaimStatus.Slashed
            )
        );
        _missed(jobId, 0, 3);
        _missed(jobId, 1, 4);

        assertEq(_escrow(jobId), 0);
        assertEq(_deposit(), DEPOSIT);
        assertEq(_bonded(tom), 640 ether, "a fifth of 1,000, then a fifth of 800");
        vm.roll(block.number + 1000);
        vm.prank(broadcaster);
        jobs.withdraw();
        assertEq(broadcaster.balance, DEPOSIT);
        assertEq(address(minter).balance, 0);
    }

    /// @dev A transcoder that left could not be paid: its fees and its delegators' stayed in escrow.
    function test_J7_aTranscoderThatLeftIsPaidForItsWork() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 9);
        _unbond(tom);
        assertFalse(bonding.isRegisteredTranscoder(tom));
        _endSlashing(jobId, 0);
        rounds.initializeRound();

        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(tom, jobId, 0, 10 * PRICE);
        vm.expectEmit(address(bonding));
        emit IBondingManager.FeesAdded(tom, activeRound, 10 * PRICE);
        _distribute(tom, jobId, 0);

        assertEq(_escrow(jobId), 0);
        _assertClaim(jobId, 0, IJobsManager.ClaimStatus.Complete);
        // Tom claimed the round as he unbonded: his half is his at once, the other half is for Ann, who has not.
        assertEq(_fees(tom), 5 * PRICE);
        _claim(ann);
        assertEq(_fees(ann), 5 * PRICE);
        vm.prank(tom);
        bonding.withdrawFees();
        vm.prank(ann);
        bonding.withdrawFees();
        assertEq(tom.balance, 5 * PRICE);
        assertEq(ann.balance, 5 * PRICE);
        assertEq(address(minter).balance, DEPOSIT - 10 * PRICE);
    }

    /// @dev Slashed for one job, paid for another.
    function test_J7_aSlashedTranscoderIsPaidForItsOtherJobs() public {
        uint256 bad = _job();
        _claimWork(tom, bad, 0, 0);
        _claimWork(tom, bad, 0, 1);
        uint256 good = _job();
        _claimWork(tom, good, 0, 7);
        _doubleClaim(bad, 0, 1, 0);
        assertFalse(bonding.isRegisteredTranscoder(tom));

        _endSlashing(good, 0);
        _distribute(tom, good, 0);

        assertEq(_pool(tom, activeRound).feePool, 8 * PRICE);
        rounds.initializeRound();
        _claim(tom);
        _claim(ann);
        assertEq(_fees(tom) + _fees(ann), 8 * PRICE);
        // Of the shared half two thirds are Tom's: the stake he lost worked in that round, too.
        assertEq(_fees(tom), 4 * PRICE + (4 * PRICE * uint256(2)) / 3);
    }

    /// @dev Where nobody could claim them fees are still refused.
    function test_J7_feesWithoutAnOwnerAreRefused() public {
        _unbond(tom);
        vm.expectRevert(
            abi.encodeWithSelector(IBondingManager.BondingManagerNoEarningsPool.selector, tom, activeRound + 1)
        );
        vm.prank(address(jobs));
        bonding.updateTranscoderWithFees(tom, 1 ether, activeRound + 1);
    }

    /// @dev Tom was slashed and lost his place; what he did besides is paid to him and Ann, to the last wei.
    function _assertOtherClaimIsPaid(uint256 jobId, uint256 claimId, uint256 fees) private {
        _assertClaim(jobId, claimId, IJobsManager.ClaimStatus.Pending);
        _endSlashing(jobId, claimId);
        _distribute(tom, jobId, claimId);
        assertEq(_escrow(jobId), 0);
        assertEq(_pool(tom, activeRound).feePool, fees);
        rounds.initializeRound();
        _claim(tom);
        _claim(ann);
        assertEq(_fees(tom) + _fees(ann), fees);
        assertEq(_pool(tom, activeRound).feePool, 0);
        vm.prank(tom);
        bonding.withdrawFees();
        vm.prank(ann);
        bonding.withdrawFees();
        assertEq(tom.balance + ann.balance, fees);
        assertEq(address(minter).balance, _deposit());
    }
}
