// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {GenesisManager} from "../../src/genesis/GenesisManager.sol";
import {TokenTimelock} from "../../src/genesis/TokenTimelock.sol";
import {TokenVesting} from "../../src/genesis/TokenVesting.sol";
import {IGenesisManager} from "../../src/interfaces/IGenesisManager.sol";
import {ITokenTimelock} from "../../src/interfaces/ITokenTimelock.sol";
import {ITokenVesting} from "../../src/interfaces/ITokenVesting.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {Test} from "../helpers/Test.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {stdError} from "forge-std/StdError.sol";

contract GenesisManagerTest is Test {
    LivepeerToken private token;
    GenesisManager private genesis;
    address private crowd = makeAddr("crowd");
    address private bank = makeAddr("bank");
    address private minter = makeAddr("minter");
    address private alice = makeAddr("alice");
    address private bob = makeAddr("bob");
    uint256 private startTime;

    function setUp() public {
        startTime = block.timestamp + 4 hours;
        token = new LivepeerToken();
        genesis = new GenesisManager(address(token), crowd, bank, minter, startTime);
        token.transferOwnership(address(genesis));
    }

    function _start() private {
        genesis.setAllocations(1000, 600, 100, 150, 100, 50);
        genesis.start();
    }

    function _wrongStage() private view returns (bytes memory) {
        return abi.encodeWithSelector(IGenesisManager.GenesisManagerWrongStage.selector, genesis.stage());
    }

    function test_constructor() public view {
        assertEq(address(genesis.token()), address(token));
        assertEq(genesis.tokenDistribution(), crowd);
        assertEq(genesis.bankMultisig(), bank);
        assertEq(genesis.minter(), minter);
        assertEq(genesis.grantsStartTimestamp(), startTime);
        assertEq(uint8(genesis.stage()), 0);
        assertEq(genesis.owner(), address(this));
    }

    function test_setAllocations_storesAndMayBeRepeated() public {
        genesis.setAllocations(5, 1, 1, 1, 1, 1);
        vm.expectEmit(address(genesis));
        emit IGenesisManager.AllocationsSet(1000, 600, 100, 150, 100, 50);
        genesis.setAllocations(1000, 600, 100, 150, 100, 50);
        assertEq(genesis.initialSupply(), 1000);
        assertEq(genesis.crowdSupply(), 600);
        assertEq(genesis.companySupply(), 100);
        assertEq(genesis.teamSupply(), 150);
        assertEq(genesis.investorsSupply(), 100);
        assertEq(genesis.communitySupply(), 50);
    }

    function test_setAllocations_partsMustAddUp() public {
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerInvalidAllocations.selector, 1000, 1001));
        genesis.setAllocations(1000, 600, 100, 150, 100, 51);
        vm.expectRevert();
        genesis.setAllocations(1, type(uint256).max, 2, 0, 0, 0);
    }

    function test_start_mintsAndOpensGrants() public {
        genesis.setAllocations(1000, 600, 100, 150, 100, 50);
        vm.expectEmit(address(genesis));
        emit IGenesisManager.StageEntered(IGenesisManager.Stage.GenesisStart);
        genesis.start();
        assertEq(token.balanceOf(address(genesis)), 1000);
        assertEq(uint8(genesis.stage()), 1);
    }

    function test_start_worksWithoutAllocations() public {
        genesis.start();
        assertEq(token.totalSupply(), 0);
        genesis.end();
        assertEq(token.owner(), minter);
    }

    function test_addTeamGrant() public {
        _start();
        address holder = vm.computeCreateAddress(address(genesis), vm.getNonce(address(genesis)));
        vm.expectEmit(address(genesis));
        emit IGenesisManager.TeamGrantAdded(alice, holder, 40);
        genesis.addTeamGrant(alice, 40, 10, 100);
        assertEq(genesis.vestingHolders(alice), holder);
        assertEq(genesis.teamGrantsAmount(), 40);
        assertEq(token.balanceOf(holder), 40);
        TokenVesting vesting = TokenVesting(holder);
        assertEq(vesting.owner(), bank);
        assertEq(vesting.beneficiary(), alice);
        assertEq(vesting.start(), startTime);
        assertEq(vesting.cliff(), startTime + 10);
        assertEq(vesting.duration(), 100);
        assertTrue(vesting.revocable());
    }

    function test_addInvestorGrant() public {
        _start();
        address holder = vm.computeCreateAddress(address(genesis), vm.getNonce(address(genesis)));
        vm.expectEmit(address(genesis));
        emit IGenesisManager.InvestorGrantAdded(bob, holder, 100);
        genesis.addInvestorGrant(bob, 100, 0, 100);
        assertEq(genesis.investorsGrantsAmount(), 100);
        assertEq(token.balanceOf(holder), 100);
    }

    function test_addCommunityGrant() public {
        _start();
        address holder = vm.computeCreateAddress(address(genesis), vm.getNonce(address(genesis)));
        vm.expectEmit(address(genesis));
        emit IGenesisManager.CommunityGrantAdded(bob, holder, 50);
        genesis.addCommunityGrant(bob, 50);
        assertEq(genesis.timeLockedHolders(bob), holder);
        assertEq(genesis.communityGrantsAmount(), 50);
        assertEq(token.balanceOf(holder), 50);
        assertEq(TokenTimelock(holder).releaseTime(), startTime);
        assertEq(TokenTimelock(holder).beneficiary(), bob);
        assertEq(address(TokenTimelock(holder).token()), address(token));
    }

    function test_grants_neverExceedTheirSupply() public {
        _start();
        genesis.addTeamGrant(alice, 100, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 151, 150));
        genesis.addTeamGrant(bob, 51, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 101, 100));
        genesis.addInvestorGrant(bob, 101, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 51, 50));
        genesis.addCommunityGrant(bob, 51);
    }

    /// @dev Each kind counts all its grants, against its own supply, to the last unit.
    function test_grants_ofAKindAddUp() public {
        _start();
        genesis.addTeamGrant(alice, 150, 0, 1);
        genesis.addInvestorGrant(bob, 60, 0, 1);
        genesis.addCommunityGrant(bob, 30);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 151, 150));
        genesis.addTeamGrant(crowd, 1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 101, 100));
        genesis.addInvestorGrant(crowd, 41, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, 51, 50));
        genesis.addCommunityGrant(crowd, 21);
        genesis.addInvestorGrant(crowd, 40, 0, 1);
        genesis.addCommunityGrant(crowd, 20);
        genesis.end();
        assertEq(token.balanceOf(bank), 100);
    }

    function test_grants_amountsThatWrapRevert() public {
        _start();
        genesis.addTeamGrant(alice, 1, 0, 1);
        vm.expectRevert(stdError.arithmeticError);
        genesis.addTeamGrant(bob, type(uint256).max, 0, 1);
    }

    function test_addInvestorGrant_isTheBanksToRevoke() public {
        _start();
        genesis.addInvestorGrant(bob, 100, 10, 100);
        TokenVesting vesting = TokenVesting(genesis.vestingHolders(bob));
        assertEq(vesting.owner(), bank);
        assertTrue(vesting.revocable());
        vm.prank(bank);
        vesting.revoke(address(token));
        assertEq(token.balanceOf(bank), 100);
    }

    function test_grants_oneVestingAndOneTimelockEach() public {
        _start();
        genesis.addTeamGrant(alice, 10, 0, 1);
        bytes memory again = abi.encodeWithSelector(
            IGenesisManager.GenesisManagerAlreadyGranted.selector, alice, genesis.vestingHolders(alice)
        );
        vm.expectRevert(again);
        genesis.addTeamGrant(alice, 5, 0, 1);
        vm.expectRevert(again);
        genesis.addInvestorGrant(alice, 5, 0, 1);
        genesis.addCommunityGrant(alice, 5);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGenesisManager.GenesisManagerAlreadyGranted.selector, alice, genesis.timeLockedHolders(alice)
            )
        );
        genesis.addCommunityGrant(alice, 5);
    }

    function test_grants_refuseWhatTheHolderRefuses() public {
        _start();
        vm.expectRevert(abi.encodeWithSelector(ITokenVesting.TokenVestingInvalidCliff.selector, 2, 1));
        genesis.addTeamGrant(alice, 1, 2, 1);
        vm.warp(startTime);
        vm.expectRevert(abi.encodeWithSelector(ITokenTimelock.TokenTimelockInvalidReleaseTime.selector, startTime));
        genesis.addCommunityGrant(alice, 1);
    }

    function test_O3_end_sendsEverythingAndHandsTheTokenOver() public {
        _start();
        genesis.addTeamGrant(alice, 40, 10, 100);
        vm.expectEmit(address(genesis));
        emit IGenesisManager.UngrantedReturned(260);
        genesis.end();
        assertEq(token.balanceOf(crowd), 600);
        assertEq(token.balanceOf(bank), 100 + 260);
        assertEq(token.balanceOf(address(genesis)), 0);
        assertEq(token.owner(), minter);
        assertEq(uint8(genesis.stage()), 2);
    }

    function test_end_withEverythingGranted() public {
        _start();
        genesis.addTeamGrant(alice, 150, 10, 100);
        genesis.addInvestorGrant(bob, 100, 10, 100);
        genesis.addCommunityGrant(alice, 50);
        genesis.end();
        assertEq(token.balanceOf(bank), 100);
    }

    function test_stages() public {
        bytes memory wrong = _wrongStage();
        vm.expectRevert(wrong);
        genesis.addTeamGrant(alice, 0, 0, 1);
        vm.expectRevert(wrong);
        genesis.addInvestorGrant(alice, 0, 0, 1);
        vm.expectRevert(wrong);
        genesis.addCommunityGrant(alice, 0);
        vm.expectRevert(wrong);
        genesis.end();
        _start();
        wrong = _wrongStage();
        vm.expectRevert(wrong);
        genesis.setAllocations(0, 0, 0, 0, 0, 0);
        vm.expectRevert(wrong);
        genesis.start();
        genesis.end();
        wrong = _wrongStage();
        vm.expectRevert(wrong);
        genesis.setAllocations(0, 0, 0, 0, 0, 0);
        vm.expectRevert(wrong);
        genesis.start();
        vm.expectRevert(wrong);
        genesis.addTeamGrant(alice, 0, 0, 1);
        vm.expectRevert(wrong);
        genesis.addInvestorGrant(alice, 0, 0, 1);
        vm.expectRevert(wrong);
        genesis.addCommunityGrant(alice, 0);
        vm.expectRevert(wrong);
        genesis.end();
    }

    function test_ownerOnly() public {
        bytes memory unauthorized = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice);
        vm.startPrank(alice);
        vm.expectRevert(unauthorized);
        genesis.setAllocations(0, 0, 0, 0, 0, 0);
        vm.expectRevert(unauthorized);
        genesis.start();
        vm.expectRevert(unauthorized);
        genesis.addTeamGrant(alice, 0, 0, 1);
        vm.expectRevert(unauthorized);
        genesis.addInvestorGrant(alice, 0, 0, 1);
        vm.expectRevert(unauthorized);
        genesis.addCommunityGrant(alice, 0);
        vm.expectRevert(unauthorized);
        genesis.end();
    }
}
