// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ITokenTimelock
/// @notice Holds one token for one beneficiary until a time.
interface ITokenTimelock {
    /// @notice The release time must lie in the future.
    error TokenTimelockInvalidReleaseTime(uint256 releaseTime);
    /// @notice The tokens are locked until `releaseTime`.
    error TokenTimelockLocked(uint256 releaseTime);
    /// @notice There is nothing to release.
    error TokenTimelockNothingToRelease();

    /// @notice Sends everything to the beneficiary once the release time has come. Anyone may call.
    function release() external;

    /// @notice The token held.
    function token() external view returns (IERC20);

    /// @notice Who receives it.
    function beneficiary() external view returns (address);

    /// @notice Time, in seconds since 1970, from which it can be released.
    function releaseTime() external view returns (uint256);
}
