// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "./Manager.sol";
import {IBondingManager} from "./interfaces/IBondingManager.sol";
import {IController} from "./interfaces/IController.sol";
import {ILivepeerToken} from "./interfaces/ILivepeerToken.sol";
import {IMinter} from "./interfaces/IMinter.sol";
import {IOwned} from "./interfaces/IOwned.sol";
import {ContractIds} from "./libraries/ContractIds.sol";
import {MathUtils} from "./libraries/MathUtils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Minter
/// @notice See {IMinter}. Not proxied.
contract Minter is IMinter, Manager, ReentrancyGuardTransient {
    /// @inheritdoc IMinter
    uint256 public override inflation;
    /// @inheritdoc IMinter
    uint256 public override inflationChange;
    /// @inheritdoc IMinter
    uint256 public override targetBondingRate;
    /// @inheritdoc IMinter
    uint256 public override currentMintableTokens;
    /// @inheritdoc IMinter
    uint256 public override currentMintedTokens;

    modifier onlyBondingManager() {
        _checkCaller(_registered(ContractIds.BONDING_MANAGER));
        _;
    }

    modifier onlyRoundsManager() {
        _checkCaller(_registered(ContractIds.ROUNDS_MANAGER));
        _;
    }

    modifier onlyBondingManagerOrJobsManager() {
        _checkBondingManagerOrJobsManager();
        _;
    }

    /// @param controller_ the controller to obey, unchecked
    /// @param inflation_ inflation a round at first, out of 1,000,000
    /// @param inflationChange_ by how much inflation moves each round, out of 1,000,000
    /// @param targetBondingRate_ bonding rate at which inflation stands still, out of 1,000,000
    constructor(address controller_, uint256 inflation_, uint256 inflationChange_, uint256 targetBondingRate_)
        Manager(controller_)
    {
        MathUtils.requireValidPerc(inflation_);
        MathUtils.requireValidPerc(inflationChange_);
        MathUtils.requireValidPerc(targetBondingRate_);
        inflation = inflation_;
        inflationChange = inflationChange_;
        targetBondingRate = targetBondingRate_;
    }

    /// @inheritdoc IMinter
    function setTargetBondingRate(uint256 newRate) external onlyControllerOwner {
        MathUtils.requireValidPerc(newRate);
        targetBondingRate = newRate;
        emit ParameterUpdate("targetBondingRate");
    }

    /// @inheritdoc IMinter
    function setInflationChange(uint256 newChange) external onlyControllerOwner {
        MathUtils.requireValidPerc(newChange);
        inflationChange = newChange;
        emit ParameterUpdate("inflationChange");
    }

    /// @inheritdoc IMinter
    function migrateToNewMinter(IMinter newMinter) external onlyControllerOwner whenSystemPaused nonReentrant {
        _checkSuccessor(newMinter);
        ILivepeerToken token = _token();
        uint256 amount = address(this).balance;

        IOwned(address(token)).transferOwnership(address(newMinter));
        uint256 tokens = token.balanceOf(address(this));
        _pay(token, address(newMinter), tokens);
        newMinter.depositETH{value: amount}();
        emit MigratedToNewMinter(address(newMinter), tokens, amount);
    }

    /// @inheritdoc IMinter
    function createReward(uint256 fracNum, uint256 fracDenom)
        external
        onlyBondingManager
        whenSystemNotPaused
        returns (uint256 amount)
    {
        amount = MathUtils.percOf(currentMintableTokens, fracNum, fracDenom);
        uint256 minted = currentMintedTokens + amount;
        require(minted <= currentMintableTokens, MinterExceedsMintable(minted, currentMintableTokens));
        currentMintedTokens = minted;
        emit RewardCreated(amount);
        _token().mint(address(this), amount);
    }

    /// @inheritdoc IMinter
    function trustedTransferTokens(address to, uint256 amount) external onlyBondingManager whenSystemNotPaused {
        emit TokensTransferred(to, amount);
        _pay(_token(), to, amount);
    }

    /// @inheritdoc IMinter
    function trustedBurnTokens(uint256 amount) external onlyBondingManager whenSystemNotPaused {
        emit TokensBurned(amount);
        _token().burn(amount);
    }

    /// @inheritdoc IMinter
    function trustedWithdrawETH(address payable to, uint256 amount)
        external
        onlyBondingManagerOrJobsManager
        whenSystemNotPaused
        nonReentrant
    {
        emit ETHWithdrawn(to, amount);
        (bool sent,) = to.call{value: amount}("");
        require(sent, MinterETHTransferFailed(to, amount));
    }

    /// @inheritdoc IMinter
    function depositETH() external payable returns (bool) {
        if (msg.sender != _registered(ContractIds.MINTER)) {
            _checkCaller(_registered(ContractIds.JOBS_MANAGER));
            _checkSystemNotPaused();
        }
        emit ETHDeposited(msg.sender, msg.value);
        return true;
    }

    /// @inheritdoc IMinter
    function setCurrentRewardTokens() external onlyRoundsManager whenSystemNotPaused {
        uint256 supply = _token().totalSupply();
        uint256 newInflation = _nextInflation(_bondingRate(supply));
        uint256 mintable = MathUtils.percOf(supply, newInflation);
        inflation = newInflation;
        currentMintableTokens = mintable;
        currentMintedTokens = 0;
        emit SetCurrentRewardTokens(mintable, newInflation);
    }

    /// @inheritdoc IMinter
    function getController() external view returns (IController) {
        return controller;
    }

    /// @dev The result is not read: the token is the protocol's own and reverts when it fails.
    function _pay(ILivepeerToken token, address to, uint256 amount) private {
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(to, amount);
    }

    /// @dev Bonded part of the supply, out of 1,000,000; zero when there is no supply.
    function _bondingRate(uint256 supply) private view returns (uint256) {
        if (supply == 0) return 0;
        uint256 bonded = IBondingManager(_registered(ContractIds.BONDING_MANAGER)).getTotalBonded();
        return MathUtils.percPoints(bonded, supply);
    }

    /// @dev One step up below the target, at most to 100%; one step down above it, at most to zero.
    function _nextInflation(uint256 rate) private view returns (uint256) {
        if (rate < targetBondingRate) return Math.min(inflation + inflationChange, MathUtils.PERC_DIVISOR);
        if (rate > targetBondingRate) return Math.saturatingSub(inflation, inflationChange);
        return inflation;
    }

    function _checkSuccessor(IMinter newMinter) private view {
        address successor = address(newMinter);
        require(successor != address(this) && successor != address(0), MinterInvalidSuccessor(successor));
        require(address(newMinter.getController()) == address(controller), MinterInvalidSuccessor(successor));
        _checkRegisteredMinter();
    }

    /// @dev Only the registered Minter holds what there is to migrate, and only it may deposit with the successor.
    function _checkRegisteredMinter() private view {
        address registered = _registered(ContractIds.MINTER);
        require(registered == address(this), MinterNotRegistered(registered));
    }

    function _checkBondingManagerOrJobsManager() private view {
        if (msg.sender != _registered(ContractIds.BONDING_MANAGER)) {
            _checkCaller(_registered(ContractIds.JOBS_MANAGER));
        }
    }

    function _token() private view returns (ILivepeerToken) {
        return ILivepeerToken(_registered(ContractIds.LIVEPEER_TOKEN));
    }
}
