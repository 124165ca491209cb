// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILivepeerVerifier} from "../../src/interfaces/ILivepeerVerifier.sol";
import {IVerifiable} from "../../src/interfaces/IVerifiable.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";

/// @dev Takes a price and answers nothing.
contract PaidVerifier is IVerifier {
    uint256 public immutable override getPrice;

    constructor(uint256 price) {
        getPrice = price;
    }

    function verify(uint256, uint256, uint256, string calldata, string calldata, bytes32[2] calldata)
        external
        payable {}
}

    /// @dev In place of the JobsManager: looks at request 0 in the moment it hears an answer.
    contract RequestReader is IVerifiable {
        ILivepeerVerifier private immutable VERIFIER;
        bool public heard;
        uint256 public seenJobId;
        bytes32 public seenCommitHash;

        constructor(ILivepeerVerifier verifier) {
            VERIFIER = verifier;
        }

        function receiveVerification(uint256, uint256, uint256, bool) external {
            heard = true;
            (seenJobId,,, seenCommitHash) = VERIFIER.requests(0);
        }
    }
