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
    /// Recipients paid, by whomever; not those whose amount this run had reserved instead.
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
    /// Recipients of chunks that are done.
    done: u64,
    /// Of those, the ones whose amount this run had reserved instead.
    reserved: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(committed: &'a Committed, sink: &'a (dyn Fn(&Progress) + Send + Sync)) -> Self {
        Self { committed, sink, begun: Instant::now(), before: None, done: 0, reserved: 0 }
    }

    /// The chain was read.
    pub(super) fn seen(&mut self, done: &DoneBits) {
        let undone: u64 = done.undone().into_iter().map(|gap| self.committed.tree.recipients(gap).len() as u64).sum();
        self.done = self.committed.list.len() as u64 - undone;
        self.before.get_or_insert(self.done);
    }

    /// Chunks were paid.
    pub(super) fn paid(&mut self, chunks: Range<u64>) {
        self.done += self.committed.tree.recipients(chunks).len() as u64;
    }

    /// Recipients of a chunk could not be paid; their amounts stay reserved.
    pub(super) fn reserved(&mut self, recipients: u64) {
        self.reserved += recipients;
    }

    /// Recipients paid since the run began, and those whose amount is reserved instead.
    pub(super) fn of_this_run(&self) -> (u64, u64) {
        (self.recipients().saturating_sub(self.before.unwrap_or(0)), self.reserved)
    }

    fn recipients(&self) -> u64 {
        self.done.saturating_sub(self.reserved)
    }

    pub(super) fn tell(&self, phase: Phase) {
        let of = self.committed.list.len() as u64;
        let ((paid, _), elapsed) = (self.of_this_run(), self.begun.elapsed());
        let rate = (paid > 0).then(|| (u128::from(paid) * 1_000_000 / elapsed.as_micros().max(1)) as u64);
        let left = rate.filter(|rate| *rate > 0).map(|rate| Duration::from_secs((of - self.done.min(of)) / rate));
        (self.sink)(&Progress { phase, recipients: self.recipients(), of, rate, left });
    }
}
