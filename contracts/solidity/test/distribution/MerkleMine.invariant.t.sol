// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMerkleMine} from "../../src/interfaces/IMerkleMine.sol";
import {MerkleMineFixture} from "../helpers/MerkleMineFixture.sol";
import {Test} from "../helpers/Test.sol";

/// @dev Recipients, strangers and time in any order. What must fail is checked to fail with its own error; nothing else
/// may revert. Nothing is donated.
contract MerkleMineHandler is MerkleMineFixture {
    mapping(uint256 index => uint256) public times;

    constructor() {
        setUp();
        mine.start();
    }

    function generateOwn(uint256 index) external {
        index = index % RECIPIENTS;
        _tryGenerate(index, _recipient(index));
    }

    function generateForOther(uint256 index, uint256 from) external {
        index = index % RECIPIENTS;
        // A stranger, or another recipient.
        address sender = from % 3 == 0 ? _recipient((index + 1 + from % (RECIPIENTS - 1)) % RECIPIENTS) : caller;
        _tryGenerate(index, sender);
    }

    function passBlocks(uint256 blocks) external {
        vm.roll(block.number + blocks % 200);
    }

    function _tryGenerate(uint256 index, address sender) private {
        address recipient = _recipient(index);
        if (times[index] != 0) {
            vm.expectRevert(abi.encodeWithSelector(IMerkleMine.MerkleMineAlreadyGenerated.selector, recipient));
            _generate(index, sender);
            return;
        }
        if (sender != recipient && block.number < START_BLOCK) {
            vm.expectRevert(abi.encodeWithSelector(IMerkleMine.MerkleMineCallerPeriodNotStarted.selector, START_BLOCK));
            _generate(index, sender);
            return;
        }
        uint256 before = token.balanceOf(recipient) + token.balanceOf(sender);
        _generate(index, sender);
        times[index]++;
        uint256 received = token.balanceOf(recipient) + token.balanceOf(sender) - before;
        assertEq(received, sender == recipient ? 2 * ALLOCATION : ALLOCATION);
    }

    /// @dev What everybody holds, and what is still here.
    function paidAndRemaining() external view returns (uint256 paid, uint256 remaining) {
        paid = token.balanceOf(caller);
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            paid += token.balanceOf(_recipient(i));
        }
        remaining = token.balanceOf(address(mine));
    }

    function counted() external view returns (uint256 count, bool marksAgree) {
        marksAgree = true;
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            count += times[i];
            if (times[i] > 1 || (times[i] == 1) != mine.generated(_recipient(i))) marksAgree = false;
        }
    }

    function figures() external pure returns (uint256 total, uint256 allocation) {
        return (TOTAL, ALLOCATION);
    }
}

contract MerkleMineInvariantTest is Test {
    MerkleMineHandler private handler;

    function setUp() public {
        handler = new MerkleMineHandler();
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = handler.generateOwn.selector;
        selectors[1] = handler.generateForOther.selector;
        selectors[2] = handler.passBlocks.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }

    function invariant_paidAndRemainingAreTheTotal() public view {
        (uint256 paid, uint256 remaining) = handler.paidAndRemaining();
        (uint256 total, uint256 allocation) = handler.figures();
        (uint256 count,) = handler.counted();
        assertEq(paid + remaining, total);
        assertEq(paid, count * allocation);
    }

    function invariant_nobodyIsPaidTwice() public view {
        (, bool marksAgree) = handler.counted();
        assertTrue(marksAgree);
    }
}
