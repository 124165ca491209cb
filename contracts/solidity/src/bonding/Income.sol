// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {Earnings} from "./Earnings.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Income
/// @notice What comes in for a transcoder and its delegators: the reward of a round, and fees.
///
/// Delegators who claimed a round before its income arrives have no part in it; it is for those who have not. The
/// transcoder's own part is never lost: if it can not claim that round any more, its stake and its fees are credited at
/// once, and so is all of it when nobody is left to share.
abstract contract Income is Earnings {
    using EarningsPool for EarningsPool.Data;
    using SafeCast for uint256;

    /// @inheritdoc IBondingManager
    function reward() external whenSystemNotPaused {
        uint256 round = _initializedRound();
        require(isActiveTranscoder(msg.sender, round), BondingManagerNotActive(msg.sender, round));
        Transcoder storage its = _transcoders[msg.sender];
        require(its.lastRewardRound != round, BondingManagerAlreadyRewarded(msg.sender, round));
        its.lastRewardRound = round.toUint48();

        EarningsPool.Data storage pool = its.rounds[round].pool;
        uint256 amount = _minter().createReward(pool.totalStake, _activeSets[round].initialStake);
        _addRewards(msg.sender, pool, amount, round);
        emit Reward(msg.sender, amount);
    }

    /// @inheritdoc IBondingManager
    function updateTranscoderWithFees(address transcoder_, uint256 fees, uint256 round)
        external
        whenSystemNotPaused
        onlyJobsManager
    {
        EarningsPool.Data storage pool = _transcoders[transcoder_].rounds[round].pool;
        require(
            pool.isInitialized() || isRegisteredTranscoder(transcoder_),
            BondingManagerNoEarningsPool(transcoder_, round)
        );
        (uint256 own, uint256 shared) = pool.splitFees(fees);
        // In a round in which it was not active all fees are its own. It claims them as it claims the round.
        if (!pool.isInitialized() || _canClaim(transcoder_, round)) {
            pool.addFees(own, shared);
        } else {
            Delegator storage account = _delegators[transcoder_];
            account.fees = (account.fees + own).toUint128();
            pool.addFees(0, shared);
        }
        emit FeesAdded(transcoder_, round, fees);
    }

    function _addRewards(address transcoder_, EarningsPool.Data storage pool, uint256 amount, uint256 round) private {
        (uint256 own, uint256 shared) = pool.splitRewards(amount);
        _increaseTotalBonded(amount);
        if (_canClaim(transcoder_, round)) {
            pool.addRewards(own, shared);
            _increaseDelegation(transcoder_, amount);
            return;
        }
        pool.addRewards(0, shared);
        _increaseDelegation(transcoder_, shared);
        if (own != 0) _creditStake(transcoder_, own, round);
    }

    /// @dev Adds to the account's own stake, wherever it is delegated. What it has not claimed yet is claimed first, or its
    /// new stake would count in rounds before: that concerns a transcoder which moved its stake to another while others
    /// still delegate to it. An active transcoder has a delegate, or it would have resigned.
    function _creditStake(address account, uint256 amount, uint256 round) private {
        _claimEarnings(account, round);
        Delegator storage delegator = _delegators[account];
        delegator.bondedAmount = (delegator.bondedAmount + amount).toUint128();
        _increaseDelegation(delegator.delegateAddress, amount);
    }

    /// @dev Whether the transcoder will claim the round from its own pool: it delegates to itself and has not yet. Whoever
    /// comes back to itself later has skipped the round by then.
    function _canClaim(address transcoder_, uint256 round) private view returns (bool) {
        Delegator storage account = _delegators[transcoder_];
        return account.delegateAddress == transcoder_ && account.lastClaimRound < round;
    }
}
