// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev reward(): once a round, for the active.
contract RewardTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;

    function setUp() public override {
        super.setUp();
        _becomeTranscoder(alice, 1000);
        _bond(bob, 500, alice);
        _becomeTranscoder(carol, 4500);
        _newRound();
    }

    function test_mintsThePartOfTheStake() public {
        _setMintable(1000);
        vm.expectCall(address(minter), abi.encodeCall(IMinter.createReward, (1500, 6000)));
        vm.expectEmit(address(bonding));
        emit IBondingManager.Reward(alice, 250);
        vm.prank(alice);
        bonding.reward();

        assertEq(_pool(alice, ONE).rewardPool, 250);
        assertEq(_pool(alice, ONE).claimableStake, 1500);
        assertEq(_stakeOf(alice).delegatedAmount, 1750);
        assertEq(_stakeOf(alice).bondedAmount, 1000);
        assertEq(_stakeOf(alice).lastClaimRound, FIRST_ROUND);
        assertEq(bonding.transcoderTotalStake(alice), 1750);
        assertEq(bonding.getTotalBonded(), 6250);
        assertEq(bonding.getTotalActiveStake(ONE), 6000);
        assertEq(token.balanceOf(address(minter)), 6250);
        (uint256 lastRewardRound,,,,,,) = bonding.getTranscoder(alice);
        assertEq(lastRewardRound, ONE);
        _assertBooksBalance();
    }

    function test_allOfItIsMintedByAll() public {
        _setMintable(1000);
        vm.prank(alice);
        bonding.reward();
        vm.prank(carol);
        bonding.reward();
        assertEq(minter.currentMintedTokens(), 1000);
        _assertBooksBalance();
    }

    function test_aRewardOfNothingIsOneAsWell() public {
        _reward(alice, 0);
        assertEq(_stakeOf(alice).delegatedAmount, 1500);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerAlreadyRewarded.selector, alice, ONE));
        _reward(alice, 1000);
    }

    function test_revertTheSecondTimeInARound() public {
        _reward(alice, 1000);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerAlreadyRewarded.selector, alice, ONE));
        _reward(alice, 1000);
        _newRound();
        _reward(alice, 1000);
    }

    function test_revertWhenNotActive() public {
        _becomeTranscoder(dave, 9000);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, dave, ONE));
        _reward(dave, 1000);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, bob, ONE));
        _reward(bob, 1000);
        rounds.setRound(ONE + 1, true);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, alice, ONE + 1));
        _reward(alice, 1000);
    }

    function test_revertWhenItResigned() public {
        _unbond(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, alice, ONE));
        _reward(alice, 1000);
    }

    /// @dev Back in the pool at once, but not in the active set of this round.
    function test_revertWhenItResignedAndCameBack() public {
        _slash(alice, address(0), 1, 0);
        _announce(alice, 500_000, 250_000, 10);
        assertTrue(bonding.isRegisteredTranscoder(alice));
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, alice, ONE));
        _reward(alice, 1000);
        _newRound();
        _reward(alice, 1000);
        _assertBooksBalance();
    }
}
