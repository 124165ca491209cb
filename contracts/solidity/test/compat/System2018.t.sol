// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Manager} from "../../src/Manager.sol";
import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {Minter} from "../../src/Minter.sol";
import {GenesisManager} from "../../src/genesis/GenesisManager.sol";
import {TokenVesting} from "../../src/genesis/TokenVesting.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {VariableSupplyToken} from "../../src/token/VariableSupplyToken.sol";
import {LivepeerVerifier} from "../../src/verification/LivepeerVerifier.sol";
import {GenericMock, UnitFixture2018} from "./UnitFixture2018.sol";

/// @dev What the unit tests of 2018 expect of the other contracts among mocks, where it is easily missed.
contract System2018Test is UnitFixture2018 {
    Minter private subject;
    address private ann = makeAddr("ann");

    function setUp() public override {
        super.setUp();
        subject = new Minter(address(controller), 26, 1, 500_000);
        _register("Minter", address(subject));
    }

    // --- Controller, Manager, proxies

    /// @dev Constructors neither call what they are given nor ask for code there.
    function test_constructorsTakePlainAccounts() public {
        assertEq(address(new Manager(ann).controller()), ann);
        assertEq(new ManagerProxy(ann, "id").targetContractId(), "id");
        assertEq(address(new Minter(ann, 0, 0, 0).controller()), ann);
        assertEq(new GenesisManager(ann, ann, ann, ann, 0).minter(), ann);
        assertEq(address(new LivepeerVerifier(ann, new address[](0), "Qm").controller()), ann);
        assertEq(new VariableSupplyToken().owner(), address(this));
    }

    function test_theControllerOfAnUnknownIdIsNotUpdated() public {
        vm.expectRevert();
        controller.updateController(keccak256("nobody"), ann);
        controller.setContractInfo(keccak256("account"), ann, hex"0123");
        vm.expectRevert();
        controller.updateController(keccak256("account"), ann);
        (address where, bytes20 hash) = controller.getContractInfo(keccak256("account"));
        assertEq(where, ann);
        bytes20 padded = hex"0123000000000000000000000000000000000000";
        assertEq(hash, padded);
    }

    function test_theControllerStartsPausedAndTurnsOnlyOnce() public {
        Controller fresh = new Controller();
        assertTrue(fresh.paused());
        vm.expectRevert();
        fresh.pause();
        fresh.unpause();
        vm.expectRevert();
        fresh.unpause();
    }

    function test_aManagerTakesItsControllerFromItsController() public {
        Manager manager = new Manager(address(controller));
        controller.setContractInfo("m", address(manager), "");
        vm.expectRevert();
        manager.setController(ann);
        controller.updateController("m", ann);
        assertEq(address(manager.controller()), ann);
    }

    // --- Minter

    function test_aMintersPercentages() public {
        vm.expectRevert();
        new Minter(address(controller), 1_000_001, 0, 0);
        vm.expectRevert();
        new Minter(address(controller), 0, 1_000_001, 0);
        vm.expectRevert();
        new Minter(address(controller), 0, 0, 1_000_001);
        new Minter(address(controller), 1_000_000, 1_000_000, 1_000_000);
    }

    /// @dev The mocked token says false and zero; the ETH moves.
    function test_migrationAmongMocks() public {
        GenericMock successor = new GenericMock();
        successor.setMockAddress(bytes4(keccak256("getController()")), address(controller));
        vm.deal(address(jobsMock), 100);
        jobsMock.execute{value: 100}(address(subject), abi.encodeCall(subject.depositETH, ()));
        IMinter target = IMinter(address(successor));
        vm.expectRevert();
        subject.migrateToNewMinter(target);
        controller.pause();
        vm.expectRevert();
        subject.migrateToNewMinter(IMinter(ann));
        vm.expectRevert();
        subject.migrateToNewMinter(subject);
        vm.expectRevert();
        subject.migrateToNewMinter(IMinter(address(0)));
        _register("Minter", ann);
        vm.expectRevert();
        subject.migrateToNewMinter(target);
        _register("Minter", address(subject));
        successor.setMockAddress(bytes4(keccak256("getController()")), ann);
        vm.expectRevert();
        subject.migrateToNewMinter(target);
        successor.setMockAddress(bytes4(keccak256("getController()")), address(controller));
        subject.migrateToNewMinter(target);
        assertEq(address(successor).balance, 100);
        assertEq(address(subject).balance, 0);
    }

    function test_whoDeposits() public {
        _register("Minter", ann);
        vm.deal(ann, 100);
        vm.prank(ann);
        assertTrue(subject.depositETH{value: 100}());
        vm.expectRevert();
        subject.depositETH{value: 1}();
        assertEq(address(subject).balance, 100);
    }

    function test_moreETHThanThereIs() public {
        bytes memory withdrawal = abi.encodeCall(subject.trustedWithdrawETH, (payable(ann), 100));
        vm.expectRevert();
        bondingMock.execute(address(subject), withdrawal);
        vm.expectRevert();
        jobsMock.execute(address(subject), withdrawal);
        vm.deal(address(subject), 100);
        vm.expectRevert();
        roundsMock.execute(address(subject), withdrawal);
        jobsMock.execute(address(subject), withdrawal);
        assertEq(ann.balance, 100);
    }

    function test_inflationByBondingRate() public {
        _newRewards(0, 0);
        assertEq(subject.inflation(), 27, "no supply counts as nothing bonded");
        assertEq(subject.currentMintableTokens(), 0);
        _newRewards(1000, 500);
        assertEq(subject.inflation(), 27, "exactly on target");
        _newRewards(1000, 501);
        assertEq(subject.inflation(), 26);
        _newRewards(1_000_000, 499_999);
        assertEq(subject.inflation(), 27);
        assertEq(subject.currentMintableTokens(), 27);
        subject.setInflationChange(1000);
        _newRewards(1000, 501);
        assertEq(subject.inflation(), 0);
    }

    function test_rewards() public {
        _newRewards(1_000_000_000, 0);
        assertEq(subject.currentMintableTokens(), 27_000);
        bondingMock.execute(address(subject), abi.encodeCall(subject.createReward, (1, 3)));
        assertEq(subject.currentMintedTokens(), 9000);
        vm.expectRevert();
        bondingMock.execute(address(subject), abi.encodeCall(subject.createReward, (0, 0)));
        vm.expectRevert();
        bondingMock.execute(address(subject), abi.encodeCall(subject.createReward, (10 ** 46, 10 ** 46)));
        _newRewards(1_000_000_000, 0);
        bondingMock.execute(address(subject), abi.encodeCall(subject.createReward, (10 ** 46, 10 ** 46)));
        assertEq(subject.currentMintedTokens(), 28_000);
    }

    // --- RoundsManager

    function test_roundsAmongMocks() public {
        RoundsManager rounds = new RoundsManager(address(controller));
        _register("RoundsManager", address(rounds));
        vm.roll(1042);
        rounds.setRoundLength(50);
        rounds.setRoundLockAmount(100_000);
        assertEq(rounds.lastRoundLengthUpdateRound(), 20);
        assertEq(rounds.lastRoundLengthUpdateStartBlock(), 1000);
        controller.pause();
        vm.expectRevert();
        rounds.initializeRound();
        controller.unpause();
        vm.expectEmit(address(rounds));
        emit IRoundsManager.NewRound(20);
        rounds.initializeRound();
        assertTrue(rounds.currentRoundInitialized());
        vm.expectRevert();
        rounds.initializeRound();
        vm.roll(1050 + 44);
        assertFalse(rounds.currentRoundLocked());
        assertFalse(rounds.currentRoundInitialized());
        vm.roll(1050 + 45);
        assertTrue(rounds.currentRoundLocked());
        vm.roll(1100);
        assertFalse(rounds.currentRoundLocked());
        assertEq(rounds.currentRoundStartBlock(), 1100);
    }

    function test_hashesOfBlocks() public {
        RoundsManager rounds = new RoundsManager(address(controller));
        vm.roll(1000);
        for (uint256 number = 1000; number < 1003; number++) {
            vm.expectRevert();
            rounds.blockHash(number);
        }
        vm.expectRevert();
        rounds.blockHash(743);
        assertEq(rounds.blockHash(999), blockhash(999));
        assertEq(rounds.blockHash(744), blockhash(744));
        assertNotEq(rounds.blockHash(744), 0);
    }

    /// @dev When the length changes the round goes on from its start.
    function test_anotherLengthInTheRound() public {
        RoundsManager rounds = new RoundsManager(address(controller));
        vm.expectRevert();
        rounds.currentRound();
        vm.expectRevert();
        rounds.setRoundLength(0);
        vm.roll(1000);
        rounds.setRoundLength(50);
        vm.roll(1030);
        rounds.setRoundLength(100);
        assertEq(rounds.currentRound(), 20);
        assertEq(rounds.currentRoundStartBlock(), 1000);
        rounds.setRoundLength(10);
        assertEq(rounds.currentRound(), 23);
        assertEq(rounds.currentRoundStartBlock(), 1030);
    }

    // --- GenesisManager

    /// @dev The mocked token says false to everything.
    function test_genesisAmongMocks() public {
        GenesisManager genesis = new GenesisManager(address(token), ann, ann, address(subject), block.timestamp + 1000);
        vm.expectRevert();
        genesis.setAllocations(10, 1, 2, 3, 4, 1);
        uint256 state = vm.snapshotState();
        genesis.start();
        genesis.end();
        assertEq(uint256(genesis.stage()), 2);
        assertTrue(vm.revertToState(state));

        genesis.setAllocations(11, 1, 2, 3, 4, 1);
        genesis.start();
        vm.expectRevert();
        genesis.addTeamGrant(ann, 4, 0, 100);
        genesis.addTeamGrant(ann, 2, 0, 100);
        vm.expectRevert();
        genesis.addTeamGrant(ann, 1, 0, 100);
        vm.expectRevert();
        genesis.addInvestorGrant(ann, 1, 0, 100);
        assertEq(TokenVesting(genesis.vestingHolders(ann)).owner(), ann);
        vm.expectRevert();
        genesis.addCommunityGrant(ann, 2);
        genesis.addCommunityGrant(ann, 1);
        vm.expectRevert();
        genesis.setAllocations(11, 1, 2, 3, 4, 1);
        genesis.end();
        vm.expectRevert();
        genesis.addInvestorGrant(address(this), 1, 0, 100);
    }

    // --- LivepeerVerifier

    function test_aRequestAmongMocks() public {
        address[] memory solvers = new address[](2);
        (solvers[0], solvers[1]) = (ann, ann);
        vm.expectRevert();
        new LivepeerVerifier(address(controller), solvers, "Qm");
        solvers[1] = address(0);
        vm.expectRevert();
        new LivepeerVerifier(address(controller), solvers, "Qm");
        solvers[1] = address(this);
        LivepeerVerifier verifier = new LivepeerVerifier(address(controller), solvers, "Qm");
        verifier.addSolver(address(subject));
        assertEq(verifier.solvers(2), address(subject));

        bytes32[2] memory hashes;
        (hashes[0], hashes[1]) = ("a", "b");
        jobsMock.execute(address(verifier), abi.encodeCall(verifier.verify, (1, 2, 3, "41b1a064", "Qm", hashes)));
        (uint256 jobId, uint256 claimId, uint256 segment, bytes32 commitHash) = verifier.requests(0);
        assertEq(jobId, 1);
        assertEq(claimId, 2);
        assertEq(segment, 3);
        assertEq(commitHash, keccak256(bytes.concat("a", new bytes(31), "b", new bytes(31))));
        assertEq(verifier.requestCount(), 1);
        vm.prank(ann);
        verifier.__callback(0, "wrong");
        (jobId, claimId, segment, commitHash) = verifier.requests(0);
        assertEq(jobId + claimId + segment, 0);
        assertEq(commitHash, 0);
    }

    // --- helpers

    function _newRewards(uint256 supply, uint256 bonded) private {
        token.setMockUint256(bytes4(keccak256("totalSupply()")), supply);
        bondingMock.setMockUint256(bytes4(keccak256("getTotalBonded()")), bonded);
        roundsMock.execute(address(subject), abi.encodeCall(subject.setCurrentRewardTokens, ()));
    }
}
