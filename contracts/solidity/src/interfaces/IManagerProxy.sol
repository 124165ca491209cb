// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManagerProxyTarget} from "./IManagerProxyTarget.sol";

/// @title IManagerProxy
/// @notice Sends every call it does not know to the implementation the Controller names at that moment.
interface IManagerProxy is IManagerProxyTarget {
    /// @notice The Controller has no implementation under `id`.
    error ManagerProxyUnknownTarget(bytes32 id);
    /// @notice The implementation the Controller names is not a contract.
    error ManagerProxyTargetWithoutCode(address target);
}
