//! What a transaction offers, and how an offer is raised. No I/O.
//!
//! A new offer is `cap = 2 * base fee + tip`: the base fee can rise by an eighth a block for six blocks before it runs out. A
//! raise takes both fields to `max(ceil(x * 1.125), x + 1)`, which geth's replacement rule accepts for every value including
//! zero, and never below the market. The operator's limit is absolute: an offer that does not fit under it is not made, and
//! what is out already stays out.

/// The least tip that is offered, wei: what geth's block builder asks unless told otherwise (`miner.gasprice`).
pub const LEAST_TIP: u128 = 1_000_000;

/// The two fee fields of an EIP-1559 transaction, wei a gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    /// Most that is paid in all (`maxFeePerGas`).
    pub max_fee: u128,
    /// Most of it that goes to the block's builder (`maxPriorityFeePerGas`).
    pub tip: u128,
}

/// What the chain asks at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Base fee of the next block, wei.
    pub base_fee: u128,
    /// A usual tip, wei.
    pub tip: u128,
}

impl Market {
    /// The offer that follows from the market, under `limit`; `None` when even the base fee and tip are above it.
    #[must_use]
    pub fn offer(&self, limit: u128) -> Option<Fees> {
        let tip = self.tip.max(LEAST_TIP);
        let least = self.base_fee.checked_add(tip)?;
        let wanted = least.saturating_add(self.base_fee);
        (least <= limit).then(|| Fees { max_fee: wanted.min(limit), tip })
    }
}

/// The least that geth's replacement rule, and stricter nodes, take in place of `x`; `None` past the largest value.
#[must_use]
pub fn raise(x: u128) -> Option<u128> {
    // ceil(x / 8) without overflow, and at least 1
    let step = (x / 8 + u128::from(!x.is_multiple_of(8))).max(1);
    x.checked_add(step)
}

impl Fees {
    /// A replacement of this offer under `limit`, at the market or above; `None` when no legal one fits.
    #[must_use]
    pub fn raised(&self, market: Option<&Market>, limit: u128) -> Option<Self> {
        let least = Self { max_fee: raise(self.max_fee)?, tip: raise(self.tip)? };
        let usual = market.and_then(|market| market.offer(limit)).unwrap_or(least);
        let tip = least.tip.max(usual.tip);
        let max_fee = least.max_fee.max(usual.max_fee).max(tip);
        (max_fee <= limit).then_some(Self { max_fee, tip })
    }
}

/// The market from `eth_feeHistory`: the next base fee, and the median of the tips sampled in each block.
#[must_use]
pub fn market(base_fees: &[u128], tips: &[u128]) -> Option<Market> {
    let base_fee = *base_fees.last()?;
    let mut tips = tips.to_vec();
    tips.sort_unstable();
    let tip = tips.get(tips.len() / 2).copied().unwrap_or(0);
    Some(Market { base_fee, tip })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// go-ethereum `core/txpool/legacypool/list.go`: both fields strictly greater, and at least old * 110 / 100, floored.
    fn geth_replaces(old: u128, new: u128) -> bool {
        new > old && (old.checked_mul(110).is_none() || new >= old * 110 / 100)
    }

    #[test]
    fn small_values_and_zero_are_raised_as_geth_wants() {
        for x in 0..100_000u128 {
            let raised = raise(x).unwrap();
            assert!(geth_replaces(x, raised), "{x} -> {raised}");
            assert_eq!(raised, (x * 1125).div_ceil(1000).max(x + 1), "{x}");
        }
        assert_eq!(raise(0), Some(1));
        assert_eq!(raise(u128::MAX), None);
    }

    #[test]
    fn the_median_tip_and_the_next_base_fee_make_the_market() {
        assert_eq!(market(&[7, 8, 9], &[3, 1, 2]), Some(Market { base_fee: 9, tip: 2 }));
        assert_eq!(market(&[9], &[]), Some(Market { base_fee: 9, tip: 0 }));
        assert_eq!(market(&[], &[1]), None);
    }

    #[test]
    fn an_offer_doubles_the_base_fee_and_keeps_under_the_limit() {
        let market = Market { base_fee: 10_000_000_000, tip: 0 };
        assert_eq!(market.offer(u128::MAX), Some(Fees { max_fee: 20_001_000_000, tip: LEAST_TIP }));
        assert_eq!(market.offer(15_000_000_000), Some(Fees { max_fee: 15_000_000_000, tip: LEAST_TIP }));
        assert_eq!(market.offer(10_000_000_000), None);
    }

    proptest! {
        #[test]
        fn any_value_is_raised_as_geth_wants(x in 0..u128::MAX / 1125) {
            let raised = raise(x).unwrap();
            prop_assert!(geth_replaces(x, raised));
            prop_assert_eq!(raised, (x * 1125).div_ceil(1000).max(x + 1));
        }

        #[test]
        fn a_replacement_is_legal_under_the_limit_and_not_below_the_market(
            max_fee in 0..1u128 << 100, tip_part in 0u128..=100, base_fee in 0..1u128 << 90, tip in 0..1u128 << 80,
            limit in 0..1u128 << 101,
        ) {
            let old = Fees { max_fee, tip: max_fee / 100 * tip_part };
            let market = Market { base_fee, tip };
            if let Some(new) = old.raised(Some(&market), limit) {
                prop_assert!(geth_replaces(old.max_fee, new.max_fee) && geth_replaces(old.tip, new.tip));
                prop_assert!(new.max_fee <= limit && new.tip <= new.max_fee);
                if let Some(usual) = market.offer(limit) {
                    prop_assert!(new.max_fee >= usual.max_fee && new.tip >= usual.tip);
                }
            }
        }

        #[test]
        fn an_offer_can_be_included_at_once(base_fee in 0..1u128 << 100, tip in 0..1u128 << 100, limit in any::<u128>()) {
            match (Market { base_fee, tip }).offer(limit) {
                Some(fees) => prop_assert!(fees.max_fee >= base_fee + fees.tip && fees.max_fee <= limit),
                None => prop_assert!(base_fee + tip.max(LEAST_TIP) > limit),
            }
        }
    }
}
