// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManager} from "./IManager.sol";

/// @title IManagerProxyTarget
/// @notice A manager that can stand behind a ManagerProxy.
interface IManagerProxyTarget is IManager {
    /// @notice Id under which the proxy finds its implementation in the Controller; zero on an implementation.
    function targetContractId() external view returns (bytes32);
}
