// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title ContractIds
/// @notice The ids under which the Controller knows the protocol's contracts: keccak256 of the bare name.
library ContractIds {
    bytes32 internal constant LIVEPEER_TOKEN = keccak256("LivepeerToken");
    bytes32 internal constant MINTER = keccak256("Minter");
    bytes32 internal constant BONDING_MANAGER = keccak256("BondingManager");
    bytes32 internal constant JOBS_MANAGER = keccak256("JobsManager");
    bytes32 internal constant ROUNDS_MANAGER = keccak256("RoundsManager");
    bytes32 internal constant VERIFIER = keccak256("Verifier");
    bytes32 internal constant LIVEPEER_TOKEN_FAUCET = keccak256("LivepeerTokenFaucet");
}
