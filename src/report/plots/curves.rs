//! The course of a grant between its observations.
//!
//! The chain was asked at a few moments. Between two of them a grant follows its terms: nothing before the cliff, then a
//! straight line, flat after the end or after a revocation. The corners that the terms put between two observations are
//! inserted; the observations themselves are never moved, so a grant that misbehaved still shows it.

use super::super::data::Grant;
use super::super::format::drawn;

/// A vertex: seconds of the chain and whole tokens vested.
pub(crate) type Vertex = (u64, f64);

/// The vested amount over time, observations and corners, in order.
pub(crate) fn vested(grant: &Grant, decimals: u8) -> Vec<Vertex> {
    let mut out: Vec<Vertex> = Vec::with_capacity(grant.points.len() + 4);
    for point in &grant.points {
        let value = drawn(point.vested, decimals);
        if let Some(&before) = out.last() {
            corners(grant, before, (point.time, value), decimals, &mut out);
        }
        out.push((point.time, value));
    }
    out
}

fn corners(grant: &Grant, before: Vertex, after: Vertex, decimals: u8, out: &mut Vec<Vertex>) {
    let within = |time: u64| time > before.0 && time < after.0;
    let starts = grant.cliff.max(grant.start);
    if within(starts) {
        out.push((starts, before.1));
        // a cliff releases at once what had run up since the start
        out.push((starts, planned(grant, starts, decimals).clamp(before.1, after.1.max(before.1))));
    }
    let settles = grant.revoked.as_ref().map_or(grant.end, |revocation| revocation.time.min(grant.end));
    if within(settles) && settles > starts {
        out.push((settles, after.1));
    }
}

/// What the terms say is vested at a time, had nobody revoked.
pub(crate) fn planned(grant: &Grant, time: u64, decimals: u8) -> f64 {
    let amount = drawn(grant.amount, decimals);
    if time < grant.cliff.max(grant.start) {
        0.0
    } else if time >= grant.end {
        amount
    } else {
        amount * (time - grant.start) as f64 / (grant.end - grant.start) as f64
    }
}

/// What was paid out over time: it only ever jumps.
pub(crate) fn released(grant: &Grant, decimals: u8) -> Vec<Vertex> {
    let mut out: Vec<Vertex> = Vec::with_capacity(2 * grant.points.len());
    for point in &grant.points {
        let value = drawn(point.released, decimals);
        if let Some(&(_, before)) = out.last() {
            out.push((point.time, before));
        }
        out.push((point.time, value));
    }
    out
}

/// The height of a course at a time; `late` takes the upper side of a jump. Flat outside the observations.
pub(crate) fn height(course: &[Vertex], time: u64, late: bool) -> f64 {
    let next = course.partition_point(|vertex| if late { vertex.0 <= time } else { vertex.0 < time });
    match (next.checked_sub(1).and_then(|i| course.get(i)), course.get(next)) {
        (Some(&(t0, v0)), Some(&(t1, v1))) if t1 > t0 => v0 + (v1 - v0) * (time - t0) as f64 / (t1 - t0) as f64,
        (Some(&(_, value)), _) | (None, Some(&(_, value))) => value,
        (None, None) => 0.0,
    }
}

/// The sum of several courses: both sides of every corner.
pub(crate) fn sum(courses: &[Vec<Vertex>], times: &[u64]) -> Vec<Vertex> {
    let at = |time, late| courses.iter().map(|course| height(course, time, late)).sum::<f64>();
    times.iter().flat_map(|&time| [(time, at(time, false)), (time, at(time, true))]).collect()
}

/// All times at which some course has a corner, each once, ascending.
pub(crate) fn times(courses: &[Vec<Vertex>]) -> Vec<u64> {
    let mut all: Vec<u64> = courses.iter().flatten().map(|vertex| vertex.0).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};

    use super::super::super::data::{Bucket, GrantPoint, Revocation};
    use super::*;

    fn grant(cliff: u64, observed: &[(u64, u64)]) -> Grant {
        let points = observed
            .iter()
            .map(|&(time, vested)| GrantPoint { time, vested: U256::from(vested), released: U256::ZERO })
            .collect();
        Grant {
            bucket: Bucket::Team,
            receiver: Address::ZERO,
            holder: Address::ZERO,
            amount: U256::from(1000),
            start: 100,
            cliff,
            end: 200,
            revoked: None,
            points,
        }
    }

    #[test]
    fn the_terms_put_corners_between_observations() {
        assert_eq!(
            vested(&grant(100, &[(0, 0), (150, 500), (300, 1000)]), 0),
            [(0, 0.0), (100, 0.0), (100, 0.0), (150, 500.0), (200, 1000.0), (300, 1000.0)]
        );
        assert_eq!(vested(&grant(125, &[(0, 0), (150, 500)]), 0), [(0, 0.0), (125, 0.0), (125, 250.0), (150, 500.0)]);
        let mut revoked = grant(100, &[(0, 0), (150, 500), (300, 600)]);
        revoked.revoked = Some(Revocation { time: 160, refund: U256::from(400) });
        assert_eq!(vested(&revoked, 0)[4..], [(160, 600.0), (300, 600.0)]);
    }

    #[test]
    fn a_timelock_jumps() {
        let mut lock = grant(100, &[(0, 0), (300, 1000)]);
        lock.end = 100;
        let course = vested(&lock, 0);
        assert_eq!(course, [(0, 0.0), (100, 0.0), (100, 1000.0), (300, 1000.0)]);
        assert!(height(&course, 100, false).abs() < 1e-9);
        assert!((height(&course, 100, true) - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn an_observation_against_the_terms_is_shown_as_observed() {
        let odd = vested(&grant(100, &[(0, 700), (150, 20), (160, 900)]), 0);
        for seen in [(0, 700.0), (150, 20.0), (160, 900.0)] {
            assert!(odd.contains(&seen), "{odd:?}");
        }
    }

    #[test]
    fn courses_add_up() {
        let courses = vec![vec![(0, 0.0), (10, 10.0)], vec![(5, 1.0)]];
        assert_eq!(times(&courses), [0, 5, 10]);
        let total = sum(&courses, &times(&courses));
        assert_eq!(total.iter().map(|v| v.1).collect::<Vec<_>>(), [1.0, 1.0, 6.0, 6.0, 11.0, 11.0]);
        assert!(height(&[], 7, true).abs() < 1e-9);
    }
}
