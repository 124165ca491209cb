// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {MathUtils} from "../libraries/MathUtils.sol";
import {SortedDoublyLL} from "../libraries/SortedDoublyLL.sol";
import {StakeLedger} from "./StakeLedger.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title TranscoderPool
/// @notice Who stands for election: transcoders announce their terms and, with stake enough, enter the pool.
abstract contract TranscoderPool is StakeLedger {
    using SafeCast for uint256;
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// @inheritdoc IBondingManager
    function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment) external whenSystemNotPaused {
        if (_initializedRounds().currentRoundLocked()) _lowerPrice(rewardCut, feeShare, pricePerSegment);
        else _announce(rewardCut, feeShare, pricePerSegment);
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolMaxSize() external view returns (uint256) {
        return _pool.getMaxSize();
    }

    /// @inheritdoc IBondingManager
    function getTranscoderPoolSize() external view returns (uint256) {
        return _pool.getSize();
    }

    /// @inheritdoc IBondingManager
    function getFirstTranscoderInPool() external view returns (address) {
        return _pool.getFirst();
    }

    /// @inheritdoc IBondingManager
    function getNextTranscoderInPool(address transcoder_) external view returns (address) {
        return _pool.getNext(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function transcoderTotalStake(address transcoder_) external view returns (uint256) {
        return _pool.getKey(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function transcoderStatus(address transcoder_) external view returns (TranscoderStatus) {
        return isRegisteredTranscoder(transcoder_) ? TranscoderStatus.Registered : TranscoderStatus.NotRegistered;
    }

    /// @dev New terms, and a place in the pool if there is one for the caller.
    function _announce(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment) private {
        MathUtils.requireValidPerc(rewardCut);
        MathUtils.requireValidPerc(feeShare);
        Delegator storage caller = _delegators[msg.sender];
        require(
            caller.delegateAddress == msg.sender && caller.bondedAmount != 0, BondingManagerNotSelfBonded(msg.sender)
        );

        Transcoder storage its = _transcoders[msg.sender];
        its.pendingRewardCut = rewardCut.toUint32();
        its.pendingFeeShare = feeShare.toUint32();
        its.pendingPricePerSegment = pricePerSegment;

        bool registered = isRegisteredTranscoder(msg.sender) || _enterPool(msg.sender, caller.delegatedAmount);
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare, pricePerSegment, registered);
    }

    /// @dev Enters a pool with a free place, or takes that of the last if it has less stake.
    function _enterPool(address candidate, uint256 stake) private returns (bool entered) {
        if (_pool.isFull()) {
            address last = _pool.getLast();
            if (stake <= _pool.getKey(last)) return false;
            _pool.remove(last);
            emit TranscoderEvicted(last);
        }
        _pool.insert(candidate, stake, address(0), address(0));
        return true;
    }

    /// @dev While the round is locked delegators may rely on the rates; only the price may fall, to where it undercuts
    /// nobody.
    function _lowerPrice(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment) private {
        require(isRegisteredTranscoder(msg.sender), BondingManagerNotRegistered(msg.sender));
        Transcoder storage its = _transcoders[msg.sender];
        require(
            rewardCut == its.pendingRewardCut && feeShare == its.pendingFeeShare,
            BondingManagerRatesLocked(its.pendingRewardCut, its.pendingFeeShare)
        );
        uint256 floor = _lowestPendingPrice();
        uint256 ceiling = its.pendingPricePerSegment;
        require(
            floor <= pricePerSegment && pricePerSegment <= ceiling,
            BondingManagerPriceOutOfRange(pricePerSegment, floor, ceiling)
        );
        its.pendingPricePerSegment = pricePerSegment;
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare, pricePerSegment, true);
    }

    function _lowestPendingPrice() private view returns (uint256 lowest) {
        lowest = type(uint256).max;
        for (address member = _pool.getFirst(); member != address(0); member = _pool.getNext(member)) {
            lowest = Math.min(lowest, _transcoders[member].pendingPricePerSegment);
        }
    }
}
