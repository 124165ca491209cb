// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Minter} from "../../src/Minter.sol";
import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {BondingViews} from "../helpers/BondingViews.sol";
import {Test} from "../helpers/Test.sol";
import {RoundsStub} from "./RoundsStub.sol";

/// @dev A BondingManager with the real Controller, token and Minter, a clock turned by hand, and a plain account as
/// JobsManager. What is minted a round is set by hand as well.
abstract contract BondingFixture is Test, BondingViews {
    uint256 internal constant FIRST_ROUND = 100;
    uint64 internal constant UNBONDING_PERIOD = 2;
    uint256 internal constant MAX_CLAIM_ROUNDS = 20;

    Controller internal controller;
    LivepeerToken internal token;
    Minter internal minter;
    RoundsStub internal rounds;
    BondingManager internal bonding;
    address internal jobs = makeAddr("JobsManager");
    address internal stranger = makeAddr("stranger");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal dave = makeAddr("dave");
    address internal erin = makeAddr("erin");

    /// @dev Everyone who ever bonded, and whom to.
    address[] internal actors;
    mapping(address => bool) internal known;

    function setUp() public virtual {
        controller = new Controller();
        controller.unpause();
        token = new LivepeerToken();
        minter = new Minter(address(controller), 0, 0, 0);
        rounds = new RoundsStub(FIRST_ROUND);
        bonding = new BondingManager(address(controller));
        _register("LivepeerToken", address(token));
        _register("Minter", address(minter));
        _register("RoundsManager", address(rounds));
        _register("BondingManager", address(bonding));
        _register("JobsManager", jobs);
        token.mint(address(this), 1e30);
        token.transferOwnership(address(minter));
        bonding.setUnbondingPeriod(UNBONDING_PERIOD);
        bonding.setNumTranscoders(4);
        bonding.setNumActiveTranscoders(2);
        bonding.setMaxEarningsClaimsRounds(MAX_CLAIM_ROUNDS);
        vm.deal(jobs, 1e24);
    }

    /// @dev A BondingManager whose parameters nobody has set yet.
    function _redeployWithoutParameters() internal {
        bonding = new BondingManager(address(controller));
        _register("BondingManager", address(bonding));
    }

    function _register(string memory name, address where) internal {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    // --- what happens

    function _newRound() internal {
        rounds.setRound(rounds.currentRound() + 1, false);
        rounds.initialize(bonding, minter);
    }

    /// @dev A round that nobody initializes, but that counts as initialized: no active set is taken.
    function _skipRound() internal {
        rounds.setRound(rounds.currentRound() + 1, true);
    }

    /// @dev What may be minted in the rest of this round: the Minter's slots 4 and 5.
    function _setMintable(uint256 amount) internal {
        vm.store(address(minter), bytes32(uint256(4)), bytes32(amount));
        vm.store(address(minter), bytes32(uint256(5)), 0);
    }

    function _bond(address who, uint256 amount, address to) internal {
        _meet(who);
        _meet(to);
        assertTrue(token.transfer(who, amount));
        vm.startPrank(who);
        token.approve(address(bonding), amount);
        bonding.bond(amount, to);
        vm.stopPrank();
    }

    /// @dev All the stake there is, and no more.
    function _move(address who, address to) internal {
        _meet(to);
        vm.prank(who);
        bonding.bond(0, to);
    }

    function _meet(address who) internal {
        if (known[who]) return;
        known[who] = true;
        actors.push(who);
    }

    function _announce(address who, uint256 rewardCut, uint256 feeShare, uint256 price) internal {
        vm.prank(who);
        bonding.transcoder(rewardCut, feeShare, price);
    }

    /// @dev Bonds to itself and announces a reward cut of 50%, a fee share of 25% and a price of 10.
    function _becomeTranscoder(address who, uint256 amount) internal {
        _bond(who, amount, who);
        _announce(who, 500_000, 250_000, 10);
    }

    function _unbond(address who) internal {
        vm.prank(who);
        bonding.unbond();
    }

    function _claim(address who) internal {
        uint256 round = rounds.currentRound();
        vm.prank(who);
        bonding.claimEarnings(round);
    }

    /// @dev The reward of `who` with `mintable` LPT minted for everyone.
    function _reward(address who, uint256 mintable) internal {
        _setMintable(mintable);
        vm.prank(who);
        bonding.reward();
    }

    function _addFees(address who, uint256 amount, uint256 round) internal {
        vm.startPrank(jobs);
        minter.depositETH{value: amount}();
        bonding.updateTranscoderWithFees(who, amount, round);
        vm.stopPrank();
    }

    function _slash(address who, address finder, uint256 slashAmount, uint256 finderFee) internal {
        vm.prank(jobs);
        bonding.slashTranscoder(who, finder, slashAmount, finderFee);
    }

    // --- what is

    function _stakeOf(address who) internal view returns (Stake memory) {
        return _stakeWith(bonding, who);
    }

    function _pool(address who, uint256 round) internal view returns (Pool memory) {
        return _poolWith(bonding, who, round);
    }

    function _status(address who) internal view returns (uint256) {
        return uint256(bonding.delegatorStatus(who));
    }

    /// @dev The identities of StakeLedger, to the last unit, and that the Minter has all of it.
    function _assertBooksBalance() internal view {
        uint256 delegated = 0;
        uint256 owed = 0;
        uint256 fees = 0;
        for (uint256 i = 0; i < actors.length; i++) {
            Stake memory a = _stakeOf(actors[i]);
            (uint256 rewardsLeft, uint256 feesLeft) = _unclaimed(actors[i]);
            assertEq(a.delegatedAmount, _bondedTo(actors[i]) + rewardsLeft, "delegated = bonded + unclaimed");
            if (bonding.isRegisteredTranscoder(actors[i])) {
                assertEq(bonding.transcoderTotalStake(actors[i]), a.delegatedAmount, "ranked by what is delegated");
                assertGt(a.delegatedAmount, 0);
            }
            delegated += a.delegatedAmount;
            owed += a.bondedAmount + rewardsLeft;
            fees += a.fees + feesLeft;
        }
        assertEq(bonding.getTotalBonded() + bonding.getTotalRebonded(), delegated, "bonded + rebonded = delegated");
        assertEq(token.balanceOf(address(minter)), owed, "the Minter has all stake");
        assertEq(address(minter).balance, fees, "the Minter has all fees");
        _assertPoolSorted();
    }

    function _assertPoolSorted() private view {
        uint256 size = 0;
        uint256 last = type(uint256).max;
        for (
            address at = bonding.getFirstTranscoderInPool();
            at != address(0);
            at = bonding.getNextTranscoderInPool(at)
        ) {
            uint256 stake = bonding.transcoderTotalStake(at);
            assertLe(stake, last, "sorted by stake");
            last = stake;
            size++;
        }
        assertEq(bonding.getTranscoderPoolSize(), size);
        assertLe(size, bonding.getTranscoderPoolMaxSize());
    }

    function _bondedTo(address delegate) private view returns (uint256 sum) {
        for (uint256 i = 0; i < actors.length; i++) {
            Stake memory a = _stakeOf(actors[i]);
            if (a.delegateAddress == delegate) sum += a.bondedAmount;
        }
    }

    function _unclaimed(address who) private view returns (uint256 rewards, uint256 fees) {
        for (uint256 round = FIRST_ROUND; round <= rounds.currentRound(); round++) {
            Pool memory p = _pool(who, round);
            rewards += p.rewardPool;
            fees += p.feePool;
        }
    }

    // --- errors

    function _unauthorized(address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, caller);
    }

    function _paused() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerSystemPaused.selector);
    }

    function _notInitialized() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IBondingManager.BondingManagerRoundNotInitialized.selector);
    }
}
