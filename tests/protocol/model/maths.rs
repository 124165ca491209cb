//! Integer arithmetic as the protocol's text has it: percentages out of 1,000,000, everything rounded down.

use alloy::primitives::{U256, U512};

/// 100 per cent.
pub const WHOLE: u64 = 1_000_000;

/// `a * b / d`, the product at full width.
pub fn mul_div(a: U256, b: U256, d: U256) -> U256 {
    let wide = U512::from(a) * U512::from(b) / U512::from(d);
    U256::from_limbs_slice(&wide.as_limbs()[..4])
}

/// A percentage of an amount.
pub fn part(amount: U256, rate: u64) -> U256 {
    mul_div(amount, U256::from(rate), U256::from(WHOLE))
}

/// `n` of `d` as a percentage.
pub fn points(n: U256, d: U256) -> U256 {
    mul_div(n, U256::from(WHOLE), d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    #[test]
    fn the_fixed_points_of_the_text() {
        assert_eq!(points(n(3), n(4)), n(750_000));
        assert_eq!(points(n(100), n(300)), n(333_333));
        assert_eq!(part(n(100), 3), n(0));
        assert_eq!(part(n(100), 100_000), n(10));
        assert_eq!(mul_div(n(100), n(3), n(4)), n(75));
        assert_eq!(mul_div(n(100), n(7), n(9)), n(77));
    }

    #[test]
    fn products_are_not_cut_off() {
        assert_eq!(mul_div(U256::MAX, U256::MAX, U256::MAX), U256::MAX);
        assert_eq!(mul_div(U256::MAX, n(3), n(4)), U256::MAX - (U256::MAX >> 2) - n(1));
    }
}
