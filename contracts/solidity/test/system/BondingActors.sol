// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {GhostLedger} from "./GhostLedger.sol";
import {PoolInspector} from "./PoolInspector.sol";
import {ProtocolFixture, ProtocolParameters} from "./ProtocolFixture.sol";

/// @dev Eight people with LPT over the whole protocol behind its proxies, and what handlers need to know of them. Pool and
/// active set are small, so that places are fought for; periods are short, so that all of it happens within a run.
abstract contract BondingActors is ProtocolFixture, GhostLedger {
    uint256 public constant ACTORS = 8;
    uint256 internal constant ROUND_LENGTH = 50;

    /// @dev Bonds are multiples of it at most a thousand times as large.
    uint256 internal immutable UNIT;

    address[] public actors;
    mapping(address account => uint256 index) private _index;
    address public finder = makeAddr("finder");
    uint256 public minted;
    uint256 public burned;
    uint256 public ethIn;
    uint256 public ethOut;
    mapping(address account => uint256 amount) public deposited;
    mapping(uint256 round => uint256 stake) public stakeAtStart;
    /// @dev Stake that was bonded again since the last round began, and is still there.
    mapping(address account => uint256 stake) public bondedAgain;
    mapping(uint256 round => address[] set) internal _activeAtStart;
    mapping(address transcoder => uint256[] rounds) internal _incomeRounds;
    PoolInspector internal _inspector;
    mapping(string what => uint256 times) public done;

    modifier running() {
        if (!rounds.currentRoundInitialized()) _initializeRound();
        _;
    }

    constructor(uint256 unit) {
        UNIT = unit;
        ProtocolParameters memory p = _launchParameters();
        p.numTranscoders = 3;
        p.numActiveTranscoders = 2;
        p.unbondingPeriod = 2;
        p.maxEarningsClaimsRounds = 4;
        p.roundLength = ROUND_LENGTH;
        p.roundLockAmount = 200_000;
        vm.roll(10 * ROUND_LENGTH);
        _deployProtocol(p);
        controller.unpause();
        for (uint160 i = 0; i < ACTORS; i++) {
            address a = address(0xac70 + i);
            actors.push(a);
            _index[a] = i;
            assertTrue(token.transfer(a, 10_000 * unit));
        }
        _inspector = new PoolInspector(address(controller));
        _initializeRound();
    }

    // --- rounds

    /// @dev Foretells the active set: the head of the pool, with the stake and the terms everybody has now.
    function _initializeRound() internal {
        uint256 round = rounds.currentRound();
        uint256 size = 0;
        uint256 stake = 0;
        for (
            address t = bonding.getFirstTranscoderInPool();
            t != address(0) && size < bonding.numActiveTranscoders();
            t = bonding.getNextTranscoderInPool(t)
        ) {
            (,,,, uint256 cut, uint256 share,) = bonding.getTranscoder(t);
            _activeAtStart[round].push(t);
            _ghostOpen(t, round, cut, share);
            stake += _delegatedAmount(t);
            size++;
        }
        stakeAtStart[round] = stake;
        for (uint256 i = 0; i < actors.length; i++) {
            bondedAgain[actors[i]] = 0;
        }
        rounds.initializeRound();
        assertEq(bonding.getTotalActiveStake(round), stake);
    }

    /// @dev Claims in portions until another claim step spans few enough rounds.
    function _catchUp(address d) internal {
        if (_delegate(d) == address(0)) return;
        uint256 span = bonding.maxEarningsClaimsRounds();
        while (rounds.currentRound() - _lastClaimRound(d) > span) {
            _claim(d, _lastClaimRound(d) + span);
        }
    }

    function _claim(address d, uint256 end) internal {
        vm.prank(d);
        bonding.claimEarnings(end);
        _ghostClaim(d, end);
    }

    /// @dev Income of this round and transcoder is to be looked for.
    function _noteIncome(address t, uint256 round) internal {
        uint256[] storage those = _incomeRounds[t];
        for (uint256 i = 0; i < those.length; i++) {
            if (those[i] == round) return;
        }
        those.push(round);
    }

    // --- what there is

    function _indexOf(address a) internal view returns (uint256) {
        return _index[a];
    }

    function _actor(uint256 seed) internal view returns (address) {
        return actors[seed % ACTORS];
    }

    /// @dev In seven of eight cases somebody of whom `fits` holds, if there is anybody; else anybody.
    function _actorWho(uint256 seed, function(address) view returns (bool) fits) internal view returns (address) {
        for (uint256 i = 0; i < ACTORS && (seed >> 128) % 8 != 0; i++) {
            address a = actors[(seed % ACTORS + i) % ACTORS];
            if (fits(a)) return a;
        }
        return _actor(seed);
    }

    function _isBonded(address a) internal view returns (bool) {
        return bonding.delegatorStatus(a) == IBondingManager.DelegatorStatus.Bonded;
    }

    function _mayWithdraw(address a) internal view returns (bool) {
        return bonding.delegatorStatus(a) == IBondingManager.DelegatorStatus.Unbonded && _bonded(a) != 0;
    }

    function _hasFees(address a) internal view returns (bool) {
        return _feesAfterClaim(a) != 0;
    }

    function _standsForElection(address a) internal view returns (bool) {
        return _delegate(a) == a && _bonded(a) != 0;
    }

    function _couldRegister(address a) internal view returns (bool) {
        return _standsForElection(a) && !_isRegistered(a);
    }

    function _isRegistered(address a) internal view returns (bool) {
        return bonding.isRegisteredTranscoder(a);
    }

    function _isRewardDue(address a) internal view returns (bool) {
        uint256 round = rounds.currentRound();
        (uint256 last,,,,,,) = bonding.getTranscoder(a);
        return bonding.isActiveTranscoder(a, round) && last != round;
    }

    /// @dev Nothing in one of eight cases, else between one and a thousand units, as far as the balance goes.
    function _amount(uint256 seed, uint256 balance) internal view returns (uint256 amount) {
        if (seed % 8 == 0) return 0;
        amount = bound(seed, UNIT, 1000 * UNIT);
        if (amount > balance) amount = balance;
    }

    function _bonded(address d) internal view returns (uint256 bonded) {
        (bonded,,,,,,) = bonding.getDelegator(d);
    }

    function _delegate(address d) internal view returns (address delegate) {
        (,, delegate,,,,) = bonding.getDelegator(d);
    }

    function _delegatedAmount(address d) internal view returns (uint256 amount) {
        (,,, amount,,,) = bonding.getDelegator(d);
    }

    function _lastClaimRound(address d) internal view returns (uint256 round) {
        (,,,,,, round) = bonding.getDelegator(d);
    }

    function _stakeAfterClaim(address d) internal view returns (uint256) {
        uint256 round = rounds.currentRound();
        if (_delegate(d) == address(0) || _lastClaimRound(d) == round) return _bonded(d);
        return bonding.pendingStake(d, round);
    }

    function _feesAfterClaim(address d) internal view returns (uint256 fees) {
        uint256 round = rounds.currentRound();
        if (_delegate(d) != address(0) && _lastClaimRound(d) != round) return bonding.pendingFees(d, round);
        (, fees,,,,,) = bonding.getDelegator(d);
    }

    function _lastInPool() internal view returns (address last) {
        for (address t = bonding.getFirstTranscoderInPool(); t != address(0); t = bonding.getNextTranscoderInPool(t)) {
            last = t;
        }
    }

    // --- checks

    function _expectError(bytes memory reason) internal {
        vm.expectRevert(reason);
    }

    function _count(string memory what) internal {
        done[what]++;
    }

    /// @dev `actual` base units are what the ledger has, within the rounding allowed.
    function _assertNear(uint256 actual, uint256 ghost, string memory what) internal virtual;
}
