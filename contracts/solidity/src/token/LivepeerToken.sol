// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IBatchTransfer} from "../interfaces/IBatchTransfer.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {VariableSupplyToken} from "./VariableSupplyToken.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title LivepeerToken
/// @notice See {ILivepeerToken}.
contract LivepeerToken is VariableSupplyToken, ILivepeerToken {
    /// @inheritdoc IERC20Metadata
    string public constant override name = "Livepeer Token";
    /// @inheritdoc IERC20Metadata
    string public constant override symbol = "LPT";
    /// @inheritdoc IERC20Metadata
    uint8 public constant override decimals = 18;
    /// @inheritdoc ILivepeerToken
    string public constant override version = "0.1";

    /// @inheritdoc IBatchTransfer
    /// @dev The caller must own the sum at the start; it is taken off once, at the end, from what the caller has then,
    /// so an entry that names the caller changes nothing. Nothing is called in between. If the sum were so large that a
    /// credit overflowed, the caller could not own it, and everything reverts.
    function transferBatch(bytes calldata entries) external returns (bool) {
        require(entries.length % 32 == 0, BatchTransferInvalidLength(entries.length));
        uint256 balance = balanceOf[msg.sender];
        uint256 sum = 0;
        unchecked {
            for (uint256 offset = 0; offset < entries.length; offset += 32) {
                uint256 entry = uint256(_word(entries, offset));
                address to = address(uint160(entry >> 96));
                uint256 value = uint96(entry);
                require(to != address(0), ERC20InvalidReceiver(to));
                sum += value;
                balanceOf[to] += value;
                emit Transfer(msg.sender, to, value);
            }
            require(sum <= balance, ERC20InsufficientBalance(msg.sender, balance, sum));
            balanceOf[msg.sender] -= sum;
        }
        return true;
    }

    /// @dev The 32 bytes of `entries` from `offset` on; the caller keeps within bounds.
    function _word(bytes calldata entries, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(entries.offset, offset))
        }
    }
}
