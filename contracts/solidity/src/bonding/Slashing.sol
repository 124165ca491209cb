// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {MathUtils} from "../libraries/MathUtils.sol";
import {StakeLedger} from "./StakeLedger.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Slashing
/// @notice What a transcoder at fault loses: part of its own stake, wherever it is delegated, bonded or not. What it earned
/// and has not claimed yet it keeps.
abstract contract Slashing is StakeLedger, ReentrancyGuardTransient {
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
        _keepShares(its, penalty, round);
    }

    /// @dev What the stake earned until now it has earned: it keeps its share of the rounds that were not claimed yet. Their
    /// pools count it, and without it that share would be nobody's. The pool of a round that was not initialized yet will
    /// not count it.
    function _keepShares(Delegator storage its, uint256 penalty, uint256 round) private {
        uint256 last = _roundsManager().currentRoundInitialized() ? round : round - 1;
        if (last <= its.lastClaimRound) return;
        its.slashed = (its.slashed + penalty).toUint128();
        its.slashedIn[last] += penalty;
    }
}
