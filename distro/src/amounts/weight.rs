//! By what a share is measured. A larger balance never weighs less.

use alloy::primitives::U256;

use super::policy::Share;

/// Bits that a root is scaled by before it is cut off: without them small balances would all weigh the same.
const SCALE: usize = 128;

impl Share {
    /// The weight of a balance; `None` where there is no tier for it.
    pub(super) fn weight(&self, balance: u128) -> Option<u128> {
        match self {
            Self::Equal => Some(1),
            Self::Proportional => Some(balance),
            Self::SquareRoot => Some(root(balance)),
            Self::Tiers(tiers) => {
                let above = tiers.partition_point(|tier| tier.from <= balance);
                above.checked_sub(1).map(|index| u128::from(tiers[index].weight))
            }
        }
    }
}

/// The whole part of the square root of `balance * 2^128`, which is the root with 64 bits after the point.
#[must_use]
pub fn root(balance: u128) -> u128 {
    if balance == 0 {
        return 0;
    }
    let value = U256::from(balance) << SCALE;
    // the root of the leading bits, rounded up, is right to 63 bits and never too small: from there Newton only descends
    let even = balance.leading_zeros() & !1;
    let near = U256::from((balance << even).isqrt() + 1) << (64 - even as usize / 2);
    let mut found = near;
    loop {
        let next: U256 = (found + value / found) >> 1;
        if next >= found {
            return found.to();
        }
        found = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amounts::Tier;

    #[test]
    fn a_balance_has_the_weight_of_the_highest_tier_it_reaches() {
        let tiers = [(10, 1), (100, 5), (1000, 5)].map(|(from, weight)| Tier { from, weight });
        let share = Share::Tiers(tiers.to_vec());
        let weights = [0, 9, 10, 99, 100, 5000].map(|balance| share.weight(balance));
        assert_eq!(weights, [None, None, Some(1), Some(1), Some(5), Some(5)]);
    }

    #[test]
    fn a_root_is_exact_at_squares_and_at_the_ends() {
        for n in [0u128, 1, 2, 3, 1 << 20, u128::from(u64::MAX)] {
            assert_eq!(root(n * n), n << 64, "{n}");
        }
        check(u128::MAX);
        check(2);
    }

    fn check(balance: u128) {
        let (value, root) = (U256::from(balance) << 128, U256::from(root(balance)));
        assert!(root * root <= value, "{balance}");
        assert!((root + U256::ONE).checked_mul(root + U256::ONE).is_none_or(|next| next > value), "{balance}");
    }

    proptest! {
        #[test]
        fn a_root_is_the_largest_whose_square_is_not_too_large(balance in any::<u128>(), shift in 0u32..128) {
            check(balance >> shift);
        }

        #[test]
        fn a_larger_balance_never_weighs_less(a in any::<u128>(), b in any::<u128>(), shift in 0u32..128) {
            let (low, high) = (a.min(b) >> shift, a.max(b) >> shift);
            prop_assert!(root(low) <= root(high));
        }
    }
}
