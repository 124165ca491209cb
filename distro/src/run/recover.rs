//! What follows from a batch that was not paid.

use std::ops::Range;

use alloy::{eips::BlockId, sol_types::SolError};
use tminus_chain::{
    outbox::{GasLimit, OutboxError, Until},
    rpc::RpcError,
};
use tminus_contracts::bindings::TokenDistributor as abi;

use super::{Poison, Run, RunError, intents, poison};

/// What to do after a batch failed.
enum Next {
    /// Read the bits and cut anew.
    Recut,
    /// As before with smaller batches.
    Smaller,
    /// Find the recipient.
    Poison(Range<u64>),
}

impl Run<'_> {
    /// Cuts smaller after the endpoint refused a batch for its bytes; `false` when that is not it, or when nothing is smaller.
    /// Each batch is refused once, and there is an end to halves: this does not count as standing still.
    pub(super) fn cut_too_large(&mut self, chunks: Option<&Range<u64>>, error: &OutboxError) -> bool {
        let (Some(chunks), OutboxError::Refused { reason, .. }) = (chunks, error) else { return false };
        let reason = reason.to_ascii_lowercase();
        let of_its_bytes = ["oversized data", "transaction size"].iter().any(|words| reason.contains(words));
        let count = chunks.end - chunks.start;
        if !of_its_bytes || count == 1 || self.too_large.contains(chunks) {
            return false;
        }
        tracing::info!(first = chunks.start, end = chunks.end, %reason, "a batch is too large for the endpoint");
        self.recuts += 1;
        self.too_large.push(chunks.clone());
        self.one_by_one = true;
        self.batching = self.batching.map(|batching| batching.narrower(count));
        true
    }

    /// What follows from a failure: nothing (cut anew), smaller batches, a skipped recipient, or the end of the run.
    pub(super) async fn recover(&mut self, chunks: Option<Range<u64>>, error: OutboxError) -> Result<(), RunError> {
        self.recuts += 1;
        match self.next(chunks, error).await? {
            Next::Recut => Ok(()),
            Next::Smaller => {
                self.batching = self.batching.and_then(|batching| batching.smaller());
                Ok(())
            }
            Next::Poison(chunks) => {
                let Some(poison) = poison::find(&self.distributor, self.committed, self.options.from, chunks).await?
                else {
                    return Ok(());
                };
                self.skip(poison).await
            }
        }
    }

    async fn next(&self, chunks: Option<Range<u64>>, error: OutboxError) -> Result<Next, RunError> {
        let Some(chunks) = chunks else { return Err(RunError::Outbox(error)) };
        let (data, reason) = match error {
            OutboxError::WouldRevert { data, reason, .. } => (data, reason),
            // mined and reverted: the chain of now says why
            OutboxError::Reverted(_) => {
                match poison::simulate(&self.distributor, self.committed, self.options.from, &chunks).await {
                    Err(RpcError::Reverted(data)) => (data.clone(), tminus_chain::rpc::describe_revert(&data)),
                    Err(error) => return Err(error.into()),
                    Ok(()) => return Ok(Next::Recut),
                }
            }
            other => return Err(RunError::Outbox(other)),
        };
        tracing::info!(first = chunks.start, end = chunks.end, %reason, "a batch cannot be paid as it is");
        let is = |selector: [u8; 4]| data.starts_with(&selector);
        if is(abi::DistributorChunkAlreadyDone::SELECTOR) {
            return Ok(Next::Recut);
        }
        if is(abi::DistributorClosed::SELECTOR) {
            return Err(RunError::Closed(self.distributor.address()));
        }
        if let Ok(short) = abi::DistributorUnderfunded::abi_decode(&data) {
            let address = self.distributor.address();
            return Err(RunError::Underfunded { address, balance: short.balance, needed: short.needed });
        }
        // without data it is out of gas, or a token that does not say why
        let alone = chunks.end - chunks.start == 1;
        if data.is_empty() && !alone && self.batching.is_some_and(|batching| batching.chunks > 1) {
            return Ok(Next::Smaller);
        }
        Ok(Next::Poison(chunks))
    }

    async fn skip(&mut self, poison: Poison) -> Result<(), RunError> {
        let (owner, from) = (self.facts.owner, self.options.from);
        if !self.options.skip_poison {
            return Err(RunError::Poison(Box::new(poison), owner));
        }
        if owner != from {
            return Err(RunError::NotOwner(Box::new(poison), owner, from));
        }
        tracing::warn!(chunk = poison.chunk, "skipping: {poison}");
        let intent =
            intents::skipping(self.committed, self.distributor.address(), from, poison.chunk, GasLimit::Estimate);
        let settled = self.outbox.execute(vec![intent], Until::Mined).await.map_err(RunError::Outbox)?;
        for settled in settled {
            let at = BlockId::number(settled.block_number);
            let recipients = self.committed.tree.recipients(poison.chunk..poison.chunk + 1);
            self.meter.reserved(self.distributor.reserved(recipients, at).await?);
        }
        self.skipped.push(poison);
        Ok(())
    }
}
