//! `tminus tx show KEY`: everything about one intent.

use clap::Args;
use serde_json::json;
use tminus_chain::ledger::{
    AttemptKind,
    view::{AnswerView, AttemptView, Detail, IntentView},
};

use super::{
    json as documents,
    ledger::{Of, classify_view, find},
    list::{now_ms, state},
    words::{age, ether, gwei, moment, owner},
};
use crate::{
    commands::finish,
    exit::{Failure, Status},
    narrative::terminal::harmless,
    report::format::{count, plural, times, utc},
};

/// Arguments of `tminus tx show`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// The intent.
    key: String,
    #[command(flatten)]
    of: Of,
}

/// Runs it.
pub(super) fn show(arguments: &ShowArguments, as_json: bool) -> Result<Status, Failure> {
    let view = arguments.of.open()?;
    let detail = find(&view, &arguments.key)?;
    let who = view.owner().map_err(classify_view)?;
    let body = json!({
        "ledger": documents::ledger(&view, &who).map_err(classify_view)?,
        "intent": documents::detail(&detail),
    });
    let mut lines = describe(&detail, now_ms());
    lines.push(String::new());
    lines.push(format!("ledger: {}; {}", view.path().display(), owner(&who)));
    let lines: Vec<_> = lines.iter().map(|line| harmless(line)).collect();
    finish(as_json, Status::Done, body, lines.join("\n"))
}

fn describe(detail: &Detail, now_ms: i64) -> Vec<String> {
    let mut lines = head(&detail.intent, now_ms);
    let (current, earlier): (Vec<_>, Vec<_>) =
        detail.attempts.iter().partition(|attempt| attempt.generation == detail.intent.generation);
    lines.push(String::new());
    lines.push(match current.len() {
        0 => "nothing is signed for it".to_owned(),
        some => plural(some, "signed transaction, oldest first", "signed transactions, oldest first"),
    });
    lines.extend(current.into_iter().flat_map(|attempt| tried(attempt, now_ms)));
    if !earlier.is_empty() {
        lines.push(String::new());
        lines.push("of earlier generations, which cannot take effect any more".to_owned());
        lines.extend(earlier.into_iter().flat_map(|attempt| tried(attempt, now_ms)));
    }
    if !detail.events.is_empty() {
        lines.push(String::new());
        lines.push("what happened".to_owned());
        lines.extend(
            detail
                .events
                .iter()
                .map(|event| format!("  {}  {}", utc(u64::try_from(event.ms / 1000).unwrap_or(0)), event.what)),
        );
    }
    lines
}

fn head(intent: &IntentView, now_ms: i64) -> Vec<String> {
    let line = |name: &str, text: String| format!("  {name:<10}{text}");
    let mut lines = vec![format!("{}: {} for {}", intent.key, state(intent), age(intent.updated_ms, now_ms))];
    if let Some(reason) = &intent.reason {
        lines.push(line("waits", format!("{} (since {})", reason.words, moment(reason.ms, now_ms))));
    }
    lines.push(line("from", intent.signer.to_string()));
    lines.push(line("to", intent.target.map_or_else(|| "a new contract".to_owned(), |target| target.to_string())));
    lines.push(line("value", ether(intent.value)));
    lines.push(line("calldata", format!("{} bytes, keccak256 {}", count(intent.data_bytes), intent.data_hash)));
    let nonce = intent.nonce.map_or_else(|| "none yet".to_owned(), |nonce| nonce.to_string());
    let again = if intent.generation > 1 { format!(", its {} one", ordinal(intent.generation)) } else { String::new() };
    lines.push(line("nonce", nonce + &again));
    lines.push(line(
        "gas",
        intent.gas.map_or_else(|| "not checked yet".to_owned(), |gas| format!("at most {}", count(gas))),
    ));
    let spend = intent.spend;
    if !spend.is_zero() {
        lines.push(line("cost", if intent.is_over() { ether(spend) } else { format!("at most {}", ether(spend)) }));
    }
    if intent.priority != 0 {
        lines.push(line("priority", intent.priority.to_string()));
    }
    if let Some(deadline) = intent.deadline {
        lines.push(line("deadline", format!("{} by the chain's clock", utc(deadline))));
    }
    lines.push(line("journaled", moment(intent.created_ms, now_ms)));
    if let Some(receipt) = &intent.receipt {
        let what = match (receipt.kind, receipt.success) {
            (AttemptKind::Call, true) => "executed",
            (AttemptKind::Call, false) => "reverted",
            (AttemptKind::Cancel, _) => "the cancelling transaction",
        };
        lines.push(line("block", format!("{} {}", receipt.block_number, receipt.block_hash)));
        let used = format!("{what}, {} gas at {}", count(receipt.gas_used), gwei(receipt.gas_price));
        lines.push(line("", format!("{used}, seen {}", moment(receipt.seen_ms, now_ms))));
        if let Some(created) = receipt.created {
            lines.push(line("created", created.to_string()));
        }
    }
    lines
}

fn tried(attempt: &AttemptView, now_ms: i64) -> Vec<String> {
    let kind = match attempt.kind {
        AttemptKind::Call => "",
        AttemptKind::Cancel => "  cancels",
    };
    let fees = format!("at most {}, tip {}", gwei(attempt.max_fee), gwei(attempt.tip));
    let mut lines = vec![
        format!("  {}{kind}", attempt.hash),
        format!(
            "    nonce {}, {fees}, signed {}, {}",
            attempt.nonce,
            moment(attempt.made_ms, now_ms),
            match attempt.state.as_str() {
                "signed" => "no endpoint is known to have it",
                word => word,
            }
        ),
    ];
    lines.extend(attempt.answers.iter().map(|answer| said(answer, now_ms)));
    lines
}

fn said(answer: &AnswerView, now_ms: i64) -> String {
    let words = if answer.words.is_empty() { String::new() } else { format!(": {:?}", answer.words) };
    let often = usize::try_from(answer.times).unwrap_or(usize::MAX);
    let last = if often > 1 {
        format!("{}, first {}, last {}", times(often), moment(answer.first_ms, now_ms), moment(answer.last_ms, now_ms))
    } else {
        moment(answer.first_ms, now_ms)
    };
    format!("    {} {}{words}, {last}", answer.endpoint, answer.class)
}

/// `2nd`, `3rd`, `11th`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
