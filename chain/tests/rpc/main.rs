//! Reading through endpoints that fail in every way there is, over TCP and in the process, and through anvil.
//!
//! - `http`: what goes wrong between here and an endpoint, and that no word of it holds a secret
//! - `many`: endpoints that lie, lag, are elsewhere, or all gone
//! - `logs`: logs that are proven
//! - `wake`: a WebSocket that ends a wait

#[path = "../support/mod.rs"]
mod support;

mod http;
mod logs;
mod many;
mod wake;

use alloy::{
    eips::BlockId,
    primitives::{B256, U64, keccak256},
};
use tminus_adversary::{Draft, World, WorldConfig, effects, keys};
use tminus_chain::rpc::{Rpc, RpcError};

/// What no error may show: user, password, path and query of every URL here.
const SECRETS: [&str; 4] = ["theuser", "thepassword", "the-secret-path", "the-secret-token"];

/// A URL with everything in it that could leak.
fn secretive(url: &str) -> String {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    format!("http://theuser:thepassword@{host}/v3/the-secret-path?token=the-secret-token")
}

fn tells_no_secret(words: &str) {
    for secret in SECRETS {
        assert!(!words.contains(secret), "{words}");
    }
}

/// A chain that is no development chain.
fn world() -> World {
    World::new(WorldConfig { chain_id: 1, ..WorldConfig::default() })
}

/// Each call mines a block with one effect of each id.
fn effect(world: &World, ids: &[u64]) {
    let from = keys::accounts()[0];
    let first = world.nonce(from);
    let raws: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(index, id)| {
            let draft = Draft::new(from, 1, first + index as u64);
            Draft { to: Some(effects::EFFECTS), data: effects::call(word(*id)), ..draft }.sign()
        })
        .collect();
    world.mine_raw(&raws);
}

fn word(id: u64) -> B256 {
    keccak256(id.to_be_bytes())
}

async fn height(rpc: &Rpc) -> Result<u64, RpcError> {
    Ok(rpc.request::<_, U64>("eth_blockNumber", ()).await?.to())
}

async fn count(rpc: &Rpc) -> Result<u64, RpcError> {
    rpc.nonce(keys::accounts()[0], BlockId::latest()).await
}
