//! Lengths of time at the edge: `"4 hours"`, `"94608000 seconds"`.
//!
//! One plain integer, one space, one unit. The units are those whose length nobody argues about: seconds, minutes, hours
//! and days of 24 hours. Weeks, months and years are left out on purpose, a vesting of "3 years" has at least two readings.
//! One goes with the singular, everything else with the plural, so that a slip of the pen is noticed.

/// The accepted units and their seconds.
const UNITS: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];

/// Why a text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number, a space and a unit.
    #[error("{0:?} is not a length of time: expected an integer, one space and one of seconds, minutes, hours, days")]
    Shape(String),
    /// Does not fit 64 bits of seconds.
    #[error("{0:?} is too long")]
    Overflow(String),
}

/// Reads a length of time as seconds.
///
/// # Errors
/// Anything but `<integer> <unit>`, and an overflow.
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let shape = || DurationError::Shape(text.to_owned());
    let overflow = || DurationError::Overflow(text.to_owned());
    let (number, unit) = text.split_once(' ').ok_or_else(shape)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(shape());
    }
    let number: u64 = number.parse().map_err(|_| overflow())?;
    let singular = if number == 1 { unit } else { unit.strip_suffix('s').ok_or_else(shape)? };
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == singular).ok_or_else(shape)?;
    number.checked_mul(*seconds).ok_or_else(overflow)
}

/// Writes seconds in the largest unit that divides them.
#[must_use]
pub fn format_duration(seconds: u64) -> String {
    let fits = |unit: u64| seconds != 0 && seconds.is_multiple_of(unit);
    let (name, unit) = UNITS.iter().rev().find(|(_, unit)| fits(*unit)).unwrap_or(&UNITS[0]);
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_an_integer_and_a_unit_only() {
        assert_eq!(parse_duration("4 hours"), Ok(14_400));
        assert_eq!(parse_duration("94608000 seconds"), Ok(94_608_000));
        assert_eq!(parse_duration("1 day"), Ok(86_400));
        assert_eq!(parse_duration("0 seconds"), Ok(0));
        for bad in [
            "",
            "4",
            "4hours",
            "4  hours",
            "4 hour",
            "1 hours",
            "-4 hours",
            "4.5 hours",
            "3 years",
            "4 Hours",
            " hours",
        ] {
            assert!(matches!(parse_duration(bad), Err(DurationError::Shape(_))), "{bad}");
        }
        assert!(matches!(parse_duration("99999999999999999999 seconds"), Err(DurationError::Overflow(_))));
        assert!(matches!(parse_duration("18446744073709551615 days"), Err(DurationError::Overflow(_))));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in any::<u64>()) {
            prop_assert_eq!(parse_duration(&format_duration(seconds)), Ok(seconds));
        }
    }
}
