// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @dev A broadcaster that is a contract and, when it is paid, tries everything that moves ETH once more.
contract GreedyBroadcaster {
    JobsManager private immutable JOBS;
    uint256 public refused;

    constructor(JobsManager jobs) payable {
        JOBS = jobs;
    }

    receive() external payable {
        _try(abi.encodeCall(JOBS.withdraw, ()));
        _try(abi.encodeCall(JOBS.deposit, ()));
        _try(abi.encodeCall(JOBS.distributeFees, (0, 0)));
        _try(abi.encodeCall(JOBS.batchDistributeFees, (0, new uint256[](1))));
        _try(abi.encodeCall(JOBS.missedVerificationSlash, (0, 0, 0)));
        _try(abi.encodeCall(JOBS.doubleClaimSegmentSlash, (0, 0, 1, 0)));
        bytes32[2] memory hashes;
        _try(abi.encodeCall(JOBS.verify, (0, 0, 0, "", hashes, "", "")));
    }

    function deposit() external {
        JOBS.deposit{value: address(this).balance}();
    }

    function withdraw() external {
        JOBS.withdraw();
    }

    function _try(bytes memory data) private {
        (bool done, bytes memory reason) = address(JOBS).call(data);
        bytes memory reentrant = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        if (!done && keccak256(reason) == keccak256(reentrant)) refused++;
    }
}

