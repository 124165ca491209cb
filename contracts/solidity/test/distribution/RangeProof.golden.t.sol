// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TokenDistributor} from "../../src/distribution/TokenDistributor.sol";
import {RecipientList, RecipientLists} from "../helpers/RecipientList.sol";
import {Test} from "../helpers/Test.sol";
import {MoodyToken} from "../helpers/tokens/MoodyToken.sol";

/// @dev The contract, the helper of these tests and the script that wrote the file agree on leaves, root and proofs.
contract RangeProofGoldenTest is Test {
    using RecipientLists for RecipientList;

    string private json;
    MoodyToken private token;
    bytes32 private root;
    uint256 private total;

    function setUp() public {
        json = vm.readFile("test/golden/range-proof.json");
        root = vm.parseJsonBytes32(json, ".root");
        total = vm.parseJsonUint(json, ".totalAmount");
        address fixedAddress = vm.parseJsonAddress(json, ".token");
        deployCodeTo("MoodyToken.sol:MoodyToken", abi.encode(total), fixedAddress);
        token = MoodyToken(fixedAddress);
        assertEq(vm.parseJsonUint(json, ".chainId"), block.chainid);
    }

    function _list() private view returns (RecipientList memory) {
        return RecipientLists.commit(
            vm.parseJsonBytes(json, ".entries"), vm.parseJsonUint(json, ".chunkSize"), address(token), block.chainid
        );
    }

    function test_leavesRootAndTotalAgree() public view {
        RecipientList memory list = _list();
        assertEq(list.root(), root);
        assertEq(list.total, total);
        assertEq(list.count, vm.parseJsonUint(json, ".recipientCount"));
        assertEq(list.levels.length - 1, vm.parseJsonUint(json, ".depth"));
        bytes32[] memory leaves = vm.parseJsonBytes32Array(json, ".leaves");
        assertEq(leaves.length, list.chunkCount());
        for (uint256 i = 0; i < leaves.length; i++) {
            assertEq(list.levels[0][i], leaves[i]);
        }
    }

    function test_everyProofIsAccepted() public {
        RecipientList memory list = _list();
        for (uint256 i = 0; vm.keyExistsJson(json, _key(i, "")); i++) {
            uint256 first = vm.parseJsonUint(json, _key(i, ".firstChunk"));
            uint256 chunks = vm.parseJsonUint(json, _key(i, ".chunkCount"));
            bytes32[] memory proof = vm.parseJsonBytes32Array(json, _key(i, ".proof"));
            assertEq(abi.encode(proof), abi.encode(list.prove(first, chunks)));

            uint256 snapshot = vm.snapshotState();
            TokenDistributor distributor = new TokenDistributor(
                address(token),
                root,
                total,
                list.count,
                list.chunkSize,
                block.timestamp + 1,
                address(1),
                address(1),
                false
            );
            deal(address(token), address(distributor), total);
            distributor.distribute(first, list.slice(first, chunks), proof);
            assertEq(distributor.paidAmount(), list.sum(first, chunks));
            vm.revertToState(snapshot);
        }
    }

    function _key(uint256 index, string memory rest) private pure returns (string memory) {
        return string.concat(".proofs[", vm.toString(index), "]", rest);
    }
}
