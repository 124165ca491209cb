//! Every grant by itself, small: each on the scale of its own amount, all on the same time.
//!
//! Light is vested, full is paid out, dots are observations. A bucket with more grants than a page can show has its
//! largest drawn, and the caller is told how many are not.

use alloy::primitives::U256;

use super::super::data::Grant;
use super::super::format::{self, drawn};
use super::axis::Scale;
use super::curves::{self, Vertex};
use super::vesting::Period;
use super::{Anchor, Svg, text_width};

const WIDTH: f64 = 1072.0;
const COLUMNS: usize = 8;
const GAP: f64 = 14.0;
const PLOT: f64 = 54.0;
const ROW: f64 = 110.0;
/// Most panels of one bucket.
pub(crate) const MOST: usize = 64;
/// More observations than this stand too close for dots.
const MOST_DOTS: usize = 16;

/// The panels of some grants of one bucket; also how many were left out.
pub(crate) fn panels(grants: &[&Grant], period: &Period, decimals: u8) -> (String, usize) {
    let left_out = grants.len().saturating_sub(MOST);
    let shown = if left_out == 0 { grants.to_vec() } else { largest(grants) };
    let rows = shown.len().div_ceil(COLUMNS).max(1);
    let mut svg = Svg::new(WIDTH, ROW * rows as f64 - 16.0, "Each grant over time");
    let width = (WIDTH - GAP * (COLUMNS - 1) as f64) / COLUMNS as f64;
    for (index, grant) in shown.iter().enumerate() {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        panel(&mut svg, grant, period, decimals, column as f64 * (width + GAP), row as f64 * ROW, width);
    }
    (svg.finish(), left_out)
}

/// The largest grants, in the order they came.
fn largest<'a>(grants: &[&'a Grant]) -> Vec<&'a Grant> {
    let mut by_amount: Vec<usize> = (0..grants.len()).collect();
    by_amount.sort_by_key(|&index| (std::cmp::Reverse(grants[index].amount), index));
    by_amount.truncate(MOST);
    by_amount.sort_unstable();
    by_amount.into_iter().map(|index| grants[index]).collect()
}

fn panel(svg: &mut Svg, grant: &Grant, period: &Period, decimals: u8, left: f64, top: f64, width: f64) {
    let (over, under) = (top + 20.0, top + 20.0 + PLOT);
    let across = period.scale(left, left + width);
    let levels = Scale::new(0.0, drawn(grant.amount, decimals), under, over);
    let place = |course: &[Vertex]| -> Vec<(f64, f64)> {
        course.iter().map(|&(time, value)| (across.at(time as f64), levels.at(value))).collect()
    };
    let closed = |course: &[Vertex]| -> Vec<(f64, f64)> {
        let mut shape = place(course);
        if let (Some(first), Some(last)) = (shape.first().copied(), shape.last().copied()) {
            shape.extend([(last.0, under), (first.0, under)]);
        }
        shape
    };
    let name = grant.bucket.name();
    let amount = short_amount(grant.amount, decimals);
    let hint = format!("{} to {}", format::amount(grant.amount, decimals), grant.receiver);
    svg.rect((left, over), (width, PLOT), "panel", &hint);
    let vested = curves::vested(grant, decimals);
    svg.polygon(&closed(&vested), &format!("f-{name} light"), &hint);
    svg.polygon(&closed(&curves::released(grant, decimals)), &format!("f-{name} full"), &hint);
    for time in [grant.start, grant.cliff, grant.end] {
        if (period.first..=period.last).contains(&time) {
            let x = across.at(time as f64);
            svg.line((x, under), (x, under + 4.0), "axis");
        }
    }
    svg.line((left, under), (left + width, under), "axis");
    svg.text((left, top + 12.0), Anchor::Start, "amount", &amount);
    svg.text((left, under + 17.0), Anchor::Start, "who", &format::ends(&grant.receiver.to_string()));
    svg.polyline(&place(&vested), &format!("s-{name} line"));
    if grant.points.len() <= MOST_DOTS {
        for point in &grant.points {
            let at = (across.at(point.time as f64), levels.at(drawn(point.vested, decimals)));
            svg.dot(at, 1.6, &format!("t-{name}"), "");
        }
    }
    if let Some(revocation) = &grant.revoked {
        let x = across.at(revocation.time as f64);
        let end = [(revocation.time, curves::planned(grant, revocation.time, decimals))]
            .into_iter()
            .chain(
                [grant.end, period.last]
                    .into_iter()
                    .filter(|time| *time <= period.last && *time > revocation.time)
                    .map(|time| (time, curves::planned(grant, time, decimals))),
            )
            .collect::<Vec<Vertex>>();
        svg.polyline(&place(&end), "plan");
        svg.line((x, over), (x, under), "mark");
        if text_width(&amount, 12.0) + text_width("revoked", 11.0) < width {
            svg.text((left + width, top + 12.0), Anchor::End, "mark-text", "revoked");
        }
    }
}

/// Whole tokens only, with a sign that there is more: a panel's title has no room for eighteen decimals.
fn short_amount(amount: U256, decimals: u8) -> String {
    let exact = format::amount(amount, decimals);
    match exact.split_once('.') {
        Some((whole, _)) => format!("{whole}.…"),
        None => exact,
    }
}
