// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {JobsFixture} from "../helpers/JobsFixture.sol";

contract JobsParametersTest is JobsFixture {
    JobsManager private fresh;

    function setUp() public override {
        super.setUp();
        fresh = new JobsManager(address(controller));
    }

    function _tooLong(uint256 period, uint256 slashingPeriod) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobsManager.JobsManagerPeriodsTooLong.selector, period, slashingPeriod);
    }

    function _expectUpdate(string memory param) private {
        vm.expectEmit(address(fresh));
        emit IManager.ParameterUpdate(param);
    }

    function test_constructor_storesTheControllerWithoutCallingIt() public {
        JobsManager one = new JobsManager(stranger);
        assertEq(address(one.controller()), stranger);
        assertEq(one.targetContractId(), bytes32(0));
        assertEq(one.verificationRate(), 0);
        assertEq(one.verificationPeriod(), 0);
        assertEq(one.verificationSlashingPeriod(), 0);
        assertEq(one.failedVerificationSlashAmount(), 0);
        assertEq(one.missedVerificationSlashAmount(), 0);
        assertEq(one.doubleClaimSegmentSlashAmount(), 0);
        assertEq(one.finderFee(), 0);
        assertEq(one.numJobs(), 0);
    }

    function testFuzz_setVerificationRate(uint64 rate) public {
        vm.assume(rate != 0);
        _expectUpdate("verificationRate");
        fresh.setVerificationRate(rate);
        assertEq(fresh.verificationRate(), rate);
    }

    function test_revertWhen_setVerificationRate_isZero() public {
        vm.expectRevert(abi.encodeWithSelector(IJobsManager.JobsManagerInvalidVerificationRate.selector));
        fresh.setVerificationRate(0);
    }

    function testFuzz_periodsFillAtMostTheKnownHashes(uint256 period, uint256 slashingPeriod) public {
        period = bound(period, 0, 256);
        slashingPeriod = bound(slashingPeriod, 0, 256 - period);
        _expectUpdate("verificationPeriod");
        fresh.setVerificationPeriod(period);
        _expectUpdate("verificationSlashingPeriod");
        fresh.setVerificationSlashingPeriod(slashingPeriod);
        assertEq(fresh.verificationPeriod(), period);
        assertEq(fresh.verificationSlashingPeriod(), slashingPeriod);

        vm.expectRevert(_tooLong(257 - slashingPeriod, slashingPeriod));
        fresh.setVerificationPeriod(257 - slashingPeriod);
        vm.expectRevert(_tooLong(period, 257 - period));
        fresh.setVerificationSlashingPeriod(257 - period);
    }

    function testFuzz_revertWhen_aPeriodIsTooLongByItself(uint256 period) public {
        period = bound(period, 257, type(uint256).max);
        vm.expectRevert(_tooLong(period, 0));
        fresh.setVerificationPeriod(period);
        vm.expectRevert(_tooLong(0, period));
        fresh.setVerificationSlashingPeriod(period);
    }

    function test_revertWhen_aPeriodOverflows() public {
        fresh.setVerificationPeriod(1);
        vm.expectRevert(_tooLong(1, type(uint256).max));
        fresh.setVerificationSlashingPeriod(type(uint256).max);
        fresh.setVerificationSlashingPeriod(255);
        vm.expectRevert(_tooLong(type(uint256).max, 255));
        fresh.setVerificationPeriod(type(uint256).max);
    }

    /// @dev J2: in 2018 a change of the finder's fee was silent.
    function testFuzz_J2_everyPercentageSaysThatItWasSet(uint32[4] calldata amounts) public {
        uint256[4] memory x;
        for (uint256 i = 0; i < 4; i++) {
            x[i] = amounts[i] % 1_000_001;
        }
        _expectUpdate("failedVerificationSlashAmount");
        fresh.setFailedVerificationSlashAmount(x[0]);
        _expectUpdate("missedVerificationSlashAmount");
        fresh.setMissedVerificationSlashAmount(x[1]);
        _expectUpdate("doubleClaimSegmentSlashAmount");
        fresh.setDoubleClaimSegmentSlashAmount(x[2]);
        _expectUpdate("finderFee");
        fresh.setFinderFee(x[3]);
        assertEq(fresh.failedVerificationSlashAmount(), x[0]);
        assertEq(fresh.missedVerificationSlashAmount(), x[1]);
        assertEq(fresh.doubleClaimSegmentSlashAmount(), x[2]);
        assertEq(fresh.finderFee(), x[3]);
    }

    function testFuzz_revertWhen_anAmountIsNoPercentage(uint256 amount) public {
        amount = bound(amount, 1_000_001, type(uint256).max);
        bytes memory invalid = abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, amount);
        vm.expectRevert(invalid);
        fresh.setFailedVerificationSlashAmount(amount);
        vm.expectRevert(invalid);
        fresh.setMissedVerificationSlashAmount(amount);
        vm.expectRevert(invalid);
        fresh.setDoubleClaimSegmentSlashAmount(amount);
        vm.expectRevert(invalid);
        fresh.setFinderFee(amount);
    }

    function test_revertWhen_aStrangerSetsParameters() public {
        bytes memory unauthorized = _unauthorized(stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorized);
        fresh.setVerificationRate(1);
        vm.expectRevert(unauthorized);
        fresh.setVerificationPeriod(1);
        vm.expectRevert(unauthorized);
        fresh.setVerificationSlashingPeriod(1);
        vm.expectRevert(unauthorized);
        fresh.setFailedVerificationSlashAmount(1);
        vm.expectRevert(unauthorized);
        fresh.setMissedVerificationSlashAmount(1);
        vm.expectRevert(unauthorized);
        fresh.setDoubleClaimSegmentSlashAmount(1);
        vm.expectRevert(unauthorized);
        fresh.setFinderFee(1);
    }

    function test_parametersCanBeSetWhilePaused() public {
        controller.pause();
        fresh.setVerificationRate(5);
        fresh.setFinderFee(7);
        assertEq(fresh.verificationRate(), 5);
        assertEq(fresh.finderFee(), 7);
    }
}
