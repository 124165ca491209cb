// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "./Manager.sol";
import {IManagerProxyTarget} from "./interfaces/IManagerProxyTarget.sol";

/// @title ManagerProxyTarget
/// @notice See {IManagerProxyTarget}. Base of the proxy and of what stands behind it, so that both agree on slots 0 and
/// 1; an implementation's own variables begin at slot 2.
abstract contract ManagerProxyTarget is Manager, IManagerProxyTarget {
    /// @inheritdoc IManagerProxyTarget
    bytes32 public override targetContractId;
}
