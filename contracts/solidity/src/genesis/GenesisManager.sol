// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../access/Owned.sol";
import {IGenesisManager} from "../interfaces/IGenesisManager.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {IOwned} from "../interfaces/IOwned.sol";
import {TokenTimelock} from "./TokenTimelock.sol";
import {TokenVesting} from "./TokenVesting.sol";

/// @title GenesisManager
/// @notice See {IGenesisManager}. The deployer is the owner.
contract GenesisManager is IGenesisManager, Owned {
    /// @inheritdoc IGenesisManager
    ILivepeerToken public immutable override token;
    /// @inheritdoc IGenesisManager
    address public immutable override tokenDistribution;
    /// @inheritdoc IGenesisManager
    address public immutable override bankMultisig;
    /// @inheritdoc IGenesisManager
    address public immutable override minter;
    /// @inheritdoc IGenesisManager
    uint256 public immutable override grantsStartTimestamp;

    /// @inheritdoc IGenesisManager
    uint256 public override initialSupply;
    /// @inheritdoc IGenesisManager
    uint256 public override crowdSupply;
    /// @inheritdoc IGenesisManager
    uint256 public override companySupply;
    /// @inheritdoc IGenesisManager
    uint256 public override teamSupply;
    /// @inheritdoc IGenesisManager
    uint256 public override investorsSupply;
    /// @inheritdoc IGenesisManager
    uint256 public override communitySupply;
    /// @inheritdoc IGenesisManager
    uint256 public override teamGrantsAmount;
    /// @inheritdoc IGenesisManager
    uint256 public override investorsGrantsAmount;
    /// @inheritdoc IGenesisManager
    uint256 public override communityGrantsAmount;
    /// @inheritdoc IGenesisManager
    mapping(address receiver => address holder) public override vestingHolders;
    /// @inheritdoc IGenesisManager
    mapping(address receiver => address holder) public override timeLockedHolders;
    /// @inheritdoc IGenesisManager
    Stage public override stage;

    modifier atStage(Stage expected) {
        _checkStage(expected);
        _;
    }

    /// @param token_ the token this contract will own until the end
    /// @param tokenDistribution_ receives the crowd's part
    /// @param bankMultisig_ receives the company's part and owns the vesting grants
    /// @param minter_ owns the token after the end
    /// @param grantsStartTimestamp_ time from which grants vest or are unlocked, in seconds since 1970
    constructor(
        address token_,
        address tokenDistribution_,
        address bankMultisig_,
        address minter_,
        uint256 grantsStartTimestamp_
    ) {
        token = ILivepeerToken(token_);
        tokenDistribution = tokenDistribution_;
        bankMultisig = bankMultisig_;
        minter = minter_;
        grantsStartTimestamp = grantsStartTimestamp_;
    }

    /// @inheritdoc IGenesisManager
    function setAllocations(
        uint256 newInitialSupply,
        uint256 newCrowdSupply,
        uint256 newCompanySupply,
        uint256 newTeamSupply,
        uint256 newInvestorsSupply,
        uint256 newCommunitySupply
    ) external onlyOwner atStage(Stage.GenesisAllocation) {
        uint256 sum = newCrowdSupply + newCompanySupply + newTeamSupply + newInvestorsSupply + newCommunitySupply;
        require(sum == newInitialSupply, GenesisManagerInvalidAllocations(newInitialSupply, sum));
        initialSupply = newInitialSupply;
        crowdSupply = newCrowdSupply;
        companySupply = newCompanySupply;
        teamSupply = newTeamSupply;
        investorsSupply = newInvestorsSupply;
        communitySupply = newCommunitySupply;
        emit AllocationsSet(
            newInitialSupply, newCrowdSupply, newCompanySupply, newTeamSupply, newInvestorsSupply, newCommunitySupply
        );
    }

    /// @inheritdoc IGenesisManager
    function start() external onlyOwner atStage(Stage.GenesisAllocation) {
        _enter(Stage.GenesisStart);
        token.mint(address(this), initialSupply);
    }

    /// @inheritdoc IGenesisManager
    function addTeamGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)
        external
        onlyOwner
        atStage(Stage.GenesisStart)
    {
        teamGrantsAmount = _within(teamGrantsAmount + amount, teamSupply);
        address holder = _grantVesting(receiver, amount, timeToCliff, vestingDuration);
        emit TeamGrantAdded(receiver, holder, amount);
    }

    /// @inheritdoc IGenesisManager
    function addInvestorGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)
        external
        onlyOwner
        atStage(Stage.GenesisStart)
    {
        investorsGrantsAmount = _within(investorsGrantsAmount + amount, investorsSupply);
        address holder = _grantVesting(receiver, amount, timeToCliff, vestingDuration);
        emit InvestorGrantAdded(receiver, holder, amount);
    }

    /// @inheritdoc IGenesisManager
    function addCommunityGrant(address receiver, uint256 amount) external onlyOwner atStage(Stage.GenesisStart) {
        communityGrantsAmount = _within(communityGrantsAmount + amount, communitySupply);
        _checkNotGranted(receiver, timeLockedHolders[receiver]);
        address holder = address(new TokenTimelock(token, receiver, grantsStartTimestamp));
        timeLockedHolders[receiver] = holder;
        _pay(holder, amount);
        emit CommunityGrantAdded(receiver, holder, amount);
    }

    /// @inheritdoc IGenesisManager
    function end() external onlyOwner atStage(Stage.GenesisStart) {
        _enter(Stage.GenesisEnd);
        _pay(tokenDistribution, crowdSupply);
        _pay(bankMultisig, companySupply);
        uint256 ungranted = token.balanceOf(address(this));
        if (ungranted != 0) {
            _pay(bankMultisig, ungranted);
            emit UngrantedReturned(ungranted);
        }
        IOwned(address(token)).transferOwnership(minter);
    }

    /// @dev A vesting grant, owned by the bank multisig and paid in full. A receiver has at most one.
    function _grantVesting(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)
        private
        returns (address)
    {
        _checkNotGranted(receiver, vestingHolders[receiver]);
        TokenVesting holder = new TokenVesting(receiver, grantsStartTimestamp, timeToCliff, vestingDuration, true);
        vestingHolders[receiver] = address(holder);
        holder.transferOwnership(bankMultisig);
        _pay(address(holder), amount);
        return address(holder);
    }

    /// @dev The result is not read: the token is the protocol's own and reverts when it fails.
    function _pay(address to, uint256 amount) private {
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(to, amount);
    }

    function _enter(Stage next) private {
        stage = next;
        emit StageEntered(next);
    }

    function _checkStage(Stage expected) private view {
        require(stage == expected, GenesisManagerWrongStage(stage));
    }

    function _within(uint256 granted, uint256 supply) private pure returns (uint256) {
        require(granted <= supply, GenesisManagerExceedsSupply(granted, supply));
        return granted;
    }

    function _checkNotGranted(address receiver, address holder) private pure {
        require(holder == address(0), GenesisManagerAlreadyGranted(receiver, holder));
    }
}
