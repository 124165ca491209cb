// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {AdjustableRoundsManager} from "../../src/rounds/AdjustableRoundsManager.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {Test} from "../helpers/Test.sol";
import {stdError} from "forge-std/StdError.sol";

contract AdjustableRoundsManagerTest is Test {
    bytes32 private constant TARGET = keccak256("RoundsManagerTarget");

    Controller private controller;
    AdjustableRoundsManager private rounds;
    address private stranger = makeAddr("stranger");

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        rounds = new AdjustableRoundsManager(address(controller));
        // Registered as both managers a round needs: it answers one word of zeroes.
        address others = makeAddr("others");
        vm.etch(others, hex"60206000f3");
        controller.setContractInfo(keccak256("BondingManager"), others, bytes20(0));
        controller.setContractInfo(keccak256("Minter"), others, bytes20(0));
    }

    function _unknownHash(uint256 number) private view returns (bytes memory) {
        return abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, number, rounds.blockNum());
    }

    function test_theClockStandsStillUntilSomebodyMovesIt() public {
        assertEq(rounds.blockNum(), 0);
        vm.roll(500);
        assertEq(rounds.blockNum(), 0);
        vm.startPrank(stranger);
        rounds.setBlockNum(100);
        assertEq(rounds.blockNum(), 100);
        rounds.mineBlocks(7);
        assertEq(rounds.blockNum(), 107);
        rounds.setBlockNum(3);
        assertEq(rounds.blockNum(), 3);
    }

    function test_roundsFollowTheClock() public {
        rounds.setBlockNum(1000);
        rounds.setRoundLength(50);
        rounds.setRoundLockAmount(100_000);
        assertEq(rounds.currentRound(), 20);
        rounds.initializeRound();
        assertTrue(rounds.currentRoundInitialized());
        assertFalse(rounds.currentRoundLocked());
        rounds.mineBlocks(45);
        assertTrue(rounds.currentRoundLocked());
        rounds.mineBlocks(5);
        assertEq(rounds.currentRound(), 21);
        assertEq(rounds.currentRoundStartBlock(), 1050);
        assertFalse(rounds.currentRoundInitialized());
    }

    function test_everyBlockHasTheHashThatWasSet() public {
        rounds.setBlockNum(1000);
        vm.prank(stranger);
        rounds.setBlockHash(keccak256("hash"));
        assertEq(rounds.blockHash(744), keccak256("hash"));
        assertEq(rounds.blockHash(999), keccak256("hash"));
        assertEq(rounds.blockHash(1000), keccak256("hash"));
        assertEq(rounds.blockHash(type(uint256).max), keccak256("hash"));
    }

    function test_revertWhen_blockHash_isTooOld() public {
        rounds.setBlockNum(1000);
        vm.expectRevert(_unknownHash(743));
        rounds.blockHash(743);
    }

    function test_revertWhen_blockHash_beforeBlock256() public {
        rounds.setBlockNum(255);
        vm.expectRevert(_unknownHash(254));
        rounds.blockHash(254);
        rounds.setBlockNum(256);
        assertEq(rounds.blockHash(0), bytes32(0));
    }

    function test_revertWhen_theClockOverflows() public {
        rounds.setBlockNum(type(uint256).max);
        vm.expectRevert(stdError.arithmeticError);
        rounds.mineBlocks(1);
    }

    /// @dev Behind a proxy the state of the RoundsManager outlives an upgrade to the adjustable one and back: the clock
    /// lies behind it.
    function test_theClockFollowsTheStateOfTheRoundsManager() public {
        vm.roll(1000);
        controller.setContractInfo(TARGET, address(new RoundsManager(address(controller))), bytes20(0));
        address proxy = address(new ManagerProxy(address(controller), TARGET));
        RoundsManager(proxy).setRoundLength(50);
        RoundsManager(proxy).setRoundLockAmount(123_456);
        RoundsManager(proxy).initializeRound();

        controller.setContractInfo(TARGET, address(rounds), bytes20(0));
        AdjustableRoundsManager(proxy).setBlockNum(1051);
        AdjustableRoundsManager(proxy).setBlockHash(bytes32(type(uint256).max));
        assertEq(RoundsManager(proxy).currentRound(), 21);

        controller.setContractInfo(TARGET, address(new RoundsManager(address(controller))), bytes20(0));
        assertEq(RoundsManager(proxy).blockNum(), 1000);
        assertEq(RoundsManager(proxy).roundLength(), 50);
        assertEq(RoundsManager(proxy).roundLockAmount(), 123_456);
        assertEq(RoundsManager(proxy).lastInitializedRound(), 20);
        assertEq(RoundsManager(proxy).lastRoundLengthUpdateRound(), 20);
        assertEq(RoundsManager(proxy).lastRoundLengthUpdateStartBlock(), 1000);
    }
}
