// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {Minter} from "../../src/Minter.sol";
import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {LivepeerTokenFaucet} from "../../src/faucet/LivepeerTokenFaucet.sol";
import {GenesisManager} from "../../src/genesis/GenesisManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {LivepeerVerifier} from "../../src/verification/LivepeerVerifier.sol";
import {Test} from "../helpers/Test.sol";

/// @dev The numbers of the launch of 2018.
struct ProtocolParameters {
    uint256 numTranscoders;
    uint256 numActiveTranscoders;
    uint64 unbondingPeriod;
    uint256 maxEarningsClaimsRounds;
    uint64 verificationRate;
    uint256 verificationPeriod;
    uint256 verificationSlashingPeriod;
    uint256 failedVerificationSlashAmount;
    uint256 missedVerificationSlashAmount;
    uint256 doubleClaimSegmentSlashAmount;
    uint256 finderFee;
    uint256 roundLength;
    uint256 roundLockAmount;
    uint256 inflation;
    uint256 inflationChange;
    uint256 targetBondingRate;
}

/// @dev The whole protocol, deployed in the order of 2018 and through its genesis: managers behind proxies, the faucet as
/// the crowd's distribution, this contract as owner of the Controller and as the bank. Left paused.
abstract contract ProtocolFixture is Test {
    uint256 internal constant INITIAL_SUPPLY = 10_000_000 ether;
    uint256 internal constant CROWD_SUPPLY = 6_343_700 ether;
    uint256 internal constant COMPANY_SUPPLY = 500_000 ether;
    uint256 internal constant TEAM_SUPPLY = 1_235_000 ether;
    uint256 internal constant INVESTORS_SUPPLY = 1_900_000 ether;
    uint256 internal constant COMMUNITY_SUPPLY = 21_300 ether;

    Controller internal controller;
    LivepeerToken internal token;
    Minter internal minter;
    LivepeerVerifier internal verifier;
    LivepeerTokenFaucet internal faucet;
    GenesisManager internal genesis;
    IBondingManager internal bonding;
    IJobsManager internal jobs;
    IRoundsManager internal rounds;
    address internal solver = makeAddr("solver");

    function _launchParameters() internal pure returns (ProtocolParameters memory) {
        return ProtocolParameters({
            numTranscoders: 20,
            numActiveTranscoders: 10,
            unbondingPeriod: 7,
            maxEarningsClaimsRounds: 20,
            verificationRate: 1000,
            verificationPeriod: 100,
            verificationSlashingPeriod: 100,
            failedVerificationSlashAmount: 1,
            missedVerificationSlashAmount: 5000,
            doubleClaimSegmentSlashAmount: 30_000,
            finderFee: 50_000,
            roundLength: 5760,
            roundLockAmount: 100_000,
            inflation: 137,
            inflationChange: 3,
            targetBondingRate: 500_000
        });
    }

    function _deployProtocol(ProtocolParameters memory p) internal {
        controller = new Controller();
        token = new LivepeerToken();
        _register("LivepeerToken", address(token));
        minter = new Minter(address(controller), p.inflation, p.inflationChange, p.targetBondingRate);
        _register("Minter", address(minter));
        _deployVerifier();
        faucet = new LivepeerTokenFaucet(token, 10 ether, 1);
        _register("LivepeerTokenFaucet", address(faucet));
        bonding = IBondingManager(_deployProxied("BondingManager", address(_newBondingManager())));
        jobs = IJobsManager(_deployProxied("JobsManager", address(new JobsManager(address(controller)))));
        rounds = IRoundsManager(_deployProxied("RoundsManager", address(new RoundsManager(address(controller)))));
        _setParameters(p);
        _runGenesis();
    }

    function _newBondingManager() internal virtual returns (BondingManager) {
        return new BondingManager(address(controller));
    }

    function _deployVerifier() private {
        address[] memory solvers = new address[](1);
        solvers[0] = solver;
        verifier = new LivepeerVerifier(address(controller), solvers, "QmCode");
        _register("Verifier", address(verifier));
    }

    function _deployProxied(string memory name, address implementation) private returns (address proxy) {
        string memory target = string.concat(name, "Target");
        _register(target, implementation);
        proxy = address(new ManagerProxy(address(controller), keccak256(bytes(target))));
        _register(name, proxy);
    }

    function _register(string memory name, address where) internal {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    function _setParameters(ProtocolParameters memory p) private {
        bonding.setUnbondingPeriod(p.unbondingPeriod);
        bonding.setNumTranscoders(p.numTranscoders);
        bonding.setNumActiveTranscoders(p.numActiveTranscoders);
        bonding.setMaxEarningsClaimsRounds(p.maxEarningsClaimsRounds);
        jobs.setVerificationRate(p.verificationRate);
        jobs.setVerificationPeriod(p.verificationPeriod);
        jobs.setVerificationSlashingPeriod(p.verificationSlashingPeriod);
        jobs.setFailedVerificationSlashAmount(p.failedVerificationSlashAmount);
        jobs.setMissedVerificationSlashAmount(p.missedVerificationSlashAmount);
        jobs.setDoubleClaimSegmentSlashAmount(p.doubleClaimSegmentSlashAmount);
        jobs.setFinderFee(p.finderFee);
        rounds.setRoundLength(p.roundLength);
        rounds.setRoundLockAmount(p.roundLockAmount);
    }

    /// @dev Without grants: what is reserved for them goes to the bank at the end.
    function _runGenesis() private {
        genesis = new GenesisManager(
            address(token), address(faucet), address(this), address(minter), block.timestamp + 4 hours
        );
        token.transferOwnership(address(genesis));
        genesis.setAllocations(
            INITIAL_SUPPLY, CROWD_SUPPLY, COMPANY_SUPPLY, TEAM_SUPPLY, INVESTORS_SUPPLY, COMMUNITY_SUPPLY
        );
        genesis.start();
        genesis.end();
    }

    /// @dev To the start of the round `ahead` rounds from now, which is then initialized.
    function _startRound(uint256 ahead) internal {
        vm.roll(rounds.currentRoundStartBlock() + ahead * rounds.roundLength());
        rounds.initializeRound();
    }
}
