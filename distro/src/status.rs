//! How a distribution stands, from the chain alone.
//!
//! No journal is needed and none is looked at: whoever has the address and the list's facts sees the same.

use alloy::{eips::BlockNumberOrTag, primitives::Address};
use serde::Serialize;
use tminus_chain::rpc::RpcError;

use crate::{
    distributor::{Distributor, Facts, State},
    plan::Committed,
};

/// How a distribution stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The contract.
    pub distributor: Address,
    /// What it holds for ever.
    pub facts: Facts,
    /// In what it differs from the list; empty when it is the right one.
    pub differences: Vec<String>,
    /// Chunks of the list.
    pub chunks: u64,
    /// Recipients in chunks that are done, as of the latest block.
    pub recipients_done: u64,
    /// As of the latest block.
    pub latest: State,
    /// As of the finalized block.
    pub finalized: State,
}

impl Status {
    /// Every chunk is done in the finalized state.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.finalized.done.all()
    }
}

/// Reads how a distribution stands.
///
/// # Errors
/// [`RpcError`]
pub async fn status(distributor: &Distributor, committed: &Committed) -> Result<Status, RpcError> {
    let commitment = committed.commitment();
    let (chunks, token) = (commitment.chunks(), committed.facts.token);
    let facts = distributor.facts().await?;
    let latest = distributor.state(BlockNumberOrTag::Latest, chunks, commitment.total, token).await?;
    let finalized = distributor.state(BlockNumberOrTag::Finalized, chunks, commitment.total, token).await?;
    let undone: usize = latest.done.undone().into_iter().map(|gap| committed.tree.recipients(gap).len()).sum();
    Ok(Status {
        distributor: distributor.address(),
        differences: facts.differences(token, &commitment),
        facts,
        chunks,
        recipients_done: (committed.list.len() - undone) as u64,
        latest,
        finalized,
    })
}
