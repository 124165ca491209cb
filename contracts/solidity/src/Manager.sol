// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IController} from "./interfaces/IController.sol";
import {IManager} from "./interfaces/IManager.sol";
import {IOwned} from "./interfaces/IOwned.sol";

/// @title Manager
/// @notice See {IManager}. Slot 0 holds the controller, on purpose not an immutable: behind a proxy it must be the
/// proxy's own word, so that a change of controller reaches the logic.
contract Manager is IManager {
    /// @inheritdoc IManager
    IController public override controller;

    modifier onlyController() {
        _checkCaller(address(controller));
        _;
    }

    modifier onlyControllerOwner() {
        _checkCaller(IOwned(address(controller)).owner());
        _;
    }

    modifier whenSystemNotPaused() {
        _checkSystemNotPaused();
        _;
    }

    modifier whenSystemPaused() {
        _checkSystemPaused();
        _;
    }

    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) {
        controller = IController(controller_);
    }

    /// @inheritdoc IManager
    function setController(address newController) external onlyController {
        controller = IController(newController);
        emit SetController(newController);
    }

    /// @dev Reverts unless the caller is `expected`.
    function _checkCaller(address expected) internal view {
        require(msg.sender == expected, ManagerUnauthorizedCaller(msg.sender));
    }

    /// @dev The contract the controller has under `id` at this moment.
    function _registered(bytes32 id) internal view returns (address) {
        return controller.getContract(id);
    }

    function _checkSystemNotPaused() internal view {
        require(!controller.paused(), ManagerSystemPaused());
    }

    function _checkSystemPaused() internal view {
        require(controller.paused(), ManagerSystemNotPaused());
    }
}
