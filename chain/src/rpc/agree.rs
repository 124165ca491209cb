//! Whether an endpoint belongs to the chain that was connected to: its chain id and its first block.
//!
//! Looked at when several endpoints are connected, before an endpoint is asked again after its connection failed (whoever
//! answers at that address now may be somebody else), and every ten minutes. A single endpoint's first block is not asked for
//! at the start, where its chain id is: it is learned from whoever asks for it first, and compared from then on.
//!
//! The first block of a development chain can have any number; a public network's is 0. After the start only the chain id is
//! compared on a development chain: anvil that loads its state has a block 0 of each of its starts, and shows any of them.

use std::{sync::OnceLock, time::Duration};

use alloy::primitives::{B256, U64};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    endpoint::Endpoint,
    error::{Fault, TransportError},
};
use crate::dev::DEV_CHAIN_IDS;

/// Time for each of the two questions.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// What all endpoints have to show.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) chain_id: u64,
    /// Hash of the first block, once it is known.
    pub(super) first: OnceLock<B256>,
}

#[derive(Debug, Deserialize)]
struct FirstBlock {
    hash: B256,
}

impl Identity {
    pub(super) fn of_chain(chain_id: u64) -> Self {
        Self { chain_id, first: OnceLock::new() }
    }
}

/// The chain id an endpoint answers with.
pub(super) async fn chain_id(endpoint: &Endpoint) -> Result<u64, TransportError> {
    let id: U64 = endpoint.request("eth_chainId", (), Some(LIMIT)).await?;
    endpoint.told().chain_id = Some(id.to());
    Ok(id.to())
}

/// The hash of an endpoint's first block.
pub(super) async fn first_block(endpoint: &Endpoint, chain_id: u64) -> Result<B256, TransportError> {
    let first = if DEV_CHAIN_IDS.contains(&chain_id) { "earliest" } else { "0x0" };
    let block: Option<FirstBlock> = endpoint.request("eth_getBlockByNumber", (first, false), Some(LIMIT)).await?;
    let missing = || Fault::Garbage("it does not have the first block".to_owned()).into_transport();
    Ok(block.ok_or_else(missing)?.hash)
}

/// Looks whether an endpoint shows what it has to, if that is due.
///
/// # Errors
/// It is of another chain, or it does not answer.
pub(super) async fn ensure(endpoint: &Endpoint, identity: &Identity) -> Result<(), TransportError> {
    {
        let health = endpoint.health();
        if !health.check_due(Instant::now()) {
            return health.wrong().map_or(Ok(()), |says| Err(Fault::WrongChain(says.to_owned()).into_transport()));
        }
    }
    let id = chain_id(endpoint).await?;
    let verdict = if id == identity.chain_id && DEV_CHAIN_IDS.contains(&id) {
        Ok(())
    } else if id == identity.chain_id {
        let found = first_block(endpoint, id).await?;
        let known = identity.first.get_or_init(|| found);
        if *known == found { Ok(()) } else { Err(format!("its first block is {found}, not {known}")) }
    } else {
        Err(format!("it answers with chain id {id}, not {}", identity.chain_id))
    };
    endpoint.health().note_check(Instant::now(), verdict.clone());
    verdict.map_err(|says| Fault::WrongChain(says).into_transport())
}
