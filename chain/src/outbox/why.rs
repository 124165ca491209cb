//! Why an intent is where it is, and what happens to it next.
//!
//! A pure function of what the journal holds, what the chain shows where it was asked, and the limits the work runs under.
//! What is said will happen is what the outbox's own decisions (`machine`, `fees`) give for these facts, now or at the first
//! moment at which they give something else than waiting: there is no second logic here, only words.
//!
//! What it cannot know it says: a process keeps its own memory of its sends and its own limits, and without a look at the
//! chain a nonce is taken to be next in line when nothing of this ledger is before it.
//!
//! - `waiting`: not signed yet; `pending`: signed and in no block; `look`: what is asked of the chain; `words`: prices and times

mod look;
mod pending;
mod waiting;
mod words;

use alloy::primitives::{B256, U256};

use super::{
    fees::Market,
    machine::{Effect, MinedStep, Policy, mined_step},
};
use crate::ledger::{
    AttemptKind, IntentState,
    view::{Detail, Held, ReceiptView},
};
pub use look::look;
use words::since;

/// What is known beside the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The time, milliseconds since 1970.
    pub now_ms: i64,
    /// Whether a process works with the ledger.
    pub held: Held,
    /// Patience and limits the work runs under.
    pub policy: Policy,
    /// The chain, where it was asked.
    pub chain: Option<Chain>,
}

/// What the chain shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The endpoint, redacted.
    pub label: String,
    /// Height of the latest block.
    pub latest: u64,
    /// Its time, seconds since 1970.
    pub timestamp: u64,
    /// Height of the finalized block.
    pub finalized: u64,
    /// Transactions of the signer as of the latest block.
    pub latest_nonce: u64,
    /// As of the finalized block.
    pub final_nonce: u64,
    /// Fees at the moment.
    pub market: Option<Market>,
    /// Ether of the signer, wei.
    pub balance: U256,
    /// The hash the chain has at the height of the stored receipt.
    pub hash_there: Option<B256>,
    /// Transactions of the intent that are in a block, with its height.
    pub mined: Vec<(B256, u64)>,
}

/// An explanation, in sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// Where it stands.
    pub state: String,
    /// Why it is not further.
    pub why: Vec<String>,
    /// What happens next, and when.
    pub next: Vec<String>,
    /// What was not looked at, and what is assumed instead.
    pub unseen: Vec<String>,
}

/// Explains one intent.
#[must_use]
pub fn explain(detail: &Detail, ground: &Ground) -> Explanation {
    let intent = &detail.intent;
    let mut said = match intent.state {
        IntentState::Signed | IntentState::Sent => pending::explain(detail, ground),
        IntentState::Mined => match &intent.receipt {
            Some(receipt) => mined(receipt, ground),
            None => Explanation {
                state: "mined, but the journal has no receipt of it".to_owned(),
                ..Explanation::default()
            },
        },
        IntentState::Queued | IntentState::Held | IntentState::Reserved => waiting::explain(detail, ground),
        _ => ended(detail),
    };
    if !intent.is_over() {
        match ground.held {
            Held::Yes => {}
            Held::No => said.next.insert(
                0,
                "no process works with this ledger: nothing happens before the command that handed it over is run again, \
                 which begins with a look at the chain and sends what is out once more"
                    .to_owned(),
            ),
            Held::Unknown => said.unseen.push("whether a process works with this ledger".to_owned()),
        }
        if ground.chain.is_none() {
            said.unseen.push("the chain: give --rpc to look at it".to_owned());
        }
    }
    said
}

fn in_block(receipt: &ReceiptView) -> String {
    let did = match (receipt.kind, receipt.success) {
        (AttemptKind::Call, true) => "executed",
        (AttemptKind::Call, false) => "reverted",
        (AttemptKind::Cancel, _) => "was cancelled",
    };
    format!("{did} in block {} by transaction {}", receipt.block_number, receipt.hash)
}

