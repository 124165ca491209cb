// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev setActiveTranscoders(), the views of a round, and the election.
contract ActiveSetTest is BondingFixture {
    uint256 private constant ONE = FIRST_ROUND + 1;
    uint256 private constant TWO = FIRST_ROUND + 2;

    function _join(address who, uint256 amount, uint256 price) private {
        _bond(who, amount, who);
        _announce(who, 100, 200, price);
    }

    // --- the set

    function test_theHeadOfThePoolIsActive() public {
        _join(alice, 1000, 10);
        _join(bob, 3000, 11);
        _join(carol, 2000, 12);
        _bond(dave, 50, carol);
        _newRound();

        assertTrue(bonding.isActiveTranscoder(bob, ONE));
        assertTrue(bonding.isActiveTranscoder(carol, ONE));
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        assertFalse(bonding.isActiveTranscoder(bob, FIRST_ROUND));
        assertEq(bonding.getTotalActiveStake(ONE), 5050);
        assertEq(bonding.activeTranscoderSet(ONE), 5050);
        assertEq(bonding.activeTranscoderTotalStake(carol, ONE), 2050);

        Pool memory p = _pool(carol, ONE);
        assertEq(p.totalStake, 2050);
        assertEq(p.claimableStake, 2050);
        assertEq(p.rewardPool, 0);
        assertEq(p.feePool, 0);
        assertEq(_pool(alice, ONE).totalStake, 0);
        (uint256 cut, uint256 share, uint256 price) = bonding.getTranscoderTermsForRound(carol, ONE);
        assertEq(cut, 100);
        assertEq(share, 200);
        assertEq(price, 12);
        (cut, share, price) = bonding.getTranscoderTermsForRound(alice, ONE);
        assertEq(cut + share + price, 0);
    }

    function test_thePoolMayBeSmallerThanTheSet() public {
        _newRound();
        assertEq(bonding.getTotalActiveStake(ONE), 0);
        _join(alice, 1000, 10);
        _newRound();
        assertTrue(bonding.isActiveTranscoder(alice, TWO));
        assertEq(bonding.getTotalActiveStake(TWO), 1000);
    }

    function test_noPlacesMeansNobodyActive() public {
        bonding.setNumActiveTranscoders(0);
        _join(alice, 1000, 10);
        _newRound();
        assertFalse(bonding.isActiveTranscoder(alice, ONE));
        assertEq(bonding.electActiveTranscoder(10, 0, ONE), address(0));
    }

    /// @dev Taken as the round begins, and fixed: neither stake nor terms nor ranks change it.
    function test_theSetIsFixedForItsRound() public {
        _join(alice, 1000, 10);
        _join(bob, 2000, 10);
        _newRound();
        _join(carol, 9000, 10);
        _bond(dave, 5000, alice);
        _announce(alice, 1, 2, 3);
        assertEq(bonding.getTotalActiveStake(ONE), 3000);
        assertEq(bonding.activeTranscoderTotalStake(alice, ONE), 1000);
        assertFalse(bonding.isActiveTranscoder(carol, ONE));
        (uint256 cut, uint256 share, uint256 price) = bonding.getTranscoderTermsForRound(alice, ONE);
        assertEq(cut, 100);
        assertEq(share, 200);
        assertEq(price, 10);
        _newRound();
        assertEq(bonding.getTotalActiveStake(TWO), 15_000);
        assertFalse(bonding.isActiveTranscoder(bob, TWO));
        (, cut, share, price,,,) = bonding.getTranscoder(alice);
        assertEq(cut, 1);
        assertEq(share, 2);
        assertEq(price, 3);
        // Bob was last active with the terms it has.
        (, cut, share, price,,,) = bonding.getTranscoder(bob);
        assertEq(price, 10);
    }

    function test_activeTranscoderTotalStake_revertWhenNotActive() public {
        _join(alice, 1000, 10);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, alice, FIRST_ROUND));
        bonding.activeTranscoderTotalStake(alice, FIRST_ROUND);
        _newRound();
        assertEq(bonding.activeTranscoderTotalStake(alice, ONE), 1000);
        _unbond(alice);
        vm.expectRevert(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, alice, ONE));
        bonding.activeTranscoderTotalStake(alice, ONE);
    }

    // --- the election

    /// @dev In the order of the pool: carol 0 to 4999, bob 5000 to 7999, alice 8000 to 9999.
    function _three() private {
        bonding.setNumActiveTranscoders(3);
        _join(alice, 2000, 10);
        _join(bob, 3000, 20);
        _join(carol, 5000, 30);
        _newRound();
    }

    function _elect(uint256 maxPrice, uint256 lot) private view returns (address) {
        return bonding.electActiveTranscoder(maxPrice, bytes32(lot), ONE);
    }

    function test_elect_byStake() public {
        _three();
        assertEq(_elect(30, 0), carol);
        assertEq(_elect(30, 4999), carol);
        assertEq(_elect(30, 5000), bob);
        assertEq(_elect(30, 7999), bob);
        assertEq(_elect(30, 8000), alice);
        assertEq(_elect(30, 9999), alice);
        assertEq(_elect(30, 10_000), carol);
        assertEq(_elect(30, type(uint256).max), _elect(30, type(uint256).max % 10_000));
    }

    function test_elect_onlyThoseWhoAreCheapEnough() public {
        _three();
        assertEq(_elect(20, 0), bob);
        assertEq(_elect(20, 2999), bob);
        assertEq(_elect(20, 3000), alice);
        assertEq(_elect(20, 4999), alice);
        assertEq(_elect(20, 5000), bob);
        assertEq(_elect(10, 1234), alice);
        assertEq(_elect(9, 1234), address(0));
        assertEq(_elect(0, 1234), address(0));
    }

    function test_elect_nobodyWhoResigned() public {
        _three();
        _unbond(carol);
        assertEq(_elect(30, 0), bob);
        assertEq(_elect(30, 4999), alice);
        assertEq(_elect(30, 5000), bob);
        _unbond(bob);
        _unbond(alice);
        assertEq(_elect(30, 0), address(0));
    }

    function test_elect_nobodyInARoundThatWasNotInitialized() public {
        _three();
        assertEq(bonding.electActiveTranscoder(30, 0, TWO), address(0));
        assertEq(bonding.electActiveTranscoder(30, 0, FIRST_ROUND), address(0));
    }

    /// @dev Anyone, any time.
    function test_elect_whilePaused() public {
        _three();
        controller.pause();
        rounds.setRound(TWO, false);
        vm.prank(stranger);
        assertEq(_elect(30, 0), carol);
    }

    /// @dev Each is elected by exactly as many lots as it has stake.
    function testFuzz_elect_isProportionalToStake(uint8[3] memory stakes) public {
        bonding.setNumActiveTranscoders(3);
        address[3] memory all = [alice, bob, carol];
        uint256 total = 0;
        for (uint256 i = 0; i < 3; i++) {
            stakes[i] = uint8(bound(stakes[i], 1, 40));
            total += stakes[i];
            _join(all[i], stakes[i], 10);
        }
        _newRound();
        uint256[3] memory won;
        for (uint256 lot = 0; lot < total; lot++) {
            address elected = _elect(10, lot);
            for (uint256 i = 0; i < 3; i++) {
                if (elected == all[i]) won[i]++;
            }
        }
        for (uint256 i = 0; i < 3; i++) {
            assertEq(won[i], stakes[i]);
        }
    }
}
