//! A bar for what takes long: how much, how fast, how long still.
//!
//! Rate and remaining time count what this run did, not what an earlier one had done before it.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::terminal::{Terminal, harmless};
use crate::report::format;

/// A bar that is shown; it goes away when it is finished or dropped. Clones move the same bar.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    _shown: std::sync::Arc<Shown>,
}

/// Takes the bar away with the last handle.
#[derive(Debug)]
struct Shown(ProgressBar);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

const COLOURED: &str = "        {prefix} {bar:24.cyan/dim} {done} {rate} {left}";
const PLAIN: &str = "        {prefix} {bar:24} {done} {rate} {left}";

impl Progress {
    pub(super) fn open(terminal: &Terminal, what: &str, unit: &'static str, already: u64, total: u64) -> Self {
        // both templates are constants without unknown parts; the fallback is indicatif's own bar
        let style = ProgressStyle::with_template(if terminal.colour { COLOURED } else { PLAIN })
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─")
            .with_key("done", |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{}/{}", format::count(state.pos()), format::count(state.len().unwrap_or(0)));
            })
            .with_key("rate", move |state: &ProgressState, out: &mut dyn Write| {
                if let Some(rate) = rate(already, state.pos(), state.elapsed().as_secs_f64()) {
                    let _ = write!(out, "· {} {unit}/s", format::count(rate as u64));
                }
            })
            .with_key("left", move |state: &ProgressState, out: &mut dyn Write| {
                let remaining = state.len().unwrap_or(0).saturating_sub(state.pos());
                if let Some(rate) = rate(already, state.pos(), state.elapsed().as_secs_f64()) {
                    let seconds = (remaining as f64 / rate).ceil() as u64;
                    let _ = match seconds {
                        0..60 => write!(out, "· {seconds} s left"),
                        _ => write!(out, "· {} left", format::span(seconds.saturating_mul(1000))),
                    };
                }
            });
        let bar = terminal.adopt(ProgressBar::new(total));
        bar.set_style(style);
        bar.set_prefix(harmless(what));
        bar.set_position(already);
        Self { _shown: std::sync::Arc::new(Shown(bar.clone())), bar }
    }

    /// So much is done in all, what an earlier run did included.
    pub(crate) fn set(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// Units a second of this run; none before anything happened.
fn rate(already: u64, done: u64, seconds: f64) -> Option<f64> {
    let own = done.saturating_sub(already);
    (own > 0 && seconds > 0.0).then(|| own as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_this_run() {
        assert_eq!(rate(9_000, 10_000, 2.0).map(|rate| rate as u64), Some(500));
        assert_eq!(rate(9_000, 9_000, 2.0), None);
        assert_eq!(rate(0, 5, 0.0), None);
    }

    #[test]
    fn both_templates_are_understood() {
        for template in [COLOURED, PLAIN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
