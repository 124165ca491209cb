// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingActors} from "./BondingActors.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What people do: bond, move, unbond, bond again, withdraw, claim, stand as transcoders and collect rewards, in any
/// order. What is not allowed at the moment is checked to fail with its own error; nothing else may revert.
abstract contract BondingHandler is BondingActors {
    function bond(uint256 who, uint256 amount, uint256 whom) external running {
        address d = _actor(who);
        // Half of the bonds go to who stands for election already, a quarter to oneself.
        address to = whom % 4 == 0 ? d : whom % 4 == 1 ? _actor(whom) : _actorWho(whom, _standsForElection);
        amount = _amount(amount, token.balanceOf(d));
        _catchUp(d);
        IBondingManager.DelegatorStatus status = bonding.delegatorStatus(d);
        bool again =
            status == IBondingManager.DelegatorStatus.Unbonded || status == IBondingManager.DelegatorStatus.Unbonding;
        bool moves = again || (_delegate(d) != address(0) && _delegate(d) != to);
        vm.prank(d);
        token.approve(address(bonding), amount);

        if (amount == 0 && !(moves && _stakeAfterClaim(d) != 0)) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNothingToBond.selector, d));
            vm.prank(d);
            bonding.bond(0, to);
            return;
        }
        if (again) bondedAgain[d] = _bonded(d);
        vm.prank(d);
        bonding.bond(amount, to);
        deposited[d] += amount;
        _ghostBond(d, amount, to, rounds.currentRound());
        _count("bond");
    }

    function unbond(uint256 who) external running {
        address d = _actorWho(who, _isBonded);
        _catchUp(d);
        IBondingManager.DelegatorStatus status = bonding.delegatorStatus(d);
        bool bonded = status == IBondingManager.DelegatorStatus.Bonded;
        if (!bonded) _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNotBonded.selector, d, status));
        vm.prank(d);
        bonding.unbond();
        if (!bonded) return;
        _ghostUnbond(d, rounds.currentRound());
        _count("unbond");
    }

    function withdrawStake(uint256 who) external running {
        address d = _actorWho(who, _mayWithdraw);
        IBondingManager.DelegatorStatus status = bonding.delegatorStatus(d);
        uint256 stake = _bonded(d);
        bool unbonded = status == IBondingManager.DelegatorStatus.Unbonded;
        uint256 before = token.balanceOf(d);
        if (!unbonded) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNotUnbonded.selector, d, status));
        } else if (stake == 0) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNoStake.selector, d));
        }
        vm.prank(d);
        bonding.withdrawStake();
        if (!unbonded || stake == 0) return;
        assertEq(token.balanceOf(d) - before, stake);
        _assertNear(stake, ghosts[d].stake, "stake withdrawn");
        ghosts[d].stake = 0;
        _count("withdrawStake");
    }

    function withdrawFees(uint256 who) external running {
        address d = _actorWho(who, _hasFees);
        _catchUp(d);
        uint256 fees = _feesAfterClaim(d);
        if (fees == 0) _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNoFees.selector, d));
        uint256 before = d.balance;
        vm.prank(d);
        bonding.withdrawFees();
        if (fees == 0) return;
        _ghostClaim(d, rounds.currentRound());
        assertEq(d.balance - before, fees);
        _assertNear(fees, ghosts[d].fees, "fees withdrawn");
        ghosts[d].fees = 0;
        ethOut += fees;
        _count("withdrawFees");
    }

    function claimEarnings(uint256 who, uint256 span) external running {
        address d = _actorWho(who, _isBonded);
        uint256 last = _lastClaimRound(d);
        uint256 current = rounds.currentRound();
        uint256 end = last + span % (current - last + 3);
        if (end <= last || end > current) {
            _expectError(
                abi.encodeWithSelector(IBondingManager.BondingManagerInvalidEndRound.selector, end, last, current)
            );
            vm.prank(d);
            bonding.claimEarnings(end);
        } else if (_delegate(d) != address(0) && end - last > bonding.maxEarningsClaimsRounds()) {
            _expectError(
                abi.encodeWithSelector(
                    IBondingManager.BondingManagerTooManyRounds.selector, end - last, bonding.maxEarningsClaimsRounds()
                )
            );
            vm.prank(d);
            bonding.claimEarnings(end);
        } else {
            _claim(d, end);
            _count("claimEarnings");
        }
    }

    /// @dev Rates and price; in the locked part of a round the price alone.
    function transcoder(uint256 who, uint256 cut, uint256 share, uint256 price) external running {
        address t = share % 2 == 0 ? _actorWho(who, _standsForElection) : _actorWho(who, _couldRegister);
        if (rounds.currentRoundLocked()) return _announcePrice(_actorWho(who, _isRegistered), price);
        cut = cut % 1_000_001;
        share = share % 1_000_001;
        price = price % 1000;
        if (_delegate(t) != t || _bonded(t) == 0) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNotSelfBonded.selector, t));
            vm.prank(t);
            bonding.transcoder(cut, share, price);
            return;
        }
        bool full = bonding.getTranscoderPoolSize() == bonding.getTranscoderPoolMaxSize();
        address last = _lastInPool();
        bool enters =
            bonding.isRegisteredTranscoder(t) || !full || _delegatedAmount(t) > bonding.transcoderTotalStake(last);
        bool evicts = enters && full && !bonding.isRegisteredTranscoder(t);
        vm.prank(t);
        bonding.transcoder(cut, share, price);
        assertEq(bonding.isRegisteredTranscoder(t), enters);
        if (evicts) assertFalse(bonding.isRegisteredTranscoder(last), "the last one had to go");
        _count(evicts ? "evict" : "transcoder");
    }

    function reward(uint256 who) external running {
        address t = _actorWho(who, _isRewardDue);
        uint256 round = rounds.currentRound();
        if (!bonding.isActiveTranscoder(t, round)) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNotActive.selector, t, round));
            vm.prank(t);
            bonding.reward();
            return;
        }
        (uint256 lastRewardRound,,,,,,) = bonding.getTranscoder(t);
        if (lastRewardRound == round) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerAlreadyRewarded.selector, t, round));
            vm.prank(t);
            bonding.reward();
            return;
        }
        _catchUp(t);
        // Its part of what may be minted, by stake at the round's start.
        uint256 expected = Math.mulDiv(
            minter.currentMintableTokens(), bonding.activeTranscoderTotalStake(t, round), stakeAtStart[round]
        );
        uint256 before = token.totalSupply();
        vm.prank(t);
        bonding.reward();
        assertEq(token.totalSupply() - before, expected);
        minted += expected;
        _noteIncome(t, round);
        _ghostReward(t, round, expected);
        _count("reward");
    }

    function _announcePrice(address t, uint256 price) private {
        (,,,, uint256 cut, uint256 share, uint256 ceiling) = bonding.getTranscoder(t);
        if (!bonding.isRegisteredTranscoder(t)) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNotRegistered.selector, t));
            vm.prank(t);
            bonding.transcoder(cut, share, ceiling);
            return;
        }
        uint256 floor = type(uint256).max;
        for (address a = bonding.getFirstTranscoderInPool(); a != address(0); a = bonding.getNextTranscoderInPool(a)) {
            (,,,,,, uint256 pending) = bonding.getTranscoder(a);
            floor = Math.min(floor, pending);
        }
        price = price % 2 == 0 ? floor : price % 1000;
        bool allowed = floor <= price && price <= ceiling;
        if (!allowed) {
            _expectError(
                abi.encodeWithSelector(IBondingManager.BondingManagerPriceOutOfRange.selector, price, floor, ceiling)
            );
        }
        vm.prank(t);
        bonding.transcoder(cut, share, price);
        if (!allowed) return;
        (,,,,,, uint256 now_) = bonding.getTranscoder(t);
        assertEq(now_, price);
        _count("price");
    }
}
