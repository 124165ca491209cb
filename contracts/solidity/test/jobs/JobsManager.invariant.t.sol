// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "../helpers/Test.sol";
import {JobsHandler} from "./JobsHandler.sol";

contract JobsManagerInvariantTest is Test {
    JobsHandler private handler;
    bytes4[] private steps;

    function setUp() public {
        handler = new JobsHandler();
        steps = [
            handler.mine.selector,
            handler.turn.selector,
            handler.tune.selector,
            handler.deposit.selector,
            handler.withdraw.selector,
            handler.job.selector,
            handler.claim.selector,
            handler.verify.selector,
            handler.distribute.selector,
            handler.batch.selector,
            handler.answer.selector,
            handler.missed.selector,
            handler.double.selector
        ];
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), steps));
    }

    /// @dev The contract is what the record says, and every wei the Minter has from jobs is in a deposit, in an escrow, or
    /// credited to a transcoder.
    function invariant_everyWeiHasOneOwner() public view {
        handler.agrees();
        uint256 owned = handler.deposits(0) + handler.deposits(1) + handler.fees();
        for (uint256 i = 0; i < handler.jobCount(); i++) {
            owned += handler.pendingFees(i);
        }
        assertEq(handler.minterBalance(), owned);
        assertEq(handler.jobsBalance(), 0);
        assertEq(handler.ledger().totalFees(), handler.fees());
        assertEq(handler.ledger().slashes(), handler.slashes());
    }

    /// @dev The steps above are worth something only if every kind of them also succeeds.
    function test_everyKindOfStepSucceeds() public {
        for (uint256 i = 0; i < 2000; i++) {
            uint256[4] memory dice;
            for (uint256 j = 0; j < 4; j++) {
                dice[j] = uint256(keccak256(abi.encode(i, j)));
            }
            bytes4 step = steps[uint256(keccak256(abi.encode(i))) % steps.length];
            (bool done,) = address(handler).call(abi.encodePacked(step, abi.encode(dice)));
            assertTrue(done);
        }
        invariant_everyWeiHasOneOwner();
        for (uint256 i = 0; i < steps.length; i++) {
            // The first four and `job` are never refused.
            if (i == 4 || i > 5) assertGt(handler.done(steps[i]), 0);
        }
        assertGt(handler.slashedAfterPayment(), 0);
    }
}
