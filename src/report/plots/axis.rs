//! Scales, round tick values, and the frame that a plot with two axes stands in.

use super::super::format;
use super::{Anchor, Svg};

/// A linear map of values to coordinates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    least: f64,
    greatest: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Maps `least..greatest` to `from..to`. An empty or senseless range of values becomes one wide, never a division by
    /// zero.
    pub(crate) fn new(least: f64, greatest: f64, from: f64, to: f64) -> Self {
        let least = if least.is_finite() { least } else { 0.0 };
        let greatest = if greatest.is_finite() && greatest > least { greatest } else { least + 1.0 };
        Self { least, greatest, from, to }
    }

    /// The coordinate of a value, held within the range.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let part = ((value - self.least) / (self.greatest - self.least)).clamp(0.0, 1.0);
        self.from + part * (self.to - self.from)
    }
}

/// Round values from 0 up to at least `greatest`, about `wanted` steps.
pub(crate) fn ticks(greatest: f64, wanted: u32) -> Vec<f64> {
    let greatest = if greatest.is_finite() && greatest > 0.0 { greatest } else { 1.0 };
    let rough = greatest / f64::from(wanted.max(1));
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * decade).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(decade * 10.0);
    let count = (greatest / step - 1e-9).ceil().max(1.0) as u32;
    (0..=count).map(|index| f64::from(index) * step).collect()
}

/// The unit a span of chain time is told in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimeUnit {
    /// Seconds.
    pub(crate) seconds: f64,
    /// Its name, plural.
    pub(crate) name: &'static str,
}

impl TimeUnit {
    /// The largest unit of which the span has at least one and a half. A year has 365 days here, as in the grants' terms.
    pub(crate) fn of(span: f64) -> Self {
        [(31_536_000.0, "years of 365 days"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")]
            .into_iter()
            .map(|(seconds, name)| Self { seconds, name })
            .find(|unit| span >= 1.5 * unit.seconds)
            .unwrap_or(Self { seconds: 1.0, name: "seconds" })
    }
}

/// The axes of a plot: where the data goes and how values map there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// Left edge of the data.
    pub(crate) left: f64,
    /// Upper edge.
    pub(crate) top: f64,
    /// Right edge.
    pub(crate) right: f64,
    /// Lower edge.
    pub(crate) bottom: f64,
}

impl Frame {
    /// The frame of a picture of this size with the usual margins.
    pub(crate) fn of(width: f64, height: f64) -> Self {
        Self { left: 52.0, top: 30.0, right: width - 14.0, bottom: height - 42.0 }
    }

    /// Draws level lines with their values and the axis' title above them; returns the scale, whose top is the last tick.
    pub(crate) fn levels(&self, svg: &mut Svg, greatest: f64, title: &str) -> Scale {
        let values = ticks(greatest, 5);
        let scale = Scale::new(0.0, values.last().copied().unwrap_or(1.0), self.bottom, self.top);
        for value in values {
            let y = scale.at(value);
            svg.line((self.left, y), (self.right, y), if value > 0.0 { "grid" } else { "axis" });
            svg.text((self.left - 8.0, y + 4.0), Anchor::End, "tick", &format::axis(value));
        }
        svg.text((self.left - 44.0, self.top - 16.0), Anchor::Start, "label", title);
        scale
    }

    /// A tick under the data, with its text.
    pub(crate) fn below(&self, svg: &mut Svg, x: f64, text: &str) {
        svg.line((x, self.bottom), (x, self.bottom + 4.0), "axis");
        svg.text((x, self.bottom + 18.0), Anchor::Middle, "tick", text);
    }

    /// The title of the horizontal axis.
    pub(crate) fn title_below(&self, svg: &mut Svg, title: &str) {
        svg.text(((self.left + self.right) / 2.0, self.bottom + 36.0), Anchor::Middle, "label", title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_greatest() {
        assert_eq!(ticks(10.0, 4), [0.0, 2.5, 5.0, 7.5, 10.0]);
        assert_eq!(ticks(3.0, 6), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
        for greatest in [1e-9, 0.3, 1.0, 99.0, 16_777_216.0, 1e30] {
            let values = ticks(greatest, 4);
            assert!(*values.last().unwrap() >= greatest * 0.999_999, "{greatest}: {values:?}");
            assert!((2..=7).contains(&values.len()), "{greatest}: {values:?}");
        }
        for senseless in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(ticks(senseless, 4).iter().all(|value| value.is_finite()), "{senseless}");
        }
    }

    #[test]
    fn a_scale_without_extent_stays_finite() {
        for (least, greatest) in [(5.0, 5.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (2.0, 1.0)] {
            assert!(Scale::new(least, greatest, 0.0, 100.0).at(3.0).is_finite());
        }
        assert!((Scale::new(0.0, 10.0, 100.0, 0.0).at(2.5) - 75.0).abs() < 1e-9);
    }

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        let names = [30.0, 3_000.0, 14_400.0, 8_640_000.0, 94_608_000.0].map(|span| TimeUnit::of(span).name);
        assert_eq!(names, ["seconds", "minutes", "hours", "days", "years of 365 days"]);
    }
}
