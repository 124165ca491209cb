// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingFixture} from "./BondingFixture.sol";

/// @dev Rules of who works and what it costs that 2018 did not keep: all that was fixed as a round began holds for it.
contract ElectionRulesTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    /// @dev Alice is active and then pushed out of the pool.
    function _evictAlice() private {
        _becomeTranscoder(alice, 1000);
        _bond(bob, 1000, alice);
        _newRound();
        address[4] memory richer = [carol, dave, erin, stranger];
        for (uint256 i = 0; i < 4; i++) {
            _becomeTranscoder(richer[i], 5000);
        }
        assertFalse(bonding.isRegisteredTranscoder(alice));
    }

    function test_anEvictedTranscoderGetsTheRewardOfItsRound() public {
        _evictAlice();
        _reward(alice, 1000);
        assertEq(_pool(alice, ONE).rewardPool, 1000);
        assertEq(_stakeOf(alice).delegatedAmount, 3000);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.transcoderTotalStake(alice), 0);
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 1250);
        _assertBooksBalance();
    }

    /// @dev What JobsManager asks to let it claim the work it was elected for.
    function test_anEvictedTranscoderIsElectedAndPaid() public {
        _evictAlice();
        assertTrue(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.electActiveTranscoder(10, 0, ONE), alice);
        _newRound();
        _addFees(alice, 1000, ONE);
        assertEq(_pool(alice, ONE).feePool, 1000);
        _assertBooksBalance();
    }

    function test_anElectionIsByThePricesOfItsRound() public {
        _becomeTranscoder(alice, 1000);
        _newRound();
        assertEq(bonding.electActiveTranscoder(10, 0, ONE), alice);
        _announce(alice, 500_000, 250_000, 99);
        _newRound();
        assertEq(bonding.electActiveTranscoder(10, 0, ONE), alice);
        assertEq(bonding.electActiveTranscoder(98, 0, ONE + 1), address(0));
        assertEq(bonding.electActiveTranscoder(99, 0, ONE + 1), alice);
        // Cheaper now, it is not elected for a round in which it was dear.
        _announce(alice, 500_000, 250_000, 1);
        _newRound();
        assertEq(bonding.electActiveTranscoder(98, 0, ONE + 1), address(0));
    }
}
