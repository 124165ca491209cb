// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";
import {stdError} from "forge-std/StdError.sol";

contract ClaimWorkTest is JobsFixture {
    bytes32 private constant ROOT = keccak256("root");

    function _claimAs(address who, uint256 jobId, uint256 first, uint256 last) private {
        vm.prank(who);
        jobs.claimWork(jobId, [first, last], ROOT);
    }

    function test_claimWork_byTheElected() public {
        _depositAndJob();
        bytes memory election =
            abi.encodeCall(IBondingManager.electActiveTranscoder, (PRICE, keccak256("block"), ROUND));
        vm.expectCall(bonding, election, 1);
        vm.expectCall(address(rounds), abi.encodeCall(IRoundsManager.blockHash, (START)), 1);
        vm.expectEmit(address(jobs));
        emit IJobsManager.NewClaim(transcoder, 0, 0);
        _claimAs(transcoder, 0, 5, 9);

        assertEq(_transcoderOf(0), transcoder);
        assertEq(_totalClaims(0), 1);
        assertEq(_escrow(0), 5 * FEE);
        assertEq(_depositOf(broadcaster), DEPOSIT - 5 * FEE);
        (uint256[2] memory range, bytes32 root, uint256 made, uint256 end, uint256 slashEnd,) = jobs.getClaim(0, 0);
        assertEq(range[0], 5);
        assertEq(range[1], 9);
        assertEq(root, ROOT);
        assertEq(made, START + 1);
        assertEq(end, START + 1 + VERIFICATION);
        assertEq(slashEnd, START + 1 + VERIFICATION + SLASHING);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Pending);
        assertEq(address(minter).balance, DEPOSIT);
    }

    function test_claimWork_laterOnesNeedNoElection() public {
        _depositAndJob();
        _claimAs(transcoder, 0, 0, 0);
        _setElected(stranger);
        rounds.mineBlocks(300);
        _claimAs(transcoder, 0, 1, 3);
        assertEq(_totalClaims(0), 2);
        assertEq(_escrow(0), 4 * FEE);
        (,, uint256 made,,,) = jobs.getClaim(0, 1);
        assertEq(made, START + 301);
    }

    function test_claimWork_rangesMayOverlap() public {
        _depositAndJob();
        _claimAs(transcoder, 0, 0, 4);
        _claimAs(transcoder, 0, 4, 4);
        assertEq(_escrow(0), 6 * FEE);
    }

    function test_claimWork_upToTheLastWei() public {
        _deposit(3 * FEE);
        _job();
        rounds.mineBlocks(1);
        _claimAs(transcoder, 0, 1, 3);
        assertEq(_depositOf(broadcaster), 0);
        assertEq(_escrow(0), 3 * FEE);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInsufficientDeposit.selector, 0, FEE));
        _claimAs(transcoder, 0, 4, 4);
    }

    function test_claimWork_forNothing() public {
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, 0, END);
        rounds.mineBlocks(1);
        _claimAs(transcoder, 0, 0, type(uint256).max / 2 - 1);
        assertEq(_escrow(0), 0);
    }

    function test_claimWork_jobsOfOneBroadcasterShareADeposit() public {
        _depositAndJob();
        rounds.setBlockNum(START);
        _job();
        rounds.mineBlocks(1);
        _claimAs(transcoder, 0, 0, 299);
        assertEq(_depositOf(broadcaster), DEPOSIT - 300 * FEE);
        vm.expectRevert(
            abi.encodeWithSelector(IJobsManager.JobsManagerInsufficientDeposit.selector, DEPOSIT - 300 * FEE, 201 * FEE)
        );
        _claimAs(transcoder, 1, 0, 200);
    }

    /// @dev A new parameter does not move the end blocks of claims already made.
    function test_claimWork_fixesItsEndBlocks() public {
        _depositAndJob();
        _claimAs(transcoder, 0, 0, 0);
        jobs.setVerificationSlashingPeriod(0);
        jobs.setVerificationPeriod(256);
        (,,, uint256 end, uint256 slashEnd,) = jobs.getClaim(0, 0);
        assertEq(end, START + 1 + VERIFICATION);
        assertEq(slashEnd, START + 1 + VERIFICATION + SLASHING);
        _claimAs(transcoder, 0, 1, 1);
        (,,, end, slashEnd,) = jobs.getClaim(0, 1);
        assertEq(end, START + 257);
        assertEq(slashEnd, START + 257);
    }

    /// @dev B5: one that lost its place in the pool still works to the end of the round it is active in.
    function test_B5_claimWork_activeButNotRegistered() public {
        _depositAndJob();
        _setRegistered(transcoder, false);
        bytes memory refusal =
            abi.encodeWithSelector(IJobsManager.JobsManagerUnregisteredTranscoder.selector, transcoder);
        vm.expectRevert(refusal);
        _claimAs(transcoder, 0, 0, 0);
        _setActive(transcoder, ROUND);
        _claimAs(transcoder, 0, 0, 0);
        rounds.setBlockNum(START + 50);
        vm.expectRevert(refusal);
        _claimAs(transcoder, 0, 1, 1);
    }

    function test_revertWhen_claimWork_byAnotherThanTheElected() public {
        _depositAndJob();
        _setRegistered(stranger, true);
        vm.expectRevert(_notTheTranscoder(stranger));
        _claimAs(stranger, 0, 0, 0);
        assertEq(_transcoderOf(0), address(0));
    }

    function test_revertWhen_claimWork_byAnotherThanTheJobsTranscoder() public {
        _depositAndJob();
        _claimAs(transcoder, 0, 0, 0);
        _setRegistered(stranger, true);
        _setElected(stranger);
        vm.expectRevert(_notTheTranscoder(stranger));
        _claimAs(stranger, 0, 1, 1);
    }

    function test_revertWhen_claimWork_nobodyIsElected() public {
        _depositAndJob();
        _setElected(address(0));
        vm.expectRevert(
            abi.encodeWithSelector(IJobsManager.JobsManagerNotTheTranscoder.selector, transcoder, address(0))
        );
        _claimAs(transcoder, 0, 0, 0);
    }

    function test_revertWhen_claimWork_isNotRegistered() public {
        _depositAndJob();
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerUnregisteredTranscoder.selector, stranger));
        _claimAs(stranger, 0, 0, 0);
    }

    function test_revertWhen_claimWork_jobIsUnknown() public {
        vm.expectRevert(_unknownJob(0));
        _claimAs(transcoder, 0, 0, 0);
    }

    function test_revertWhen_claimWork_jobIsOver() public {
        _depositAndJob();
        rounds.setBlockNum(END);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInactiveJob.selector, 0));
        _claimAs(transcoder, 0, 0, 0);
    }

    function test_claimWork_inTheLastBlockOfTheJob() public {
        _depositAndJob();
        _claimAs(transcoder, 0, 0, 0);
        rounds.setBlockNum(END - 1);
        _claimAs(transcoder, 0, 1, 1);
        assertEq(_totalClaims(0), 2);
    }

    function test_revertWhen_claimWork_rangeIsReversed() public {
        _depositAndJob();
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidSegmentRange.selector, 4, 3));
        _claimAs(transcoder, 0, 4, 3);
    }

    /// @dev The range of all numbers is one longer than the largest number: it must not count as empty.
    function test_revertWhen_claimWork_rangeIsEverything() public {
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, 0, END);
        rounds.mineBlocks(1);
        vm.expectRevert(stdError.arithmeticError);
        _claimAs(transcoder, 0, 0, type(uint256).max);
    }

    function test_revertWhen_claimWork_feesOverflow() public {
        _depositAndJob();
        vm.expectRevert(stdError.arithmeticError);
        _claimAs(transcoder, 0, 0, type(uint256).max / FEE + 1);
    }

    function test_revertWhen_claimWork_depositIsShort() public {
        _depositAndJob();
        uint256 fees = (DEPOSIT / FEE + 1) * FEE;
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInsufficientDeposit.selector, DEPOSIT, fees));
        _claimAs(transcoder, 0, 0, DEPOSIT / FEE);
    }

    /// @dev The lot is the hash of the job's block: real clocks know it from the next block on, for 256 blocks. After that a
    /// job nobody claimed is lost.
    function test_revertWhen_claimWork_isTheFirstAfter256Blocks() public {
        _deposit(DEPOSIT);
        vm.prank(broadcaster);
        jobs.job(STREAM, OPTIONS, PRICE, START + 1000);
        rounds.setBlockNum(START + 257);
        vm.expectRevert(
            abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, START, START + 257)
        );
        _claimAs(transcoder, 0, 0, 0);
        rounds.setBlockNum(START + 256);
        _claimAs(transcoder, 0, 0, 0);
    }

    function test_revertWhen_claimWork_paused() public {
        _depositAndJob();
        controller.pause();
        vm.expectRevert(_paused());
        _claimAs(transcoder, 0, 0, 0);
    }

    /// @dev What a claim moves is segments times profiles times price, from the deposit to the escrow, to the wei.
    function testFuzz_claimWork_movesItsFees(uint128 deposit, uint64 price, uint16 profiles, uint64 first, uint16 count)
        public
    {
        profiles = uint16(bound(profiles, 1, 40));
        vm.deal(broadcaster, deposit);
        _deposit(deposit);
        vm.prank(broadcaster);
        jobs.job(STREAM, string(new bytes(uint256(profiles) * 8)), price, END);
        rounds.mineBlocks(1);
        uint256 last = uint256(first) + count;
        uint256 fees = (uint256(count) + 1) * profiles * price;
        if (fees > deposit) {
            vm.expectRevert(
                abi.encodeWithSelector(IJobsManager.JobsManagerInsufficientDeposit.selector, uint256(deposit), fees)
            );
            _claimAs(transcoder, 0, first, last);
            fees = 0;
        } else {
            _claimAs(transcoder, 0, first, last);
        }
        assertEq(_escrow(0), fees);
        assertEq(_depositOf(broadcaster) + fees, deposit);
        assertEq(address(minter).balance, deposit);
    }
}
