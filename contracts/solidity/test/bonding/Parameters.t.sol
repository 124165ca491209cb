// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";
import {BondingFixture} from "./BondingFixture.sol";

contract ParametersTest is BondingFixture {
    function _expectUpdate(string memory param) private {
        vm.expectEmit(address(bonding));
        emit IManager.ParameterUpdate(param);
    }

    function test_constructor_storesTheControllerAndNothingElse() public {
        BondingManager fresh = new BondingManager(stranger);
        assertEq(address(fresh.controller()), stranger);
        assertEq(fresh.targetContractId(), bytes32(0));
        assertEq(fresh.unbondingPeriod(), 0);
        assertEq(fresh.numActiveTranscoders(), 0);
        assertEq(fresh.maxEarningsClaimsRounds(), 0);
        assertEq(fresh.getTranscoderPoolMaxSize(), 0);
        assertEq(fresh.getTotalBonded(), 0);
    }

    function test_setController_isForTheController() public {
        vm.expectRevert(_unauthorized(address(this)));
        bonding.setController(stranger);
        vm.prank(address(controller));
        bonding.setController(stranger);
        assertEq(address(bonding.controller()), stranger);
    }

    function testFuzz_setUnbondingPeriod(uint64 period) public {
        _expectUpdate("unbondingPeriod");
        bonding.setUnbondingPeriod(period);
        assertEq(bonding.unbondingPeriod(), period);
    }

    function testFuzz_setMaxEarningsClaimsRounds(uint256 maximum) public {
        _expectUpdate("maxEarningsClaimsRounds");
        bonding.setMaxEarningsClaimsRounds(maximum);
        assertEq(bonding.maxEarningsClaimsRounds(), maximum);
    }

    function testFuzz_setNumTranscoders_onlyGrows(uint256 number) public {
        if (number <= 4) {
            vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, number, 4));
            bonding.setNumTranscoders(number);
        } else {
            _expectUpdate("numTranscoders");
            bonding.setNumTranscoders(number);
            assertEq(bonding.getTranscoderPoolMaxSize(), number);
        }
    }

    function test_setNumTranscoders_refusesTheSameAndFewerThanActive() public {
        bonding.setNumActiveTranscoders(4);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, 4, 4));
        bonding.setNumTranscoders(4);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, 3, 4));
        bonding.setNumTranscoders(3);
    }

    function test_setNumActiveTranscoders_isAtMostThePool() public {
        _expectUpdate("numActiveTranscoders");
        bonding.setNumActiveTranscoders(4);
        assertEq(bonding.numActiveTranscoders(), 4);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerActiveSetTooLarge.selector, 5, 4));
        bonding.setNumActiveTranscoders(5);
        bonding.setNumActiveTranscoders(0);
        assertEq(bonding.numActiveTranscoders(), 0);
    }

    /// @dev The owner may set them at any time.
    function test_theyCanBeSetWhilePaused() public {
        controller.pause();
        rounds.setRound(FIRST_ROUND + 1, false);
        bonding.setUnbondingPeriod(9);
        bonding.setNumTranscoders(9);
        bonding.setNumActiveTranscoders(9);
        bonding.setMaxEarningsClaimsRounds(9);
        assertEq(bonding.numActiveTranscoders(), 9);
    }

    function test_revertWhenAStrangerSetsThem() public {
        vm.startPrank(stranger);
        vm.expectRevert(_unauthorized(stranger));
        bonding.setUnbondingPeriod(1);
        vm.expectRevert(_unauthorized(stranger));
        bonding.setNumTranscoders(9);
        vm.expectRevert(_unauthorized(stranger));
        bonding.setNumActiveTranscoders(1);
        vm.expectRevert(_unauthorized(stranger));
        bonding.setMaxEarningsClaimsRounds(1);
    }

    /// @dev The longest period there is does not wrap around.
    function test_theLongestUnbondingPeriodIsWaitedFor() public {
        bonding.setUnbondingPeriod(type(uint64).max);
        _bond(alice, 1000, bob);
        _newRound();
        _unbond(alice);
        assertEq(_stakeOf(alice).withdrawRound, FIRST_ROUND + 1 + type(uint64).max);
        assertEq(_status(alice), 2);
    }
}
