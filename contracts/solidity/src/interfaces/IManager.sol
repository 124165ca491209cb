// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IController} from "./IController.sol";

/// @title IManager
/// @notice What every manager has: a controller it obeys. The errors here are shared by all managers.
interface IManager {
    /// @notice The manager obeys `controller` from now on.
    event SetController(address controller);
    /// @notice The parameter called `param` was set.
    event ParameterUpdate(string param);

    /// @notice `caller` does not have the role this function asks for.
    error ManagerUnauthorizedCaller(address caller);
    /// @notice The function needs a running system.
    error ManagerSystemPaused();
    /// @notice The function needs a paused system.
    error ManagerSystemNotPaused();

    /// @notice Obey another controller. Only the present controller may call; works while paused.
    /// @param newController address of the next controller, unchecked
    function setController(address newController) external;

    /// @notice The controller this manager obeys.
    function controller() external view returns (IController);
}
