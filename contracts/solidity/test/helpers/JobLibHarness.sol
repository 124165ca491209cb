// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {JobLib} from "../../src/jobs/JobLib.sol";

/// @dev JobLib from outside, so that what it reads is calldata and storage as in the JobsManager.
contract JobLibHarness {
    string private _transcodingOptions;

    function calcFees(uint256 totalSegments, string calldata transcodingOptions, uint256 pricePerSegment)
        external
        returns (uint256)
    {
        _transcodingOptions = transcodingOptions;
        return JobLib.calcFees(totalSegments, _transcodingOptions, pricePerSegment);
    }

    function validTranscodingOptions(string calldata transcodingOptions) external pure returns (bool) {
        return JobLib.validTranscodingOptions(transcodingOptions);
    }

    function shouldVerifySegment(
        uint256 segmentNumber,
        uint256[2] calldata segmentRange,
        uint256 challengeBlock,
        bytes32 challengeBlockHash,
        uint64 verificationRate
    ) external pure returns (bool) {
        return JobLib.shouldVerifySegment(
            segmentNumber, segmentRange[0], segmentRange[1], challengeBlock, challengeBlockHash, verificationRate
        );
    }

    function validateBroadcasterSig(
        address broadcaster,
        string calldata streamId,
        uint256 segmentNumber,
        bytes32 dataHash,
        bytes calldata broadcasterSig
    ) external pure returns (bool) {
        return JobLib.validateBroadcasterSig(broadcaster, streamId, segmentNumber, dataHash, broadcasterSig);
    }

    function validateReceipt(
        bytes32 claimRoot,
        string calldata streamId,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) external pure returns (bool) {
        return JobLib.validateReceipt(claimRoot, streamId, segmentNumber, dataHashes, broadcasterSig, proof);
    }

    function segmentHash(string calldata streamId, uint256 segmentNumber, bytes32 dataHash)
        external
        pure
        returns (bytes32)
    {
        return JobLib.segmentHash(streamId, segmentNumber, dataHash);
    }

    function personalSegmentHash(string calldata streamId, uint256 segmentNumber, bytes32 dataHash)
        external
        pure
        returns (bytes32)
    {
        return JobLib.personalSegmentHash(streamId, segmentNumber, dataHash);
    }

    function transcodeReceiptHash(
        string calldata streamId,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig
    ) external pure returns (bytes32) {
        return JobLib.transcodeReceiptHash(streamId, segmentNumber, dataHashes, broadcasterSig);
    }
}
