//! One endpoint, asked alone: whether it answers, for which chain, and where its chain ends.

use std::time::{Duration, Instant};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::Address,
};

use super::{ability, found};
use crate::{
    dev::DEV_CHAIN_IDS,
    evidence::Finding,
    ledger::Pins,
    rpc::{BlockRef, Rpc, RpcError},
};

/// Blocks over which the time between blocks is measured.
const SAMPLE: u64 = 32;
/// A final block may be so much older than the newest; Ethereum's is about 15 minutes, and rollups wait for Ethereum.
const FINALITY: Duration = Duration::from_secs(3_600);
/// Blocks that may be missing at the end, and seconds that are forgiven however short the time between blocks is.
const MISSING: (u64, u64) = (3, 15);

/// What one endpoint says, for the comparison with others.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The endpoint, without secrets.
    pub label: String,
    /// A handle on it alone.
    pub rpc: Rpc,
    /// Its chain.
    pub pins: Option<Pins>,
    /// Its newest block.
    pub head: Option<BlockRef>,
    /// Its newest final block.
    pub finalized: Option<BlockRef>,
    /// Seconds between blocks, of late.
    pub block_time: Option<u64>,
}

impl Facts {
    /// Whether time on this chain is that of the world.
    #[must_use]
    pub fn keeps_time(&self) -> bool {
        !DEV_CHAIN_IDS.contains(&self.rpc.chain_id())
    }

    /// How old the newest block may be, seconds.
    #[must_use]
    pub fn patience(&self) -> u64 {
        let (blocks, seconds) = MISSING;
        self.block_time.map_or(seconds, |time| (time * blocks).max(seconds))
    }
}

/// The finding on an endpoint that could not be connected to.
#[must_use]
pub fn unreachable(label: &str, error: &RpcError) -> Finding {
    found::<RpcError>("endpoint.reachable", label, "eth_chainId", "an answer", Ok((false, error.to_string())))
}

/// Looks at one endpoint through a handle on it alone, under the name `label`; `now` is this machine's time in seconds since
/// 1970, and `expected` the chain it should be of.
pub async fn endpoint(rpc: &Rpc, label: &str, expected: Option<Pins>, now: u64) -> (Facts, Vec<Finding>) {
    let label = label.to_owned();
    let mut findings = vec![answers(rpc, &label).await];

    let pins = rpc.first_block().await.map(|first| Pins { chain_id: rpc.chain_id(), genesis_hash: first.hash });
    let chain = expected.map_or_else(|| "a chain id and a first block".to_owned(), |pins| pins.to_string());
    let seen = pins.as_ref().map(|pins| (expected.is_none_or(|expected| expected == *pins), pins.to_string()));
    findings.push(found("endpoint.chain", &label, "eth_chainId, eth_getBlockByNumber(0)", chain, seen));

    let head = rpc.block(BlockNumberOrTag::Latest).await;
    let mut facts = Facts {
        label: label.clone(),
        rpc: rpc.clone(),
        pins: pins.ok(),
        head: head.as_ref().ok().copied(),
        finalized: None,
        block_time: None,
    };
    if let Some(head) = facts.head {
        facts.block_time = block_time(rpc, head).await;
    }
    findings.push(newest(&facts, head, now));
    let finalized = rpc.block(BlockNumberOrTag::Finalized).await;
    facts.finalized = finalized.as_ref().ok().copied();
    findings.push(last_final(&facts, finalized));

    let pending = rpc.nonce(Address::ZERO, BlockId::pending()).await;
    let seen = able(pending.map(|count| count.to_string()));
    findings.push(found("endpoint.pending", &label, "eth_getTransactionCount(pending)", "a number", seen));
    let (abilities, rest) = ability::abilities(&facts).await;
    findings.extend(abilities);
    findings.push(rate(&label, rest));
    (facts, findings)
}

/// What a refusal says of an ability: it is not there. No answer says nothing.
pub(super) fn able(answer: Result<String, RpcError>) -> Result<(bool, String), RpcError> {
    match answer {
        Ok(words) => Ok((true, words)),
        Err(error @ (RpcError::Refused { .. } | RpcError::Reverted(_))) => Ok((false, error.to_string())),
        Err(error) => Err(error),
    }
}

async fn answers(rpc: &Rpc, label: &str) -> Finding {
    let begun = Instant::now();
    let answer = rpc.request::<_, String>("eth_chainId", ()).await;
    let took = begun.elapsed();
    let version = rpc.request::<_, String>("web3_clientVersion", ()).await.ok();
    let version = version.map_or_else(|| "a client that tells no version".to_owned(), |text| one_line(&text));
    let seen = answer.map(|_| (true, format!("in {} ms, {version}", took.as_millis())));
    let seen = seen.or_else(|error| Ok::<_, RpcError>((false, error.to_string())));
    found("endpoint.reachable", label, "eth_chainId, web3_clientVersion", "an answer", seen)
}

/// A stranger's words on one line, not too long.
fn one_line(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

async fn block_time(rpc: &Rpc, head: BlockRef) -> Option<u64> {
    let below = head.number.checked_sub(SAMPLE)?;
    let earlier = rpc.block(BlockNumberOrTag::Number(below)).await.ok()?;
    Some(head.timestamp.checked_sub(earlier.timestamp)?.div_ceil(SAMPLE).max(1))
}

fn newest(facts: &Facts, head: Result<BlockRef, RpcError>, now: u64) -> Finding {
    let patience = facts.patience();
    let expected = if facts.keeps_time() { format!("at most {patience} s old") } else { "a block".to_owned() };
    let seen = head.map(|head| {
        let age = now.saturating_sub(head.timestamp);
        let often = facts.block_time.map(|time| format!(", one every {time} s")).unwrap_or_default();
        if facts.keeps_time() {
            (age <= patience, format!("block {}, {age} s old{often}", head.number))
        } else {
            (true, format!("block {} of a development chain, whose age says nothing", head.number))
        }
    });
    found("endpoint.head", &facts.label, "eth_getBlockByNumber(latest)", expected, seen)
}

fn last_final(facts: &Facts, finalized: Result<BlockRef, RpcError>) -> Finding {
    let expected = format!("a final block at most {} s before the newest", FINALITY.as_secs());
    let seen = finalized.map(|last| {
        let Some(head) = facts.head else { return (true, format!("block {}", last.number)) };
        let blocks = head.number.saturating_sub(last.number);
        let seconds = head.timestamp.saturating_sub(last.timestamp);
        let moves = seconds <= FINALITY.as_secs() || !facts.keeps_time();
        (moves, format!("block {}, {blocks} blocks and {seconds} s before the newest", last.number))
    });
    let seen = match seen {
        Ok(seen) => Ok(seen),
        // an endpoint that has a newest block and no final one does not serve it
        Err(error) if facts.head.is_some() => Ok((false, error.to_string())),
        Err(error) => Err(error),
    };
    found("endpoint.finalized", &facts.label, "eth_getBlockByNumber(finalized)", expected, seen)
}

/// Whether it wanted to be left alone meanwhile.
fn rate(label: &str, rest: Option<Duration>) -> Finding {
    let seen = match rest {
        None => (true, "none was met".to_owned()),
        Some(rest) => (false, format!("it wanted to be left alone for {} s", rest.as_secs() + 1)),
    };
    found::<RpcError>("endpoint.rate", label, "the questions of this look", "no limit met in a few questions", Ok(seen))
}
