// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "./access/Owned.sol";
import {IController} from "./interfaces/IController.sol";
import {IManager} from "./interfaces/IManager.sol";

/// @title Controller
/// @notice See {IController}. Starts paused; the deployer is the owner.
contract Controller is IController, Owned {
    struct ContractInfo {
        address contractAddress;
        bytes20 gitCommitHash;
    }

    /// @inheritdoc IController
    bool public override paused = true;

    mapping(bytes32 id => ContractInfo info) private _registry;

    /// @inheritdoc IController
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external onlyOwner {
        _registry[id] = ContractInfo(contractAddress, gitCommitHash);
        emit SetContractInfo(id, contractAddress, gitCommitHash);
    }

    /// @inheritdoc IController
    function updateController(bytes32 id, address newController) external onlyOwner {
        address target = _registry[id].contractAddress;
        require(target != address(0), ControllerUnknownId(id));
        IManager(target).setController(newController);
    }

    /// @inheritdoc IController
    function pause() external onlyOwner {
        require(!paused, ControllerPaused());
        paused = true;
        emit Pause();
    }

    /// @inheritdoc IController
    function unpause() external onlyOwner {
        require(paused, ControllerNotPaused());
        paused = false;
        emit Unpause();
    }

    /// @inheritdoc IController
    function getContract(bytes32 id) external view returns (address) {
        return _registry[id].contractAddress;
    }

    /// @inheritdoc IController
    function getContractInfo(bytes32 id) external view returns (address, bytes20) {
        ContractInfo storage info = _registry[id];
        return (info.contractAddress, info.gitCommitHash);
    }
}
