//! The checklists and the engine that ticks them with evidence.
//!
//! A checklist is a TOML file that names checks: what has to hold, and why it matters. An item is ticked by findings alone,
//! never by hand: `list` reads the files, `tick` puts findings to items. The rules are short:
//!
//! - an item holds if it has at least one finding and every one of them holds;
//! - an item with a finding that fails has failed, whatever else is known;
//! - an item without a finding, or with one that could not look, is inconclusive;
//! - a finding that no item names is an error: what is checked and not listed would be read by nobody.

mod list;
mod tick;

pub use list::{Checklist, ChecklistError, GENESIS, Item, REHEARSAL};
pub use tick::{Outcome, Report, Ticked, Unlisted, tick};
