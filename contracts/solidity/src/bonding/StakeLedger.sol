// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {EarningsPool} from "../libraries/EarningsPool.sol";
import {SortedDoublyLL} from "../libraries/SortedDoublyLL.sol";
import {BondingAccess} from "./BondingAccess.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title StakeLedger
/// @notice The sums that every movement of stake changes, and what follows from them. Always:
///
/// - what is delegated to an address = what its delegators have bonded + the rewards in its pools, not claimed yet;
/// - bonded stake of the network + stake bonded again = the sum of what is delegated to anyone;
/// - a registered transcoder is ranked by what is delegated to it, and one to whom nothing is delegated any more resigns.
abstract contract StakeLedger is BondingAccess {
    using EarningsPool for EarningsPool.Data;
    using SafeCast for uint256;
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// @inheritdoc IBondingManager
    function getTotalBonded() external view returns (uint256) {
        return _totals.bonded;
    }

    /// @inheritdoc IBondingManager
    function getTotalRebonded() external view returns (uint256) {
        return _totals.rebonded;
    }

    /// @inheritdoc IBondingManager
    function isRegisteredTranscoder(address transcoder_) public view returns (bool) {
        return _pool.contains(transcoder_);
    }

    /// @inheritdoc IBondingManager
    function isActiveTranscoder(address transcoder_, uint256 round) public view returns (bool) {
        TranscoderRound storage its = _transcoders[transcoder_].rounds[round];
        return its.pool.isInitialized() && !its.resigned;
    }

    /// @dev More is delegated to `delegate`. Ranked anew, it comes before its equals.
    function _increaseDelegation(address delegate, uint256 amount) internal {
        uint256 delegated = _delegators[delegate].delegatedAmount + amount;
        _delegators[delegate].delegatedAmount = delegated.toUint128();
        if (isRegisteredTranscoder(delegate)) _pool.updateKey(delegate, delegated, address(0), address(0));
    }

    /// @dev Less is delegated to `delegate`.
    /// @param round the current one
    function _decreaseDelegation(address delegate, uint256 amount, uint256 round) internal {
        uint256 delegated = _delegators[delegate].delegatedAmount - amount;
        _delegators[delegate].delegatedAmount = delegated.toUint128();
        if (delegated == 0) _resign(delegate, round);
        else if (isRegisteredTranscoder(delegate)) _pool.updateKey(delegate, delegated, address(0), address(0));
    }

    /// @dev Takes a transcoder out of the pool and out of the active set of the current round, evicted ones as well: what
    /// stood behind it is gone. Nothing if it is in neither.
    /// @param round the current one
    function _resign(address transcoder_, uint256 round) internal {
        bool registered = isRegisteredTranscoder(transcoder_);
        bool active = isActiveTranscoder(transcoder_, round);
        if (!registered && !active) return;

        if (registered) _pool.remove(transcoder_);
        if (active) {
            TranscoderRound storage its = _transcoders[transcoder_].rounds[round];
            its.resigned = true;
            _activeSets[round].totalStake -= its.pool.totalStake;
        }
        emit TranscoderResigned(transcoder_);
    }

    /// @dev The network has more bonded stake, at once.
    function _increaseTotalBonded(uint256 amount) internal {
        _totals.bonded = (_totals.bonded + amount).toUint128();
    }

    /// @dev The network has the stake of `delegator` again with the next active set. Whoever unbonded has nothing waiting,
    /// see `_decreaseTotalBonded`.
    function _queueRebonded(Delegator storage delegator, uint256 amount) internal {
        (delegator.rebondedAmount, delegator.rebondedEpoch) = (amount.toUint128(), _epoch.toUint128());
        _totals.rebonded = (_totals.rebonded + amount).toUint128();
    }

    /// @dev Stake bonded again is bonded.
    function _flushRebonded() internal {
        _totals = Totals({bonded: _totals.bonded + _totals.rebonded, rebonded: 0});
        _epoch += 1;
    }

    /// @dev The network has less stake of `delegator`. What of it was waiting goes first.
    function _decreaseTotalBonded(Delegator storage delegator, uint256 amount) internal {
        uint256 waiting = delegator.rebondedAmount;
        if (waiting != 0 && delegator.rebondedEpoch != _epoch) waiting = 0;
        uint256 fromWaiting = Math.min(waiting, amount);
        if (fromWaiting != 0) delegator.rebondedAmount = (waiting - fromWaiting).toUint128();
        _totals = Totals({
            bonded: (_totals.bonded - (amount - fromWaiting)).toUint128(),
            rebonded: (_totals.rebonded - fromWaiting).toUint128()
        });
    }
}
