//! Recipients that cannot be paid.
//!
//! A batch is atomic: one recipient the token refuses keeps its whole batch from being paid. It is found by simulation, first
//! the chunk, then the recipient, each by `eth_call` against the latest state; nothing is sent for it.

use std::ops::Range;

use alloy::{
    eips::BlockId,
    network::TransactionBuilder,
    primitives::{Address, Bytes, U256},
    rpc::types::TransactionRequest,
    sol_types::SolCall,
};
use serde::Serialize;
use tminus_chain::rpc::{RpcError, describe_revert};
use tminus_contracts::bindings::{PlainERC20, TokenDistributor as abi};

use super::intents;
use crate::{distributor::Distributor, plan::Committed};

/// A chunk that cannot be paid, and the recipient for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Poison {
    /// The chunk.
    pub chunk: u64,
    /// The recipient; `None` when each of the chunk's transfers works by itself.
    pub recipient: Option<Address>,
    /// Its position in the list.
    pub index: Option<u64>,
    /// Its amount, base units.
    pub amount: Option<U256>,
    /// The token's words.
    pub reason: String,
}

impl std::fmt::Display for Poison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.recipient, self.index) {
            (Some(recipient), Some(index)) => {
                write!(f, "recipient {recipient} (entry {index}, chunk {}) cannot be paid: {}", self.chunk, self.reason)
            }
            _ => write!(f, "chunk {} cannot be paid: {}", self.chunk, self.reason),
        }
    }
}

/// Simulates a batch against the latest state.
pub(super) async fn simulate(
    distributor: &Distributor,
    committed: &Committed,
    from: Address,
    chunks: &Range<u64>,
) -> Result<(), RpcError> {
    let request = TransactionRequest::default()
        .with_from(from)
        .with_to(distributor.address())
        .with_input(intents::calldata(committed, chunks.clone()));
    distributor.rpc().request::<_, Bytes>("eth_call", (request, "latest")).await.map(|_| ())
}

/// Finds the first chunk of a batch that cannot be paid, and the recipient; `None` when all can be, or are, by now.
pub(super) async fn find(
    distributor: &Distributor,
    committed: &Committed,
    from: Address,
    chunks: Range<u64>,
) -> Result<Option<Poison>, RpcError> {
    use alloy::sol_types::SolError;
    for chunk in chunks {
        match simulate(distributor, committed, from, &(chunk..chunk + 1)).await {
            Ok(()) => {}
            Err(RpcError::Reverted(data)) if data.starts_with(&abi::DistributorChunkAlreadyDone::SELECTOR) => {}
            Err(RpcError::Reverted(data)) => {
                let named = recipient(distributor, committed, chunk).await?;
                return Ok(Some(named.unwrap_or(Poison {
                    chunk,
                    recipient: None,
                    index: None,
                    amount: None,
                    reason: describe_revert(&data),
                })));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The first recipient of a chunk whose transfer fails by itself.
async fn recipient(distributor: &Distributor, committed: &Committed, chunk: u64) -> Result<Option<Poison>, RpcError> {
    let (token, from) = (committed.facts.token, Some(distributor.address()));
    for index in committed.tree.recipients(chunk..chunk + 1) {
        let Some(entry) = committed.list.get(index) else { continue };
        let amount = U256::from(entry.amount);
        let call = PlainERC20::transferCall { to: entry.address, value: amount };
        let reason = match distributor.rpc().call(from, token, call.abi_encode().into(), BlockId::latest()).await {
            // no data: a token without return values; otherwise a truth value
            Ok(data) if data.is_empty() || U256::try_from_be_slice(&data) == Some(U256::ONE) => continue,
            Ok(_) => "the token's transfer returned false".to_owned(),
            Err(RpcError::Reverted(data)) => format!("the token's transfer reverted: {}", describe_revert(&data)),
            Err(RpcError::Refused { message, .. }) => format!("the token's transfer failed: {message}"),
            Err(error) => return Err(error),
        };
        let (recipient, index) = (Some(entry.address), Some(index as u64));
        return Ok(Some(Poison { chunk, recipient, index, amount: Some(amount), reason }));
    }
    Ok(None)
}
