// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {StakeLedger} from "./StakeLedger.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Earnings
/// @notice How delegators come to what they earned: round by round, from their delegate's pools. Rewards become stake and
/// count in the rounds after. The delegate's sums know of them since `reward`, so a claim changes none of those.
abstract contract Earnings is StakeLedger {
    using EarningsPool for EarningsPool.Data;
    using SafeCast for uint256;

    /// @inheritdoc IBondingManager
    function claimEarnings(uint256 endRound) external whenSystemNotPaused {
        _checkEndRound(msg.sender, endRound, _initializedRound());
        _claimEarnings(msg.sender, endRound);
    }

    /// @inheritdoc IBondingManager
    function pendingStake(address delegator, uint256 endRound) external view returns (uint256 stake) {
        (stake,) = _pendingEarnings(delegator, endRound);
    }

    /// @inheritdoc IBondingManager
    function pendingFees(address delegator, uint256 endRound) external view returns (uint256 fees) {
        (, fees) = _pendingEarnings(delegator, endRound);
    }

    /// @inheritdoc IBondingManager
    function getTranscoderEarningsPoolForRound(address transcoder_, uint256 round)
        external
        view
        returns (uint256 rewardPool, uint256 feePool, uint256 totalStake, uint256 claimableStake)
    {
        EarningsPool.Data storage pool = _transcoders[transcoder_].rounds[round].pool;
        return (pool.rewardPool(), pool.feePool(), pool.totalStake, pool.claimableStake);
    }

    /// @dev Claims through `endRound`, which is not before the last claim. Without a delegate the rounds are skipped.
    function _claimEarnings(address account, uint256 endRound) internal {
        Delegator storage delegator = _delegators[account];
        address delegate = delegator.delegateAddress;
        if (delegate != address(0)) {
            uint256 lastClaimRound = delegator.lastClaimRound;
            uint256 rounds = endRound - lastClaimRound;
            require(rounds <= maxEarningsClaimsRounds, BondingManagerTooManyRounds(rounds, maxEarningsClaimsRounds));
            _claimRounds(delegator, account, delegate, endRound);
        }
        delegator.lastClaimRound = endRound.toUint48();
    }

    function _claimRounds(Delegator storage delegator, address account, address delegate, uint256 endRound) private {
        uint256 bonded = delegator.bondedAmount;
        uint256 slashed = delegator.slashed;
        uint256 stake = bonded;
        uint256 fees = 0;
        for (uint256 round = delegator.lastClaimRound + 1; round <= endRound; round++) {
            EarningsPool.Data storage pool = _transcoders[delegate].rounds[round].pool;
            (uint256 roundFees, uint256 roundRewards) = pool.claimShare(stake + slashed, account == delegate);
            stake += roundRewards;
            fees += roundFees;
            if (slashed != 0) slashed -= delegator.slashedIn[round];
        }
        if (slashed != delegator.slashed) delegator.slashed = slashed.toUint128();
        if (stake == bonded && fees == 0) return;

        delegator.bondedAmount = stake.toUint128();
        delegator.fees = (delegator.fees + fees).toUint128();
        emit EarningsClaimed(delegate, account, stake - bonded, fees, endRound);
    }

    /// @dev Stake and fees after a claim through `endRound`.
    function _pendingEarnings(address account, uint256 endRound) private view returns (uint256 stake, uint256 fees) {
        _checkEndRound(account, endRound, _currentRound());
        Delegator storage delegator = _delegators[account];
        address delegate = delegator.delegateAddress;
        (stake, fees) = (delegator.bondedAmount, delegator.fees);
        if (delegate == address(0)) return (stake, fees);

        uint256 slashed = delegator.slashed;
        for (uint256 round = delegator.lastClaimRound + 1; round <= endRound; round++) {
            EarningsPool.Data storage pool = _transcoders[delegate].rounds[round].pool;
            fees += pool.feePoolShare(stake + slashed, account == delegate);
            stake += pool.rewardPoolShare(stake + slashed, account == delegate);
            if (slashed != 0) slashed -= delegator.slashedIn[round];
        }
    }

    function _checkEndRound(address account, uint256 endRound, uint256 currentRound) private view {
        uint256 lastClaimRound = _delegators[account].lastClaimRound;
        require(
            lastClaimRound < endRound && endRound <= currentRound,
            BondingManagerInvalidEndRound(endRound, lastClaimRound, currentRound)
        );
    }
}
