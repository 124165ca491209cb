// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../access/Owned.sol";
import {IVariableSupplyToken} from "../interfaces/IVariableSupplyToken.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title VariableSupplyToken
/// @notice See {IVariableSupplyToken}. The deployer is the owner.
/// @dev The accounts are kept here and not by OpenZeppelin's ERC20 for one reason: its balances are private, and a batch
/// transfer through them would debit the sender once for every receiver (about 400 gas each). Interfaces, errors and
/// ownership are OpenZeppelin's. Sums can not overflow: no balance ever exceeds the supply, whose growth is checked.
contract VariableSupplyToken is IVariableSupplyToken, IERC20Errors, Owned {
    /// @inheritdoc IERC20
    uint256 public override totalSupply;
    /// @inheritdoc IVariableSupplyToken
    bool public override mintingFinished;
    /// @inheritdoc IERC20
    mapping(address account => uint256 balance) public override balanceOf;
    /// @inheritdoc IERC20
    mapping(address holder => mapping(address spender => uint256 value)) public override allowance;

    modifier canMint() {
        _checkCanMint();
        _;
    }

    /// @inheritdoc IERC20
    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    /// @dev The allowance is always lowered; there is no infinite value.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(value <= allowed, ERC20InsufficientAllowance(msg.sender, allowed, value));
        unchecked {
            allowance[from][msg.sender] = allowed - value;
        }
        _transfer(from, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) external returns (bool) {
        _approve(spender, value);
        return true;
    }

    /// @inheritdoc IVariableSupplyToken
    function increaseApproval(address spender, uint256 addedValue) external returns (bool) {
        _approve(spender, allowance[msg.sender][spender] + addedValue);
        return true;
    }

    /// @inheritdoc IVariableSupplyToken
    function decreaseApproval(address spender, uint256 subtractedValue) external returns (bool) {
        uint256 allowed = allowance[msg.sender][spender];
        _approve(spender, subtractedValue > allowed ? 0 : allowed - subtractedValue);
        return true;
    }

    /// @inheritdoc IVariableSupplyToken
    function mint(address to, uint256 amount) external onlyOwner canMint returns (bool) {
        require(to != address(0), ERC20InvalidReceiver(to));
        totalSupply += amount;
        unchecked {
            balanceOf[to] += amount;
        }
        emit Mint(to, amount);
        emit Transfer(address(0), to, amount);
        return true;
    }

    /// @inheritdoc IVariableSupplyToken
    function finishMinting() external onlyOwner canMint returns (bool) {
        mintingFinished = true;
        emit MintFinished();
        return true;
    }

    /// @inheritdoc IVariableSupplyToken
    function burn(uint256 amount) external {
        _debit(msg.sender, amount);
        unchecked {
            totalSupply -= amount;
        }
        emit Burn(msg.sender, amount);
        emit Transfer(msg.sender, address(0), amount);
    }

    function _transfer(address from, address to, uint256 value) private {
        require(to != address(0), ERC20InvalidReceiver(to));
        _debit(from, value);
        unchecked {
            balanceOf[to] += value;
        }
        emit Transfer(from, to, value);
    }

    function _debit(address from, uint256 value) private {
        uint256 balance = balanceOf[from];
        require(value <= balance, ERC20InsufficientBalance(from, balance, value));
        unchecked {
            balanceOf[from] = balance - value;
        }
    }

    function _approve(address spender, uint256 value) private {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function _checkCanMint() private view {
        require(!mintingFinished, VariableSupplyTokenMintingFinished());
    }
}
