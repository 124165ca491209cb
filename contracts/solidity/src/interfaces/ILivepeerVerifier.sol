// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManager} from "./IManager.sol";
import {IVerifier} from "./IVerifier.sol";

/// @title ILivepeerVerifier
/// @notice A verifier whose requests are answered off chain by solvers the protocol trusts: the first answer counts. Free
/// of charge. Not proxied.
interface ILivepeerVerifier is IManager, IVerifier {
    /// @notice A segment is to be verified.
    event VerifyRequest(
        uint256 indexed requestId,
        uint256 indexed jobId,
        uint256 indexed claimId,
        uint256 segmentNumber,
        string transcodingOptions,
        string dataStorageHash,
        bytes32 dataHash,
        bytes32 transcodedDataHash
    );
    /// @notice A request was answered.
    event Callback(
        uint256 indexed requestId, uint256 indexed jobId, uint256 indexed claimId, uint256 segmentNumber, bool result
    );
    /// @notice `solver` may answer requests from now on.
    event SolverAdded(address indexed solver);
    /// @notice `solver` may no longer answer requests.
    event SolverRemoved(address indexed solver);

    /// @notice The zero address can not be a solver.
    error LivepeerVerifierInvalidSolver();
    /// @notice `solver` is one already.
    error LivepeerVerifierKnownSolver(address solver);
    /// @notice `solver` is none.
    error LivepeerVerifierUnknownSolver(address solver);
    /// @notice There is no open request `requestId`: never made, or answered already.
    error LivepeerVerifierUnknownRequest(uint256 requestId);

    /// @notice Lets `solver` answer requests. Controller owner only.
    /// @param solver not zero, not one already
    function addSolver(address solver) external;

    /// @notice Lets `solver` answer no more requests. Controller owner only. The last solver takes its index.
    /// @param solver one that was added
    function removeSolver(address solver) external;

    /// @notice Names the code the solvers run. Controller owner only; emits `ParameterUpdate("verificationCodeHash")`.
    /// @param newHash IPFS hash of the code
    function setVerificationCodeHash(string calldata newHash) external;

    /// @notice Answers an open request, once. Solvers only, while the system runs. The request is gone afterwards. Reverts,
    /// and leaves it open, if the JobsManager refuses the answer because the claim was slashed in the meantime.
    /// @param requestId the request
    /// @param result what the solver computed: keccak256 of the hashes of data and transcoded data if the segment was
    /// transcoded correctly, anything else if not
    function __callback(uint256 requestId, bytes32 result) external;

    /// @notice IPFS hash of the code the solvers run.
    function verificationCodeHash() external view returns (string memory);

    /// @notice One of the solvers. Reverts for an index that is not below their number.
    function solvers(uint256 index) external view returns (address);

    /// @notice Whether `account` is a solver.
    function isSolver(address account) external view returns (bool);

    /// @notice An open request; zeroes for one answered or never made.
    /// @return jobId the job
    /// @return claimId the claim, numbered within the job
    /// @return segmentNumber the segment
    /// @return commitHash the result that counts as correct
    function requests(uint256 requestId)
        external
        view
        returns (uint256 jobId, uint256 claimId, uint256 segmentNumber, bytes32 commitHash);

    /// @notice Number of requests ever made; the id of the next one.
    function requestCount() external view returns (uint256);
}
