//! How transactions are said to people: prices in gwei, amounts in ether, times as UTC and as an age.

use alloy::primitives::U256;
use tminus_chain::{
    ledger::view::{Held, IntentView, Owner},
    units::format_amount,
};

use crate::report::format::{group, span, utc};

/// A price of a gas, exact.
pub(super) fn gwei(wei: u128) -> String {
    format!("{} gwei", group(&format_amount(U256::from(wei), 9)))
}

/// A price of a gas as short as a table wants it: three decimals, in wei where that would be nothing.
pub(super) fn short_gwei(wei: u128) -> String {
    const STEP: u128 = 1_000_000;
    if wei != 0 && wei < STEP {
        return format!("{wei} wei");
    }
    group(&format_amount(U256::from((wei + STEP / 2) / STEP), 3))
}

/// An amount, exact.
pub(super) fn ether(wei: U256) -> String {
    format!("{} ether", group(&format_amount(wei, 18)))
}

/// How long ago something was; nothing for what lies ahead of the clock.
pub(super) fn age(ms: i64, now_ms: i64) -> String {
    span(u64::try_from(now_ms.saturating_sub(ms)).unwrap_or(0))
}

/// A moment, and how long ago it was.
pub(super) fn moment(ms: i64, now_ms: i64) -> String {
    let seconds = u64::try_from(ms / 1000).unwrap_or(0);
    if ms > now_ms {
        format!("{} (ahead of this clock)", utc(seconds))
    } else {
        format!("{} ({} ago)", utc(seconds), age(ms, now_ms))
    }
}

/// The fees of the newest transaction for a table: cap and tip.
pub(super) fn short_fees(intent: &IntentView) -> String {
    intent
        .newest
        .as_ref()
        .map_or_else(String::new, |newest| format!("{} / {}", short_gwei(newest.max_fee), short_gwei(newest.tip)))
}

/// Who works with the ledger.
pub(super) fn owner(owner: &Owner) -> String {
    let last = owner.words.as_ref().map_or_else(String::new, |words| format!(" (opened last by {words})"));
    match owner.held {
        Held::Yes => match &owner.words {
            Some(words) => format!("a process works with it: {words}"),
            None => "a process works with it".to_owned(),
        },
        Held::No => format!("no process works with it{last}"),
        Held::Unknown => format!("whether a process works with it cannot be told{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact_or_short() {
        assert_eq!(gwei(20_001_000_001), "20.001000001 gwei");
        assert_eq!(gwei(0), "0 gwei");
        let short = [0, 1, 999_999, 1_000_000, 20_001_499_999, 20_001_500_000, 1_234_000_000_000].map(short_gwei);
        assert_eq!(short, ["0", "1 wei", "999999 wei", "0.001", "20.001", "20.002", "1,234"]);
        assert_eq!(ether(U256::from(1_500_000_000_000_000_001u64)), "1.500000000000000001 ether");
    }

    #[test]
    fn a_moment_has_its_age() {
        assert_eq!(moment(1_525_107_909_000, 1_525_107_951_500), "2018-04-30 17:05:09 UTC (42.5 s ago)");
        assert_eq!(moment(1_525_107_909_000, 0), "2018-04-30 17:05:09 UTC (ahead of this clock)");
    }
}
