//! The bar of one stage in the countdown: where it lies in the whole, and how long it is.

use super::super::data::StageTiming;
use super::super::format;
use super::Svg;
use super::axis::Scale;

const WIDTH: f64 = 430.0;
const HEIGHT: f64 = 14.0;

/// The bars of all stages on one common time line, one picture each.
pub(crate) fn bars(stages: &[StageTiming]) -> Vec<String> {
    let whole: u64 = stages.iter().fold(0, |sum, stage| sum.saturating_add(stage.millis));
    let scale = Scale::new(0.0, whole as f64, 0.0, WIDTH);
    let mut before = 0u64;
    let mut bar = |stage: &StageTiming| {
        let mut svg = Svg::new(WIDTH, HEIGHT, &format!("{}: {}", stage.name, format::span(stage.millis)));
        let (from, to) = (scale.at(before as f64), scale.at(before.saturating_add(stage.millis) as f64));
        svg.rect((0.0, HEIGHT / 2.0 - 0.5), (WIDTH, 1.0), "rail", "");
        // a stage of a millisecond is still seen
        let size = (to - from).max(2.0);
        svg.rect((from.min(WIDTH - size), 2.0), (size, HEIGHT - 4.0), "burn", &format::span(stage.millis));
        before = before.saturating_add(stage.millis);
        svg.finish()
    };
    stages.iter().map(&mut bar).collect()
}
