// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Owned
/// @notice One owner, the deployer at first, handed over in one step and never given up: an ownerless Controller could
/// not be unpaused, and an ownerless token could not mint.
abstract contract Owned is Ownable {
    /// @notice Ownership can be handed over but not given up.
    error OwnedRenounceDisabled();

    constructor() Ownable(msg.sender) {}

    /// @notice Always reverts.
    function renounceOwnership() public view override onlyOwner {
        revert OwnedRenounceDisabled();
    }
}
