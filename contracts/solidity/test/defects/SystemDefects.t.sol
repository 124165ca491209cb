// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Minter} from "../../src/Minter.sol";
import {GenesisManager} from "../../src/genesis/GenesisManager.sol";
import {IGenesisManager} from "../../src/interfaces/IGenesisManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IManagerProxy} from "../../src/interfaces/IManagerProxy.sol";
import {IMinter} from "../../src/interfaces/IMinter.sol";
import {IVariableSupplyToken} from "../../src/interfaces/IVariableSupplyToken.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {JobsActors} from "./JobsActors.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";

/// @dev Defects of what holds the system together: Minter, token, proxies, genesis, parameters.
contract SystemDefectsTest is JobsActors {
    /// @dev A Minter could only be replaced while the system was paused, and its successor took no ETH then.
    function test_M1_aRealMinterTakesEverythingOver() public {
        _stand(tom, 1000 ether);
        uint256 round = _nextRound(1);
        uint256 jobId = _job();
        _claimWork(tom, jobId, 0, 9);
        Minter successor = new Minter(address(controller), 500, 0, 500_000);

        controller.pause();
        vm.expectEmit(address(successor));
        emit IMinter.ETHDeposited(address(minter), DEPOSIT);
        minter.migrateToNewMinter(successor);
        _register("Minter", address(successor));
        controller.unpause();

        assertEq(token.owner(), address(successor));
        assertEq(token.balanceOf(address(successor)), 1000 ether);
        assertEq(address(successor).balance, DEPOSIT);
        assertEq(token.balanceOf(address(minter)), 0);
        assertEq(address(minter).balance, 0);

        // And the system goes on: a reward is minted, fees, stake and deposit come back to their owners.
        _endSlashing(jobId, 0);
        rounds.initializeRound();
        assertEq(_reward(tom), successor.currentMintableTokens());
        assertEq(successor.currentMintableTokens(), SUPPLY / 2000);
        _distribute(tom, jobId, 0);
        assertEq(_pool(tom, round).feePool, 10 * PRICE);
        vm.prank(tom);
        bonding.withdrawFees();
        assertEq(tom.balance, 10 * PRICE);
        _unbond(tom);
        _nextRound(10);
        vm.prank(tom);
        bonding.withdrawStake();
        assertEq(token.balanceOf(tom), 1000 ether + SUPPLY / 2000);
        vm.prank(broadcaster);
        jobs.withdraw();
        assertEq(broadcaster.balance, DEPOSIT - 10 * PRICE);
        assertEq(address(successor).balance, 0);
    }

    /// @dev As in 2018: what may be minted is set as a round begins. See DECISIONS.md.
    function test_M1_inTheRoundOfAMigrationNothingIsMinted() public {
        _stand(tom, 1000 ether);
        _nextRound(1);
        Minter successor = new Minter(address(controller), 500, 0, 500_000);
        controller.pause();
        minter.migrateToNewMinter(successor);
        _register("Minter", address(successor));
        controller.unpause();
        assertEq(_reward(tom), 0);
        _nextRound(1);
        assertEq(_reward(tom), SUPPLY / 2000);
    }

    /// @dev A pause is lifted for the predecessor alone.
    function test_M1_nobodyElseDepositsWhilePaused() public {
        controller.pause();
        vm.deal(address(jobs), 1 ether);
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        vm.prank(address(jobs));
        minter.depositETH{value: 1 ether}();
        vm.deal(stranger, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, stranger));
        vm.prank(stranger);
        minter.depositETH{value: 1 ether}();
    }

    /// @dev Inflation grew without end; above 100% a round would have more than doubled the supply.
    function test_M2_inflationEndsAt100Percent() public {
        Minter steep = new Minter(address(controller), 999_990, 7, 500_000);
        _register("Minter", address(steep));
        _nextRound(1);
        assertEq(steep.inflation(), 999_997);
        _nextRound(1);
        assertEq(steep.inflation(), 1_000_000);
        assertEq(steep.currentMintableTokens(), SUPPLY);
        _nextRound(1);
        assertEq(steep.inflation(), 1_000_000);
        assertEq(steep.currentMintableTokens(), SUPPLY);
    }

    /// @dev The one parameter that changed without an event.
    function test_J2_theFindersFeeIsAnnounced() public {
        vm.expectEmit(address(jobs));
        emit IManager.ParameterUpdate("finderFee");
        jobs.setFinderFee(60_000);
        assertEq(jobs.finderFee(), 60_000);
    }

    /// @dev Behind a target without code every call succeeded and did nothing: deposits vanished into the proxy.
    function test_O1_aTargetWithoutCodeAcceptsNothing() public {
        _register("JobsManagerTarget", stranger);
        bytes memory expected = abi.encodeWithSelector(IManagerProxy.ManagerProxyTargetWithoutCode.selector, stranger);
        vm.deal(ann, 1 ether);
        vm.expectRevert(expected);
        vm.prank(ann);
        jobs.deposit{value: 1 ether}();
        vm.expectRevert(expected);
        jobs.setFinderFee(0);
        vm.prank(ann);
        (bool sent, bytes memory reason) = address(jobs).call{value: 1 ether}("");
        assertFalse(sent);
        assertEq(reason, expected);
        assertEq(ann.balance, 1 ether);
        assertEq(address(jobs).balance, 0);
    }

    /// @dev Whoever adds up transfers, as indexers do, counted burned tokens as the Minter's for ever.
    function test_O2_transfersAddUpToBalancesAfterABurn() public {
        _stand(tom, 1000 ether);
        uint256 held = token.balanceOf(address(minter));
        vm.recordLogs();
        _slash(tom, DOUBLE_SLASH);

        (uint256 burns, uint256 transfers) = (0, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(token)) continue;
            if (logs[i].topics[0] == IVariableSupplyToken.Burn.selector) {
                burns++;
                assertEq(abi.decode(logs[i].data, (uint256)), 285 ether);
            } else {
                assertEq(logs[i].topics[0], IERC20.Transfer.selector);
                assertEq(logs[i].topics[1], bytes32(uint256(uint160(address(minter)))));
                held -= abi.decode(logs[i].data, (uint256));
                transfers++;
            }
        }
        assertEq(burns, 1);
        assertEq(transfers, 2, "15 LPT to the finder, 285 to nobody");
        assertEq(held, token.balanceOf(address(minter)));
        assertEq(token.totalSupply(), SUPPLY - 285 ether);
    }

    function test_O2_burnSaysSoInBothWays() public {
        vm.expectEmit(address(token));
        emit IVariableSupplyToken.Burn(address(this), 5);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(this), address(0), 5);
        token.burn(5);
    }

    /// @dev Of 1,000 tokens for the team 400 were granted, of 500 for the community none: 1,100 stayed behind for ever.
    function test_O3_whatWasNotGrantedGoesToTheBank() public {
        address bank = makeAddr("bank");
        LivepeerToken fresh = new LivepeerToken();
        genesis = new GenesisManager(address(fresh), stranger, bank, address(minter), block.timestamp + 1 days);
        fresh.transferOwnership(address(genesis));
        genesis.setAllocations(10_000, 7000, 1000, 1000, 500, 500);
        genesis.start();
        genesis.addTeamGrant(ann, 400, 0, 365 days);
        genesis.addInvestorGrant(ben, 500, 0, 365 days);

        vm.expectEmit(address(genesis));
        emit IGenesisManager.UngrantedReturned(1100);
        genesis.end();

        assertEq(fresh.balanceOf(bank), 1000 + 1100);
        assertEq(fresh.balanceOf(stranger), 7000);
        assertEq(fresh.balanceOf(genesis.vestingHolders(ann)), 400);
        assertEq(fresh.balanceOf(genesis.vestingHolders(ben)), 500);
        assertEq(fresh.balanceOf(address(genesis)), 0);
        assertEq(fresh.owner(), address(minter));
    }
}
