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
        ReturnsThree,
        ReturnsOneByte
    }

    mapping(address => uint256) public balanceOf;
    Mood public mood;
    address public victim; // zero: everybody
    address public callee;
    bytes public callback;
    bool public callbackFailed;
    bytes public callbackResult;

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
            (bool ok, bytes memory result) = callee.call(callback);
            callbackFailed = !ok;
            callbackResult = result;
        } else if (mood == Mood.ReturnsThree) {
            _answer(3, 32);
        } else if (mood == Mood.ReturnsOneByte) {
            _answer(0, 1); // what a careless caller reads is the last answer, a one
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
