// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "../helpers/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What everybody should own, kept apart from the contracts and in units of 1e-18 of theirs, so that its own
/// rounding does not matter. It follows the rules of the protocol, not its code:
///
/// - a pool opens with the stake delegated to a transcoder at the round's start;
/// - a reward is the transcoder's by its cut, the rest is shared by stake among those who have not claimed the round;
///   fees likewise;
/// - a claim goes round by round, rewards counting as stake in the rounds after;
/// - what is the transcoder's own is never lost to it, as long as it delegates to itself, and with nobody left to share,
///   all is its own;
/// - stake that was slashed has its share of the rounds up to the slash, and of none after.
abstract contract GhostLedger is Test {
    struct GhostAccount {
        uint256 stake;
        uint256 fees;
        address delegate;
        uint256 lastClaimRound;
        uint256 slashed;
        mapping(uint256 round => uint256 stake) slashedIn;
    }

    struct GhostPool {
        bool opened;
        uint256 claimable;
        uint256 rewardCut;
        uint256 feeShare;
        uint256 ownRewards;
        uint256 sharedRewards;
        uint256 ownFees;
        uint256 sharedFees;
    }

    /// @dev One base unit here.
    uint256 internal constant ONE = 1e18;
    /// @dev Stake below a thousandth of a base unit is what roundings here leave: none.
    uint256 private constant NONE = ONE / 1000;
    uint256 private constant PERC = 1_000_000;

    mapping(address account => GhostAccount) internal ghosts;
    mapping(address delegate => uint256 stake) internal ghostDelegated;
    mapping(address transcoder => mapping(uint256 round => GhostPool)) internal ghostPools;

    function _ghostOpen(address t, uint256 round, uint256 rewardCut, uint256 feeShare) internal {
        GhostPool storage pool = ghostPools[t][round];
        pool.opened = true;
        pool.claimable = ghostDelegated[t];
        pool.rewardCut = rewardCut;
        pool.feeShare = feeShare;
    }

    function _ghostClaim(address who, uint256 endRound) internal {
        GhostAccount storage account = ghosts[who];
        if (account.delegate != address(0)) {
            for (uint256 round = account.lastClaimRound + 1; round <= endRound; round++) {
                _claimRound(account, ghostPools[account.delegate][round], account.delegate == who);
                account.slashed -= account.slashedIn[round];
            }
        }
        account.lastClaimRound = endRound;
    }

    function _claimRound(GhostAccount storage account, GhostPool storage pool, bool isTranscoder) private {
        uint256 rewards = 0;
        uint256 fees = 0;
        if (_shares(pool)) {
            // Of the same size but for the last digits kept here.
            uint256 stake = account.stake + account.slashed;
            assertLe(stake, pool.claimable + NONE, "ledger: more stake than its pool");
            stake = Math.min(stake, pool.claimable);
            rewards = Math.mulDiv(pool.sharedRewards, stake, pool.claimable);
            fees = Math.mulDiv(pool.sharedFees, stake, pool.claimable);
            pool.sharedRewards -= rewards;
            pool.sharedFees -= fees;
            pool.claimable -= stake;
        }
        if (isTranscoder) {
            rewards += pool.ownRewards;
            fees += pool.ownFees;
            (pool.ownRewards, pool.ownFees) = (0, 0);
        }
        account.stake += rewards;
        account.fees += fees;
    }

    function _ghostBond(address who, uint256 amount, address to, uint256 round) internal {
        _ghostClaim(who, round);
        GhostAccount storage account = ghosts[who];
        if (account.delegate != to) {
            if (account.delegate != address(0)) ghostDelegated[account.delegate] -= account.stake;
            ghostDelegated[to] += account.stake;
            account.delegate = to;
        }
        account.stake += amount * ONE;
        ghostDelegated[to] += amount * ONE;
    }

    function _ghostUnbond(address who, uint256 round) internal {
        _ghostClaim(who, round);
        GhostAccount storage account = ghosts[who];
        ghostDelegated[account.delegate] -= account.stake;
        account.delegate = address(0);
    }

    function _ghostReward(address t, uint256 round, uint256 amount) internal {
        GhostPool storage pool = ghostPools[t][round];
        uint256 own = _shares(pool) ? amount * ONE * pool.rewardCut / PERC : amount * ONE;
        pool.sharedRewards += amount * ONE - own;
        ghostDelegated[t] += amount * ONE - own;
        if (_claimsFromItself(t, round)) {
            pool.ownRewards += own;
            ghostDelegated[t] += own;
        } else {
            // Wherever its stake is; in the pools of the rounds so far it has no part.
            _ghostClaim(t, round);
            ghosts[t].stake += own;
            ghostDelegated[ghosts[t].delegate] += own;
        }
    }

    function _ghostFees(address t, uint256 round, uint256 amount) internal {
        GhostPool storage pool = ghostPools[t][round];
        uint256 shared = _shares(pool) ? amount * ONE * pool.feeShare / PERC : 0;
        pool.sharedFees += shared;
        if (!pool.opened || _claimsFromItself(t, round)) pool.ownFees += amount * ONE - shared;
        else ghosts[t].fees += amount * ONE - shared;
    }

    /// @param part of the stake, out of 1,000,000
    /// @param round the last that was initialized
    function _ghostSlash(address t, uint256 part, uint256 round) internal {
        GhostAccount storage account = ghosts[t];
        uint256 penalty = account.stake * part / PERC;
        account.stake -= penalty;
        if (account.delegate == address(0)) return;
        ghostDelegated[account.delegate] -= penalty;
        if (account.lastClaimRound >= round) return;
        account.slashed += penalty;
        account.slashedIn[round] += penalty;
    }

    /// @dev Whether anybody has a share left.
    function _shares(GhostPool storage pool) private view returns (bool) {
        return pool.claimable > NONE;
    }

    /// @dev Whether the transcoder will claim the round from its own pool.
    function _claimsFromItself(address t, uint256 round) private view returns (bool) {
        return ghosts[t].delegate == t && ghosts[t].lastClaimRound < round;
    }
}
