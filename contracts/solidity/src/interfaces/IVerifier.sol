// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IVerifier
/// @notice Decides whether a segment was transcoded correctly and calls `receiveVerification` of the JobsManager with the
/// answer, at once or later.
interface IVerifier {
    /// @notice The verifier is free of charge and takes no ETH.
    error VerifierUnexpectedValue(uint256 value);

    /// @notice Asks for a segment to be verified. JobsManager only, with exactly `getPrice()` wei.
    /// @param jobId the job
    /// @param claimId the claim, numbered within the job
    /// @param segmentNumber the segment
    /// @param transcodingOptions what the segment was to be transcoded to
    /// @param dataStorageHash where the segment's data can be found
    /// @param dataHashes hash of the segment's data, hash of the transcoded data
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata transcodingOptions,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) external payable;

    /// @notice Price of one verification, in wei.
    function getPrice() external view returns (uint256);
}
