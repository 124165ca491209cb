//! The same for programs. Amounts are decimal strings of wei, never numbers; times are UTC and milliseconds since 1970.

use serde_json::{Value, json};
use tminus_chain::ledger::view::{
    AttemptView, Detail, EventView, Held, IntentView, Owner, ReceiptView, View, ViewError,
};

use crate::report::format::utc;

fn wei(amount: impl std::fmt::Display) -> String {
    amount.to_string()
}

fn time(ms: i64) -> Value {
    json!({ "utc": utc(u64::try_from(ms / 1000).unwrap_or(0)), "ms": ms })
}

/// The ledger as a whole.
pub(super) fn ledger(view: &View, owner: &Owner) -> Result<Value, ViewError> {
    let (pins, created_ms) = view.pins()?;
    Ok(json!({
        "path": view.path().display().to_string(),
        "chain_id": pins.chain_id,
        "genesis_hash": pins.genesis_hash,
        "created": time(created_ms),
        "fence": owner.fence,
        "owner": owner.words,
        "held": match owner.held {
            Held::Yes => json!(true),
            Held::No => json!(false),
            Held::Unknown => Value::Null,
        },
    }))
}

/// An intent.
pub(super) fn intent(intent: &IntentView) -> Value {
    json!({
        "key": intent.key,
        "state": intent.state.as_str(),
        "signer": intent.signer,
        "nonce": intent.nonce,
        "generation": intent.generation,
        "target": intent.target,
        "value_wei": wei(intent.value),
        "data_bytes": intent.data_bytes,
        "data_hash": intent.data_hash,
        "gas": intent.gas,
        "priority": intent.priority,
        "deadline": intent.deadline,
        "cancel": intent.cancel,
        "reason": intent.reason.as_ref().map(|reason| json!({ "words": reason.words, "since": time(reason.ms) })),
        "spend_wei": wei(intent.spend),
        "created": time(intent.created_ms),
        "updated": time(intent.updated_ms),
        "attempts": intent.attempts,
        "newest": intent.newest.as_ref().map(signed),
        "receipt": intent.receipt.as_ref().map(receipt),
    })
}

fn receipt(receipt: &ReceiptView) -> Value {
    json!({
        "hash": receipt.hash,
        "kind": receipt.kind.as_str(),
        "block_number": receipt.block_number,
        "block_hash": receipt.block_hash,
        "gas_used": receipt.gas_used,
        "gas_price_wei": wei(receipt.gas_price),
        "created": receipt.created,
        "success": receipt.success,
        "seen": time(receipt.seen_ms),
    })
}

fn signed(attempt: &AttemptView) -> Value {
    json!({
        "hash": attempt.hash,
        "generation": attempt.generation,
        "kind": attempt.kind.as_str(),
        "nonce": attempt.nonce,
        "max_fee_per_gas_wei": wei(attempt.max_fee),
        "max_priority_fee_per_gas_wei": wei(attempt.tip),
        "state": attempt.state.as_str(),
        "signed": time(attempt.made_ms),
    })
}

fn attempt(attempt: &AttemptView) -> Value {
    let mut body = signed(attempt);
    let answers = attempt.answers.iter().map(|answer| {
        json!({
            "endpoint": answer.endpoint,
            "class": answer.class,
            "words": answer.words,
            "first": time(answer.first_ms),
            "last": time(answer.last_ms),
            "times": answer.times,
        })
    });
    body["answers"] = answers.collect();
    body
}

fn event(event: &EventView) -> Value {
    json!({ "time": time(event.ms), "what": event.what })
}

/// An intent with everything about it.
pub(super) fn detail(detail: &Detail) -> Value {
    let mut body = intent(&detail.intent);
    if let Value::Object(map) = &mut body {
        // the newest is among the attempts, with its answers
        map.remove("newest");
        map.insert("attempts".to_owned(), detail.attempts.iter().map(attempt).collect());
        map.insert("events".to_owned(), detail.events.iter().map(event).collect());
        let before = detail
            .before
            .iter()
            .map(|other| json!({ "key": other.key, "nonce": other.nonce, "state": other.state.as_str() }));
        map.insert("waits_for".to_owned(), before.collect());
    }
    body
}
