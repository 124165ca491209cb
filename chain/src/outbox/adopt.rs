//! Finding by which transaction an account used a nonce, and telling whether it is one of ours.
//!
//! The chain's count of an account's transactions tells at which block a nonce was used; that block is read whole and the
//! transaction is taken from it, with its bytes. Its hash is computed from these bytes, so an endpoint cannot pass off another
//! one. Many nonces are looked for together: each round of questions halves the distance for all of them in one batch. Recent
//! blocks are asked about first, because that is the state every endpoint still has; where it has no older one, the search
//! ends there and says so.
//!
//! A nonce can be used without a transaction of the account, by an EIP-7702 authorisation of somebody else's transaction.
//! Then there is nothing to adopt, and the block is all that can be told.

use std::{collections::BTreeMap, ops::Range};

use alloy::{
    consensus::TxEnvelope,
    eips::{BlockId, eip2718::Encodable2718},
    primitives::{Address, B256, Bytes, KECCAK256_EMPTY, Selector, U64, U256, keccak256},
    rpc::types::Transaction,
};
use serde::Deserialize;
use serde_json::Value;

use super::{reads::each, tag::Tag};
use crate::{
    ledger::Payload,
    rpc::{Rpc, RpcError},
};

/// Whole blocks in one batch: each may be megabytes.
const BLOCKS: usize = 4;

/// How a nonce of an account was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) nonce: u64,
    pub(crate) block_number: u64,
    pub(crate) block_hash: B256,
    /// `None` when no transaction of the account did it.
    pub(crate) by: Option<Found>,
}

/// A transaction found on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) hash: B256,
    pub(crate) payload: Payload,
    pub(crate) selector: Option<Selector>,
    pub(crate) max_fee: u128,
    pub(crate) tip: u128,
    pub(crate) gas: u64,
    /// Its bytes; `None` when they cannot be made from what the endpoint told.
    pub(crate) raw: Option<Bytes>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// In the order of nonces.
    pub(crate) used: Vec<Used>,
    /// Where the endpoint has no older state: the lowest nonce it could tell of, and its words.
    pub(crate) ends_at: Option<(u64, String)>,
}

/// How `signer` used the nonces of `range`, all of which are used at the block `top`.
///
/// # Errors
/// An endpoint that contradicts itself or does not answer. One that has no older state ends the search instead.
pub(crate) async fn search(rpc: &Rpc, signer: Address, range: Range<u64>, top: u64) -> Result<Search, RpcError> {
    let mut search = Search::default();
    if range.is_empty() {
        return Ok(search);
    }
    let (mut counts, ended) = bracket(rpc, signer, range.start, top).await?;
    if let Some(words) = ended {
        let reached = counts.values().next().copied().unwrap_or(range.end).max(range.start);
        search.ends_at = Some((reached, words));
    }
    narrow(rpc, signer, &range, &mut counts).await?;
    let mut heights: Vec<(u64, Range<u64>)> = Vec::new();
    for ((_, before), (height, after)) in counts.iter().zip(counts.iter().skip(1)) {
        let nonces = (*before).max(range.start)..(*after).min(range.end);
        if !nonces.is_empty() {
            heights.push((*height, nonces));
        }
    }
    for some in heights.chunks(BLOCKS) {
        let questions = some.iter().map(|(height, _)| (U64::from(*height), true)).collect();
        let blocks: Vec<Option<WholeBlock>> = each(rpc, "eth_getBlockByNumber", questions).await?;
        for ((height, nonces), block) in some.iter().zip(blocks) {
            let block = block.filter(|block| block.number == U64::from(*height));
            let block = block.ok_or_else(|| strange(rpc, format!("no block {height}")))?;
            for nonce in nonces.clone() {
                let by = block.transactions.iter().find(|tx| is_by(tx, signer, nonce));
                let by = by.map(|tx| read(rpc, tx)).transpose()?;
                if by.is_none() && !block.transactions.iter().any(authorises) {
                    return Err(strange(
                        rpc,
                        format!("block {height} does not use nonce {nonce} of {signer}, as it was counted"),
                    ));
                }
                search.used.push(Used { nonce, block_number: *height, block_hash: block.hash, by });
            }
        }
    }
    let reached = search.ends_at.as_ref().map_or(range.start, |(reached, _)| *reached);
    if search.used.len() as u64 != range.end.saturating_sub(reached) {
        let used = search.used.len();
        return Err(strange(
            rpc,
            format!("{signer} is said to have used nonces {reached} to {}, and {used} uses are found", range.end),
        ));
    }
    Ok(search)
}

/// Counts at some heights, the lowest of which is before `nonce` was used; or, with its words, as far down as the endpoint
/// could tell.
async fn bracket(
    rpc: &Rpc,
    signer: Address,
    nonce: u64,
    top: u64,
) -> Result<(BTreeMap<u64, u64>, Option<String>), RpcError> {
    let first = rpc.first_number().await?;
    let count = |height: u64| rpc.nonce(signer, BlockId::number(height));
    let mut counts = BTreeMap::from([(top, count(top).await?)]);
    let (mut height, mut step) = (top, 1);
    while height > first {
        height = height.saturating_sub(step).max(first);
        step *= 2;
        // at the first block nothing is used but by a genesis that sends
        let used = if height == first { Ok(0) } else { count(height).await };
        match used {
            Ok(used) => counts.insert(height, used),
            Err(RpcError::Refused { message, .. }) if height < top => return Ok((counts, Some(message))),
            Err(error) => return Err(error),
        };
        if counts[&height] <= nonce {
            break;
        }
    }
    Ok((counts, None))
}

