//! `tminus tx watch`: follows what a process does, through the journal it writes.
//!
//! On a terminal there is one table that changes in place; elsewhere each change is a line. It ends when everything that is
//! followed is settled, or only mined where that is enough, with exit code 3 if anything ended in another way than it was
//! wanted. An interrupt ends it at once and changes nothing.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tminus_chain::ledger::{
    IntentState,
    view::{Filter, Held, IntentView, View},
};

use super::{
    json as documents,
    ledger::{Of, classify_view, find},
    list::{HEADS, now_ms, row, state},
    words::{gwei, owner},
};
use crate::{
    commands::{finish, note, say},
    exit::{Failure, Status},
    narrative::{table::table, terminal::harmless},
    report::format::{count, utc},
};

/// Time between looks at the journal.
const LOOK: Duration = Duration::from_millis(200);
/// Time after which ages are drawn anew.
const REDRAW: Duration = Duration::from_secs(1);
/// Most intents in the live table.
const ROWS: usize = 20;

/// Arguments of `tminus tx watch`.
#[derive(Debug, Args)]
pub(super) struct WatchArguments {
    /// One intent; all of the ledger when neither this nor --prefix is given.
    #[arg(conflicts_with = "prefix")]
    key: Option<String>,
    #[command(flatten)]
    of: Of,
    /// The intents whose key starts with this.
    #[arg(long)]
    prefix: Option<String>,
    /// When an intent is no longer waited for.
    #[arg(long, value_enum, default_value_t = Until::Settled)]
    until: Until,
}

/// When an intent is no longer waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// In a block.
    Mined,
    /// Nothing more happens to it by itself: final, reverted for good, refused, cancelled, expired.
    Settled,
}

impl Until {
    fn is_reached(self, intent: &IntentView) -> bool {
        intent.is_over() || (self == Self::Mined && intent.state == IntentState::Mined)
    }
}

/// What makes a line when it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stand {
    state: String,
    generation: u32,
    newest: Option<B256>,
    block: Option<B256>,
    reason: Option<String>,
}

impl Stand {
    fn of(intent: &IntentView) -> Self {
        Self {
            state: state(intent),
            generation: intent.generation,
            newest: intent.newest.as_ref().map(|newest| newest.hash),
            block: intent.receipt.as_ref().map(|receipt| receipt.block_hash),
            reason: intent.reason.as_ref().map(|reason| reason.words.clone()),
        }
    }
}

/// Where it is said.
enum Voice {
    Table(ProgressBar),
    Lines { as_json: bool },
}

/// Runs it.
pub(super) async fn watch(arguments: &WatchArguments, as_json: bool) -> Result<Status, Failure> {
    let view = arguments.of.open()?;
    if let Some(key) = &arguments.key {
        find(&view, key)?;
    }
    let voice = Voice::new(as_json);
    let (mut seen, mut stands, mut drawn, mut idle) = (None, BTreeMap::new(), None::<Instant>, false);
    let intents = loop {
        if !view.is_current() {
            return Err(Failure::Halted(format!("{} was replaced or removed meanwhile", view.path().display())));
        }
        let version = view.version().map_err(classify_view)?;
        let changed = seen.replace(version) != Some(version);
        if changed || drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) {
            let intents = followed(&view, arguments)?;
            if intents.is_empty() && stands.is_empty() {
                let prefix = arguments.prefix.as_deref().unwrap_or_default();
                return Err(Failure::Input(harmless(&format!(
                    "{} knows no intent whose key starts with {prefix:?}",
                    view.path().display()
                ))));
            }
            voice.tell(&intents, &mut stands);
            drawn = Some(Instant::now());
            if intents.iter().all(|intent| arguments.until.is_reached(intent)) {
                break intents;
            }
            let who = view.owner().map_err(classify_view)?;
            let alone = who.held == Held::No;
            if alone && !idle {
                voice.remark(&format!("{}: nothing moves before one does", owner(&who)));
            }
            idle = alone;
        }
        tokio::time::sleep(LOOK).await;
    };
    voice.end();
    let failed: Vec<_> = intents.iter().filter(|intent| went_wrong(intent)).collect();
    let status = if failed.is_empty() { Status::Done } else { Status::Mismatch };
    let body = json!({
        "ledger": documents::ledger(&view, &view.owner().map_err(classify_view)?).map_err(classify_view)?,
        "intents": intents.iter().map(documents::intent).collect::<Vec<_>>(),
    });
    let mut words =
        format!("{} of {} ended as wanted", count((intents.len() - failed.len()) as u64), count(intents.len() as u64));
    for intent in failed {
        words += &format!("\n  {}: {}", harmless(&intent.key), state(intent));
    }
    finish(as_json, status, body, words)
}

