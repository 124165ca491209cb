//! How the amounts spread: a histogram over powers of ten.

use super::super::format::{self, drawn};
use super::super::histogram::AmountHistogram;
use super::axis::{Frame, Scale};
use super::{Anchor, Svg, text_width};

const WIDTH: f64 = 512.0;
const HEIGHT: f64 = 250.0;

/// Draws the histogram.
pub(crate) fn histogram(amounts: &AmountHistogram, symbol: &str, decimals: u8) -> Option<String> {
    let (first, last) = amounts.bins.first().zip(amounts.bins.last())?;
    let mut svg = Svg::new(WIDTH, HEIGHT, "How many recipients get how much");
    let frame = Frame::of(WIDTH, HEIGHT);
    let greatest = amounts.bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let levels = frame.levels(&mut svg, greatest as f64, "recipients");
    // a bin that starts at nothing has no logarithm: it is drawn from a hundredth of a base unit
    let log = |value: f64| value.max(10f64.powi(-2 - i32::from(decimals))).log10();
    let (low, high) = (log(drawn(first.from, decimals)), log(drawn(last.to, decimals)));
    let across = Scale::new(low, high, frame.left, frame.right);
    for bin in &amounts.bins {
        let (from, to) = (across.at(log(drawn(bin.from, decimals))), across.at(log(drawn(bin.to, decimals))));
        let y = levels.at(bin.count as f64);
        let hint = format!(
            "{} recipients get from {} to under {} {symbol}",
            format::count(bin.count),
            format::amount(bin.from, decimals),
            format::amount(bin.to, decimals)
        );
        svg.rect((from + 0.5, y), (to - from - 1.0, frame.bottom - y), "f-crowd", &hint);
    }
    decades(&mut svg, &frame, &across, low, high);
    frame.title_below(&mut svg, &format!("{symbol} a recipient, logarithmic"));
    let x = across.at(log(drawn(amounts.median, decimals)));
    svg.line((x, frame.top - 8.0), (x, frame.bottom), "limit");
    let text = format!("median {}", format::axis(drawn(amounts.median, decimals)));
    let fits = x + 6.0 + text_width(&text, 12.0) < frame.right;
    let (at, anchor) = if fits { (x + 6.0, Anchor::Start) } else { (x - 6.0, Anchor::End) };
    svg.text((at, frame.top - 4.0), anchor, "limit-text", &text);
    Some(svg.finish())
}

/// Ticks at whole powers of ten, at twos and fives too where there are few.
fn decades(svg: &mut Svg, frame: &Frame, across: &Scale, low: f64, high: f64) {
    let span = high - low;
    let factors: &[f64] = if span < 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = (span / 8.0).ceil().max(1.0) as i32;
    for decade in low.floor() as i32..=high.ceil() as i32 {
        for factor in factors.iter().filter(|_| decade % every == 0) {
            let value = factor * 10f64.powi(decade);
            let place = value.log10();
            if place >= low - 1e-9 && place <= high + 1e-9 {
                let text = if value < 0.01 { format!("10^{decade}") } else { format::axis(value) };
                frame.below(svg, across.at(place), &text);
            }
        }
    }
}
