// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @dev A token that behaves badly towards one account, or towards everybody.
contract MoodyToken {
    enum Mood {
        Fine,
        ReturnsFalse,
        ReturnsNothing,
        Reverts,
        BurnsAllGas,
        Reenters,
        ReturnsTwo,
        ReturnsOneByte
    }

    mapping(address => uint256) public balanceOf;
    Mood public mood;
    address public victim; // zero: everybody
    address public callee;
    bytes public callback;
    bool public callbackFailed;

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
    }

    function setMood(Mood mood_, address victim_) external {
        mood = mood_;
        victim = victim_;
    }

    function setCallback(address callee_, bytes calldata callback_) external {
        callee = callee_;
        callback = callback_;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        if (victim == address(0) || victim == to) _misbehave(to, amount);
        _move(to, amount);
        return true;
    }

    function transferBatch(bytes calldata) external view returns (bool) {
        return mood != Mood.ReturnsFalse;
    }

    function _misbehave(address to, uint256 amount) private {
        if (mood == Mood.ReturnsFalse) {
            _answer(0, 32);
        } else if (mood == Mood.ReturnsNothing) {
            _move(to, amount);
            _answer(0, 0);
        } else if (mood == Mood.Reverts) {
            revert("refused");
        } else if (mood == Mood.BurnsAllGas) {
            assembly ("memory-safe") {
                invalid()
            }
        } else if (mood == Mood.Reenters) {
            (bool ok,) = callee.call(callback);
            callbackFailed = !ok;
        } else if (mood == Mood.ReturnsTwo) {
            _answer(2, 32);
        } else if (mood == Mood.ReturnsOneByte) {
            _answer(type(uint256).max, 1);
        }
    }

    function _move(address to, uint256 amount) private {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function _answer(uint256 value, uint256 size) private pure {
        assembly ("memory-safe") {
            mstore(0, value)
            return(0, size)
        }
    }
}
