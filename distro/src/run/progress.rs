//! How far a run has come, for progress displays.

use std::{ops::Range, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

use crate::{distributor::DoneBits, plan::Committed};

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Measuring gas.
    Measuring,
    /// Paying.
    Paying,
    /// Everything is paid; waiting for finality.
    Finalizing,
    /// Everything is paid and final.
    Done,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// Recipients paid, by whomever.
    pub recipients: u64,
    /// Recipients of the list.
    pub of: u64,
    /// Recipients a second since this run began; `None` before the first.
    pub rate: Option<u64>,
    /// Time left at this rate.
    pub left: Option<Duration>,
}

/// Counts and tells.
pub(super) struct Meter<'a> {
    committed: &'a Committed,
    sink: &'a (dyn Fn(&Progress) + Send + Sync),
    begun: Instant,
    /// Recipients paid when the run began.
    before: Option<u64>,
    recipients: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(committed: &'a Committed, sink: &'a (dyn Fn(&Progress) + Send + Sync)) -> Self {
        Self { committed, sink, begun: Instant::now(), before: None, recipients: 0 }
    }

    /// The chain was read.
    pub(super) fn seen(&mut self, done: &DoneBits) {
        let undone: u64 = done.undone().into_iter().map(|gap| self.committed.tree.recipients(gap).len() as u64).sum();
        self.recipients = self.committed.list.len() as u64 - undone;
        self.before.get_or_insert(self.recipients);
    }

    /// Chunks were paid.
    pub(super) fn paid(&mut self, chunks: Range<u64>) {
        self.recipients += self.committed.tree.recipients(chunks).len() as u64;
    }

    /// Recipients paid since the run began.
    pub(super) fn of_this_run(&self) -> u64 {
        self.recipients.saturating_sub(self.before.unwrap_or(0))
    }

    pub(super) fn tell(&self, phase: Phase) {
        let of = self.committed.list.len() as u64;
        let (paid, elapsed) = (self.of_this_run(), self.begun.elapsed());
        let rate = (paid > 0).then(|| (u128::from(paid) * 1_000_000 / elapsed.as_micros().max(1)) as u64);
        let left = rate.filter(|rate| *rate > 0).map(|rate| Duration::from_secs((of - self.recipients.min(of)) / rate));
        (self.sink)(&Progress { phase, recipients: self.recipients, of, rate, left });
    }
}
