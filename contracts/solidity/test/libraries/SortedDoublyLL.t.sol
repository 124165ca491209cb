// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";
import {SortedDoublyLLFixture} from "../fixtures/SortedDoublyLLFixture.sol";
import {Test} from "../helpers/Test.sol";

/// @dev The fixture of 2018 does not show these.
contract WholeList is SortedDoublyLLFixture {
    using SortedDoublyLL for SortedDoublyLL.Data;

    function isFull() external view returns (bool) {
        return list.isFull();
    }

    function isEmpty() external view returns (bool) {
        return list.isEmpty();
    }

    function validInsertPosition(uint256 key, address prevId, address nextId) external view returns (bool) {
        return list.validInsertPosition(key, prevId, nextId);
    }
}

contract SortedDoublyLLTest is Test {
    address private constant NONE = address(0);
    address private constant A = address(0xA);
    address private constant B = address(0xB);
    address private constant C = address(0xC);
    address private constant D = address(0xD);
    address private constant E = address(0xE);

    WholeList private list;

    function setUp() public {
        list = new WholeList();
        list.setMaxSize(4);
    }

    function _insert(address id, uint256 key) private {
        list.insert(id, key, NONE, NONE);
    }

    /// @dev A, B and C with these keys, in this order.
    function _three(uint256 a, uint256 b, uint256 c) private {
        _insert(A, a);
        list.insert(B, b, A, NONE);
        list.insert(C, c, B, NONE);
        _assertOrder(A, B, C);
    }

    function _assertOrder(address one, address two) private view {
        assertEq(list.getSize(), 2);
        assertEq(list.getFirst(), one);
        assertEq(list.getNext(one), two);
        assertEq(list.getNext(two), NONE);
        assertEq(list.getLast(), two);
        assertEq(list.getPrev(two), one);
        assertEq(list.getPrev(one), NONE);
    }

    function _assertOrder(address one, address two, address three) private view {
        assertEq(list.getSize(), 3);
        assertEq(list.getFirst(), one);
        assertEq(list.getNext(one), two);
        assertEq(list.getNext(two), three);
        assertEq(list.getNext(three), NONE);
        assertEq(list.getLast(), three);
        assertEq(list.getPrev(three), two);
        assertEq(list.getPrev(two), one);
        assertEq(list.getPrev(one), NONE);
    }

    function _assertOrder(address one, address two, address three, address four) private view {
        address[4] memory order = [one, two, three, four];
        assertEq(list.getSize(), 4);
        assertEq(list.getFirst(), one);
        assertEq(list.getLast(), four);
        for (uint256 i = 0; i < 4; i++) {
            assertEq(list.getPrev(order[i]), i == 0 ? NONE : order[i - 1]);
            assertEq(list.getNext(order[i]), i == 3 ? NONE : order[i + 1]);
        }
    }

    // --- size

    function test_setMaxSize_onlyGrows() public {
        assertEq(list.getMaxSize(), 4);
        list.setMaxSize(5);
        assertEq(list.getMaxSize(), 5);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, 5, 5));
        list.setMaxSize(5);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMaxSizeMustGrow.selector, 4, 5));
        list.setMaxSize(4);
        list.setMaxSize(type(uint256).max);
        assertEq(list.getMaxSize(), type(uint256).max);
    }

    function test_emptyAndFull() public {
        assertTrue(list.isEmpty());
        assertFalse(list.isFull());
        _three(3, 2, 1);
        assertFalse(list.isEmpty());
        assertFalse(list.isFull());
        _insert(D, 1);
        assertTrue(list.isFull());
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLFull.selector, 4));
        _insert(E, 1);
        list.updateKey(D, 9, NONE, NONE);
        _assertOrder(D, A, B, C);
        list.remove(A);
        assertFalse(list.isFull());
        assertTrue(new WholeList().isFull());
    }

    // --- what can not be

    function test_insert_reverts() public {
        _insert(A, 1);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLContains.selector, A));
        _insert(A, 2);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLInvalidNode.selector, NONE, 2));
        _insert(NONE, 2);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLInvalidNode.selector, B, 0));
        _insert(B, 0);
    }

    function test_removeAndUpdate_revertWhenMissing() public {
        _insert(A, 1);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, B));
        list.remove(B);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, B));
        list.updateKey(B, 2, NONE, NONE);
        vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, NONE));
        list.remove(NONE);
    }

    // --- insertion by search

    function test_insert_findsItsPlace() public {
        _insert(A, 5);
        assertEq(list.getKey(A), 5);
        assertTrue(list.contains(A));
        assertFalse(list.contains(B));
        assertEq(list.getKey(B), 0);
        _insert(B, 9);
        _assertOrder(B, A);
        _insert(C, 1);
        _assertOrder(B, A, C);
        _insert(D, 3);
        _assertOrder(B, A, D, C);
    }

    function test_insert_comesBeforeItsEquals() public {
        _insert(A, 5);
        _insert(B, 5);
        _assertOrder(B, A);
        _insert(C, 7);
        _insert(D, 5);
        _assertOrder(C, D, B, A);
    }

    // --- insertion by hints

    function test_hints_rightOnesAreUsed() public {
        _three(30, 20, 10);
        list.insert(D, 15, B, C);
        _assertOrder(A, B, D, C);
    }

    /// @dev Among equals a right hint decides: the search would have put it first.
    function test_hints_rightOnesAmongEquals() public {
        _three(5, 5, 5);
        list.insert(D, 5, B, C);
        _assertOrder(A, B, D, C);
    }

    function test_hints_rightOnesAtTheEnds() public {
        _three(30, 20, 10);
        list.insert(D, 40, NONE, A);
        _assertOrder(D, A, B, C);
        list.remove(D);
        list.insert(D, 10, C, NONE);
        _assertOrder(A, B, C, D);
        list.remove(D);
        list.insert(D, 30, NONE, A);
        _assertOrder(D, A, B, C);
    }

    function test_hints_missingOnesAreNone() public {
        _three(30, 20, 10);
        list.insert(D, 15, E, NONE);
        _assertOrder(A, B, D, C);
        list.remove(D);
        list.insert(D, 15, NONE, E);
        _assertOrder(A, B, D, C);
        list.remove(D);
        list.insert(D, 15, E, address(0xF));
        _assertOrder(A, B, D, C);
    }

    function test_hints_onTheWrongSideAreNone() public {
        _three(30, 20, 10);
        list.insert(D, 25, B, NONE);
        _assertOrder(A, D, B, C);
        list.remove(D);
        list.insert(D, 15, NONE, B);
        _assertOrder(A, B, D, C);
        list.remove(D);
        list.insert(D, 25, C, A);
        _assertOrder(A, D, B, C);
    }

    function test_hints_searchDownFromTheOneBefore() public {
        _three(30, 20, 10);
        list.insert(D, 15, A, NONE);
        _assertOrder(A, B, D, C);
        list.remove(D);
        list.insert(D, 5, A, B);
        _assertOrder(A, B, C, D);
        list.remove(D);
        list.insert(D, 15, A, C);
        _assertOrder(A, B, D, C);
    }

    function test_hints_searchUpFromTheOneAfter() public {
        _three(30, 20, 10);
        list.insert(D, 25, NONE, C);
        _assertOrder(A, D, B, C);
        list.remove(D);
        list.insert(D, 40, E, C);
        _assertOrder(D, A, B, C);
        list.remove(D);
        list.insert(D, 15, NONE, C);
        _assertOrder(A, B, D, C);
    }

    /// @dev Searched upward, a place is behind the equals; searched downward from the head, in front of all.
    function test_hints_equalsAtTheEnds() public {
        _three(30, 20, 10);
        list.insert(D, 10, NONE, C);
        _assertOrder(A, B, C, D);
        list.remove(D);
        list.insert(D, 30, A, NONE);
        _assertOrder(D, A, B, C);
        list.remove(D);
        list.insert(D, 20, NONE, C);
        _assertOrder(A, B, D, C);
        list.remove(D);
        list.insert(D, 20, A, NONE);
        _assertOrder(A, D, B, C);
        list.remove(D);
        list.insert(D, 20, B, NONE);
        _assertOrder(A, B, D, C);
    }

    function test_validInsertPosition() public {
        assertTrue(list.validInsertPosition(1, NONE, NONE));
        assertFalse(list.validInsertPosition(1, NONE, A));
        assertFalse(list.validInsertPosition(1, A, NONE));
        _three(30, 20, 10);
        assertFalse(list.validInsertPosition(1, NONE, NONE));
        assertTrue(list.validInsertPosition(30, NONE, A));
        assertFalse(list.validInsertPosition(29, NONE, A));
        assertFalse(list.validInsertPosition(40, NONE, B));
        assertTrue(list.validInsertPosition(10, C, NONE));
        assertFalse(list.validInsertPosition(11, C, NONE));
        assertFalse(list.validInsertPosition(5, B, NONE));
        assertTrue(list.validInsertPosition(30, A, B));
        assertTrue(list.validInsertPosition(20, A, B));
        assertFalse(list.validInsertPosition(31, A, B));
        assertFalse(list.validInsertPosition(19, A, B));
        assertFalse(list.validInsertPosition(15, A, C));
    }

    // --- removal and new keys

    function test_remove_closesTheGap() public {
        _three(30, 20, 10);
        list.remove(B);
        _assertOrder(A, C);
        assertEq(list.getKey(B), 0);
        assertEq(list.getNext(B), NONE);
        assertEq(list.getPrev(B), NONE);
        list.remove(A);
        assertEq(list.getFirst(), C);
        assertEq(list.getPrev(C), NONE);
        list.remove(C);
        assertTrue(list.isEmpty());
        assertEq(list.getFirst(), NONE);
        assertEq(list.getLast(), NONE);
    }

    function test_remove_theTail() public {
        _three(30, 20, 10);
        list.remove(C);
        _assertOrder(A, B);
    }

    function test_updateKey_movesTheNode() public {
        _three(30, 20, 10);
        list.updateKey(C, 25, NONE, NONE);
        _assertOrder(A, C, B);
        assertEq(list.getKey(C), 25);
        list.updateKey(C, 35, NONE, NONE);
        _assertOrder(C, A, B);
        list.updateKey(C, 5, NONE, NONE);
        _assertOrder(A, B, C);
        list.updateKey(B, 21, NONE, NONE);
        _assertOrder(A, B, C);
    }

    function test_updateKey_comesBeforeItsEquals() public {
        _three(30, 20, 10);
        list.updateKey(C, 20, NONE, NONE);
        _assertOrder(A, C, B);
        list.updateKey(B, 20, NONE, NONE);
        _assertOrder(A, B, C);
        list.updateKey(A, 20, NONE, NONE);
        _assertOrder(A, B, C);
        list.updateKey(C, 20, NONE, NONE);
        _assertOrder(C, A, B);
    }

    function test_updateKey_takesHints() public {
        _three(20, 20, 10);
        list.updateKey(C, 20, A, B);
        _assertOrder(A, C, B);
        list.updateKey(A, 20, B, NONE);
        _assertOrder(C, B, A);
        // Itself is no hint: it is out while the place is looked for.
        list.updateKey(B, 20, B, NONE);
        _assertOrder(B, C, A);
        list.updateKey(B, 5, NONE, A);
        _assertOrder(C, A, B);
    }

    function test_updateKey_ofZeroRemoves() public {
        _three(30, 20, 10);
        list.updateKey(B, 0, NONE, NONE);
        _assertOrder(A, C);
        assertFalse(list.contains(B));
    }

    function test_updateKey_ofTheOnlyOne() public {
        _insert(A, 5);
        list.updateKey(A, 7, NONE, NONE);
        assertEq(list.getKey(A), 7);
        assertEq(list.getFirst(), A);
        assertEq(list.getLast(), A);
        assertEq(list.getSize(), 1);
    }
}
