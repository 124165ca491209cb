// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BondingViews} from "../helpers/BondingViews.sol";
import {ProtocolFixture, ProtocolParameters} from "../system/ProtocolFixture.sol";

/// @dev The whole protocol with numbers that can be reckoned with by hand: ten million LPT and inflation of a tenth of a
/// percent that stays as it is, so 10,000 LPT to mint in the first round; penalties of 10, 20 and 30 percent of which 5
/// percent are the finder's; every segment sampled.
abstract contract DefectsFixture is ProtocolFixture, BondingViews {
    uint256 internal constant SUPPLY = INITIAL_SUPPLY;
    uint256 internal constant MINTABLE = 10_000 ether;
    uint256 internal constant ROUND_LENGTH = 100;
    uint256 internal constant POOL_SIZE = 3;
    uint64 internal constant UNBONDING_PERIOD = 2;
    uint256 internal constant CLAIM_ROUNDS = 20;
    uint256 internal constant FAILED_SLASH = 100_000;
    uint256 internal constant MISSED_SLASH = 200_000;
    uint256 internal constant DOUBLE_SLASH = 300_000;
    uint256 internal constant FINDER_FEE = 50_000;
    uint256 internal constant PERIOD = 50;

    address internal finder = makeAddr("finder");
    address internal stranger = makeAddr("stranger");
    /// @dev Transcoders by habit.
    address internal tom = makeAddr("tom");
    address internal tina = makeAddr("tina");
    address internal theo = makeAddr("theo");
    /// @dev Delegators by habit.
    address internal ann = makeAddr("ann");
    address internal ben = makeAddr("ben");
    address internal cat = makeAddr("cat");

    function setUp() public virtual {
        vm.roll(10 * ROUND_LENGTH);
        ProtocolParameters memory p = _launchParameters();
        (p.numTranscoders, p.numActiveTranscoders) = (POOL_SIZE, POOL_SIZE);
        (p.unbondingPeriod, p.maxEarningsClaimsRounds) = (UNBONDING_PERIOD, CLAIM_ROUNDS);
        (p.verificationRate, p.verificationPeriod, p.verificationSlashingPeriod) = (1, PERIOD, PERIOD);
        p.failedVerificationSlashAmount = FAILED_SLASH;
        p.missedVerificationSlashAmount = MISSED_SLASH;
        p.doubleClaimSegmentSlashAmount = DOUBLE_SLASH;
        p.finderFee = FINDER_FEE;
        p.roundLength = ROUND_LENGTH;
        (p.inflation, p.inflationChange) = (1000, 0);
        _deployProtocol(p);
        controller.unpause();
        rounds.initializeRound();
    }

    // --- what people do

    /// @dev To the first block of the round `ahead` rounds from now, which is then initialized.
    function _nextRound(uint256 ahead) internal returns (uint256 round) {
        vm.roll(rounds.currentRoundStartBlock() + ahead * ROUND_LENGTH);
        rounds.initializeRound();
        round = rounds.currentRound();
    }

    /// @dev Bonds `amount` LPT that `who` is given first.
    function _bond(address who, uint256 amount, address to) internal {
        assertTrue(token.transfer(who, amount));
        vm.startPrank(who);
        token.approve(address(bonding), amount);
        bonding.bond(amount, to);
        vm.stopPrank();
    }

    function _unbond(address who) internal {
        vm.prank(who);
        bonding.unbond();
    }

    function _announce(address who, uint256 rewardCut, uint256 feeShare, uint256 price) internal {
        vm.prank(who);
        bonding.transcoder(rewardCut, feeShare, price);
    }

    /// @dev A transcoder that keeps half of the rewards and of the fees. Active from the next round on.
    function _stand(address who, uint256 stake) internal {
        _bond(who, stake, who);
        _announce(who, 500_000, 500_000, 1);
    }

    function _reward(address who) internal returns (uint256 minted) {
        uint256 before = token.totalSupply();
        vm.prank(who);
        bonding.reward();
        minted = token.totalSupply() - before;
    }

    function _claim(address who) internal {
        uint256 round = rounds.currentRound();
        vm.prank(who);
        bonding.claimEarnings(round);
    }

    /// @dev Fees as the JobsManager brings them, with the ETH.
    function _addFees(address who, uint256 fees, uint256 round) internal {
        vm.deal(address(jobs), fees);
        vm.startPrank(address(jobs));
        minter.depositETH{value: fees}();
        bonding.updateTranscoderWithFees(who, fees, round);
        vm.stopPrank();
    }

    /// @dev A slash as the JobsManager orders it.
    function _slash(address who, uint256 amount) internal {
        vm.prank(address(jobs));
        bonding.slashTranscoder(who, finder, amount, FINDER_FEE);
    }

    // --- what is

    function _account(address who) internal view returns (Stake memory) {
        return _stakeWith(bonding, who);
    }

    function _pool(address who, uint256 round) internal view returns (Pool memory) {
        return _poolWith(bonding, who, round);
    }

    function _bonded(address who) internal view returns (uint256) {
        return _account(who).bondedAmount;
    }

    function _fees(address who) internal view returns (uint256) {
        return _account(who).fees;
    }

    function _delegated(address who) internal view returns (uint256) {
        return _account(who).delegatedAmount;
    }

    function _status(address who) internal view returns (uint256) {
        return uint256(bonding.delegatorStatus(who));
    }

    /// @dev The key of a transcoder in the pool is what is delegated to it, and it is in the pool.
    function _assertRanked(address who, uint256 stake) internal view {
        assertEq(_delegated(who), stake, "delegated");
        assertEq(bonding.transcoderTotalStake(who), stake, "key");
    }
}
