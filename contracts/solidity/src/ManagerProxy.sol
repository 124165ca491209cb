// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "./Manager.sol";
import {ManagerProxyTarget} from "./ManagerProxyTarget.sol";
import {IManagerProxy} from "./interfaces/IManagerProxy.sol";
import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";

/// @title ManagerProxy
/// @notice See {IManagerProxy}. An upgrade is one `setContractInfo` for the target id and acts on the next call.
contract ManagerProxy is ManagerProxyTarget, Proxy, IManagerProxy {
    /// @param controller_ the controller to obey, unchecked
    /// @param targetContractId_ id under which the controller names the implementation
    constructor(address controller_, bytes32 targetContractId_) Manager(controller_) {
        targetContractId = targetContractId_;
    }

    /// @notice Ether without calldata goes to the implementation as well; it decides.
    receive() external payable {
        _fallback();
    }

    /// @dev Looked up at every call. A target without code would make every call succeed silently, so it is refused.
    function _implementation() internal view override returns (address target) {
        target = _registered(targetContractId);
        require(target != address(0), ManagerProxyUnknownTarget(targetContractId));
        require(target.code.length != 0, ManagerProxyTargetWithoutCode(target));
    }
}
