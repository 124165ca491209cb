// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";

/// @dev Five people and the owner do everything the token offers; no call may revert.
contract TokenHandler is Test {
    LivepeerToken public immutable TOKEN = new LivepeerToken();
    address[5] public people;
    uint256 public minted;
    uint256 public burned;

    constructor() {
        for (uint160 i = 0; i < 5; i++) {
            people[i] = address(0xbeef00 + i);
        }
    }

    function mint(uint256 to, uint96 amount) external {
        TOKEN.mint(people[to % 5], amount);
        minted += amount;
    }

    function burn(uint256 from, uint256 amount) external {
        address who = people[from % 5];
        amount = bound(amount, 0, TOKEN.balanceOf(who));
        vm.prank(who);
        TOKEN.burn(amount);
        burned += amount;
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        address who = people[from % 5];
        amount = bound(amount, 0, TOKEN.balanceOf(who));
        vm.prank(who);
        assertTrue(TOKEN.transfer(people[to % 5], amount));
    }

    function transferFrom(uint256 from, uint256 spender, uint256 to, uint256 amount) external {
        address who = people[from % 5];
        amount = bound(amount, 0, TOKEN.balanceOf(who));
        vm.prank(who);
        TOKEN.approve(people[spender % 5], amount);
        vm.prank(people[spender % 5]);
        assertTrue(TOKEN.transferFrom(who, people[to % 5], amount));
    }

    function transferBatch(uint256 from, uint256[6] memory to, uint96[6] memory amounts) external {
        address who = people[from % 5];
        uint256 left = TOKEN.balanceOf(who);
        bytes memory entries;
        for (uint256 i = 0; i < 6; i++) {
            uint256 amount = bound(amounts[i], 0, left < type(uint96).max ? left : type(uint96).max);
            left -= amount;
            entries = bytes.concat(entries, RecipientLists.pack(people[to[i] % 5], amount));
        }
        vm.prank(who);
        TOKEN.transferBatch(entries);
    }
}

contract LivepeerTokenInvariantTest is Test {
    TokenHandler private handler;

    function setUp() public {
        handler = new TokenHandler();
        targetContract(address(handler));
    }

    function invariant_supplyIsMintedLessBurnedAndAllOfItIsSomebodys() public view {
        LivepeerToken token = handler.TOKEN();
        uint256 sum = 0;
        for (uint256 i = 0; i < 5; i++) {
            sum += token.balanceOf(handler.people(i));
        }
        assertEq(sum, token.totalSupply());
        assertEq(token.totalSupply(), handler.minted() - handler.burned());
    }
}
