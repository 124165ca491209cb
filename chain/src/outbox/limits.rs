//! What may be offered: the market under the operator's limits, or why it has to wait. No I/O.
//!
//! The price of a gas, the cost of a transaction and the cost of a day become one number, the most that a gas may be offered
//! at. An offer that does not fit is not cut below what would be included; it waits, in words that name the limit and the
//! figures. Limits can be changed while the outbox is open.

use alloy::primitives::U256;

use super::{
    fees::{Fees, Market},
    policy::{By, SendPolicy, cost},
    tag::Tag,
};
use crate::units::format_amount;

/// What an operator limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most wei a gas that may ever be offered.
    pub max_fee_per_gas: u128,
    /// What may be sent, and how much of it.
    pub policy: SendPolicy,
}

/// What an offer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Its mark.
    pub tag: Tag,
    /// Gas.
    pub gas: u64,
    /// Value, wei.
    pub value: U256,
    /// What its signer spent today, without it, wei.
    pub spent: U256,
}

/// Why something waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The limit.
    pub by: By,
    /// For an operator.
    pub words: String,
}

impl Limits {
    /// The most a gas may be offered at for this, and which limit says so; nothing at all where its value alone is too much.
    #[must_use]
    pub fn most(&self, wanted: &Wanted) -> (u128, By) {
        match self.policy.ceiling(self.max_fee_per_gas, wanted.gas, wanted.value, wanted.spent) {
            Ok(ceiling) => (ceiling.max_fee, ceiling.by),
            Err(by) => (0, by),
        }
    }

    /// A first offer at the market, or why there is none.
    ///
    /// # Errors
    /// [`Hold`]
    pub fn offer(&self, market: &Market, wanted: &Wanted) -> Result<Fees, Hold> {
        let (most, by) = self.most(wanted);
        market.tagged_offer(most, wanted.tag).ok_or_else(|| Hold { by, words: self.words(by, market, wanted) })
    }

    /// Why an offer at the market does not fit under the limit `by`.
    #[must_use]
    pub fn words(&self, by: By, market: &Market, wanted: &Wanted) -> String {
        let ether = |wei: U256| format_amount(wei, 18);
        let least = market.base_fee.saturating_add(market.offer(u128::MAX).map_or(market.tip, |fees| fees.tip));
        let needs = ether(cost(wanted.gas, least, wanted.value));
        let of = |limit: Option<U256>| ether(limit.unwrap_or_default());
        match by {
            By::Price => {
                format!("the base fee of {} wei a gas is above the limit of {}", market.base_fee, self.max_fee_per_gas)
            }
            By::Transaction => format!(
                "it may cost {needs} ether at the least, and one transaction may cost {} (`max_transaction_cost`)",
                of(self.policy.max_transaction_cost)
            ),
            By::Day => format!(
                "it may cost {needs} ether at the least, and {} of {} ether of this day are spent (`max_daily_cost`)",
                ether(wanted.spent),
                of(self.policy.max_daily_cost)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GWEI: u128 = 1_000_000_000;

    fn wanted() -> Wanted {
        Wanted { tag: Tag::of_text("a"), gas: 1_000_000, value: U256::ZERO, spent: U256::ZERO }
    }

    fn limits(transaction: Option<u128>, day: Option<u128>) -> Limits {
        let policy = SendPolicy {
            max_transaction_cost: transaction.map(U256::from),
            max_daily_cost: day.map(U256::from),
            ..SendPolicy::default()
        };
        Limits { max_fee_per_gas: 100 * GWEI, policy }
    }

    #[test]
    fn what_does_not_fit_names_its_limit_and_the_figures() {
        let market = |gwei: u128| Market { base_fee: gwei * GWEI, tip: GWEI };
        let hold = |limits: Limits, market, wanted| limits.offer(&market, &wanted).unwrap_err();
        let price = hold(limits(None, None), market(100), wanted());
        assert_eq!(price.by, By::Price);
        assert!(price.words.contains("100000000000 wei a gas is above the limit of 100000000000"), "{}", price.words);
        // 10 gwei base fee and 1 gwei tip at a million gas: 0.011 ether at the least
        let one = hold(limits(Some(10_000_000 * GWEI), None), market(10), wanted());
        assert_eq!(one.by, By::Transaction);
        assert!(
            one.words.contains("0.011 ether") && one.words.contains("0.01 (`max_transaction_cost`)"),
            "{}",
            one.words
        );
        let day = Wanted { spent: U256::from(15_000_000 * GWEI), ..wanted() };
        let day = hold(limits(None, Some(20_000_000 * GWEI)), market(10), day);
        assert_eq!(day.by, By::Day);
        assert!(day.words.contains("0.015 of 0.02 ether of this day"), "{}", day.words);
        let value = hold(limits(Some(1), None), market(10), Wanted { value: U256::from(2), ..wanted() });
        assert_eq!(value.by, By::Transaction);
    }

    #[test]
    fn an_offer_uses_what_the_ceiling_leaves_as_long_as_it_can_be_included() {
        let market = Market { base_fee: 10 * GWEI, tip: GWEI };
        let fees = limits(Some(12_000_000 * GWEI), None).offer(&market, &wanted()).unwrap();
        assert!(fees.max_fee <= 12 * GWEI && fees.max_fee >= 11 * GWEI);
        assert_eq!(Tag::seen_in(fees.max_fee), Tag::of_text("a"));
    }

    proptest! {
        #[test]
        fn no_offer_passes_a_limit_and_what_waits_could_not_be_included_under_it(
            base_fee in 0..1u128 << 50, tip in 0..1u128 << 50, gas in 1u64..1 << 24, value in 0..1u128 << 80,
            spent in 0..1u128 << 80, transaction in proptest::option::of(0..1u128 << 81),
            day in proptest::option::of(0..1u128 << 81),
        ) {
            let limits = limits(transaction, day);
            let (value, spent) = (U256::from(value), U256::from(spent));
            let fits = |max_fee: u128| {
                let cost = cost(gas, max_fee, value);
                max_fee <= limits.max_fee_per_gas
                    && limits.policy.max_transaction_cost.is_none_or(|most| cost <= most)
                    && limits.policy.max_daily_cost.is_none_or(|most| cost + spent <= most)
            };
            let market = Market { base_fee, tip };
            let least = market.offer(u128::MAX).map(|fees| base_fee + fees.tip).unwrap();
            match limits.offer(&market, &Wanted { tag: Tag::of_text("a"), gas, value, spent }) {
                Ok(fees) => prop_assert!(fits(fees.max_fee) && fees.max_fee >= base_fee + fees.tip),
                Err(_) => prop_assert!(!fits(least)),
            }
        }
    }
}
