// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingFixture} from "./BondingFixture.sol";

/// @dev The whole way once: bond, stand, be elected, earn, claim, unbond, withdraw.
contract LifecycleTest is BondingFixture {
    function test_stakeEarnsAndComesBack() public {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _bond(carol, 1000, alice);
        _newRound();
        uint256 round = rounds.currentRound();
        assertTrue(bonding.isActiveTranscoder(alice, round));
        assertEq(bonding.electActiveTranscoder(10, keccak256("any"), round), alice);
        assertEq(bonding.getTotalActiveStake(round), 3000);

        _reward(alice, 1000);
        _addFees(alice, 1000, round);
        _assertBooksBalance();
        assertEq(bonding.pendingStake(bob, round), 1000 + 166);
        assertEq(bonding.pendingFees(bob, round), 83);

        _claim(bob);
        _claim(alice);
        _claim(carol);
        _assertBooksBalance();
        assertEq(_stakeOf(alice).bondedAmount, 1000 + 500 + 167);
        assertEq(_stakeOf(bob).bondedAmount, 1000 + 166);
        assertEq(_stakeOf(carol).bondedAmount, 1000 + 167);
        assertEq(_stakeOf(alice).fees, 750 + 83);
        assertEq(_stakeOf(bob).fees, 83);
        assertEq(_stakeOf(carol).fees, 84);

        _unbond(alice);
        _unbond(bob);
        _unbond(carol);
        assertEq(bonding.getTotalBonded(), 0);
        assertEq(bonding.getTranscoderPoolSize(), 0);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        for (uint256 i = 0; i < actors.length; i++) {
            vm.startPrank(actors[i]);
            bonding.withdrawStake();
            bonding.withdrawFees();
            vm.stopPrank();
        }
        assertEq(token.balanceOf(address(minter)), 0);
        assertEq(address(minter).balance, 0);
        assertEq(token.balanceOf(alice), 1667);
        assertEq(alice.balance, 833);
        _assertBooksBalance();
    }
}
