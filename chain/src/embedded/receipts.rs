//! Receipts and logs as JSON.
//!
//! A batch of an airdrop has hundreds of logs, and its receipt half a megabyte of JSON that differs in two words a log. It is
//! written straight into one string; what all logs of a transaction have in common is written once and copied.

use std::fmt::Write;

use alloy::{
    consensus::{Transaction, Typed2718},
    primitives::{Address, B256, U256, hex, map::HashSet},
    rpc::types::Filter,
};
use serde_json::value::RawValue;

use super::{
    block::{Block, Mined},
    error::Failure,
    logs::LogRef,
};

/// Bytes of JSON a log takes, for the first allocation.
const LOG_JSON: usize = 800;

/// Takes finished JSON as an answer.
pub(super) fn raw(json: String) -> Result<Box<RawValue>, Failure> {
    Ok(RawValue::from_string(json)?)
}

/// The receipt of one transaction.
pub(super) fn receipt(out: &mut String, block: &Block, index: usize) {
    let mined = &block.transactions[index];
    out.reserve(2_000 + mined.logs.len() * LOG_JSON);
    push(out, "{\"type\":", &Quantity(u64::from(mined.transaction.ty())));
    push(out, ",\"status\":", &Quantity(u64::from(mined.success)));
    push(out, ",\"cumulativeGasUsed\":", &Quantity(mined.cumulative_gas_used));
    out.push_str(",\"logsBloom\":");
    bytes(out, mined.bloom.as_slice());
    out.push_str(",\"logs\":[");
    let place = Place::new(block, index);
    for (i, log) in mined.logs.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        place.log(out, &log, mined.first_log + i);
    }
    out.push_str("],\"transactionHash\":");
    bytes(out, mined.hash.as_slice());
    push(out, ",\"transactionIndex\":", &Quantity(index as u64));
    out.push_str(",\"blockHash\":");
    bytes(out, block.hash.as_slice());
    push(out, ",\"blockNumber\":", &Quantity(block.header.number));
    push(out, ",\"gasUsed\":", &Quantity(mined.gas_used));
    push(out, ",\"effectiveGasPrice\":", &Quantity(mined.effective_gas_price));
    out.push_str(",\"from\":");
    bytes(out, mined.transaction.signer().as_slice());
    out.push_str(",\"to\":");
    address_or_null(out, mined.transaction.to());
    out.push_str(",\"contractAddress\":");
    address_or_null(out, mined.created);
    out.push('}');
}

/// All receipts of a block.
pub(super) fn receipts(block: &Block) -> String {
    let mut out = String::from("[");
    for index in 0..block.transactions.len() {
        if index > 0 {
            out.push(',');
        }
        receipt(&mut out, block, index);
    }
    out.push(']');
    out
}

/// Appends the logs of a block that match.
pub(super) fn matching_logs(out: &mut String, block: &Block, filter: &LogFilter) {
    if !filter.may_match(block) {
        return;
    }
    for (index, mined) in block.transactions.iter().enumerate() {
        if mined.logs.len() == 0 {
            continue;
        }
        let place = Place::new(block, index);
        for (i, log) in mined.logs.iter().enumerate().filter(|(_, log)| filter.matches(log)) {
            if !out.ends_with('[') {
                out.push(',');
            }
            place.log(out, &log, mined.first_log + i);
        }
    }
}

/// An address and topics filter, with sets hashed once.
#[derive(Debug)]
pub(super) struct LogFilter {
    addresses: HashSet<Address>,
    topics: [HashSet<B256>; 4],
}

impl LogFilter {
    pub(super) fn new(filter: &Filter) -> Self {
        let topics = std::array::from_fn(|i| filter.topics[i].iter().copied().collect());
        Self { addresses: filter.address.iter().copied().collect(), topics }
    }

    fn matches(&self, log: &LogRef<'_>) -> bool {
        let topic = |(i, wanted): (usize, &HashSet<B256>)| {
            wanted.is_empty() || log.topics().get(i).is_some_and(|topic| wanted.contains(topic))
        };
        (self.addresses.is_empty() || self.addresses.contains(&log.address))
            && self.topics.iter().enumerate().all(topic)
    }

    /// Whether the block's bloom leaves a match possible.
    fn may_match(&self, block: &Block) -> bool {
        let any = |items: &mut dyn Iterator<Item = &[u8]>| {
            let mut items = items.peekable();
            items.peek().is_none()
                || items.any(|item| block.header.logs_bloom.contains_input(alloy::primitives::BloomInput::Raw(item)))
        };
        any(&mut self.addresses.iter().map(|address| address.as_slice()))
            && self.topics.iter().all(|wanted| any(&mut wanted.iter().map(|topic| topic.as_slice())))
    }
}

/// What all logs of a transaction say of where they are.
struct Place {
    json: String,
}

impl Place {
    fn new(block: &Block, index: usize) -> Self {
        let mined: &Mined = &block.transactions[index];
        let mut json = String::with_capacity(300);
        json.push_str(",\"blockHash\":");
        bytes(&mut json, block.hash.as_slice());
        push(&mut json, ",\"blockNumber\":", &Quantity(block.header.number));
        push(&mut json, ",\"blockTimestamp\":", &Quantity(block.header.timestamp));
        json.push_str(",\"transactionHash\":");
        bytes(&mut json, mined.hash.as_slice());
        push(&mut json, ",\"transactionIndex\":", &Quantity(index as u64));
        json.push_str(",\"removed\":false,\"logIndex\":");
        Self { json }
    }

    fn log(&self, out: &mut String, log: &LogRef<'_>, log_index: usize) {
        out.push_str("{\"address\":");
        bytes(out, log.address.as_slice());
        out.push_str(",\"topics\":[");
        for (i, topic) in log.topics().iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            bytes(out, topic.as_slice());
        }
        out.push_str("],\"data\":");
        bytes(out, log.data);
        out.push_str(&self.json);
        push(out, "", &Quantity(log_index as u64));
        out.push('}');
    }
}

/// A JSON-RPC quantity.
struct Quantity<T>(T);

impl<T: std::fmt::LowerHex> std::fmt::Display for Quantity<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{:#x}\"", self.0)
    }
}

fn push(out: &mut String, key: &str, value: &dyn std::fmt::Display) {
    out.push_str(key);
    // writing to a string cannot fail
    let _ = write!(out, "{value}");
}

/// Bytes as a JSON string.
fn bytes(out: &mut String, bytes: &[u8]) {
    const CHUNK: usize = 128;
    out.push_str("\"0x");
    let mut buffer = [0u8; 2 * CHUNK];
    for chunk in bytes.chunks(CHUNK) {
        let text = &mut buffer[..2 * chunk.len()];
        // the buffer has the length asked for and hex is ASCII: neither can fail
        if hex::encode_to_slice(chunk, text).is_ok() {
            out.push_str(std::str::from_utf8(text).unwrap_or_default());
        }
    }
    out.push('"');
}

fn address_or_null(out: &mut String, address: Option<Address>) {
    match address {
        Some(address) => bytes(out, address.as_slice()),
        None => out.push_str("null"),
    }
}

/// A quantity of 256 bits, as an answer.
pub(super) fn quantity(value: U256) -> Result<Box<RawValue>, Failure> {
    raw(format!("\"{value:#x}\""))
}
