// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IOwned
/// @notice How a contract asks for, or hands over, the ownership of another one ({Owned} or any Ownable).
interface IOwned {
    /// @notice Hands ownership to `newOwner` at once. Owner only; the zero address is refused.
    function transferOwnership(address newOwner) external;

    /// @notice The present owner.
    function owner() external view returns (address);
}
