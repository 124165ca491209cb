// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IVerifiable} from "../../src/interfaces/IVerifiable.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {IdentityVerifier} from "../../src/verification/IdentityVerifier.sol";
import {Test} from "../helpers/Test.sol";

contract IdentityVerifierTest is Test {
    Controller private controller;
    IdentityVerifier private verifier;
    address private jobs = makeAddr("JobsManager");
    address private stranger = makeAddr("stranger");
    bytes32[2] private hashes = [keccak256("data"), keccak256("transcoded")];

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        verifier = new IdentityVerifier(address(controller));
        controller.setContractInfo(keccak256("JobsManager"), jobs, bytes20(0));
        vm.etch(jobs, hex"60206000f3");
    }

    function test_constructor_storesTheControllerWithoutCallingIt() public {
        assertEq(address(new IdentityVerifier(stranger).controller()), stranger);
        assertEq(verifier.getPrice(), 0);
    }

    function testFuzz_verify_answersAtOnceThatAllIsWell(uint256 jobId, uint256 claimId, uint256 segmentNumber) public {
        bytes memory answer = abi.encodeCall(IVerifiable.receiveVerification, (jobId, claimId, segmentNumber, true));
        vm.expectCall(jobs, answer, 1);
        vm.prank(jobs);
        verifier.verify(jobId, claimId, segmentNumber, "options", "storage", hashes);
    }

    function test_revertWhen_verify_isNotTheJobsManager() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, stranger));
        verifier.verify(1, 2, 3, "", "", hashes);
    }

    function test_revertWhen_verify_paused() public {
        controller.pause();
        vm.prank(jobs);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
        verifier.verify(1, 2, 3, "", "", hashes);
    }

    /// @dev U12: ETH would be stuck.
    function test_U12_revertWhen_verify_getsValue() public {
        vm.deal(jobs, 1);
        vm.prank(jobs);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.VerifierUnexpectedValue.selector, 1));
        verifier.verify{value: 1}(1, 2, 3, "", "", hashes);
    }
}
