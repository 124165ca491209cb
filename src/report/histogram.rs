//! Amounts sorted into bins of equal width on a logarithmic scale.
//!
//! Bin edges are base units and a value is put into its bin by exact comparison; floats only choose where the edges lie.
//! The first bin starts at or under the least amount, the last ends above the greatest: no amount falls outside.

use alloy::primitives::U256;
use serde::Serialize;

use super::data::decimal;

/// How many amounts lie where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AmountHistogram {
    /// The bins, ascending, without gaps.
    pub(crate) bins: Vec<Bin>,
    /// The least amount.
    #[serde(serialize_with = "decimal")]
    pub(crate) least: U256,
    /// The middle amount (the upper of two).
    #[serde(serialize_with = "decimal")]
    pub(crate) median: U256,
    /// The greatest amount.
    #[serde(serialize_with = "decimal")]
    pub(crate) greatest: U256,
}

/// The amounts from `from` up to but not including `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Bin {
    /// Lower edge, inclusive, in base units.
    #[serde(serialize_with = "decimal")]
    pub(crate) from: U256,
    /// Upper edge, exclusive, in base units.
    #[serde(serialize_with = "decimal")]
    pub(crate) to: U256,
    /// Amounts within.
    pub(crate) count: u64,
}

/// Bins a decade, the finest first; the first that needs at most `MOST_BINS` is taken.
const BINS_A_DECADE: [u32; 6] = [20, 12, 8, 5, 2, 1];
const MOST_BINS: u32 = 48;

impl AmountHistogram {
    /// Sorts amounts in base units into bins; none when there are none.
    pub(crate) fn of(mut amounts: Vec<U256>) -> Option<Self> {
        let least = *amounts.iter().min()?;
        let greatest = *amounts.iter().max()?;
        let middle = amounts.len() / 2;
        let median = *amounts.select_nth_unstable(middle).1;
        let edges = edges(least, greatest);
        let mut bins: Vec<Bin> = edges.windows(2).map(|pair| Bin { from: pair[0], to: pair[1], count: 0 }).collect();
        for amount in &amounts {
            let above = edges.partition_point(|edge| edge <= amount);
            let last = bins.len() - 1;
            bins[above.saturating_sub(1).min(last)].count += 1;
        }
        Some(Self { bins, least, median, greatest })
    }
}

/// Strictly ascending edges, at least two, with `edges[0] <= least` and `greatest < edges[last]` (but for 2^256 - 1).
fn edges(least: U256, greatest: U256) -> Vec<U256> {
    let (low, high) = (least.max(U256::ONE).approx_log10(), greatest.max(U256::ONE).approx_log10());
    let count_of = |per: u32| ((high - low) * f64::from(per)) as u32 + 2;
    let per = BINS_A_DECADE.into_iter().find(|per| count_of(*per) <= MOST_BINS).unwrap_or(1);
    let first = (low * f64::from(per)).floor() as u32;
    let mut edges = vec![power(first, per).min(least)];
    for step in first + 1.. {
        let edge = power(step, per);
        if edges.last().is_some_and(|last| edge > *last) {
            edges.push(edge);
        }
        if edge > greatest || edge == U256::MAX {
            break;
        }
    }
    edges
}

/// 10^(step / per), exact where that is a whole power, 2^256 - 1 where it would be larger.
fn power(step: u32, per: u32) -> U256 {
    let (whole, part) = (step / per, step % per);
    let Some(decade) = U256::from(10).checked_pow(U256::from(whole)) else { return U256::MAX };
    let millionths = (10f64.powf(f64::from(part) / f64::from(per)) * 1e6).round() as u64;
    match decade.checked_mul(U256::from(millionths)) {
        Some(scaled) => scaled / U256::from(1_000_000u64),
        None => U256::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amounts: Vec<U256>) -> AmountHistogram {
        let all = amounts.clone();
        let histogram = AmountHistogram::of(amounts).unwrap();
        assert!(histogram.bins.len() <= MOST_BINS as usize + 80, "{}", histogram.bins.len());
        for bin in &histogram.bins {
            assert!(bin.from < bin.to);
            let within = all.iter().filter(|amount| **amount >= bin.from && **amount < bin.to).count();
            assert_eq!(bin.count, within as u64, "{bin:?}");
        }
        assert_eq!(histogram.bins.iter().map(|bin| bin.count).sum::<u64>(), all.len() as u64);
        assert!(histogram.bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        histogram
    }

    #[test]
    fn every_amount_is_in_exactly_one_bin() {
        let unit = U256::from(10).pow(U256::from(18));
        check(vec![unit]);
        check(vec![U256::ZERO, U256::ONE, U256::from(2)]);
        check(vec![U256::ONE, unit * unit, unit * unit * unit]);
        let spread: Vec<U256> = (1..2000u64).map(|i| unit * U256::from(i * i) / U256::from(7)).collect();
        let histogram = check(spread.clone());
        assert_eq!(histogram.median, spread[spread.len() / 2]);
        assert!(histogram.bins.len() > 20, "{}", histogram.bins.len());
    }

    #[test]
    fn the_greatest_possible_amount_has_a_place() {
        let histogram = AmountHistogram::of(vec![U256::MAX, U256::ONE]).unwrap();
        assert_eq!(histogram.bins.iter().map(|bin| bin.count).sum::<u64>(), 2);
        assert_eq!(AmountHistogram::of(vec![]), None);
    }
}
