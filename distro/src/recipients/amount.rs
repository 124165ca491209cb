//! Decimal amounts at the speed of a large file.
//!
//! `tminus_chain::units::parse_amount` says what an amount is. This reads the same language for the amounts that fit an
//! entry, without allocating; whatever it is not sure about it leaves to `parse_amount`, so that there is one set of rules
//! and one set of messages. A property test holds the two against each other.

use alloy::primitives::U256;
use tminus_chain::units::{AmountError, parse_amount};

/// Reads an amount of whole units as base units.
pub(super) fn read(text: &str, decimals: u8) -> Result<U256, AmountError> {
    match quick(text.as_bytes(), usize::from(decimals)) {
        Some(value) => Ok(U256::from(value)),
        None => parse_amount(text, decimals),
    }
}

/// At most 38 digits, padding included, fit a `u128` whatever they are.
const SAFE_DIGITS: usize = 38;

fn quick(text: &[u8], decimals: usize) -> Option<u128> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[][..]),
    };
    if whole.is_empty() || (point.is_some() && fraction.is_empty()) || fraction.len() > decimals {
        return None;
    }
    if whole.len() + decimals > SAFE_DIGITS {
        return None;
    }
    let mut value = 0u128;
    for byte in whole.iter().chain(fraction) {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u128::from(byte - b'0');
    }
    Some(value * 10u128.pow((decimals - fraction.len()) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn agrees_with_the_slow_reader_on_numbers(text in "[0-9]{0,40}(\\.[0-9]{0,24})?", decimals in 0u8..=30) {
            prop_assert_eq!(read(&text, decimals), parse_amount(&text, decimals));
        }

        #[test]
        fn agrees_with_the_slow_reader_on_anything(text in "[-+0-9.,eE _x\u{660}-\u{669}]{0,12}", decimals in 0u8..=30) {
            prop_assert_eq!(read(&text, decimals), parse_amount(&text, decimals));
        }
    }

    #[test]
    fn reads_the_usual_without_the_slow_reader() {
        assert_eq!(quick(b"12.5", 18), Some(12_500_000_000_000_000_000));
        assert_eq!(
            quick(b"99999999999999999999.999999999999999999", 18),
            Some(99_999_999_999_999_999_999_999_999_999_999_999_999)
        );
        assert_eq!(quick(b"100000000000000000000", 18), None);
    }
}
