// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {IdentityVerifier} from "../../src/verification/IdentityVerifier.sol";
import {LivepeerVerifier} from "../../src/verification/LivepeerVerifier.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

/// @dev A job's whole life behind a proxy, with the real verifiers.
contract JobsManagerProxyTest is JobsFixture {
    bytes32 private constant TARGET = keccak256("JobsManagerTarget");

    function _deployJobsManager() internal override returns (address) {
        controller.setContractInfo(TARGET, address(new JobsManager(address(controller))), bytes20(0));
        return address(new ManagerProxy(address(controller), TARGET));
    }

    function _assertPaid() private {
        _expectFees(4 * FEE, 1);
        rounds.mineBlocks(VERIFICATION + SLASHING);
        _distribute(0, 0);
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Complete);
        assertEq(_escrow(0), 0);
        assertEq(_depositOf(broadcaster), DEPOSIT - 4 * FEE);
        rounds.setBlockNum(END);
        vm.prank(broadcaster);
        jobs.withdraw();
        assertEq(broadcaster.balance, DEPOSIT - 4 * FEE);
        assertEq(address(minter).balance, 4 * FEE, "what the transcoder earned");
    }

    function test_fromDepositToFees_withTheIdentityVerifier() public {
        _register("Verifier", address(new IdentityVerifier(address(controller))));
        _claimed();
        rounds.mineBlocks(1);
        for (uint256 segment = 0; segment < 4; segment++) {
            // As in 2018: the answer, given within the call, comes before the submission.
            vm.expectEmit(address(jobs));
            emit IJobsManager.PassedVerification(transcoder, 0, 0, segment);
            vm.expectEmit(address(jobs));
            emit IJobsManager.Verify(transcoder, 0, 0, segment);
            _verify(0, 0, segment);
            assertTrue(jobs.isClaimSegmentVerified(0, 0, segment));
        }
        _assertPaid();
    }

    function test_fromDepositToFees_withTheLivepeerVerifier() public {
        address[] memory solvers = new address[](1);
        solvers[0] = makeAddr("solver");
        LivepeerVerifier real = new LivepeerVerifier(address(controller), solvers, "QmCode");
        _register("Verifier", address(real));
        _claimed();
        for (uint256 segment = 0; segment < 4; segment++) {
            _verify(0, 0, segment);
            bytes32[2] memory hashes = _hashes(segment);
            vm.expectEmit(address(jobs));
            emit IJobsManager.PassedVerification(transcoder, 0, 0, segment);
            vm.prank(solvers[0]);
            real.__callback(segment, keccak256(bytes.concat(hashes[0], hashes[1])));
        }
        _assertPaid();
    }

    function test_aWrongAnswerOfASolverSlashes() public {
        address[] memory solvers = new address[](1);
        solvers[0] = makeAddr("solver");
        LivepeerVerifier real = new LivepeerVerifier(address(controller), solvers, "QmCode");
        _register("Verifier", address(real));
        _claimed();
        _verify(0, 0, 2);
        _expectSlash(address(0), 1, 0);
        vm.prank(solvers[0]);
        real.__callback(0, keccak256("wrong"));
        _assertStatus(0, 0, IJobsManager.ClaimStatus.Slashed);
        assertEq(_depositOf(broadcaster), DEPOSIT);
    }

    function test_stateOutlivesAnUpgrade() public {
        _claimed();
        _verify(0, 0, 1);
        controller.setContractInfo(TARGET, address(new JobsManager(address(controller))), bytes20(0));
        assertTrue(jobs.isClaimSegmentVerified(0, 0, 1));
        assertFalse(jobs.isClaimSegmentVerified(0, 0, 2));
        assertEq(jobs.finderFee(), 50_000);
        assertEq(jobs.verificationPeriod(), VERIFICATION);
        assertEq(_escrow(0), 4 * FEE);
        rounds.mineBlocks(1);
        _verify(0, 0, 2);
    }

    /// @dev An upgrade must find everything where it was: the slots are part of the contract.
    function test_layout_parametersAndCountersLieWhereTheyAlwaysDid() public {
        _depositAndJob();
        bytes32 times = bytes32((SLASHING << 128) | (VERIFICATION << 64) | 1);
        assertEq(vm.load(address(jobs), bytes32(uint256(2))), times);
        uint256[4] memory percentages = [uint256(1), 5000, 30_000, 50_000];
        for (uint256 i = 0; i < 4; i++) {
            assertEq(uint256(vm.load(address(jobs), bytes32(3 + i))), percentages[i]);
        }
        assertEq(uint256(vm.load(address(jobs), keccak256(abi.encode(broadcaster, 7)))), DEPOSIT);
        assertEq(uint256(vm.load(address(jobs), bytes32(uint256(9)))), 1);
    }
}
