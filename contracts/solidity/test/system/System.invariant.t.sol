// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "../helpers/Test.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @dev Everything the handler does, in any order, with the seed of foundry.toml; all that must hold is looked at after every
/// call, and in the end everybody leaves.
abstract contract SystemInvariant is Test {
    SystemHandler internal handler;

    function _target() internal {
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = handler.bond.selector;
        selectors[1] = handler.unbond.selector;
        selectors[2] = handler.withdrawStake.selector;
        selectors[3] = handler.withdrawFees.selector;
        selectors[4] = handler.claimEarnings.selector;
        selectors[5] = handler.transcoder.selector;
        selectors[6] = handler.reward.selector;
        selectors[7] = handler.passBlocks.selector;
        selectors[8] = handler.nextRound.selector;
        selectors[9] = handler.pause.selector;
        selectors[10] = handler.fees.selector;
        selectors[11] = handler.slash.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }

    function _check() internal {
        handler.checkAll();
        handler.checkLedger();
    }

    function afterInvariant() public {
        handler.everybodyLeaves();
        _check();
        handler.checkNothingLeft();
    }
}

/// @dev Bonds between one and a thousand LPT, compared with the ledger.
contract SystemInvariantTest is SystemInvariant {
    function setUp() public {
        handler = new SystemHandler(1 ether, 1000);
        _target();
    }

    /// forge-config: default.invariant.runs = 16
    /// forge-config: default.invariant.depth = 150
    function invariant_theSystemIsSound() public {
        _check();
    }
}

/// @dev Bonds between one and a thousand base units, where every rounding shows; all sums stay exact.
contract DustInvariantTest is SystemInvariant {
    function setUp() public {
        handler = new SystemHandler(1, 0);
        _target();
    }

    /// forge-config: default.invariant.runs = 16
    /// forge-config: default.invariant.depth = 150
    function invariant_theSystemIsSound() public {
        _check();
    }
}
