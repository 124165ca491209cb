// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {History} from "./History.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @dev The same history, claimed in different ways: whoever claims first, and in how many portions, everybody gets the
/// same but for rounding, and all together exactly the same.
contract ClaimOrderTest is History {
    /// @dev Shares are rounded down, the last one takes the rest: a base unit for each claimant, round and pool, grown with
    /// the stake it became.
    uint256 private constant ROUNDING = 1000;

    struct Earned {
        uint256[] stakes;
        uint256[] fees;
        uint256 stakeOfAll;
        uint256 feesOfAll;
    }

    function setUp() public {
        handler = new SystemHandler(1 ether, ROUNDING);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_claimsInAnyOrderAndSplitGiveTheSame(uint256 history, uint256 order) public {
        _live(history, 120);
        _earnUnclaimed(history);
        uint256 before = vm.snapshotState();
        Earned memory unclaimed = _earned();

        Earned memory inTurn = _claimInTurn();
        handler.checkAll();
        vm.revertToState(before);

        Earned memory shuffled = _claimShuffled(order);
        handler.checkAll();
        handler.checkLedger();

        assertGt(inTurn.stakeOfAll, unclaimed.stakeOfAll, "there was something to claim");
        assertGt(inTurn.feesOfAll, unclaimed.feesOfAll, "and fees");
        assertEq(shuffled.stakeOfAll, inTurn.stakeOfAll, "stake of all");
        assertEq(shuffled.feesOfAll, inTurn.feesOfAll, "fees of all");
        for (uint256 i = 0; i < inTurn.stakes.length; i++) {
            assertApproxEqAbs(shuffled.stakes[i], inTurn.stakes[i], ROUNDING, "stake");
            assertApproxEqAbs(shuffled.fees[i], inTurn.fees[i], ROUNDING, "fees");
        }
    }

    /// @dev Twelve rounds with rewards and fees for whoever is active, one at least, in which nobody claims.
    function _earnUnclaimed(uint256 seed) private {
        handler.nextRound(1);
        for (uint256 who = 0; who < 3; who++) {
            handler.bond(who, 8 * who + 1 ether, 0);
            handler.transcoder(who, seed, seed >> 20, 0);
        }
        for (uint256 i = 0; i < 12; i++) {
            handler.nextRound(1);
            for (uint256 who = 0; who < handler.ACTORS(); who++) {
                handler.reward(who);
                handler.fees(who, uint256(keccak256(abi.encode(seed, i, who))), 0);
            }
        }
        handler.nextRound(1);
    }

    /// @dev Everybody everything, one after the other, in the largest portions allowed.
    function _claimInTurn() private returns (Earned memory) {
        for (uint256 i = 0; i < handler.ACTORS(); i++) {
            while (handler.claimSome(i, type(uint8).max)) {}
        }
        return _earned();
    }

    /// @dev Anybody next, one to four rounds at a time.
    function _claimShuffled(uint256 order) private returns (Earned memory) {
        uint256 left = handler.ACTORS();
        bool[] memory done = new bool[](left);
        while (left != 0) {
            order = uint256(keccak256(abi.encode(order)));
            uint256 who = order % done.length;
            if (done[who] || handler.claimSome(who, 1 + (order >> 128) % 4)) continue;
            done[who] = true;
            left--;
        }
        return _earned();
    }

    function _earned() private view returns (Earned memory all) {
        uint256 actors = handler.ACTORS();
        all = Earned(new uint256[](actors), new uint256[](actors), 0, 0);
        for (uint256 i = 0; i < actors; i++) {
            (all.stakes[i], all.fees[i]) = handler.earned(i);
            all.stakeOfAll += all.stakes[i];
            all.feesOfAll += all.fees[i];
        }
    }
}
