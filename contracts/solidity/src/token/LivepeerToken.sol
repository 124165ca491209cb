// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBatchTransfer} from "../interfaces/IBatchTransfer.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {PackedEntries} from "../libraries/PackedEntries.sol";
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
    /// so an entry that names the caller changes nothing. Nothing is called in between.
    function transferBatch(bytes calldata entries) external returns (bool) {
        require(entries.length % PackedEntries.SIZE == 0, BatchTransferInvalidLength(entries.length));
        uint256 balance = balanceOf[msg.sender];
        uint256 sum = _creditAll(entries);
        require(sum <= balance, ERC20InsufficientBalance(msg.sender, balance, sum));
        unchecked {
            balanceOf[msg.sender] -= sum;
        }
        return true;
    }

    /// @dev Credits every entry, emits its event, and returns the sum. What {PackedEntries-read}, `balanceOf[to] += value`
    /// and `emit Transfer(msg.sender, to, value)` would do, without 200 gas of overhead an entry. Unchecked: were the sum
    /// large enough for a balance to overflow, the caller could not own it, and everything is reverted.
    function _creditAll(bytes calldata entries) private returns (uint256 sum) {
        mapping(address account => uint256 balance) storage balances = balanceOf;
        bytes32 transferTopic = Transfer.selector;
        bool zeroReceiver = false;
        assembly ("memory-safe") {
            // The key of a balance is keccak256(account ‖ mapping slot), built in the scratch space 0x00-0x3f. An event's
            // data reuse the first word once the key is computed.
            mstore(0x20, balances.slot)
            let mask := 0xffffffffffffffffffffffff
            let end := add(entries.offset, entries.length)
            for { let next := entries.offset } lt(next, end) { next := add(next, 0x20) } {
                let value := calldataload(next)
                let to := shr(96, value)
                value := and(mask, value)
                zeroReceiver := or(zeroReceiver, iszero(to))
                mstore(0x00, to)
                let key := keccak256(0x00, 0x40)
                sstore(key, add(sload(key), value))
                sum := add(sum, value)
                mstore(0x00, value)
                log3(0x00, 0x20, transferTopic, caller(), to)
            }
        }
        require(!zeroReceiver, ERC20InvalidReceiver(address(0)));
    }
}
