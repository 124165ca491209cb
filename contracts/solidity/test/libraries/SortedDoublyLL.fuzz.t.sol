// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SortedDoublyLL} from "../../src/libraries/SortedDoublyLL.sol";
import {SortedDoublyLLFixture} from "../fixtures/SortedDoublyLLFixture.sol";
import {Test} from "../helpers/Test.sol";
import {SortedListModel} from "./SortedListModel.sol";

/// @dev Any walk of insertions, removals and new keys, with hints right, wrong, missing and none, and few enough keys that
/// ties are the rule: the list is at every step as the model says.
contract SortedDoublyLLFuzzTest is Test {
    uint256 private constant MAX_SIZE = 8;
    uint256 private constant IDS = 11;
    uint256 private constant KEYS = 6;
    uint256 private constant STEPS = 48;

    SortedDoublyLLFixture private list;
    SortedListModel private model;

    function setUp() public {
        list = new SortedDoublyLLFixture();
        list.setMaxSize(MAX_SIZE);
        model = new SortedListModel();
    }

    function testFuzz_anyWalkIsAsTheModelSays(uint256 seed) public {
        for (uint256 i = 0; i < STEPS; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            address id = _id(seed);
            uint256 key = 1 + (seed >> 32) % KEYS;
            (address prevId, address nextId) = _hints(seed >> 64);
            uint256 act = (seed >> 160) % 8;
            if (act == 0) _remove(id);
            else if (act == 1) _update(id, 0, prevId, nextId);
            else if (act < 4) _update(id, key, prevId, nextId);
            else _insert(id, key, prevId, nextId);
            _assertSame();
        }
    }

    function _id(uint256 seed) private pure returns (address) {
        // No more than IDS.
        // forge-lint: disable-next-line(unsafe-typecast)
        return address(uint160(1 + seed % IDS));
    }

    /// @dev None in one case of four; else two that are in the list or not, or one of them, or neighbours.
    function _hints(uint256 seed) private view returns (address prevId, address nextId) {
        uint256 kind = seed % 4;
        if (kind == 0) return (address(0), address(0));
        if (kind != 1) prevId = _id(seed >> 8);
        if (kind == 3) nextId = list.getNext(prevId);
        else nextId = _id(seed >> 16);
    }

    function _insert(address id, uint256 key, address prevId, address nextId) private {
        if (model.size() == MAX_SIZE) {
            vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLFull.selector, MAX_SIZE));
        } else if (model.keyOf(id) != 0) {
            vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLContains.selector, id));
        } else {
            model.insert(id, key, prevId, nextId);
        }
        list.insert(id, key, prevId, nextId);
    }

    function _remove(address id) private {
        if (model.keyOf(id) == 0) {
            vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, id));
        } else {
            model.remove(id);
        }
        list.remove(id);
    }

    function _update(address id, uint256 key, address prevId, address nextId) private {
        if (model.keyOf(id) == 0) {
            vm.expectRevert(abi.encodeWithSelector(SortedDoublyLL.SortedDoublyLLMissing.selector, id));
        } else {
            model.updateKey(id, key, prevId, nextId);
        }
        list.updateKey(id, key, prevId, nextId);
    }

    function _assertSame() private view {
        uint256 size = model.size();
        assertEq(list.getSize(), size);
        address before = address(0);
        address at = list.getFirst();
        for (uint256 i = 0; i < size; i++) {
            assertEq(at, model.at(i));
            assertEq(list.getKey(at), model.keyOf(at));
            assertEq(list.getPrev(at), before);
            (before, at) = (at, list.getNext(at));
        }
        assertEq(at, address(0));
        assertEq(list.getLast(), before);
        for (uint256 i = 0; i < IDS; i++) {
            assertEq(list.contains(_id(i)), model.keyOf(_id(i)) != 0);
        }
    }
}
