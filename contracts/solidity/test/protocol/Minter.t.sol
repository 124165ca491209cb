// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Minter} from "../../src/Minter.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {Test} from "../helpers/Test.sol";

/// @dev Takes ETH and tries to withdraw again in the middle.
contract Reentrant {
    Minter private immutable MINTER;
    bool public blocked;

    constructor(Minter minter) {
        MINTER = minter;
    }

    receive() external payable {
        try MINTER.trustedWithdrawETH(payable(address(this)), 1) {}
        catch {
            blocked = true;
        }
    }

    function withdraw() external {
        MINTER.trustedWithdrawETH(payable(address(this)), 1);
    }
}

contract MinterTest is Test {
    uint256 private constant SUPPLY = 1000 ether;

    Controller private controller;
    LivepeerToken private token;
    Minter private minter;
    address private bonding = makeAddr("BondingManager");
    address private jobs = makeAddr("JobsManager");
    address private rounds = makeAddr("RoundsManager");
    address private stranger = makeAddr("stranger");

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        token = new LivepeerToken();
        minter = new Minter(address(controller), 137, 3, 500_000);
        _register("LivepeerToken", address(token));
        _register("Minter", address(minter));
        _register("BondingManager", bonding);
        _register("JobsManager", jobs);
        _register("RoundsManager", rounds);
        vm.etch(bonding, hex"00");
        token.mint(address(minter), SUPPLY);
        token.transferOwnership(address(minter));
        _setBonded(0);
        vm.deal(jobs, 100 ether);
    }

    function _register(string memory name, address where) private {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    function _setBonded(uint256 amount) private {
        vm.mockCall(bonding, abi.encodeCall(IBondingManager.getTotalBonded, ()), abi.encode(amount));
    }

    function _newRound() private {
        vm.prank(rounds);
        minter.setCurrentRewardTokens();
    }

    function _unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, caller);
    }

    function _invalid(uint256 perc) private pure returns (bytes memory) {
        return abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, perc);
    }

    // --- constructor and parameters

    function test_constructor_storesWithoutCallingAnybody() public {
        Minter fresh = new Minter(stranger, 1, 2, 3);
        assertEq(address(fresh.controller()), stranger);
        assertEq(address(fresh.getController()), stranger);
        assertEq(fresh.inflation(), 1);
        assertEq(fresh.inflationChange(), 2);
        assertEq(fresh.targetBondingRate(), 3);
        assertEq(fresh.currentMintableTokens(), 0);
        assertEq(fresh.currentMintedTokens(), 0);
    }

    function test_constructor_refusesInvalidPercentages() public {
        vm.expectRevert(_invalid(1_000_001));
        new Minter(address(controller), 1_000_001, 0, 0);
        vm.expectRevert(_invalid(1_000_001));
        new Minter(address(controller), 0, 1_000_001, 0);
        vm.expectRevert(_invalid(1_000_001));
        new Minter(address(controller), 0, 0, 1_000_001);
    }

    function testFuzz_parameters(uint256 rate, uint256 change) public {
        rate = bound(rate, 0, 1_000_000);
        change = bound(change, 0, 1_000_000);
        vm.expectEmit(address(minter));
        emit IManager.ParameterUpdate("targetBondingRate");
        minter.setTargetBondingRate(rate);
        vm.expectEmit(address(minter));
        emit IManager.ParameterUpdate("inflationChange");
        minter.setInflationChange(change);
        assertEq(minter.targetBondingRate(), rate);
        assertEq(minter.inflationChange(), change);
    }

    function test_parameters_refuseInvalidAndStrangers() public {
        vm.expectRevert(_invalid(1_000_001));
        minter.setTargetBondingRate(1_000_001);
        vm.expectRevert(_invalid(1_000_001));
        minter.setInflationChange(1_000_001);
        vm.startPrank(stranger);
        vm.expectRevert(_unauthorized(stranger));
        minter.setTargetBondingRate(1);
        vm.expectRevert(_unauthorized(stranger));
        minter.setInflationChange(1);
    }

    // --- roles and pause

    function test_roles() public {
        vm.startPrank(stranger);
        vm.expectRevert(_unauthorized(stranger));
        minter.createReward(1, 1);
        vm.expectRevert(_unauthorized(stranger));
        minter.trustedTransferTokens(stranger, 1);
        vm.expectRevert(_unauthorized(stranger));
        minter.trustedBurnTokens(1);
        vm.expectRevert(_unauthorized(stranger));
        minter.trustedWithdrawETH(payable(stranger), 0);
        vm.expectRevert(_unauthorized(stranger));
        minter.depositETH();
        vm.expectRevert(_unauthorized(stranger));
        minter.setCurrentRewardTokens();
        vm.expectRevert(_unauthorized(stranger));
        minter.migrateToNewMinter(IMinter(stranger));
    }

    /// @dev One role is not another: each manager is refused what is another's.
    function test_rolesDoNotOverlap() public {
        vm.startPrank(bonding);
        vm.expectRevert(_unauthorized(bonding));
        minter.depositETH();
        vm.expectRevert(_unauthorized(bonding));
        minter.setCurrentRewardTokens();
        vm.stopPrank();
        address[3] memory others = [jobs, rounds, address(minter)];
        for (uint256 i = 0; i < others.length; i++) {
            vm.startPrank(others[i]);
            vm.expectRevert(_unauthorized(others[i]));
            minter.createReward(1, 1);
            vm.expectRevert(_unauthorized(others[i]));
            minter.trustedTransferTokens(stranger, 1);
            vm.expectRevert(_unauthorized(others[i]));
            minter.trustedBurnTokens(1);
            if (others[i] != rounds) {
                vm.expectRevert(_unauthorized(others[i]));
                minter.setCurrentRewardTokens();
            }
            if (others[i] != jobs) {
                vm.expectRevert(_unauthorized(others[i]));
                minter.trustedWithdrawETH(payable(stranger), 0);
            }
            vm.stopPrank();
        }
        vm.prank(rounds);
        vm.expectRevert(_unauthorized(rounds));
        minter.depositETH();
    }

    function test_pausedSystemStopsEverythingButMigration() public {
        controller.pause();
        bytes memory paused = abi.encodeWithSelector(IManager.ManagerSystemPaused.selector);
        vm.startPrank(bonding);
        vm.expectRevert(paused);
        minter.createReward(1, 1);
        vm.expectRevert(paused);
        minter.trustedTransferTokens(stranger, 1);
        vm.expectRevert(paused);
        minter.trustedBurnTokens(1);
        vm.expectRevert(paused);
        minter.trustedWithdrawETH(payable(stranger), 0);
        vm.stopPrank();
        vm.prank(jobs);
        vm.expectRevert(paused);
        minter.depositETH();
        vm.prank(rounds);
        vm.expectRevert(paused);
        minter.setCurrentRewardTokens();
    }

    // --- inflation

    function test_newRound_belowTargetRaisesInflation() public {
        _setBonded(SUPPLY / 2 - 1 ether);
        vm.expectEmit(address(minter));
        emit IMinter.SetCurrentRewardTokens((SUPPLY * 140) / 1_000_000, 140);
        _newRound();
        assertEq(minter.inflation(), 140);
        assertEq(minter.currentMintableTokens(), (SUPPLY * 140) / 1_000_000);
        assertEq(minter.currentMintedTokens(), 0);
    }

    function test_newRound_aboveTargetLowersInflation() public {
        _setBonded(SUPPLY / 2 + 1 ether);
        _newRound();
        assertEq(minter.inflation(), 134);
    }

    function test_newRound_onTargetKeepsInflation() public {
        _setBonded(SUPPLY / 2);
        _newRound();
        assertEq(minter.inflation(), 137);
    }

    function test_newRound_inflationStopsAtZero() public {
        minter.setInflationChange(138);
        _setBonded(SUPPLY);
        _newRound();
        assertEq(minter.inflation(), 0);
        assertEq(minter.currentMintableTokens(), 0);
    }

    function test_M2_inflationStopsAtAHundredPercent() public {
        minter.setInflationChange(1_000_000);
        _newRound();
        assertEq(minter.inflation(), 1_000_000);
        assertEq(minter.currentMintableTokens(), SUPPLY);
        _newRound();
        assertEq(minter.inflation(), 1_000_000);
    }

    function test_newRound_noSupplyCountsAsRateZero() public {
        _register("LivepeerToken", address(new LivepeerToken()));
        _setBonded(5);
        _newRound();
        assertEq(minter.inflation(), 140);
        assertEq(minter.currentMintableTokens(), 0);
    }

    // --- rewards

    function test_createReward_mintsAndCounts() public {
        _newRound();
        uint256 mintable = minter.currentMintableTokens();
        vm.startPrank(bonding);
        vm.expectEmit(address(minter));
        emit IMinter.RewardCreated(mintable / 4);
        assertEq(minter.createReward(1, 4), mintable / 4);
        assertEq(minter.createReward(3, 4), (mintable * 3) / 4);
        assertEq(minter.currentMintedTokens(), mintable);
        assertEq(token.balanceOf(address(minter)), SUPPLY + mintable);
        uint256 one = MathUtils.percOf(mintable, 1, 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterExceedsMintable.selector, mintable + one, mintable));
        minter.createReward(1, 1_000_000);
        vm.stopPrank();
        _newRound();
        assertEq(minter.currentMintedTokens(), 0);
    }

    function test_createReward_wideFractionsAndZeroDenominator() public {
        _newRound();
        vm.startPrank(bonding);
        assertEq(minter.createReward(1e46, 1e46), minter.currentMintableTokens());
        vm.expectRevert();
        minter.createReward(1, 0);
    }

    // --- LPT and ETH

    function test_trustedTransferAndBurn() public {
        vm.startPrank(bonding);
        vm.expectEmit(address(minter));
        emit IMinter.TokensTransferred(stranger, 4 ether);
        minter.trustedTransferTokens(stranger, 4 ether);
        vm.expectEmit(address(minter));
        emit IMinter.TokensBurned(6 ether);
        minter.trustedBurnTokens(6 ether);
        assertEq(token.balanceOf(stranger), 4 ether);
        assertEq(token.balanceOf(address(minter)), SUPPLY - 10 ether);
        assertEq(token.totalSupply(), SUPPLY - 6 ether);
    }

    function test_ETH_comesAndGoes() public {
        vm.prank(jobs);
        vm.expectEmit(address(minter));
        emit IMinter.ETHDeposited(jobs, 5);
        assertTrue(minter.depositETH{value: 5}());
        vm.prank(bonding);
        minter.trustedWithdrawETH(payable(stranger), 2);
        vm.prank(jobs);
        vm.expectEmit(address(minter));
        emit IMinter.ETHWithdrawn(stranger, 3);
        minter.trustedWithdrawETH(payable(stranger), 3);
        assertEq(stranger.balance, 5);
    }

    function test_ETH_withoutBalanceReverts() public {
        address[2] memory callers = [bonding, jobs];
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IMinter.MinterETHTransferFailed.selector, stranger, 1));
            minter.trustedWithdrawETH(payable(stranger), 1);
        }
    }

    function test_ETH_notAcceptedPlainly() public {
        vm.prank(jobs);
        (bool sent,) = address(minter).call{value: 1}("");
        assertFalse(sent);
    }

    function test_U2_receiverMayUseGasButNotReenter() public {
        vm.prank(jobs);
        minter.depositETH{value: 5}();
        Reentrant receiver = new Reentrant(minter);
        _register("JobsManager", address(receiver));
        receiver.withdraw();
        assertTrue(receiver.blocked());
        assertEq(address(receiver).balance, 1);
    }

    // --- migration

    function test_M1_migratesToARealMinter() public {
        vm.prank(jobs);
        minter.depositETH{value: 7}();
        Minter next = new Minter(address(controller), 1, 1, 1);
        controller.pause();
        vm.expectEmit(address(minter));
        emit IMinter.MigratedToNewMinter(address(next), SUPPLY, 7);
        minter.migrateToNewMinter(next);
        assertEq(token.owner(), address(next));
        assertEq(token.balanceOf(address(next)), SUPPLY);
        assertEq(address(next).balance, 7);
        assertEq(address(minter).balance, 0);
    }

    function test_migrate_needsPause() public {
        Minter next = new Minter(address(controller), 1, 1, 1);
        vm.expectRevert(IManager.ManagerSystemNotPaused.selector);
        minter.migrateToNewMinter(next);
    }

    function test_migrate_refusesBadSuccessors() public {
        controller.pause();
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterInvalidSuccessor.selector, address(minter)));
        minter.migrateToNewMinter(minter);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterInvalidSuccessor.selector, address(0)));
        minter.migrateToNewMinter(IMinter(address(0)));
        vm.expectRevert();
        minter.migrateToNewMinter(IMinter(stranger));
        Minter foreign = new Minter(stranger, 1, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterInvalidSuccessor.selector, address(foreign)));
        minter.migrateToNewMinter(foreign);
    }

    function test_migrate_onlyWhileRegistered() public {
        Minter next = new Minter(address(controller), 1, 1, 1);
        controller.pause();
        _register("Minter", stranger);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterNotRegistered.selector, stranger));
        minter.migrateToNewMinter(next);
    }
}
