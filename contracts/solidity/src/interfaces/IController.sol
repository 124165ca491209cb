// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IController
/// @notice Registry of the protocol's contracts, its pause switch, and, through its owner, the root of its administration.
interface IController {
    /// @notice `id` now points to `contractAddress`, built from the git commit `gitCommitHash`.
    event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash);
    /// @notice The system is paused.
    event Pause();
    /// @notice The system runs.
    event Unpause();

    /// @notice The system is paused already.
    error ControllerPaused();
    /// @notice The system runs already.
    error ControllerNotPaused();
    /// @notice Nothing is registered under `id`.
    error ControllerUnknownId(bytes32 id);

    /// @notice Registers a contract, or overwrites or clears its entry. Owner only; works while paused.
    /// @param id keccak256 of the contract's name
    /// @param contractAddress address to register, unchecked; zero clears the entry
    /// @param gitCommitHash commit the contract was built from; information only
    function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash) external;

    /// @notice Hands the contract registered under `id` to another controller. Owner only.
    /// @param id keccak256 of the contract's name
    /// @param newController address the contract shall obey from now on
    function updateController(bytes32 id, address newController) external;

    /// @notice Pauses the system. Owner only.
    function pause() external;

    /// @notice Lets the system run. Owner only. A new Controller starts paused.
    function unpause() external;

    /// @notice The contract registered under `id`, zero when there is none.
    function getContract(bytes32 id) external view returns (address);

    /// @notice The contract and the git commit registered under `id`, zeroes when there is none.
    function getContractInfo(bytes32 id) external view returns (address, bytes20);

    /// @notice Whether the system is paused.
    function paused() external view returns (bool);
}
