// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingFixture} from "./BondingFixture.sol";

/// @dev Five who share one transcoder's pools for six rounds, in each of which rewards and fees arrive. However they claim
/// them, in any order and in any portions, each gets the same but for rounding, and together they get all of it.
///
/// Rewards and fees are a few percent of the stake. Where they were many times the stake, a unit of stake that was rounded
/// away in one round would be many units of what the next brings.
contract ClaimOrderFuzzTest is BondingFixture {
    uint256 private constant ROUNDS = 6;
    uint256 private constant PEOPLE = 5;
    // A unit a round and claimant before.
    uint256 private constant ROUNDING = ROUNDS * PEOPLE;

    uint256 private _seed;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < PEOPLE; i++) {
            _meet(makeAddr(string(abi.encodePacked("actor", i))));
        }
    }

    function testFuzz_orderAndPortionsDoNotMatter(uint64[5] memory stakes, uint32 rates, uint256 seed) public {
        _earn(stakes, rates, seed);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < PEOPLE; i++) {
            _claim(actors[i]);
        }
        (uint256[] memory stake, uint256[] memory fees) = _results();

        assertTrue(vm.revertToState(snapshot));
        _seed = seed;
        _claimAnyhow();
        (uint256[] memory otherStake, uint256[] memory otherFees) = _results();
        uint256 sum = 0;
        uint256 sumOfFees = 0;
        for (uint256 i = 0; i < PEOPLE; i++) {
            assertApproxEqAbs(stake[i], otherStake[i], ROUNDING, "stake");
            assertApproxEqAbs(fees[i], otherFees[i], ROUNDING, "fees");
            sum += otherStake[i];
            sumOfFees += otherFees[i];
        }
        assertEq(sum, token.balanceOf(address(minter)));
        assertEq(sumOfFees, address(minter).balance);
    }

    /// @dev And what the views say is what a claim in their place gives.
    function testFuzz_theViewsAreWhatAClaimGives(uint64[5] memory stakes, uint32 rates, uint256 seed) public {
        _earn(stakes, rates, seed);
        for (uint256 i = 0; i < PEOPLE; i++) {
            uint256 end = rounds.currentRound();
            (uint256 stake, uint256 fees) = (bonding.pendingStake(actors[i], end), bonding.pendingFees(actors[i], end));
            _claim(actors[i]);
            assertEq(_stakeOf(actors[i]).bondedAmount, stake);
            assertEq(_stakeOf(actors[i]).fees, fees);
        }
    }

    function _earn(uint64[5] memory stakes, uint32 rates, uint256 seed) private {
        _seed = seed;
        for (uint256 i = 0; i < PEOPLE; i++) {
            _bond(actors[i], bound(stakes[i], 1e15, type(uint64).max), actors[0]);
        }
        _announce(actors[0], rates % 1_000_001, (rates >> 11) % 1_000_001, 1);
        for (uint256 i = 0; i < ROUNDS; i++) {
            _newRound();
            _reward(actors[0], _random(1e14));
            _addFees(actors[0], _random(1e14), rounds.currentRound());
        }
    }

    /// @dev Whoever is drawn claims as far as is drawn, until there is nothing left.
    function _claimAnyhow() private {
        for (uint256 i = 0; i < 4 * PEOPLE; i++) {
            _claimUpTo(actors[_random(PEOPLE)], 1 + _random(ROUNDS));
        }
        for (uint256 i = PEOPLE; i > 0; i--) {
            _claimUpTo(actors[i - 1], ROUNDS);
        }
    }

    function _claimUpTo(address who, uint256 portion) private {
        uint256 last = _stakeOf(who).lastClaimRound;
        uint256 behind = rounds.currentRound() - last;
        if (behind == 0) return;
        vm.prank(who);
        bonding.claimEarnings(last + (portion < behind ? portion : behind));
    }

    function _results() private view returns (uint256[] memory stake, uint256[] memory fees) {
        (stake, fees) = (new uint256[](PEOPLE), new uint256[](PEOPLE));
        for (uint256 i = 0; i < PEOPLE; i++) {
            (stake[i], fees[i]) = (_stakeOf(actors[i]).bondedAmount, _stakeOf(actors[i]).fees);
        }
    }

    function _random(uint256 below) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }
}
