// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {Minter} from "../../src/Minter.sol";
import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {RoundsManager} from "../../src/rounds/RoundsManager.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {LivepeerVerifier} from "../../src/verification/LivepeerVerifier.sol";
import {Test} from "../helpers/Test.sol";

/// @dev The whole protocol, managers behind their proxies, with numbers that can be reckoned with by hand: a million LPT,
/// one percent of inflation that stays as it is, so 10,000 LPT to mint in the first round; penalties of 10, 20 and 30 percent
/// of which 5 percent are the finder's; every segment sampled.
abstract contract DefectsFixture is Test {
    uint256 internal constant SUPPLY = 1_000_000 ether;
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

    struct Stake {
        uint256 bondedAmount;
        uint256 fees;
        address delegateAddress;
        uint256 delegatedAmount;
        uint256 startRound;
        uint256 withdrawRound;
        uint256 lastClaimRound;
    }

    struct Pool {
        uint256 rewardPool;
        uint256 feePool;
        uint256 totalStake;
        uint256 claimableStake;
    }

    Controller internal controller;
    LivepeerToken internal token;
    Minter internal minter;
    IBondingManager internal bonding;
    IJobsManager internal jobs;
    IRoundsManager internal rounds;
    LivepeerVerifier internal verifier;
    address internal solver = makeAddr("solver");
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
        controller = new Controller();
        token = new LivepeerToken();
        minter = new Minter(address(controller), 10_000, 0, 500_000);
        address[] memory solvers = new address[](1);
        solvers[0] = solver;
        verifier = new LivepeerVerifier(address(controller), solvers, "QmCode");
        _register("LivepeerToken", address(token));
        _register("Minter", address(minter));
        _register("Verifier", address(verifier));
        bonding = IBondingManager(_proxied("BondingManager", address(new BondingManager(address(controller)))));
        jobs = IJobsManager(_proxied("JobsManager", address(new JobsManager(address(controller)))));
        rounds = IRoundsManager(_proxied("RoundsManager", address(new RoundsManager(address(controller)))));
        _setParameters();
        token.mint(address(this), SUPPLY);
        token.transferOwnership(address(minter));
        controller.unpause();
        rounds.initializeRound();
    }

    function _setParameters() private {
        bonding.setUnbondingPeriod(UNBONDING_PERIOD);
        bonding.setNumTranscoders(POOL_SIZE);
        bonding.setNumActiveTranscoders(POOL_SIZE);
        bonding.setMaxEarningsClaimsRounds(CLAIM_ROUNDS);
        jobs.setVerificationRate(1);
        jobs.setVerificationPeriod(PERIOD);
        jobs.setVerificationSlashingPeriod(PERIOD);
        jobs.setFailedVerificationSlashAmount(FAILED_SLASH);
        jobs.setMissedVerificationSlashAmount(MISSED_SLASH);
        jobs.setDoubleClaimSegmentSlashAmount(DOUBLE_SLASH);
        jobs.setFinderFee(FINDER_FEE);
        rounds.setRoundLength(ROUND_LENGTH);
        rounds.setRoundLockAmount(100_000);
    }

    function _register(string memory name, address where) internal {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    function _proxied(string memory name, address implementation) private returns (address proxy) {
        string memory target = string.concat(name, "Target");
        _register(target, implementation);
        proxy = address(new ManagerProxy(address(controller), keccak256(bytes(target))));
        _register(name, proxy);
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

    function _account(address who) internal view returns (Stake memory a) {
        (
            a.bondedAmount,
            a.fees,
            a.delegateAddress,
            a.delegatedAmount,
            a.startRound,
            a.withdrawRound,
            a.lastClaimRound
        ) = bonding.getDelegator(who);
    }

    function _pool(address who, uint256 round) internal view returns (Pool memory p) {
        (p.rewardPool, p.feePool, p.totalStake, p.claimableStake) =
            bonding.getTranscoderEarningsPoolForRound(who, round);
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
