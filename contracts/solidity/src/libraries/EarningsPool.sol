// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MathUtils} from "./MathUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title EarningsPool
/// @notice What one transcoder and its delegators earned in one round. Rewards and fees are split when they are added: a
/// part of the transcoder's own, which goes with its claim, and the part that is shared by stake among all who delegate
/// to it, itself included. So it does not matter who claims first: each share is computed from what is left and from the
/// stake that has not claimed yet, and differs by rounding alone.
///
/// Amounts of LPT and wei fit 128 bits, as the supplies of both do.
library EarningsPool {
    using SafeCast for uint256;

    struct Pot {
        // The transcoder's part.
        uint128 own;
        // The part shared by stake.
        uint128 shared;
    }

    struct Data {
        // Stake delegated to the transcoder at the round's start.
        uint128 totalStake;
        // The part of it whose owners have not claimed yet.
        uint128 claimableStake;
        // LPT.
        Pot rewards;
        // Wei.
        Pot fees;
        // Part of the rewards that is the transcoder's, out of 1,000,000.
        uint32 transcoderRewardCut;
        // Part of the fees that is shared, out of 1,000,000.
        uint32 transcoderFeeShare;
    }

    /// @notice Sets stake and rates as a round begins. What the pool has already stays as it is.
    function init(Data storage self, uint256 stake, uint256 rewardCut, uint256 feeShare) internal {
        self.totalStake = stake.toUint128();
        self.claimableStake = stake.toUint128();
        self.transcoderRewardCut = rewardCut.toUint32();
        self.transcoderFeeShare = feeShare.toUint32();
    }

    /// @notice Whether the pool had stake when its round began.
    function isInitialized(Data storage self) internal view returns (bool) {
        return self.totalStake != 0;
    }

    /// @notice Whether there is stake that has not claimed yet.
    function hasClaimableShares(Data storage self) internal view returns (bool) {
        return self.claimableStake != 0;
    }

    /// @notice Rewards not claimed yet, in LPT.
    function rewardPool(Data storage self) internal view returns (uint256) {
        return uint256(self.rewards.own) + self.rewards.shared;
    }

    /// @notice Fees not claimed yet, in wei.
    function feePool(Data storage self) internal view returns (uint256) {
        return uint256(self.fees.own) + self.fees.shared;
    }

    /// @notice Splits rewards by the pool's rate. With nobody left to share, all of it is the transcoder's.
    function splitRewards(Data storage self, uint256 amount) internal view returns (uint256 own, uint256 shared) {
        if (!hasClaimableShares(self)) return (amount, 0);
        own = MathUtils.percOf(amount, self.transcoderRewardCut);
        shared = amount - own;
    }

    /// @notice Splits fees by the pool's rate. With nobody left to share, all of it is the transcoder's.
    function splitFees(Data storage self, uint256 amount) internal view returns (uint256 own, uint256 shared) {
        if (!hasClaimableShares(self)) return (amount, 0);
        shared = MathUtils.percOf(amount, self.transcoderFeeShare);
        own = amount - shared;
    }

    /// @notice Adds to the rewards.
    function addRewards(Data storage self, uint256 own, uint256 shared) internal {
        _add(self.rewards, own, shared);
    }

    /// @notice Adds to the fees.
    function addFees(Data storage self, uint256 own, uint256 shared) internal {
        _add(self.fees, own, shared);
    }

    /// @notice The rewards due to `stake`, and to the transcoder as such.
    function rewardPoolShare(Data storage self, uint256 stake, bool isTranscoder) internal view returns (uint256) {
        (uint256 own, uint256 shared) = _share(self.rewards, stake, self.claimableStake, isTranscoder);
        return own + shared;
    }

    /// @notice The fees due to `stake`, and to the transcoder as such.
    function feePoolShare(Data storage self, uint256 stake, bool isTranscoder) internal view returns (uint256) {
        (uint256 own, uint256 shared) = _share(self.fees, stake, self.claimableStake, isTranscoder);
        return own + shared;
    }

    /// @notice Takes out what is due to `stake`, and to the transcoder as such. Reverts if not so much stake is left. In a
    /// pool without claimable stake there is nothing to share; what is the transcoder's it gets all the same.
    function claimShare(Data storage self, uint256 stake, bool isTranscoder)
        internal
        returns (uint256 fees, uint256 rewards)
    {
        uint256 claimable = self.claimableStake;
        fees = _claim(self.fees, stake, claimable, isTranscoder);
        rewards = _claim(self.rewards, stake, claimable, isTranscoder);
        if (claimable != 0) self.claimableStake = (claimable - stake).toUint128();
    }

    function _add(Pot storage pot, uint256 own, uint256 shared) private {
        (pot.own, pot.shared) = ((pot.own + own).toUint128(), (pot.shared + shared).toUint128());
    }

    function _claim(Pot storage pot, uint256 stake, uint256 claimable, bool isTranscoder) private returns (uint256) {
        (uint256 own, uint256 shared) = _share(pot, stake, claimable, isTranscoder);
        if (own != 0 || shared != 0) {
            (pot.own, pot.shared) = ((pot.own - own).toUint128(), (pot.shared - shared).toUint128());
        }
        return own + shared;
    }

    function _share(Pot storage pot, uint256 stake, uint256 claimable, bool isTranscoder)
        private
        view
        returns (uint256 own, uint256 shared)
    {
        if (isTranscoder) own = pot.own;
        if (claimable != 0) shared = MathUtils.percOf(pot.shared, stake, claimable);
    }
}
