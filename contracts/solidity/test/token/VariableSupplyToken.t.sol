// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Owned} from "../../src/access/Owned.sol";
import {IVariableSupplyToken} from "../../src/interfaces/IVariableSupplyToken.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {VariableSupplyToken} from "../../src/token/VariableSupplyToken.sol";
import {Test} from "../helpers/Test.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract VariableSupplyTokenTest is Test {
    VariableSupplyToken private token;
    address private alice = makeAddr("alice");
    address private bob = makeAddr("bob");

    function setUp() public {
        token = new VariableSupplyToken();
        token.mint(alice, 100);
    }

    function _insufficientBalance(address who, uint256 has, uint256 needs) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, who, has, needs);
    }

    function test_deployerOwns() public view {
        assertEq(token.owner(), address(this));
        assertFalse(token.mintingFinished());
    }

    function test_livepeerToken_constants() public {
        LivepeerToken lpt = new LivepeerToken();
        assertEq(lpt.name(), "Livepeer Token");
        assertEq(lpt.symbol(), "LPT");
        assertEq(lpt.decimals(), 18);
        assertEq(lpt.version(), "0.1");
        assertEq(lpt.totalSupply(), 0);
    }

    // --- transfer

    function testFuzz_transfer(uint256 value) public {
        value = bound(value, 0, 100);
        vm.prank(alice);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, bob, value);
        assertTrue(token.transfer(bob, value));
        assertEq(token.balanceOf(alice), 100 - value);
        assertEq(token.balanceOf(bob), value);
        assertEq(token.totalSupply(), 100);
    }

    function test_transfer_toSelfChangesNothing() public {
        vm.prank(alice);
        assertTrue(token.transfer(alice, 60));
        assertEq(token.balanceOf(alice), 100);
    }

    function test_transfer_zeroReceiverReverts() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(address(0), 1);
    }

    function testFuzz_transfer_beyondBalanceReverts(uint256 value) public {
        value = bound(value, 101, type(uint256).max);
        vm.prank(alice);
        vm.expectRevert(_insufficientBalance(alice, 100, value));
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(bob, value);
    }

    // --- allowances

    function test_transferFrom_lowersEveryAllowance() public {
        vm.prank(alice);
        token.approve(bob, type(uint256).max);
        vm.prank(bob);
        assertTrue(token.transferFrom(alice, bob, 40));
        assertEq(token.allowance(alice, bob), type(uint256).max - 40);
        assertEq(token.balanceOf(bob), 40);
    }

    function test_transferFrom_beyondAllowanceReverts() public {
        vm.prank(alice);
        token.approve(bob, 3);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 3, 4));
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transferFrom(alice, bob, 4);
    }

    function test_transferFrom_beyondBalanceReverts() public {
        vm.prank(alice);
        token.approve(bob, 200);
        vm.prank(bob);
        vm.expectRevert(_insufficientBalance(alice, 100, 101));
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transferFrom(alice, bob, 101);
    }

    function test_approvals() public {
        vm.startPrank(alice);
        vm.expectEmit(address(token));
        emit IERC20.Approval(alice, bob, 5);
        assertTrue(token.approve(bob, 5));
        vm.expectEmit(address(token));
        emit IERC20.Approval(alice, bob, 8);
        assertTrue(token.increaseApproval(bob, 3));
        vm.expectEmit(address(token));
        emit IERC20.Approval(alice, bob, 6);
        assertTrue(token.decreaseApproval(bob, 2));
        vm.expectEmit(address(token));
        emit IERC20.Approval(alice, bob, 0);
        assertTrue(token.decreaseApproval(bob, 7));
        assertEq(token.allowance(alice, bob), 0);
    }

    function test_increaseApproval_overflowReverts() public {
        token.approve(bob, 1);
        vm.expectRevert();
        token.increaseApproval(bob, type(uint256).max);
    }

    // --- supply

    function test_mint_emitsMintThenTransfer() public {
        vm.expectEmit(address(token));
        emit IVariableSupplyToken.Mint(bob, 7);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), bob, 7);
        assertTrue(token.mint(bob, 7));
        assertEq(token.totalSupply(), 107);
        assertTrue(token.mint(bob, 0));
        assertEq(token.balanceOf(bob), 7);
    }

    function test_mint_refusals() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.mint(address(0), 1);
        vm.expectRevert();
        token.mint(bob, type(uint256).max);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        token.mint(bob, 1);
    }

    function test_finishMinting_isFinal() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        token.finishMinting();
        vm.expectEmit(address(token));
        emit IVariableSupplyToken.MintFinished();
        assertTrue(token.finishMinting());
        assertTrue(token.mintingFinished());
        vm.expectRevert(IVariableSupplyToken.VariableSupplyTokenMintingFinished.selector);
        token.mint(bob, 1);
        vm.expectRevert(IVariableSupplyToken.VariableSupplyTokenMintingFinished.selector);
        token.finishMinting();
    }

    function test_O2_burn_emitsBurnAndTransfer() public {
        vm.prank(alice);
        vm.expectEmit(address(token));
        emit IVariableSupplyToken.Burn(alice, 30);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, address(0), 30);
        token.burn(30);
        assertEq(token.balanceOf(alice), 70);
        assertEq(token.totalSupply(), 70);
    }

    function test_burn_beyondBalanceReverts() public {
        vm.prank(alice);
        vm.expectRevert(_insufficientBalance(alice, 100, 101));
        token.burn(101);
    }

    // --- ownership

    function test_ownership_movesAtOnceAndIsNeverGivenUp() public {
        token.transferOwnership(bob);
        vm.prank(bob);
        token.mint(bob, 1);
        vm.prank(bob);
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        token.renounceOwnership();
    }
}
