// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IJobsManager} from "../../src/interfaces/IJobsManager.sol";

/// @dev A wallet that keeps a book of what it is paid, which takes far more than 2,300 gas, and calls back if told to.
contract BookkeepingWallet {
    uint256[] public received;
    address public target;
    bytes public again;
    bool public calledBack;
    bool public refuses;

    receive() external payable {
        require(!refuses, "refused");
        received.push(msg.value);
        if (again.length == 0) return;
        (calledBack,) = target.call(again);
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    /// @dev Calls `target` with `data` as soon as it is paid.
    function callBack(address target_, bytes calldata data) external {
        target = target_;
        again = data;
    }

    function execute(address target_, uint256 value, bytes calldata data) external {
        (bool ok, bytes memory result) = target_.call{value: value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function payments() external view returns (uint256) {
        return received.length;
    }
}

/// @dev In place of the BondingManager: looks at a job and its claims in the moment a slash is ordered.
contract SlashObserver {
    IJobsManager private immutable JOBS;
    uint256 private immutable CLAIMS;
    uint256 public slashes;
    uint256 public escrow;
    uint256 public endBlock;
    IJobsManager.ClaimStatus[] public statuses;

    constructor(IJobsManager jobs, uint256 claims) {
        JOBS = jobs;
        CLAIMS = claims;
    }

    function slashTranscoder(address, address, uint256, uint256) external {
        slashes++;
        (,,,,,,, endBlock, escrow,) = JOBS.getJob(0);
        for (uint256 i = 0; i < CLAIMS; i++) {
            (,,,,, IJobsManager.ClaimStatus status) = JOBS.getClaim(0, i);
            statuses.push(status);
        }
    }
}

/// @dev Answers every call with one word of zeroes, as a token that says false does. As the mocks of 2018 do.
contract SayingFalse {
    fallback() external payable {
        assembly ("memory-safe") {
            mstore(0, 0)
            return(0, 0x20)
        }
    }
}
