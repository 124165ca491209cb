//! A mark of the intent in each of its transactions, and how an offer carries it. No I/O.
//!
//! The low 24 bits of `maxFeePerGas` are the first three bytes of the hash of the intent's key. The field is a cap and not a
//! price, so the mark costs nothing; it moves the cap by less than 0.017 gwei. With it a transaction that is found on the
//! chain can be told to be of a key even where the journal was lost or is older than the chain: same signer, target, value,
//! calldata and mark (and nonce, where it is planned). Two payments that differ in nothing but their keys stay two.
//!
//! Everything else comes first: an offer keeps to its limit, a replacement to the rule of pools (an eighth more in both
//! fields), and neither falls below the market. Where that leaves no room for the mark, upwards or downwards, the offer goes
//! out without it, and the intent cannot be recognised by this transaction.

use alloy::primitives::keccak256;

use super::{
    fees::{Fees, Market, raise},
    intent::IntentKey,
};

const BITS: u32 = 24;
const MASK: u128 = (1 << BITS) - 1;

/// The mark of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(u32);

impl Tag {
    /// What lies between two values that carry the same mark.
    pub const STEP: u128 = MASK + 1;

    /// That of a key.
    #[must_use]
    pub fn of(key: &IntentKey) -> Self {
        Self::of_text(key.as_str())
    }

    /// That of the text of a key.
    #[must_use]
    pub fn of_text(key: &str) -> Self {
        let hash = keccak256(key);
        Self(u32::from_be_bytes([0, hash[0], hash[1], hash[2]]))
    }

    /// The one that a `maxFeePerGas` would carry.
    #[must_use]
    pub fn seen_in(max_fee: u128) -> Self {
        Self(u32::try_from(max_fee & MASK).unwrap_or_default())
    }

    /// The least value from `x` on that carries it; `None` past the largest.
    fn from(self, x: u128) -> Option<u128> {
        let here = (x & !MASK) | u128::from(self.0);
        if here >= x { Some(here) } else { here.checked_add(Self::STEP) }
    }

    /// The greatest value up to `x` that carries it; `None` below the least.
    fn up_to(self, x: u128) -> Option<u128> {
        let here = (x & !MASK) | u128::from(self.0);
        if here <= x { Some(here) } else { here.checked_sub(Self::STEP) }
    }

    /// `fees` with the mark: a little more if that keeps under `limit`, else a little less if that is not below `least`, else
    /// as they are.
    fn put_on(self, fees: Fees, least: u128, limit: u128) -> Fees {
        let above = self.from(fees.max_fee).filter(|value| *value <= limit);
        let marked = above.or_else(|| self.up_to(fees.max_fee).filter(|value| *value >= least));
        Fees { max_fee: marked.unwrap_or(fees.max_fee), ..fees }
    }
}

impl Market {
    /// As [`Market::offer`], marked where there is room.
    #[must_use]
    pub fn tagged_offer(&self, limit: u128, tag: Tag) -> Option<Fees> {
        let fees = self.offer(limit)?;
        Some(tag.put_on(fees, self.base_fee.saturating_add(fees.tip), limit))
    }
}

