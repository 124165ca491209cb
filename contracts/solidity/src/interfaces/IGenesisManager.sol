// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILivepeerToken} from "./ILivepeerToken.sol";

/// @title IGenesisManager
/// @notice Mints the initial supply and hands it out: crowd, company, and grants to team, investors and community.
/// Every function is the owner's, and each belongs to one stage.
interface IGenesisManager {
    /// @notice Allocations are set, then grants are made, then it is over.
    enum Stage {
        GenesisAllocation,
        GenesisStart,
        GenesisEnd
    }

    /// @notice The initial supply and its five parts, in base units.
    event AllocationsSet(
        uint256 initialSupply,
        uint256 crowdSupply,
        uint256 companySupply,
        uint256 teamSupply,
        uint256 investorsSupply,
        uint256 communitySupply
    );
    /// @notice Genesis entered `stage`.
    event StageEntered(Stage stage);
    /// @notice `holder`, a TokenVesting, holds `amount` for a team member.
    event TeamGrantAdded(address indexed receiver, address indexed holder, uint256 amount);
    /// @notice `holder`, a TokenVesting, holds `amount` for an investor.
    event InvestorGrantAdded(address indexed receiver, address indexed holder, uint256 amount);
    /// @notice `holder`, a TokenTimelock, holds `amount` for a member of the community.
    event CommunityGrantAdded(address indexed receiver, address indexed holder, uint256 amount);
    /// @notice What was set aside for grants but not granted went to the bank multisig.
    event UngrantedReturned(uint256 amount);

    /// @notice The function belongs to another stage than `stage`, the present one.
    error GenesisManagerWrongStage(Stage stage);
    /// @notice The parts add up to `sum`, not to the initial supply.
    error GenesisManagerInvalidAllocations(uint256 initialSupply, uint256 sum);
    /// @notice The grants of this kind would come to `granted`, more than the `supply` set aside.
    error GenesisManagerExceedsSupply(uint256 granted, uint256 supply);
    /// @notice `receiver` has a grant already, in `holder`.
    error GenesisManagerAlreadyGranted(address receiver, address holder);

    /// @notice Sets the supplies; may be repeated until the start. The last five must add up to the first.
    function setAllocations(
        uint256 newInitialSupply,
        uint256 newCrowdSupply,
        uint256 newCompanySupply,
        uint256 newTeamSupply,
        uint256 newInvestorsSupply,
        uint256 newCommunitySupply
    ) external;

    /// @notice Mints the initial supply and opens the grants. This contract must own the token.
    function start() external;

    /// @notice Grants tokens that vest to a team member, revocable by the bank multisig.
    /// @param receiver beneficiary, without a vesting grant so far
    /// @param amount base units
    /// @param timeToCliff seconds from the grants' start until anything vests
    /// @param vestingDuration seconds from the grants' start until everything has vested
    function addTeamGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration) external;

    /// @notice The same for an investor.
    function addInvestorGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration) external;

    /// @notice Grants tokens locked until the grants' start. Impossible once that has come.
    /// @param receiver beneficiary, without a locked grant so far
    /// @param amount base units
    function addCommunityGrant(address receiver, uint256 amount) external;

    /// @notice Sends the crowd's, the company's and the ungranted part, and gives the token to the Minter.
    function end() external;

    /// @notice The token.
    function token() external view returns (ILivepeerToken);

    /// @notice Receives the crowd's part at the end.
    function tokenDistribution() external view returns (address);

    /// @notice Receives the company's and the ungranted part, and owns the vesting grants.
    function bankMultisig() external view returns (address);

    /// @notice Owns the token after the end.
    function minter() external view returns (address);

    /// @notice Time, in seconds since 1970, from which grants vest or are unlocked.
    function grantsStartTimestamp() external view returns (uint256);

    /// @notice LPT minted at the start.
    function initialSupply() external view returns (uint256);

    /// @notice Part of the crowd.
    function crowdSupply() external view returns (uint256);

    /// @notice Part of the company.
    function companySupply() external view returns (uint256);

    /// @notice Part set aside for the team.
    function teamSupply() external view returns (uint256);

    /// @notice Part set aside for investors.
    function investorsSupply() external view returns (uint256);

    /// @notice Part set aside for the community.
    function communitySupply() external view returns (uint256);

    /// @notice Granted to the team so far.
    function teamGrantsAmount() external view returns (uint256);

    /// @notice Granted to investors so far.
    function investorsGrantsAmount() external view returns (uint256);

    /// @notice Granted to the community so far.
    function communityGrantsAmount() external view returns (uint256);

    /// @notice The TokenVesting of a team member or investor, zero when there is none.
    function vestingHolders(address receiver) external view returns (address);

    /// @notice The TokenTimelock of a member of the community, zero when there is none.
    function timeLockedHolders(address receiver) external view returns (address);

    /// @notice The present stage.
    function stage() external view returns (Stage);
}
