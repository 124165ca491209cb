//! `tminus tx list`: one line an intent.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::Address;
use clap::Args;
use serde_json::{Value, json};
use tminus_chain::ledger::{
    IntentState,
    view::{Filter, IntentView, View, ViewError},
};

use super::{
    json as documents,
    ledger::{Of, classify_view},
    words,
};
use crate::{
    commands::finish,
    exit::{Failure, Status},
    narrative::table::{Set, table},
    report::format::{count, ends},
};

/// Arguments of `tminus tx list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    of: Of,
    /// Only intents in this state; may be given several times.
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    only: Vec<IntentState>,
    /// Only intents whose key starts with this.
    #[arg(long, default_value = "")]
    prefix: String,
    /// Only intents of this account.
    #[arg(long)]
    signer: Option<Address>,
    /// The newest so many; 0 for all.
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

/// Reads the word of a state.
fn parse_state(word: &str) -> Result<IntentState, String> {
    let known = IntentState::ALL.into_iter().find(|state| state.as_str() == word);
    known.ok_or_else(|| format!("the states are {}", IntentState::ALL.map(IntentState::as_str).join(", ")))
}

/// Milliseconds since 1970, for ages.
pub(super) fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Runs it.
pub(super) fn list(arguments: &ListArguments, as_json: bool) -> Result<Status, Failure> {
    let view = arguments.of.open()?;
    let filter = Filter {
        states: arguments.only.clone(),
        prefix: arguments.prefix.clone(),
        signer: arguments.signer,
        limit: (arguments.limit > 0).then_some(arguments.limit),
    };
    let listed = Listed::read(&view, &filter).map_err(classify_view)?;
    let body = documents::ledger(&view, &view.owner().map_err(classify_view)?).map_err(classify_view)?;
    finish(as_json, Status::Done, listed.document(body), listed.words(now_ms()))
}

/// What is listed.
struct Listed {
    intents: Vec<IntentView>,
    matching: u64,
    counts: Vec<(IntentState, u64)>,
}

impl Listed {
    fn read(view: &View, filter: &Filter) -> Result<Self, ViewError> {
        Ok(Self { intents: view.intents(filter)?, matching: view.count(filter)?, counts: view.counts()? })
    }

    fn document(&self, ledger: Value) -> Value {
        let counts: serde_json::Map<String, Value> =
            self.counts.iter().map(|(state, count)| (state.as_str().to_owned(), json!(count))).collect();
        json!({
            "ledger": ledger,
            "counts": counts,
            "matching": self.matching,
            "intents": self.intents.iter().map(documents::intent).collect::<Vec<_>>(),
        })
    }

    fn words(&self, now_ms: i64) -> String {
        let counts: Vec<_> =
            self.counts.iter().map(|(state, number)| format!("{} {}", count(*number), state.as_str())).collect();
        let all = if counts.is_empty() { "the ledger holds no intent".to_owned() } else { counts.join(", ") };
        if self.intents.is_empty() {
            let none = if counts.is_empty() { String::new() } else { "no intent is meant; in the ledger: ".to_owned() };
            return format!("{none}{all}");
        }
        let rows: Vec<_> = self.intents.iter().map(|intent| row(intent, now_ms)).collect();
        let mut text = table(&HEADS, &rows);
        let shown = self.intents.len() as u64;
        if shown < self.matching {
            text += &format!(
                "\n\nthe newest {} of {}; --limit 0 shows all. In the ledger: {all}",
                count(shown),
                count(self.matching)
            );
        } else {
            text += &format!("\n\n{} shown; in the ledger: {all}", count(shown));
        }
        text
    }
}

/// The columns of a table of intents.
pub(super) const HEADS: [(&str, Set); 9] = [
    ("key", Set::Left),
    ("state", Set::Left),
    ("nonce", Set::Right),
    ("tried", Set::Right),
    ("gwei: most / tip", Set::Right),
    ("transaction", Set::Left),
    ("block", Set::Right),
    ("age", Set::Right),
    ("reason", Set::Left),
];

/// An intent in a table.
pub(super) fn row(intent: &IntentView, now_ms: i64) -> Vec<String> {
    let number = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let hash = intent.receipt.as_ref().map(|receipt| receipt.hash);
    let hash = hash.or_else(|| intent.newest.as_ref().map(|newest| newest.hash));
    vec![
        intent.key.clone(),
        state(intent),
        number(intent.nonce),
        intent.attempts.to_string(),
        words::short_fees(intent),
        hash.map_or_else(String::new, |hash| ends(&hash.to_string())),
        number(intent.receipt.as_ref().map(|receipt| receipt.block_number)),
        words::age(intent.updated_ms, now_ms),
        intent.reason.as_ref().map_or_else(String::new, |reason| reason.words.clone()),
    ]
}

/// The state, with what is about to change it.
pub(super) fn state(intent: &IntentView) -> String {
    let word = intent.state.as_str();
    match &intent.receipt {
        Some(receipt) if intent.state == IntentState::Mined && !receipt.success => format!("{word}, reverted"),
        _ if intent.cancel && !intent.is_over() => format!("{word}, to be cancelled"),
        _ => word.to_owned(),
    }
}
