//! What a person watching a rehearsal reads: stages counting down, a line for each thing done, bars where it takes long.
//!
//! It goes to stdout, or to stderr when stdout is to hold one JSON document. Colours and bars appear only on a terminal
//! (and colours not under `NO_COLOR`); elsewhere the same words come as plain lines. Text from outside can not move the
//! cursor or colour anything: control characters are shown as U+FFFD. A reader that went away is not an error of ours.

pub(crate) mod checks;
pub(crate) mod progress;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod terminal;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crate::report::data::StageTiming;
use crate::report::format;
use progress::Progress;
use terminal::{Ink, Line, Terminal};

/// The narrative of one run.
#[derive(Debug)]
pub(crate) struct Narrative {
    terminal: Terminal,
    left: AtomicU32,
}

impl Narrative {
    /// On stdout; on stderr when stdout holds JSON.
    pub(crate) fn new(json: bool) -> Self {
        Self::on(if json { Terminal::stderr() } else { Terminal::stdout() })
    }

    fn on(terminal: Terminal) -> Self {
        Self { terminal, left: AtomicU32::new(0) }
    }

    /// The opening line, and how many stages will follow: the first is T minus one less than that, the last T minus 0.
    pub(crate) fn countdown(&self, title: &str, subtitle: &str, stages: u32) {
        self.left.store(stages, Ordering::Relaxed);
        let title = Line::new().add(Ink::Strong, title).add(Ink::Faint, "  ").add(Ink::Faint, subtitle);
        self.terminal.write(&[Line::new(), title]);
    }

    /// Opens the next stage.
    pub(crate) fn stage(&self, title: &str) -> Stage<'_> {
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(1)));
        let left = before.unwrap_or(0).saturating_sub(1);
        let head = Line::new().add(Ink::Accent, &format!("{:<6}", format!("T-{left}"))).add(Ink::Strong, title);
        self.terminal.write(&[Line::new(), head]);
        let now = Instant::now();
        Stage { narrative: self, title: title.to_owned(), opened: now, last: now }
    }

    /// A line of its own between stages, such as why this run is a resumption.
    pub(crate) fn remark(&self, text: &str) {
        self.terminal.write(&[Line::new().add(Ink::Faint, text)]);
    }
}

/// A stage that is open. Dropped without [`Stage::done`] it says nothing more: the error that follows does.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    narrative: &'a Narrative,
    title: String,
    opened: Instant,
    last: Instant,
}

impl Stage<'_> {
    /// Something was done just now; the line shows how long it took since the one before.
    pub(crate) fn step(&mut self, text: &str) {
        let took = format::span(self.lap());
        self.line(Ink::Good, "✓", Ink::Plain, text, &took);
    }

    /// Something was found done by an earlier run.
    pub(crate) fn found(&mut self, text: &str) {
        self.lap();
        self.line(Ink::Faint, "=", Ink::Faint, text, "found done");
    }

    /// Something a person should know that is no step.
    pub(crate) fn note(&mut self, text: &str) {
        self.line(Ink::Faint, "·", Ink::Faint, text, "");
    }

    /// Opens a bar for `total` of `unit` (such as `recipients`) of which an earlier run did `already`. On anything but a
    /// terminal it is not seen.
    pub(crate) fn progress(&self, what: &str, unit: &'static str, already: u64, total: u64) -> Progress {
        Progress::open(&self.narrative.terminal, what, unit, already, total)
    }

    /// Closes the stage with what came of it; returns its timing for the report.
    pub(crate) fn done(self, summary: &str) -> StageTiming {
        let millis = millis_since(self.opened);
        self.line(Ink::Plain, " ", Ink::Strong, summary, &format::span(millis));
        StageTiming { name: self.title, summary: summary.to_owned(), millis }
    }

    fn lap(&mut self) -> u64 {
        let millis = millis_since(self.last);
        self.last = Instant::now();
        millis
    }

    fn line(&self, sign_ink: Ink, sign: &str, ink: Ink, text: &str, right: &str) {
        let left = Line::new().add(Ink::Plain, "      ").add(sign_ink, sign).add(Ink::Plain, " ").add(ink, text);
        self.narrative.terminal.write(&[left.right(Ink::Faint, right)]);
    }
}

fn millis_since(then: Instant) -> u64 {
    u64::try_from(then.elapsed().as_millis()).unwrap_or(u64::MAX)
}
