// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManagerProxyTarget} from "./IManagerProxyTarget.sol";

/// @title IBondingManager
/// @notice Stake, the pool of transcoders, the active set of each round, rewards, fees and slashing. All bonded LPT and
/// all ETH are with the Minter; here is only who owns what of it. Amounts of stake are LPT base units, fees and prices
/// are wei, rates are out of 1,000,000, times are round numbers.
///
/// Besides the errors named here, any function may pass on those of IManager, MathUtils, SortedDoublyLL, the token and
/// the Minter.
interface IBondingManager is IManagerProxyTarget {
    /// @notice Pending: bonds from a later round on. Unbonded: never bonded, or may withdraw its stake.
    enum DelegatorStatus {
        Pending,
        Bonded,
        Unbonding,
        Unbonded
    }

    /// @notice Registered: in the pool of transcoders.
    enum TranscoderStatus {
        NotRegistered,
        Registered
    }

    /// @notice A transcoder announced its rates and price; `registered` tells whether it is in the pool now.
    event TranscoderUpdate(
        address indexed transcoder,
        uint256 pendingRewardCut,
        uint256 pendingFeeShare,
        uint256 pendingPricePerSegment,
        bool registered
    );
    /// @notice One with more stake took the last place of the full pool. Active, it stays so to the round's end, unless it
    /// resigns.
    event TranscoderEvicted(address indexed transcoder);
    /// @notice A transcoder left the pool and the active set, whichever it was in: it unbonded, was slashed, or nothing is
    /// delegated to it any more.
    event TranscoderResigned(address indexed transcoder);
    /// @notice A transcoder lost `penalty` LPT, `finderReward` of it to `finder`; the rest was burned.
    event TranscoderSlashed(address indexed transcoder, address finder, uint256 penalty, uint256 finderReward);
    /// @notice A transcoder and its delegators got `amount` newly minted LPT.
    event Reward(address indexed transcoder, uint256 amount);
    /// @notice `delegator` bonds to `delegate`.
    event Bond(address indexed delegate, address indexed delegator);
    /// @notice `delegator` no longer bonds to `delegate`.
    event Unbond(address indexed delegate, address indexed delegator);
    /// @notice `delegator` took out its stake.
    event WithdrawStake(address indexed delegator);
    /// @notice `delegator` took out its fees.
    event WithdrawFees(address indexed delegator);
    /// @notice A transcoder and its delegators earned `fees` wei in `round`.
    event FeesAdded(address indexed transcoder, uint256 indexed round, uint256 fees);
    /// @notice `rewards` LPT were added to the stake of `delegator` and `fees` wei to its fees: its share of what
    /// `delegate` earned up to `endRound`.
    event EarningsClaimed(
        address indexed delegate, address indexed delegator, uint256 rewards, uint256 fees, uint256 endRound
    );

    /// @notice The current round was not initialized yet.
    error BondingManagerRoundNotInitialized();
    /// @notice The active set can not be larger than the pool.
    error BondingManagerActiveSetTooLarge(uint256 numActiveTranscoders, uint256 numTranscoders);
    /// @notice A transcoder must delegate stake of its own to itself.
    error BondingManagerNotSelfBonded(address transcoder);
    /// @notice `transcoder` is not in the pool.
    error BondingManagerNotRegistered(address transcoder);
    /// @notice While the round is locked the rates must stay as announced.
    error BondingManagerRatesLocked(uint256 pendingRewardCut, uint256 pendingFeeShare);
    /// @notice While the round is locked the price must be between `floor` and `ceiling`.
    error BondingManagerPriceOutOfRange(uint256 pricePerSegment, uint256 floor, uint256 ceiling);
    /// @notice There is nothing to bond.
    error BondingManagerNothingToBond(address delegator);
    /// @notice Stake must be bonded to somebody.
    error BondingManagerNoDelegate();
    /// @notice `delegator` is not bonded.
    error BondingManagerNotBonded(address delegator, DelegatorStatus status);
    /// @notice `delegator` is not unbonded yet.
    error BondingManagerNotUnbonded(address delegator, DelegatorStatus status);
    /// @notice `delegator` has no stake to take out.
    error BondingManagerNoStake(address delegator);
    /// @notice `delegator` has no fees to take out.
    error BondingManagerNoFees(address delegator);
    /// @notice `endRound` is not after `lastClaimRound` or is after `currentRound`.
    error BondingManagerInvalidEndRound(uint256 endRound, uint256 lastClaimRound, uint256 currentRound);
    /// @notice Earnings of `rounds` rounds can not be claimed at once, only those of `maximum`: claim them in portions.
    error BondingManagerTooManyRounds(uint256 rounds, uint256 maximum);
    /// @notice `transcoder` is not in the active set of `round`.
    error BondingManagerNotActive(address transcoder, uint256 round);
    /// @notice `transcoder` had its reward of `round` already.
    error BondingManagerAlreadyRewarded(address transcoder, uint256 round);
    /// @notice Nobody can own fees of `transcoder` in `round`: it is not registered and was not active then.
    error BondingManagerNoEarningsPool(address transcoder, uint256 round);

