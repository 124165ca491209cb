// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMerkleMine} from "../interfaces/IMerkleMine.sol";
import {PackedMerkleProof} from "../libraries/PackedMerkleProof.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title MerkleMine
/// @notice See {IMerkleMine}. No owner.
/// @dev An allocation is marked as generated before its transfers, so a token that calls back finds nothing to repeat.
contract MerkleMine is IMerkleMine {
    using SafeERC20 for IERC20;

    /// @inheritdoc IMerkleMine
    IERC20 public immutable override token;
    /// @inheritdoc IMerkleMine
    bytes32 public immutable override genesisRoot;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override totalGenesisTokens;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override totalGenesisRecipients;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override tokensPerAllocation;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override balanceThreshold;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override genesisBlock;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override callerAllocationStartBlock;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override callerAllocationEndBlock;
    /// @inheritdoc IMerkleMine
    uint256 public immutable override callerAllocationPeriod;

    /// @inheritdoc IMerkleMine
    bool public override started;
    /// @inheritdoc IMerkleMine
    mapping(address recipient => bool done) public override generated;

    /// @param token_ the token to hand out
    /// @param genesisRoot_ root of the tree of recipients
    /// @param totalGenesisTokens_ base units to hand out altogether
    /// @param totalGenesisRecipients_ how many recipients the tree has
    /// @param balanceThreshold_ wei a recipient held at least; information only
    /// @param genesisBlock_ block at which balances were looked at, not in the future; information only
    /// @param callerAllocationStartBlock_ block, in the future, from which others may generate
    /// @param callerAllocationEndBlock_ block from which others get the whole allocation, after the start
    constructor(
        IERC20 token_,
        bytes32 genesisRoot_,
        uint256 totalGenesisTokens_,
        uint256 totalGenesisRecipients_,
        uint256 balanceThreshold_,
        uint256 genesisBlock_,
        uint256 callerAllocationStartBlock_,
        uint256 callerAllocationEndBlock_
    ) {
        require(address(token_) != address(0), MerkleMineInvalidToken(address(token_)));
        require(totalGenesisRecipients_ != 0, MerkleMineNoRecipients());
        require(genesisBlock_ <= block.number, MerkleMineInvalidGenesisBlock(genesisBlock_, block.number));
        require(
            callerAllocationStartBlock_ > block.number && callerAllocationEndBlock_ > callerAllocationStartBlock_,
            MerkleMineInvalidCallerPeriod(callerAllocationStartBlock_, callerAllocationEndBlock_)
        );
        token = token_;
        genesisRoot = genesisRoot_;
        totalGenesisTokens = totalGenesisTokens_;
        totalGenesisRecipients = totalGenesisRecipients_;
        tokensPerAllocation = totalGenesisTokens_ / totalGenesisRecipients_;
        balanceThreshold = balanceThreshold_;
        genesisBlock = genesisBlock_;
        callerAllocationStartBlock = callerAllocationStartBlock_;
        callerAllocationEndBlock = callerAllocationEndBlock_;
        callerAllocationPeriod = callerAllocationEndBlock_ - callerAllocationStartBlock_;
    }

    /// @inheritdoc IMerkleMine
    function start() external {
        require(!started, MerkleMineAlreadyStarted());
        uint256 balance = token.balanceOf(address(this));
        require(balance >= totalGenesisTokens, MerkleMineUnderfunded(balance, totalGenesisTokens));
        started = true;
    }

    /// @inheritdoc IMerkleMine
    function generate(address recipient, bytes calldata merkleProof) external {
        require(started, MerkleMineNotStarted());
        require(!generated[recipient], MerkleMineAlreadyGenerated(recipient));
        bytes32 leaf = keccak256(abi.encodePacked(recipient));
        require(PackedMerkleProof.verify(merkleProof, genesisRoot, leaf), MerkleMineInvalidProof(recipient));
        uint256 callerAmount = msg.sender == recipient ? 0 : _callerAmountNow();
        uint256 recipientAmount = tokensPerAllocation - callerAmount;

        generated[recipient] = true;
        emit Generate(recipient, msg.sender, recipientAmount, callerAmount, block.number);
        _pay(msg.sender, callerAmount);
        _pay(recipient, recipientAmount);
    }

    /// @inheritdoc IMerkleMine
    function callerTokenAmountAtBlock(uint256 blockNumber) public view returns (uint256) {
        if (blockNumber < callerAllocationStartBlock) return 0;
        if (blockNumber >= callerAllocationEndBlock) return tokensPerAllocation;
        return Math.mulDiv(tokensPerAllocation, blockNumber - callerAllocationStartBlock, callerAllocationPeriod);
    }

    /// @dev Some tokens refuse a transfer of nothing.
    function _pay(address to, uint256 amount) private {
        if (amount != 0) token.safeTransfer(to, amount);
    }

    function _callerAmountNow() private view returns (uint256) {
        require(
            block.number >= callerAllocationStartBlock, MerkleMineCallerPeriodNotStarted(callerAllocationStartBlock)
        );
        return callerTokenAmountAtBlock(block.number);
    }
}
