// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev Who may call what, and when: every function that changes something, one row each.
contract AccessTest is BondingFixture {
    bytes[] private _forEveryone;
    bytes[] private _forJobs;
    bytes[] private _forRounds;

    function setUp() public override {
        super.setUp();
        _forEveryone.push(abi.encodeCall(IBondingManager.transcoder, (0, 0, 0)));
        _forEveryone.push(abi.encodeCall(IBondingManager.bond, (0, bob)));
        _forEveryone.push(abi.encodeCall(IBondingManager.unbond, ()));
        _forEveryone.push(abi.encodeCall(IBondingManager.withdrawStake, ()));
        _forEveryone.push(abi.encodeCall(IBondingManager.withdrawFees, ()));
        _forEveryone.push(abi.encodeCall(IBondingManager.claimEarnings, (FIRST_ROUND)));
        _forEveryone.push(abi.encodeCall(IBondingManager.reward, ()));
        _forJobs.push(abi.encodeCall(IBondingManager.updateTranscoderWithFees, (alice, 0, FIRST_ROUND)));
        _forJobs.push(abi.encodeCall(IBondingManager.slashTranscoder, (alice, bob, 0, 0)));
        _forRounds.push(abi.encodeCall(IBondingManager.setActiveTranscoders, ()));
    }

    function _assertAllRevert(bytes[] storage calls, address caller, bytes memory reason) private {
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(caller);
            (bool success, bytes memory data) = address(bonding).call(calls[i]);
            assertFalse(success);
            assertEq(data, reason);
        }
    }

    function test_pausedMeansFrozen() public {
        controller.pause();
        _assertAllRevert(_forEveryone, alice, _paused());
        _assertAllRevert(_forJobs, jobs, _paused());
        _assertAllRevert(_forRounds, address(rounds), _paused());
    }

    function test_nothingIsForAnyoneBeforeTheRoundIsInitialized() public {
        _becomeTranscoder(alice, 1000);
        rounds.setRound(FIRST_ROUND + 1, false);
        _assertAllRevert(_forEveryone, alice, _notInitialized());
    }

    function test_theProtocolsOwnFunctionsAreForItsContracts() public {
        address[4] memory callers = [stranger, address(this), address(minter), address(rounds)];
        for (uint256 i = 0; i < callers.length; i++) {
            _assertAllRevert(_forJobs, callers[i], _unauthorized(callers[i]));
        }
        callers = [stranger, address(this), address(minter), jobs];
        for (uint256 i = 0; i < callers.length; i++) {
            _assertAllRevert(_forRounds, callers[i], _unauthorized(callers[i]));
        }
    }

    /// @dev The roles are looked up at each call.
    function test_theRolesMoveWithTheRegistry() public {
        _register("JobsManager", stranger);
        _assertAllRevert(_forJobs, jobs, _unauthorized(jobs));
        vm.prank(stranger);
        bonding.slashTranscoder(alice, bob, 0, 0);
    }

    /// @dev Round 0 counts as initialized, and nothing in it takes anything for granted.
    function test_roundZeroIsARoundLikeAnother() public {
        rounds.setRound(0, true);
        _bond(alice, 1000, alice);
        assertEq(_status(alice), 0);
        assertEq(_stakeOf(alice).startRound, 1);
        assertFalse(bonding.isActiveTranscoder(alice, 0));
    }
}
