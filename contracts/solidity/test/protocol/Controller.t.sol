// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Manager} from "../../src/Manager.sol";
import {Owned} from "../../src/access/Owned.sol";
import {IController} from "../../src/interfaces/IController.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {Test} from "../helpers/Test.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract ControllerTest is Test {
    Controller private controller;
    address private stranger = makeAddr("stranger");
    bytes32 private constant ID = keccak256("Manager");

    function setUp() public {
        controller = new Controller();
    }

    function _expectUnauthorized() private {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
    }

    function test_startsPausedAndOwnedByDeployer() public view {
        assertTrue(controller.paused());
        assertEq(controller.owner(), address(this));
    }

    function testFuzz_setContractInfo_overwritesWithoutValidation(bytes32 id, address a, address b, bytes20 commit)
        public
    {
        controller.setContractInfo(id, a, bytes20(0));
        vm.expectEmit(address(controller));
        emit IController.SetContractInfo(id, b, commit);
        controller.setContractInfo(id, b, commit);
        (address registered, bytes20 hash) = controller.getContractInfo(id);
        assertEq(registered, b);
        assertEq(hash, commit);
        assertEq(controller.getContract(id), b);
    }

    function test_getContract_unknownIsZero() public view {
        (address registered, bytes20 hash) = controller.getContractInfo(ID);
        assertEq(registered, address(0));
        assertEq(hash, bytes20(0));
        assertEq(controller.getContract(ID), address(0));
    }

    function test_setContractInfo_ownerOnly() public {
        _expectUnauthorized();
        controller.setContractInfo(ID, address(1), bytes20(0));
    }

    function test_updateController_handsManagerOver() public {
        Manager manager = new Manager(address(controller));
        controller.setContractInfo(ID, address(manager), bytes20(0));
        vm.expectEmit(address(manager));
        emit IManager.SetController(address(7));
        controller.updateController(ID, address(7));
        assertEq(address(manager.controller()), address(7));
    }

    function test_updateController_unknownIdReverts() public {
        vm.expectRevert(abi.encodeWithSelector(IController.ControllerUnknownId.selector, ID));
        controller.updateController(ID, address(7));
    }

    function test_updateController_accountWithoutCodeReverts() public {
        controller.setContractInfo(ID, stranger, bytes20(0));
        vm.expectRevert();
        controller.updateController(ID, address(7));
    }

    function test_updateController_ownerOnly() public {
        _expectUnauthorized();
        controller.updateController(ID, address(7));
    }

    function test_unpauseAndPause() public {
        vm.expectEmit(address(controller));
        emit IController.Unpause();
        controller.unpause();
        assertFalse(controller.paused());
        vm.expectEmit(address(controller));
        emit IController.Pause();
        controller.pause();
        assertTrue(controller.paused());
    }

    function test_pause_revertsWhenPaused() public {
        vm.expectRevert(IController.ControllerPaused.selector);
        controller.pause();
    }

    function test_unpause_revertsWhenNotPaused() public {
        controller.unpause();
        vm.expectRevert(IController.ControllerNotPaused.selector);
        controller.unpause();
    }

    function test_pauseAndUnpause_ownerOnly() public {
        _expectUnauthorized();
        controller.unpause();
        controller.unpause();
        _expectUnauthorized();
        controller.pause();
    }

    function test_transferOwnership_takesEffectAtOnce() public {
        vm.expectEmit(address(controller));
        emit Ownable.OwnershipTransferred(address(this), stranger);
        controller.transferOwnership(stranger);
        assertEq(controller.owner(), stranger);
    }

    function test_transferOwnership_zeroReverts() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        controller.transferOwnership(address(0));
    }

    function test_transferOwnership_ownerOnly() public {
        _expectUnauthorized();
        controller.transferOwnership(stranger);
    }

    function test_renounceOwnership_isSwitchedOff() public {
        vm.expectRevert(Owned.OwnedRenounceDisabled.selector);
        controller.renounceOwnership();
        _expectUnauthorized();
        controller.renounceOwnership();
    }
}
