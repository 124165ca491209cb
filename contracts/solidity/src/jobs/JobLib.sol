// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {PackedMerkleProof} from "../libraries/PackedMerkleProof.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title JobLib
/// @notice What follows from the terms of a job alone: fees, which segments are sampled, and the hashes of segments and
/// receipts. Hashed parts are joined without lengths, numbers as 32 bytes, strings as their bytes:
///
/// ```text
/// segment  = keccak256(streamId ++ segmentNumber ++ dataHash)
/// signed   = keccak256(0x19 "Ethereum Signed Message:" newline "32" ++ segment)
/// receipt  = keccak256(streamId ++ segmentNumber ++ dataHash ++ transcodedDataHash ++ broadcasterSig)
/// sampling = keccak256(challengeBlock ++ challengeBlockHash ++ segmentNumber)
/// ```
///
/// A receipt joins two parts of variable length, yet it is not ambiguous: the signature is checked to be 65 bytes first.
library JobLib {
    /// @notice Characters of a profile in transcoding options.
    uint256 internal constant PROFILE_LENGTH = 8;
    /// @notice Bytes of a signature: r, s, v.
    uint256 internal constant SIGNATURE_LENGTH = 65;

    /// @notice Whether the options are one or more whole profiles.
    function validTranscodingOptions(string calldata transcodingOptions) internal pure returns (bool) {
        uint256 length = bytes(transcodingOptions).length;
        return length > 0 && length % PROFILE_LENGTH == 0;
    }

    /// @notice Fees, in wei, for a number of segments: each is paid once for each profile.
    function calcFees(uint256 totalSegments, string storage transcodingOptions, uint256 pricePerSegment)
        internal
        view
        returns (uint256)
    {
        uint256 profiles = bytes(transcodingOptions).length / PROFILE_LENGTH;
        return totalSegments * profiles * pricePerSegment;
    }

    /// @notice Whether a segment must be verified: it is in the range and sampled by the hash of the challenge block.
    function shouldVerifySegment(
        uint256 segmentNumber,
        uint256 firstSegment,
        uint256 lastSegment,
        uint256 challengeBlock,
        bytes32 challengeBlockHash,
        uint64 verificationRate
    ) internal pure returns (bool) {
        if (segmentNumber < firstSegment || segmentNumber > lastSegment) return false;
        bytes32 lot = keccak256(abi.encodePacked(challengeBlock, challengeBlockHash, segmentNumber));
        return uint256(lot) % verificationRate == 0;
    }

    /// @notice Whether the broadcaster signed a segment. Anything but 65 bytes, a high `s` or a `v` other than 0, 1, 27
    /// and 28 is no signature.
    function validateBroadcasterSig(
        address broadcaster,
        string memory streamId,
        uint256 segmentNumber,
        bytes32 dataHash,
        bytes calldata broadcasterSig
    ) internal pure returns (bool) {
        if (broadcasterSig.length != SIGNATURE_LENGTH) return false;
        bytes32 r = bytes32(broadcasterSig[:32]);
        bytes32 s = bytes32(broadcasterSig[32:64]);
        uint8 v = uint8(broadcasterSig[64]);
        // Clients of 2018 gave the recovery id itself.
        if (v < 2) v += 27;
        bytes32 digest = personalSegmentHash(streamId, segmentNumber, dataHash);
        (address signer, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, v, r, s);
        return err == ECDSA.RecoverError.NoError && signer == broadcaster;
    }

    /// @notice Whether the receipt of a segment is in the tree of a claim.
    /// @param dataHashes hash of the segment's data, hash of the transcoded data
    function validateReceipt(
        bytes32 claimRoot,
        string memory streamId,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig,
        bytes calldata proof
    ) internal pure returns (bool) {
        bytes32 receipt = transcodeReceiptHash(streamId, segmentNumber, dataHashes, broadcasterSig);
        return PackedMerkleProof.verify(proof, claimRoot, receipt);
    }

    /// @notice Hash of a segment.
    function segmentHash(string memory streamId, uint256 segmentNumber, bytes32 dataHash)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(streamId, segmentNumber, dataHash));
    }

    /// @notice What the broadcaster signs: a segment's hash as a personal message.
    function personalSegmentHash(string memory streamId, uint256 segmentNumber, bytes32 dataHash)
        internal
        pure
        returns (bytes32)
    {
        return MessageHashUtils.toEthSignedMessageHash(segmentHash(streamId, segmentNumber, dataHash));
    }

    /// @notice Hash of the receipt of a transcoded segment: a leaf of a claim's tree.
    function transcodeReceiptHash(
        string memory streamId,
        uint256 segmentNumber,
        bytes32[2] calldata dataHashes,
        bytes calldata broadcasterSig
    ) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(streamId, segmentNumber, dataHashes, broadcasterSig));
    }
}
