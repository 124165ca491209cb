// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";

/// @dev The BondingManager with a look at the side of the pool that its views do not show.
contract PoolInspector is BondingManager {
    using SortedDoublyLL for SortedDoublyLL.Data;

    constructor(address controller_) BondingManager(controller_) {}

    function getPreviousTranscoderInPool(address transcoder_) external view returns (address) {
        return _pool.getPrev(transcoder_);
    }

    function getLastTranscoderInPool() external view returns (address) {
        return _pool.getLast();
    }
}