impl Fees {
    /// As [`Fees::raised`], marked where there is room.
    #[must_use]
    pub fn tagged_raise(&self, market: Option<&Market>, limit: u128, tag: Tag) -> Option<Self> {
        let fees = self.raised(market, limit)?;
        // what is included at once pays the base fee and a usual tip
        let usual = market.and_then(|market| Some(market.base_fee.saturating_add(market.offer(limit)?.tip)));
        let at_market = usual.unwrap_or(0);
        let least = raise(self.max_fee)?.max(fees.tip).max(at_market);
        Some(tag.put_on(fees, least, limit))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replaces(old: u128, new: u128) -> bool {
        new > old && new >= old * 110 / 100
    }

    #[test]
    fn a_key_has_the_mark_of_its_hash() {
        // keccak256("") begins with c5d246
        assert_eq!(Tag::of_text(""), Tag(0x00c5_d246));
        assert_eq!(Tag::of(&IntentKey::new("a/b")), Tag::of_text("a/b"));
        assert_ne!(Tag::of_text("pay/1"), Tag::of_text("pay/2"));
        assert_eq!(Tag::seen_in(0xff00_0000_0000 | 0x00c5_d246), Tag::of_text(""));
    }

    #[test]
    fn an_offer_is_marked_upwards_first_then_downwards_and_else_left() {
        let (tag, fees) = (Tag(0x10), |max_fee| Fees { max_fee, tip: 1 });
        let up = (1 << 24) + 0x10;
        assert_eq!(tag.put_on(fees(0x11), 0, u128::MAX), fees(up));
        assert_eq!(tag.put_on(fees(0x10), 0, 0x10), fees(0x10));
        assert_eq!(tag.put_on(fees(0x11), 0x10, up - 1), fees(0x10));
        assert_eq!(tag.put_on(fees(0x11), 0x11, up - 1), fees(0x11));
        assert_eq!(tag.put_on(fees(u128::MAX), 0, u128::MAX), fees(u128::MAX - MASK + 0x10));
    }

    #[test]
    fn at_ordinary_prices_and_a_limit_with_room_every_offer_is_marked() {
        let market = Market { base_fee: 3_000_000_000, tip: 1_500_000_000 };
        for n in 0..500 {
            let tag = Tag::of_text(&format!("pay/{n}"));
            let mut fees = market.tagged_offer(200_000_000_000, tag).unwrap();
            // at the very limit the mark is found below it
            assert_eq!(Tag::seen_in(market.tagged_offer(7_000_000_000, tag).unwrap().max_fee), tag);
            for _ in 0..20 {
                assert_eq!(Tag::seen_in(fees.max_fee), tag);
                fees = fees.tagged_raise(Some(&market), 200_000_000_000, tag).unwrap();
            }
        }
    }

    proptest! {
        #[test]
        fn a_marked_offer_is_at_the_market_and_under_the_limit(
            base_fee in 0..1u128 << 60, tip in 0..1u128 << 50, room in 0..1u128 << 62, key in "[a-z/0-9]{1,12}",
        ) {
            let (market, tag) = (Market { base_fee, tip }, Tag::of_text(&key));
            let limit = base_fee + room;
            let plain = market.offer(limit);
            let marked = market.tagged_offer(limit, tag);
            prop_assert_eq!(plain.is_some(), marked.is_some());
            if let (Some(plain), Some(marked)) = (plain, marked) {
                prop_assert!(marked.max_fee <= limit && marked.max_fee >= base_fee + marked.tip);
                prop_assert_eq!(marked.tip, plain.tip);
                prop_assert!(marked.max_fee.abs_diff(plain.max_fee) <= MASK);
                // only where there was no room at all is it missing
                let room = tag.from(base_fee + marked.tip).is_some_and(|value| value <= limit && value <= plain.max_fee);
                let above = tag.from(plain.max_fee).is_some_and(|value| value <= limit);
                prop_assert!(!(room || above) || Tag::seen_in(marked.max_fee) == tag);
            }
        }

        #[test]
        fn a_marked_replacement_is_legal_over_the_marked_one_before_under_the_limit_and_at_the_market(
            max_fee in 0..1u128 << 62, tip_part in 0u128..=100, base_fee in 0..1u128 << 60, tip in 0..1u128 << 50,
            limit in 0..1u128 << 63, key in "[a-z/0-9]{1,12}", seen in any::<bool>(),
        ) {
            let (market, tag) = (Market { base_fee, tip }, Tag::of_text(&key));
            let market = seen.then_some(&market);
            let mut old = Fees { max_fee, tip: max_fee / 100 * tip_part };
            for _ in 0..5 {
                let plain = old.raised(market, limit);
                let Some(new) = old.tagged_raise(market, limit, tag) else {
                    prop_assert_eq!(plain, None);
                    break;
                };
                prop_assert!(replaces(old.max_fee, new.max_fee) && replaces(old.tip, new.tip));
                prop_assert!(new.max_fee <= limit && new.tip <= new.max_fee);
                if let Some(usual) = market.and_then(|market| market.offer(limit)) {
                    prop_assert!(new.max_fee >= base_fee + usual.tip && new.tip >= usual.tip);
                }
                old = new;
            }
        }
    }
}
