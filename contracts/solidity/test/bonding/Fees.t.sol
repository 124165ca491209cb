// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @dev updateTranscoderWithFees(): into the pool of the round they belong to.
contract FeesTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _newRound();
    }

    function _noPool(address who, uint256 round) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBondingManager.BondingManagerNoEarningsPool.selector, who, round);
    }

    function test_areAddedToThePoolOfTheRound() public {
        vm.startPrank(jobs);
        minter.depositETH{value: 1000}();
        vm.expectEmit(address(bonding));
        emit IBondingManager.FeesAdded(alice, ONE, 1000);
        bonding.updateTranscoderWithFees(alice, 1000, ONE);
        vm.stopPrank();
        assertEq(_pool(alice, ONE).feePool, 1000);
        _addFees(alice, 500, ONE);
        assertEq(_pool(alice, ONE).feePool, 1500);
        assertEq(_stakeOf(alice).fees, 0);
        _assertBooksBalance();
    }

    /// @dev As 2018 has it: a registered transcoder may get fees in any round. They are its own.
    function test_ofARoundWithoutAPoolShowUpAndAreTheTranscoders() public {
        uint256 two = ONE + 1;
        rounds.setRound(two, true);
        _addFees(alice, 1000, two);
        Pool memory p = _pool(alice, two);
        assertEq(p.feePool, 1000);
        assertEq(p.totalStake, 0);
        assertEq(p.claimableStake, 0);
        assertEq(bonding.pendingFees(alice, two), 1000);
        assertEq(bonding.pendingFees(bob, two), 0);
        _claim(bob);
        _claim(alice);
        assertEq(_stakeOf(bob).fees, 0);
        assertEq(_stakeOf(alice).fees, 1000);
        _assertBooksBalance();
    }

    /// @dev Even in one it has claimed: they show up all the same.
    function test_ofARoundWithoutAPoolShowUpWhenItIsClaimed() public {
        _becomeTranscoder(carol, 100);
        _addFees(carol, 1000, ONE);
        assertEq(_pool(carol, ONE).feePool, 1000);
    }

    function test_ofOneThatLeftThePool() public {
        _slash(alice, address(0), 1, 0);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        _addFees(alice, 1000, ONE);
        _claim(bob);
        _claim(alice);
        assertEq(_stakeOf(alice).fees + _stakeOf(bob).fees, 1000);
        assertEq(_stakeOf(bob).fees, 125);
        _assertBooksBalance();
    }

    function test_revertWhenItWasNeverActiveAndIsNotRegistered() public {
        vm.startPrank(jobs);
        vm.expectRevert(_noPool(bob, ONE));
        bonding.updateTranscoderWithFees(bob, 1000, ONE);
        vm.stopPrank();
        _unbond(alice);
        vm.startPrank(jobs);
        vm.expectRevert(_noPool(alice, ONE + 1));
        bonding.updateTranscoderWithFees(alice, 1000, ONE + 1);
    }

    /// @dev More than there is ETH.
    function test_revertWhenTheyDoNotFit() public {
        uint256 fees = uint256(type(uint128).max) * 2;
        vm.prank(jobs);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 128, fees - fees / 4));
        bonding.updateTranscoderWithFees(alice, fees, ONE);
    }
}
