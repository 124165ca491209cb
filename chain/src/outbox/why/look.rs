//! What is asked of the chain to explain an intent. Nothing is sent.

use alloy::eips::{BlockId, BlockNumberOrTag};

use super::Chain;
use crate::{
    ledger::view::Detail,
    outbox::reads,
    rpc::{Rpc, RpcError},
};

/// Looks.
///
/// # Errors
/// The endpoint.
pub async fn look(rpc: &Rpc, detail: &Detail) -> Result<Chain, RpcError> {
    let signer = detail.intent.signer;
    let latest = rpc.block(BlockNumberOrTag::Latest).await?;
    let finalized = reads::finalized(rpc).await?;
    let hashes: Vec<_> = detail.current().map(|attempt| attempt.hash).collect();
    let receipts = reads::receipts(rpc, &hashes).await?;
    let mined = hashes.iter().zip(receipts).filter_map(|(hash, receipt)| Some((*hash, receipt?.block_number)));
    let heights: Vec<_> = detail.intent.receipt.iter().map(|receipt| receipt.block_number).collect();
    let there = reads::hashes_at(rpc, &heights).await?;
    Ok(Chain {
        label: rpc.label().to_owned(),
        latest: latest.number,
        timestamp: latest.timestamp,
        finalized,
        latest_nonce: reads::latest_nonce(rpc, signer).await?,
        final_nonce: rpc.nonce(signer, BlockId::finalized()).await?,
        // an endpoint without a fee history leaves one sentence out
        market: reads::fees(rpc).await.ok(),
        balance: rpc.balance(signer, BlockId::latest()).await?,
        hash_there: there.into_iter().next().flatten(),
        mined: mined.collect(),
    })
}
