// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {ContractIds} from "../libraries/ContractIds.sol";
import {Earnings} from "./Earnings.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Delegation
/// @notice How stake comes in, moves, and leaves.
abstract contract Delegation is Earnings, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @inheritdoc IBondingManager
    function bond(uint256 amount, address to) external whenSystemNotPaused nonReentrant {
        require(to != address(0), BondingManagerNoDelegate());
        uint256 round = _initializedRound();
        _claimEarnings(msg.sender, round);

        uint256 moved = _leaveFor(to, round);
        require(amount + moved != 0, BondingManagerNothingToBond(msg.sender));
        _delegators[msg.sender].delegateAddress = to;
        _increaseDelegation(to, amount + moved);
        emit Bond(to, msg.sender);
        if (amount != 0) _takeStake(amount);
    }

    /// @inheritdoc IBondingManager
    function unbond() external whenSystemNotPaused {
        uint256 round = _initializedRound();
        _claimEarnings(msg.sender, round);

        Delegator storage delegator = _delegators[msg.sender];
        DelegatorStatus status = _statusAt(delegator, round);
        require(status == DelegatorStatus.Bonded, BondingManagerNotBonded(msg.sender, status));
        address delegate = delegator.delegateAddress;
        uint256 amount = delegator.bondedAmount;
        delegator.withdrawRound = (round + unbondingPeriod).toUint128();
        delegator.delegateAddress = address(0);
        delegator.startRound = 0;

        _decreaseTotalBonded(delegator, amount);
        _resign(msg.sender, round);
        _decreaseDelegation(delegate, amount, round);
        emit Unbond(delegate, msg.sender);
    }

    /// @inheritdoc IBondingManager
    function withdrawStake() external whenSystemNotPaused nonReentrant {
        uint256 round = _initializedRound();
        Delegator storage delegator = _delegators[msg.sender];
        DelegatorStatus status = _statusAt(delegator, round);
        require(status == DelegatorStatus.Unbonded, BondingManagerNotUnbonded(msg.sender, status));
        uint256 amount = delegator.bondedAmount;
        require(amount != 0, BondingManagerNoStake(msg.sender));
        delegator.bondedAmount = 0;
        delegator.withdrawRound = 0;
        emit WithdrawStake(msg.sender);
        _minter().trustedTransferTokens(msg.sender, amount);
    }

    /// @inheritdoc IBondingManager
    function withdrawFees() external whenSystemNotPaused nonReentrant {
        _claimEarnings(msg.sender, _initializedRound());
        Delegator storage delegator = _delegators[msg.sender];
        uint256 amount = delegator.fees;
        require(amount != 0, BondingManagerNoFees(msg.sender));
        delegator.fees = 0;
        emit WithdrawFees(msg.sender);
        _minter().trustedWithdrawETH(payable(msg.sender), amount);
    }

    /// @inheritdoc IBondingManager
    function delegatorStatus(address delegator) external view returns (DelegatorStatus) {
        return _statusAt(_delegators[delegator], _currentRound());
    }

    /// @inheritdoc IBondingManager
    function getDelegator(address delegator)
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 withdrawRound,
            uint256 lastClaimRound
        )
    {
        Delegator storage its = _delegators[delegator];
        bondedAmount = its.bondedAmount;
        fees = its.fees;
        delegateAddress = its.delegateAddress;
        delegatedAmount = its.delegatedAmount;
        startRound = its.startRound;
        withdrawRound = its.withdrawRound;
        lastClaimRound = its.lastClaimRound;
    }

    /// @dev Frees the caller's stake for another delegate: that of one who unbonded, or of one who bonds to somebody else.
    /// It counts as bonded from the next round on.
    /// @return moved stake that goes to `to`; none when it is with `to` already
    function _leaveFor(address to, uint256 round) private returns (uint256 moved) {
        Delegator storage delegator = _delegators[msg.sender];
        address from = delegator.delegateAddress;
        if (from == to) return 0;

        moved = delegator.bondedAmount;
        delegator.startRound = (round + 1).toUint48();
        if (from != address(0)) {
            _decreaseDelegation(from, moved, round);
        } else {
            delegator.withdrawRound = 0;
            if (moved != 0) _queueRebonded(delegator, moved);
        }
    }

    /// @dev The result of the transfer is not read: the token is the protocol's own and reverts when it fails.
    function _takeStake(uint256 amount) private {
        Delegator storage delegator = _delegators[msg.sender];
        delegator.bondedAmount = (delegator.bondedAmount + amount).toUint128();
        _increaseTotalBonded(amount);
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        ILivepeerToken(_registered(ContractIds.LIVEPEER_TOKEN)).transferFrom(msg.sender, address(_minter()), amount);
    }

    function _statusAt(Delegator storage delegator, uint256 round) private view returns (DelegatorStatus) {
        uint256 withdrawRound = delegator.withdrawRound;
        if (withdrawRound != 0) {
            return round >= withdrawRound ? DelegatorStatus.Unbonded : DelegatorStatus.Unbonding;
        }
        if (delegator.startRound > round) return DelegatorStatus.Pending;
        return delegator.startRound != 0 ? DelegatorStatus.Bonded : DelegatorStatus.Unbonded;
    }
}
