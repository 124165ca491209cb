// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @dev A token whose transfer to an account fails unless it is called with enough gas.
contract HungryToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => uint256) public gasNeeded;

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
    }

    function setGasNeeded(address to, uint256 gas_) external {
        gasNeeded[to] = gas_;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        if (gasleft() < gasNeeded[to]) return false;
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}
