// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {ProtocolFixture, ProtocolParameters} from "../system/ProtocolFixture.sol";

/// @dev Jobs in the whole protocol, behind proxies: what the mocks of the unit tests can not show. The pool has one place.
contract RealBondingTest is ProtocolFixture {
    uint256 private constant STAKE = 1000 ether;
    uint256 private constant PRICE = 1 gwei;
    uint256 private constant DUE = 200;

    address private broadcaster = makeAddr("broadcaster");
    address private worker = makeAddr("worker");
    address private rival = makeAddr("rival");
    address private finder = makeAddr("finder");

    function setUp() public {
        ProtocolParameters memory p = _launchParameters();
        (p.numTranscoders, p.numActiveTranscoders) = (1, 1);
        p.verificationRate = 1;
        _deployProtocol(p);
        controller.unpause();
        vm.deal(broadcaster, 1 ether);
        _startRound(1);
        _join(worker, STAKE);
        _startRound(1);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1 ether}();
        jobs.job("stream", "0123456789abcdef", PRICE, block.number + 20_000);
        vm.stopPrank();
        vm.roll(block.number + 1);
    }

    function _join(address who, uint256 stake) private {
        assertTrue(token.transfer(who, stake));
        vm.startPrank(who);
        token.approve(address(bonding), stake);
        bonding.bond(stake, who);
        bonding.transcoder(500_000, 500_000, PRICE);
        vm.stopPrank();
    }

    function _claim(uint256 first, uint256 last) private {
        vm.prank(worker);
        jobs.claimWork(0, [first, last], keccak256("root"));
    }

    function _feePool(uint256 round) private view returns (uint256 feePool) {
        (, feePool,,) = bonding.getTranscoderEarningsPoolForRound(worker, round);
    }

    function _ownFees() private view returns (uint256 fees) {
        (, fees,,,,,) = bonding.getDelegator(worker);
    }

    function _stake(address who) private view returns (uint256 stake) {
        (stake,,,,,,) = bonding.getDelegator(who);
    }

    function _status(uint256 claimId) private view returns (uint256) {
        (,,,,, IJobsManager.ClaimStatus status) = jobs.getClaim(0, claimId);
        return uint256(status);
    }

    /// @dev J7: in 2018 fees of a transcoder that was not registered any more stayed in escrow, out of everyone's reach.
    function test_J7_oneThatResignedIsPaidForItsWork() public {
        uint256 round = rounds.currentRound();
        _claim(0, 3);
        vm.prank(worker);
        bonding.unbond();
        assertFalse(bonding.isRegisteredTranscoder(worker));
        vm.roll(block.number + DUE);
        vm.prank(worker);
        jobs.distributeFees(0, 0);
        assertEq(_status(0), uint256(IJobsManager.ClaimStatus.Complete));
        assertEq(_feePool(round) + _ownFees(), 8 * PRICE);
    }

    /// @dev J7, and nobody else can take the place of the one who worked: the fees belong to the round of the job.
    function test_J7_oneThatWasEvictedIsPaidForItsWork() public {
        uint256 round = rounds.currentRound();
        _claim(0, 3);
        _join(rival, 2 * STAKE);
        _startRound(3);
        assertFalse(bonding.isRegisteredTranscoder(worker));
        vm.prank(worker);
        jobs.distributeFees(0, 0);
        assertEq(_feePool(round) + _ownFees(), 8 * PRICE);
        assertEq(_feePool(rounds.currentRound()), 0);
    }

    /// @dev B5: in 2018 one that was evicted within a round could not claim the work it was elected for.
    function test_B5_theEvictedClaimItsWorkToTheEndOfTheRound() public {
        _join(rival, 2 * STAKE);
        assertFalse(bonding.isRegisteredTranscoder(worker));
        assertTrue(bonding.isActiveTranscoder(worker, rounds.currentRound()));
        _claim(0, 3);
        _startRound(1);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerUnregisteredTranscoder.selector, worker));
        _claim(4, 5);
    }

    function test_theElectedOfTheJobsRoundClaimsItInALaterRound() public {
        vm.roll(rounds.currentRoundStartBlock() + rounds.roundLength() - 5);
        vm.prank(broadcaster);
        jobs.job("stream", "01234567", PRICE, block.number + 1000);
        _startRound(1);
        vm.prank(worker);
        jobs.claimWork(1, [uint256(0), 0], keccak256("root"));
        (,,,, address transcoder,,,,,) = jobs.getJob(1);
        assertEq(transcoder, worker);
    }

    function test_nobodyIsElectedBelowThePrice() public {
        vm.prank(broadcaster);
        jobs.job("stream", "01234567", PRICE - 1, block.number + 1000);
        vm.roll(block.number + 1);
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerNotTheTranscoder.selector, worker, address(0)));
        jobs.claimWork(1, [uint256(0), 0], keccak256("root"));
    }

    /// @dev J1, J6: who finds a contradiction gets its part of the penalty, the broadcaster its fees, and a third claim is
    /// still paid although the transcoder is gone.
    function test_J6_aDoubleClaimCostsTheTranscoderAndNobodyElse() public {
        uint256 round = rounds.currentRound();
        _claim(0, 3);
        _claim(3, 4);
        _claim(5, 5);
        vm.prank(finder);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerSameClaim.selector, 0));
        jobs.doubleClaimSegmentSlash(0, 0, 0, 3);
        assertEq(_stake(worker), STAKE);

        vm.prank(finder);
        jobs.doubleClaimSegmentSlash(0, 0, 1, 3);
        uint256 penalty = STAKE * 3 / 100;
        assertEq(_stake(worker), STAKE - penalty);
        assertEq(token.balanceOf(finder), penalty / 20);
        assertFalse(bonding.isRegisteredTranscoder(worker));
        (uint256 deposit,) = jobs.broadcasters(broadcaster);
        assertEq(deposit, 1 ether - 2 * PRICE);

        vm.roll(block.number + DUE);
        vm.prank(worker);
        jobs.distributeFees(0, 2);
        assertEq(_feePool(round) + _ownFees(), 2 * PRICE);
        assertEq(address(minter).balance, 1 ether);
    }

    function test_aMissedVerificationCostsTheTranscoder() public {
        _claim(0, 3);
        vm.roll(block.number + 100);
        vm.prank(finder);
        jobs.missedVerificationSlash(0, 0, 2);
        uint256 penalty = STAKE * 5 / 1000;
        assertEq(_stake(worker), STAKE - penalty);
        assertEq(token.balanceOf(finder), penalty / 20);
        assertEq(bonding.getTotalBonded(), STAKE - penalty);
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInactiveJob.selector, 0));
        jobs.claimWork(0, [uint256(4), 4], keccak256("root"));
    }

    /// @dev The hash of the job's block is gone after 256 blocks, on a real clock as well.
    function test_aJobUnclaimedFor256BlocksIsLost() public {
        (,,,,,, uint256 created,,,) = jobs.getJob(0);
        vm.roll(created + 257);
        vm.prank(worker);
        vm.expectRevert(
            abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, created, created + 257)
        );
        jobs.claimWork(0, [uint256(0), 0], keccak256("root"));
        vm.roll(created + 256);
        _claim(0, 0);
    }

    /// @dev Credited by the BondingManager with an event of its own, to the round of the job.
    function test_feesAreCreditedToTheRoundOfTheJob() public {
        uint256 round = rounds.currentRound();
        _claim(0, 3);
        _startRound(1);
        vm.expectEmit(address(bonding));
        emit IBondingManager.FeesAdded(worker, round, 8 * PRICE);
        vm.prank(worker);
        jobs.distributeFees(0, 0);
    }
}
