// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @dev A sorted list as the rules of 2018 put it, on a plain array and as naively as possible: what SortedDoublyLL is held
/// against. A position is the index at which the newcomer will stand.
contract SortedListModel {
    address[] private _ids;
    mapping(address => uint256) public keyOf;

    function size() external view returns (uint256) {
        return _ids.length;
    }

    function at(uint256 index) external view returns (address) {
        return _ids[index];
    }

    function insert(address id, uint256 key, address prevId, address nextId) public {
        uint256 index = _find(key, prevId, nextId);
        _ids.push(id);
        for (uint256 i = _ids.length - 1; i > index; i--) {
            _ids[i] = _ids[i - 1];
        }
        _ids[index] = id;
        keyOf[id] = key;
    }

    function remove(address id) public {
        for (uint256 i = _indexOf(id); i + 1 < _ids.length; i++) {
            _ids[i] = _ids[i + 1];
        }
        _ids.pop();
        keyOf[id] = 0;
    }

    function updateKey(address id, uint256 newKey, address prevId, address nextId) external {
        remove(id);
        if (newKey != 0) insert(id, newKey, prevId, nextId);
    }

    function _find(uint256 key, address prevId, address nextId) private view returns (uint256) {
        uint256 count = _ids.length;
        for (uint256 index = 0; index <= count; index++) {
            bool named = (index == 0 ? address(0) : _ids[index - 1]) == prevId
                && (index == count ? address(0) : _ids[index]) == nextId;
            if (named && _fits(key, index)) return index;
        }

        bool goodPrev = keyOf[prevId] != 0 && keyOf[prevId] >= key;
        bool goodNext = keyOf[nextId] != 0 && keyOf[nextId] <= key;
        if (goodPrev) return _down(key, _indexOf(prevId));
        if (goodNext) return _up(key, _indexOf(nextId));
        return _down(key, 0);
    }

    /// @dev Downward from a node: in front of the head if that does, else the first place behind the node.
    function _down(uint256 key, uint256 from) private view returns (uint256 index) {
        if (from == 0 && _fits(key, 0)) return 0;
        index = from + 1;
        while (!_fits(key, index)) index++;
    }

    /// @dev Upward from a node: behind the tail if that does, else the first place in front of the node.
    function _up(uint256 key, uint256 from) private view returns (uint256 index) {
        if (from + 1 == _ids.length && _fits(key, from + 1)) return from + 1;
        index = from;
        while (!_fits(key, index)) index--;
    }

    function _fits(uint256 key, uint256 index) private view returns (bool) {
        return (index == 0 || keyOf[_ids[index - 1]] >= key) && (index == _ids.length || keyOf[_ids[index]] <= key);
    }

    function _indexOf(address id) private view returns (uint256 index) {
        while (_ids[index] != id) index++;
    }
}
