// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IRoundsManager} from "../../src/interfaces/IRoundsManager.sol";
import {BookkeepingWallet, SayingFalse, SlashObserver} from "./ChoiceProbes.sol";
import {JobsActors} from "./JobsActors.sol";

/// @dev Where 2018 left a choice, or where what it did is kept on purpose. See DECISIONS.md.
contract ChoicesTest is JobsActors {
    BookkeepingWallet internal wallet;

    /// @dev Tom works alone, with Ann's 500 LPT behind his 1,000.
    function setUp() public override {
        super.setUp();
        _stand(tom, 1000 ether);
        _bond(ann, 500 ether, tom);
        _nextRound(1);
        wallet = new BookkeepingWallet();
    }

    /// @dev The protocol's own token reverts when it fails; the answer is not read.
    function test_U1_theAnswerOfTheProtocolsTokenIsNotRead() public {
        _register("LivepeerToken", address(new SayingFalse()));
        vm.prank(ben);
        bonding.bond(5, tom);
        assertEq(_bonded(ben), 5);
    }

    /// @dev 2,300 gas are not enough for a wallet that is a contract.
    function test_U2_aContractWalletReceivesFees() public {
        _walletWithFees(7 ether);
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.withdrawFees, ()));
        assertEq(wallet.received(0), 7 ether);
        assertEq(address(wallet).balance, 7 ether);
    }

    function test_U2_aContractWalletReceivesItsDeposit() public {
        _walletWithDeposit(3 ether);
        wallet.execute(address(jobs), 0, abi.encodeCall(IJobsManager.withdraw, ()));
        assertEq(wallet.received(0), 3 ether);
    }

    /// @dev Called while it pays, the contract that pays is closed; and there would be nothing to take.
    function test_U2_aWalletThatCallsBackIsPaidOnce() public {
        _walletWithFees(7 ether);
        _walletWithDeposit(3 ether);
        wallet.callBack(address(bonding), abi.encodeCall(IBondingManager.withdrawFees, ()));
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.withdrawFees, ()));
        assertFalse(wallet.calledBack());
        wallet.callBack(address(jobs), abi.encodeCall(IJobsManager.withdraw, ()));
        wallet.execute(address(jobs), 0, abi.encodeCall(IJobsManager.withdraw, ()));
        assertFalse(wallet.calledBack());
        assertEq(wallet.payments(), 2);
        assertEq(address(wallet).balance, 10 ether);
        assertEq(address(minter).balance, DEPOSIT);
    }

    /// @dev Nor does it get at the one while the other pays: the Minter pays one at a time.
    function test_U2_theMinterPaysOneAtATime() public {
        _walletWithFees(7 ether);
        _walletWithDeposit(3 ether);
        wallet.callBack(address(jobs), abi.encodeCall(IJobsManager.withdraw, ()));
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.withdrawFees, ()));
        assertFalse(wallet.calledBack());
        assertEq(address(wallet).balance, 7 ether);
    }

    /// @dev Who refuses its money keeps its claim to it.
    function test_U2_aRefusedPaymentIsNotLost() public {
        _walletWithFees(7 ether);
        wallet.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(IMinter.MinterETHTransferFailed.selector, address(wallet), 7 ether));
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.withdrawFees, ()));
        wallet.setRefuses(false);
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.withdrawFees, ()));
        assertEq(address(wallet).balance, 7 ether);
    }

    /// @dev When the slash is ordered, claims, escrow and job are as they will be.
    function test_U6_aMissedSegmentIsBookedBeforeTheSlash() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _endVerification(jobId, 0);
        SlashObserver observer = new SlashObserver(jobs, 1);
        _register("BondingManager", address(observer));
        _missed(jobId, 0, 0);
        _assertBooked(observer, 1);
    }

    function test_U6_aDoubleClaimIsBookedBeforeTheSlash() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        _claimWork(tom, jobId, 3, 5);
        SlashObserver observer = new SlashObserver(jobs, 2);
        _register("BondingManager", address(observer));
        _doubleClaim(jobId, 0, 1, 3);
        _assertBooked(observer, 2);
    }

    function test_U6_aFailedSegmentIsBookedBeforeTheSlash() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        vm.roll(block.number + 2);
        _verify(tom, jobId, 0, 0, 0);
        SlashObserver observer = new SlashObserver(jobs, 1);
        _register("BondingManager", address(observer));
        vm.prank(solver);
        verifier.__callback(0, "wrong");
        _assertBooked(observer, 1);
    }

    /// @dev Penalties and rates apply to claims that are open already; their two deadlines were fixed with them.
    function test_U8_parametersApplyToOpenClaims() public {
        uint256 jobId = _job();
        uint256 claimBlock = block.number;
        _claimWork(tom, jobId, 0, 3);
        jobs.setMissedVerificationSlashAmount(10_000);
        jobs.setFinderFee(100_000);
        jobs.setVerificationPeriod(10);
        jobs.setVerificationSlashingPeriod(10);
        (,,, uint256 endVerification, uint256 endSlashing,) = jobs.getClaim(jobId, 0);
        assertEq(endVerification, claimBlock + PERIOD);
        assertEq(endSlashing, claimBlock + 2 * PERIOD);
        vm.roll(endVerification);
        _missed(jobId, 0, 0);
        assertEq(_bonded(tom), 990 ether);
        assertEq(token.balanceOf(finder), 1 ether);
    }

    /// @dev Governance can stop slashing by a broken verifier at once.
    function test_U8_aPenaltyOfZeroStopsSlashing() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        jobs.setMissedVerificationSlashAmount(0);
        _endVerification(jobId, 0);
        _missed(jobId, 0, 0);
        assertEq(_bonded(tom), 1000 ether);
        assertEq(token.totalSupply(), SUPPLY);
    }

    /// @dev Tom asks for one wei, the broadcaster offered one ETH: one ETH is paid.
    function test_U9_theBroadcastersHighestPriceIsPaid() public {
        (,,, uint256 price,,,) = bonding.getTranscoder(tom);
        assertEq(price, 1);
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        assertEq(_escrow(jobId), 4 * PRICE);
        assertEq(_deposit(), DEPOSIT - 4 * PRICE);
    }

    /// @dev The hash that elects is known for 256 blocks; a chain that knew it for longer would change nothing.
    function test_U10_aJobNobodyClaimsFor256BlocksIsDead() public {
        uint256 jobId = _job();
        uint256 created = block.number - 1;
        vm.roll(created + 256);
        rounds.initializeRound();
        uint256 state = vm.snapshotState();
        _claimWork(tom, jobId, 0, 0);
        assertEq(_escrow(jobId), PRICE);
        assertTrue(vm.revertToState(state));

        vm.roll(created + 257);
        bytes memory unknown =
            abi.encodeWithSelector(IRoundsManager.RoundsManagerUnknownBlockHash.selector, created, created + 257);
        vm.expectRevert(unknown);
        vm.prank(tom);
        jobs.claimWork(jobId, [uint256(0), 0], "root");
    }

    /// @dev A pause stops withdrawals as well.
    function test_U17_aPauseStopsWithdrawals() public {
        _unbond(ann);
        _addFees(tom, 1 ether, _nextRound(UNBONDING_PERIOD));
        controller.pause();
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        vm.prank(ann);
        bonding.withdrawStake();
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        vm.prank(tom);
        bonding.withdrawFees();
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        vm.prank(broadcaster);
        jobs.withdraw();

        controller.unpause();
        vm.prank(ann);
        bonding.withdrawStake();
        vm.prank(tom);
        bonding.withdrawFees();
        vm.prank(broadcaster);
        jobs.withdraw();
        assertEq(token.balanceOf(ann), 500 ether);
        assertEq(tom.balance, 1 ether);
        assertEq(broadcaster.balance, DEPOSIT);
    }

    /// @dev Blocks pass in a pause: governance takes the penalty away before it lifts one that lasted too long.
    function test_U17_deadlinesPassInAPause() public {
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 3);
        controller.pause();
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        _verify(tom, jobId, 0, 0, 0);
        _endVerification(jobId, 0);
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        _missed(jobId, 0, 0);
        jobs.setMissedVerificationSlashAmount(0);
        controller.unpause();
        _missed(jobId, 0, 0);
        assertEq(_bonded(tom), 1000 ether);
        _assertClaim(jobId, 0, IJobsManager.ClaimStatus.Slashed);
    }

    /// @dev A slashed transcoder may stand again at once, for the next round.
    function test_U18_aSlashedTranscoderMayStandAgain() public {
        uint256 round = rounds.currentRound();
        _slash(tom, DOUBLE_SLASH);
        assertFalse(bonding.isRegisteredTranscoder(tom));
        _announce(tom, 500_000, 500_000, 1);
        _assertRanked(tom, 1200 ether);
        assertFalse(bonding.isActiveTranscoder(tom, round));
        assertTrue(bonding.isActiveTranscoder(tom, _nextRound(1)));
    }

    // --- helpers

    function _walletWithFees(uint256 fees) private {
        assertTrue(token.transfer(address(wallet), 10 ether));
        bytes memory approval = abi.encodeCall(token.approve, (address(bonding), 10 ether));
        wallet.execute(address(token), 0, approval);
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.bond, (10 ether, address(wallet))));
        wallet.execute(address(bonding), 0, abi.encodeCall(IBondingManager.transcoder, (0, 0, 1)));
        uint256 round = _nextRound(1);
        _addFees(address(wallet), fees, round);
    }

    function _walletWithDeposit(uint256 amount) private {
        vm.deal(address(wallet), amount);
        wallet.execute(address(jobs), amount, abi.encodeCall(IJobsManager.deposit, ()));
    }

    function _assertBooked(SlashObserver observer, uint256 claims) private view {
        assertEq(observer.slashes(), 1);
        assertEq(observer.escrow(), 0);
        assertEq(observer.endBlock(), block.number);
        for (uint256 i = 0; i < claims; i++) {
            assertEq(uint256(observer.statuses(i)), uint256(IJobsManager.ClaimStatus.Slashed));
        }
    }
}
