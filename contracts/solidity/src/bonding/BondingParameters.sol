// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {SortedDoublyLL} from "../libraries/SortedDoublyLL.sol";
import {BondingAccess} from "./BondingAccess.sol";

/// @title BondingParameters
/// @notice What the controller's owner sets. The active set is never larger than the pool, which only grows.
abstract contract BondingParameters is BondingAccess {
    using SortedDoublyLL for SortedDoublyLL.Data;

    /// @inheritdoc IBondingManager
    function setUnbondingPeriod(uint64 newPeriod) external onlyControllerOwner {
        unbondingPeriod = newPeriod;
        emit ParameterUpdate("unbondingPeriod");
    }

    /// @inheritdoc IBondingManager
    function setNumTranscoders(uint256 newNumber) external onlyControllerOwner {
        _pool.setMaxSize(newNumber);
        emit ParameterUpdate("numTranscoders");
    }

    /// @inheritdoc IBondingManager
    function setNumActiveTranscoders(uint256 newNumber) external onlyControllerOwner {
        uint256 places = _pool.getMaxSize();
        require(newNumber <= places, BondingManagerActiveSetTooLarge(newNumber, places));
        numActiveTranscoders = newNumber;
        emit ParameterUpdate("numActiveTranscoders");
    }

    /// @inheritdoc IBondingManager
    function setMaxEarningsClaimsRounds(uint256 newMaximum) external onlyControllerOwner {
        maxEarningsClaimsRounds = newMaximum;
        emit ParameterUpdate("maxEarningsClaimsRounds");
    }
}
