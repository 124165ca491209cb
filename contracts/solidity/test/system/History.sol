// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "../helpers/Test.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @dev A life of the protocol from a seed: whatever the handler can do, in an order and with arguments drawn from it. What
/// makes stake and income is drawn more often than what ends it.
abstract contract History is Test {
    SystemHandler internal handler;

    function _live(uint256 seed, uint256 steps) internal {
        for (uint256 i = 0; i < steps; i++) {
            _act(uint256(keccak256(abi.encode(seed, i))));
        }
    }

    function _act(uint256 seed) internal {
        uint256 a = uint256(keccak256(abi.encode(seed, "a")));
        uint256 b = uint256(keccak256(abi.encode(seed, "b")));
        uint256 c = uint256(keccak256(abi.encode(seed, "c")));
        uint256 what = seed % 32;
        if (what < 7) handler.bond(a, b, c);
        else if (what < 11) handler.transcoder(a, b, c, seed >> 8);
        else if (what < 17) handler.reward(a);
        else if (what < 21) handler.fees(a, b, c);
        else if (what < 25) handler.nextRound(a);
        else if (what < 27) handler.passBlocks(a);
        else if (what == 27) handler.unbond(a);
        else if (what == 28) handler.withdrawStake(a);
        else if (what == 29) handler.withdrawFees(a);
        else if (what == 30) handler.claimEarnings(a, b);
        else if (what == 31 && a % 2 == 0) handler.slash(a, b, c % 2 == 0);
        else handler.pause(a);
    }
}
