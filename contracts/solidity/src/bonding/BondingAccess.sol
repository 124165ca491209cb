// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ContractIds} from "../libraries/ContractIds.sol";
import {BondingManagerStorage} from "./BondingManagerStorage.sol";

/// @title BondingAccess
/// @notice Who may call, when, and whom the BondingManager calls: each looked up in the controller at every call.
abstract contract BondingAccess is BondingManagerStorage {
    modifier onlyRoundsManager() {
        _checkCaller(_registered(ContractIds.ROUNDS_MANAGER));
        _;
    }

    modifier onlyJobsManager() {
        _checkCaller(_registered(ContractIds.JOBS_MANAGER));
        _;
    }

    /// @dev The current round. Reverts while it is not initialized.
    function _initializedRound() internal view returns (uint256) {
        return _initializedRounds().currentRound();
    }

    /// @dev The RoundsManager. Reverts while the current round is not initialized.
    function _initializedRounds() internal view returns (IRoundsManager rounds) {
        rounds = _roundsManager();
        require(rounds.currentRoundInitialized(), BondingManagerRoundNotInitialized());
    }

    /// @dev The current round, initialized or not.
    function _currentRound() internal view returns (uint256) {
        return _roundsManager().currentRound();
    }

    function _roundsManager() internal view returns (IRoundsManager) {
        return IRoundsManager(_registered(ContractIds.ROUNDS_MANAGER));
    }

    function _minter() internal view returns (IMinter) {
        return IMinter(_registered(ContractIds.MINTER));
    }
}
