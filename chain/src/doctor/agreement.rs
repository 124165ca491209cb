//! Several endpoints compared: the same chain, the same height, the same blocks.
//!
//! What most say is what the others are held against. Where no answer has the most voices, nobody can tell who is right, and
//! none of them holds.

use std::collections::BTreeMap;

use alloy::{eips::BlockNumberOrTag, primitives::B256};
use futures::future::join_all;

use super::{endpoint::Facts, found};
use crate::{evidence::Finding, rpc::RpcError};

/// At the end of a chain endpoints may differ for a moment: they are compared so many blocks below the lowest end.
const RACE: u64 = 3;
/// Blocks behind the best at which an endpoint lags, if it is also so many seconds behind.
const LAG: (u64, u64) = (3, 30);

/// Compares endpoints; nothing to compare gives no findings.
pub async fn agree(all: &[Facts]) -> Vec<Finding> {
    if all.len() < 2 {
        return Vec::new();
    }
    let chains = all.iter().map(|facts| facts.pins.map(|pins| pins.to_string())).collect::<Vec<_>>();
    let everyone: Vec<&Facts> = all.iter().collect();
    let mut findings = held_against("agreement.chain", &everyone, "chain id and first block", &chains);
    // endpoints of another chain have nothing to do with the rest
    let same: Vec<&Facts> = match most(&chains) {
        Some(chain) => all.iter().filter(|facts| facts.pins.is_some_and(|pins| pins.to_string() == chain)).collect(),
        None => return findings,
    };
    findings.extend(heads(&same));
    let ends = |end: fn(&Facts) -> Option<u64>| same.iter().filter_map(|facts| end(facts)).min();
    if let Some(height) = ends(|facts| Some(facts.head?.number)) {
        findings.extend(blocks("agreement.fork", &same, height.saturating_sub(RACE)).await);
    }
    if let Some(height) = ends(|facts| Some(facts.finalized?.number)) {
        findings.extend(blocks("agreement.finalized", &same, height).await);
    }
    findings
}

/// The answer with the most voices, if there is one.
fn most(answers: &[Option<String>]) -> Option<String> {
    let mut voices = BTreeMap::<&str, usize>::new();
    for answer in answers.iter().flatten() {
        *voices.entry(answer).or_default() += 1;
    }
    let top = *voices.values().max()?;
    let mut best = voices.iter().filter(|(_, count)| **count == top);
    match (best.next(), best.next()) {
        (Some((answer, _)), None) => Some((*answer).to_owned()),
        _ => None,
    }
}

fn held_against(check: &str, all: &[&Facts], source: &str, answers: &[Option<String>]) -> Vec<Finding> {
    let most = most(answers);
    let expected = most.clone().unwrap_or_else(|| "the same of all".to_owned());
    let each = all.iter().zip(answers).map(|(facts, answer)| {
        let seen = match answer {
            Some(answer) => Ok((most.as_ref() == Some(answer), answer.clone())),
            None => Err("it did not say"),
        };
        found(check, &facts.label, source, expected.clone(), seen)
    });
    each.collect()
}

fn heads(all: &[&Facts]) -> Vec<Finding> {
    let Some(best) = all.iter().filter_map(|facts| facts.head).max_by_key(|head| head.number) else {
        return Vec::new();
    };
    let (blocks, seconds) = LAG;
    let expected = format!("at most {blocks} blocks or {seconds} s behind block {}", best.number);
    let each = all.iter().map(|facts| {
        let seen = facts.head.ok_or("it shows no block").map(|head| {
            let (missing, late) = (best.number - head.number, best.timestamp.saturating_sub(head.timestamp));
            (missing <= blocks || late <= seconds, format!("block {}, {missing} blocks behind", head.number))
        });
        found("agreement.head", &facts.label, "eth_getBlockByNumber(latest)", expected.clone(), seen)
    });
    each.collect()
}

async fn blocks(check: &str, all: &[&Facts], height: u64) -> Vec<Finding> {
    let ask = async |facts: &Facts| -> Result<B256, RpcError> {
        Ok(facts.rpc.block(BlockNumberOrTag::Number(height)).await?.hash)
    };
    let hashes = join_all(all.iter().map(|facts| ask(facts))).await;
    let hashes: Vec<_> = hashes.into_iter().map(|hash| hash.ok().map(|hash| hash.to_string())).collect();
    held_against(check, all, &format!("eth_getBlockByNumber({height})"), &hashes)
}
