// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Manager} from "../Manager.sol";
import {JobsBroadcasters} from "./JobsBroadcasters.sol";
import {JobsClaims} from "./JobsClaims.sol";
import {JobsFees} from "./JobsFees.sol";
import {JobsParameters} from "./JobsParameters.sol";
import {JobsVerification} from "./JobsVerification.sol";
import {JobsViews} from "./JobsViews.sol";

/// @title JobsManager
/// @notice See {IJobsManager}. Proxied. Every function that moves ETH or calls a contract that may call back is guarded
/// against reentrancy; state and own events come before such calls.
contract JobsManager is JobsParameters, JobsBroadcasters, JobsClaims, JobsVerification, JobsFees, JobsViews {
    /// @param controller_ the controller to obey, unchecked
    constructor(address controller_) Manager(controller_) {}
}
