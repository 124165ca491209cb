// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IVariableSupplyToken
/// @notice An ERC-20 whose owner mints and whose holders burn.
interface IVariableSupplyToken is IERC20 {
    /// @notice `amount` base units were minted to `to`. Precedes the Transfer event of the same minting.
    event Mint(address indexed to, uint256 amount);
    /// @notice Nothing will ever be minted again.
    event MintFinished();
    /// @notice `burner` burned `value` base units. Precedes the Transfer event to the zero address.
    event Burn(address indexed burner, uint256 value);

    /// @notice Minting was finished for good.
    error VariableSupplyTokenMintingFinished();

    /// @notice Mints to an account. Owner only, until minting is finished.
    /// @param to receiver, not zero
    /// @param amount base units; zero is allowed
    /// @return always true
    function mint(address to, uint256 amount) external returns (bool);

    /// @notice Ends minting for good. Owner only, once.
    /// @return always true
    function finishMinting() external returns (bool);

    /// @notice Burns from the caller's balance.
    /// @param amount base units, at most the caller's balance
    function burn(uint256 amount) external;

    /// @notice Raises the allowance of `spender`; reverts on overflow.
    /// @return always true
    function increaseApproval(address spender, uint256 addedValue) external returns (bool);

    /// @notice Lowers the allowance of `spender`, to zero at the least.
    /// @return always true
    function decreaseApproval(address spender, uint256 subtractedValue) external returns (bool);

    /// @notice Whether minting was finished.
    function mintingFinished() external view returns (bool);
}
