// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {MathUtils} from "../libraries/MathUtils.sol";
import {StakeLedger} from "./StakeLedger.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Slashing
/// @notice What a transcoder at fault loses: part of its own stake, wherever it is delegated, bonded or not.
abstract contract Slashing is StakeLedger, ReentrancyGuardTransient {
    using EarningsPool for EarningsPool.Data;
    using SafeCast for uint256;

    /// @inheritdoc IBondingManager
    function slashTranscoder(address transcoder_, address finder, uint256 slashAmount, uint256 finderFee)
        external
        whenSystemNotPaused
        onlyJobsManager
        nonReentrant
    {
        uint256 bonded = _delegators[transcoder_].bondedAmount;
        if (bonded == 0) {
            emit TranscoderSlashed(transcoder_, finder, 0, 0);
            return;
        }
        uint256 penalty = MathUtils.percOf(bonded, slashAmount);
        uint256 finderReward = finder == address(0) ? 0 : MathUtils.percOf(penalty, finderFee);
        _takePenalty(transcoder_, penalty);
        emit TranscoderSlashed(transcoder_, finder, penalty, finderReward);

        IMinter minter = _minter();
        if (finder != address(0)) minter.trustedTransferTokens(finder, finderReward);
        minter.trustedBurnTokens(penalty - finderReward);
    }

    function _takePenalty(address transcoder_, uint256 penalty) private {
        uint256 round = _currentRound();
        Delegator storage its = _delegators[transcoder_];
        its.bondedAmount = (its.bondedAmount - penalty).toUint128();
        _resign(transcoder_, round);
        address delegate = its.delegateAddress;
        if (delegate == address(0)) return;

        _decreaseTotalBonded(its, penalty);
        _decreaseDelegation(delegate, penalty, round);
        _leavePools(delegate, its.lastClaimRound, round, penalty);
    }

    /// @dev Takes the penalty out of the pools that were to be shared with it, or its share would be nobody's. Of the latest
    /// rounds only, as many as one claim may span: a transcoder that never claims must not make its slashing too dear.
    function _leavePools(address delegate, uint256 lastClaimRound, uint256 round, uint256 penalty) private {
        uint256 first = Math.max(lastClaimRound, Math.saturatingSub(round, maxEarningsClaimsRounds)) + 1;
        for (; first <= round; first++) {
            _transcoders[delegate].rounds[first].pool.removeStake(penalty);
        }
    }
}
