//! `tminus tx cancel KEY`: what is not to be done any more.
//!
//! This command sends, so it has to own the journal: while another process does, it is refused, and that process named. What
//! would happen is shown first, by the engine's own decision; then it is asked for, done, and waited for to its end. What is
//! signed cannot be taken back, and opening a journal sends what is out once more: which of the transactions of a nonce was
//! mined decides, and an intent that was done after all is no success of this command (exit code 3).

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;
use tminus_chain::{
    ledger::{
        IntentState,
        view::{Detail, Held, View},
    },
    outbox::{
        Cancellation, IntentKey,
        machine::Policy,
        why::{Chain, Ground, explain},
    },
};

use super::{
    json as documents,
    ledger::{Of, classify_view, find},
    list::now_ms,
    why::{ask_at, policy},
    words::owner,
};
use crate::{
    commands::{
        connect::{Door, Sending, classify_outbox},
        finish, note,
    },
    exit::{Failure, Status},
    narrative::terminal::harmless,
};

/// Time between looks at the journal.
const LOOK: Duration = Duration::from_millis(200);

/// Arguments of `tminus tx cancel`.
#[derive(Debug, Args)]
pub(super) struct CancelArguments {
    /// The intent.
    key: String,
    /// The network whose journal it is: the name of its folder among them. Not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// The journal itself.
    #[arg(long, value_name = "FILE", conflicts_with = "network")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    sending: Sending,
}

/// Runs it.
pub(super) async fn cancel(arguments: &CancelArguments, as_json: bool) -> Result<Status, Failure> {
    let sending = &arguments.sending;
    let of = Of {
        network: arguments.network.clone(),
        journal: arguments.journal.clone(),
        state: sending.state().to_owned(),
    };
    let max_fee = sending.max_fee()?;
    let view = of.open()?;
    let detail = find(&view, &arguments.key)?;
    if detail.intent.is_over() {
        return conclude(&view, &detail, as_json);
    }
    let who = view.owner().map_err(classify_view)?;
    if who.held == Held::Yes {
        return Err(Failure::Halted(format!(
            "{}: {}; only the process that works with a journal may send for it, so end that one first",
            view.path().display(),
            owner(&who)
        )));
    }
    let rpc = sending.endpoint.connect().await?;
    let chain = ask_at(&view, &detail, &rpc).await?.map_err(Failure::Halted)?;
    let plan = plan(&detail, chain, policy(rpc.chain_id(), max_fee));
    if sending.dry_run {
        let body = json!({ "dry_run": true, "intent": documents::detail(&detail), "plan": plan });
        return finish(as_json, Status::Done, body, harmless(&format!("{plan}; nothing was sent")));
    }
    let keys = sending.keys.open(&rpc).await?;
    let signer = detail.intent.signer;
    if !keys.signers.holds(signer) {
        return Err(Failure::Input(format!(
            "{} is of {signer}, and the key given is of {}",
            detail.intent.key, keys.sender
        )));
    }
    note(harmless(&plan));
    sending.confirm(&format!("Cancel {} on chain {}?", harmless(&detail.intent.key), rpc.chain_id()))?;
    let door = sending.open_at(&rpc, view.path(), keys).await?;
    let key = IntentKey::new(detail.intent.key.clone());
    match door.outbox.cancel(&key).await.map_err(classify_outbox)? {
        Cancellation::Done | Cancellation::Over(_) => {}
        Cancellation::Requested => note("asked for; what is mined decides, and that is waited for until it is final"),
        Cancellation::Mined => {
            note("it is in a block already: it is only cancelled if that block goes before it is final")
        }
    }
    let detail = await_end(&view, &detail, &door).await?;
    drop(door);
    conclude(&view, &detail, as_json)
}

/// What would be done, by the engine's own decision.
fn plan(detail: &Detail, chain: Chain, policy: Policy) -> String {
    let intent = &detail.intent;
    match intent.state {
        IntentState::Queued | IntentState::Held | IntentState::Reserved => {
            format!("{}: nothing is signed for it, so it is cancelled in the journal and nothing is sent", intent.key)
        }
        _ => {
            let mut wanted = detail.clone();
            wanted.intent.cancel = true;
            let ground = Ground { now_ms: now_ms(), held: Held::Yes, policy, chain: Some(chain) };
            let said = explain(&wanted, &ground);
            format!("{}: {}; then {}", intent.key, said.state, said.next.join("; "))
        }
    }
}

/// Works until the intent is over; what else is in flight is looked after as well, and not waited for.
async fn await_end(view: &View, detail: &Detail, door: &Door) -> Result<Detail, Failure> {
    let key = &detail.intent.key;
    let ended = async {
        loop {
            let detail = find(view, key)?;
            if detail.intent.is_over() {
                return Ok(detail);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        ended = ended => ended,
        finalized = door.outbox.finalize() => {
            let detail = find(view, key)?;
            match finalized {
                // that something reverted is told by its state
                _ if detail.intent.is_over() => Ok(detail),
                Err(error) => Err(classify_outbox(error)),
                Ok(()) => Err(Failure::Halted(format!("{key} has not ended; run again to resume"))),
            }
        }
    }
}

/// Says how it ended.
fn conclude(view: &View, detail: &Detail, as_json: bool) -> Result<Status, Failure> {
    let intent = &detail.intent;
    let nobody = Ground { now_ms: now_ms(), held: Held::Unknown, policy: policy(0, 0), chain: None };
    let said = explain(detail, &nobody);
    let status = if intent.state == IntentState::Cancelled { Status::Done } else { Status::Mismatch };
    let body = json!({
        "ledger": documents::ledger(view, &view.owner().map_err(classify_view)?).map_err(classify_view)?,
        "intent": documents::detail(detail),
        "explanation": said,
    });
    finish(as_json, status, body, harmless(&format!("{}: {}", intent.key, said.state)))
}
