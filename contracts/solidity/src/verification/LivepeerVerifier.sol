// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "../Manager.sol";
import {ILivepeerVerifier} from "../interfaces/ILivepeerVerifier.sol";
import {IVerifiable} from "../interfaces/IVerifiable.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {ContractIds} from "../libraries/ContractIds.sol";

/// @title LivepeerVerifier
/// @notice See {ILivepeerVerifier}. Not proxied.
contract LivepeerVerifier is Manager, ILivepeerVerifier {
    struct Request {
        uint256 jobId;
        uint256 claimId;
        uint256 segmentNumber;
        bytes32 commitHash;
    }

    /// @inheritdoc IVerifier
    uint256 public constant override getPrice = 0;

    /// @inheritdoc ILivepeerVerifier
    string public override verificationCodeHash;
    /// @inheritdoc ILivepeerVerifier
    address[] public override solvers;
    /// @inheritdoc ILivepeerVerifier
    mapping(address => bool) public override isSolver;
    /// @inheritdoc ILivepeerVerifier
    mapping(uint256 => Request) public override requests;
    /// @inheritdoc ILivepeerVerifier
    uint256 public override requestCount;

    /// @param controller_ the controller to obey, unchecked
    /// @param solvers_ who may answer requests at first: each not zero, none twice
    /// @param verificationCodeHash_ IPFS hash of the code the solvers run
    constructor(address controller_, address[] memory solvers_, string memory verificationCodeHash_)
        Manager(controller_)
    {
        for (uint256 i = 0; i < solvers_.length; i++) {
            _addSolver(solvers_[i]);
        }
        verificationCodeHash = verificationCodeHash_;
    }

    /// @inheritdoc ILivepeerVerifier
    function addSolver(address solver) external onlyControllerOwner {
        _addSolver(solver);
    }

    /// @inheritdoc ILivepeerVerifier
    function removeSolver(address solver) external onlyControllerOwner {
        require(isSolver[solver], LivepeerVerifierUnknownSolver(solver));
        isSolver[solver] = false;
        uint256 last = solvers.length - 1;
        uint256 index = 0;
        while (solvers[index] != solver) index++;
        solvers[index] = solvers[last];
        solvers.pop();
        emit SolverRemoved(solver);
    }

    /// @inheritdoc ILivepeerVerifier
    function setVerificationCodeHash(string calldata newHash) external onlyControllerOwner {
        verificationCodeHash = newHash;
        emit ParameterUpdate("verificationCodeHash");
    }

    /// @inheritdoc IVerifier
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata transcodingOptions,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) external payable whenSystemNotPaused {
        _checkCaller(_registered(ContractIds.JOBS_MANAGER));
        require(msg.value == 0, VerifierUnexpectedValue(msg.value));
        uint256 requestId = requestCount++;
        requests[requestId] = Request(jobId, claimId, segmentNumber, keccak256(abi.encodePacked(dataHashes)));
        emit VerifyRequest(
            requestId, jobId, claimId, segmentNumber, transcodingOptions, dataStorageHash, dataHashes[0], dataHashes[1]
        );
    }

    /// @inheritdoc ILivepeerVerifier
    /// @dev The request is erased before the call: it can not be answered twice.
    function __callback(uint256 requestId, bytes32 result) external whenSystemNotPaused {
        require(isSolver[msg.sender], LivepeerVerifierUnknownSolver(msg.sender));
        Request memory request = requests[requestId];
        require(request.commitHash != 0, LivepeerVerifierUnknownRequest(requestId));
        delete requests[requestId];
        bool correct = result == request.commitHash;
        emit Callback(requestId, request.jobId, request.claimId, request.segmentNumber, correct);
        IVerifiable(_registered(ContractIds.JOBS_MANAGER))
            .receiveVerification(request.jobId, request.claimId, request.segmentNumber, correct);
    }

    function _addSolver(address solver) private {
        require(solver != address(0), LivepeerVerifierInvalidSolver());
        require(!isSolver[solver], LivepeerVerifierKnownSolver(solver));
        isSolver[solver] = true;
        solvers.push(solver);
        emit SolverAdded(solver);
    }
}
