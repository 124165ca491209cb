// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev unbond(): always all of it; a transcoder resigns.
contract UnbondTest is BondingFixture {
    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 500, alice);
        _bond(carol, 200, dave);
        _newRound();
    }

    function test_endsTheBondOfADelegator() public {
        vm.expectEmit(address(bonding));
        emit IBondingManager.Unbond(alice, bob);
        _unbond(bob);

        Stake memory b = _stakeOf(bob);
        assertEq(b.bondedAmount, 500);
        assertEq(b.delegateAddress, address(0));
        assertEq(b.startRound, 0);
        assertEq(b.withdrawRound, FIRST_ROUND + 1 + UNBONDING_PERIOD);
        assertEq(b.lastClaimRound, FIRST_ROUND + 1);
        assertEq(_status(bob), 2);
        assertEq(_stakeOf(alice).delegatedAmount, 1000);
        assertEq(bonding.transcoderTotalStake(alice), 1000);
        assertEq(bonding.getTotalBonded(), 1200);
        // What works in this round was fixed as it began.
        assertEq(bonding.getTotalActiveStake(FIRST_ROUND + 1), 1500);
        assertEq(token.balanceOf(address(minter)), 1700);
        _assertBooksBalance();
    }

    function test_fromOneThatIsNoTranscoder() public {
        _unbond(carol);
        assertEq(_stakeOf(dave).delegatedAmount, 0);
        assertEq(bonding.getTotalBonded(), 1500);
        _assertBooksBalance();
    }

    function test_claimsFirst() public {
        _reward(alice, 900);
        _unbond(bob);
        assertEq(_stakeOf(bob).bondedAmount, 500 + 150);
        assertEq(_stakeOf(alice).delegatedAmount, 1000 + 750);
        assertEq(bonding.getTotalBonded(), 1000 + 750 + 200);
        _assertBooksBalance();
    }

    function test_aTranscoderResignsWithAllStakeBehindIt() public {
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(alice);
        vm.expectEmit(address(bonding));
        emit IBondingManager.Unbond(alice, alice);
        _unbond(alice);

        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertEq(bonding.getTranscoderPoolSize(), 0);
        assertFalse(bonding.isActiveTranscoder(alice, FIRST_ROUND + 1));
        assertEq(bonding.getTotalActiveStake(FIRST_ROUND + 1), 0);
        assertEq(bonding.activeTranscoderSet(FIRST_ROUND + 1), 0);
        assertEq(_stakeOf(alice).delegatedAmount, 500);
        assertEq(bonding.getTotalBonded(), 700);
        // Its delegators stay, and earn nothing.
        assertEq(_status(bob), 1);
        _newRound();
        assertFalse(bonding.isActiveTranscoder(alice, FIRST_ROUND + 2));
        _assertBooksBalance();
    }

    function test_aTranscoderThatIsNotActiveYetResigns() public {
        _becomeTranscoder(erin, 300);
        rounds.setRound(FIRST_ROUND + 2, true);
        uint256 before = bonding.getTotalActiveStake(FIRST_ROUND + 1);
        _unbond(erin);
        assertFalse(bonding.isRegisteredTranscoder(erin));
        assertEq(bonding.getTotalActiveStake(FIRST_ROUND + 1), before);
        _assertBooksBalance();
    }

    /// @dev Active flags of other rounds stay.
    function test_otherRoundsAreNotTouched() public {
        _newRound();
        _unbond(alice);
        assertTrue(bonding.isActiveTranscoder(alice, FIRST_ROUND + 1));
        assertEq(bonding.getTotalActiveStake(FIRST_ROUND + 1), 1500);
        assertFalse(bonding.isActiveTranscoder(alice, FIRST_ROUND + 2));
    }

    /// @dev Evicted and active still, it would otherwise work without stake to lose.
    function test_anEvictedTranscoderLeavesTheActiveSet() public {
        bonding.setNumActiveTranscoders(1);
        address[4] memory richer = [bob, carol, dave, erin];
        for (uint256 i = 0; i < 4; i++) {
            _becomeTranscoder(richer[i], 5000);
        }
        assertFalse(bonding.isRegisteredTranscoder(alice));
        assertTrue(bonding.isActiveTranscoder(alice, FIRST_ROUND + 1));
        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(alice);
        _unbond(alice);
        assertFalse(bonding.isActiveTranscoder(alice, FIRST_ROUND + 1));
        assertEq(bonding.getTotalActiveStake(FIRST_ROUND + 1), 0);
        _assertBooksBalance();
    }

    function test_revertWhenNotBonded() public {
        _bond(erin, 100, alice);
        vm.expectRevert(_notBonded(erin, IBondingManager.DelegatorStatus.Pending));
        _unbond(erin);
        vm.expectRevert(_notBonded(stranger, IBondingManager.DelegatorStatus.Unbonded));
        _unbond(stranger);
        _unbond(bob);
        vm.expectRevert(_notBonded(bob, IBondingManager.DelegatorStatus.Unbonding));
        _unbond(bob);
        for (uint256 i = 0; i < UNBONDING_PERIOD; i++) {
            _newRound();
        }
        vm.expectRevert(_notBonded(bob, IBondingManager.DelegatorStatus.Unbonded));
        _unbond(bob);
    }

    function test_revertWhenTooFarBehind() public {
        rounds.setRound(FIRST_ROUND + MAX_CLAIM_ROUNDS + 1, true);
        vm.expectRevert(
            abi.encodeWithSelector(
                IBondingManager.BondingManagerTooManyRounds.selector, MAX_CLAIM_ROUNDS + 1, MAX_CLAIM_ROUNDS
            )
        );
        _unbond(bob);
        vm.prank(bob);
        bonding.claimEarnings(FIRST_ROUND + 1);
        _unbond(bob);
        assertEq(_status(bob), 2);
    }

    function _notBonded(address who, IBondingManager.DelegatorStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBondingManager.BondingManagerNotBonded.selector, who, status);
    }
}
