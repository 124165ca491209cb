//! All grants together: what has vested and what was paid out, by bucket, over the chain's time.

use super::super::data::{Bucket, Grant};
use super::super::format::{self, drawn};
use super::axis::{Frame, Scale, TimeUnit, ticks};
use super::curves::{self, Vertex};
use super::{Anchor, Svg};

/// The buckets that hold grants, from the bottom of the pile up.
pub(crate) const BUCKETS: [Bucket; 3] = [Bucket::Community, Bucket::Investors, Bucket::Team];

const HEIGHT: f64 = 376.0;
/// Room for the names at the right.
const NAMES: f64 = 112.0;

/// The span of chain time that the observations cover, and the moment from which it is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    /// First observation.
    pub(crate) first: u64,
    /// Last observation.
    pub(crate) last: u64,
    /// The earliest start of a grant.
    pub(crate) start: u64,
}

impl Period {
    /// Over all grants; none when nothing was observed.
    pub(crate) fn of(grants: &[Grant]) -> Option<Self> {
        let observed = || grants.iter().flat_map(|grant| grant.points.iter().map(|point| point.time));
        Some(Self {
            first: observed().min()?,
            last: observed().max()?,
            start: grants.iter().map(|grant| grant.start).min()?,
        })
    }

    /// Times to coordinates.
    pub(crate) fn scale(&self, from: f64, to: f64) -> Scale {
        Scale::new(self.first as f64, self.last as f64, from, to)
    }

    /// Draws ticks counted from the start of the grants.
    pub(crate) fn axis(&self, svg: &mut Svg, frame: &Frame, wanted: u32) -> Scale {
        let scale = self.scale(frame.left, frame.right);
        let unit = TimeUnit::of(self.last.saturating_sub(self.first) as f64);
        let after = self.last.saturating_sub(self.start) as f64 / unit.seconds;
        for value in ticks(after, wanted) {
            let time = self.start as f64 + value * unit.seconds;
            if time <= self.last as f64 {
                frame.below(svg, scale.at(time), &format::axis(value));
            }
        }
        frame.title_below(svg, &format!("{} since the grants start", unit.name));
        scale
    }
}

/// The pile; `width` lets it stand alone or beside another picture.
pub(crate) fn pile(grants: &[Grant], symbol: &str, decimals: u8, width: f64) -> Option<String> {
    let period = Period::of(grants)?;
    let mut svg = Svg::new(width, HEIGHT, "Vested and released amounts of all grants over time");
    let frame = Frame { right: width - NAMES, ..Frame::of(width, HEIGHT) };
    let total: f64 = grants.iter().map(|grant| drawn(grant.amount, decimals)).sum();
    let levels = frame.levels(&mut svg, total, &format!("{symbol}, summed over all grants"));
    let across = period.axis(&mut svg, &frame, 6);
    let place = |course: &[Vertex]| -> Vec<(f64, f64)> {
        course.iter().map(|&(time, value)| (across.at(time as f64), levels.at(value))).collect()
    };

    let of_bucket = |bucket: Bucket| grants.iter().filter(move |grant| grant.bucket == bucket);
    let all: Vec<Vec<Vertex>> = grants.iter().map(|grant| curves::vested(grant, decimals)).collect();
    let times = curves::times(&all);
    let mut under: Vec<Vertex> = times.iter().flat_map(|&time| [(time, 0.0), (time, 0.0)]).collect();
    let mut names: Vec<(f64, Bucket)> = Vec::new();
    for bucket in BUCKETS {
        let courses: Vec<Vec<Vertex>> = of_bucket(bucket).map(|grant| curves::vested(grant, decimals)).collect();
        if courses.is_empty() {
            continue;
        }
        let own = curves::sum(&courses, &times);
        let over: Vec<Vertex> = own.iter().zip(&under).map(|(own, under)| (own.0, own.1 + under.1)).collect();
        let mut outline = place(&over);
        outline.extend(place(&under).into_iter().rev());
        svg.polygon(&outline, &format!("f-{} area", bucket.name()), bucket.name());
        svg.polyline(&place(&over), &format!("s-{} edge", bucket.name()));
        let middle = over.last().zip(under.last()).map_or(0.0, |(over, under)| (over.1 + under.1) / 2.0);
        names.push((levels.at(middle), bucket));
        under = over;
    }

    let paid: Vec<Vec<Vertex>> = grants.iter().map(|grant| curves::released(grant, decimals)).collect();
    svg.polyline(&place(&curves::sum(&paid, &curves::times(&paid))), "paid");

    for revocation in grants.iter().filter_map(|grant| grant.revoked.as_ref()) {
        let x = across.at(revocation.time as f64);
        svg.line((x, frame.top), (x, frame.bottom), "mark");
        svg.text((x + 5.0, frame.top + 10.0), Anchor::Start, "mark-text", "a grant is revoked");
    }
    name_at_right(&mut svg, &frame, names, |bucket| of_bucket(bucket).count());
    Some(svg.finish())
}

/// Names beside the pile's right edge, from the bottom up, never closer than two lines.
fn name_at_right(svg: &mut Svg, frame: &Frame, names: Vec<(f64, Bucket)>, count: impl Fn(Bucket) -> usize) {
    let mut lowest = frame.bottom - 4.0;
    for (y, bucket) in names {
        let y = y.min(lowest);
        svg.text((frame.right + 10.0, y), Anchor::Start, &format!("name t-{}", bucket.name()), bucket.name());
        svg.text((frame.right + 10.0, y + 14.0), Anchor::Start, "tick", &format!("{} grants", count(bucket)));
        lowest = y - 34.0;
    }
}
