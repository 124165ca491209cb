// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IVerifiable
/// @notice What a verifier answers to.
interface IVerifiable {
    /// @notice Takes the answer to a request for verification.
    /// @param jobId the job
    /// @param claimId the claim, numbered within the job
    /// @param segmentNumber the segment that was submitted
    /// @param result whether it was transcoded correctly
    function receiveVerification(uint256 jobId, uint256 claimId, uint256 segmentNumber, bool result) external;
}
