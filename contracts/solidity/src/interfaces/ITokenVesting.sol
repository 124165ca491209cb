// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title ITokenVesting
/// @notice Holds tokens for one beneficiary and releases them linearly from `start`, nothing before the cliff. Holds
/// any ERC-20; each token vests by itself.
interface ITokenVesting {
    /// @notice `amount` base units went to the beneficiary.
    event Released(uint256 amount);
    /// @notice The owner took back what had not vested.
    event Revoked();

    /// @notice The beneficiary can not be zero.
    error TokenVestingInvalidBeneficiary(address beneficiary);
    /// @notice The cliff can not come after the end.
    error TokenVestingInvalidCliff(uint256 cliff, uint256 duration);
    /// @notice Nothing of `token` can be released now.
    error TokenVestingNothingReleasable(address token);
    /// @notice This grant can not be revoked.
    error TokenVestingNotRevocable();
    /// @notice `token` was revoked before.
    error TokenVestingAlreadyRevoked(address token);

    /// @notice Sends what has vested and was not released yet to the beneficiary. Anyone may call.
    function release(address token) external;

    /// @notice Sends what has not vested to the owner; the rest stays for the beneficiary. Owner only, once a token.
    function revoke(address token) external;

    /// @notice What has vested and was not released yet.
    function releasableAmount(address token) external view returns (uint256);

    /// @notice What has vested by now, released or not.
    function vestedAmount(address token) external view returns (uint256);

    /// @notice Who receives the tokens.
    function beneficiary() external view returns (address);

    /// @notice Time, in seconds since 1970, before which nothing vests.
    function cliff() external view returns (uint256);

    /// @notice Time, in seconds since 1970, from which tokens vest.
    function start() external view returns (uint256);

    /// @notice Seconds from start until everything has vested.
    function duration() external view returns (uint256);

    /// @notice Whether the owner may revoke.
    function revocable() external view returns (bool);

    /// @notice Released so far, a token.
    function released(address token) external view returns (uint256);

    /// @notice Whether a token was revoked.
    function revoked(address token) external view returns (bool);
}