    // --- parameters: controller owner only, at any time

    /// @notice Sets the rounds between `unbond` and `withdrawStake`, for those that unbond from now on.
    function setUnbondingPeriod(uint64 newPeriod) external;

    /// @notice Sets the places in the pool of transcoders. It can only grow.
    /// @param newNumber more than now, and so not less than `numActiveTranscoders`. Bounds what a search for a place in the
    /// pool and for its lowest price may cost
    function setNumTranscoders(uint256 newNumber) external;

    /// @notice Sets the places in the active sets of the rounds to come.
    /// @param newNumber at most the places in the pool. Bounds what `initializeRound` may cost
    function setNumActiveTranscoders(uint256 newNumber) external;

    /// @notice Sets how many rounds one claim of earnings may span.
    /// @param newMaximum rounds. Bounds what a claim may cost
    function setMaxEarningsClaimsRounds(uint256 newMaximum) external;

    // --- for everyone, while the system runs and the current round is initialized

    /// @notice Announces rates and price as a transcoder, and enters the pool if there is a place or the last in it has
    /// less stake. They take effect when it next enters an active set. The caller must delegate stake of its own to
    /// itself. While the round is locked only one in the pool may call, and only to lower its price, not below the
    /// lowest in the pool.
    /// @param rewardCut part of the rewards it keeps, out of 1,000,000
    /// @param feeShare part of the fees its delegators get, out of 1,000,000
    /// @param pricePerSegment lowest price of a segment, in wei
    function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment) external;

    /// @notice Bonds to `to`: `amount` more, all there is already when `to` is another than before, and stake not
    /// withdrawn yet. Stake that moves bonds from the next round on; a transcoder that nothing is left with resigns. Claims
    /// earnings through the current round first. Stake bonded again before it was withdrawn counts in `getTotalBonded` from
    /// the next active set on.
    /// @param amount LPT taken from the caller, who approved this contract; may be zero if something else is bonded
    /// @param to the delegate, not zero; need not be a transcoder
    function bond(uint256 amount, address to) external;

    /// @notice Ends the bond of all of the caller's stake, which can be withdrawn after `unbondingPeriod` rounds.
    /// Claims earnings through the current round first. A transcoder in the pool, or evicted but still active, resigns.
    function unbond() external;

    /// @notice Takes out the stake of an unbonded caller.
    function withdrawStake() external;

    /// @notice Takes out the caller's fees. Claims earnings through the current round first.
    function withdrawFees() external;

    /// @notice Claims the caller's earnings, round by round: rewards become stake and count for the rounds after.
    /// @param endRound last round to claim; after the last one claimed, at most the current one, and at most
    /// `maxEarningsClaimsRounds` after the last one claimed if the caller has a delegate
    function claimEarnings(uint256 endRound) external;

    /// @notice Mints the caller's reward of this round, once, if it is active: its part of the stake at the round's
    /// start. It is split into the transcoder's and its delegators' parts by the rates of the round. Delegators who have
    /// claimed the round already have no part in it. The transcoder's part is never lost: if it can not claim the round
    /// any more, its stake grows at once. One that delegates to another claims its earnings there first, within the same
    /// limit as any claim.
    function reward() external;

    // --- for other contracts of the protocol, while the system runs

    /// @notice Takes the active set of the current round from the head of the pool. RoundsManager only.
    function setActiveTranscoders() external;

    /// @notice Adds fees to what a transcoder and its delegators earned in a round. JobsManager only. Delegators who have
    /// claimed the round already have no part in them. The transcoder's part is never lost: if it can not claim the round
    /// any more, its fees grow at once.
    /// @param transcoder_ registered, or once active in `round`
    /// @param fees wei, with the Minter already
    /// @param round round the fees belong to
    function updateTranscoderWithFees(address transcoder_, uint256 fees, uint256 round) external;

    /// @notice Takes a part of a transcoder's own stake; it resigns, from the pool and, evicted or not, from the active set
    /// of this round. JobsManager only. Its delegators lose nothing. Nor does it lose what it earned and has not claimed yet:
    /// the lost stake keeps its share of the rounds up to this one.
    /// @param transcoder_ the one at fault
    /// @param finder who gets part of the penalty, or zero
    /// @param slashAmount part of the own stake, out of 1,000,000
    /// @param finderFee part of the penalty, out of 1,000,000
    function slashTranscoder(address transcoder_, address finder, uint256 slashAmount, uint256 finderFee) external;

    // --- views of a round

    /// @notice A transcoder of the active set of `round` by lot, weighted by stake at the round's start, among those
    /// whose price in that round is at most `maxPricePerSegment`; zero if there is none.
    /// @param maxPricePerSegment wei
    /// @param blockHash the lot
    /// @param round round of the active set
    function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round)
        external
        view
        returns (address);

    /// @notice Stake of the active set of `round`: that at its start less that of those who resigned since.
    function activeTranscoderSet(uint256 round) external view returns (uint256 totalStake);

    /// @notice The same as `activeTranscoderSet`.
    function getTotalActiveStake(uint256 round) external view returns (uint256);

    /// @notice Whether the transcoder is in the active set of `round` and did not resign in it.
    function isActiveTranscoder(address transcoder_, uint256 round) external view returns (bool);

    /// @notice Stake delegated to the transcoder at the start of `round`. Reverts if it is not active in it.
    function activeTranscoderTotalStake(address transcoder_, uint256 round) external view returns (uint256);

    /// @notice What the transcoder and its delegators earned in a round and have not claimed yet.
    /// @return rewardPool LPT not claimed yet
    /// @return feePool wei not claimed yet
    /// @return totalStake stake delegated to the transcoder at the round's start; zero if it was not active
    /// @return claimableStake the part of it whose owners have not claimed the round yet
    function getTranscoderEarningsPoolForRound(address transcoder_, uint256 round)
        external
        view
        returns (uint256 rewardPool, uint256 feePool, uint256 totalStake, uint256 claimableStake);

    /// @notice Rates and price of the transcoder in a round it was active in; zeroes in any other.
    function getTranscoderTermsForRound(address transcoder_, uint256 round)
        external
        view
        returns (uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment);

    // --- views of the pool

    /// @notice Places in the pool.
    function getTranscoderPoolMaxSize() external view returns (uint256);

    /// @notice Transcoders in the pool.
    function getTranscoderPoolSize() external view returns (uint256);

    /// @notice The transcoder with the most stake, zero if there is none. Of equals the last to change comes first.
    function getFirstTranscoderInPool() external view returns (address);

    /// @notice The transcoder that comes after this one in the pool, zero after the last.
    function getNextTranscoderInPool(address transcoder_) external view returns (address);

    /// @notice Whether the transcoder is in the pool.
    function isRegisteredTranscoder(address transcoder_) external view returns (bool);

    /// @notice The same as `isRegisteredTranscoder`, as a status.
    function transcoderStatus(address transcoder_) external view returns (TranscoderStatus);

    /// @notice Stake by which the transcoder is ranked in the pool now; zero if it is not in it.
    function transcoderTotalStake(address transcoder_) external view returns (uint256);

    /// @notice A transcoder's terms: those it last entered an active set with, and those for the next one.
    function getTranscoder(address transcoder_)
        external
        view
        returns (
            uint256 lastRewardRound,
            uint256 rewardCut,
            uint256 feeShare,
            uint256 pricePerSegment,
            uint256 pendingRewardCut,
            uint256 pendingFeeShare,
            uint256 pendingPricePerSegment
        );

    // --- views of delegators

    /// @notice Where the delegator stands in the current round.
    function delegatorStatus(address delegator) external view returns (DelegatorStatus);

    /// @notice A delegator's account, without what it has not claimed yet.
    /// @return bondedAmount own stake
    /// @return fees wei it may take out
    /// @return delegateAddress whom it delegates to, zero when nobody
    /// @return delegatedAmount stake delegated to it, by itself as well
    /// @return startRound first round it counts as bonded
    /// @return withdrawRound round from which it may take out its stake; zero unless it unbonded
    /// @return lastClaimRound last round whose earnings it claimed
    function getDelegator(address delegator)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 withdrawRound,
            uint256 lastClaimRound
        );

    /// @notice The delegator's stake after a claim through `endRound`, which must be after its last one. The span is
    /// not limited; a node that runs out of gas needs an earlier `endRound`.
    function pendingStake(address delegator, uint256 endRound) external view returns (uint256);

    /// @notice The delegator's fees after a claim through `endRound`, under the same conditions as `pendingStake`.
    function pendingFees(address delegator, uint256 endRound) external view returns (uint256);

    /// @notice Bonded stake of the whole network.
    function getTotalBonded() external view returns (uint256);

    /// @notice Stake bonded again before it was withdrawn, which `getTotalBonded` counts from the next active set on.
    function getTotalRebonded() external view returns (uint256);

    // --- parameters

    /// @notice Rounds between `unbond` and `withdrawStake`.
    function unbondingPeriod() external view returns (uint64);

    /// @notice Places in an active set.
    function numActiveTranscoders() external view returns (uint256);

    /// @notice Rounds one claim of earnings may span.
    function maxEarningsClaimsRounds() external view returns (uint256);
}
