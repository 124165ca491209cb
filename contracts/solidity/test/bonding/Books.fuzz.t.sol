// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev Any walk through everything that moves stake and money. Nothing in it may revert. On the way the books balance to
/// the last unit; once everyone has claimed, every pool is empty: nothing is stranded, nobody got more than there was.
contract BooksFuzzTest is BondingFixture {
    uint256 private constant STEPS = 80;
    uint256 private constant ACTORS = 6;
    // Fewer than pass in a walk, so that many fall behind.
    uint256 private constant CLAIM_ROUNDS = 5;

    uint256 private _seed;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < ACTORS; i++) {
            _meet(makeAddr(string(abi.encodePacked("actor", i))));
        }
        bonding.setMaxEarningsClaimsRounds(CLAIM_ROUNDS);
    }

    function testFuzz_theBooksBalanceAndNothingIsStranded(uint256 seed) public {
        _seed = seed;
        for (uint256 i = 0; i < ACTORS; i++) {
            _becomeTranscoder(actors[i], 1 + _random(1e6));
        }
        _newRound();
        for (uint256 i = 0; i < STEPS; i++) {
            _step(_someone(), _someone());
            if (i % 8 == 0) _assertBooksBalance();
        }
        _assertBooksBalance();
        _everyoneClaims();
        _assertBooksBalance();
        for (uint256 round = FIRST_ROUND; round <= rounds.currentRound(); round++) {
            for (uint256 i = 0; i < ACTORS; i++) {
                Pool memory p = _pool(actors[i], round);
                assertEq(p.rewardPool, 0, "rewards stranded");
                assertEq(p.feePool, 0, "fees stranded");
                assertEq(p.claimableStake, 0, "stake without an owner");
            }
        }
    }

    function _step(address who, address other) private {
        uint256 act = _random(16);
        if (act < 5) _tryBond(who, act < 3 ? who : other);
        else if (act == 5) _tryUnbond(who);
        else if (act == 6) _tryWithdraw(who);
        else if (act == 7) _tryClaim(who);
        else if (act == 8) _tryAnnounce(who);
        else if (act == 9) _trySlash(who);
        else if (act < 12) _tryReward(who);
        else if (act < 14) _tryFees(who);
        else _nextRound(who);
    }

    /// @dev A slashing may come before the round is initialized.
    function _nextRound(address who) private {
        rounds.setRound(rounds.currentRound() + 1, false);
        if (_random(4) == 0) _trySlash(who);
        rounds.initialize(bonding, minter);
    }

    /// @dev Claims in portions, up to where one claim is enough.
    function _catchUp(address who) private {
        uint256 last = _stakeOf(who).lastClaimRound;
        for (; last + CLAIM_ROUNDS < rounds.currentRound(); last += CLAIM_ROUNDS) {
            vm.prank(who);
            bonding.claimEarnings(last + CLAIM_ROUNDS);
        }
    }

    function _tryBond(address who, address to) private {
        _catchUp(who);
        _bond(who, 1 + _random(1e6), to);
    }

    function _tryUnbond(address who) private {
        if (bonding.delegatorStatus(who) != IBondingManager.DelegatorStatus.Bonded) return;
        _catchUp(who);
        _unbond(who);
    }

    function _tryWithdraw(address who) private {
        _catchUp(who);
        Stake memory s = _stakeOf(who);
        vm.startPrank(who);
        if (s.bondedAmount != 0 && bonding.delegatorStatus(who) == IBondingManager.DelegatorStatus.Unbonded) {
            bonding.withdrawStake();
        }
        if (s.fees != 0) bonding.withdrawFees();
        vm.stopPrank();
    }

    function _tryClaim(address who) private {
        uint256 last = _stakeOf(who).lastClaimRound;
        uint256 behind = rounds.currentRound() - last;
        if (behind == 0) return;
        vm.prank(who);
        bonding.claimEarnings(last + 1 + _random(behind < CLAIM_ROUNDS ? behind : CLAIM_ROUNDS));
    }

    function _tryAnnounce(address who) private {
        Stake memory s = _stakeOf(who);
        if (s.delegateAddress == who && s.bondedAmount != 0) {
            _announce(who, _random(1_000_001), _random(1_000_001), _random(100));
        }
    }

    function _trySlash(address who) private {
        address finder = _random(2) == 0 ? address(0) : stranger;
        uint256 part = _random(4) == 0 ? 1_000_000 : _random(1_000_000);
        _slash(who, finder, part, _random(1_000_001));
    }

    function _tryReward(address who) private {
        uint256 round = rounds.currentRound();
        (uint256 lastRewardRound,,,,,,) = bonding.getTranscoder(who);
        if (!bonding.isActiveTranscoder(who, round) || lastRewardRound == round) return;
        _catchUp(who);
        _reward(who, _random(1e6));
    }

    function _tryFees(address who) private {
        uint256 round = FIRST_ROUND + 1 + _random(rounds.currentRound() - FIRST_ROUND);
        if (_pool(who, round).totalStake != 0) _addFees(who, _random(1e6), round);
    }

    function _everyoneClaims() private {
        for (uint256 i = 0; i < ACTORS; i++) {
            _catchUp(actors[i]);
            if (_stakeOf(actors[i]).lastClaimRound < rounds.currentRound()) _claim(actors[i]);
        }
    }

    function _someone() private returns (address) {
        return actors[_random(ACTORS)];
    }

    function _random(uint256 below) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }
}
