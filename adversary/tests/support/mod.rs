//! What the tests share.
#![allow(dead_code, missing_docs, unreachable_pub)]

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    providers::{Provider, RootProvider},
    transports::{RpcError, TransportErrorKind},
};
use tminus_adversary::{Draft, Node, World, WorldConfig, effects, keys};

pub fn sender() -> Address {
    keys::accounts()[0]
}

pub fn id(name: &str) -> B256 {
    keccak256(name)
}

/// A counting call.
pub fn count(name: &str, nonce: u64) -> Draft {
    Draft { to: Some(effects::EFFECTS), data: effects::call(id(name)), ..draft(nonce) }
}

pub fn draft(nonce: u64) -> Draft {
    Draft::new(sender(), WorldConfig::default().chain_id, nonce)
}

pub fn provider(node: &Node) -> RootProvider {
    RootProvider::new(node.client())
}

/// A world, an endpoint onto it and a plain client of that.
pub fn world() -> (World, Node, RootProvider) {
    world_of(WorldConfig::default())
}

pub fn world_of(config: WorldConfig) -> (World, Node, RootProvider) {
    let world = World::new(config);
    let node = world.node("a");
    let provider = provider(&node);
    (world, node, provider)
}

pub async fn send(provider: &RootProvider, raw: Bytes) -> Result<B256, RpcError<TransportErrorKind>> {
    provider.client().request("eth_sendRawTransaction", (raw,)).await
}

/// The endpoint's words; a panic if it took the transaction.
pub async fn refusal(provider: &RootProvider, draft: &Draft) -> String {
    match send(provider, draft.sign()).await {
        Err(RpcError::ErrorResp(error)) => error.message.into_owned(),
        other => panic!("{other:?}"),
    }
}

pub fn ether(n: u64) -> U256 {
    U256::from(n) * U256::from(10u64.pow(18))
}
