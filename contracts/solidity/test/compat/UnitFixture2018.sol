// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Controller} from "../../src/Controller.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {Test} from "../helpers/Test.sol";

/// @dev The stand-in of 2018's unit tests: answers any call with one word, zero unless another was set for the selector,
/// keeps any ether, never reverts, and calls others in its own name.
contract GenericMock {
    mapping(bytes4 selector => bytes32 answer) private _answers;

    fallback() external payable {
        bytes32 answer = _answers[msg.sig];
        assembly ("memory-safe") {
            mstore(0, answer)
            return(0, 0x20)
        }
    }

    receive() external payable {}

    function setMockUint256(bytes4 selector, uint256 answer) external {
        _answers[selector] = bytes32(answer);
    }

    function setMockBool(bytes4 selector, bool answer) external {
        _answers[selector] = bytes32(answer ? uint256(1) : 0);
    }

    function setMockAddress(bytes4 selector, address answer) external {
        _answers[selector] = bytes32(uint256(uint160(answer)));
    }

    function execute(address target, bytes calldata data) external payable {
        (bool ok, bytes memory result) = target.call{value: msg.value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

/// @dev How the unit tests of 2018 are set up: the real Controller, unpaused, a mock in every place, and the contract under
/// test, without a proxy, registered over its own.
abstract contract UnitFixture2018 is Test {
    Controller internal controller;
    GenericMock internal token;
    GenericMock internal minter;
    GenericMock internal bondingMock;
    GenericMock internal roundsMock;
    GenericMock internal jobsMock;
    GenericMock internal verifierMock;

    function setUp() public virtual {
        controller = new Controller();
        token = _mocked("LivepeerToken");
        minter = _mocked("Minter");
        bondingMock = _mocked("BondingManager");
        roundsMock = _mocked("RoundsManager");
        jobsMock = _mocked("JobsManager");
        verifierMock = _mocked("Verifier");
        controller.unpause();
    }

    function _mocked(string memory name) private returns (GenericMock mock) {
        mock = new GenericMock();
        _register(name, address(mock));
    }

    function _register(string memory name, address where) internal {
        controller.setContractInfo(keccak256(bytes(name)), where, bytes20(0));
    }

    function _setRound(uint256 round) internal {
        roundsMock.setMockUint256(bytes4(keccak256("currentRound()")), round);
        roundsMock.setMockBool(bytes4(keccak256("currentRoundInitialized()")), true);
    }

    function _setBlock(uint256 number) internal {
        roundsMock.setMockUint256(bytes4(keccak256("blockNum()")), number);
    }

    /// @dev A fresh pool of transcoders of the round, as the RoundsManager orders it.
    function _setActive(address bonding) internal {
        roundsMock.execute(bonding, abi.encodeCall(IBondingManager.setActiveTranscoders, ()));
    }
}
