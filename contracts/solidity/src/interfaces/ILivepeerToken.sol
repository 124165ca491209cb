// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBatchTransfer} from "./IBatchTransfer.sol";
import {IVariableSupplyToken} from "./IVariableSupplyToken.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title ILivepeerToken
/// @notice The Livepeer token: a variable supply token with a name and batch transfers.
interface ILivepeerToken is IVariableSupplyToken, IERC20Metadata, IBatchTransfer {
    /// @notice Version of the token, "0.1".
    function version() external view returns (string memory);
}
