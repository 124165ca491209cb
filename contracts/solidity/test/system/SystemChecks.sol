// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingActors} from "./BondingActors.sol";
import {PoolInspector} from "./PoolInspector.sol";

/// @dev What must hold at any time, over everybody and everything. Sums are exact unless a bound is given.
abstract contract SystemChecks is BondingActors {
    struct Person {
        address account;
        uint256 bonded;
        uint256 fees;
        address delegate;
        uint256 delegated;
        uint256 lastClaimRound;
        // Of its own pools, in all rounds.
        uint256 unclaimedRewards;
        uint256 unclaimedFees;
    }

    /// @dev A share that is rounded down loses less than a base unit, and stake that is short of one earns less in the
    /// rounds after. Rewards here are large beside stake, which may grow a hundredfold while a claim is outstanding.
    uint256 internal constant GROWTH = 100;

    /// @dev Fees credited to a round that their transcoder had claimed, of a pool that never opened.
    uint256 public feesOfNobody;

    function checkAll() external {
        Person[] memory people = _everybody();
        _checkTokens(people);
        _checkEth(people);
        _checkDelegations(people);
        _checkPool();
        _checkActiveSet();
        assertLe(minter.currentMintedTokens(), minter.currentMintableTokens(), "minted more than may be");
    }

    /// @dev With everybody gone nothing is bonded; what the Minter still has is rounding, less than a base unit for each
    /// share and round.
    function checkNothingLeft() external view {
        Person[] memory people = _everybody();
        for (uint256 i = 0; i < ACTORS; i++) {
            assertEq(people[i].bonded, 0, "stake left");
            assertEq(people[i].fees, 0, "fees left");
            assertEq(people[i].delegate, address(0), "bonded for ever");
        }
        assertEq(bonding.getTranscoderPoolSize(), 0);
        uint256 dust = ACTORS * rounds.currentRound();
        assertLe(token.balanceOf(address(minter)), dust, "stake of nobody");
        assertLe(address(minter).balance, dust + feesOfNobody, "fees of nobody");
    }

    /// @dev Supply = what there was + rewards - penalties burned; it is with the people, the finder, the faucet, the bank
    /// and the Minter; and the Minter's part is bonded, being unbonded, or in pools and not claimed yet.
    function _checkTokens(Person[] memory people) private view {
        uint256 inMinter = token.balanceOf(address(minter));
        uint256 held =
            inMinter + token.balanceOf(finder) + token.balanceOf(address(faucet)) + token.balanceOf(address(this));
        uint256 bonded = 0;
        uint256 unbonding = 0;
        uint256 again = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            held += token.balanceOf(people[i].account);
            bonded += people[i].bonded + people[i].unclaimedRewards;
            if (people[i].delegate == address(0)) unbonding += people[i].bonded;
            again += bondedAgain[people[i].account];
        }
        assertEq(token.totalSupply(), INITIAL_SUPPLY + minted - burned, "supply");
        assertEq(held, token.totalSupply(), "holders");
        assertEq(bonded, inMinter, "stake + pools");
        assertEq(bonding.getTotalBonded() + bonding.getTotalRebonded() + unbonding, inMinter, "bonded + unbonding");
        assertEq(bonding.getTotalRebonded(), again, "bonded again");
    }

    /// @dev The Minter's ETH is what came in less what went out, and belongs to somebody: collected, or in a pool.
    function _checkEth(Person[] memory people) private view {
        uint256 owned = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            owned += people[i].fees + people[i].unclaimedFees;
        }
        assertEq(address(minter).balance, ethIn - ethOut, "in and out");
        assertEq(address(minter).balance, owned, "owned");
    }

    /// @dev What is delegated to all = bonded stake of the network; what is delegated to one = stake of its delegators
    /// with what they have not claimed yet, and its key in the pool. The stakes can never be more; they are less by one
    /// rounding for each round not claimed.
    function _checkDelegations(Person[] memory people) private view {
        uint256 round = rounds.currentRound();
        uint256[] memory stakes = new uint256[](ACTORS);
        uint256[] memory roundings = new uint256[](ACTORS);
        for (uint256 i = 0; i < ACTORS; i++) {
            Person memory p = people[i];
            if (p.delegate == address(0)) continue;
            uint256 delegate = _indexOf(p.delegate);
            stakes[delegate] += p.lastClaimRound == round ? p.bonded : bonding.pendingStake(p.account, round);
            roundings[delegate] += round - p.lastClaimRound;
        }
        uint256 total = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            Person memory p = people[i];
            total += p.delegated;
            assertLe(stakes[i], p.delegated, "more stake than delegated");
            assertLe(p.delegated - stakes[i], roundings[i] * GROWTH, "less stake than delegated");
            bool registered = bonding.isRegisteredTranscoder(p.account);
            assertEq(bonding.transcoderTotalStake(p.account), registered ? p.delegated : 0, "key");
        }
        assertEq(total, bonding.getTotalBonded() + bonding.getTotalRebonded(), "total");
    }

    /// @dev The pool is sorted, within its size, linked the same both ways, and the registered are those in it.
    function _checkPool() private {
        // The same state seen through code that tells more, exchanged as an upgrade would do it.
        address target = controller.getContract(keccak256("BondingManagerTarget"));
        _register("BondingManagerTarget", address(_inspector));
        PoolInspector pool = PoolInspector(address(bonding));
        uint256 size = pool.getTranscoderPoolSize();
        assertLe(size, pool.getTranscoderPoolMaxSize(), "too many in the pool");
        address previous = address(0);
        uint256 key = type(uint256).max;
        uint256 found = 0;
        for (address t = pool.getFirstTranscoderInPool(); t != address(0); t = pool.getNextTranscoderInPool(t)) {
            assertLt(found++, size, "circle");
            assertEq(pool.getPreviousTranscoderInPool(t), previous, "linked back");
            assertTrue(pool.isRegisteredTranscoder(t), "in the list, not registered");
            assertLe(pool.transcoderTotalStake(t), key, "sorted");
            key = pool.transcoderTotalStake(t);
            assertGt(key, 0, "nothing delegated");
            previous = t;
        }
        assertEq(found, size, "size");
        assertEq(pool.getLastTranscoderInPool(), previous, "tail");
        uint256 registered = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            if (pool.isRegisteredTranscoder(actors[i])) registered++;
        }
        assertEq(registered, size, "registered, not in the list");
        _register("BondingManagerTarget", target);
    }

    /// @dev The active set: from the head of the pool at the round's start, no larger than allowed, and only left since.
    /// Its stake is that of those who did not leave, and only they are elected.
    function _checkActiveSet() private view {
        uint256 round = rounds.lastInitializedRound();
        address[] storage set = _activeAtStart[round];
        assertLe(set.length, bonding.numActiveTranscoders(), "too many active");
        uint256 active = 0;
        uint256 stake = 0;
        for (uint256 i = 0; i < set.length; i++) {
            if (!bonding.isActiveTranscoder(set[i], round)) continue;
            active++;
            stake += bonding.activeTranscoderTotalStake(set[i], round);
        }
        assertEq(bonding.getTotalActiveStake(round), stake, "stake of the active");
        assertEq(bonding.activeTranscoderSet(round), stake, "stake of the active");
        uint256 everybody = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            if (bonding.isActiveTranscoder(actors[i], round)) everybody++;
        }
        assertEq(everybody, active, "somebody joined");

        address elected = bonding.electActiveTranscoder(type(uint256).max, keccak256(abi.encode(block.number)), round);
        if (active == 0) assertEq(elected, address(0), "elected from nobody");
        else assertTrue(bonding.isActiveTranscoder(elected, round), "elected from the active");
    }

    function _everybody() internal view returns (Person[] memory people) {
        people = new Person[](ACTORS);
        for (uint256 i = 0; i < ACTORS; i++) {
            Person memory p = people[i];
            p.account = actors[i];
            (p.bonded, p.fees, p.delegate, p.delegated,,, p.lastClaimRound) = bonding.getDelegator(actors[i]);
            uint256[] storage those = _incomeRounds[p.account];
            for (uint256 k = 0; k < those.length; k++) {
                (uint256 rewards, uint256 fees,,) = bonding.getTranscoderEarningsPoolForRound(p.account, those[k]);
                p.unclaimedRewards += rewards;
                p.unclaimedFees += fees;
            }
        }
    }
}
