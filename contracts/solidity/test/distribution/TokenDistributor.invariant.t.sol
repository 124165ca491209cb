// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {ITokenDistributor} from "../../src/interfaces/ITokenDistributor.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";

/// @dev Operators, the owner and recipients in any order. What must fail is checked to fail; nothing else may revert.
contract DistributorHandler is Test {
    using RecipientLists for RecipientList;

    uint256 public constant COUNT = 45;
    uint256 public constant CHUNK = 4;
    uint256 public constant CHUNKS = 12;

    MoodyToken public token = new MoodyToken(type(uint128).max);
    TokenDistributor public distributor;
    address public elsewhere = makeAddr("elsewhere");
    uint256 public sentElsewhere;
    uint256 public surplus;

    constructor() {
        RecipientList memory all = list();
        distributor = new TokenDistributor(
            address(token),
            all.root(),
            all.total,
            COUNT,
            CHUNK,
            block.timestamp + 365 days,
            address(9),
            address(this),
            false
        );
        assertTrue(token.transfer(address(distributor), all.total));
    }

    function list() public view returns (RecipientList memory) {
        return RecipientLists.generate(COUNT, CHUNK, 5, address(token), block.chainid);
    }

    function distribute(uint256 first, uint256 chunks) external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        _send(first, chunks, false);
    }

    function distributeSkipping(uint256 first, uint256 chunks, uint256 victim, uint256 mood) external {
        MoodyToken.Mood[3] memory moods =
            [MoodyToken.Mood.ReturnsFalse, MoodyToken.Mood.Reverts, MoodyToken.Mood.BurnsAllGas];
        token.setMood(moods[mood % 3], list().addressAt(victim % COUNT));
        _send(first, chunks, true);
    }

    function claimReserved(uint256 seed) external {
        RecipientList memory all = list();
        token.setMood(MoodyToken.Mood.Fine, address(0));
        for (uint256 i = 0; i < COUNT; i++) {
            uint256 index = (seed % COUNT + i) % COUNT;
            if (!distributor.isReserved(index)) continue;
            bytes memory entries = all.slice(index / CHUNK, 1);
            bytes32[] memory proof = all.prove(index / CHUNK, 1);
            vm.prank(all.addressAt(index));
            distributor.claimReserved(index, entries, proof, elsewhere);
            sentElsewhere += all.amountAt(index);
            return;
        }
    }

    function donate(uint64 amount) external {
        token.setMood(MoodyToken.Mood.Fine, address(0));
        assertTrue(token.transfer(address(distributor), amount));
        surplus += amount;
    }

    function _send(uint256 first, uint256 chunks, bool skipping) private {
        RecipientList memory all = list();
        first = first % CHUNKS;
        chunks = 1 + chunks % 3;
        if (first + chunks > CHUNKS) chunks = CHUNKS - first;
        bytes memory entries = all.slice(first, chunks);
        bytes32[] memory proof = all.prove(first, chunks);
        for (uint256 i = first; i < first + chunks; i++) {
            if (distributor.isChunkDone(i)) {
                vm.expectRevert(abi.encodeWithSelector(ITokenDistributor.DistributorChunkAlreadyDone.selector, i));
                break;
            }
        }
        if (skipping) distributor.distributeSkipping(first, entries, proof);
        else distributor.distribute(first, entries, proof);
    }
}

contract TokenDistributorInvariantTest is Test {
    using RecipientLists for RecipientList;

    DistributorHandler private handler;

    function setUp() public {
        handler = new DistributorHandler();
        targetContract(address(handler));
    }

    function invariant_paidReservedAndRemainingAreTheTotal() public view {
        TokenDistributor distributor = handler.distributor();
        uint256 open = distributor.reservedAmount() + distributor.remainingAmount();
        assertEq(distributor.paidAmount() + open, distributor.totalAmount());
        assertEq(handler.token().balanceOf(address(distributor)), open + handler.surplus());
    }

    function invariant_everybodyHasExactlyWhatTheDoneBitsSay() public view {
        TokenDistributor distributor = handler.distributor();
        MoodyToken token = handler.token();
        RecipientList memory list = handler.list();
        uint256 paid = handler.sentElsewhere();
        uint256 reserved = 0;
        for (uint256 i = 0; i < list.count; i++) {
            uint256 balance = token.balanceOf(list.addressAt(i));
            assertTrue(balance == 0 || balance == list.amountAt(i));
            if (!distributor.isChunkDone(i / list.chunkSize)) assertEq(balance, 0);
            if (distributor.isReserved(i)) {
                assertEq(balance, 0);
                reserved += list.amountAt(i);
            }
            paid += balance;
        }
        assertEq(paid, distributor.paidAmount());
        assertEq(reserved, distributor.reservedAmount());
        assertEq(token.balanceOf(handler.elsewhere()), handler.sentElsewhere());
    }

    function invariant_doneChunksCountsTheBits() public view {
        TokenDistributor distributor = handler.distributor();
        uint256 bits = distributor.doneBitmap(0);
        uint256 count = 0;
        for (; bits != 0; bits &= bits - 1) {
            count++;
        }
        assertEq(distributor.doneChunks(), count);
        assertEq(distributor.completedAt() != 0, count == distributor.chunkCount());
    }
}
