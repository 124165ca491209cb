// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";

/// @dev The many values of two getters of a BondingManager, each by its name.
abstract contract BondingViews {
    struct Stake {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 withdrawRound;
        uint256 lastClaimRound;
    }

    struct Pool {
        uint256 rewardPool;
        uint256 feePool;
        uint256 totalStake;
        uint256 claimableStake;
    }

    function _stakeWith(IBondingManager manager, address who) internal view returns (Stake memory a) {
        (
            a.bondedAmount,
            a.fees,
            a.delegateAddress,
            a.delegatedAmount,
            a.startRound,
            a.withdrawRound,
            a.lastClaimRound
        ) = manager.getDelegator(who);
    }

    function _poolWith(IBondingManager manager, address who, uint256 round) internal view returns (Pool memory p) {
        (p.rewardPool, p.feePool, p.totalStake, p.claimableStake) =
            manager.getTranscoderEarningsPoolForRound(who, round);
    }
}
