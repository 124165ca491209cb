// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {ProtocolFixture, ProtocolParameters} from "./ProtocolFixture.sol";

/// @dev Three transcoders with stake and three broadcasters with keys over the whole protocol, and a model of their jobs:
/// what was deposited, promised, paid and taken out, by the rules of the protocol and not its code.
abstract contract JobsActors is ProtocolFixture {
    struct ModelJob {
        uint256 broadcaster;
        uint256 price;
        uint256 creationBlock;
        uint256 creationRound;
        uint256 endBlock;
        address transcoder;
        ModelClaim[] claims;
    }

    struct ModelClaim {
        uint256 first;
        uint256 last;
        uint256 atBlock;
        IJobsManager.ClaimStatus status;
        mapping(uint256 index => bool) submitted;
    }

    struct ModelBroadcaster {
        uint256 deposited;
        uint256 withdrawn;
        uint256 paid;
        uint256 deposit;
        uint256 escrow;
        uint256 withdrawBlock;
    }

    struct ModelRequest {
        uint256 jobId;
        uint256 claimId;
        uint256 segment;
        bool open;
    }

    uint256 internal constant PEOPLE = 3;
    uint256 internal constant MAX_SEGMENTS = 4;
    uint64 internal constant RATE = 2;
    uint256 internal constant PERIOD = 20;
    uint256 internal constant SLASHING_PERIOD = 30;
    string internal constant STREAM = "stream";
    /// @dev Two profiles.
    string internal constant OPTIONS = "41b1a06441b1a064";
    uint256 internal constant PROFILES = 2;

    address[PEOPLE] internal transcoders;
    address[PEOPLE] internal broadcasters;
    uint256[PEOPLE] internal keys;
    address internal finder = makeAddr("finder");

    ModelJob[] internal modelJobs;
    ModelBroadcaster[PEOPLE] internal accounts;
    ModelRequest[] internal requests;
    uint256 internal feesPaidOut;
    mapping(string what => uint256 times) public done;

    constructor() {
        ProtocolParameters memory p = _launchParameters();
        p.roundLength = 60;
        p.unbondingPeriod = 1;
        p.verificationRate = RATE;
        p.verificationPeriod = PERIOD;
        p.verificationSlashingPeriod = SLASHING_PERIOD;
        vm.roll(601);
        _deployProtocol(p);
        controller.unpause();
        rounds.initializeRound();
        for (uint160 i = 0; i < PEOPLE; i++) {
            (broadcasters[i], keys[i]) = makeAddrAndKey(string.concat("broadcaster ", vm.toString(i)));
            transcoders[i] = address(0x7c0de0 + i);
            uint256 stake = (i + 1) * 1000 ether;
            assertTrue(token.transfer(transcoders[i], stake));
            vm.startPrank(transcoders[i]);
            token.approve(address(bonding), stake);
            bonding.bond(stake, transcoders[i]);
            bonding.transcoder(100_000, 500_000, i);
            vm.stopPrank();
        }
        _startRound(1);
    }

    function _fees(ModelJob storage job, ModelClaim storage claim) internal view returns (uint256) {
        return (claim.last - claim.first + 1) * PROFILES * job.price;
    }

    /// @dev Whether the segment of the claim is sampled; the hash that decides is known from two blocks after the claim on.
    function _sampled(ModelClaim storage claim, uint256 segment) internal view returns (bool) {
        uint256 challenge = claim.atBlock + 1;
        if (block.number <= challenge || segment < claim.first || segment > claim.last) return false;
        return uint256(keccak256(bytes.concat(bytes32(challenge), blockhash(challenge), bytes32(segment)))) % RATE == 0;
    }

    /// @dev The broadcaster's signature of a segment, and the segment's receipt.
    function _receipt(uint256 broadcaster, uint256 segment) internal view returns (bytes memory sig, bytes32 receipt) {
        bytes32[2] memory data = _data(segment);
        bytes32 segmentHash = keccak256(bytes.concat(bytes(STREAM), bytes32(segment), data[0]));
        bytes32 signed = keccak256(bytes.concat("\x19Ethereum Signed Message:\n32", segmentHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[broadcaster], signed);
        sig = bytes.concat(r, s, bytes1(v));
        receipt = keccak256(bytes.concat(bytes(STREAM), bytes32(segment), data[0], data[1], sig));
    }

    function _receipts(uint256 broadcaster, uint256 first, uint256 last) internal view returns (bytes32[] memory all) {
        all = new bytes32[](last - first + 1);
        for (uint256 i = 0; i < all.length; i++) {
            (, all[i]) = _receipt(broadcaster, first + i);
        }
    }

    function _root(uint256 broadcaster, uint256 first, uint256 last) internal view returns (bytes32) {
        return PackedTree.root(_receipts(broadcaster, first, last));
    }

    function _data(uint256 segment) internal pure returns (bytes32[2] memory) {
        return [keccak256(abi.encode("data", segment)), keccak256(abi.encode("transcoded", segment))];
    }
}
