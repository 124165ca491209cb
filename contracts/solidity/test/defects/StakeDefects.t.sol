// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {DefectsFixture} from "./DefectsFixture.sol";

/// @dev Defects of stake that comes, goes, comes back and is slashed: every sum must know of it.
contract StakeDefectsTest is DefectsFixture {
    uint256 internal constant PENDING = 0;
    uint256 internal constant BONDED = 1;

    /// @dev Tom with 1,000 LPT and Ann's 500 behind him, both bonded.
    function setUp() public override {
        super.setUp();
        _stand(tom, 1000 ether);
        _bond(ann, 500 ether, tom);
        _nextRound(1);
        assertEq(bonding.getTotalBonded(), 1500 ether);
    }

    /// @dev Stake bonded again was never counted again. The moment of bonding is as it was, the next round knows better.
    function test_B12_stakeBondedAgainCountsFromTheNextRoundOn() public {
        _unbond(ann);
        assertEq(bonding.getTotalBonded(), 1000 ether);
        vm.prank(ann);
        bonding.bond(0, tom);
        assertEq(bonding.getTotalBonded(), 1000 ether);
        assertEq(bonding.getTotalRebonded(), 500 ether);
        _assertRanked(tom, 1500 ether);

        _nextRound(1);
        assertEq(bonding.getTotalBonded(), 1500 ether);
        assertEq(bonding.getTotalRebonded(), 0);
    }

    /// @dev With too little bonded, inflation rose where it had to fall: 0.01% bonded instead of 0.015%, for a target of 0.012%.
    function test_B12_inflationSeesStakeBondedAgain() public {
        minter.setTargetBondingRate(120);
        minter.setInflationChange(10);
        _unbond(ann);
        vm.prank(ann);
        bonding.bond(0, tom);
        _nextRound(1);
        assertEq(minter.inflation(), 990);
    }

    /// @dev The total lacked what had been bonded again: the last to unbond could not, its stake was locked.
    function test_B12_whoeverBondedAgainCanLeaveAgain() public {
        _unbond(ann);
        vm.prank(ann);
        bonding.bond(0, tom);
        _nextRound(1);
        _unbond(tom);
        assertEq(bonding.getTotalBonded(), 500 ether);
        _unbond(ann);
        assertEq(bonding.getTotalBonded(), 0);

        _nextRound(UNBONDING_PERIOD);
        vm.prank(ann);
        bonding.withdrawStake();
        vm.prank(tom);
        bonding.withdrawStake();
        assertEq(token.balanceOf(ann), 500 ether);
        assertEq(token.balanceOf(tom), 1000 ether);
        assertEq(token.balanceOf(address(minter)), 0);
    }

    /// @dev Ten rounds of going and coming back add nothing and lose nothing.
    function test_B12_goingAndComingBackChangesNothingInTheEnd() public {
        for (uint256 i = 0; i < 10; i++) {
            _unbond(ann);
            vm.prank(ann);
            bonding.bond(0, tom);
            _nextRound(1 + i % 3);
            assertEq(bonding.getTotalBonded(), 1500 ether);
            _assertRanked(tom, 1500 ether);
        }
    }

    /// @dev New stake counts at once, what waits is slashed first, and only the rest joins.
    function test_B12_aSlashInBetweenTakesFromWhatWaits() public {
        _unbond(tom);
        assertEq(bonding.getTotalBonded(), 500 ether);
        _bond(tom, 100 ether, tom);
        assertEq(bonding.getTotalBonded(), 600 ether);
        assertEq(bonding.getTotalRebonded(), 1000 ether);

        _slash(tom, DOUBLE_SLASH);
        assertEq(_bonded(tom), 770 ether);
        assertEq(bonding.getTotalBonded(), 600 ether);
        assertEq(bonding.getTotalRebonded(), 670 ether);
        assertEq(_delegated(tom), 1270 ether);

        _nextRound(1);
        assertEq(bonding.getTotalBonded(), 1270 ether);
        _unbond(tom);
        _unbond(ann);
        assertEq(bonding.getTotalBonded(), 0);
    }

    /// @dev A penalty larger than what waits takes the rest from what counts.
    function test_B12_aSlashOfMoreThanWaitsTakesTheRestFromWhatCounts() public {
        _unbond(tom);
        _bond(tom, 3000 ether, tom);
        _slash(tom, 500_000);
        assertEq(bonding.getTotalRebonded(), 0);
        assertEq(bonding.getTotalBonded(), 2500 ether);
        _slash(tom, 1_000_000);
        assertEq(bonding.getTotalBonded(), 500 ether);
        _nextRound(1);
        assertEq(bonding.getTotalBonded(), 500 ether);
        assertEq(_delegated(tom), 500 ether);
    }

    /// @dev The event named nobody.
    function test_B1_theEventOfUnbondingNamesTheDelegate() public {
        vm.expectEmit(true, true, true, true, address(bonding));
        emit IBondingManager.Unbond(tom, ann);
        _unbond(ann);
    }

    function test_B1_theEventOfATranscodersUnbondingNamesItself() public {
        vm.expectEmit(true, true, true, true, address(bonding));
        emit IBondingManager.Unbond(tom, tom);
        _unbond(tom);
    }

    /// @dev Stake bonded to nobody was not taken off nobody again as it moved on.
    function test_B4_stakeIsBondedToSomebody() public {
        assertTrue(token.transfer(ben, 100 ether));
        vm.startPrank(ben);
        token.approve(address(bonding), 100 ether);
        vm.expectRevert(IBondingManager.BondingManagerNoDelegate.selector);
        bonding.bond(100 ether, address(0));
        vm.stopPrank();
        assertEq(token.balanceOf(ben), 100 ether);
        assertEq(_delegated(address(0)), 0);

        vm.expectRevert(IBondingManager.BondingManagerNoDelegate.selector);
        vm.prank(ann);
        bonding.bond(0, address(0));
        _assertRanked(tom, 1500 ether);

        _unbond(ann);
        vm.expectRevert(IBondingManager.BondingManagerNoDelegate.selector);
        vm.prank(ann);
        bonding.bond(0, address(0));
    }

    /// @dev A slash before the bond counts took stake from the account alone: the delegate and the total kept it.
    function test_B6_aSlashOfPendingStakeIsTakenFromEverySum() public {
        _bond(tina, 400 ether, tina);
        assertEq(_status(tina), PENDING);
        _slash(tina, DOUBLE_SLASH);
        assertEq(_bonded(tina), 280 ether);
        assertEq(_delegated(tina), 280 ether);
        assertEq(bonding.getTotalBonded(), 1780 ether);

        _nextRound(1);
        _unbond(tina);
        assertEq(_delegated(tina), 0);
        assertEq(bonding.getTotalBonded(), 1500 ether);
    }

    /// @dev The same for one that moved its stake: it is pending with its new delegate.
    function test_B6_aSlashOfMovedStakeIsTakenFromTheNewDelegate() public {
        _stand(tina, 400 ether);
        vm.prank(tom);
        bonding.bond(0, tina);
        assertEq(_status(tom), PENDING);
        _assertRanked(tina, 1400 ether);
        _slash(tom, DOUBLE_SLASH);
        assertEq(_bonded(tom), 700 ether);
        _assertRanked(tina, 1100 ether);
        assertEq(_delegated(tom), 500 ether);
        assertEq(bonding.getTotalBonded(), 1600 ether);
        _nextRound(1);
        _unbond(tom);
        _assertRanked(tina, 400 ether);
    }

    /// @dev The delegate of a slashed one kept its rank: Tina stood before Theo with stake that was burned.
    function test_B7_aSlashLowersTheRankOfTheDelegate() public {
        _stand(tina, 400 ether);
        _stand(theo, 1200 ether);
        vm.prank(tom);
        bonding.bond(0, tina);
        _nextRound(1);
        assertEq(_status(tom), BONDED);
        assertEq(bonding.getFirstTranscoderInPool(), tina);

        _slash(tom, DOUBLE_SLASH);

        _assertRanked(tina, 1100 ether);
        assertEq(bonding.getFirstTranscoderInPool(), theo);
        assertEq(bonding.getNextTranscoderInPool(theo), tina);
        uint256 round = _nextRound(1);
        assertEq(bonding.activeTranscoderTotalStake(tina, round), 1100 ether);
    }

    /// @dev Tina's stake was Tom's alone; with it gone she left the pool without a word and was still elected.
    function test_B8_aTranscoderWithoutStakeResigns() public {
        _stand(tina, 400 ether);
        uint256 round = _nextRound(1);
        assertEq(bonding.getTotalActiveStake(round), 1900 ether);

        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(tina);
        vm.prank(tina);
        bonding.bond(0, tom);

        assertFalse(bonding.isRegisteredTranscoder(tina));
        assertFalse(bonding.isActiveTranscoder(tina, round));
        assertEq(bonding.getTotalActiveStake(round), 1500 ether);
        _assertRanked(tom, 1900 ether);
        for (uint256 lot = 0; lot < 2000 ether; lot += 100 ether) {
            assertEq(bonding.electActiveTranscoder(1, bytes32(lot), round), tom);
        }
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, tina, round));
        vm.prank(tina);
        bonding.reward();
    }

    /// @dev Likewise when the last delegator of one that had moved its own stake leaves.
    function test_B8_aTranscoderLeftByItsLastDelegatorResigns() public {
        _stand(tina, 400 ether);
        vm.prank(tom);
        bonding.bond(0, tina);
        uint256 round = _nextRound(1);
        _assertRanked(tom, 500 ether);
        assertTrue(bonding.isActiveTranscoder(tom, round));

        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(tom);
        _unbond(ann);

        assertFalse(bonding.isRegisteredTranscoder(tom));
        assertFalse(bonding.isActiveTranscoder(tom, round));
        assertEq(bonding.getTotalActiveStake(round), 1400 ether);
    }

    /// @dev Tom resigned by unbonding, and Tina, with whom his stake was, kept it in her rank.
    function test_B13_aTranscoderThatUnbondsFromAnotherLowersThatOnesRankToo() public {
        _stand(tina, 400 ether);
        vm.prank(tom);
        bonding.bond(0, tina);
        uint256 round = _nextRound(1);
        _assertRanked(tina, 1400 ether);

        vm.expectEmit(address(bonding));
        emit IBondingManager.TranscoderResigned(tom);
        vm.expectEmit(address(bonding));
        emit IBondingManager.Unbond(tina, tom);
        _unbond(tom);

        _assertRanked(tina, 400 ether);
        assertFalse(bonding.isRegisteredTranscoder(tom));
        assertFalse(bonding.isActiveTranscoder(tom, round));
        assertEq(_delegated(tom), 500 ether, "Ann's stake stays with him");
        assertEq(bonding.getTotalBonded(), 900 ether);
    }

    /// @dev Anyone could "withdraw" nothing, with an event.
    function test_B11_nothingIsNotWithdrawn() public {
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoStake.selector, stranger));
        vm.prank(stranger);
        bonding.withdrawStake();

        _unbond(ann);
        _nextRound(UNBONDING_PERIOD);
        vm.prank(ann);
        bonding.withdrawStake();
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNoStake.selector, ann));
        vm.prank(ann);
        bonding.withdrawStake();
        assertEq(token.balanceOf(ann), 500 ether);
    }
}