fn mined(receipt: &ReceiptView, ground: &Ground) -> Explanation {
    let mut said = Explanation {
        state: format!(
            "{}, {} ago; the block is not known to be final",
            in_block(receipt),
            since(receipt.seen_ms, ground.now_ms)
        ),
        ..Explanation::default()
    };
    let Some(chain) = &ground.chain else {
        said.why.push("a block above the finalized one may still be reorganised away".to_owned());
        said.next.push(format!(
            "it is final when block {} is at or below the finalized block and still has the hash {}",
            receipt.block_number, receipt.block_hash
        ));
        return said;
    };
    let block = (receipt.block_number, receipt.block_hash);
    let effect = match (receipt.kind, receipt.success) {
        (AttemptKind::Cancel, _) => Effect::Cancelled,
        (AttemptKind::Call, true) => Effect::Done,
        (AttemptKind::Call, false) => Effect::Reverted,
    };
    match mined_step(block, effect, chain.finalized, chain.hash_there) {
        MinedStep::Wait if chain.hash_there.is_none() => {
            said.why.push(format!("{} has no block {} now: it is behind, or the block is gone", chain.label, block.0));
            said.next.push(
                "only another block of that height proves that it is gone; until then it is waited for".to_owned(),
            );
        }
        MinedStep::Wait => {
            let left = block.0.saturating_sub(chain.finalized);
            said.why.push(format!(
                "its block is still in the chain, and the finalized block is {}, {left} below it",
                chain.finalized
            ));
            said.next.push(format!("it is final when the finalized block reaches {}", block.0));
        }
        MinedStep::Finalize => {
            said.why.push("its block is final by now; the journal has not taken note yet".to_owned());
            said.next.push("the next look makes it final".to_owned());
        }
        MinedStep::FinalRevert => {
            said.why.push(
                "its block is final by now, and it reverted there; the journal has not taken note yet".to_owned(),
            );
            said.next.push("the next look makes the revert final; the key may then be tried again".to_owned());
        }
        MinedStep::FinalCancel => {
            said.why.push(
                "its block is final by now, and its nonce was used up there; the journal has not taken note yet"
                    .to_owned(),
            );
            said.next.push("the next look makes it cancelled for good".to_owned());
        }
        MinedStep::LookAgain => {
            said.why.push(format!("block {} was reorganised away: the chain has another one there", block.0));
            said.next.push(
                "the next look asks for the receipt anew; without one it counts as sent again, and the same bytes go out".to_owned(),
            );
        }
    }
    said
}

/// What is over, for good or until somebody hands it over again.
fn ended(detail: &Detail) -> Explanation {
    let intent = &detail.intent;
    let generation = "the key may be handed over again and then takes a new nonce".to_owned();
    let block = intent.receipt.as_ref().map(in_block);
    let nonce =
        intent.nonce.map_or_else(|| "its nonce".to_owned(), |nonce| format!("nonce {nonce} of {}", intent.signer));
    let (state, why, next) = match intent.state {
        IntentState::Finalized => (
            format!("done for good: {}", block.unwrap_or_default()),
            None,
            "nothing: what is final stays so".to_owned(),
        ),
        IntentState::Reverted => (
            format!("failed for good: {}", block.unwrap_or_default()),
            Some("it was checked before it was signed, and the chain had changed when it ran".to_owned()),
            generation,
        ),
        IntentState::Displaced => (
            format!("without effect: {nonce} was used for good by a transaction that is none of its own"),
            Some("somebody else sends with this account; one key is for one sender".to_owned()),
            generation,
        ),
        IntentState::Refused => {
            let said = detail.current().next_back().and_then(|newest| {
                newest.answers.iter().filter(|answer| !answer.words.is_empty()).max_by_key(|answer| answer.last_ms)
            });
            (
                "refused for what it is before any endpoint took it; nothing of it is in flight".to_owned(),
                said.map(|answer| format!("{} answered {:?}", answer.endpoint, answer.words)),
                generation,
            )
        }
        IntentState::Cancelled => {
            let state = match &intent.receipt {
                Some(receipt) => format!("cancelled for good: its nonce was used up in block {}", receipt.block_number),
                None => "cancelled before anything was signed for it".to_owned(),
            };
            (state, None, generation)
        }
        IntentState::Expired => (
            "expired: its deadline passed before anything was signed for it".to_owned(),
            intent.reason.as_ref().map(|reason| reason.words.clone()),
            generation,
        ),
        state => (state.as_str().to_owned(), None, String::new()),
    };
    Explanation { state, why: why.into_iter().collect(), next: vec![next], unseen: Vec::new() }
}

#[cfg(test)]
mod tests;
