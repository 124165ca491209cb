// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "../helpers/Test.sol";
import {SystemJobsHandler} from "./SystemJobsHandler.sol";

/// @dev Every wei of broadcasters and transcoders is accounted for, and every call is allowed or refused as it should be,
/// with the seed of foundry.toml.
contract SystemJobsInvariantTest is Test {
    SystemJobsHandler private handler;

    function setUp() public {
        handler = new SystemJobsHandler();
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = handler.deposit.selector;
        selectors[1] = handler.withdraw.selector;
        selectors[2] = handler.job.selector;
        selectors[3] = handler.claimWork.selector;
        selectors[4] = handler.verify.selector;
        selectors[5] = handler.answer.selector;
        selectors[6] = handler.missedVerificationSlash.selector;
        selectors[7] = handler.doubleClaimSegmentSlash.selector;
        selectors[8] = handler.distributeFees.selector;
        selectors[9] = handler.withdrawFees.selector;
        selectors[10] = handler.passBlocks.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }

    /// forge-config: default.invariant.runs = 16
    /// forge-config: default.invariant.depth = 200
    function invariant_everyWeiIsSomebodys() public view {
        handler.check();
        handler.checkJobs();
    }

    /// @dev A handler that mostly skips finds nothing.
    function test_aLongLifeHasEverythingInIt() public {
        for (uint256 i = 0; i < 4000; i++) {
            _act(uint256(keccak256(abi.encode("jobs", i))));
        }
        handler.check();
        handler.checkJobs();
        string[11] memory all = [
            "deposit",
            "withdraw",
            "job",
            "claimWork",
            "verify",
            "right",
            "wrong",
            "missed",
            "double",
            "distribute",
            "withdrawFees"
        ];
        for (uint256 i = 0; i < all.length; i++) {
            assertGe(handler.done(all[i]), 3, all[i]);
        }
    }

    function _act(uint256 seed) private {
        uint256 a = uint256(keccak256(abi.encode(seed, "a")));
        uint256 b = uint256(keccak256(abi.encode(seed, "b")));
        uint256 c = uint256(keccak256(abi.encode(seed, "c")));
        uint256 what = seed % 16;
        if (what < 2) handler.deposit(a, b);
        else if (what < 3) handler.withdraw(a);
        else if (what < 4) handler.job(a, b, c);
        else if (what < 6) handler.claimWork(a, b, c, seed >> 8);
        else if (what < 8) handler.verify(a, b, c);
        else if (what < 9) handler.answer(a, b);
        else if (what < 10) handler.missedVerificationSlash(a, b, c);
        else if (what < 11) handler.doubleClaimSegmentSlash(a, b, c, seed >> 8);
        else if (what < 12) handler.distributeFees(a, b, c);
        else if (what < 13) handler.withdrawFees(a);
        else if (what < 14) handler.answer(b, a);
        else handler.passBlocks(a);
    }
}
