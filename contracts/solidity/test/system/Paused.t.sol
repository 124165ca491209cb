// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IManager} from "../../src/interfaces/IManager.sol";
import {History} from "./History.sol";
import {SystemHandler} from "./SystemHandler.sol";

/// @dev A handler that can stop everything and try everything.
contract PausedHandler is SystemHandler {
    constructor() SystemHandler(1 ether, 0) {}

    function setPaused(bool paused) external {
        if (paused) controller.pause();
        else controller.unpause();
    }

    function where(string memory name) external view returns (address) {
        return controller.getContract(keccak256(bytes(name)));
    }

    function solverAddress() external view returns (address) {
        return solver;
    }

    /// @dev Everything the owner may always do, with the values there are.
    function setAllParameters() external {
        bonding.setUnbondingPeriod(bonding.unbondingPeriod());
        bonding.setNumTranscoders(bonding.getTranscoderPoolMaxSize() + 1);
        bonding.setNumActiveTranscoders(bonding.numActiveTranscoders());
        bonding.setMaxEarningsClaimsRounds(bonding.maxEarningsClaimsRounds());
        jobs.setVerificationRate(jobs.verificationRate());
        jobs.setVerificationPeriod(jobs.verificationPeriod());
        jobs.setVerificationSlashingPeriod(jobs.verificationSlashingPeriod());
        jobs.setFailedVerificationSlashAmount(jobs.failedVerificationSlashAmount());
        jobs.setMissedVerificationSlashAmount(jobs.missedVerificationSlashAmount());
        jobs.setDoubleClaimSegmentSlashAmount(jobs.doubleClaimSegmentSlashAmount());
        jobs.setFinderFee(jobs.finderFee());
        rounds.setRoundLength(rounds.roundLength());
        rounds.setRoundLockAmount(rounds.roundLockAmount());
        minter.setInflationChange(minter.inflationChange());
        minter.setTargetBondingRate(minter.targetBondingRate());
        verifier.setVerificationCodeHash("QmOther");
        verifier.addSolver(address(this));
        verifier.removeSolver(address(this));
        controller.setContractInfo("something", address(this), bytes20(0));
        controller.updateController(keccak256("RoundsManager"), address(controller));
    }
}

/// @dev Paused means frozen: no function of 2018 that changes anything works, whoever calls it, save the owner's.
contract PausedTest is History {
    PausedHandler private paused;
    string private golden;
    address[] private callers;

    function setUp() public {
        golden = vm.readFile("test/golden/selectors-2018.json");
        paused = new PausedHandler();
        handler = paused;
        _live(1, 200);
        string[6] memory roles =
            ["BondingManager", "JobsManager", "RoundsManager", "Minter", "Verifier", "LivepeerToken"];
        for (uint256 i = 0; i < roles.length; i++) {
            callers.push(paused.where(roles[i]));
        }
        callers.push(paused.solverAddress());
        for (uint256 i = 0; i < handler.ACTORS(); i++) {
            callers.push(handler.actors(i));
        }
    }

    function test_everythingElseIsRefusedToEverybody() public {
        paused.setPaused(true);
        bytes32 before = handler.digest();
        uint256 refused = _tryAll("BondingManager") + _tryAll("JobsManager") + _tryAll("RoundsManager")
            + _tryAll("Minter") + _tryAllOf("LivepeerVerifier", paused.where("Verifier"));
        assertEq(refused, 10 + 10 + 1 + 6 + 2, "functions refused");
        assertEq(handler.digest(), before);
    }

    /// @dev Not a matter of the round: the same five rounds later, when none of them was initialized.
    function test_stillRefusedFiveRoundsLaterAndAllGoesOnAfterwards() public {
        paused.setPaused(true);
        bytes32 before = handler.digest();
        vm.roll(block.number + 5 * 50);
        assertEq(_tryAll("BondingManager"), 10);
        assertEq(_tryAll("RoundsManager"), 1);
        assertEq(handler.digest(), before);
        paused.setPaused(false);
        _live(2, 100);
        handler.checkAll();
        handler.everybodyLeaves();
        handler.checkNothingLeft();
    }

    function test_theOwnerMaySetEverythingWhilePaused() public {
        paused.setPaused(true);
        bytes32 before = handler.digest();
        paused.setAllParameters();
        assertEq(handler.digest(), before, "parameters move nothing");
    }

    function _tryAll(string memory name) private returns (uint256) {
        return _tryAllOf(name, paused.where(name));
    }

    /// @dev Every function that changes something, called by everybody who might be allowed to. At least one of them must be
    /// told that the system is paused, and nobody may succeed.
    function _tryAllOf(string memory name, address target) private returns (uint256 refused) {
        string[] memory functions = vm.parseJsonKeys(golden, string.concat(".", name, ".functions"));
        for (uint256 i = 0; i < functions.length; i++) {
            string memory mutability =
                vm.parseJsonString(golden, string.concat(".", name, ".functions['", functions[i], "'].mutability"));
            if (_same(mutability, "view") || _same(mutability, "pure") || _isTheOwners(functions[i])) continue;
            // Sixteen zeroes: empty arrays and strings as well.
            bytes memory call = bytes.concat(bytes4(keccak256(bytes(functions[i]))), new bytes(16 * 32));
            bool told = false;
            for (uint256 k = 0; k < callers.length; k++) {
                // The registered Minter may pay its successor while paused: that is how it migrates.
                if (_same(functions[i], "depositETH()") && callers[k] == target) continue;
                vm.prank(callers[k]);
                (bool ok, bytes memory answer) = target.call(call);
                assertFalse(ok, functions[i]);
                if (keccak256(answer) == keccak256(bytes.concat(IManager.ManagerSystemPaused.selector))) told = true;
            }
            assertTrue(told, functions[i]);
            refused++;
        }
    }

    function _isTheOwners(string memory signature) private pure returns (bool) {
        if (_same(signature, "setActiveTranscoders()") || _same(signature, "setCurrentRewardTokens()")) return false;
        return vm.indexOf(signature, "set") == 0 || _same(signature, "addSolver(address)")
            || _same(signature, "migrateToNewMinter(address)");
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
