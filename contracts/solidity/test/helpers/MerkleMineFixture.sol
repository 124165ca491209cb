// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MerkleMine} from "../../src/distribution/MerkleMine.sol";
import {PackedTree} from "./PackedTree.sol";
import {Test} from "./Test.sol";
import {MoodyToken} from "./tokens/MoodyToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @dev Eleven recipients: the tree is odd on two levels. The total leaves a remainder of seven.
abstract contract MerkleMineFixture is Test {
    uint256 internal constant RECIPIENTS = 11;
    uint256 internal constant ALLOCATION = 1000;
    uint256 internal constant TOTAL = RECIPIENTS * ALLOCATION + 7;
    uint256 internal constant THRESHOLD = 0.1 ether;
    uint256 internal constant GENESIS_BLOCK = 90;
    uint256 internal constant START_BLOCK = 200;
    uint256 internal constant END_BLOCK = 1200;

    MoodyToken internal token;
    MerkleMine internal mine;
    address internal caller = makeAddr("caller");

    function setUp() public virtual {
        vm.roll(100);
        token = new MoodyToken(type(uint128).max);
        mine = _deploy(TOTAL, RECIPIENTS);
        assertTrue(token.transfer(address(mine), TOTAL));
    }

    function _deploy(uint256 total, uint256 recipients) internal returns (MerkleMine) {
        return new MerkleMine(
            IERC20(address(token)),
            PackedTree.root(_leaves()),
            total,
            recipients,
            THRESHOLD,
            GENESIS_BLOCK,
            START_BLOCK,
            END_BLOCK
        );
    }

    /// @dev Ascending, as the format asks.
    function _recipient(uint256 index) internal pure returns (address) {
        // Casting is safe: an index is less than eleven.
        // forge-lint: disable-next-line(unsafe-typecast)
        return address(uint160(0xbeef0000 + index * 7919));
    }

    function _leaves() internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](RECIPIENTS);
        for (uint256 i = 0; i < RECIPIENTS; i++) {
            leaves[i] = PackedTree.leaf(_recipient(i));
        }
    }

    function _proof(uint256 index) internal pure returns (bytes memory) {
        return PackedTree.proof(_leaves(), index);
    }

    function _generate(uint256 index, address from) internal {
        vm.prank(from);
        mine.generate(_recipient(index), _proof(index));
    }
}
