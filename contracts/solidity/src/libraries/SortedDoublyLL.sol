// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title SortedDoublyLL
/// @notice A doubly linked list of addresses with keys that fall from head to tail, and with a largest size. A node exists
/// exactly when its key is not zero.
///
/// Whoever inserts may say where: between `prevId` and `nextId`. A right hint makes the insertion cheap; a wrong one costs
/// a search from it, none a search from the head. Searched for, a place is in front of all nodes of the same key.
library SortedDoublyLL {
    struct Node {
        uint256 key;
        // The one with a smaller or equal key.
        address nextId;
        // The one with a larger or equal key.
        address prevId;
    }

    struct Data {
        address head;
        address tail;
        // Can not overflow: there are no more nodes than addresses.
        uint96 size;
        uint256 maxSize;
        mapping(address => Node) nodes;
    }

    /// @notice The largest size can only grow: `newSize` is not more than `maxSize`.
    error SortedDoublyLLMaxSizeMustGrow(uint256 newSize, uint256 maxSize);
    /// @notice There is no place for another node.
    error SortedDoublyLLFull(uint256 maxSize);
    /// @notice `id` is in the list already.
    error SortedDoublyLLContains(address id);
    /// @notice `id` is not in the list.
    error SortedDoublyLLMissing(address id);
    /// @notice Zero can not be in the list, nor can it be a key.
    error SortedDoublyLLInvalidNode(address id, uint256 key);

    /// @notice Sets the largest size, which can only grow.
    function setMaxSize(Data storage self, uint256 newSize) internal {
        require(newSize > self.maxSize, SortedDoublyLLMaxSizeMustGrow(newSize, self.maxSize));
        self.maxSize = newSize;
    }

    /// @notice Adds a node. Reverts if the list is full or has it already, and for a zero id or key.
    function insert(Data storage self, address id, uint256 key, address prevId, address nextId) internal {
        require(!isFull(self), SortedDoublyLLFull(self.maxSize));
        require(!contains(self, id), SortedDoublyLLContains(id));
        require(id != address(0) && key != 0, SortedDoublyLLInvalidNode(id, key));
        (prevId, nextId) = _position(self, key, prevId, nextId);
        self.size += 1;
        _link(self, id, key, prevId, nextId);
    }

    /// @notice Removes a node. Reverts if there is none.
    function remove(Data storage self, address id) internal {
        _unlink(self, id);
        self.size -= 1;
    }

    /// @notice Gives a node another key and so another place: in front of its equals if the hints do not say otherwise.
    /// A key of zero removes it. Reverts if there is no such node. Without hints the search begins where the node is, which
    /// finds the same place as one from the head.
    function updateKey(Data storage self, address id, uint256 newKey, address prevId, address nextId) internal {
        Node memory node = self.nodes[id];
        require(node.key != 0, SortedDoublyLLMissing(id));
        if (newKey == 0) {
            remove(self, id);
        } else if (prevId != address(0) || nextId != address(0)) {
            _unlink(self, id);
            (prevId, nextId) = _position(self, newKey, prevId, nextId);
            _link(self, id, newKey, prevId, nextId);
        } else {
            (prevId, nextId) = _positionFrom(self, newKey, node.prevId, node.nextId);
            if (prevId == node.prevId) {
                self.nodes[id].key = newKey;
            } else {
                _unlink(self, id);
                _link(self, id, newKey, prevId, nextId);
            }
        }
    }

    /// @notice Whether there is such a node.
    function contains(Data storage self, address id) internal view returns (bool) {
        return self.nodes[id].key != 0;
    }

    /// @notice Whether there is no place for another node.
    function isFull(Data storage self) internal view returns (bool) {
        return self.size == self.maxSize;
    }

    /// @notice Whether there are no nodes.
    function isEmpty(Data storage self) internal view returns (bool) {
        return self.size == 0;
    }

    /// @notice How many nodes there are.
    function getSize(Data storage self) internal view returns (uint256) {
        return self.size;
    }

    /// @notice How many nodes there may be.
    function getMaxSize(Data storage self) internal view returns (uint256) {
        return self.maxSize;
    }

    /// @notice The node's key, zero if there is none.
    function getKey(Data storage self, address id) internal view returns (uint256) {
        return self.nodes[id].key;
    }

    /// @notice The node with the largest key, zero if there is none.
    function getFirst(Data storage self) internal view returns (address) {
        return self.head;
    }

    /// @notice The node with the smallest key, zero if there is none.
    function getLast(Data storage self) internal view returns (address) {
        return self.tail;
    }

    /// @notice The node after this one, towards smaller keys; zero if there is none.
    function getNext(Data storage self, address id) internal view returns (address) {
        return self.nodes[id].nextId;
    }

    /// @notice The node before this one, towards larger keys; zero if there is none.
    function getPrev(Data storage self, address id) internal view returns (address) {
        return self.nodes[id].prevId;
    }

    /// @notice Whether a node with this key may stand between these two, of which zero means the list's end.
    function validInsertPosition(Data storage self, uint256 key, address prevId, address nextId)
        internal
        view
        returns (bool)
    {
        if (prevId == address(0) && nextId == address(0)) return self.head == address(0);
        if (prevId == address(0)) return self.head == nextId && key >= self.nodes[nextId].key;
        if (nextId == address(0)) return self.tail == prevId && key <= self.nodes[prevId].key;
        return self.nodes[prevId].nextId == nextId && self.nodes[prevId].key >= key && key >= self.nodes[nextId].key;
    }

    /// @dev Writes the node and its neighbours' links, not the size.
    function _link(Data storage self, address id, uint256 key, address prevId, address nextId) private {
        self.nodes[id] = Node({key: key, nextId: nextId, prevId: prevId});
        if (prevId == address(0)) self.head = id;
        else self.nodes[prevId].nextId = id;
        if (nextId == address(0)) self.tail = id;
        else self.nodes[nextId].prevId = id;
    }

    /// @dev Erases the node and closes the gap; the size stays.
    function _unlink(Data storage self, address id) private {
        Node memory node = self.nodes[id];
        require(node.key != 0, SortedDoublyLLMissing(id));
        if (node.prevId == address(0)) self.head = node.nextId;
        else self.nodes[node.prevId].nextId = node.nextId;
        if (node.nextId == address(0)) self.tail = node.prevId;
        else self.nodes[node.nextId].prevId = node.prevId;
        delete self.nodes[id];
    }

    /// @dev The hints if they are a place for the key, else what is found from them. A hint that is not in the list, or on
    /// the wrong side of the key, is none.
    function _position(Data storage self, uint256 key, address prevId, address nextId)
        private
        view
        returns (address, address)
    {
        if (validInsertPosition(self, key, prevId, nextId)) return (prevId, nextId);
        // A missing node has the key zero: less than any.
        if (self.nodes[prevId].key < key) prevId = address(0);
        if (self.nodes[nextId].key > key || !contains(self, nextId)) nextId = address(0);
        if (prevId != address(0)) return _descend(self, key, prevId);
        if (nextId != address(0)) return _ascend(self, key, nextId);
        return _descend(self, key, self.head);
    }

    /// @dev From a node with a key that is not smaller, or from the head, down to the first place that is right.
    function _descend(Data storage self, uint256 key, address startId) private view returns (address, address) {
        if (startId == self.head && key >= self.nodes[startId].key) return (address(0), startId);
        address prevId = startId;
        address nextId = self.nodes[prevId].nextId;
        while (self.nodes[nextId].key > key) {
            prevId = nextId;
            nextId = self.nodes[prevId].nextId;
        }
        return (prevId, nextId);
    }

    /// @dev From a node with a key that is not larger up to the first place that is right.
    function _ascend(Data storage self, uint256 key, address startId) private view returns (address, address) {
        if (startId == self.tail && key <= self.nodes[startId].key) return (startId, address(0));
        address nextId = startId;
        address prevId = self.nodes[nextId].prevId;
        while (prevId != address(0) && self.nodes[prevId].key < key) {
            nextId = prevId;
            prevId = self.nodes[nextId].prevId;
        }
        return (prevId, nextId);
    }

    /// @dev From between two neighbours to the one place behind all larger keys and in front of all others.
    function _positionFrom(Data storage self, uint256 key, address prevId, address nextId)
        private
        view
        returns (address, address)
    {
        while (prevId != address(0) && self.nodes[prevId].key <= key) {
            nextId = prevId;
            prevId = self.nodes[nextId].prevId;
        }
        while (self.nodes[nextId].key > key) {
            prevId = nextId;
            nextId = self.nodes[prevId].nextId;
        }
        return (prevId, nextId);
    }
}
