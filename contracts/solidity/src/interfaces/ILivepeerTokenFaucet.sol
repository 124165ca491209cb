// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ILivepeerTokenFaucet
/// @notice Hands out a fixed amount of the token to whoever asks, once in a while. For test networks only.
interface ILivepeerTokenFaucet {
    /// @notice `to` asked and received `amount` base units.
    event Request(address indexed to, uint256 amount);
    /// @notice `account` may ask at any time from now on.
    event WhitelistAdded(address indexed account);
    /// @notice `account` has to wait between requests like everybody else.
    event WhitelistRemoved(address indexed account);

    /// @notice The caller may ask again at `nextValidRequest`, in seconds since 1970.
    error FaucetTooEarly(uint256 nextValidRequest);

    /// @notice Lets `account` ask without waiting. Owner only.
    function addToWhitelist(address account) external;

    /// @notice Makes `account` wait again; a time set before it was whitelisted still counts. Owner only.
    function removeFromWhitelist(address account) external;

    /// @notice Sends `requestAmount` to the caller. Reverts while the caller has to wait, and while the faucet is short.
    function request() external;

    /// @notice The token handed out.
    function token() external view returns (IERC20);

    /// @notice Amount of one request, in base units.
    function requestAmount() external view returns (uint256);

    /// @notice Hours between two requests of one account.
    function requestWait() external view returns (uint256);

    /// @notice Time from which `account` may ask again, in seconds since 1970; zero if it never had to wait.
    function nextValidRequest(address account) external view returns (uint256);

    /// @notice Whether `account` may ask without waiting.
    function isWhitelisted(address account) external view returns (bool);
}
