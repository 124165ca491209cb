// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev slashTranscoder(): a part of its own stake, and its place.
contract SlashTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 2000, alice);
        _newRound();
    }

    function _expectSlashed(address who, address finder, uint256 penalty, uint256 finderReward) private {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderSlashed(who, finder, penalty, finderReward);
    }

    function test_withoutAFinderAllOfThePenaltyIsBurned() public {
        uint256 supply = token.totalSupply();
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(alice);
        _expectSlashed(alice, address(0), 500, 0);
        // Without a finder there is no reward for one, whatever part it would get.
        _slash(alice, address(0), 500_000, 100_000);

        assertEq(token.totalSupply(), supply - 500);
        Stake memory a = _stakeOf(alice);
        assertEq(a.bondedAmount, 500);
        assertEq(a.delegatedAmount, 2500);
        assertEq(a.delegateAddress, alice);
        assertEq(a.lastClaimRound, FIRST_ROUND);
        assertEq(_stakeOf(bob).bondedAmount, 2000);
        assertEq(bonding.getTotalBonded(), 2500);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.getTotalActiveStake(ONE), 0);
        _assertBooksBalance();
    }

    function test_theFinderGetsItsPart() public {
        uint256 supply = token.totalSupply();
        _expectSlashed(alice, carol, 300, 15);
        _slash(alice, carol, 300_000, 50_000);
        assertEq(token.balanceOf(carol), 15);
        assertEq(token.totalSupply(), supply - 285);
        _assertBooksBalance();
    }

    function test_theWholeRangeOfParts() public {
        _slash(alice, carol, 0, 1_000_000);
        assertEq(_stakeOf(alice).bondedAmount, 1000);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        _slash(alice, carol, 1_000_000, 1_000_000);
        assertEq(_stakeOf(alice).bondedAmount, 0);
        assertEq(token.balanceOf(carol), 1000);
        _assertBooksBalance();
    }

    function test_withNothingLeftItOnlyTells() public {
        _slash(alice, address(0), 1_000_000, 0);
        vm.expectCall(address(minter), "", 0);
        _slashNothing(alice, carol);
        _slashNothing(stranger, address(0));
    }

    function _slashNothing(address who, address finder) private {
        _expectSlashed(who, finder, 0, 0);
        _slash(who, finder, 500_000, 500_000);
    }

    function test_oneThatIsUnbonding() public {
        _unbond(alice);
        uint256 bonded = bonding.getTotalBonded();
        _slash(alice, carol, 500_000, 500_000);
        assertEq(_stakeOf(alice).bondedAmount, 500);
        assertEq(bonding.getTotalBonded(), bonded);
        assertEq(_stakeOf(alice).delegatedAmount, 2000);
        assertEq(token.balanceOf(carol), 250);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        vm.prank(alice);
        bonding.withdrawStake();
        assertEq(token.balanceOf(alice), 500);
        _assertBooksBalance();
    }

    function test_oneThatUnbondedAndDidNotWithdraw() public {
        _unbond(alice);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        assertEq(_status(alice), 3);
        _slash(alice, address(0), 500_000, 0);
        assertEq(_stakeOf(alice).bondedAmount, 500);
        _assertBooksBalance();
    }

    /// @dev In a round nobody has initialized, in which nobody is active.
    function test_inARoundThatIsNotInitialized() public {
        rounds.setRound(ONE + 1, false);
        _slash(alice, address(0), 500_000, 0);
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertTrue(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.getTotalActiveStake(ONE), 3000);
        rounds.initialize(bonding, minter);
        _assertBooksBalance();
    }

    function test_anEvictedTranscoderLeavesTheActiveSet() public {
        address[4] memory richer = [bob, carol, dave, erin];
        for (uint256 i = 0; i < 4; i++) {
            _becomeTranscoder(richer[i], 5000);
        }
        assertFalse(bonding.isRegisteredTranscoder(alice));
        _slash(alice, address(0), 500_000, 0);
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        _assertBooksBalance();
    }

    function test_slashedItMayComeBack() public {
        _slash(alice, address(0), 500_000, 0);
        _announce(alice, 0, 0, 0);
        assertEq(bonding.transcoderTotalStake(alice), 2500);
        _newRound();
        assertTrue(bonding.isActiveTranscoder(alice, ONE + 1));
        _assertBooksBalance();
    }

    function test_revertWhenThePenaltyIsMoreThanTheStake() public {
        vm.startPrank(jobs);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        bonding.slashTranscoder(alice, address(0), 1_001_000, 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        bonding.slashTranscoder(alice, carol, 500_000, 1_002_000);
    }

    // --- what was earned before

    /// @dev Until the slash its stake has worked like any other: nobody's share changes, and nothing is left.
    function test_everybodyHasWhatWasEarnedBefore() public {
        _reward(alice, 600);
        _addFees(alice, 1200, ONE);
        // 300 for alice as the transcoder, 300 for 1000 of hers and 2000 of bob's.
        _slash(alice, address(0), 500_000, 0);
        assertEq(_pool(alice, ONE).claimableStake, 3000);
        assertEq(bonding.pendingStake(alice, ONE), 500 + 300 + 100);
        assertEq(bonding.pendingFees(alice, ONE), 900 + 100);
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 2000 + 200);
        assertEq(_stakeOf(bob).fees, 200);
        _claim(alice);
        assertEq(_stakeOf(alice).bondedAmount, 500 + 300 + 100);
        assertEq(_stakeOf(alice).fees, 900 + 100);
        Pool memory p = _pool(alice, ONE);
        assertEq(p.rewardPool + p.feePool + p.claimableStake, 0);
        _assertBooksBalance();
    }

    /// @dev From the next round on the stake that is gone has no share: of 300 alice has 300 * 650 / 2850.
    function test_afterItOnlyWhatIsLeftEarns() public {
        _reward(alice, 600);
        _slash(alice, address(0), 250_000, 0);
        vm.prank(alice);
        bonding.transcoder(500_000, 250_000, 10);
        _newRound();
        assertEq(_pool(alice, ONE + 1).totalStake, 750 + 2000 + 600);
        _reward(alice, 670);
        // In the first round 100 of the shared 300 were hers, in the second 335 * 1150 / 3350.
        assertEq(bonding.pendingStake(alice, ONE + 1), 750 + 400 + 335 + 115);
        _claim(alice);
        assertEq(_stakeOf(alice).bondedAmount, 750 + 400 + 335 + 115);
        _claim(bob);
        assertEq(_stakeOf(bob).bondedAmount, 2000 + 200 + 220);
        _assertBooksBalance();
    }

    /// @dev Slashed in two rounds and twice in one of them, claiming one by one: each pool finds the stake it began with.
    function test_severalTimesBetweenTwoClaims() public {
        _reward(alice, 600);
        _slash(alice, address(0), 100_000, 0);
        _slash(alice, address(0), 100_000, 0);
        vm.prank(alice);
        bonding.transcoder(500_000, 250_000, 10);
        _newRound();
        _reward(alice, 600);
        _slash(alice, address(0), 100_000, 0);
        _newRound();
        assertEq(_stakeOf(alice).bondedAmount, 729);
        uint256 pending = bonding.pendingStake(alice, ONE + 2);
        for (uint256 round = ONE; round <= ONE + 2; round++) {
            vm.prank(alice);
            bonding.claimEarnings(round);
        }
        assertEq(_stakeOf(alice).bondedAmount, pending);
        _claim(bob);
        assertEq(_stakeOf(alice).bondedAmount + _stakeOf(bob).bondedAmount, 729 + 2000 + 1200);
        for (uint256 round = ONE; round <= ONE + 2; round++) {
            Pool memory p = _pool(alice, round);
            assertEq(p.rewardPool + p.claimableStake, 0);
        }
        _assertBooksBalance();
    }

    /// @dev Before its round is initialized stake is slashed that the round's pool will not count.
    function test_betweenTwoActiveSets() public {
        _reward(alice, 600);
        rounds.setRound(ONE + 1, false);
        _slash(bob, address(0), 500_000, 0);
        vm.prank(address(rounds));
        bonding.setActiveTranscoders();
        rounds.setRound(ONE + 1, true);
        assertEq(_pool(alice, ONE + 1).totalStake, 1000 + 1000 + 600);
        _claim(alice);
        vm.prank(bob);
        bonding.unbond();
        assertEq(_stakeOf(bob).bondedAmount, 1000 + 200);
        assertEq(_pool(alice, ONE + 1).claimableStake, 0);
        assertEq(_stakeOf(alice).delegatedAmount, 1400);
        _assertBooksBalance();
    }

    /// @dev Slashed after it claimed the round, it has no share in anything any more.
    function test_afterAClaimOfTheRound() public {
        _claim(alice);
        _slash(alice, address(0), 500_000, 0);
        _addFees(alice, 1200, ONE);
        assertEq(_stakeOf(alice).fees, 900);
        _claim(bob);
        assertEq(_stakeOf(bob).fees, 300);
        assertEq(_pool(alice, ONE).claimableStake, 0);
        _assertBooksBalance();
    }

    /// @dev All of its stake lost, what it has earned as a transcoder and by its stake is still its own.
    function test_whatItEarnedStaysItsOwn() public {
        _reward(alice, 600);
        _addFees(alice, 1200, ONE);
        _claim(bob);
        _slash(alice, address(0), 1_000_000, 0);
        _claim(alice);
        assertEq(_stakeOf(alice).bondedAmount, 600 - 200);
        assertEq(_stakeOf(alice).fees, 1200 - 200);
        assertEq(_pool(alice, ONE).rewardPool + _pool(alice, ONE).feePool, 0);
        _assertBooksBalance();
    }

    /// @dev All of the last share lost, and it was with another that has claimed: it is not lost.
    function test_theLastShareIsSomebodysWhoeverClaimed() public {
        _becomeTranscoder(carol, 1000);
        _bond(dave, 500, carol);
        _newRound();
        _setMintable(9000);
        vm.prank(carol);
        bonding.reward();
        uint256 reward = _pool(carol, ONE + 1).rewardPool;
        _claim(carol);
        _slash(dave, address(0), 1_000_000, 0);
        _claim(dave);
        assertEq(_stakeOf(carol).bondedAmount + _stakeOf(dave).bondedAmount, 1000 + reward);
        assertEq(_pool(carol, ONE + 1).rewardPool, 0);
        _assertBooksBalance();
    }

    /// @dev One that never claims does not make its slashing dear.
    function test_theCostDoesNotDependOnHowLongItDidNotClaim() public {
        rounds.setRound(ONE + 100_000, false);
        vm.prank(jobs);
        uint256 gas = gasleft();
        bonding.slashTranscoder(alice, address(0), 500_000, 0);
        assertLt(gas - gasleft(), 250_000);
        assertEq(_stakeOf(alice).bondedAmount, 500);
    }
}
