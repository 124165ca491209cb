// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {Test} from "../helpers/Test.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

contract RoundsManagerTest is Test {
    Controller private controller;
    RoundsManager private rounds;
    address private bonding = makeAddr("BondingManager");
    address private minter = makeAddr("Minter");
    address private stranger = makeAddr("stranger");

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        rounds = new RoundsManager(address(controller));
        controller.setContractInfo(keccak256("RoundsManager"), address(rounds), bytes20(0));
        controller.setContractInfo(keccak256("BondingManager"), bonding, bytes20(0));
        controller.setContractInfo(keccak256("Minter"), minter, bytes20(0));
        // Whoever is called answers one word of zeroes.
        vm.etch(bonding, hex"60206000f3");
        vm.etch(minter, hex"60206000f3");
        vm.roll(1000);
    }

    function _unknownHash(uint256 number) private view returns (bytes memory) {
        return abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, number, block.number);
    }

    // --- construction

    function test_constructor_storesTheControllerWithoutCallingIt() public {
        RoundsManager fresh = new RoundsManager(stranger);
        assertEq(address(fresh.controller()), stranger);
        assertEq(fresh.targetContractId(), bytes32(0));
        assertEq(fresh.roundLength(), 0);
        assertEq(fresh.roundLockAmount(), 0);
        assertEq(fresh.lastInitializedRound(), 0);
        assertEq(fresh.lastRoundLengthUpdateRound(), 0);
        assertEq(fresh.lastRoundLengthUpdateStartBlock(), 0);
    }

    function test_revertWhenNoLengthWasSet() public {
        bytes memory notSet = abi.encodeWithSelector(IRoundsManager.RoundsManagerRoundLengthNotSet.selector);
        vm.expectRevert(notSet);
        rounds.currentRound();
        vm.expectRevert(notSet);
        rounds.currentRoundStartBlock();
        vm.expectRevert(notSet);
        rounds.currentRoundInitialized();
        vm.expectRevert(notSet);
        rounds.currentRoundLocked();
        vm.expectRevert(notSet);
        rounds.initializeRound();
    }

    // --- blocks

    function test_blockNum_isTheCurrentBlock() public {
        assertEq(rounds.blockNum(), 1000);
        vm.roll(1001);
        assertEq(rounds.blockNum(), 1001);
    }

    function test_blockHash_ofTheLast256Blocks() public view {
        for (uint256 number = 1000 - 256; number < 1000; number++) {
            assertEq(rounds.blockHash(number), blockhash(number));
            assertTrue(rounds.blockHash(number) != 0, "a hash that is known");
        }
    }

    function test_blockHash_inTheFirst256Blocks() public {
        vm.roll(255);
        assertEq(rounds.blockHash(0), blockhash(0));
        vm.roll(256);
        assertEq(rounds.blockHash(0), blockhash(0));
        vm.roll(257);
        vm.expectRevert(_unknownHash(0));
        rounds.blockHash(0);
    }

    function test_revertWhen_blockHash_ofTheCurrentBlockOrALaterOne() public {
        vm.expectRevert(_unknownHash(1000));
        rounds.blockHash(1000);
        vm.expectRevert(_unknownHash(1001));
        rounds.blockHash(1001);
        vm.expectRevert(_unknownHash(type(uint256).max));
        rounds.blockHash(type(uint256).max);
    }

    function test_revertWhen_blockHash_isTooOld() public {
        vm.expectRevert(_unknownHash(743));
        rounds.blockHash(743);
        vm.expectRevert(_unknownHash(0));
        rounds.blockHash(0);
    }

    // --- length

    function test_setRoundLength_firstCountsFromBlockZero() public {
        vm.expectEmit(address(rounds));
        emit IManager.ParameterUpdate("roundLength");
        rounds.setRoundLength(50);
        assertEq(rounds.roundLength(), 50);
        assertEq(rounds.lastRoundLengthUpdateRound(), 20);
        assertEq(rounds.lastRoundLengthUpdateStartBlock(), 1000);
        assertEq(rounds.currentRound(), 20);
        assertEq(rounds.currentRoundStartBlock(), 1000);
    }

    function test_setRoundLength_firstInTheMiddleOfARound() public {
        vm.roll(1049);
        rounds.setRoundLength(50);
        assertEq(rounds.lastRoundLengthUpdateRound(), 20);
        assertEq(rounds.lastRoundLengthUpdateStartBlock(), 1000);
        vm.roll(1050);
        assertEq(rounds.currentRound(), 21);
        assertEq(rounds.currentRoundStartBlock(), 1050);
    }

    function test_setRoundLength_longer_theRoundGoesOn() public {
        rounds.setRoundLength(50);
        vm.roll(1070);
        rounds.setRoundLength(100);
        assertEq(rounds.lastRoundLengthUpdateRound(), 21);
        assertEq(rounds.lastRoundLengthUpdateStartBlock(), 1050);
        assertEq(rounds.currentRound(), 21);
        assertEq(rounds.currentRoundStartBlock(), 1050);
        vm.roll(1149);
        assertEq(rounds.currentRound(), 21);
        vm.roll(1150);
        assertEq(rounds.currentRound(), 22);
        assertEq(rounds.currentRoundStartBlock(), 1150);
    }

    function test_setRoundLength_shorter_severalRoundsMayPassAtOnce() public {
        rounds.setRoundLength(50);
        vm.roll(1075);
        rounds.setRoundLength(10);
        assertEq(rounds.lastRoundLengthUpdateRound(), 21);
        assertEq(rounds.lastRoundLengthUpdateStartBlock(), 1050);
        assertEq(rounds.currentRound(), 23);
        assertEq(rounds.currentRoundStartBlock(), 1070);
    }

    function test_setRoundLength_theSameAgainChangesNothing() public {
        rounds.setRoundLength(50);
        vm.roll(1234);
        (uint256 round, uint256 start) = (rounds.currentRound(), rounds.currentRoundStartBlock());
        rounds.setRoundLength(50);
        assertEq(rounds.currentRound(), round);
        assertEq(rounds.currentRoundStartBlock(), start);
    }

    function test_revertWhen_setRoundLength_isZero() public {
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsManagerInvalidRoundLength.selector));
        rounds.setRoundLength(0);
    }

    function test_revertWhen_setRoundLength_doesNotFit64Bits() public {
        uint256 tooLong = uint256(type(uint64).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 64, tooLong));
        rounds.setRoundLength(tooLong);
        rounds.setRoundLength(tooLong - 1);
        assertEq(rounds.roundLength(), tooLong - 1);
        assertEq(rounds.currentRound(), 0);
    }

    function test_setRoundLockAmount_upToTheWhole() public {
        vm.expectEmit(address(rounds));
        emit IManager.ParameterUpdate("roundLockAmount");
        rounds.setRoundLockAmount(1_000_000);
        assertEq(rounds.roundLockAmount(), 1_000_000);
    }

    function test_revertWhen_setRoundLockAmount_isNoPercentage() public {
        vm.expectRevert(abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, 1_000_001));
        rounds.setRoundLockAmount(1_000_001);
    }

    function test_revertWhen_aStrangerSetsParameters() public {
        bytes memory unauthorized = abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorized);
        rounds.setRoundLength(50);
        vm.expectRevert(unauthorized);
        rounds.setRoundLockAmount(1);
    }

    function test_parametersCanBeSetWhilePaused() public {
        controller.pause();
        rounds.setRoundLength(50);
        rounds.setRoundLockAmount(7);
        assertEq(rounds.roundLength(), 50);
        assertEq(rounds.roundLockAmount(), 7);
    }

    // --- rounds

    function test_initializeRound_takesTheActiveSetThenTheRewards() public {
        rounds.setRoundLength(50);
        assertFalse(rounds.currentRoundInitialized());
        vm.expectEmit(address(rounds));
        emit IRoundsManager.NewRound(20);
        vm.expectCall(bonding, abi.encodeCall(IBondingManager.setActiveTranscoders, ()), 1);
        vm.expectCall(minter, abi.encodeCall(IMinter.setCurrentRewardTokens, ()), 1);
        vm.prank(stranger);
        rounds.initializeRound();
        assertTrue(rounds.currentRoundInitialized());
        assertEq(rounds.lastInitializedRound(), 20);
    }

    function test_initializeRound_roundsMayBeSkipped() public {
        rounds.setRoundLength(50);
        rounds.initializeRound();
        vm.roll(1000 + 50 * 7);
        assertFalse(rounds.currentRoundInitialized());
        rounds.initializeRound();
        assertEq(rounds.lastInitializedRound(), 27);
    }

    function test_initializeRound_failsWholeIfTheOthersFail() public {
        rounds.setRoundLength(50);
        vm.mockCallRevert(minter, abi.encodeCall(IMinter.setCurrentRewardTokens, ()), "no rewards");
        vm.expectRevert("no rewards");
        rounds.initializeRound();
        assertEq(rounds.lastInitializedRound(), 0);
        vm.clearMockedCalls();
        vm.mockCallRevert(bonding, abi.encodeCall(IBondingManager.setActiveTranscoders, ()), "no transcoders");
        vm.expectRevert("no transcoders");
        rounds.initializeRound();
        assertEq(rounds.lastInitializedRound(), 0);
    }

    function test_revertWhen_initializeRound_aSecondTime() public {
        rounds.setRoundLength(50);
        rounds.initializeRound();
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsManagerRoundInitialized.selector, 20));
        rounds.initializeRound();
        vm.roll(1049);
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsManagerRoundInitialized.selector, 20));
        rounds.initializeRound();
    }

    function test_revertWhen_initializeRound_paused() public {
        rounds.setRoundLength(50);
        controller.pause();
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
        rounds.initializeRound();
    }

    function test_roundZeroCountsAsInitializedAndCanNotBe() public {
        rounds.setRoundLength(1001);
        assertEq(rounds.currentRound(), 0);
        assertTrue(rounds.currentRoundInitialized());
        vm.expectRevert(abi.encodeWithSelector(IRoundsManager.RoundsManagerRoundInitialized.selector, 0));
        rounds.initializeRound();
    }

    function test_aShorterLengthMakesTheRoundInitializableAtOnce() public {
        rounds.setRoundLength(50);
        vm.roll(1020);
        rounds.initializeRound();
        rounds.setRoundLength(10);
        assertEq(rounds.currentRound(), 22);
        rounds.initializeRound();
        assertEq(rounds.lastInitializedRound(), 22);
    }

    // --- lock

    function test_currentRoundLocked_theTailOfTheRound() public {
        rounds.setRoundLength(50);
        rounds.setRoundLockAmount(100_000);
        vm.roll(1044);
        assertFalse(rounds.currentRoundLocked());
        vm.roll(1045);
        assertTrue(rounds.currentRoundLocked());
        vm.roll(1049);
        assertTrue(rounds.currentRoundLocked());
        vm.roll(1050);
        assertFalse(rounds.currentRoundLocked());
    }

    function test_currentRoundLocked_neverWithZeroAndAlwaysWithTheWhole() public {
        rounds.setRoundLength(50);
        for (uint256 number = 1000; number < 1050; number++) {
            vm.roll(number);
            rounds.setRoundLockAmount(0);
            assertFalse(rounds.currentRoundLocked());
            rounds.setRoundLockAmount(1_000_000);
            assertTrue(rounds.currentRoundLocked());
        }
    }

    /// @dev The locked part rounds down: a tenth of nine blocks is none.
    function test_currentRoundLocked_roundsDown() public {
        vm.roll(900);
        rounds.setRoundLength(9);
        rounds.setRoundLockAmount(100_000);
        vm.roll(908);
        assertEq(rounds.currentRoundStartBlock(), 900);
        assertFalse(rounds.currentRoundLocked());
        rounds.setRoundLockAmount(111_112);
        assertTrue(rounds.currentRoundLocked());
    }
}
