//! How long to wait before asking again: exponential, with full jitter. Pure.
//!
//! Full jitter spreads those who were turned away together over the whole pause: the n-th pause is anything from nothing to
//! `base · 2^n`, at most `cap`. A pause that an endpoint asks for comes on top as a floor: it is never asked earlier.

use std::time::Duration;

use rand::{Rng, RngExt};

/// Pauses between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    /// Between rounds of a read over all endpoints.
    pub(super) const READ: Self = Self { base: Duration::from_millis(250), cap: Duration::from_secs(4) };
    /// Before an endpoint that failed is looked at again while others answer.
    pub(super) const PROBE: Self = Self { base: Duration::from_secs(2), cap: Duration::from_secs(60) };

    /// Before a WebSocket is opened again.
    pub(super) const SOCKET: Self = Self { base: Duration::from_secs(1), cap: Duration::from_secs(60) };

    /// The longest that the pause after `failures` failures can be; the first failure counts 0.
    pub(super) fn longest(self, failures: u32) -> Duration {
        let factor = 1u32.checked_shl(failures).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// A pause after `failures` failures.
    pub(super) fn pause(self, failures: u32, rng: &mut impl Rng) -> Duration {
        self.longest(failures).mul_f64(rng.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn the_longest_pause_doubles_up_to_the_cap() {
        let seconds = (0..8).map(|failures| Backoff::READ.longest(failures).as_millis()).collect::<Vec<_>>();
        assert_eq!(seconds, [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
        assert_eq!(Backoff::PROBE.longest(u32::MAX), Duration::from_secs(60));
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_the_cap(failures in any::<u32>(), seed in any::<u64>()) {
            let mut rng = StdRng::seed_from_u64(seed);
            let pause = Backoff::READ.pause(failures, &mut rng);
            prop_assert!(pause <= Backoff::READ.longest(failures) && pause <= Backoff::READ.cap);
            // the same seed gives the same pause
            prop_assert_eq!(pause, Backoff::READ.pause(failures, &mut StdRng::seed_from_u64(seed)));
        }
    }

    #[test]
    fn pauses_are_spread_over_the_whole_range() {
        let mut rng = StdRng::seed_from_u64(7);
        let pauses: Vec<_> = (0..1_000).map(|_| Backoff::READ.pause(4, &mut rng).as_millis()).collect();
        for quarter in 0..4 {
            let inside = pauses.iter().filter(|pause| **pause / 1_000 == quarter).count();
            assert!((180..=320).contains(&inside), "{inside} of 1,000 in quarter {quarter} (seed 7)");
        }
    }
}
