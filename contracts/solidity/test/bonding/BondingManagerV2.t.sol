// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ManagerProxy} from "../../src/ManagerProxy.sol";
import {BondingManager} from "../../src/bonding/BondingManager.sol";
import {IManager} from "../../src/interfaces/IManager.sol";
import {MathUtils} from "../../src/libraries/MathUtils.sol";
import {BondingManagerV2} from "../../src/test-targets/BondingManagerV2.sol";
import {BondingFixture} from "./BondingFixture.sol";

/// @dev The BondingManager behind its proxy, and then the later one in its place.
contract BondingManagerV2Test is BondingFixture {
    bytes32 private constant TARGET = keccak256("BondingManagerTarget");

    BondingManagerV2 private upgraded;

    function setUp() public override {
        super.setUp();
        _register("BondingManagerTarget", address(bonding));
        bonding = BondingManager(address(new ManagerProxy(address(controller), TARGET)));
        _register("BondingManager", address(bonding));
        bonding.setUnbondingPeriod(UNBONDING_PERIOD);
        bonding.setMaxEarningsClaimsRounds(MAX_CLAIM_ROUNDS);
        _bond(alice, 300, alice);
        _bond(bob, 100, alice);
        upgraded = BondingManagerV2(address(bonding));
    }

    function _upgrade() private {
        _register("BondingManagerTarget", address(new BondingManagerV2(address(controller))));
    }

    function test_theStateStaysAndIsReadInANewWay() public {
        vm.expectRevert();
        upgraded.ownPart(alice);
        _upgrade();
        assertEq(upgraded.ownPart(alice), 750_000);
        assertEq(upgraded.getTotalBonded(), 400);
        assertEq(upgraded.unbondingPeriod(), UNBONDING_PERIOD);
        assertEq(upgraded.minimumOwnPart(), 0);
        vm.expectRevert();
        upgraded.ownPart(bob);
    }

    function test_theNewParameterIsTheOwnersAndAPercentage() public {
        _upgrade();
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IManager.ManagerUnauthorizedCaller.selector, stranger));
        upgraded.setMinimumOwnPart(1);
        vm.expectRevert(abi.encodeWithSelector(MathUtils.MathUtilsInvalidPercentage.selector, 1_000_001));
        upgraded.setMinimumOwnPart(1_000_001);

        vm.expectEmit();
        emit IManager.ParameterUpdate("minimumOwnPart");
        upgraded.setMinimumOwnPart(100_000);
        assertEq(upgraded.minimumOwnPart(), 100_000);
        assertEq(upgraded.ownPart(alice), 750_000);
    }

    /// @dev The old code does not know the new word, and leaves it alone.
    function test_theOldOneComesBackAndStateStays() public {
        _upgrade();
        upgraded.setMinimumOwnPart(100_000);
        _register("BondingManagerTarget", address(new BondingManager(address(controller))));
        vm.expectRevert();
        upgraded.minimumOwnPart();
        assertEq(bonding.getTotalBonded(), 400);
        _upgrade();
        assertEq(upgraded.minimumOwnPart(), 100_000);
    }
}
