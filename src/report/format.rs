//! How figures are written for people: exact, grouped by thousands, with a unit; and how foreign text is made harmless.
//!
//! Amounts never pass through a float on their way to the reader. `drawn` is the one way from an amount to a float, and is
//! for coordinates only.

use std::fmt;

use alloy::primitives::U256;
use tminus_chain::units::format_amount;

/// Text of unknown origin, written so that it stays text in HTML and in SVG, attributes included. Control characters and
/// those that turn the direction of writing are shown as U+FFFD: a name must not be able to rearrange the line around it.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                '\n' | '\t' => out.write_str(" ")?,
                c if is_unwelcome(c) => out.write_str("\u{fffd}")?,
                c => fmt::Write::write_char(out, c)?,
            }
        }
        Ok(())
    }
}

/// Controls, direction overrides, non-characters.
pub(crate) fn is_unwelcome(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// Puts a comma between thousands of the whole part of a plain decimal number: `1234567.25` becomes `1,234,567.25`.
pub(crate) fn group(plain: &str) -> String {
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut out = String::with_capacity(plain.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

/// A count: `1,563`.
pub(crate) fn count(value: u64) -> String {
    group(&value.to_string())
}

/// `once`, `twice`, `3 times`.
pub(crate) fn times(number: usize) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{} times", count(many as u64)),
    }
}

/// `1 grant`, `2 grants`.
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// An amount of base units in whole units, exact: `1,235,000.5`.
pub(crate) fn amount(value: U256, decimals: u8) -> String {
    group(&format_amount(value, decimals))
}

/// A span of time at the precision a reader can use: `812 ms`, `4.31 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{}.{:02} s", seconds, millis % 1000 / 10),
        10_000..60_000 => format!("{}.{} s", seconds, millis % 1000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `part` of `whole` in per cent with two decimals, rounded half up; a dash when there is no whole.
pub(crate) fn share(part: U256, whole: U256) -> String {
    let hundredths = part
        .checked_mul(U256::from(20_000))
        .and_then(|doubled| doubled.checked_div(whole))
        .map(|doubled| (doubled + U256::ONE) / U256::from(2));
    hundredths.map_or_else(|| "–".to_owned(), |value| format!("{} %", format_fixed(value)))
}

fn format_fixed(hundredths: U256) -> String {
    let text = format!("{:0>3}", hundredths.to_string());
    let (whole, fraction) = text.split_at(text.len() - 2);
    format!("{}.{fraction}", group(whole))
}

/// Both ends of a long hexadecimal text: `0x907D…3632`.
pub(crate) fn ends(hex: &str) -> String {
    match (hex.get(..6), hex.len().checked_sub(4).and_then(|from| hex.get(from..))) {
        (Some(head), Some(tail)) if hex.len() > 12 => format!("{head}…{tail}"),
        _ => hex.to_owned(),
    }
}

/// A number on an axis: `0`, `250`, `1.5 k`, `16.8 M`. `value` must be finite.
pub(crate) fn axis(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, " G"),
        size if size >= 1e6 => (value / 1e6, " M"),
        size if size >= 1e3 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    format!("{}{suffix}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// An amount as a float of whole units, for coordinates only.
pub(crate) fn drawn(value: U256, decimals: u8) -> f64 {
    format_amount(value, decimals).parse().unwrap_or(0.0)
}

/// Unix seconds as `2018-04-30 17:05:09 UTC`.
pub(crate) fn utc(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / 86_400);
    let rest = seconds % 86_400;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Days since 1970-01-01 as year, month, day: the year begins in March, so that the leap day is its last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let nasty = "<script>alert('x')</script> & \"q\" \u{202e}gpj.exe\u{0}\n";
        let safe = Escaped(nasty).to_string();
        assert_eq!(
            safe,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot; \u{fffd}gpj.exe\u{fffd} "
        );
    }

    #[test]
    fn thousands_are_grouped_and_digits_kept() {
        for (plain, grouped) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("24999.999999999996", "24,999.999999999996"),
            ("10000000", "10,000,000"),
        ] {
            assert_eq!(group(plain), grouped);
        }
        assert_eq!(amount(U256::from(1_234_567_890u64), 6), "1,234.56789");
        assert_eq!(amount(U256::MAX, 0).replace(',', ""), U256::MAX.to_string());
    }

    #[test]
    fn spans_keep_three_figures() {
        let spans = [0, 999, 1_000, 9_999, 59_999, 60_000, 3_599_999, 7_620_000].map(span);
        assert_eq!(spans, ["0 ms", "999 ms", "1.00 s", "9.99 s", "59.9 s", "1 min 00 s", "59 min 59 s", "2 h 07 min"]);
    }

    #[test]
    fn shares_round_half_up() {
        let of = |part: u64, whole: u64| share(U256::from(part), U256::from(whole));
        assert_eq!(of(63_437, 100_000), "63.44 %");
        assert_eq!(of(1, 3), "33.33 %");
        assert_eq!(of(1, 20_000), "0.01 %");
        assert_eq!(of(5, 5), "100.00 %");
        assert_eq!(of(0, 0), "–");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_827_696), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(1_525_107_909), "2018-04-30 17:05:09 UTC");
        assert_eq!(utc(4_107_542_399), "2100-02-28 23:59:59 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }

    #[test]
    fn axis_numbers_are_short() {
        assert_eq!([0.0, 250.0, 1500.0, 16_777_216.0, 2e9].map(axis), ["0", "250", "1.5 k", "16.78 M", "2 G"]);
        assert_eq!(ends("0x907D3231DFd3b45C1075B87ff92335325fEd3632"), "0x907D…3632");
        assert_eq!(ends("0xshort"), "0xshort");
    }
}