/// Whether it ended in another way than it was wanted; a cancelled one was wanted so.
fn went_wrong(intent: &IntentView) -> bool {
    let reverted = intent.receipt.as_ref().is_some_and(|receipt| !receipt.success);
    match intent.state {
        IntentState::Finalized | IntentState::Cancelled => false,
        IntentState::Mined => reverted,
        _ => true,
    }
}

fn followed(view: &View, arguments: &WatchArguments) -> Result<Vec<IntentView>, Failure> {
    let prefix = arguments.key.clone().or_else(|| arguments.prefix.clone()).unwrap_or_default();
    let mut intents = view.intents(&Filter { prefix, ..Filter::default() }).map_err(classify_view)?;
    intents.retain(|intent| arguments.key.as_ref().is_none_or(|key| *key == intent.key));
    Ok(intents)
}

impl Voice {
    fn new(as_json: bool) -> Self {
        if as_json || !std::io::stdout().is_terminal() {
            return Self::Lines { as_json };
        }
        let bar = ProgressBar::with_draw_target(None, indicatif::ProgressDrawTarget::stdout());
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Self::Table(bar)
    }

    fn tell(&self, intents: &[IntentView], stands: &mut BTreeMap<i64, Stand>) {
        let first = stands.is_empty();
        for intent in intents {
            let stand = Stand::of(intent);
            let before = stands.insert(intent.id, stand.clone());
            let news = before.as_ref() != Some(&stand);
            // what was over before it was looked at is counted, not told
            if let Self::Lines { as_json } = self
                && news
                && !(first && intent.is_over())
            {
                line(intent, *as_json);
            }
        }
        if let Self::Table(bar) = self {
            bar.set_message(live(intents));
        } else if let (Self::Lines { as_json }, true) = (self, first) {
            let over = intents.iter().filter(|intent| intent.is_over()).count();
            if over > 0 {
                put(&format!("{} of {} are over already", count(over as u64), count(intents.len() as u64)), *as_json);
            }
        }
    }

    fn remark(&self, words: &str) {
        match self {
            Self::Table(bar) => bar.suspend(|| note(words)),
            Self::Lines { .. } => note(words),
        }
    }

    fn end(&self) {
        if let Self::Table(bar) = self {
            bar.abandon();
        }
    }
}

fn put(words: &str, as_json: bool) {
    if as_json { note(harmless(words)) } else { say(harmless(words)) }
}

/// What became of an intent, in a line.
fn line(intent: &IntentView, as_json: bool) {
    let mut words =
        format!("{}  {}  {}", utc(u64::try_from(intent.updated_ms / 1000).unwrap_or(0)), intent.key, state(intent));
    if let Some(nonce) = intent.nonce {
        words += &format!("  nonce {nonce}");
    }
    if let Some(receipt) = &intent.receipt {
        words += &format!("  block {}  {}", receipt.block_number, receipt.hash);
    } else if let Some(newest) = &intent.newest {
        words += &format!("  try {}, at most {}  {}", intent.attempts, gwei(newest.max_fee), newest.hash);
    }
    if let Some(reason) = &intent.reason {
        words += &format!("  ({})", reason.words);
    }
    put(&words, as_json);
}

/// The table as it is now: what is not over, then what ended last.
fn live(intents: &[IntentView]) -> String {
    let now = now_ms();
    let over = intents.iter().filter(|intent| intent.is_over()).count();
    let mut shown: Vec<_> = intents.iter().filter(|intent| !intent.is_over()).take(ROWS).collect();
    let room = ROWS - shown.len();
    let mut ended: Vec<_> = intents.iter().filter(|intent| intent.is_over()).collect();
    ended.sort_by_key(|intent| std::cmp::Reverse(intent.updated_ms));
    shown.extend(ended.into_iter().take(room));
    let rows: Vec<_> = shown.iter().map(|intent| row(intent, now)).collect();
    let hidden = intents.len() - rows.len();
    let mut text = table(&HEADS, &rows);
    text += &format!("\n\n{} of {} over", count(over as u64), count(intents.len() as u64));
    if hidden > 0 {
        text += &format!(", {} not shown", count(hidden as u64));
    }
    text
}
