//! What takes a chain: how a MerkleMine stands, and generating an allocation through the outbox.

use std::{num::NonZero, time::Duration};

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
};
use serde_json::json;
use tminus_chain::{
    rpc::{Rpc, RpcError},
    units::format_amount,
};
use tminus_contracts::bindings::LivepeerToken;
use tminus_distro::mine::{self, GenerateError, GenerateOptions, GenerateReport, Mine, Terms, calldata};

use super::{
    Of,
    file::{row, words},
};
use crate::{
    commands::{
        connect::{Endpoint, Sending},
        finish,
    },
    exit::{Failure, Status},
};

/// How long to wait for finality.
const FINAL_PATIENCE: Duration = Duration::from_secs(3_600);

/// `distro mine status`.
pub(super) async fn show(
    of: &Of,
    mine: Address,
    endpoint: &Endpoint,
    sample: Option<NonZero<u32>>,
    as_json: bool,
) -> Result<Status, Failure> {
    let (accounts, tree) = of.read_expected()?;
    let mine = Mine::new(endpoint.look().await?, mine);
    let sample = sample.map(|sample| sample.get() as usize);
    let stands = mine::status(&mine, &accounts, &tree, sample).await.map_err(Failure::inconclusive)?;
    let decimals = decimals(mine.rpc(), stands.facts.token).await.map_err(Failure::inconclusive)?;
    let amount = |value| format_amount(value, decimals);
    let callers = match stands.callers_part {
        Some(part) => format!("{} of {}", amount(part), amount(stands.facts.allocation)),
        None => format!("nothing before block {}", stands.facts.callers_from),
    };
    let mut rows = vec![
        row("block", stands.block.number),
        row("started", if stands.started { "yes" } else { "no" }),
        row("recipients", stands.facts.recipients),
        row("generated", format!("{} of {} asked", stands.generated, stands.asked)),
        row("allocation", amount(stands.facts.allocation)),
        row("balance", amount(stands.balance)),
        row("others get", callers),
    ];
    rows.extend(stands.differences.iter().map(|difference| row("differs", difference)));
    let status = if stands.differences.is_empty() { Status::Done } else { Status::Mismatch };
    finish(as_json, status, json!({ "mine": stands }), words(&rows))
}

/// `distro mine generate`.
pub(super) async fn generate(
    of: &Of,
    mine: Address,
    recipient: Address,
    sending: &Sending,
    as_json: bool,
) -> Result<Status, Failure> {
    let (accounts, tree) = of.read_expected()?;
    let (_, proof) = of.proof(&accounts, &tree, recipient)?;
    let rpc = sending.endpoint.connect().await?;
    let keys = sending.keys.open(&rpc).await?;
    let sender = keys.sender;
    let mine = Mine::new(rpc.clone(), mine);
    let facts = mine::check_mine(&mine, tree.root(), accounts.len() as u64).await.map_err(classify)?;
    let decimals = decimals(&rpc, facts.token).await.map_err(Failure::halted)?;
    let offered = mine::terms(&mine, &facts, recipient, sender).await.map_err(classify)?;
    if sending.dry_run {
        let words = match &offered {
            Some(terms) => format!("{}; nothing was sent", offer(terms, recipient, sender, decimals)),
            None => format!("{recipient} is generated already; nothing was sent"),
        };
        let calldata: Bytes = calldata(recipient, &proof);
        let body = json!({ "dry_run": true, "recipient": recipient, "terms": offered, "calldata": calldata });
        return finish(as_json, Status::Done, body, words);
    }
    if let Some(terms) = &offered {
        sending.confirm(&format!("Generate? {}.", offer(terms, recipient, sender, decimals)))?;
    }
    let door = sending.open(&rpc, &format!("mine-{}-{:#x}", rpc.chain_id(), mine.address()), keys).await?;
    let options = GenerateOptions {
        from: door.sender,
        poll: Sending::poll(&rpc),
        final_patience: FINAL_PATIENCE,
        dev: door.dev.clone(),
    };
    let report = mine::generate(&door.outbox, &mine, recipient, &proof, &options).await.map_err(classify)?;
    let words = outcome(&report, decimals);
    finish(as_json, Status::Done, json!({ "generate": report }), words)
}

/// Who would get what.
fn offer(terms: &Terms, recipient: Address, sender: Address, decimals: u8) -> String {
    let amount = |value| format_amount(value, decimals);
    let own = format!("in block {} {recipient} gets {}", terms.block, amount(terms.to_recipient));
    if recipient == sender { own } else { format!("{own} and {sender}, who signs, {}", amount(terms.to_caller)) }
}

/// Who got what.
fn outcome(report: &GenerateReport, decimals: u8) -> String {
    let amount = |value: U256| format_amount(value, decimals);
    let account = report.account;
    let by = if report.settled.is_some() { "" } else { " by another transaction than this journal's" };
    match &report.generation {
        Some(of) if of.caller == account => {
            format!("{account} got {}{by} in block {}; final", amount(of.to_recipient), of.block)
        }
        Some(of) => format!(
            "{account} got {} and {} got {}{by} in block {}; final",
            amount(of.to_recipient),
            of.caller,
            amount(of.to_caller),
            of.block
        ),
        None => format!("{account} is generated{by}; final"),
    }
}

async fn decimals(rpc: &Rpc, token: Address) -> Result<u8, RpcError> {
    rpc.view(token, LivepeerToken::decimalsCall {}, BlockId::latest()).await
}

/// Why an allocation was not generated, as an exit.
fn classify(error: GenerateError) -> Failure {
    if error.is_refusal() {
        Failure::input(error)
    } else if error.can_resume() {
        Failure::halted(error)
    } else {
        Failure::failed(error)
    }
}
