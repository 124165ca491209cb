// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {BondingActors} from "./BondingActors.sol";
import {BondingHandler} from "./BondingHandler.sol";
import {SystemChecks} from "./SystemChecks.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What happens to people: time passes, rounds are begun or skipped, fees come in, transcoders are slashed, the
/// system is paused, and in the end everybody leaves.
contract SystemHandler is BondingHandler, SystemChecks {
    /// @dev The largest difference allowed between an account and the ledger, in base units.
    uint256 public immutable ROUNDING;
    bool private immutable LEDGER;

    uint256 public largestDifference;

    /// @param unit bonds are between one and a thousand of it
    /// @param rounding base units by which an account may differ from the ledger; zero: not compared
    constructor(uint256 unit, uint256 rounding) BondingActors(unit) {
        ROUNDING = rounding;
        LEDGER = rounding != 0;
    }

    // --- time

    /// @dev Half of the time into the locked part of the round.
    function passBlocks(uint256 blocks) external {
        if (blocks % 2 == 0) vm.roll(rounds.currentRoundStartBlock() + ROUND_LENGTH - 1 - blocks % (ROUND_LENGTH / 5));
        else vm.roll(block.number + 1 + blocks % ROUND_LENGTH);
    }

    function nextRound(uint256 ahead) external {
        ahead = ahead % 8 == 0 ? 1 + ahead % 6 : 1;
        vm.roll(rounds.currentRoundStartBlock() + ahead * ROUND_LENGTH);
        _initializeRound();
        _count("round");
    }

    /// @dev Nothing changes while the system stands still, however long.
    function pause(uint256 roundsLong) external {
        bytes32 before = digest();
        controller.pause();
        vm.roll(block.number + (roundsLong % 5) * ROUND_LENGTH);
        vm.expectRevert();
        rounds.initializeRound();
        controller.unpause();
        assertEq(digest(), before);
        _count("pause");
    }

    // --- fees and faults, as the JobsManager reports them

    function fees(uint256 who, uint256 amount, uint256 back) external running {
        address t = _actorWho(who, _isRegistered);
        uint256 round = rounds.currentRound() - back % 4;
        amount = bound(amount, 1, 10 * UNIT);
        (,, uint256 totalStake,) = bonding.getTranscoderEarningsPoolForRound(t, round);
        bool owned = totalStake != 0 || bonding.isRegisteredTranscoder(t);
        if (!owned) {
            _expectError(abi.encodeWithSelector(IBondingManager.BondingManagerNoEarningsPool.selector, t, round));
            vm.prank(address(jobs));
            bonding.updateTranscoderWithFees(t, amount, round);
            return;
        }
        vm.deal(address(jobs), amount);
        vm.startPrank(address(jobs));
        assertTrue(minter.depositETH{value: amount}());
        bonding.updateTranscoderWithFees(t, amount, round);
        vm.stopPrank();
        ethIn += amount;
        // The JobsManager pays for rounds in which the transcoder was elected, so active, only.
        if (totalStake == 0 && (_delegate(t) != t || _lastClaimRound(t) >= round)) feesOfNobody += amount;
        _noteIncome(t, round);
        _ghostFees(t, round, amount);
        _count("fees");
    }

    /// @dev Not only of transcoders, nor only in a round that was initialized.
    /// Faults are rare: most calls find none, or pools would never be full.
    function slash(uint256 who, uint256 part, bool withFinder) external {
        if ((who >> 64) % 4 != 0) return;
        address t = part % 2 == 0 ? _actor(who) : _actorWho(who, _isRegistered);
        part = part % 16 == 0 ? 1_000_000 : part % 100_000;
        uint256 penalty = _bonded(t) * part / 1_000_000;
        uint256 finderReward = withFinder ? penalty * 50_000 / 1_000_000 : 0;
        uint256 supply = token.totalSupply();
        uint256 found = token.balanceOf(finder);
        vm.prank(address(jobs));
        bonding.slashTranscoder(t, withFinder ? finder : address(0), part, 50_000);
        if (penalty != 0) assertFalse(bonding.isRegisteredTranscoder(t));
        assertEq(supply - token.totalSupply(), penalty - finderReward);
        assertEq(token.balanceOf(finder) - found, finderReward);
        burned += penalty - finderReward;
        bondedAgain[t] = Math.saturatingSub(bondedAgain[t], penalty);
        _ghostSlash(t, part, rounds.lastInitializedRound());
        _count("slash");
    }

    // --- the end

    /// @dev Everybody claims what there is, unbonds, waits, and takes everything out: nobody is ever locked in.
    function everybodyLeaves() external running {
        vm.roll(rounds.currentRoundStartBlock() + ROUND_LENGTH);
        _initializeRound();
        for (uint256 i = 0; i < ACTORS; i++) {
            if (bonding.delegatorStatus(actors[i]) == IBondingManager.DelegatorStatus.Bonded) this.unbond(i);
        }
        vm.roll(rounds.currentRoundStartBlock() + (bonding.unbondingPeriod() + 1) * ROUND_LENGTH);
        _initializeRound();
        for (uint256 i = 0; i < ACTORS; i++) {
            if (_bonded(actors[i]) != 0) this.withdrawStake(i);
            if (_feesAfterClaim(actors[i]) != 0) this.withdrawFees(i);
        }
    }

    // --- what tests look at, and do

    /// @dev Claims a portion of at most `rounds_` rounds.
    /// @return more whether there is more to claim
    function claimSome(uint256 who, uint256 rounds_) external returns (bool more) {
        address d = _actor(who);
        uint256 current = rounds.currentRound();
        uint256 last = _lastClaimRound(d);
        if (last == current) return false;
        uint256 end = Math.min(last + Math.min(rounds_, bonding.maxEarningsClaimsRounds()), current);
        _claim(d, end);
        return end != current;
    }

    function earned(uint256 who) external view returns (uint256 stake, uint256 fees_) {
        (stake, fees_,,,,,) = bonding.getDelegator(_actor(who));
    }

    /// @dev Nobody has more than it earned, or less, beyond rounding; what was taken out was compared then.
    function checkLedger() external {
        for (uint256 i = 0; i < ACTORS; i++) {
            (uint256 bonded, uint256 collected,,,,,) = bonding.getDelegator(actors[i]);
            _assertNear(bonded, ghosts[actors[i]].stake, "stake");
            _assertNear(collected, ghosts[actors[i]].fees, "fees");
            _assertNear(_delegatedAmount(actors[i]), ghostDelegated[actors[i]], "delegated");
        }
    }

    /// @dev Everything the contracts say about everybody.
    function digest() public view returns (bytes32 all) {
        all = keccak256(
            abi.encode(
                token.totalSupply(),
                token.balanceOf(address(minter)),
                address(minter).balance,
                minter.inflation(),
                minter.currentMintableTokens(),
                minter.currentMintedTokens(),
                bonding.getTotalBonded(),
                bonding.getTotalRebonded(),
                bonding.getFirstTranscoderInPool()
            )
        );
        for (uint256 i = 0; i < ACTORS; i++) {
            (uint256 a, uint256 b, address c, uint256 d, uint256 e, uint256 f, uint256 g) =
                bonding.getDelegator(actors[i]);
            all = keccak256(abi.encode(all, token.balanceOf(actors[i]), actors[i].balance, a, b, c, d, e, f, g));
            all = keccak256(abi.encode(all, bonding.getNextTranscoderInPool(actors[i])));
        }
    }

    function _assertNear(uint256 actual, uint256 ghost_, string memory what) internal override {
        if (!LEDGER) return;
        uint256 expected = ghost_ / ONE;
        uint256 difference = expected > actual ? expected - actual : actual - expected;
        if (difference > largestDifference) largestDifference = difference;
        assertLe(difference, ROUNDING, what);
    }
}
