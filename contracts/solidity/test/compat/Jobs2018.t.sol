// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";
import {IVerifiable} from "../../src/interfaces/IVerifiable.sol";
import {JobsManager} from "../../src/jobs/JobsManager.sol";
import {UnitFixture2018} from "./UnitFixture2018.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @dev What the unit tests of 2018 expect of a JobsManager among mocks, where it is easily missed. The mocked RoundsManager
/// answers zero to a question for a block's hash.
contract Jobs2018Test is UnitFixture2018 {
    string private constant OPTIONS = "41b1a06400000000";
    uint256 private constant NOW = 100;
    uint256 private constant END = 200;
    /// @dev Of one segment: two profiles at 10.
    uint256 private constant FEE = 20;

    JobsManager private jobs;
    address private tom = makeAddr("tom");
    address private finder = makeAddr("finder");
    address private broadcaster;
    uint256 private key;

    /// @dev One job, 0, with claims 0 of segments 0 to 3 and 1 of 3 to 5.
    function setUp() public override {
        super.setUp();
        jobs = new JobsManager(address(controller));
        _register("JobsManager", address(jobs));
        jobs.setVerificationRate(1);
        jobs.setVerificationPeriod(50);
        jobs.setVerificationSlashingPeriod(50);
        jobs.setFailedVerificationSlashAmount(20);
        jobs.setMissedVerificationSlashAmount(30);
        jobs.setDoubleClaimSegmentSlashAmount(40);
        jobs.setFinderFee(4);
        _setBlock(NOW);
        _setRound(100);
        bondingMock.setMockBool(bytes4(keccak256("isRegisteredTranscoder(address)")), true);
        bondingMock.setMockAddress(bytes4(keccak256("electActiveTranscoder(uint256,bytes32,uint256)")), tom);
        (broadcaster, key) = makeAddrAndKey("broadcaster");
        vm.deal(broadcaster, 1000);
        vm.startPrank(broadcaster);
        jobs.deposit{value: 1000}();
        jobs.job("1", OPTIONS, 10, END);
        vm.stopPrank();
        _claim(0, 3);
        _claim(3, 5);
    }

    function test_aBroadcasterIsDepositAndBlock() public {
        (uint256 deposit, uint256 withdrawBlock) = jobs.broadcasters(broadcaster);
        assertEq(deposit, 1000 - 7 * FEE);
        assertEq(withdrawBlock, END);
        vm.startPrank(broadcaster);
        _setBlock(END - 1);
        vm.expectRevert();
        jobs.withdraw();
        _setBlock(END);
        jobs.withdraw();
        (deposit, withdrawBlock) = jobs.broadcasters(broadcaster);
        assertEq(deposit + withdrawBlock, 0);
        jobs.withdraw();
    }

    function test_jobsThatAreRefused() public {
        vm.expectRevert();
        jobs.job("1", "", 10, END);
        vm.expectRevert();
        jobs.job("1", "bar", 10, END);
        vm.expectRevert();
        jobs.job("1", OPTIONS, 10, NOW);
        vm.expectEmit(address(jobs));
        emit IJobsManager.NewJob(address(this), 1, "1", OPTIONS, 10, NOW);
        jobs.job("1", OPTIONS, 10, NOW + 1);
    }

    function test_aJobIsOverAtItsEndBlock() public {
        _setBlock(END - 1);
        assertEq(uint256(jobs.jobStatus(0)), 1);
        _setBlock(END);
        assertEq(uint256(jobs.jobStatus(0)), 0);
        assertEq(uint256(jobs.jobStatus(7)), 0);
        vm.expectRevert();
        _claim(6, 7);
    }

    function test_claimsThatAreRefused() public {
        vm.expectRevert();
        _claim(7, 6);
        vm.expectRevert();
        vm.prank(finder);
        jobs.claimWork(0, [uint256(6), 7], "root");
        vm.expectRevert();
        vm.prank(tom);
        jobs.claimWork(1, [uint256(6), 7], "root");
        vm.expectRevert();
        _claim(6, 49);
        bondingMock.setMockBool(bytes4(keccak256("isRegisteredTranscoder(address)")), false);
        vm.expectRevert();
        _claim(6, 7);
    }

    function test_aDoubleClaimNeedsTheSegmentInBoth() public {
        vm.startPrank(finder);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(0, 0, 1, 2);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(0, 1, 0, 2);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(0, 0, 1, 4);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(0, 0, 2, 3);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(1, 0, 1, 3);
        _setBlock(NOW + 10);
        jobs.doubleClaimSegmentSlash(0, 0, 1, 3);
        _assertStatus(0, IJobsManager.ClaimStatus.Slashed);
        _assertStatus(1, IJobsManager.ClaimStatus.Slashed);
        (uint256 deposit,) = jobs.broadcasters(broadcaster);
        assertEq(deposit, 1000);
        (,,,,,,, uint256 endBlock, uint256 escrow,) = jobs.getJob(0);
        assertEq(escrow, 0);
        assertEq(endBlock, NOW + 10);
        vm.expectRevert();
        jobs.doubleClaimSegmentSlash(0, 0, 1, 3);
    }

    function test_whenAMissedSegmentIsSlashed() public {
        _setBlock(NOW + 49);
        vm.startPrank(finder);
        vm.expectRevert();
        jobs.missedVerificationSlash(0, 0, 0);
        _setBlock(NOW + 100);
        vm.expectRevert();
        jobs.missedVerificationSlash(0, 0, 0);
        _setBlock(NOW + 51);
        vm.expectRevert();
        jobs.missedVerificationSlash(0, 0, 4);
        jobs.missedVerificationSlash(0, 0, 0);
        _assertStatus(0, IJobsManager.ClaimStatus.Slashed);
    }

    function test_feesFromTheEndOfTheSlashingPeriodOn() public {
        _setBlock(NOW + 99);
        vm.startPrank(tom);
        vm.expectRevert();
        jobs.distributeFees(0, 0);
        _setBlock(NOW + 100);
        vm.expectEmit(address(jobs));
        emit IJobsManager.DistributeFees(tom, 0, 0, 4 * FEE);
        jobs.distributeFees(0, 0);
        _assertStatus(0, IJobsManager.ClaimStatus.Complete);
        (,,,,,,,, uint256 escrow,) = jobs.getJob(0);
        assertEq(escrow, 3 * FEE);
    }

    function test_aBatchIsAllOrNothing() public {
        _setBlock(NOW + 10);
        _claim(6, 7);
        _setBlock(NOW + 100);
        uint256[] memory all = new uint256[](3);
        (all[1], all[2]) = (1, 2);
        vm.startPrank(tom);
        vm.expectRevert();
        jobs.batchDistributeFees(0, all);
        _assertStatus(0, IJobsManager.ClaimStatus.Pending);
        _setBlock(NOW + 110);
        jobs.batchDistributeFees(0, all);
        for (uint256 i = 0; i < 3; i++) {
            _assertStatus(i, IJobsManager.ClaimStatus.Complete);
        }
    }

    function test_verifyTakesThePriceOnly() public {
        vm.deal(tom, 200);
        vm.expectRevert();
        _verify(1);
        verifierMock.setMockUint256(bytes4(keccak256("getPrice()")), 100);
        vm.expectRevert();
        _verify(99);
        _verify(100);
        assertEq(address(verifierMock).balance, 100);
        assertTrue(jobs.isClaimSegmentVerified(0, 0, 0));
    }

    /// @dev The range of a claim is an array of two, in place: seven words in all.
    function test_aClaimIsSevenWords() public view {
        (bool ok, bytes memory answer) = address(jobs).staticcall(abi.encodeCall(jobs.getClaim, (0, 1)));
        assertTrue(ok);
        assertEq(answer.length, 7 * 32);
        (uint256[2] memory range,, uint256 claimBlock, uint256 endVerification, uint256 endSlashing,) =
            jobs.getClaim(0, 1);
        assertEq(range[0], 3);
        assertEq(range[1], 5);
        assertEq(claimBlock, NOW);
        assertEq(endVerification, NOW + 50);
        assertEq(endSlashing, NOW + 100);
    }

    function test_answersToNothing() public {
        vm.expectRevert();
        _answer(1, 0, 0, true);
        vm.expectRevert();
        _answer(0, 2, 0, true);
        vm.expectRevert();
        _answer(0, 0, 0, true);
        vm.expectRevert();
        vm.prank(tom);
        jobs.receiveVerification(0, 0, 0, true);
    }

    function test_answersToASegmentThatWasSubmitted() public {
        _verify(0);
        vm.expectEmit(address(jobs));
        emit IJobsManager.PassedVerification(tom, 0, 0, 0);
        _answer(0, 0, 0, true);
        vm.expectEmit(address(jobs));
        emit IJobsManager.FailedVerification(tom, 0, 0, 0);
        _answer(0, 0, 0, false);
        _assertStatus(0, IJobsManager.ClaimStatus.Slashed);
        vm.expectRevert();
        _answer(0, 0, 0, true);
    }

    function test_periodsTogetherAtMost256() public {
        jobs.setVerificationPeriod(206);
        vm.expectRevert();
        jobs.setVerificationPeriod(207);
        vm.expectRevert();
        jobs.setVerificationSlashingPeriod(51);
        vm.expectRevert();
        jobs.setVerificationRate(0);
        vm.expectRevert();
        jobs.setFinderFee(1_000_001);
    }

    // --- helpers

    /// @dev With the receipt of segment 0 as root.
    function _claim(uint256 first, uint256 last) private {
        bytes32 root = keccak256(abi.encodePacked("1", uint256(0), _hashes(), _signature()));
        vm.prank(tom);
        jobs.claimWork(0, [first, last], root);
    }

    function _verify(uint256 value) private {
        bytes memory signature = _signature();
        vm.prank(tom);
        jobs.verify{value: value}(0, 0, 0, "Qm", _hashes(), signature, "");
    }

    function _answer(uint256 jobId, uint256 claimId, uint256 segment, bool result) private {
        bytes memory data = abi.encodeCall(IVerifiable.receiveVerification, (jobId, claimId, segment, result));
        verifierMock.execute(address(jobs), data);
    }

    function _hashes() private pure returns (bytes32[2] memory) {
        return [keccak256("data"), keccak256("transcoded")];
    }

    function _signature() private view returns (bytes memory) {
        bytes32 hash = keccak256(abi.encodePacked("1", uint256(0), _hashes()[0]));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, MessageHashUtils.toEthSignedMessageHash(hash));
        return abi.encodePacked(r, s, v);
    }

    function _assertStatus(uint256 claimId, IJobsManager.ClaimStatus expected) private view {
        (,,,,, IJobsManager.ClaimStatus status) = jobs.getClaim(0, claimId);
        assertEq(uint256(status), uint256(expected));
    }
}
