//! Where the words go: a locked writer, colours if the place takes them, bars that step aside while a line is written.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressDrawTarget};
use owo_colors::Style;

use crate::report::format::is_unwelcome;

/// Lines are set to this width, or to the terminal's if it is narrower.
const WIDTH: usize = 92;

/// The few colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// As it is.
    Plain,
    /// What the eye should find.
    Strong,
    /// What it may pass over.
    Faint,
    /// The countdown.
    Accent,
    /// Holds.
    Good,
    /// Does not hold.
    Bad,
    /// Not known.
    Open,
}

impl Ink {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Accent => Style::new().cyan().bold(),
            Self::Good => Style::new().green(),
            Self::Bad => Style::new().red().bold(),
            Self::Open => Style::new().yellow(),
        }
    }
}

/// A line: pieces from the left, and pieces set against the right edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    left: Vec<(Ink, String)>,
    right: Vec<(Ink, String)>,
}

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a piece at the left.
    pub(crate) fn add(mut self, ink: Ink, text: &str) -> Self {
        self.left.push((ink, harmless(text)));
        self
    }

    /// Adds a piece at the right.
    pub(crate) fn right(mut self, ink: Ink, text: &str) -> Self {
        self.right.push((ink, harmless(text)));
        self
    }

    /// The line as it is written; a right part that does not fit follows after two spaces.
    pub(crate) fn render(&self, width: usize, colour: bool) -> String {
        let long = |pieces: &[(Ink, String)]| pieces.iter().map(|(_, text)| text.chars().count()).sum::<usize>();
        let mut out = String::new();
        let mut paint = |pieces: &[(Ink, String)]| {
            for (ink, text) in pieces {
                if colour && *ink != Ink::Plain && !text.is_empty() {
                    out.push_str(&ink.style().style(text).to_string());
                } else {
                    out.push_str(text);
                }
            }
        };
        paint(&self.left);
        if long(&self.right) > 0 {
            let gap = width.saturating_sub(long(&self.left) + long(&self.right)).max(2);
            paint(&[(Ink::Plain, " ".repeat(gap))]);
            paint(&self.right);
        }
        if colour { out } else { out.trim_end().to_owned() }
    }
}

/// Text without line breaks and without anything a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\n' || c == '\t' {
                ' '
            } else if is_unwelcome(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Where a narrative is written.
pub(crate) struct Terminal {
    out: Mutex<Box<dyn Write + Send>>,
    bars: MultiProgress,
    /// Whether colours are wanted.
    pub(crate) colour: bool,
    /// Width of a line.
    pub(crate) width: usize,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Terminal").field("colour", &self.colour).field("width", &self.width).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        let live = io::stdout().is_terminal();
        Self::of(Box::new(io::stdout()), live, ProgressDrawTarget::stdout())
    }

    /// Standard error.
    pub(crate) fn stderr() -> Self {
        let live = io::stderr().is_terminal();
        Self::of(Box::new(io::stderr()), live, ProgressDrawTarget::stderr())
    }

    fn of(out: Box<dyn Write + Send>, live: bool, target: ProgressDrawTarget) -> Self {
        let bars = MultiProgress::with_draw_target(if live { target } else { ProgressDrawTarget::hidden() });
        // a terminal without a size says 0
        let seen = comfy_table::Table::new().use_stderr().width().filter(|columns| live && *columns >= 40);
        let width = seen.map_or(WIDTH, usize::from).min(WIDTH);
        Self { out: Mutex::new(out), bars, colour: live && wants_colour(), width }
    }

    /// Somewhere a test can read it.
    #[cfg(test)]
    pub(crate) fn into_buffer(out: Box<dyn Write + Send>, colour: bool) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        Self { out: Mutex::new(out), bars, colour, width: WIDTH }
    }

    /// Writes lines; bars are taken away and drawn again after.
    pub(crate) fn write(&self, lines: &[Line]) {
        let text: String = lines.iter().map(|line| line.render(self.width, self.colour) + "\n").collect();
        self.bars.suspend(|| {
            // a poisoned lock means another thread panicked while writing: its half line is no reason to fall silent
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            // nobody is left to tell when the reader went away
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        });
    }

    /// Puts a bar under the last line.
    pub(super) fn adopt(&self, bar: indicatif::ProgressBar) -> indicatif::ProgressBar {
        self.bars.add(bar)
    }
}

/// `NO_COLOR` of any content but none, or a terminal that says it is dumb, means no colours.
pub(crate) fn wants_colour() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !no_colour && !dumb
}
