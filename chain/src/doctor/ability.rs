//! What an endpoint can do beside the usual: fees of the past, logs over a range, batches, state of the past.
//!
//! Not everything is needed. Where questions can be asked one by one, or over smaller ranges, the finding tells what there
//! is; it fails only where the engine could not do without.

use std::time::Duration;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U64, address},
    providers::Provider,
    rpc::client::BatchRequest,
};
use serde_json::{Value, json};

use super::{
    endpoint::{Facts, able},
    found,
};
use crate::{
    evidence::Finding,
    rpc::{Rpc, RpcError},
};

/// Blocks that are asked for at once, most first.
const RANGES: [u64; 6] = [10_000, 2_000, 1_000, 500, 100, 10];
/// Depths at which the state is looked for, least first.
const DEPTHS: [u64; 4] = [128, 1_000, 10_000, 100_000];
/// An account that logs nothing.
const SILENT: Address = address!("00000000000000000000000000000000746d6e73");

/// The findings, and for how long the endpoint wanted to be left alone meanwhile. A later answer makes the handle forget that,
/// so it is looked at after each kind of question.
pub(super) async fn abilities(facts: &Facts) -> (Vec<Finding>, Option<Duration>) {
    let (rpc, label) = (&facts.rpc, facts.label.as_str());
    let mut rest = resting(rpc);
    let mut findings =
        vec![found("endpoint.fees", label, "eth_feeHistory(4)", "a base fee and rewards", fees(rpc).await)];
    rest = rest.max(resting(rpc));
    let Some(head) = facts.head else { return (findings, rest) };
    findings.push(found("endpoint.logs", label, "eth_getLogs", "10 blocks or more", logs(rpc, head.number).await));
    rest = rest.max(resting(rpc));
    findings.push(found(
        "endpoint.batch",
        label,
        "a batch of 3 questions",
        "batches, or one by one",
        batches(rpc).await,
    ));
    rest = rest.max(resting(rpc));
    let lowest = facts.finalized.map_or(head.number, |last| last.number);
    let seen = state(rpc, head.number, lowest).await;
    findings.push(found("endpoint.state", label, "eth_getBalance", format!("back to block {lowest}"), seen));
    (findings, rest.max(resting(rpc)))
}

/// For how long the endpoint wants to be left alone.
fn resting(rpc: &Rpc) -> Option<Duration> {
    rpc.endpoints().into_iter().filter_map(|endpoint| endpoint.rate_limited_for).max()
}

async fn fees(rpc: &Rpc) -> Result<(bool, String), RpcError> {
    let history = rpc.request::<_, Value>("eth_feeHistory", (U64::from(4), "latest", [50.0])).await;
    let base = |history: &Value| {
        let next = history["baseFeePerGas"].as_array()?.last()?.as_str()?.parse::<alloy::primitives::U256>().ok()?;
        history["reward"].is_array().then_some(next)
    };
    match history {
        Ok(history) => Ok(match base(&history) {
            Some(fee) => (true, format!("next base fee {fee} wei")),
            None => (false, "no base fee or no rewards in the answer".to_owned()),
        }),
        Err(error) => able(Err(error)),
    }
}

async fn logs(rpc: &Rpc, head: u64) -> Result<(bool, String), RpcError> {
    let mut last = None;
    for range in RANGES {
        let range = range.min(head + 1);
        let from = head + 1 - range;
        let filter = json!({ "fromBlock": U64::from(from), "toBlock": U64::from(head), "address": SILENT });
        match rpc.request::<_, Vec<Value>>("eth_getLogs", (filter,)).await {
            Ok(_) => return Ok((true, format!("{range} blocks at once"))),
            Err(error) => last = Some(error),
        }
    }
    last.map_or_else(|| Ok((false, "no range was tried".to_owned())), |error| able(Err(error)))
}

async fn batches(rpc: &Rpc) -> Result<(bool, String), RpcError> {
    let one_by_one = |why: &str| Ok((true, format!("{why}: one by one")));
    let mut batch = BatchRequest::new(rpc.provider().client());
    let mut waiting = Vec::new();
    for _ in 0..3 {
        match batch.add_call::<_, String>("eth_chainId", &()) {
            Ok(answer) => waiting.push(answer),
            Err(_) => return one_by_one("no batch could be made"),
        }
    }
    if batch.send().await.is_err() {
        // the endpoint may be gone, which says nothing of batches
        rpc.request::<_, String>("eth_chainId", ()).await?;
        return one_by_one("it takes no batch");
    }
    for answer in waiting {
        if answer.await.is_err() {
            return one_by_one("it answers only a part of a batch");
        }
    }
    Ok((true, "batches".to_owned()))
}

/// How far back it keeps the state; it has to be back to `lowest`.
async fn state(rpc: &Rpc, head: u64, lowest: u64) -> Result<(bool, String), RpcError> {
    let has = async |number| match rpc.balance(Address::ZERO, BlockId::Number(BlockNumberOrTag::Number(number))).await {
        Ok(_) => Ok(true),
        Err(RpcError::Refused { .. } | RpcError::Reverted(_)) => Ok(false),
        Err(error) => Err(error),
    };
    if !has(lowest).await? {
        return Ok((false, format!("none of block {lowest}, which is {} blocks back", head - lowest)));
    }
    let mut reached = lowest;
    for depth in DEPTHS {
        let Some(number) = head.checked_sub(depth) else { break };
        if number < reached {
            if !has(number).await? {
                return Ok((true, format!("back to block {reached}, not to {number}")));
            }
            reached = number;
        }
    }
    let first = rpc.first_number().await?;
    if first < reached && has((first + 1).min(reached)).await? {
        return Ok((true, "all of it".to_owned()));
    }
    Ok((true, format!("back to block {reached} at least")))
}
