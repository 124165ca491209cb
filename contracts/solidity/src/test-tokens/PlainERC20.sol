// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title PlainERC20
/// @notice NOT FOR PRODUCTION. OpenZeppelin's ERC20 and nothing else, for tests, rehearsals and gas comparisons.
contract PlainERC20 is ERC20 {
    /// @param name_ name of the token
    /// @param symbol_ symbol of the token
    /// @param supply base units minted to the deployer
    constructor(string memory name_, string memory symbol_, uint256 supply) ERC20(name_, symbol_) {
        _mint(msg.sender, supply);
    }
}
