// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title BitRange
/// @notice Sets a range of bits of a bitmap with one read and one write a word.
library BitRange {
    using BitMaps for BitMaps.BitMap;

    /// @notice Sets the bits `[first, first + count)`. Stops at a bit that is set already; the caller reverts then.
    /// @return clash the lowest bit that was set already, or `first + count` when none was
    function setRange(BitMaps.BitMap storage bits, uint256 first, uint256 count) internal returns (uint256 clash) {
        uint256 end = first + count;
        while (first < end) {
            uint256 shift = first & 0xff;
            uint256 length = end - first < 256 - shift ? end - first : 256 - shift;
            uint256 mask = (type(uint256).max >> (256 - length)) << shift;
            uint256 word = bits._data[first >> 8];
            if (word & mask != 0) {
                while (!bits.get(first)) first++;
                return first;
            }
            bits._data[first >> 8] = word | mask;
            first += length;
        }
        return end;
    }
}
