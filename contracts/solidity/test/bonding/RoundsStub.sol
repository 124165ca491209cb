// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";

/// @dev A clock the tests turn by hand. Registered as RoundsManager; has what the BondingManager asks of one.
contract RoundsStub {
    uint256 public currentRound;
    bool public currentRoundInitialized;
    bool public currentRoundLocked;

    constructor(uint256 round) {
        currentRound = round;
        currentRoundInitialized = true;
    }

    function setRound(uint256 round, bool initialized) external {
        currentRound = round;
        currentRoundInitialized = initialized;
    }

    function setLocked(bool locked) external {
        currentRoundLocked = locked;
    }

    function initialize(IBondingManager bonding, IMinter minter) external {
        currentRoundInitialized = true;
        bonding.setActiveTranscoders();
        minter.setCurrentRewardTokens();
    }
}
