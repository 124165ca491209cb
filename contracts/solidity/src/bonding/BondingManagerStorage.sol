// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ManagerProxyTarget} from "../ManagerProxyTarget.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {SortedDoublyLL} from "../libraries/SortedDoublyLL.sol";

/// @title BondingManagerStorage
/// @notice All state of the BondingManager, from slot 2 on. It lives in the proxy and outlasts the code: variables are only
/// ever added in front of the gap, and members only at the end of a struct that is a mapping's value.
///
/// Stake fits 128 bits, as the token's supply does, and fees do, as all ETH does. Rounds fit 48 bits: at one a second they
/// last for nine million years.
abstract contract BondingManagerStorage is IBondingManager, ManagerProxyTarget {
    struct Delegator {
        // Own stake.
        uint128 bondedAmount;
        // Stake delegated to this address, by itself as well: the sum of what its delegators have bonded and of the rewards
        // in its pools that they have not claimed yet.
        uint128 delegatedAmount;
        // Whom it delegates to, zero when nobody.
        address delegateAddress;
        // First round it counts as bonded.
        uint48 startRound;
        // Last round whose earnings it claimed.
        uint48 lastClaimRound;
        // Wei it may take out.
        uint128 fees;
        // Round from which it may take out its stake; zero unless it unbonded. Wider than a round, to hold any sum of one
        // and the unbonding period.
        uint128 withdrawRound;
        // Own stake that was bonded again and is in `Totals.rebonded` while `rebondedEpoch` is the present epoch.
        uint128 rebondedAmount;
        uint128 rebondedEpoch;
        // Stake it lost by slashing that still has its share of the rounds up to the slash: the sum of `slashedIn` of the
        // rounds not claimed yet.
        uint128 slashed;
        mapping(uint256 round => uint256) slashedIn;
    }

    struct Transcoder {
        uint48 lastRewardRound;
        // The last round in whose active set it was; its present rates and price are those of that round.
        uint48 lastActiveRound;
        // Rates and price for the next active set.
        uint32 pendingRewardCut;
        uint32 pendingFeeShare;
        uint256 pendingPricePerSegment;
        mapping(uint256 round => TranscoderRound) rounds;
    }

    struct TranscoderRound {
        // Has stake exactly when the transcoder was in the round's active set at its start.
        EarningsPool.Data pool;
        uint256 pricePerSegment;
        // It left the active set before the round's end.
        bool resigned;
    }

    struct ActiveSet {
        // In the order of the pool, that is, by stake. Those who resigned stay in the list.
        address[] transcoders;
        // Stake of those who did not resign.
        uint128 totalStake;
        // Stake at the round's start, of which each one's part is its part of the rewards.
        uint128 initialStake;
    }

    struct Totals {
        // Bonded stake of the whole network.
        uint128 bonded;
        // Stake bonded again that joins `bonded` with the next active set.
        uint128 rebonded;
    }

    /// @inheritdoc IBondingManager
    uint64 public override unbondingPeriod;
    /// @inheritdoc IBondingManager
    uint256 public override numActiveTranscoders;
    /// @inheritdoc IBondingManager
    uint256 public override maxEarningsClaimsRounds;

    Totals internal _totals;
    /// @dev Counts how often `_totals.rebonded` joined `_totals.bonded`.
    uint256 internal _epoch;
    mapping(address delegator => Delegator) internal _delegators;
    mapping(address transcoder => Transcoder) internal _transcoders;
    mapping(uint256 round => ActiveSet) internal _activeSets;
    /// @dev Registered transcoders, by `delegatedAmount`.
    SortedDoublyLL.Data internal _pool;

    uint256[50] private __gap;
}