/// Asks in between until each nonce of `range` that lies between two counts lies between neighbouring blocks.
async fn narrow(
    rpc: &Rpc,
    signer: Address,
    range: &Range<u64>,
    counts: &mut BTreeMap<u64, u64>,
) -> Result<(), RpcError> {
    loop {
        let mut between = Vec::new();
        for ((low, before), (high, after)) in counts.iter().zip(counts.iter().skip(1)) {
            if after < before {
                return Err(strange(
                    rpc,
                    format!("{signer} has {before} transactions at block {low} and {after} at {high}"),
                ));
            }
            let wanted = *before < range.end && *after > range.start && before < after;
            if wanted && high - low > 1 {
                between.push(low + (high - low) / 2);
            }
        }
        if between.is_empty() {
            return Ok(());
        }
        let questions = between.iter().map(|height| (signer, U64::from(*height))).collect();
        let answers: Vec<U64> = each(rpc, "eth_getTransactionCount", questions).await?;
        counts.extend(between.into_iter().zip(answers.into_iter().map(|count| count.to::<u64>())));
    }
}

#[derive(Debug, Deserialize)]
struct WholeBlock {
    number: U64,
    hash: B256,
    transactions: Vec<Value>,
}

/// What is read of a transaction of any kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyTransaction {
    hash: B256,
    to: Option<Address>,
    value: U256,
    input: Bytes,
    gas: U256,
    max_fee_per_gas: Option<U256>,
    max_priority_fee_per_gas: Option<U256>,
    gas_price: Option<U256>,
}

fn is_by(tx: &Value, signer: Address, nonce: u64) -> bool {
    let is = |field: &str, wanted: &dyn Fn(&str) -> bool| tx.get(field).and_then(Value::as_str).is_some_and(wanted);
    is("from", &|text| text.parse::<Address>().is_ok_and(|from| from == signer))
        && is("nonce", &|text| text.parse::<U64>().is_ok_and(|found| found == U64::from(nonce)))
}

/// Whether it may use nonces of accounts that did not send it (EIP-7702).
fn authorises(tx: &Value) -> bool {
    tx.get("authorizationList").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

fn read(rpc: &Rpc, tx: &Value) -> Result<Found, RpcError> {
    let any: AnyTransaction = serde_json::from_value(tx.clone())
        .map_err(|error| strange(rpc, format!("a transaction that does not decode: {error}")))?;
    let small = |value: U256| u128::try_from(value).unwrap_or(u128::MAX);
    // bytes that have another hash are not those of this transaction
    let raw = serde_json::from_value::<Transaction<TxEnvelope>>(tx.clone()).ok();
    let raw = raw.map(|tx| Bytes::from(tx.inner.encoded_2718())).filter(|raw| keccak256(raw) == any.hash);
    let price = any.gas_price.unwrap_or_default();
    Ok(Found {
        hash: any.hash,
        payload: Payload {
            target: any.to,
            value: any.value,
            data_hash: keccak256(&any.input),
            data_bytes: any.input.len() as u64,
        },
        selector: any.input.get(..4).map(Selector::from_slice),
        max_fee: small(any.max_fee_per_gas.unwrap_or(price)),
        tip: small(any.max_priority_fee_per_gas.unwrap_or(price)),
        gas: u64::try_from(any.gas).unwrap_or(u64::MAX),
        raw,
    })
}

fn strange(rpc: &Rpc, reason: String) -> RpcError {
    RpcError::NoAnswer { label: rpc.label().to_owned(), method: "eth_getBlockByNumber", reason }
}

/// What an intent is recognised by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likeness<'a> {
    pub(crate) key: &'a str,
    pub(crate) payload: Payload,
    /// Where it is planned or was given out.
    pub(crate) nonce: Option<u64>,
}

/// What a transaction of an account is to an intent of the same account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// It does what the intent wants, under its mark.
    Same,
    /// It cancels the intent: it does nothing, at the nonce of the intent and under its mark.
    Cancels,
    /// Nothing.
    None,
}

/// Whether a transaction of the account `signer` with this `nonce`, `payload` and `max_fee` is one of the intent's.
#[must_use]
pub(crate) fn kinship(like: &Likeness<'_>, signer: Address, nonce: u64, payload: &Payload, max_fee: u128) -> Kinship {
    if Tag::of_text(like.key) != Tag::seen_in(max_fee) || like.nonce.is_some_and(|planned| planned != nonce) {
        return Kinship::None;
    }
    if *payload == like.payload {
        Kinship::Same
    } else if like.nonce.is_some() && *payload == void(signer) {
        Kinship::Cancels
    } else {
        Kinship::None
    }
}

/// What a transaction does that only uses a nonce of `signer`.
#[must_use]
pub(crate) fn void(signer: Address) -> Payload {
    Payload { target: Some(signer), value: U256::ZERO, data_hash: KECCAK256_EMPTY, data_bytes: 0 }
}

/// A use of a nonce in words.
#[must_use]
pub(crate) fn in_words(used: &Used, signer: Address) -> String {
    let Used { nonce, block_number, .. } = used;
    let Some(found) = &used.by else {
        return format!(
            "nonce {nonce} of {signer} was used in block {block_number} without a transaction of this account: by an \
             EIP-7702 authorisation"
        );
    };
    let what = match (found.payload.target, found.selector) {
        (None, _) => "creates a contract".to_owned(),
        (Some(to), None) if to == signer && found.payload.value.is_zero() => {
            "does nothing (a cancellation, or it fills a gap)".to_owned()
        }
        (Some(to), None) => format!("sends {} wei to {to}", found.payload.value),
        (Some(to), Some(selector)) => format!("calls {selector} at {to} with {} wei", found.payload.value),
    };
    format!("nonce {nonce} of {signer} was used in block {block_number} by {}, which {what}", found.hash)
}

#[cfg(test)]
mod tests;
