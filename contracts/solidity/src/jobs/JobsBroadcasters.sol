// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../interfaces/IJobsManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {JobLib} from "./JobLib.sol";
import {JobsRecords} from "./JobsRecords.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title JobsBroadcasters
/// @notice What broadcasters do: deposit, create jobs, withdraw.
abstract contract JobsBroadcasters is JobsRecords, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @inheritdoc IJobsManager
    function deposit() external payable whenSystemNotPaused nonReentrant {
        broadcasters[msg.sender].deposit += msg.value;
        emit Deposit(msg.sender, msg.value);
        _minter().depositETH{value: msg.value}();
    }

    /// @inheritdoc IJobsManager
    function withdraw() external whenSystemNotPaused nonReentrant {
        Broadcaster memory account = broadcasters[msg.sender];
        uint256 blockNum = _roundsManager().blockNum();
        require(account.withdrawBlock <= blockNum, JobsManagerDepositLocked(account.withdrawBlock, blockNum));
        delete broadcasters[msg.sender];
        emit Withdraw(msg.sender);
        _minter().trustedWithdrawETH(payable(msg.sender), account.deposit);
    }

    /// @inheritdoc IJobsManager
    function job(
        string calldata streamId,
        string calldata transcodingOptions,
        uint256 maxPricePerSegment,
        uint256 endBlock
    ) external whenSystemNotPaused {
        IRoundsManager rounds = _roundsManager();
        uint256 blockNum = rounds.blockNum();
        require(endBlock > blockNum, JobsManagerInvalidEndBlock(endBlock, blockNum));
        require(
            JobLib.validTranscodingOptions(transcodingOptions), JobsManagerInvalidTranscodingOptions(transcodingOptions)
        );

        uint256 jobId = numJobs;
        numJobs = jobId + 1;
        Job storage created = _jobs[jobId];
        created.streamId = streamId;
        created.transcodingOptions = transcodingOptions;
        created.maxPricePerSegment = maxPricePerSegment;
        created.broadcaster = msg.sender;
        created.creationRound = rounds.currentRound().toUint64();
        created.creationBlock = blockNum.toUint64();
        created.endBlock = endBlock;
        Broadcaster storage account = broadcasters[msg.sender];
        if (endBlock > account.withdrawBlock) account.withdrawBlock = endBlock;
        emit NewJob(msg.sender, jobId, streamId, transcodingOptions, maxPricePerSegment, blockNum);
    }
}
