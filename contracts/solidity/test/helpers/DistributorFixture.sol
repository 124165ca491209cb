// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {RecipientList, RecipientLists} from "./RecipientList.sol";
import {Test} from "./Test.sol";
import {MoodyToken} from "./tokens/MoodyToken.sol";

/// @dev 18 recipients in chunks of four: five chunks, the last with two, in a tree of eight leaves.
abstract contract DistributorFixture is Test {
    using RecipientLists for RecipientList;

    uint256 internal constant COUNT = 18;
    uint256 internal constant CHUNK = 4;
    uint256 internal constant CHUNKS = 5;
    uint256 internal constant LIFETIME = 30 days;

    MoodyToken internal token;
    TokenDistributor internal distributor;
    address internal sweepTo = makeAddr("sweep");
    address internal stranger = makeAddr("stranger");
    uint256 internal deadline;

    function setUp() public virtual {
        deadline = block.timestamp + LIFETIME;
        token = new MoodyToken(type(uint128).max);
        distributor = _deploy(_list(), address(token), false);
    }

    function _list() internal view returns (RecipientList memory) {
        return RecipientLists.generate(COUNT, CHUNK, 1, address(token), block.chainid);
    }

    /// @dev A distributor of the list, owned by the test and funded by it.
    function _deploy(RecipientList memory list, address token_, bool batch) internal returns (TokenDistributor fresh) {
        fresh = new TokenDistributor(
            token_,
            list.root(),
            list.total,
            list.count,
            list.chunkSize,
            block.timestamp + LIFETIME,
            sweepTo,
            address(this),
            batch
        );
        (bool funded,) = token_.call(abi.encodeWithSignature("transfer(address,uint256)", address(fresh), list.total));
        assertTrue(funded);
    }

    function _distribute(RecipientList memory list, uint256 first, uint256 chunks) internal {
        distributor.distribute(first, list.slice(first, chunks), list.prove(first, chunks));
    }

    function _distributeSkipping(RecipientList memory list, uint256 first, uint256 chunks) internal {
        distributor.distributeSkipping(first, list.slice(first, chunks), list.prove(first, chunks));
    }

    function _assertPaidInFull(RecipientList memory list, uint256 first, uint256 chunks) internal view {
        for (uint256 i = first * list.chunkSize; i < (first + chunks) * list.chunkSize && i < list.count; i++) {
            assertEq(token.balanceOf(list.addressAt(i)), list.amountAt(i));
        }
    }
}
