// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBatchTransfer} from "../interfaces/IBatchTransfer.sol";
import {ITokenDistributor} from "../interfaces/ITokenDistributor.sol";
import {PackedEntries} from "../libraries/PackedEntries.sol";
import {BitRange} from "./BitRange.sol";
import {CheckedTransfer} from "./CheckedTransfer.sol";
import {RangeProof} from "./RangeProof.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title TokenDistributor
/// @notice See {ITokenDistributor}. One for each distribution; nothing about it can be changed. The owner can do one
/// thing nobody else can: `distributeSkipping`.
contract TokenDistributor is ITokenDistributor, Ownable, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using BitRange for BitMaps.BitMap;
    using CheckedTransfer for address;

    /// @dev What every batch reads and writes, in one word.
    struct Progress {
        uint112 paid;
        uint112 reserved;
        uint24 doneChunks;
        bool closed;
    }

    /// @notice Time between completion, or the deadline, and the sweep: long enough to notice a wrong list.
    uint256 public constant GRACE = 7 days;
    /// @notice Gas lent to each transfer of `distributeSkipping`. Enough for a token that writes two new slots at the
    /// storage prices of EIP-8037.
    uint256 public constant TRANSFER_GAS = 300_000;
    /// @dev What must be left before a transfer so that it gets TRANSFER_GAS: a call keeps back a 64th, and costs itself.
    uint256 private constant GAS_NEEDED = TRANSFER_GAS + TRANSFER_GAS / 63 + 10_000;

    /// @inheritdoc ITokenDistributor
    address public immutable override token;
    /// @inheritdoc ITokenDistributor
    bytes32 public immutable override root;
    /// @inheritdoc ITokenDistributor
    uint256 public immutable override totalAmount;
    /// @inheritdoc ITokenDistributor
    uint256 public immutable override recipientCount;
    /// @inheritdoc ITokenDistributor
    uint256 public immutable override chunkSize;
    /// @inheritdoc ITokenDistributor
    uint256 public immutable override chunkCount;
    /// @inheritdoc ITokenDistributor
    uint256 public immutable override deadline;
    /// @inheritdoc ITokenDistributor
    address public immutable override sweepRecipient;
    /// @inheritdoc ITokenDistributor
    bool public immutable override useTransferBatch;
    /// @dev Levels of the tree above the leaves.
    uint256 private immutable _depth;

    Progress private _progress;
    BitMaps.BitMap private _done;
    BitMaps.BitMap private _reserved;
    /// @inheritdoc ITokenDistributor
    uint256 public override completedAt;

    /// @param token_ token to distribute, a contract
    /// @param root_ root of the tree over the chunks
    /// @param totalAmount_ sum of the list, in base units
    /// @param recipientCount_ entries in the list
    /// @param chunkSize_ entries in a chunk
    /// @param deadline_ time, in seconds since 1970, seven days after which everything left can be swept
    /// @param sweepRecipient_ receives what is left
    /// @param owner_ may call `distributeSkipping`
    /// @param useTransferBatch_ whether the token has `transferBatch` and it shall be used
    constructor(
        address token_,
        bytes32 root_,
        uint256 totalAmount_,
        uint256 recipientCount_,
        uint256 chunkSize_,
        uint256 deadline_,
        address sweepRecipient_,
        address owner_,
        bool useTransferBatch_
    ) Ownable(owner_) {
        require(token_.code.length != 0, DistributorInvalidToken(token_));
        require(root_ != bytes32(0), DistributorInvalidRoot(root_));
        require(totalAmount_ != 0 && totalAmount_ <= type(uint112).max, DistributorInvalidTotal(totalAmount_));
        require(recipientCount_ != 0 && chunkSize_ != 0, DistributorInvalidCounts(recipientCount_, chunkSize_));
        uint256 chunks = Math.ceilDiv(recipientCount_, chunkSize_);
        require(chunks <= type(uint24).max, DistributorInvalidCounts(recipientCount_, chunkSize_));
        require(deadline_ > block.timestamp && deadline_ <= type(uint64).max, DistributorInvalidDeadline(deadline_));
        require(sweepRecipient_ != address(0), DistributorInvalidRecipient(sweepRecipient_));

        token = token_;
        root = root_;
        totalAmount = totalAmount_;
        recipientCount = recipientCount_;
        chunkSize = chunkSize_;
        chunkCount = chunks;
        deadline = deadline_;
        sweepRecipient = sweepRecipient_;
        useTransferBatch = useTransferBatch_;
        _depth = Math.log2(chunks, Math.Rounding.Ceil);
    }

    /// @inheritdoc ITokenDistributor
    function distribute(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof) external nonReentrant {
        (uint256 chunks, uint256 amount) = _begin(firstChunk, entries, proof);
        if (useTransferBatch) {
            require(IBatchTransfer(token).transferBatch(entries), DistributorBatchTransferFailed());
        } else {
            uint256 stopped = token.tryTransferAll(entries);
            if (stopped != entries.length) {
                (address to, uint256 value) = PackedEntries.read(entries, stopped);
                revert DistributorTransferFailed(to, value);
            }
        }
        emit Distributed(firstChunk, chunks, amount);
    }

    /// @inheritdoc ITokenDistributor
    function distributeSkipping(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof)
        external
        onlyOwner
        nonReentrant
    {
        (uint256 chunks, uint256 amount) = _begin(firstChunk, entries, proof);
        uint256 index = firstChunk * chunkSize;
        uint256 skipped = 0;
        bool probed = false;
        for (uint256 offset = 0; offset < entries.length; offset += PackedEntries.SIZE) {
            (address to, uint256 value) = PackedEntries.read(entries, offset);
            if (!_tryPay(index, to, value)) {
                if (!probed) {
                    require(_tryPay(index, address(this), value), DistributorTokenRefusesAll());
                    probed = true;
                }
                _reserved.set(index);
                skipped += value;
                emit TransferSkipped(index, to, value);
            }
            index++;
        }
        _paidToReserved(skipped);
        emit Distributed(firstChunk, chunks, amount - skipped);
    }

    /// @inheritdoc ITokenDistributor
    function claimReserved(uint256 index, bytes calldata chunkEntries, bytes32[] calldata proof, address to)
        external
        nonReentrant
    {
        require(!_progress.closed, DistributorClosed());
        require(to != address(0) && to != address(this), DistributorInvalidRecipient(to));
        require(_reserved.get(index), DistributorNotReserved(index));
        uint256 chunk = index / chunkSize;
        require(_checkEntries(chunk, chunkEntries, proof) == 1, DistributorInvalidEntries(chunk, chunkEntries.length));
        (address recipient, uint256 amount) = PackedEntries.read(chunkEntries, (index % chunkSize) * PackedEntries.SIZE);
        require(msg.sender == recipient, DistributorNotRecipient(index, msg.sender));

        _reserved.unset(index);
        _reservedToPaid(amount);
        emit ReservedClaimed(index, recipient, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc ITokenDistributor
    function sweep() external nonReentrant {
        uint256 opensAt = sweepOpensAt();
        require(block.timestamp >= opensAt, DistributorSweepNotOpen(opensAt));
        uint256 amount = IERC20(token).balanceOf(address(this));
        if (block.timestamp >= deadline + GRACE) {
            _progress.closed = true;
        } else {
            amount = Math.saturatingSub(amount, _progress.reserved);
        }
        emit Swept(amount);
        if (amount != 0) _pay(sweepRecipient, amount);
    }

    /// @inheritdoc ITokenDistributor
    function paidAmount() external view returns (uint256) {
        return _progress.paid;
    }

    /// @inheritdoc ITokenDistributor
    function reservedAmount() external view returns (uint256) {
        return _progress.reserved;
    }

    /// @inheritdoc ITokenDistributor
    function remainingAmount() external view returns (uint256) {
        return totalAmount - _progress.paid - _progress.reserved;
    }

    /// @inheritdoc ITokenDistributor
    function doneChunks() external view returns (uint256) {
        return _progress.doneChunks;
    }

    /// @inheritdoc ITokenDistributor
    function closed() external view returns (bool) {
        return _progress.closed;
    }

    /// @inheritdoc ITokenDistributor
    function isChunkDone(uint256 chunk) external view returns (bool) {
        return _done.get(chunk);
    }

    /// @inheritdoc ITokenDistributor
    function doneBitmap(uint256 wordIndex) external view returns (uint256) {
        return _done._data[wordIndex];
    }

    /// @inheritdoc ITokenDistributor
    function doneBitmaps(uint256 firstWord, uint256 count) external view returns (uint256[] memory words) {
        words = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            words[i] = _done._data[firstWord + i];
        }
    }

    /// @inheritdoc ITokenDistributor
    function isReserved(uint256 index) external view returns (bool) {
        return _reserved.get(index);
    }

    /// @inheritdoc ITokenDistributor
    function sweepOpensAt() public view returns (uint256) {
        uint256 completed = completedAt;
        return (completed == 0 ? deadline : Math.min(completed, deadline)) + GRACE;
    }

    /// @dev Everything that must hold, and everything that is written, before the first token moves.
    function _begin(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof)
        private
        returns (uint256 chunks, uint256 amount)
    {
        Progress memory progress = _progress;
        require(!progress.closed, DistributorClosed());
        chunks = _checkEntries(firstChunk, entries, proof);
        uint256 clash = _done.setRange(firstChunk, chunks);
        require(clash == firstChunk + chunks, DistributorChunkAlreadyDone(clash));

        uint256 before = uint256(progress.paid) + progress.reserved;
        amount = PackedEntries.sum(entries);
        require(before + amount <= totalAmount, DistributorListExceedsTotal(before + amount, totalAmount));
        uint256 needed = totalAmount - progress.paid;
        uint256 balance = IERC20(token).balanceOf(address(this));
        require(balance >= needed, DistributorUnderfunded(balance, needed));

        // Both fit: the sums are bounded by totalAmount (112 bits) and chunkCount (24 bits), checked at construction.
        // forge-lint: disable-next-line(unsafe-typecast)
        progress.paid += uint112(amount);
        // forge-lint: disable-next-line(unsafe-typecast)
        progress.doneChunks += uint24(chunks);
        _progress = progress;
        if (progress.doneChunks == chunkCount) completedAt = block.timestamp;
    }

    /// @dev Reverts unless `entries` are whole chunks of the committed list. Returns how many.
    function _checkEntries(uint256 firstChunk, bytes calldata entries, bytes32[] calldata proof)
        private
        view
        returns (uint256 chunks)
    {
        require(firstChunk < chunkCount, DistributorInvalidChunk(firstChunk));
        chunks = _wholeChunks(firstChunk, entries.length);
        bytes32[] memory nodes = new bytes32[](chunks + 2);
        uint256 chunkBytes = chunkSize * PackedEntries.SIZE;
        for (uint256 i = 0; i < chunks; i++) {
            uint256 begin = i * chunkBytes;
            bytes calldata chunk = entries[begin:Math.min(begin + chunkBytes, entries.length)];
            nodes[1 + i] = _leaf(firstChunk + i, keccak256(chunk));
        }
        bytes32 computed = RangeProof.computeRoot(nodes, chunks, firstChunk, _depth, proof);
        require(computed == root, DistributorInvalidProof());
    }

    /// @dev Number of chunks that begin at `firstChunk` and have `length` bytes of entries.
    function _wholeChunks(uint256 firstChunk, uint256 length) private view returns (uint256) {
        uint256 count = length / PackedEntries.SIZE;
        uint256 left = recipientCount - firstChunk * chunkSize;
        bool whole = length % PackedEntries.SIZE == 0 && count != 0
            && (count == left || (count < left && count % chunkSize == 0));
        require(whole, DistributorInvalidEntries(firstChunk, length));
        return Math.ceilDiv(count, chunkSize);
    }

    /// @dev Hashed twice, so that no leaf can be taken for a node.
    function _leaf(uint256 chunk, bytes32 entriesHash) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(block.chainid, token, chunk, entriesHash))));
    }

    function _pay(address to, uint256 amount) private {
        require(token.tryTransfer(to, amount, gasleft()), DistributorTransferFailed(to, amount));
    }

    /// @dev A transfer that had all the gas it was promised, so that a failure is the recipient's or the token's.
    function _tryPay(uint256 index, address to, uint256 amount) private returns (bool) {
        require(gasleft() >= GAS_NEEDED, DistributorInsufficientGas(index));
        return token.tryTransfer(to, amount, TRANSFER_GAS);
    }

    /// @dev `amount` is part of a sum that fits in 112 bits, here and below.
    function _paidToReserved(uint256 amount) private {
        // forge-lint: disable-next-line(unsafe-typecast)
        _progress.paid -= uint112(amount);
        // forge-lint: disable-next-line(unsafe-typecast)
        _progress.reserved += uint112(amount);
    }

    function _reservedToPaid(uint256 amount) private {
        // forge-lint: disable-next-line(unsafe-typecast)
        _progress.reserved -= uint112(amount);
        // forge-lint: disable-next-line(unsafe-typecast)
        _progress.paid += uint112(amount);
    }
}