contract BroadcastersTest is JobsFixture {
    // --- deposit

    function test_deposit_isWithTheMinter() public {
        vm.expectEmit(address(jobs));
        emit IJobsManager.Deposit(broadcaster, 300);
        vm.expectCall(address(minter), 300, abi.encodeCall(IMinter.depositETH, ()), 1);
        _deposit(300);
        _deposit(200);
        assertEq(_depositOf(broadcaster), 500);
        assertEq(address(minter).balance, 500);
        assertEq(address(jobs).balance, 0);
        assertEq(_withdrawBlockOf(broadcaster), 0);
    }

    function test_deposit_ofNothing() public {
        _deposit(0);
        assertEq(_depositOf(broadcaster), 0);
    }

    /// @dev By the JobsManager itself, not only by the Minter it calls.
    function test_revertWhen_deposit_paused() public {
        vm.mockCall(address(minter), abi.encodeCall(IMinter.depositETH, ()), abi.encode(true));
        controller.pause();
        vm.prank(broadcaster);
        vm.expectRevert(_paused());
        jobs.deposit{value: 1}();
    }

    /// @dev ETH without a call does not get in: nobody would own it.
    function test_revertWhen_etherComesWithoutACall() public {
        vm.prank(broadcaster);
        (bool taken,) = address(jobs).call{value: 1}("");
        assertFalse(taken);
    }

    // --- withdraw

    function test_withdraw_exactlyAtTheWithdrawBlock() public {
        _depositAndJob();
        rounds.setBlockNum(END);
        vm.expectEmit(address(jobs));
        emit IJobsManager.Withdraw(broadcaster);
        vm.prank(broadcaster);
        jobs.withdraw();
        assertEq(broadcaster.balance, DEPOSIT);
        assertEq(address(minter).balance, 0);
        assertEq(_depositOf(broadcaster), 0);
        assertEq(_withdrawBlockOf(broadcaster), 0);
    }

    function test_withdraw_ofNothing() public {
        vm.prank(stranger);
        jobs.withdraw();
        assertEq(stranger.balance, 0);
    }

    function test_withdraw_onlyOnes() public {
        _deposit(700);
        vm.deal(stranger, 300);
        vm.prank(stranger);
        jobs.deposit{value: 300}();
        vm.startPrank(broadcaster);
        jobs.withdraw();
        jobs.withdraw();
        assertEq(broadcaster.balance, DEPOSIT);
        assertEq(_depositOf(stranger), 300);
        assertEq(address(minter).balance, 300);
    }

    function test_revertWhen_withdraw_beforeTheWithdrawBlock() public {
        _depositAndJob();
        rounds.setBlockNum(END - 1);
        vm.prank(broadcaster);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerDepositLocked.selector, END, END - 1));
        jobs.withdraw();
    }

    /// @dev By the JobsManager itself, not only by the Minter it calls.
    function test_revertWhen_withdraw_paused() public {
        vm.mockCall(address(minter), abi.encodeWithSelector(IMinter.trustedWithdrawETH.selector), "");
        controller.pause();
        vm.expectRevert(_paused());
        jobs.withdraw();
    }

    function test_withdraw_canNotBeReentered() public {
        GreedyBroadcaster greedy = new GreedyBroadcaster{value: 500}(jobs);
        greedy.deposit();
        _deposit(500);
        greedy.withdraw();
        assertEq(greedy.refused(), 7);
        assertEq(address(greedy).balance, 500);
        assertEq(address(minter).balance, 500);
    }

    // --- job

    function test_job_isStored() public {
        vm.expectEmit(address(jobs));
        emit IJobsManager.NewJob(broadcaster, 0, STREAM, OPTIONS, PRICE, START);
        _job();
        assertEq(jobs.numJobs(), 1);
        {
            (uint256 id, string memory stream, string memory options, uint256 price, address who,,,,,) = jobs.jobs(0);
            assertEq(id, 0);
            assertEq(stream, STREAM);
            assertEq(options, OPTIONS);
            assertEq(price, PRICE);
            assertEq(who, broadcaster);
        }
        (,,,,, address worker, uint256 round, uint256 number, uint256 end, uint256 escrow) = jobs.jobs(0);
        assertEq(worker, address(0));
        assertEq(round, ROUND);
        assertEq(number, START);
        assertEq(end, END);
        assertEq(escrow, 0);
    }

    function test_job_needsNoDeposit() public {
        vm.expectEmit(address(jobs));
        emit IJobsManager.NewJob(stranger, 0, "", "12345678", type(uint256).max, START);
        vm.prank(stranger);
        jobs.job("", "12345678", type(uint256).max, type(uint256).max);
        assertEq(_withdrawBlockOf(stranger), type(uint256).max);
    }

    function test_job_numbersGoOn() public {
        assertEq(_job(), 0);
        assertEq(_job(), 1);
        vm.prank(stranger);
        jobs.job("other", OPTIONS, 1, START + 1);
        (uint256 id, string memory stream,,,,,,,,) = jobs.jobs(2);
        assertEq(id, 2);
        assertEq(stream, "other");
    }

    function test_job_theLatestEndDecidesWhenToWithdraw() public {
        vm.startPrank(broadcaster);
        jobs.job(STREAM, OPTIONS, PRICE, START + 10);
        assertEq(_withdrawBlockOf(broadcaster), START + 10);
        jobs.job(STREAM, OPTIONS, PRICE, START + 5);
        assertEq(_withdrawBlockOf(broadcaster), START + 10);
        jobs.job(STREAM, OPTIONS, PRICE, START + 11);
        assertEq(_withdrawBlockOf(broadcaster), START + 11);
    }

    function test_revertWhen_job_endsAtOnce() public {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidEndBlock.selector, START, START));
        jobs.job(STREAM, OPTIONS, PRICE, START);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidEndBlock.selector, 0, START));
        jobs.job(STREAM, OPTIONS, PRICE, 0);
        jobs.job(STREAM, OPTIONS, PRICE, START + 1);
    }

    function test_revertWhen_job_hasInvalidOptions() public {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidTranscodingOptions.selector, ""));
        jobs.job(STREAM, "", PRICE, END);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidTranscodingOptions.selector, "bar"));
        jobs.job(STREAM, "bar", PRICE, END);
    }

    function test_revertWhen_job_paused() public {
        controller.pause();
        vm.expectRevert(_paused());
        jobs.job(STREAM, OPTIONS, PRICE, END);
    }

    // --- views

    function test_jobStatus_untilTheEndBlock() public {
        _job();
        assertEq(uint256(jobs.jobStatus(0)), uint256(IJobsManager.JobStatus.Active));
        rounds.setBlockNum(END - 1);
        assertEq(uint256(jobs.jobStatus(0)), uint256(IJobsManager.JobStatus.Active));
        rounds.setBlockNum(END);
        assertEq(uint256(jobs.jobStatus(0)), uint256(IJobsManager.JobStatus.Inactive));
        assertEq(uint256(jobs.jobStatus(1)), uint256(IJobsManager.JobStatus.Inactive));
    }

    /// @dev Word for word what 2018 answered: eight zeroes and two empty strings.
    function test_anUnknownJobIsAllZero() public {
        _job();
        (bool answered, bytes memory answer) = address(jobs).staticcall(abi.encodeCall(jobs.jobs, (1)));
        assertTrue(answered);
        assertEq(answer, abi.encode(0, "", "", 0, 0, 0, 0, 0, 0, 0));
        (answered, answer) = address(jobs).staticcall(abi.encodeCall(jobs.getJob, (1)));
        assertTrue(answered);
        assertEq(answer, abi.encode("", "", 0, 0, 0, 0, 0, 0, 0, 0));
    }

    function test_revertWhen_claimsOfUnknownJobsAreAsked() public {
        vm.expectRevert(_unknownJob(0));
        jobs.getClaim(0, 0);
        vm.expectRevert(_unknownJob(0));
        jobs.isClaimSegmentVerified(0, 0, 0);
        _job();
        vm.expectRevert(_unknownClaim(0, 0));
        jobs.getClaim(0, 0);
        vm.expectRevert(_unknownClaim(0, 0));
        jobs.isClaimSegmentVerified(0, 0, 0);
    }
}
