// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingManager} from "../bonding/BondingManager.sol";
import {MathUtils} from "../libraries/MathUtils.sol";

/// @title BondingManagerV2
/// @notice NOT FOR PRODUCTION. A later BondingManager for tests of upgrades: it reads the state of the one before it in a
/// new way, and has one word of its own behind it.
contract BondingManagerV2 is BondingManager {
    /// @notice Least part of a transcoder's stake that should be its own, out of 1,000,000.
    uint256 public minimumOwnPart;

    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) BondingManager(controller_) {}

    /// @notice Sets `minimumOwnPart`. Controller owner only.
    /// @param newMinimum out of 1,000,000
    function setMinimumOwnPart(uint256 newMinimum) external onlyControllerOwner {
        MathUtils.requireValidPerc(newMinimum);
        minimumOwnPart = newMinimum;
        emit ParameterUpdate("minimumOwnPart");
    }

    /// @notice Which part of the stake delegated to a transcoder is its own, out of 1,000,000. Reverts if there is none.
    function ownPart(address transcoder_) external view returns (uint256) {
        Delegator storage account = _delegators[transcoder_];
        return MathUtils.percPoints(account.bondedAmount, account.delegatedAmount);
    }
}
