// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "../Manager.sol";
import {ActiveSets} from "./ActiveSets.sol";
import {BondingParameters} from "./BondingParameters.sol";
import {Delegation} from "./Delegation.sol";
import {Income} from "./Income.sol";
import {Slashing} from "./Slashing.sol";
import {TranscoderPool} from "./TranscoderPool.sol";

/// @title BondingManager
/// @notice See {IBondingManager}. Stands behind a ManagerProxy.
///
/// - BondingManagerStorage: all state. BondingAccess: callers and collaborators. BondingParameters: what the owner sets.
/// - StakeLedger: the sums every movement of stake changes.
/// - TranscoderPool: who stands for election. ActiveSets: who works in a round.
/// - Earnings: claims. Income: rewards and fees.
/// - Delegation: stake in, moved, out. Slashing: stake lost.
contract BondingManager is BondingParameters, TranscoderPool, ActiveSets, Income, Delegation, Slashing {
    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) Manager(controller_) {}
}
