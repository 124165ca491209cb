//! A ledger, read beside whoever works with it: whether it can be used, whose it is, what waits in it, and whether somebody
//! else signs with its keys.

use std::path::Path;

use alloy::eips::BlockId;

use super::found;
use crate::{
    evidence::Finding,
    ledger::{
        IntentState, Pins,
        view::{Filter, Held, View, ViewError},
    },
    rpc::Rpc,
};

/// An intent that is open for longer than this, seconds, wants somebody to look.
const LONG: u64 = 3_600;
/// The states in which more happens to an intent by itself, or when its command runs again.
const OPEN: [IntentState; 6] = [
    IntentState::Queued,
    IntentState::Held,
    IntentState::Reserved,
    IntentState::Signed,
    IntentState::Sent,
    IntentState::Mined,
];

/// Opens a ledger for reading, and looks at its pages, its chain and its owner; `chain` is what the endpoints show.
#[must_use]
pub fn journal(path: &Path, chain: Option<Pins>) -> (Option<View>, Vec<Finding>) {
    let subject = path.display().to_string();
    let view = match View::open(path) {
        Ok(view) => view,
        Err(error) => return (None, vec![refused(&subject, error)]),
    };
    let opens = owner(&view).map(|words| (true, words));
    let pages = view.check_pages();
    let sound = pages.map(|()| (true, "sound".to_owned()));
    let sound = sound.or_else(|error| Ok::<_, ViewError>((false, error.to_string())));
    let mut findings = vec![
        found("ledger.opens", &subject, "opened read-only", "a ledger of this program", opens),
        found("ledger.pages", &subject, "PRAGMA quick_check", "sound pages", sound),
    ];
    if let Some(chain) = chain {
        let seen = view.pins().map(|(pins, _)| (pins == chain, pins.to_string()));
        findings.push(found("ledger.chain", &subject, "the ledger, and the endpoints", chain.to_string(), seen));
    }
    (Some(view), findings)
}

/// What cannot be opened: a file that is wrong fails, one that may be right but cannot be read is not known.
fn refused(subject: &str, error: ViewError) -> Finding {
    let seen = match error {
        ViewError::Unreadable { .. } | ViewError::Older { .. } => Err(error),
        error => Ok((false, error.to_string())),
    };
    found("ledger.opens", subject, "opened read-only", "a ledger of this program", seen)
}

fn owner(view: &View) -> Result<String, ViewError> {
    let owner = view.owner()?;
    let last = owner.words.unwrap_or_else(|| "nobody".to_owned());
    Ok(match owner.held {
        Held::Yes => format!("held by a process now, {last}"),
        Held::No => format!("held by nobody now, last by {last}"),
        Held::Unknown => format!("whether it is held cannot be told; last by {last}"),
    })
}

/// What is open in a ledger, and whether the chain counts more transactions of its accounts than it signed; `now` is this
/// machine's time in seconds since 1970.
pub async fn waiting(view: &View, rpc: Option<&Rpc>, now: u64) -> Vec<Finding> {
    let subject = view.path().display().to_string();
    let expected = format!("nothing open for more than {LONG} s");
    let mut findings = vec![found("ledger.waiting", &subject, "the ledger", expected, open(view, now))];
    let Some(rpc) = rpc else { return findings };
    match view.signers() {
        Ok(signers) => {
            for signer in signers {
                let subject = format!("{} in {}", signer.address, view.path().display());
                let seen = rpc.nonce(signer.address, BlockId::latest()).await.map(|count| {
                    let words = format!("{count} on the chain, {} by the ledger", signer.next);
                    (count <= signer.next, words)
                });
                let expected = "no transaction of this account that the ledger does not know";
                findings.push(found("ledger.nonces", &subject, "eth_getTransactionCount(latest)", expected, seen));
            }
        }
        Err(error) => {
            findings.push(found::<ViewError>("ledger.nonces", &subject, "the ledger", "its accounts", Err(error)))
        }
    }
    findings
}

fn open(view: &View, now: u64) -> Result<(bool, String), ViewError> {
    let all = view.intents(&Filter { states: OPEN.to_vec(), ..Filter::default() })?;
    let Some(oldest) = all.iter().min_by_key(|intent| intent.created_ms) else {
        return Ok((true, "nothing is open".to_owned()));
    };
    let since = now.saturating_sub(oldest.created_ms.unsigned_abs() / 1_000);
    let why = oldest.reason.as_ref().map(|reason| format!(" ({})", reason.words)).unwrap_or_default();
    let words =
        format!("{} open, the oldest for {since} s: {} is {}{why}", all.len(), oldest.key, oldest.state.as_str());
    Ok((since <= LONG, words))
}
