// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {DistributorFixture} from "../helpers/DistributorFixture.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract ConstructorTest is DistributorFixture {
    using RecipientLists for RecipientList;

    bytes32 private constant ROOT = bytes32(uint256(1));

    function _new(address token_, bytes32 root, uint256 total, uint256 count, uint256 size, uint256 end, address to)
        private
        returns (TokenDistributor)
    {
        return new TokenDistributor(token_, root, total, count, size, end, to, address(this), true);
    }

    function test_getters() public view {
        RecipientList memory list = _list();
        assertEq(distributor.token(), address(token));
        assertEq(distributor.root(), list.root());
        assertEq(distributor.totalAmount(), list.total);
        assertEq(distributor.recipientCount(), COUNT);
        assertEq(distributor.chunkSize(), CHUNK);
        assertEq(distributor.chunkCount(), CHUNKS);
        assertEq(distributor.deadline(), deadline);
        assertEq(distributor.sweepRecipient(), sweepTo);
        assertEq(distributor.owner(), address(this));
        assertFalse(distributor.useTransferBatch());
        assertEq(distributor.remainingAmount(), list.total);
        assertEq(distributor.paidAmount(), 0);
        assertEq(distributor.reservedAmount(), 0);
        assertEq(distributor.doneChunks(), 0);
        assertEq(distributor.completedAt(), 0);
        assertFalse(distributor.closed());
        assertEq(distributor.sweepOpensAt(), deadline + 7 days);
    }

    function testFuzz_chunkCountRoundsUp(uint256 count, uint256 size) public {
        count = bound(count, 1, type(uint128).max);
        size = bound(size, count / type(uint24).max + 1, type(uint256).max);
        TokenDistributor fresh = _new(address(token), ROOT, 1, count, size, deadline, sweepTo);
        assertEq(fresh.chunkCount(), count / size + (count % size == 0 ? 0 : 1));
    }

    function test_limitsAreInclusive() public {
        TokenDistributor fresh =
            _new(address(token), ROOT, type(uint112).max, type(uint24).max, 1, type(uint64).max, sweepTo);
        assertEq(fresh.chunkCount(), type(uint24).max);
        _new(address(token), ROOT, 1, 1, 1, block.timestamp + 1, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidCounts.selector, 1 << 24, 1));
        _new(address(token), ROOT, 1, 1 << 24, 1, deadline, sweepTo);
    }

    function test_refusals() public {
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidToken.selector, address(0)));
        _new(address(0), ROOT, 1, 1, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidToken.selector, stranger));
        _new(stranger, ROOT, 1, 1, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidRoot.selector, bytes32(0)));
        _new(address(token), 0, 1, 1, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidTotal.selector, 0));
        _new(address(token), ROOT, 0, 1, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidTotal.selector, 1 << 112));
        _new(address(token), ROOT, 1 << 112, 1, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidCounts.selector, 0, 1));
        _new(address(token), ROOT, 1, 0, 1, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidCounts.selector, 1, 0));
        _new(address(token), ROOT, 1, 1, 0, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidCounts.selector, 1 << 25, 2));
        _new(address(token), ROOT, 1, 1 << 25, 2, deadline, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidDeadline.selector, block.timestamp));
        _new(address(token), ROOT, 1, 1, 1, block.timestamp, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidDeadline.selector, 1 << 64));
        _new(address(token), ROOT, 1, 1, 1, 1 << 64, sweepTo);
        vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorInvalidRecipient.selector, address(0)));
        _new(address(token), ROOT, 1, 1, 1, deadline, address(0));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new TokenDistributor(address(token), ROOT, 1, 1, 1, deadline, sweepTo, address(0), true);
    }
}
