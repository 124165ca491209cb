// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IBondingManager
/// @notice The part of the BondingManager the Minter asks for.
interface IBondingManager {
    /// @notice Bonded stake of the whole network, in LPT base units.
    function getTotalBonded() external view returns (uint256);
}
