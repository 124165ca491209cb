// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MerkleMine} from "../../src/distribution/MerkleMine.sol";
import {IMerkleMine} from "../../src/interfaces/IMerkleMine.sol";
import {Test} from "../helpers/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract MerkleMineConstructorTest is Test {
    bytes32 private constant ROOT = 0x53f35a304a1e1e20d6648e09bb3073ccd44a5bf1638a01355897a71e801879f8;

    IERC20 private token = IERC20(makeAddr("token"));

    function setUp() public {
        vm.roll(1000);
    }

    function _deploy(IERC20 token_, uint256 recipients, uint256 genesisBlock, uint256 startBlock, uint256 endBlock)
        private
        returns (MerkleMine)
    {
        return new MerkleMine(token_, ROOT, 6_343_700 ether, recipients, 0.1 ether, genesisBlock, startBlock, endBlock);
    }

    function _invalidPeriod(uint256 startBlock, uint256 endBlock) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMerkleMine.MerkleMineInvalidCallerPeriod.selector, startBlock, endBlock);
    }

    /// @dev The numbers of the launch of 2018, relative to the block.
    function test_storesWithoutCallingTheToken() public {
        MerkleMine mine = _deploy(token, 2_598_071, 999, 501_000, 3_001_000);
        assertEq(address(mine.token()), address(token));
        assertEq(mine.genesisRoot(), ROOT);
        assertEq(mine.totalGenesisTokens(), 6_343_700 ether);
        assertEq(mine.totalGenesisRecipients(), 2_598_071);
        assertEq(mine.tokensPerAllocation(), 2_441_696_166_117_092_258);
        assertEq(mine.balanceThreshold(), 0.1 ether);
        assertEq(mine.genesisBlock(), 999);
        assertEq(mine.callerAllocationStartBlock(), 501_000);
        assertEq(mine.callerAllocationEndBlock(), 3_001_000);
        assertEq(mine.callerAllocationPeriod(), 2_500_000);
        assertFalse(mine.started());
    }

    function test_revertsForTheZeroToken() public {
        vm.expectRevert(abi.encodeWithSelector(IMerkleMine.MerkleMineInvalidToken.selector, address(0)));
        _deploy(IERC20(address(0)), 1, 1, 1001, 1002);
    }

    function test_revertsWithoutRecipients() public {
        vm.expectRevert(IMerkleMine.MerkleMineNoRecipients.selector);
        _deploy(token, 0, 1, 1001, 1002);
    }

    function test_revertsForAGenesisBlockInTheFuture() public {
        vm.expectRevert(abi.encodeWithSelector(IMerkleMine.MerkleMineInvalidGenesisBlock.selector, 1001, 1000));
        _deploy(token, 1, 1001, 1001, 1002);
        assertEq(_deploy(token, 1, 1000, 1001, 1002).genesisBlock(), 1000);
    }

    function test_revertsUnlessThePeriodBeginsInTheFuture() public {
        vm.expectRevert(_invalidPeriod(1000, 1002));
        _deploy(token, 1, 1, 1000, 1002);
        vm.expectRevert(_invalidPeriod(999, 1002));
        _deploy(token, 1, 1, 999, 1002);
    }

    function test_revertsUnlessThePeriodEndsAfterItBegins() public {
        vm.expectRevert(_invalidPeriod(1001, 1001));
        _deploy(token, 1, 1, 1001, 1001);
        vm.expectRevert(_invalidPeriod(1001, 1000));
        _deploy(token, 1, 1, 1001, 1000);
        assertEq(_deploy(token, 1, 1, 1001, 1002).callerAllocationPeriod(), 1);
    }
}
