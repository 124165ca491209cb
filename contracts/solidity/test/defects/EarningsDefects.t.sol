// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {DefectsFixture} from "./DefectsFixture.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev Defects of rewards and fees: what each one gets, and that all of it is somebody's.
contract EarningsDefectsTest is DefectsFixture {
    uint256 internal constant FEES = 60 ether;
    /// @dev A third of the half that is shared, rounded down.
    uint256 internal constant THIRD = MINTABLE / 6;

    /// @dev Ann before Tom before Ben: in 2018 they got 1,667, 6,250 and 1,041 of 10,000, and 1,041 were nobody's.
    function test_B3_earningsDoNotDependOnTheOrderOfClaims() public {
        uint256 round = _threeThirds();
        assertEq(_reward(tom), MINTABLE);
        _addFees(tom, FEES, round);
        uint256 state = vm.snapshotState();

        address[3][6] memory orders =
            [[tom, ann, ben], [tom, ben, ann], [ann, tom, ben], [ben, tom, ann], [ann, ben, tom], [ben, ann, tom]];
        for (uint256 i = 0; i < orders.length; i++) {
            for (uint256 j = 0; j < 3; j++) {
                _claim(orders[i][j]);
            }
            assertApproxEqAbs(_bonded(tom), 1000 ether + MINTABLE / 2 + THIRD, 1);
            assertApproxEqAbs(_bonded(ann), 1000 ether + THIRD, 1);
            assertApproxEqAbs(_bonded(ben), 1000 ether + THIRD, 1);
            assertEq(_bonded(tom) + _bonded(ann) + _bonded(ben), 3000 ether + MINTABLE, "nothing is left over");
            assertEq(_fees(tom), 40 ether);
            assertEq(_fees(ann), 10 ether);
            assertEq(_fees(ben), 10 ether);
            Pool memory pool = _pool(tom, round);
            assertEq(pool.rewardPool + pool.feePool + pool.claimableStake, 0);
            assertTrue(vm.revertToState(state));
        }
    }

    /// @dev The views say beforehand what each will get, whoever comes first.
    function test_B3_thePendingViewsDoNotDependOnTheOrderEither() public {
        uint256 round = _threeThirds();
        _reward(tom);
        _addFees(tom, FEES, round);
        uint256 stake = bonding.pendingStake(ben, round);
        _claim(tom);
        _claim(ann);
        assertApproxEqAbs(bonding.pendingStake(ben, round), stake, 1);
        assertEq(bonding.pendingFees(ben, round), 10 ether);
    }

    /// @dev Round by round or all at once, in any order: the same.
    function test_B3_claimingInPortionsComesToTheSame() public {
        _threeThirds();
        uint256 minted = 0;
        for (uint256 i = 0; i < 3; i++) {
            minted += _reward(tom);
            _addFees(tom, FEES, rounds.currentRound());
            if (i < 2) _nextRound(1);
        }
        uint256 state = vm.snapshotState();
        _claim(ann);
        _claim(tom);
        _claim(ben);
        uint256[3] memory atOnce = [_bonded(ann), _bonded(tom), _bonded(ben)];
        assertEq(atOnce[0] + atOnce[1] + atOnce[2], 3000 ether + minted);
        assertEq(_fees(ann) + _fees(tom) + _fees(ben), 3 * FEES);
        assertTrue(vm.revertToState(state));

        uint256 last = rounds.currentRound();
        for (uint256 round = last - 2; round <= last; round++) {
            address[3] memory order = round % 2 == 0 ? [tom, ben, ann] : [ben, ann, tom];
            for (uint256 j = 0; j < 3; j++) {
                vm.prank(order[j]);
                bonding.claimEarnings(round);
            }
        }
        assertApproxEqAbs(_bonded(ann), atOnce[0], 6);
        assertApproxEqAbs(_bonded(tom), atOnce[1], 6);
        assertApproxEqAbs(_bonded(ben), atOnce[2], 6);
        assertEq(_bonded(ann) + _bonded(tom) + _bonded(ben), 3000 ether + minted);
        assertEq(_fees(ann) + _fees(tom) + _fees(ben), 3 * FEES);
    }

    /// @dev Tom takes his half and leaves: Tina's 3,000 of the remaining 5,000 made 6,000, and Theo's reward reverted.
    function test_B2_aResignationTakesNothingFromTheRewardsOfOthers() public {
        _stand(tom, 5000 ether);
        _stand(tina, 3000 ether);
        _stand(theo, 2000 ether);
        uint256 round = _nextRound(1);
        assertEq(_reward(tom), 5000 ether);
        _unbond(tom);
        assertEq(bonding.getTotalActiveStake(round), 5000 ether, "the set's stake falls, as it always did");

        assertEq(_reward(tina), 3000 ether);
        assertEq(_reward(theo), 2000 ether);
        assertEq(minter.currentMintedTokens(), minter.currentMintableTokens());
    }

    /// @dev The same without a reward taken: what the one who left did not take is not minted.
    function test_B2_whatTheOneWhoLeftDidNotTakeIsNotMinted() public {
        _stand(tom, 5000 ether);
        _stand(tina, 3000 ether);
        _stand(theo, 2000 ether);
        _nextRound(1);
        _unbond(tom);
        assertEq(_reward(tina), 3000 ether);
        assertEq(_reward(theo), 2000 ether);
        assertEq(minter.currentMintedTokens(), 5000 ether);
    }

    /// @dev Fees for a round that everybody had claimed were lost.
    function test_B9_feesAfterEverybodyClaimedAreTheTranscoders() public {
        uint256 round = _threeThirds();
        _nextRound(1);
        _claim(tom);
        _claim(ann);
        _claim(ben);

        _addFees(tom, FEES, round);

        assertEq(_fees(tom), FEES);
        assertEq(_pool(tom, round).feePool, 0);
        vm.prank(tom);
        bonding.withdrawFees();
        assertEq(tom.balance, FEES);
        assertEq(address(minter).balance, 0);
    }

    /// @dev The rounding of rewards must not leave dust behind that counts as stake which did not claim: late fees would be
    /// shared with it, that is, lost.
    function test_B9_rewardsLeaveNoDustThatWouldTakeFees() public {
        _stand(tom, 1000 ether + 1);
        _bond(ann, 700 ether + 3, tom);
        _bond(ben, 13 ether + 7, tom);
        uint256 first = _nextRound(1);
        for (uint256 i = 0; i < 6; i++) {
            _reward(tom);
            if (i == 2) _claim(ann);
            if (i == 3) _claim(tom);
            _nextRound(1);
        }
        _claim(ben);
        _claim(tom);
        _claim(ann);
        for (uint256 round = first; round <= rounds.currentRound(); round++) {
            assertEq(_pool(tom, round).claimableStake, 0);
            assertEq(_pool(tom, round).rewardPool, 0);
            _addFees(tom, 1 ether, round);
        }
        assertEq(_fees(tom), 7 ether);
        assertEq(_delegated(tom), _bonded(tom) + _bonded(ann) + _bonded(ben));
    }

    /// @dev A transcoder that took out its fees before its reward, as many did each day, lost its part of it.
    function test_U3_theTranscodersOwnPartOfALateRewardIsItsStakeAtOnce() public {
        uint256 round = _threeThirds();
        _claim(tom);
        assertEq(_reward(tom), MINTABLE);

        assertEq(_bonded(tom), 1000 ether + MINTABLE / 2);
        assertEq(_pool(tom, round).rewardPool, MINTABLE / 2, "the other half is for those who have not claimed");
        _assertRanked(tom, 3000 ether + MINTABLE);
        assertEq(bonding.getTotalBonded(), 3000 ether + MINTABLE);
        _claim(ann);
        _claim(ben);
        assertEq(_bonded(ann), 1000 ether + MINTABLE / 4);
        assertEq(_bonded(ben), 1000 ether + MINTABLE / 4);
    }

    function test_U3_theTranscodersOwnPartOfLateFeesIsItsAtOnce() public {
        uint256 round = _threeThirds();
        _claim(tom);
        _addFees(tom, FEES, round);
        assertEq(_fees(tom), FEES / 2);
        _claim(ann);
        _claim(ben);
        assertEq(_fees(ann), FEES / 4);
        assertEq(_fees(ben), FEES / 4);
    }

    /// @dev Kept as in 2018: who claims too early has no part in what comes later; it is for the others.
    function test_U3_aDelegatorThatClaimedBeforeHasNoPart() public {
        uint256 round = _threeThirds();
        _claim(ann);
        _reward(tom);
        _addFees(tom, FEES, round);
        _claim(tom);
        _claim(ben);
        assertEq(_bonded(ann), 1000 ether);
        assertEq(_fees(ann), 0);
        assertEq(_bonded(tom), 1000 ether + MINTABLE / 2 + MINTABLE / 4);
        assertEq(_bonded(ben), 1000 ether + MINTABLE / 4);
        assertEq(_fees(tom), FEES / 2 + FEES / 4);
        assertEq(_fees(ben), FEES / 4);
    }

    function test_U3_aRewardAfterEverybodyClaimedIsTheTranscoders() public {
        _threeThirds();
        _claim(ann);
        _claim(tom);
        _claim(ben);
        _reward(tom);
        assertEq(_bonded(tom), 1000 ether + MINTABLE);
        _assertRanked(tom, 3000 ether + MINTABLE);
        assertEq(bonding.getTotalBonded(), 3000 ether + MINTABLE);
    }

    /// @dev Tom works for his delegators while his own stake is with Tina: his part goes where his stake is.
    function test_U3_theOwnPartOfATranscoderWithItsStakeElsewhereGoesThere() public {
        _stand(tina, 3000 ether);
        _threeThirds();
        vm.prank(tom);
        bonding.bond(0, tina);
        assertEq(_reward(tom), MINTABLE / 2);

        assertEq(_bonded(tom), 1000 ether + MINTABLE / 4);
        _assertRanked(tina, 4000 ether + MINTABLE / 4);
        _assertRanked(tom, 2000 ether + MINTABLE / 4);
        _claim(ann);
        _claim(ben);
        assertEq(_bonded(ann) + _bonded(ben), 2000 ether + MINTABLE / 4);
        assertEq(bonding.getTotalBonded(), 6000 ether + MINTABLE / 2);
    }

    /// @dev Less than a millionth of a pool earned nothing.
    function test_U4_smallStakesEarn() public {
        uint256 small = 0.0005 ether;
        _stand(tom, 1000 ether);
        _bond(ann, small, tom);
        uint256 round = _nextRound(1);
        _reward(tom);
        _addFees(tom, FEES, round);
        _claim(ann);
        assertEq(_bonded(ann) - small, Math.mulDiv(MINTABLE / 2, small, 1000 ether + small));
        assertEq(_fees(ann), Math.mulDiv(FEES / 2, small, 1000 ether + small));
        assertGt(_fees(ann), 14e12);
    }

    function test_U4_smallTranscodersAreRewarded() public {
        uint256 small = 0.0005 ether;
        _stand(tom, 1000 ether);
        _stand(tina, small);
        _nextRound(1);
        assertEq(_reward(tina), Math.mulDiv(MINTABLE, small, 1000 ether + small));
        assertEq(_reward(tom), Math.mulDiv(MINTABLE, 1000 ether, 1000 ether + small));
        assertApproxEqAbs(minter.currentMintedTokens(), MINTABLE, 1);
    }

    /// @dev Tom's pool with 1,000 LPT each of Tom, Ann and Ben.
    function _threeThirds() private returns (uint256 round) {
        _stand(tom, 1000 ether);
        _bond(ann, 1000 ether, tom);
        _bond(ben, 1000 ether, tom);
        round = _nextRound(1);
    }
}
