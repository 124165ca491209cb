// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IController} from "./IController.sol";
import {IManager} from "./IManager.sol";

/// @title IMinter
/// @notice Owns the token, sets inflation, mints rewards, and keeps all bonded LPT and all ETH of the protocol.
interface IMinter is IManager {
    /// @notice A round began: what may be minted in it, and the inflation (out of 1,000,000) it was computed with.
    event SetCurrentRewardTokens(uint256 currentMintableTokens, uint256 currentInflation);
    /// @notice `amount` LPT were minted as a reward.
    event RewardCreated(uint256 amount);
    /// @notice `amount` LPT left for `to`.
    event TokensTransferred(address indexed to, uint256 amount);
    /// @notice `amount` LPT were burned.
    event TokensBurned(uint256 amount);
    /// @notice `amount` wei arrived from `from`.
    event ETHDeposited(address indexed from, uint256 amount);
    /// @notice `amount` wei left for `to`.
    event ETHWithdrawn(address indexed to, uint256 amount);
    /// @notice Everything moved to the successor: the token's ownership, `tokens` LPT and `amount` wei.
    event MigratedToNewMinter(address indexed newMinter, uint256 tokens, uint256 amount);

    /// @notice `newMinter` can not succeed this Minter.
    error MinterInvalidSuccessor(address newMinter);
    /// @notice The controller has another Minter registered.
    error MinterNotRegistered(address registered);
    /// @notice Rewards of this round would be `minted`, more than the `mintable` allowed.
    error MinterExceedsMintable(uint256 minted, uint256 mintable);
    /// @notice `to` did not accept `amount` wei, or there is not as much.
    error MinterETHTransferFailed(address to, uint256 amount);

    /// @notice Sets the bonding rate at which inflation stands still. Controller owner only.
    /// @param newRate out of 1,000,000
    function setTargetBondingRate(uint256 newRate) external;

    /// @notice Sets by how much inflation moves each round. Controller owner only.
    /// @param newChange out of 1,000,000
    function setInflationChange(uint256 newChange) external;

    /// @notice Hands the token's ownership, all LPT and all ETH to another Minter of the same controller.
    /// Controller owner only, while paused, and only while this is the registered Minter.
    /// @param newMinter the successor
    function migrateToNewMinter(IMinter newMinter) external;

    /// @notice Mints `fracNum / fracDenom` of this round's mintable tokens to the Minter. BondingManager only.
    /// @return amount minted, in LPT base units
    function createReward(uint256 fracNum, uint256 fracDenom) external returns (uint256 amount);

    /// @notice Sends LPT. BondingManager only.
    function trustedTransferTokens(address to, uint256 amount) external;

    /// @notice Burns LPT. BondingManager only.
    function trustedBurnTokens(uint256 amount) external;

    /// @notice Sends ETH, with all gas. BondingManager or JobsManager only.
    function trustedWithdrawETH(address payable to, uint256 amount) external;

    /// @notice Takes ETH. JobsManager, or the registered Minter; the latter also while paused, so it can migrate.
    /// @return always true
    function depositETH() external payable returns (bool);

    /// @notice Begins a round: moves inflation towards the target bonding rate, at most to 100%, and computes what may
    /// be minted. RoundsManager only.
    function setCurrentRewardTokens() external;

    /// @notice The controller; what a predecessor asks before it migrates.
    function getController() external view returns (IController);

    /// @notice Inflation a round, out of 1,000,000.
    function inflation() external view returns (uint256);

    /// @notice By how much inflation moves each round, out of 1,000,000.
    function inflationChange() external view returns (uint256);

    /// @notice The bonding rate at which inflation stands still, out of 1,000,000.
    function targetBondingRate() external view returns (uint256);

    /// @notice LPT that may be minted in this round.
    function currentMintableTokens() external view returns (uint256);

    /// @notice LPT minted in this round so far.
    function currentMintedTokens() external view returns (uint256);
}
