// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {ILivepeerVerifier} from "../../src/interfaces/ILivepeerVerifier.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IVerifiable} from "../../src/interfaces/IVerifiable.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {LivepeerVerifier} from "../../src/verification/LivepeerVerifier.sol";
import {Test} from "../helpers/Test.sol";

/// @dev A solver that, while its answer is delivered, answers the same request again.
contract GreedySolver {
    LivepeerVerifier private immutable VERIFIER;
    bytes public refusal;

    constructor(LivepeerVerifier verifier) {
        VERIFIER = verifier;
    }

    function answer(uint256 requestId, bytes32 result) external {
        VERIFIER.__callback(requestId, result);
    }

    /// @dev Stands in for the JobsManager.
    function receiveVerification(uint256, uint256, uint256, bool) external {
        try VERIFIER.__callback(0, bytes32(0)) {}
        catch (bytes memory reason) {
            refusal = reason;
        }
    }
}

contract LivepeerVerifierTest is Test {
    string private constant CODE = "QmCode";
    bytes32 private constant DATA = keccak256("data");
    bytes32 private constant TRANSCODED = keccak256("transcoded");

    Controller private controller;
    LivepeerVerifier private verifier;
    address private jobs = makeAddr("JobsManager");
    address private solver = makeAddr("solver");
    address private second = makeAddr("second solver");
    address private stranger = makeAddr("stranger");

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        verifier = new LivepeerVerifier(address(controller), _two(solver, second), CODE);
        controller.setContractInfo(keccak256("Verifier"), address(verifier), bytes20(0));
        controller.setContractInfo(keccak256("JobsManager"), jobs, bytes20(0));
        vm.etch(jobs, hex"60206000f3");
    }

    function _two(address a, address b) private pure returns (address[] memory both) {
        both = new address[](2);
        (both[0], both[1]) = (a, b);
    }

    function _hashes() private pure returns (bytes32[2] memory) {
        return [DATA, TRANSCODED];
    }

    function _commitment() private pure returns (bytes32) {
        return keccak256(bytes.concat(DATA, TRANSCODED));
    }

    function _request(uint256 jobId, uint256 claimId, uint256 segmentNumber) private {
        vm.prank(jobs);
        verifier.verify(jobId, claimId, segmentNumber, "options", "storage", _hashes());
    }

    function _assertRequest(uint256 id, uint256 jobId, uint256 claimId, uint256 segmentNumber, bytes32 hash)
        private
        view
    {
        (uint256 j, uint256 c, uint256 s, bytes32 h) = verifier.requests(id);
        assertEq(j, jobId);
        assertEq(c, claimId);
        assertEq(s, segmentNumber);
        assertEq(h, hash);
    }

    function _unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, caller);
    }

    function _unknownSolver(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierUnknownSolver.selector, account);
    }

    function _unknownRequest(uint256 id) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierUnknownRequest.selector, id);
    }

    // --- construction

    function test_constructor_takesSolversAndCode() public view {
        assertEq(verifier.verificationCodeHash(), CODE);
        assertEq(verifier.solvers(0), solver);
        assertEq(verifier.solvers(1), second);
        assertTrue(verifier.isSolver(solver));
        assertTrue(verifier.isSolver(second));
        assertFalse(verifier.isSolver(stranger));
        assertEq(verifier.requestCount(), 0);
        assertEq(verifier.getPrice(), 0);
    }

    function test_constructor_callsNobodyAndSaysWhoTheSolversAre() public {
        vm.expectEmit();
        emit ILivepeerVerifier.SolverAdded(second);
        vm.expectEmit();
        emit ILivepeerVerifier.SolverAdded(solver);
        LivepeerVerifier fresh = new LivepeerVerifier(stranger, _two(second, solver), "");
        assertEq(address(fresh.controller()), stranger);
        new LivepeerVerifier(stranger, new address[](0), "");
    }

    function test_revertWhen_constructor_getsAZeroOrRepeatedSolver() public {
        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierInvalidSolver.selector));
        new LivepeerVerifier(address(controller), _two(solver, address(0)), CODE);
        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierKnownSolver.selector, solver));
        new LivepeerVerifier(address(controller), _two(solver, solver), CODE);
    }

    // --- administration

    function test_addSolver_appends() public {
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.SolverAdded(stranger);
        verifier.addSolver(stranger);
        assertEq(verifier.solvers(2), stranger);
        assertTrue(verifier.isSolver(stranger));
    }

    function test_revertWhen_addSolver_isZeroOrKnown() public {
        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierInvalidSolver.selector));
        verifier.addSolver(address(0));
        vm.expectRevert(abi.encodeWithSelector(ILivepeerVerifier.LivepeerVerifierKnownSolver.selector, solver));
        verifier.addSolver(solver);
    }

    /// @dev U12: in 2018 nobody could be removed.
    function test_U12_removeSolver_theLastTakesItsIndex() public {
        verifier.addSolver(stranger);
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.SolverRemoved(solver);
        verifier.removeSolver(solver);
        assertFalse(verifier.isSolver(solver));
        assertEq(verifier.solvers(0), stranger);
        assertEq(verifier.solvers(1), second);
        vm.expectRevert();
        verifier.solvers(2);

        _request(1, 2, 3);
        vm.prank(solver);
        vm.expectRevert(_unknownSolver(solver));
        verifier.__callback(0, _commitment());
        vm.prank(stranger);
        verifier.__callback(0, _commitment());
    }

    function test_U12_removeSolver_theLastOneAndAllAndAgain() public {
        verifier.removeSolver(second);
        assertEq(verifier.solvers(0), solver);
        verifier.removeSolver(solver);
        vm.expectRevert();
        verifier.solvers(0);
        verifier.addSolver(second);
        assertEq(verifier.solvers(0), second);
        assertTrue(verifier.isSolver(second));
    }

    function test_revertWhen_removeSolver_isNone() public {
        vm.expectRevert(_unknownSolver(stranger));
        verifier.removeSolver(stranger);
        verifier.removeSolver(solver);
        vm.expectRevert(_unknownSolver(solver));
        verifier.removeSolver(solver);
    }

    /// @dev The list and the flags say the same, whoever comes and goes.
    function testFuzz_solversAndFlagsAgree(uint8[24] calldata moves) public {
        uint256 size = 2;
        for (uint256 i = 0; i < moves.length; i++) {
            address who = address(uint160(0xbeef00) + moves[i] % 6);
            if (verifier.isSolver(who)) {
                verifier.removeSolver(who);
                size--;
            } else {
                verifier.addSolver(who);
                size++;
            }
            for (uint256 at = 0; at < size; at++) {
                assertTrue(verifier.isSolver(verifier.solvers(at)));
                for (uint256 other = 0; other < at; other++) {
                    assertNotEq(verifier.solvers(at), verifier.solvers(other));
                }
            }
            vm.expectRevert();
            verifier.solvers(size);
        }
    }

    function test_setVerificationCodeHash() public {
        vm.expectEmit(address(verifier));
        emit IManager.ParameterUpdate("verificationCodeHash");
        verifier.setVerificationCodeHash("QmOther");
        assertEq(verifier.verificationCodeHash(), "QmOther");
    }

    function test_revertWhen_aStrangerAdministers() public {
        vm.startPrank(stranger);
        vm.expectRevert(_unauthorized(stranger));
        verifier.addSolver(stranger);
        vm.expectRevert(_unauthorized(stranger));
        verifier.removeSolver(solver);
        vm.expectRevert(_unauthorized(stranger));
        verifier.setVerificationCodeHash("");
    }

    // --- requests

    function test_verify_storesARequest() public {
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.VerifyRequest(0, 5, 6, 7, "options", "storage", DATA, TRANSCODED);
        _request(5, 6, 7);
        assertEq(verifier.requestCount(), 1);
        _assertRequest(0, 5, 6, 7, _commitment());
        _request(8, 9, 10);
        assertEq(verifier.requestCount(), 2);
        _assertRequest(1, 8, 9, 10, _commitment());
    }

    function test_revertWhen_verify_isNotTheJobsManager() public {
        vm.prank(stranger);
        vm.expectRevert(_unauthorized(stranger));
        verifier.verify(1, 2, 3, "", "", _hashes());
    }

    function test_revertWhen_verify_paused() public {
        controller.pause();
        vm.prank(jobs);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
        verifier.verify(1, 2, 3, "", "", _hashes());
    }

    /// @dev U12: ETH would be stuck.
    function test_U12_revertWhen_verify_getsValue() public {
        vm.deal(jobs, 1);
        vm.prank(jobs);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.VerifierUnexpectedValue.selector, 1));
        verifier.verify{value: 1}(1, 2, 3, "", "", _hashes());
    }

    // --- answers

    function test_callback_rightAnswer() public {
        _request(5, 6, 7);
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.Callback(0, 5, 6, 7, true);
        vm.expectCall(jobs, abi.encodeCall(IVerifiable.receiveVerification, (5, 6, 7, true)), 1);
        vm.prank(second);
        verifier.__callback(0, _commitment());
        _assertRequest(0, 0, 0, 0, bytes32(0));
        assertEq(verifier.requestCount(), 1);
    }

    function testFuzz_callback_anyOtherAnswerIsWrong(bytes32 result) public {
        vm.assume(result != _commitment());
        _request(5, 6, 7);
        vm.expectEmit(address(verifier));
        emit ILivepeerVerifier.Callback(0, 5, 6, 7, false);
        vm.expectCall(jobs, abi.encodeCall(IVerifiable.receiveVerification, (5, 6, 7, false)), 1);
        vm.prank(solver);
        verifier.__callback(0, result);
    }

    function test_callback_onlyErasesItsOwnRequest() public {
        _request(1, 2, 3);
        _request(4, 5, 6);
        vm.prank(solver);
        verifier.__callback(1, _commitment());
        _assertRequest(0, 1, 2, 3, _commitment());
        _assertRequest(1, 0, 0, 0, bytes32(0));
    }

    function test_callback_refusedByTheJobsManagerLeavesTheRequestOpen() public {
        _request(5, 6, 7);
        vm.mockCallRevert(jobs, abi.encodeCall(IVerifiable.receiveVerification, (5, 6, 7, true)), "slashed");
        vm.prank(solver);
        vm.expectRevert("slashed");
        verifier.__callback(0, _commitment());
        _assertRequest(0, 5, 6, 7, _commitment());
    }

    function test_revertWhen_callback_isNotASolver() public {
        _request(5, 6, 7);
        vm.prank(stranger);
        vm.expectRevert(_unknownSolver(stranger));
        verifier.__callback(0, _commitment());
    }

    function test_revertWhen_callback_paused() public {
        _request(5, 6, 7);
        controller.pause();
        vm.prank(solver);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerSystemPaused.selector));
        verifier.__callback(0, _commitment());
    }

    // --- V1: an answer to nothing must not become one about job 0

    function test_V1_theSecondSolverCanNotAnswerAgain() public {
        _request(5, 6, 7);
        vm.prank(solver);
        verifier.__callback(0, _commitment());
        vm.expectCall(jobs, abi.encodeWithSelector(IVerifiable.receiveVerification.selector), 0);
        vm.prank(second);
        vm.expectRevert(_unknownRequest(0));
        verifier.__callback(0, _commitment());
    }

    function test_V1_aRequestNeverMadeCanNotBeAnswered() public {
        vm.expectCall(jobs, abi.encodeWithSelector(IVerifiable.receiveVerification.selector), 0);
        vm.startPrank(solver);
        vm.expectRevert(_unknownRequest(0));
        verifier.__callback(0, bytes32(0));
        vm.expectRevert(_unknownRequest(99));
        verifier.__callback(99, _commitment());
    }

    function test_V1_norCanOneBeAnsweredAgainWhileItsAnswerIsDelivered() public {
        GreedySolver greedy = new GreedySolver(verifier);
        verifier.addSolver(address(greedy));
        _request(5, 6, 7);
        controller.setContractInfo(keccak256("JobsManager"), address(greedy), bytes20(0));
        greedy.answer(0, _commitment());
        assertEq(greedy.refusal(), _unknownRequest(0));
    }
}
