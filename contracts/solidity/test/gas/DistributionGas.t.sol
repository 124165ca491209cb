// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {PlainERC20} from "../../src/test-tokens/PlainERC20.sol";
import {LivepeerToken} from "../../src/token/LivepeerToken.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";
import {console} from "forge-std/console.sol";

/// @dev What a new recipient costs all in: whole transactions of 640 recipients, base fee and calldata included.
/// Each call is a transaction of its own here. The floor is what storage, event and calldata alone cost.
/// forge-config: default.isolate = true
contract DistributionGasTest is Test {
    using RecipientLists for RecipientList;

    uint256 private constant BATCH = 640;
    uint256 private constant CHUNK = 32;
    uint256 private constant PER_BATCH = BATCH / CHUNK;

    function test_gas_transferBatch() public {
        LivepeerToken token = new LivepeerToken();
        token.mint(address(this), 1e30);
        _measure("LivepeerToken, transferBatch", address(token), true, 24_374, 24_800);
    }

    function test_gas_loop() public {
        PlainERC20 token = new PlainERC20("Plain", "PLN", 1e30);
        _measure("PlainERC20, loop of transfers", address(token), false, 24_716, 26_100);
    }

    function _measure(string memory label, address token, bool batch, uint256 floor, uint256 bound) private {
        RecipientList memory list = RecipientLists.generate(4 * BATCH, CHUNK, 7, token, block.chainid);
        TokenDistributor distributor = new TokenDistributor(
            token,
            list.root(),
            list.total,
            list.count,
            CHUNK,
            block.timestamp + 30 days,
            makeAddr("sweep"),
            address(this),
            batch
        );
        (bool funded,) =
            token.call(abi.encodeWithSignature("transfer(address,uint256)", address(distributor), list.total));
        assertTrue(funded);

        console.log(label, "- floor a recipient", floor);
        for (uint256 i = 0; i < 3; i++) {
            uint256 first = i * PER_BATCH;
            distributor.distribute(first, list.slice(first, PER_BATCH), list.prove(first, PER_BATCH));
            uint256 each = vm.lastCallGas().gasTotalUsed / BATCH;
            console.log("  batch", i, "gas a recipient", each);
            assertGt(each, floor, "below the floor: the measurement misses something");
            assertLe(each, bound, "dearer than it was");
        }
    }
}
