// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "../Manager.sol";
import {IVerifiable} from "../interfaces/IVerifiable.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {ContractIds} from "../libraries/ContractIds.sol";

/// @title IdentityVerifier
/// @notice A verifier that finds every segment correct, at once, free of charge. For test networks. Not proxied.
contract IdentityVerifier is Manager, IVerifier {
    /// @inheritdoc IVerifier
    uint256 public constant override getPrice = 0;

    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) Manager(controller_) {}

    /// @inheritdoc IVerifier
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata,
        string calldata,
        bytes32[2] calldata
    ) external payable whenSystemNotPaused {
        _checkCaller(_registered(ContractIds.JOBS_MANAGER));
        require(msg.value == 0, VerifierUnexpectedValue(msg.value));
        IVerifiable(msg.sender).receiveVerification(jobId, claimId, segmentNumber, true);
    }
}
