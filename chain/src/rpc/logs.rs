//! Logs that are known to be all there are.
//!
//! `eth_getLogs` is the least reliable of all reads: providers limit it, indices lag, and after a reorganisation it is wrong
//! at that height on sound nodes too (go-ethereum#31593). An empty answer looks the same as a missing one. So every height
//! of the range is held against its header, and every header against the one before (`proof`): where the bloom says that a
//! block may hold what is looked for, its receipts are read and proven, and have to show what was answered. An endpoint that
//! leaves something out, or adds something, is an error.
//!
//! At and under the final block logs are asked for by range, as many blocks as the endpoint answers (`span`). Above it they
//! are asked for by the hash of the block, and if the chain was reorganised meanwhile the whole answer is an error. With
//! several endpoints the headers under the final block are those of a quorum.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use alloy::{
    eips::BlockNumberOrTag,
    network::AnyTransactionReceipt,
    primitives::{B256, U64},
    rpc::types::{Block, Filter, Header, Log},
};

use super::{
    Rpc, RpcError,
    proof::{check_header, proven_logs},
    span::Span,
};
use crate::dev::DEV_CHAIN_IDS;

const METHOD: &str = "eth_getLogs";

/// The span that was last answered, for the next range.
#[derive(Debug, Default)]
pub(super) struct LastSpan(Mutex<Span>);

impl LastSpan {
    fn get(&self) -> Span {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, span: Span) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = span;
    }
}

impl Rpc {
    /// All logs that fit `filter` in the blocks from `from` to `to`, both included, in their order. What the filter says of
    /// blocks is not used.
    ///
    /// # Errors
    /// [`RpcError`]; `NoAnswer` when what was answered is not what the headers prove, or the chain changed meanwhile.
    pub async fn logs(&self, filter: &Filter, from: u64, to: u64) -> Result<Vec<Log>, RpcError> {
        let finalized = self.block(BlockNumberOrTag::Finalized).await?.number;
        let mut span = self.pool.span.get();
        let (mut found, mut next, mut parent) = (Vec::new(), from, None);
        while next <= to {
            let by_range = next <= finalized;
            let end = span.end(next, if by_range { to.min(finalized) } else { to });
            let answered = if by_range {
                let range = filter.clone().from_block(next).to_block(end);
                match self.request::<_, Vec<Log>>(METHOD, (range,)).await {
                    Ok(logs) => Some(logs),
                    Err(error) if error.is_revert() || !span.refused(end - next + 1) => return Err(error),
                    Err(_) => continue,
                }
            } else {
                None
            };
            let headers = self.headers(next, end, parent).await?;
            parent = headers.last().map(|block| block.header.hash);
            self.hold(filter, &headers, answered, &mut found).await?;
            if by_range {
                span.answered(end - next + 1);
                self.pool.span.set(span);
            }
            next = end + 1;
        }
        if to > finalized
            && let Some(last) = parent
        {
            let now = self.block(BlockNumberOrTag::Number(to)).await?;
            if now.hash != last {
                return Err(self.not_proven(format!("block {to} was {last} and is {} now", now.hash)));
            }
        }
        Ok(found)
    }

    /// The blocks of a range, each on the one before, the first on `parent`.
    async fn headers(&self, from: u64, to: u64, mut parent: Option<B256>) -> Result<Vec<Block>, RpcError> {
        let questions = (from..=to).map(|number| (U64::from(number), false)).collect();
        let blocks: Vec<Option<Block>> = self.batch("eth_getBlockByNumber", questions).await?;
        let mut chain = Vec::with_capacity(blocks.len());
        for (number, block) in (from..=to).zip(blocks) {
            let block = block.ok_or_else(|| self.not_proven(format!("no block {number}")))?;
            check_header(&block.header, number, parent).map_err(|words| self.not_proven(words))?;
            parent = Some(block.header.hash);
            chain.push(block);
        }
        Ok(chain)
    }

    /// Adds the logs of some blocks to `found`. What was answered for their range has to be exactly those.
    async fn hold(
        &self,
        filter: &Filter,
        blocks: &[Block],
        answered: Option<Vec<Log>>,
        found: &mut Vec<Log>,
    ) -> Result<(), RpcError> {
        let by_range = answered.is_some();
        let mut by_block: HashMap<B256, Vec<Log>> = HashMap::new();
        for log in answered.into_iter().flatten() {
            by_block.entry(log.block_hash.unwrap_or_default()).or_default().push(log);
        }
        for block in blocks {
            let header = &block.header;
            let claimed = by_block.remove(&header.hash);
            if !filter.matches_bloom(header.logs_bloom) {
                if claimed.is_some() {
                    return Err(self.not_proven(format!("logs of block {} that its bloom excludes", header.number)));
                }
                continue;
            }
            let claimed = match claimed {
                Some(claimed) => claimed,
                None if by_range => Vec::new(),
                None => self.request(METHOD, (filter.clone().at_block_hash(header.hash),)).await?,
            };
            let mut proven = self.proven(block).await?;
            proven.retain(|log| filter.matches(&log.inner));
            if !same(&claimed, &proven) {
                let words = format!(
                    "{} logs of block {} where its receipts have {}: some are left out or made up",
                    claimed.len(),
                    header.number,
                    proven.len()
                );
                return Err(self.not_proven(words));
            }
            found.extend(proven);
        }
        match by_block.into_values().flatten().next() {
            Some(log) => Err(self.not_proven(format!(
                "a log of block {:?} ({:?}), which is not on the chain there",
                log.block_number, log.block_hash
            ))),
            None => Ok(()),
        }
    }

    /// The logs of a block, from its proven receipts.
    async fn proven(&self, block: &Block) -> Result<Vec<Log>, RpcError> {
        let header: &Header = &block.header;
        let asked = self.request("eth_getBlockReceipts", (U64::from(header.number),)).await;
        let receipts: Vec<AnyTransactionReceipt> = match asked {
            Ok(receipts) => receipts,
            // not every endpoint knows the method
            Err(RpcError::Refused { .. }) => {
                let questions = block.transactions.hashes().map(|hash| (hash,)).collect();
                self.batch("eth_getTransactionReceipt", questions).await?
            }
            Err(error) => return Err(error),
        };
        let is_development = DEV_CHAIN_IDS.contains(&self.chain_id());
        proven_logs(header, receipts, is_development).map_err(|words| self.not_proven(words))
    }

    fn not_proven(&self, reason: String) -> RpcError {
        RpcError::NoAnswer { label: self.label().to_owned(), method: METHOD, reason }
    }
}

/// Whether two lists hold the same logs, in whatever order.
fn same(claimed: &[Log], proven: &[Log]) -> bool {
    let key = |log: &Log| (log.transaction_hash, log.log_index, log.inner.clone());
    let sorted = |logs: &[Log]| {
        let mut keys: Vec<_> = logs.iter().map(key).collect();
        keys.sort_by_key(|(transaction, index, _)| (*index, *transaction));
        keys
    };
    claimed.iter().all(|log| !log.removed) && sorted(claimed) == sorted(proven)
}
