// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../access/Owned.sol";
import {ITokenVesting} from "../interfaces/ITokenVesting.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title TokenVesting
/// @notice See {ITokenVesting}. The creator is the owner.
contract TokenVesting is ITokenVesting, Owned {
    using SafeERC20 for IERC20;

    /// @inheritdoc ITokenVesting
    address public immutable override beneficiary;
    /// @inheritdoc ITokenVesting
    uint256 public immutable override cliff;
    /// @inheritdoc ITokenVesting
    uint256 public immutable override start;
    /// @inheritdoc ITokenVesting
    uint256 public immutable override duration;
    /// @inheritdoc ITokenVesting
    bool public immutable override revocable;

    /// @inheritdoc ITokenVesting
    mapping(address token => uint256 amount) public override released;
    /// @inheritdoc ITokenVesting
    mapping(address token => bool done) public override revoked;

    /// @param beneficiary_ who receives the tokens, not zero
    /// @param start_ time from which tokens vest, in seconds since 1970
    /// @param cliff_ seconds after the start before which nothing vests, at most `duration_`
    /// @param duration_ seconds after the start until everything has vested
    /// @param revocable_ whether the owner may take back what has not vested
    constructor(address beneficiary_, uint256 start_, uint256 cliff_, uint256 duration_, bool revocable_) {
        require(beneficiary_ != address(0), TokenVestingInvalidBeneficiary(beneficiary_));
        require(cliff_ <= duration_, TokenVestingInvalidCliff(cliff_, duration_));
        beneficiary = beneficiary_;
        start = start_;
        cliff = start_ + cliff_;
        duration = duration_;
        revocable = revocable_;
    }

    /// @inheritdoc ITokenVesting
    function release(address token) external {
        uint256 amount = releasableAmount(token);
        require(amount != 0, TokenVestingNothingReleasable(token));
        released[token] += amount;
        emit Released(amount);
        IERC20(token).safeTransfer(beneficiary, amount);
    }

    /// @inheritdoc ITokenVesting
    function revoke(address token) external onlyOwner {
        require(revocable, TokenVestingNotRevocable());
        require(!revoked[token], TokenVestingAlreadyRevoked(token));
        uint256 refund = IERC20(token).balanceOf(address(this)) - releasableAmount(token);
        revoked[token] = true;
        emit Revoked();
        IERC20(token).safeTransfer(owner(), refund);
    }

    /// @inheritdoc ITokenVesting
    function releasableAmount(address token) public view returns (uint256) {
        return vestedAmount(token) - released[token];
    }

    /// @inheritdoc ITokenVesting
    function vestedAmount(address token) public view returns (uint256) {
        if (block.timestamp < cliff) return 0;
        uint256 total = IERC20(token).balanceOf(address(this)) + released[token];
        if (block.timestamp >= start + duration || revoked[token]) return total;
        return (total * (block.timestamp - start)) / duration;
    }
}
