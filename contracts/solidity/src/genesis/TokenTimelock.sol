// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ITokenTimelock} from "../interfaces/ITokenTimelock.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title TokenTimelock
/// @notice See {ITokenTimelock}. No owner.
contract TokenTimelock is ITokenTimelock {
    using SafeERC20 for IERC20;

    /// @inheritdoc ITokenTimelock
    IERC20 public immutable override token;
    /// @inheritdoc ITokenTimelock
    address public immutable override beneficiary;
    /// @inheritdoc ITokenTimelock
    uint256 public immutable override releaseTime;

    /// @param token_ the token to hold
    /// @param beneficiary_ who receives it
    /// @param releaseTime_ time from which it can be released, in seconds since 1970, in the future
    constructor(IERC20 token_, address beneficiary_, uint256 releaseTime_) {
        require(releaseTime_ > block.timestamp, TokenTimelockInvalidReleaseTime(releaseTime_));
        token = token_;
        beneficiary = beneficiary_;
        releaseTime = releaseTime_;
    }

    /// @inheritdoc ITokenTimelock
    function release() external {
        require(block.timestamp >= releaseTime, TokenTimelockLocked(releaseTime));
        uint256 amount = token.balanceOf(address(this));
        require(amount != 0, TokenTimelockNothingToRelease());
        token.safeTransfer(beneficiary, amount);
    }
}
