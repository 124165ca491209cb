// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {Test} from "../helpers/Test.sol";

/// @dev The RoundsManager held against a clock that knows no division: it walks block by block, and begins a round when
/// the one before it has had its blocks.
contract RoundsModelTest is Test {
    RoundsManager private rounds;
    uint256 private number;
    uint256 private length;
    uint256 private round;
    uint256 private startBlock;

    function setUp() public {
        Controller controller = new Controller();
        controller.unpause();
        rounds = new RoundsManager(address(controller));
    }

    function _walkTo(uint256 target) private {
        number = target;
        _catchUp();
        vm.roll(number);
    }

    function _catchUp() private {
        while (number >= startBlock + length) {
            startBlock += length;
            round += 1;
        }
    }

    function _agree(uint256 lockAmount) private view {
        assertEq(rounds.blockNum(), number);
        assertEq(rounds.currentRound(), round);
        assertEq(rounds.currentRoundStartBlock(), startBlock);
        uint256 locked = (length * lockAmount) / 1_000_000;
        assertEq(rounds.currentRoundLocked(), number + locked >= startBlock + length);
        assertEq(rounds.roundLength(), length);
    }

    /// @dev A new length acts on the current round, whose number and start stay.
    function testFuzz_roundsAcrossChangesOfLength(uint16[8] calldata steps, uint16[8] calldata lengths, uint32 lock)
        public
    {
        uint256 lockAmount = lock % 1_000_001;
        rounds.setRoundLockAmount(lockAmount);
        number = steps[0];
        vm.roll(number);
        for (uint256 i = 0; i < lengths.length; i++) {
            length = 1 + lengths[i] % 2000;
            rounds.setRoundLength(length);
            (uint256 updated, uint256 updateBlock) = (round, startBlock);
            _catchUp();
            if (i == 0) (updated, updateBlock) = (round, startBlock);
            assertEq(rounds.lastRoundLengthUpdateRound(), updated);
            assertEq(rounds.lastRoundLengthUpdateStartBlock(), updateBlock);
            _agree(lockAmount);
            _walkTo(number + steps[i] % 5000);
            _agree(lockAmount);
            _walkTo(startBlock + length - 1);
            _agree(lockAmount);
            _walkTo(number + 1);
            _agree(lockAmount);
        }
    }

    /// @dev A round is initialized at most once, whatever blocks and lengths come; numbers never fall.
    function testFuzz_roundNumbersNeverFall(uint16[8] calldata steps, uint16[8] calldata lengths) public {
        uint256 last = 0;
        for (uint256 i = 0; i < lengths.length; i++) {
            rounds.setRoundLength(uint256(lengths[i]) + 1);
            assertGe(rounds.currentRound(), last);
            last = rounds.currentRound();
            vm.roll(block.number + steps[i]);
            assertGe(rounds.currentRound(), last);
            last = rounds.currentRound();
            assertLe(rounds.currentRoundStartBlock(), block.number);
            assertLt(block.number - rounds.currentRoundStartBlock(), rounds.roundLength());
        }
    }

    function testFuzz_blockHash_knowsExactlyTheLast256(uint256 current, uint256 asked) public {
        current = bound(current, 1, type(uint64).max);
        vm.roll(current);
        asked = bound(asked, current > 300 ? current - 300 : 0, current + 10);
        bool known = asked < current && (current < 256 || asked >= current - 256);
        (bool answered, bytes memory answer) = address(rounds).call(abi.encodeCall(rounds.blockHash, (asked)));
        assertEq(answered, known);
        if (known) assertEq(abi.decode(answer, (bytes32)), blockhash(asked));
    }
}
