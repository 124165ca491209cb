// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBatchTransfer} from "../../src/interfaces/IBatchTransfer.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract TransferBatchTest is Test {
    LivepeerToken private token;
    address private alice = makeAddr("alice");
    address private bob = makeAddr("bob");
    address private carol = makeAddr("carol");

    function setUp() public {
        token = new LivepeerToken();
        token.mint(alice, 1000);
        vm.startPrank(alice);
    }

    function test_paysEveryEntryWithItsEvent() public {
        bytes memory entries = bytes.concat(RecipientLists.pack(bob, 10), RecipientLists.pack(carol, 0));
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, bob, 10);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, carol, 0);
        assertTrue(token.transferBatch(entries));
        assertEq(token.balanceOf(alice), 990);
        assertEq(token.balanceOf(bob), 10);
    }

    function test_emptyBatchIsNothing() public {
        assertTrue(token.transferBatch(""));
        assertEq(token.balanceOf(alice), 1000);
    }

    function test_duplicatesAddUp() public {
        bytes32 entry = RecipientLists.pack(bob, 200);
        token.transferBatch(bytes.concat(entry, entry, entry));
        assertEq(token.balanceOf(bob), 600);
        assertEq(token.balanceOf(alice), 400);
    }

    function test_selfIsPaidFromOwnBalance() public {
        token.transferBatch(bytes.concat(RecipientLists.pack(alice, 900), RecipientLists.pack(bob, 100)));
        assertEq(token.balanceOf(alice), 900);
        assertEq(token.balanceOf(bob), 100);
    }

    function test_selfCanNotPayMoreThanItHas() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1000, 1001));
        token.transferBatch(bytes.concat(RecipientLists.pack(alice, 900), RecipientLists.pack(bob, 101)));
    }

    function test_zeroReceiverRevertsAnywhere() public {
        bytes memory error = abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0));
        bytes32 good = RecipientLists.pack(bob, 1);
        bytes32 bad = RecipientLists.pack(address(0), 1);
        vm.expectRevert(error);
        token.transferBatch(bytes.concat(bad, good));
        vm.expectRevert(error);
        token.transferBatch(bytes.concat(good, bad));
        assertEq(token.balanceOf(bob), 0);
    }

    function testFuzz_lengthMustBeWholeWords(uint256 length) public {
        length = bound(length, 1, 500);
        if (length % 32 == 0) length++;
        vm.expectRevert(abi.encodeWithSelector(IBatchTransfer.BatchTransferInvalidLength.selector, length));
        token.transferBatch(new bytes(length));
    }

    /// @dev A batch does what single transfers would do, for any amounts, with repeats and with the sender inside.
    function testFuzz_equalsSingleTransfers(uint96[8] memory amounts, uint8[8] memory who) public {
        vm.stopPrank();
        token.mint(alice, 8 * uint256(type(uint96).max));
        LivepeerToken model = new LivepeerToken();
        model.mint(alice, token.balanceOf(alice));
        address[4] memory people = [alice, bob, carol, address(token)];
        bytes memory entries;
        vm.startPrank(alice);
        for (uint256 i = 0; i < 8; i++) {
            address to = people[who[i] % 4];
            entries = bytes.concat(entries, RecipientLists.pack(to, amounts[i]));
            // forge-lint: disable-next-line(erc20-unchecked-transfer)
            model.transfer(to, amounts[i]);
        }
        token.transferBatch(entries);
        for (uint256 i = 0; i < 4; i++) {
            assertEq(token.balanceOf(people[i]), model.balanceOf(people[i]));
        }
        assertEq(token.totalSupply(), model.totalSupply());
    }
}
