// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {SortedDoublyLL} from "../libraries/SortedDoublyLL.sol";
import {StakeLedger} from "./StakeLedger.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title ActiveSets
/// @notice Who works in a round: the head of the pool at its start, with the terms and the stake of that moment. Nothing of
/// it changes in the round but that members resign.
abstract contract ActiveSets is StakeLedger {
    using EarningsPool for EarningsPool.Data;
    using SafeCast for uint256;
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// @inheritdoc IBondingManager
    function setActiveTranscoders() external whenSystemNotPaused onlyRoundsManager {
        _flushRebonded();

        uint256 round = _currentRound();
        ActiveSet storage set = _activeSets[round];
        uint256 count = Math.min(numActiveTranscoders, _pool.getSize());
        uint256 total = 0;
        address member = _pool.getFirst();
        for (uint256 i = 0; i < count; i++) {
            uint256 stake = _pool.getKey(member);
            set.transcoders.push(member);
            _activate(member, round, stake);
            total += stake;
            member = _pool.getNext(member);
        }
        (set.totalStake, set.initialStake) = (total.toUint128(), total.toUint128());
    }

    /// @inheritdoc IBondingManager
    function electActiveTranscoder(uint256 maxPricePerSegment, bytes32 blockHash, uint256 round)
        external
        view
        returns (address)
    {
        address[] storage members = _activeSets[round].transcoders;
        address[] memory candidates = new address[](members.length);
        uint256[] memory upTo = new uint256[](members.length);
        uint256 count = 0;
        uint256 total = 0;
        for (uint256 i = 0; i < members.length; i++) {
            address member = members[i];
            TranscoderRound storage its = _transcoders[member].rounds[round];
            if (its.resigned || its.pricePerSegment > maxPricePerSegment) continue;
            total += its.pool.totalStake;
            (candidates[count], upTo[count]) = (member, total);
            count++;
        }
        if (count == 0) return address(0);

        uint256 lot = uint256(blockHash) % total;
        uint256 elected = 0;
        while (upTo[elected] <= lot) elected++;
        return candidates[elected];
    }

    /// @inheritdoc IBondingManager
    function activeTranscoderSet(uint256 round) external view returns (uint256 totalStake) {
        return _activeSets[round].totalStake;
    }

    /// @inheritdoc IBondingManager
    function getTotalActiveStake(uint256 round) external view returns (uint256) {
        return _activeSets[round].totalStake;
    }

    /// @inheritdoc IBondingManager
    function activeTranscoderTotalStake(address transcoder_, uint256 round) external view returns (uint256) {
        require(isActiveTranscoder(transcoder_, round), BondingManagerNotActive(transcoder_, round));
        return _transcoders[transcoder_].rounds[round].pool.totalStake;
    }

    /// @inheritdoc IBondingManager
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
        )
    {
        Transcoder storage its = _transcoders[transcoder_];
        lastRewardRound = its.lastRewardRound;
        (rewardCut, feeShare, pricePerSegment) = getTranscoderTermsForRound(transcoder_, its.lastActiveRound);
        pendingRewardCut = its.pendingRewardCut;
        pendingFeeShare = its.pendingFeeShare;
        pendingPricePerSegment = its.pendingPricePerSegment;
    }

    /// @inheritdoc IBondingManager
    function getTranscoderTermsForRound(address transcoder_, uint256 round)
        public
        view
        returns (uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)
    {
        TranscoderRound storage its = _transcoders[transcoder_].rounds[round];
        return (its.pool.transcoderRewardCut, its.pool.transcoderFeeShare, its.pricePerSegment);
    }

    /// @dev The member's terms of the round are those it announced, its stake is what it is ranked by.
    function _activate(address member, uint256 round, uint256 stake) private {
        Transcoder storage its = _transcoders[member];
        its.lastActiveRound = round.toUint48();
        TranscoderRound storage then = its.rounds[round];
        then.pool.init(stake, its.pendingRewardCut, its.pendingFeeShare);
        then.pricePerSegment = its.pendingPricePerSegment;
    }
}
