// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../access/Owned.sol";
import {ILivepeerTokenFaucet} from "../interfaces/ILivepeerTokenFaucet.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title LivepeerTokenFaucet
/// @notice See {ILivepeerTokenFaucet}. The deployer is the owner.
contract LivepeerTokenFaucet is ILivepeerTokenFaucet, Owned {
    using SafeERC20 for IERC20;

    /// @inheritdoc ILivepeerTokenFaucet
    IERC20 public immutable override token;
    /// @inheritdoc ILivepeerTokenFaucet
    uint256 public immutable override requestAmount;
    /// @inheritdoc ILivepeerTokenFaucet
    uint256 public immutable override requestWait;

    /// @inheritdoc ILivepeerTokenFaucet
    mapping(address account => uint256 time) public override nextValidRequest;
    /// @inheritdoc ILivepeerTokenFaucet
    mapping(address account => bool whitelisted) public override isWhitelisted;

    /// @param token_ the token to hand out
    /// @param requestAmount_ base units of one request
    /// @param requestWait_ hours between two requests of one account
    constructor(IERC20 token_, uint256 requestAmount_, uint256 requestWait_) {
        token = token_;
        requestAmount = requestAmount_;
        requestWait = requestWait_;
    }

    /// @inheritdoc ILivepeerTokenFaucet
    function addToWhitelist(address account) external onlyOwner {
        isWhitelisted[account] = true;
        emit WhitelistAdded(account);
    }

    /// @inheritdoc ILivepeerTokenFaucet
    function removeFromWhitelist(address account) external onlyOwner {
        isWhitelisted[account] = false;
        emit WhitelistRemoved(account);
    }

    /// @inheritdoc ILivepeerTokenFaucet
    function request() external {
        if (!isWhitelisted[msg.sender]) {
            uint256 next = nextValidRequest[msg.sender];
            require(block.timestamp >= next, FaucetTooEarly(next));
            nextValidRequest[msg.sender] = block.timestamp + requestWait * 1 hours;
        }
        emit Request(msg.sender, requestAmount);
        token.safeTransfer(msg.sender, requestAmount);
    }
}
