// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {Manager} from "../../src/Manager.sol";
import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {ManagerProxyTarget} from "../../src/ManagerProxyTarget.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {IManagerProxy} from "../../src/interfaces/IManagerProxy.sol";
import {Test} from "../helpers/Test.sol";

/// @dev A first implementation: one of every kind of value, and everything a call can do.
contract TargetV1 is ManagerProxyTarget {
    uint256 public number;
    string public text;
    uint256 public received;

    error TargetFailed(uint256 number, string why);

    constructor(address controller_) Manager(controller_) {}

    receive() external payable {
        received += msg.value;
    }

    function setNumber(uint256 value) external payable virtual whenSystemNotPaused {
        number = value;
        received += msg.value;
    }

    function setText(string calldata value) external {
        text = value;
    }

    function triple(bytes calldata data) external view returns (uint256, bytes memory, address) {
        return (number, data, msg.sender);
    }

    function fail() external view {
        revert TargetFailed(number, "as asked");
    }

    function failSilently() external pure {
        revert();
    }
}

contract TargetV2 is TargetV1 {
    constructor(address controller_) TargetV1(controller_) {}

    function setNumber(uint256 value) external payable override {
        number = value + 5;
    }
}

contract ManagerTest is Test {
    Manager private manager = new Manager(address(this));

    function test_setController_onlyController() public {
        vm.prank(address(8));
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, address(8)));
        manager.setController(address(8));
    }

    function testFuzz_setController(address next) public {
        vm.expectEmit(address(manager));
        emit IManager.SetController(next);
        manager.setController(next);
        assertEq(address(manager.controller()), next);
    }

    function test_controllerLivesInSlotZero() public view {
        assertEq(vm.load(address(manager), bytes32(0)), bytes32(uint256(uint160(address(this)))));
    }
}

contract ManagerProxyTest is Test {
    Controller private controller;
    ManagerProxy private proxy;
    TargetV1 private behind;
    bytes32 private constant ID = keccak256("ThingTarget");

    function setUp() public {
        controller = new Controller();
        controller.unpause();
        proxy = new ManagerProxy(address(controller), ID);
        behind = TargetV1(payable(address(proxy)));
        controller.setContractInfo(ID, address(new TargetV1(address(controller))), bytes20(0));
        vm.deal(address(this), 10 ether);
    }

    function test_answersForItself() public view {
        assertEq(address(proxy.controller()), address(controller));
        assertEq(proxy.targetContractId(), ID);
        assertEq(vm.load(address(proxy), bytes32(0)), bytes32(uint256(uint160(address(controller)))));
        assertEq(vm.load(address(proxy), bytes32(uint256(1))), ID);
    }

    function test_unknownTargetReverts() public {
        controller.setContractInfo(ID, address(0), bytes20(0));
        vm.expectRevert(abi.encodeWithSelector(IManagerProxy.ManagerProxyUnknownTarget.selector, ID));
        behind.number();
    }

    function test_O1_targetWithoutCodeReverts() public {
        controller.setContractInfo(ID, address(0xdead), bytes20(0));
        vm.expectRevert(abi.encodeWithSelector(IManagerProxy.ManagerProxyTargetWithoutCode.selector, address(0xdead)));
        behind.setNumber(1);
    }

    function testFuzz_passesCallsValueAndResults(uint256 number, string calldata text, bytes calldata data) public {
        behind.setNumber{value: 3}(number);
        behind.setText(text);
        assertEq(behind.text(), text);
        assertEq(behind.received(), 3);
        assertEq(address(proxy).balance, 3);
        (uint256 a, bytes memory b, address c) = behind.triple(data);
        assertEq(a, number);
        assertEq(b, data);
        assertEq(c, address(this));
    }

    function test_passesRevertDataUnchanged() public {
        behind.setNumber(4);
        vm.expectRevert(abi.encodeWithSelector(TargetV1.TargetFailed.selector, 4, "as asked"));
        behind.fail();
        vm.expectRevert(bytes(""));
        behind.failSilently();
    }

    function test_plainEtherReachesTarget() public {
        (bool sent,) = address(proxy).call{value: 2}("");
        assertTrue(sent);
        assertEq(behind.received(), 2);
    }

    function test_upgradeActsOnNextCallAndKeepsState() public {
        behind.setNumber(10);
        behind.setText("kept");
        controller.setContractInfo(ID, address(new TargetV2(address(controller))), bytes20(0));
        assertEq(behind.number(), 10);
        behind.setNumber(10);
        assertEq(behind.number(), 15);
        assertEq(behind.text(), "kept");
    }

    function test_updateControllerReachesTheLogic() public {
        controller.setContractInfo(keccak256("Thing"), address(proxy), bytes20(0));
        Controller next = new Controller();
        next.setContractInfo(ID, controller.getContract(ID), bytes20(0));
        controller.updateController(keccak256("Thing"), address(next));
        vm.expectRevert(IManager.ManagerSystemPaused.selector);
        behind.setNumber(1);
        next.unpause();
        behind.setNumber(1);
    }
}
