//! Prices and times in sentences.

use std::time::Duration;

use alloy::primitives::U256;

use crate::units::format_amount;

pub(super) fn gwei(wei: u128) -> String {
    format!("{} gwei", format_amount(U256::from(wei), 9))
}

pub(super) fn ether(wei: U256) -> String {
    format!("{} ether", format_amount(wei, 18))
}

/// A span at the precision a reader can use: whole seconds, minutes, hours.
pub(super) fn span(span: Duration) -> String {
    span_of_seconds(span.as_secs())
}

pub(super) fn span_of_seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        7_200..172_800 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago a moment was; nothing for one ahead of the clock.
pub(super) fn since(ms: i64, now_ms: i64) -> String {
    span(elapsed(ms, now_ms))
}

pub(super) fn elapsed(ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(now_ms.saturating_sub(ms)).unwrap_or(0))
}
