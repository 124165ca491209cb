// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TestBase} from "forge-std/Base.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";
import {StdChains} from "forge-std/StdChains.sol";
import {StdCheats} from "forge-std/StdCheats.sol";
import {StdInvariant} from "forge-std/StdInvariant.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

/// @dev forge-std's Test without its consoles: `safeconsole` alone causes so many warnings with this compiler that ours
/// would be cut off.
abstract contract Test is TestBase, StdAssertions, StdChains, StdCheats, StdInvariant, StdUtils {
    // forge-lint: disable-next-line(mixed-case-variable)
    bool public IS_TEST = true;
}
