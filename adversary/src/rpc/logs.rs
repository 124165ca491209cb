//! `eth_getLogs`, with the limits that providers set.

use alloy::{
    eips::BlockNumberOrTag,
    primitives::Log,
    rpc::types::{Filter, FilterBlockOption},
};
use serde_json::{Value, json};

use super::{Answer, Params, View, hex};
use crate::{blocks::Block, error::Failure};

impl View<'_> {
    pub(super) fn logs(&self, params: &Params<'_>) -> Answer {
        let filter: Filter = params.required(0)?;
        let limits = &self.world.config.logs;
        let blocks = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => {
                let height = self.resolve(hash.into()).ok_or_else(|| Failure::refused("unknown block"))?;
                height..=height
            }
            FilterBlockOption::Range { from_block, to_block } => {
                let bound = |tag: Option<BlockNumberOrTag>| match tag.unwrap_or_default() {
                    // a range may end above the head
                    BlockNumberOrTag::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
                    tag => self.height(tag).unwrap_or(self.head),
                };
                let (from, to) = (bound(from_block), bound(to_block));
                if from > to {
                    return Err(Failure::params("invalid block range params"));
                }
                if let Some((most, words)) = &limits.range
                    && (to - from) as u64 >= *most
                {
                    return Err(Failure::params(words.replace("{}", &most.to_string())));
                }
                from..=to.min(self.head)
            }
        };
        let mut found = Vec::new();
        for block in blocks.filter_map(|height| self.world.chain.block(height)) {
            for (index, mined) in block.mined.iter().enumerate() {
                let entries = mined.logs().iter().enumerate().filter(|(_, entry)| matches(&filter, entry));
                found.extend(entries.map(|(i, entry)| log(entry, block, index, mined.first_log + i)));
            }
        }
        match &limits.results {
            Some((most, words)) if found.len() > *most => {
                Err(Failure::new(-32005, words.replace("{}", &most.to_string())))
            }
            _ => Ok(Value::Array(found)),
        }
    }
}

fn matches(filter: &Filter, log: &Log) -> bool {
    let topic = |(at, wanted): (usize, &alloy::rpc::types::Topic)| {
        wanted.is_empty() || log.topics().get(at).is_some_and(|topic| wanted.contains(topic))
    };
    (filter.address.is_empty() || filter.address.contains(&log.address)) && filter.topics.iter().enumerate().all(topic)
}

/// A log as answers and receipts show it.
pub(super) fn log(log: &Log, block: &Block, index: usize, log_index: usize) -> Value {
    json!({
        "address": log.address,
        "topics": log.topics(),
        "data": log.data.data,
        "blockNumber": hex(block.header.number),
        "blockHash": block.hash,
        "blockTimestamp": hex(block.header.timestamp),
        "transactionHash": block.mined[index].tx.hash,
        "transactionIndex": hex(index as u64),
        "logIndex": hex(log_index as u64),
        "removed": false,
    })
}
