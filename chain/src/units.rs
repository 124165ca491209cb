//! Amounts at the edge: decimal strings in, base units inside, decimal strings out.
//!
//! The rules are strict because a wrong reading pays somebody else's money: plain decimal digits with at most one point,
//! nothing else. No sign, exponent, separator, white space or unit letters are accepted in a number, and a value with more
//! decimals than the unit has is an error, never rounded.

use alloy::primitives::U256;

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing there.
    #[error("the amount is empty")]
    Empty,
    /// A character that has no place in a plain decimal number.
    #[error(
        "{0:?} is not a plain decimal number: only digits and one point are accepted (no sign, exponent, separator or space)"
    )]
    NotDecimal(String),
    /// More decimals than the unit has.
    #[error("{text:?} has {found} decimals, the unit has {allowed}: amounts are never rounded")]
    TooManyDecimals {
        /// The text as given.
        text: String,
        /// Decimals found.
        found: usize,
        /// Decimals the unit has.
        allowed: u8,
    },
    /// Larger than 2^256 - 1 base units.
    #[error("{0:?} is too large")]
    Overflow(String),
    /// The unit is missing or another one was expected.
    #[error("{text:?}: expected a number, one space and one of the units {expected}")]
    Unit {
        /// The text as given.
        text: String,
        /// The accepted units, comma separated.
        expected: String,
    },
}

/// Reads a plain decimal number of whole units as base units (10^`decimals` a unit).
///
/// # Errors
/// Everything that is not digits with at most one point in between, too many decimals, overflow.
pub fn parse_amount(text: &str, decimals: u8) -> Result<U256, AmountError> {
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    let not_decimal = || AmountError::NotDecimal(text.to_owned());
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err(not_decimal());
    }
    let fraction = fraction.unwrap_or("");
    if fraction.len() > usize::from(decimals) {
        return Err(AmountError::TooManyDecimals { text: text.to_owned(), found: fraction.len(), allowed: decimals });
    }
    let overflow = || AmountError::Overflow(text.to_owned());
    let padded = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    let significant = padded.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(U256::ZERO);
    }
    U256::from_str_radix(significant, 10).map_err(|_| overflow())
}

/// Writes base units as a plain decimal number of whole units, without trailing zeros.
#[must_use]
pub fn format_amount(value: U256, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let text = format!("{value:0>width$}", value = value.to_string(), width = decimals + 1);
    let (whole, fraction) = text.split_at(text.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Reads an amount with its unit, `"500000 LPT"` or `"20 gwei"`: a number, one space, a unit of `units` (name, decimals).
///
/// # Errors
/// As [`parse_amount`], and a missing or unknown unit.
pub fn parse_with_unit(text: &str, units: &[(&str, u8)]) -> Result<U256, AmountError> {
    let unit_error = || AmountError::Unit {
        text: text.to_owned(),
        expected: units.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
    };
    let (number, unit) = text.split_once(' ').ok_or_else(unit_error)?;
    let (_, decimals) = units.iter().find(|(name, _)| *name == unit).ok_or_else(unit_error)?;
    parse_amount(number, *decimals)
}

/// The units of ether: wei, gwei, ether.
pub const ETHER_UNITS: &[(&str, u8)] = &[("wei", 0), ("gwei", 9), ("ether", 18)];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_plain_decimals_only() {
        assert_eq!(parse_amount("1", 18).unwrap(), U256::from(10u64.pow(18)));
        assert_eq!(parse_amount("0.000000000000000001", 18).unwrap(), U256::ONE);
        assert_eq!(parse_amount("007.50", 2).unwrap(), U256::from(750));
        for bad in ["1e18", "1,000.5", "-5", "+5", ".5", "5.", "1 ", " 1", "1_000", "0x10", "NaN", "1.2.3", "٣"] {
            assert!(matches!(parse_amount(bad, 18), Err(AmountError::NotDecimal(_))), "{bad}");
        }
        assert_eq!(parse_amount("", 18), Err(AmountError::Empty));
        assert!(matches!(
            parse_amount("0.0000000000000000001", 18),
            Err(AmountError::TooManyDecimals { found: 19, .. })
        ));
        assert!(matches!(parse_amount(&"9".repeat(80), 0), Err(AmountError::Overflow(_))));
    }

    #[test]
    fn a_unit_is_mandatory_and_exact() {
        assert_eq!(parse_with_unit("20 gwei", ETHER_UNITS).unwrap(), U256::from(20_000_000_000u64));
        for bad in ["20", "20gwei", "20  gwei", "20 Gwei", "20 LPT"] {
            assert!(parse_with_unit(bad, ETHER_UNITS).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(limbs in any::<[u64; 4]>(), decimals in 0u8..=36) {
            let value = U256::from_limbs(limbs);
            prop_assert_eq!(parse_amount(&format_amount(value, decimals), decimals).unwrap(), value);
        }
    }
}
