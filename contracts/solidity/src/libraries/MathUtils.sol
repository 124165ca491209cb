// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title MathUtils
/// @notice Percentages out of 1,000,000, and shares in full precision. Every division rounds down.
library MathUtils {
    /// @notice 100%.
    uint256 internal constant PERC_DIVISOR = 1_000_000;

    /// @notice `amount` is not a percentage out of 1,000,000.
    error MathUtilsInvalidPercentage(uint256 amount);

    /// @notice Whether `amount` is at most 100%.
    function validPerc(uint256 amount) internal pure returns (bool) {
        return amount <= PERC_DIVISOR;
    }

    /// @notice Reverts unless `amount` is at most 100%.
    function requireValidPerc(uint256 amount) internal pure {
        require(validPerc(amount), MathUtilsInvalidPercentage(amount));
    }

    /// @notice `amount * fracNum / fracDenom`, rounded once and with no overflow in between. Reverts if `fracDenom` is
    /// zero or the result does not fit. In 2018 the fraction was rounded to six decimals first.
    function percOf(uint256 amount, uint256 fracNum, uint256 fracDenom) internal pure returns (uint256) {
        return Math.mulDiv(amount, fracNum, fracDenom);
    }

    /// @notice `perc` (out of 1,000,000) of `amount`.
    function percOf(uint256 amount, uint256 perc) internal pure returns (uint256) {
        return (amount * perc) / PERC_DIVISOR;
    }

    /// @notice The fraction `fracNum / fracDenom` as a percentage out of 1,000,000.
    function percPoints(uint256 fracNum, uint256 fracDenom) internal pure returns (uint256) {
        return (fracNum * PERC_DIVISOR) / fracDenom;
    }
}
