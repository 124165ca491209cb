// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A recipient list and its tree, kept in memory: packs, cuts, commits and proves.
struct RecipientList {
    bytes entries;
    uint256 count;
    uint256 chunkSize;
    uint256 total;
    bytes32[][] levels; // levels[0] are the padded leaves, the last level is the root alone
}

library RecipientLists {
    /// @dev `count` entries with ascending addresses; addresses and amounts follow from `seed`.
    function generate(uint256 count, uint256 chunkSize, uint256 seed, address token, uint256 chainId)
        internal
        pure
        returns (RecipientList memory list)
    {
        bytes memory entries = new bytes(count * 32);
        for (uint256 i = 0; i < count; i++) {
            uint256 noise = uint256(keccak256(abi.encode(seed, i)));
            // forge-lint: disable-next-line(unsafe-typecast)
            address to = address(uint160(((i + 1) << 140) | (noise >> 116)));
            uint256 amount = 1e18 + (noise % 1e22);
            bytes32 entry = pack(to, amount);
            assembly ("memory-safe") {
                mstore(add(add(entries, 0x20), mul(i, 0x20)), entry)
            }
        }
        return commit(entries, chunkSize, token, chainId);
    }

    function pack(address to, uint256 amount) internal pure returns (bytes32) {
        return bytes32((uint256(uint160(to)) << 96) | amount);
    }

    function commit(bytes memory entries, uint256 chunkSize, address token, uint256 chainId)
        internal
        pure
        returns (RecipientList memory list)
    {
        list.entries = entries;
        list.count = entries.length / 32;
        list.chunkSize = chunkSize;
        for (uint256 i = 0; i < list.count; i++) {
            list.total += amountAt(list, i);
        }
        uint256 chunks = chunkCount(list);
        uint256 width = 1;
        uint256 depth = 0;
        while (width < chunks) {
            width *= 2;
            depth++;
        }
        list.levels = new bytes32[][](depth + 1);
        list.levels[0] = new bytes32[](width);
        for (uint256 i = 0; i < chunks; i++) {
            bytes32 inner = keccak256(abi.encode(chainId, token, i, keccak256(slice(list, i, 1))));
            list.levels[0][i] = keccak256(bytes.concat(inner));
        }
        for (uint256 level = 1; level <= depth; level++) {
            width /= 2;
            list.levels[level] = new bytes32[](width);
            for (uint256 i = 0; i < width; i++) {
                list.levels[level][i] =
                    keccak256(abi.encodePacked(list.levels[level - 1][2 * i], list.levels[level - 1][2 * i + 1]));
            }
        }
    }

    function chunkCount(RecipientList memory list) internal pure returns (uint256) {
        return (list.count + list.chunkSize - 1) / list.chunkSize;
    }

    function root(RecipientList memory list) internal pure returns (bytes32) {
        return list.levels[list.levels.length - 1][0];
    }

    function entryAt(RecipientList memory list, uint256 index) internal pure returns (uint256 entry) {
        bytes memory entries = list.entries;
        assembly ("memory-safe") {
            entry := mload(add(add(entries, 0x20), mul(index, 0x20)))
        }
    }

    function addressAt(RecipientList memory list, uint256 index) internal pure returns (address) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return address(uint160(entryAt(list, index) >> 96));
    }

    function amountAt(RecipientList memory list, uint256 index) internal pure returns (uint256) {
        return entryAt(list, index) & type(uint96).max;
    }

    /// @dev The packed entries of `chunks` chunks from `first` on.
    function slice(RecipientList memory list, uint256 first, uint256 chunks) internal pure returns (bytes memory out) {
        uint256 begin = first * list.chunkSize;
        uint256 end = begin + chunks * list.chunkSize;
        if (end > list.count) end = list.count;
        out = new bytes((end - begin) * 32);
        for (uint256 i = begin; i < end; i++) {
            uint256 entry = entryAt(list, i);
            assembly ("memory-safe") {
                mstore(add(add(out, 0x20), mul(sub(i, begin), 0x20)), entry)
            }
        }
    }

    /// @dev The sum of what `chunks` chunks from `first` on pay.
    function sum(RecipientList memory list, uint256 first, uint256 chunks) internal pure returns (uint256 amount) {
        for (uint256 i = first * list.chunkSize; i < (first + chunks) * list.chunkSize && i < list.count; i++) {
            amount += amountAt(list, i);
        }
    }

    /// @dev The siblings of the range, found by looking at the whole tree.
    function prove(RecipientList memory list, uint256 first, uint256 chunks)
        internal
        pure
        returns (bytes32[] memory proof)
    {
        bytes32[] memory found = new bytes32[](2 * list.levels.length);
        uint256 used = 0;
        uint256 last = first + chunks - 1;
        for (uint256 level = 0; level + 1 < list.levels.length; level++) {
            if (first & 1 == 1) found[used++] = list.levels[level][first - 1];
            if (last & 1 == 0) found[used++] = list.levels[level][last + 1];
            first >>= 1;
            last >>= 1;
        }
        proof = new bytes32[](used);
        for (uint256 i = 0; i < used; i++) {
            proof[i] = found[i];
        }
    }
}
