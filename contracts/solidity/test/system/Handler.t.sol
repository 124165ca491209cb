// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {History} from "./History.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @dev A handler that mostly skips finds nothing: in one long life everything succeeds at least once, the usual often.
contract HandlerTest is History {
    function test_aLongLifeHasEverythingInIt() public {
        handler = new SystemHandler(1 ether, 1000);
        _live(2018, 1500);
        handler.checkAll();
        handler.checkLedger();
        string[13] memory all = [
            "bond",
            "transcoder",
            "reward",
            "fees",
            "round",
            "pause",
            "unbond",
            "withdrawStake",
            "withdrawFees",
            "claimEarnings",
            "slash",
            "price",
            "evict"
        ];
        for (uint256 i = 0; i < all.length; i++) {
            uint256 least = i < 5 ? 100 : i < 7 ? 20 : 3;
            assertGe(handler.done(all[i]), least, all[i]);
        }
    }
}
