//! A revoked grant beside what it would have been: the line that bends.

use super::super::data::{Grant, Revocation};
use super::super::format::drawn;
use super::axis::Frame;
use super::curves::{self, Vertex};
use super::vesting::Period;
use super::{Anchor, Svg};

/// Width of the picture.
pub(crate) const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 340.0;

/// Draws a grant that was revoked.
pub(crate) fn bend(grant: &Grant, revocation: &Revocation, symbol: &str, decimals: u8) -> Option<String> {
    let period = Period::of(std::slice::from_ref(grant))?;
    let mut svg = Svg::new(WIDTH, HEIGHT, "The revoked grant: vested, released, and what was planned");
    let frame = Frame { right: WIDTH - 20.0, ..Frame::of(WIDTH, HEIGHT) };
    let levels = frame.levels(&mut svg, drawn(grant.amount, decimals), symbol);
    let across = period.axis(&mut svg, &frame, 4);
    let place = |course: &[Vertex]| -> Vec<(f64, f64)> {
        course.iter().map(|&(time, value)| (across.at(time as f64), levels.at(value))).collect()
    };
    let name = grant.bucket.name();
    let vested = curves::vested(grant, decimals);
    let mut shape = place(&vested);
    if let (Some(first), Some(last)) = (shape.first().copied(), shape.last().copied()) {
        shape.extend([(last.0, frame.bottom), (first.0, frame.bottom)]);
    }
    svg.polygon(&shape, &format!("f-{name} light"), "vested");

    let terms: Vec<Vertex> = [period.first, grant.start, grant.cliff, grant.end, period.last]
        .into_iter()
        .filter(|time| (period.first..=period.last).contains(time))
        .map(|time| (time, curves::planned(grant, time, decimals)))
        .collect();
    svg.polyline(&place(&terms), "plan");
    svg.polyline(&place(&vested), &format!("s-{name} thick"));
    svg.polyline(&place(&curves::released(grant, decimals)), "paid");
    for point in &grant.points {
        let at = (across.at(point.time as f64), levels.at(drawn(point.vested, decimals)));
        svg.dot(at, 3.0, &format!("dot s-{name}"), "observed");
    }

    let x = across.at(revocation.time as f64);
    svg.line((x, frame.top), (x, frame.bottom), "mark");
    svg.text((x + 6.0, frame.bottom - 8.0), Anchor::Start, "mark-text", "revoked");
    // the refund is what lies between the plan's end and where the line stays
    let kept = drawn(grant.amount.saturating_sub(revocation.refund), decimals);
    let (plan, stays, right) = (levels.at(drawn(grant.amount, decimals)), levels.at(kept), frame.right - 8.0);
    svg.line((right, plan), (right, stays), "bracket");
    for y in [plan, stays] {
        svg.line((right - 5.0, y), (right, y), "bracket");
    }
    svg.text((right - 9.0, (plan + stays) / 2.0 + 4.0), Anchor::End, "bracket-text", "refund");
    Some(svg.finish())
}
