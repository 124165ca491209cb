// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MerkleMine} from "../../src/distribution/MerkleMine.sol";
import {IMerkleMine} from "../../src/interfaces/IMerkleMine.sol";
import {MerkleMineFixture} from "../helpers/MerkleMineFixture.sol";
import {PackedTree} from "../helpers/PackedTree.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @dev Everything but the constructor, which has a file of its own.
contract MerkleMineTest is MerkleMineFixture {
    function _refused(bytes memory reason, address from, address recipient, bytes memory proof) private {
        vm.prank(from);
        vm.expectRevert(reason);
        mine.generate(recipient, proof);
    }

    function _invalidProof(address recipient) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMerkleMine.MerkleMineInvalidProof.selector, recipient);
    }

    // --- start

    function test_start_byAnyoneOnceTheTokensAreThere() public {
        vm.prank(caller);
        mine.start();
        assertTrue(mine.started());
    }

    function test_start_revertsWhenATokenIsMissing() public {
        vm.prank(address(mine));
        assertTrue(token.transfer(caller, 1));
        vm.expectRevert(abi.encodeWithSelector(IMerkleMine.MerkleMineUnderfunded.selector, TOTAL - 1, TOTAL));
        mine.start();
        assertFalse(mine.started());
    }

    function test_start_acceptsMoreThanTheTotal() public {
        assertTrue(token.transfer(address(mine), 1));
        mine.start();
        assertTrue(mine.started());
    }

    function test_start_revertsTheSecondTime() public {
        mine.start();
        vm.expectRevert(IMerkleMine.MerkleMineAlreadyStarted.selector);
        mine.start();
    }

    // --- generate for oneself

    function test_generate_revertsBeforeTheStart() public {
        vm.roll(END_BLOCK);
        _refused(
            abi.encodeWithSelector(IMerkleMine.MerkleMineNotStarted.selector), _recipient(0), _recipient(0), _proof(0)
        );
    }

    function testFuzz_generate_everyRecipientGetsItsWholeAllocationAtAnyTime(uint256 index, uint256 at) public {
        index = bound(index, 0, RECIPIENTS - 1);
        at = bound(at, 100, 3 * END_BLOCK);
        mine.start();
        vm.roll(at);
        address recipient = _recipient(index);
        vm.expectEmit(address(mine));
        emit IMerkleMine.Generate(recipient, recipient, ALLOCATION, 0, at);
        _generate(index, recipient);
        assertEq(token.balanceOf(recipient), ALLOCATION);
        assertEq(token.balanceOf(address(mine)), TOTAL - ALLOCATION);
        assertTrue(mine.generated(recipient));
    }

    // --- generate for others

    function test_generate_revertsForOthersBeforeTheirPeriod() public {
        mine.start();
        vm.roll(START_BLOCK - 1);
        bytes memory reason = abi.encodeWithSelector(IMerkleMine.MerkleMineCallerPeriodNotStarted.selector, START_BLOCK);
        _refused(reason, caller, _recipient(3), _proof(3));
        vm.roll(START_BLOCK);
        _generate(3, caller);
    }

    function test_generate_atTheStartBlockTheCallerGetsNothing() public {
        mine.start();
        vm.roll(START_BLOCK);
        vm.expectEmit(address(mine));
        emit IMerkleMine.Generate(_recipient(3), caller, ALLOCATION, 0, START_BLOCK);
        _generate(3, caller);
        assertEq(token.balanceOf(caller), 0);
        assertEq(token.balanceOf(_recipient(3)), ALLOCATION);
    }

    function test_generate_fromTheEndBlockOnTheCallerGetsAll() public {
        mine.start();
        vm.roll(END_BLOCK);
        _generate(3, caller);
        assertEq(token.balanceOf(caller), ALLOCATION);
        assertEq(token.balanceOf(_recipient(3)), 0);
        vm.roll(10 * END_BLOCK);
        _generate(4, caller);
        assertEq(token.balanceOf(caller), 2 * ALLOCATION);
    }

    function test_generate_theSplitIsExact() public {
        mine.start();
        uint8[7] memory percents = [10, 25, 40, 50, 60, 75, 90];
        uint256 callers = 0;
        for (uint256 i = 0; i < percents.length; i++) {
            uint256 at = START_BLOCK + (END_BLOCK - START_BLOCK) * percents[i] / 100;
            uint256 part = ALLOCATION * percents[i] / 100;
            vm.roll(at);
            assertEq(mine.callerTokenAmountAtBlock(at), part);
            vm.expectEmit(address(mine));
            emit IMerkleMine.Generate(_recipient(i), caller, ALLOCATION - part, part, at);
            _generate(i, caller);
            callers += part;
            assertEq(token.balanceOf(caller), callers);
            assertEq(token.balanceOf(_recipient(i)), ALLOCATION - part);
        }
    }

    /// @dev A transfer of nothing is not made: a token that refuses everything to the one who gets nothing is no matter.
    function test_generate_nothingIsNotTransferred() public {
        mine.start();
        token.setMood(MoodyToken.Mood.Reverts, caller);
        vm.roll(START_BLOCK);
        _generate(3, caller);
        token.setMood(MoodyToken.Mood.Reverts, _recipient(4));
        vm.roll(END_BLOCK);
        _generate(4, caller);
        assertEq(token.balanceOf(caller), ALLOCATION);
    }

    // --- what generate refuses

    function test_generate_revertsTheSecondTimeWhoeverCalls() public {
        mine.start();
        vm.roll(END_BLOCK);
        _generate(3, caller);
        bytes memory reason = abi.encodeWithSelector(IMerkleMine.MerkleMineAlreadyGenerated.selector, _recipient(3));
        _refused(reason, caller, _recipient(3), _proof(3));
        _refused(reason, _recipient(3), _recipient(3), _proof(3));
    }

    function testFuzz_generate_revertsForWhoIsNotInTheTree(address stranger, uint256 index) public {
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            vm.assume(stranger != _recipient(i));
        }
        mine.start();
        bytes memory proof = _proof(bound(index, 0, RECIPIENTS - 1));
        _refused(_invalidProof(stranger), stranger, stranger, proof);
        _refused(_invalidProof(stranger), stranger, stranger, "");
        assertFalse(mine.generated(stranger));
    }

    function test_generate_revertsForTheProofOfAnother() public {
        mine.start();
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            _refused(_invalidProof(_recipient(i)), _recipient(i), _recipient(i), _proof((i + 1) % RECIPIENTS));
        }
    }

    function testFuzz_generate_revertsForAProofThatIsNotWholeSiblings(uint256 index, uint256 tail) public {
        index = bound(index, 0, RECIPIENTS - 1);
        mine.start();
        bytes memory proof = bytes.concat(_proof(index), new bytes(bound(tail, 1, 31)));
        _refused(_invalidProof(_recipient(index)), _recipient(index), _recipient(index), proof);
    }

    /// @dev The last of eleven is alone on two of four levels; leaving out or padding its proof does not help.
    function test_generate_acceptsTheShortProofAtTheRightEdge() public {
        mine.start();
        bytes memory short = _proof(RECIPIENTS - 1);
        assertEq(short.length, 2 * 32);
        assertEq(_proof(0).length, 4 * 32);
        address last = _recipient(RECIPIENTS - 1);
        _refused(_invalidProof(last), last, last, bytes.concat(short, bytes32(0)));
        _refused(_invalidProof(last), last, last, bytes.concat(bytes32(0), short));
        _generate(RECIPIENTS - 1, last);
        assertEq(token.balanceOf(last), ALLOCATION);
    }

    function test_generate_worksForATreeOfOne() public {
        mine = new MerkleMine(
            IERC20(address(token)), PackedTree.leaf(caller), 5, 1, 0, block.number, block.number + 1, block.number + 2
        );
        assertTrue(token.transfer(address(mine), 5));
        mine.start();
        _refused(_invalidProof(caller), caller, caller, bytes.concat(PackedTree.leaf(caller)));
        vm.prank(caller);
        mine.generate(caller, "");
        assertEq(token.balanceOf(caller), 5);
    }

    // --- tokens that behave badly

    function test_generate_revertsWhenEitherTransferSaysFalse() public {
        mine.start();
        vm.roll((START_BLOCK + END_BLOCK) / 2);
        bytes memory reason = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        token.setMood(MoodyToken.Mood.ReturnsFalse, caller);
        _refused(reason, caller, _recipient(3), _proof(3));
        token.setMood(MoodyToken.Mood.ReturnsFalse, _recipient(3));
        _refused(reason, caller, _recipient(3), _proof(3));
        _refused(reason, _recipient(3), _recipient(3), _proof(3));
        assertFalse(mine.generated(_recipient(3)));
        assertEq(token.balanceOf(address(mine)), TOTAL);
    }

    function test_generate_revertsAsTheTokenDoes() public {
        mine.start();
        token.setMood(MoodyToken.Mood.Reverts, address(0));
        _refused("refused", _recipient(3), _recipient(3), _proof(3));
    }

    function test_generate_acceptsATokenThatReturnsNothing() public {
        mine.start();
        vm.roll((START_BLOCK + END_BLOCK) / 2);
        token.setMood(MoodyToken.Mood.ReturnsNothing, address(0));
        _generate(3, caller);
        assertTrue(mine.generated(_recipient(3)));
    }

    /// @dev The mark is set before the first transfer.
    function test_generate_canNotBeRepeatedByATokenThatCallsBack() public {
        mine.start();
        vm.roll(END_BLOCK);
        token.setMood(MoodyToken.Mood.Reenters, caller);
        token.setCallback(address(mine), abi.encodeCall(mine.generate, (_recipient(3), _proof(3))));
        _generate(3, caller);
        assertTrue(token.callbackFailed());
        assertEq(
            token.callbackResult(),
            abi.encodeWithSelector(IMerkleMine.MerkleMineAlreadyGenerated.selector, _recipient(3))
        );
        assertEq(token.balanceOf(caller), ALLOCATION);
    }

    // --- the caller's part

    function test_callerTokenAmountAtBlock_atTheEdges() public view {
        assertEq(mine.callerTokenAmountAtBlock(0), 0);
        assertEq(mine.callerTokenAmountAtBlock(START_BLOCK - 1), 0);
        assertEq(mine.callerTokenAmountAtBlock(START_BLOCK), 0);
        assertEq(mine.callerTokenAmountAtBlock(START_BLOCK + 1), 1);
        assertEq(mine.callerTokenAmountAtBlock(END_BLOCK - 1), ALLOCATION - 1);
        assertEq(mine.callerTokenAmountAtBlock(END_BLOCK), ALLOCATION);
        assertEq(mine.callerTokenAmountAtBlock(type(uint256).max), ALLOCATION);
    }

    /// @dev Grows with every block and is exact to a unit, for amounts up to the largest there are.
    function testFuzz_callerTokenAmountAtBlock_growsEvenly(uint256 total, uint256 period, uint256 a, uint256 b) public {
        period = bound(period, 1, type(uint64).max);
        uint256 begin = block.number + 1;
        MerkleMine any = new MerkleMine(IERC20(address(token)), 0, total, 1, 0, 0, begin, begin + period);
        a = bound(a, 0, period);
        b = bound(b, a, period);
        uint256 amountA = any.callerTokenAmountAtBlock(begin + a);
        assertLe(amountA, any.callerTokenAmountAtBlock(begin + b));
        assertLe(amountA, total);
        if (total <= type(uint192).max) {
            assertLe(amountA * period, total * a);
            assertGt((amountA + 1) * period, total * a);
        }
    }

    function testFuzz_generate_thePartsAddUpToTheAllocation(uint256 index, uint256 at) public {
        index = bound(index, 0, RECIPIENTS - 1);
        mine.start();
        vm.roll(bound(at, START_BLOCK, 2 * END_BLOCK));
        uint256 part = mine.callerTokenAmountAtBlock(block.number);
        _generate(index, caller);
        assertEq(token.balanceOf(caller), part);
        assertEq(token.balanceOf(_recipient(index)) + part, ALLOCATION);
        assertEq(token.balanceOf(address(mine)), TOTAL - ALLOCATION);
    }

    /// @dev By design: the remainder of the division stays.
    function test_theRemainderStays() public {
        mine.start();
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            _generate(i, _recipient(i));
        }
        assertEq(token.balanceOf(address(mine)), TOTAL % RECIPIENTS);
    }
}
