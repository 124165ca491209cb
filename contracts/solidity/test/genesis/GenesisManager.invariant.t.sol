// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {GenesisManager} from "../../src/genesis/GenesisManager.sol";
import {TokenVesting} from "../../src/genesis/TokenVesting.sol";
import {IGenesisManager} from "../../src/interfaces/IGenesisManager.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {Test} from "../helpers/Test.sol";

/// @dev Grants of any size to a dozen people, revocations, releases and time, and at some point the end. What must fail
/// is checked to fail with its own error; nothing else may revert.
contract GenesisHandler is Test {
    address[12] private people;

    LivepeerToken public token = new LivepeerToken();
    GenesisManager public genesis;
    address public crowd = makeAddr("crowd");
    address public bank = makeAddr("bank");
    address public minter = makeAddr("minter");
    address[] public holders;

    constructor() {
        genesis = new GenesisManager(address(token), crowd, bank, minter, block.timestamp + 2000);
        token.transferOwnership(address(genesis));
        genesis.setAllocations(10_000, 6000, 1000, 1500, 1000, 500);
        genesis.start();
        for (uint160 i = 0; i < people.length; i++) {
            people[i] = address(0xbeef00 + i);
        }
    }

    function addTeamGrant(uint256 who, uint256 amount) external {
        address to = _person(who);
        amount = amount % 400;
        _expect(genesis.teamGrantsAmount() + amount, genesis.teamSupply(), to, genesis.vestingHolders(to));
        genesis.addTeamGrant(to, amount, 100, 1000);
        _remember(genesis.vestingHolders(to));
    }

    function addInvestorGrant(uint256 who, uint256 amount) external {
        address to = _person(who);
        amount = amount % 400;
        _expect(genesis.investorsGrantsAmount() + amount, genesis.investorsSupply(), to, genesis.vestingHolders(to));
        genesis.addInvestorGrant(to, amount, 100, 1000);
        _remember(genesis.vestingHolders(to));
    }

    function addCommunityGrant(uint256 who, uint256 amount) external {
        if (block.timestamp >= genesis.grantsStartTimestamp()) return;
        address to = _person(who);
        amount = amount % 200;
        _expect(genesis.communityGrantsAmount() + amount, genesis.communitySupply(), to, genesis.timeLockedHolders(to));
        genesis.addCommunityGrant(to, amount);
        _remember(genesis.timeLockedHolders(to));
    }

    function release(uint256 who) external {
        TokenVesting vesting = TokenVesting(genesis.vestingHolders(_person(who)));
        if (address(vesting) == address(0) || vesting.releasableAmount(address(token)) == 0) return;
        vesting.release(address(token));
    }

    function revoke(uint256 who) external {
        TokenVesting vesting = TokenVesting(genesis.vestingHolders(_person(who)));
        if (address(vesting) == address(0) || vesting.revoked(address(token))) return;
        vm.prank(bank);
        vesting.revoke(address(token));
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 200);
    }

    function end(uint256 dice) external {
        if (dice % 8 != 0) return;
        if (genesis.stage() == IGenesisManager.Stage.GenesisEnd) vm.expectRevert(_wrongStage());
        genesis.end();
    }

    function sumOfGrantsAndPeople() external view returns (uint256 sum) {
        for (uint256 i = 0; i < holders.length; i++) {
            sum += token.balanceOf(holders[i]);
        }
        for (uint256 i = 0; i < people.length; i++) {
            sum += token.balanceOf(_person(i));
        }
    }

    function _expect(uint256 granted, uint256 supply, address to, address holder) private {
        if (genesis.stage() != IGenesisManager.Stage.GenesisStart) {
            vm.expectRevert(_wrongStage());
        } else if (granted > supply) {
            vm.expectRevert(
                abi.encodeWithSelector(IGenesisManager.GenesisManagerExceedsSupply.selector, granted, supply)
            );
        } else if (holder != address(0)) {
            vm.expectRevert(abi.encodeWithSelector(IGenesisManager.GenesisManagerAlreadyGranted.selector, to, holder));
        }
    }

    function _remember(address holder) private {
        for (uint256 i = 0; i < holders.length; i++) {
            if (holders[i] == holder) return;
        }
        if (holder != address(0)) holders.push(holder);
    }

    function _wrongStage() private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IGenesisManager.GenesisManagerWrongStage.selector, IGenesisManager.Stage.GenesisEnd);
    }

    function _person(uint256 who) private view returns (address) {
        return people[who % people.length];
    }
}

contract GenesisManagerInvariantTest is Test {
    GenesisHandler private handler;

    function setUp() public {
        handler = new GenesisHandler();
        targetContract(address(handler));
    }

    /// @dev Not a unit is made or lost: all of the supply is with the manager, the grants, the people, bank and crowd.
    function invariant_theSupplyIsAccountedFor() public view {
        LivepeerToken token = handler.token();
        GenesisManager genesis = handler.genesis();
        uint256 outside = token.balanceOf(handler.crowd()) + token.balanceOf(handler.bank());
        assertEq(token.totalSupply(), 10_000);
        assertEq(outside + handler.sumOfGrantsAndPeople() + token.balanceOf(address(genesis)), 10_000);
    }

    function invariant_grantsStayWithinTheirSupplies() public view {
        GenesisManager genesis = handler.genesis();
        assertLe(genesis.teamGrantsAmount(), genesis.teamSupply());
        assertLe(genesis.investorsGrantsAmount(), genesis.investorsSupply());
        assertLe(genesis.communityGrantsAmount(), genesis.communitySupply());
    }

    function invariant_theStageSaysWhereTokensAndOwnershipAre() public view {
        LivepeerToken token = handler.token();
        GenesisManager genesis = handler.genesis();
        uint256 granted = genesis.teamGrantsAmount() + genesis.investorsGrantsAmount() + genesis.communityGrantsAmount();
        bool ended = genesis.stage() == IGenesisManager.Stage.GenesisEnd;
        assertEq(token.owner(), ended ? handler.minter() : address(genesis));
        assertEq(token.balanceOf(address(genesis)), ended ? 0 : 10_000 - granted);
        assertEq(token.balanceOf(handler.crowd()), ended ? 6000 : 0);
    }
}
