//! What a run, and the ones before it, came to.

use alloy::primitives::B256;
use serde::Serialize;
use tminus_chain::outbox::{Outbox, OutboxError};

use super::{Poison, intents};
use crate::{batch::Batching, distributor::State, plan::Committed};

/// One batch that was paid by a journaled transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaidBatch {
    /// Its first chunk.
    pub first: u64,
    /// The chunk after its last.
    pub end: u64,
    /// Recipients in it.
    pub recipients: u64,
    /// The transaction.
    pub tx_hash: B256,
    /// Its block.
    pub block: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Wei paid a gas.
    pub gas_price: u128,
}

/// How a distribution stands after a run: everything is paid and final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// Batches that this journal knows, of this run and earlier ones, in order of their chunks.
    pub batches: Vec<PaidBatch>,
    /// Chunks that were paid in this run without those of their recipients who could not be paid, one of them named.
    pub skipped: Vec<Poison>,
    /// Recipients paid while this run was at it.
    pub recipients: u64,
    /// Recipients who could not be paid in this run, their amounts reserved.
    pub reserved: u64,
    /// How batches were cut, where any were.
    pub batching: Option<Batching>,
    /// Times the gaps were cut anew because the chain was otherwise than expected.
    pub recuts: u32,
    /// The finalized state.
    pub state: State,
}

/// The batches that a journal knows to be mined, in order of their chunks.
///
/// # Errors
/// The journal.
pub fn paid_batches(outbox: &Outbox, committed: &Committed) -> Result<Vec<PaidBatch>, OutboxError> {
    let name = &committed.facts.name;
    let known = outbox.known(&intents::prefix(name))?;
    let mut batches: Vec<_> = known
        .into_iter()
        .filter_map(|known| {
            let chunks = intents::parse(name, known.key.as_str())?;
            let settled = known.settled.filter(|settled| settled.success)?;
            Some(PaidBatch {
                first: chunks.start,
                end: chunks.end,
                recipients: committed.tree.recipients(chunks).len() as u64,
                tx_hash: settled.tx_hash,
                block: settled.block_number,
                gas_used: settled.gas_used,
                gas_price: settled.gas_price,
            })
        })
        .collect();
    batches.sort_by_key(|batch| batch.first);
    Ok(batches)
}
