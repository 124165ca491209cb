//! What the campaign counts: the outcome of one injection, and the row of the table that sums up many.
//!
//! Counting is by the chain, never by what the engine says of itself: the effect of an intent is a counter in the storage of
//! a contract on the canonical chain, read when the weather is calm again. What the engine reported is held against it: an
//! intent without an effect is lost, whatever was reported; one with two is a duplicate; one that the journal does not call
//! ended is stuck.

use std::time::Duration;

use serde::Serialize;

/// Whose time a row is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The paused clock of the runtime: a second passes when everybody waits for it.
    Virtual,
    /// The clock of the machine: real processes, real signals, TCP.
    Real,
}

/// What came of one injection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Faults that were seen to strike.
    pub injections: u64,
    /// Intents handed over.
    pub intents: u64,
    /// Effects there should be on the canonical chain.
    pub wanted: u64,
    /// Effects there are.
    pub seen: u64,
    /// Effects beyond the first of an intent.
    pub duplicates: u64,
    /// Intents that should have had an effect and have none.
    pub lost: u64,
    /// Intents that have not ended by the journal.
    pub stuck: u64,
    /// From the moment the fault struck to the moment all that was handed over had ended for good.
    pub recovery: Option<Duration>,
}

impl Outcome {
    /// Whether nothing happened twice, nothing was lost and nothing hangs.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.duplicates == 0 && self.lost == 0 && self.stuck == 0 && self.seen == self.wanted
    }
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The part of the campaign it belongs to.
    pub group: &'static str,
    /// Its name, as `--row` takes it.
    pub name: String,
    /// The fault in words.
    pub fault: String,
    /// Whose time the recovery is measured in.
    pub clock: Clock,
    /// Injections there had to be.
    pub asked: u64,
    /// Injections that were seen to strike.
    pub injections: u64,
    /// Intents that ran through them.
    pub intents: u64,
    /// Effects there should be.
    pub wanted: u64,
    /// Effects there are.
    pub seen: u64,
    /// Effects beyond the first of an intent.
    pub duplicates: u64,
    /// Intents without the effect they should have had.
    pub lost: u64,
    /// Intents that have not ended.
    pub stuck: u64,
    /// What a person had to do for it to go on.
    pub operator: &'static str,
    /// Median recovery, milliseconds.
    pub p50_ms: Option<u64>,
    /// Recovery that 99 of 100 stay within, milliseconds.
    pub p99_ms: Option<u64>,
    /// Where its random numbers begin.
    pub seed: u64,
    /// How to run it again.
    pub command: String,
    /// What went wrong, with the command that repeats it; empty when nothing did.
    pub failures: Vec<String>,
}

impl Row {
    /// Whether every fault struck and nothing came of it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.failures.is_empty()
            && self.injections >= self.asked
            && self.duplicates == 0
            && self.lost == 0
            && self.stuck == 0
            && self.seen == self.wanted
    }

    /// Adds what came of some injections.
    pub(crate) fn add(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.injections += outcome.injections;
            self.intents += outcome.intents;
            self.wanted += outcome.wanted;
            self.seen += outcome.seen;
            self.duplicates += outcome.duplicates;
            self.lost += outcome.lost;
            self.stuck += outcome.stuck;
        }
        let mut recoveries: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.recovery).collect();
        recoveries.sort_unstable();
        self.p50_ms = percentile(&recoveries, 50);
        self.p99_ms = percentile(&recoveries, 99);
    }
}

/// The value that `percent` of 100 do not exceed, by nearest rank, in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    let value = sorted.get(rank.saturating_sub(1))?;
    u64::try_from(value.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let of = |n: u64| (1..=n).map(Duration::from_millis).collect::<Vec<_>>();
        assert_eq!(percentile(&of(100), 50), Some(50));
        assert_eq!(percentile(&of(100), 99), Some(99));
        assert_eq!(percentile(&of(1), 99), Some(1));
        assert_eq!(percentile(&of(3), 50), Some(2));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn an_effect_too_many_or_too_few_is_not_sound() {
        let sound = Outcome { wanted: 3, seen: 3, ..Outcome::default() };
        assert!(sound.is_sound());
        assert!(!Outcome { seen: 4, duplicates: 1, ..sound.clone() }.is_sound());
        assert!(!Outcome { seen: 2, lost: 1, ..sound.clone() }.is_sound());
        assert!(!Outcome { stuck: 1, ..sound }.is_sound());
    }
}
