//! Several endpoints over TCP, of which some lie, lag, are elsewhere, or gone.

use std::time::Duration;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::keccak256,
};
use tminus_adversary::{Draft, Fault, Node, Rule, Server, World, WorldConfig, keys};
use tminus_chain::rpc::{EndpointState, Options, Rpc, RpcError};

use super::{count, effect, height, secretive, tells_no_secret, world};

struct Lines {
    nodes: Vec<Node>,
    servers: Vec<Server>,
    rpc: Rpc,
}

async fn lines(worlds: &[&World]) -> Lines {
    let nodes: Vec<_> = worlds.iter().enumerate().map(|(index, world)| world.node(&index.to_string())).collect();
    let mut servers = Vec::new();
    for node in &nodes {
        servers.push(node.serve().await.unwrap());
    }
    let urls: Vec<_> = servers.iter().map(|server| secretive(server.url())).collect();
    let rpc = Rpc::connect_many(&urls, Options::default().with_seed(1)).await.unwrap();
    Lines { nodes, servers, rpc }
}

fn disagrees<T: std::fmt::Debug>(answer: Result<T, RpcError>) -> String {
    let error = answer.unwrap_err();
    assert!(matches!(error, RpcError::Disagree { .. }), "{error}");
    tells_no_secret(&error.to_string());
    error.to_string()
}

#[tokio::test]
async fn what_one_does_not_answer_another_does() {
    let world = world();
    world.mine_empty(9);
    let lines = lines(&[&world, &world]).await;
    for fault in [Fault::Cut, Fault::status(503), Fault::html(), Fault::retry_after("60"), Fault::Truncated] {
        lines.nodes[0].script(Rule::on("eth_blockNumber", fault.clone()).times(1));
        assert_eq!(height(&lines.rpc).await.unwrap(), 9, "{fault:?}");
    }
}

#[tokio::test]
async fn all_down_and_back_again() {
    let world = world();
    world.mine_empty(9);
    let mut lines = lines(&[&world, &world]).await;
    let ports: Vec<_> = lines.servers.iter().map(Server::port).collect();
    lines.servers.clear();
    let error = height(&lines.rpc).await.unwrap_err();
    tells_no_secret(&error.to_string());
    assert!(error.is_silence(), "{error}");
    assert!(count(&lines.rpc).await.unwrap_err().is_silence());
    let hash = keccak256([1]);
    assert!(lines.rpc.agreed_receipts::<serde_json::Value>(&[hash]).await.unwrap_err().is_silence());
    for (node, port) in lines.nodes.iter().zip(ports) {
        lines.servers.push(node.serve_at(port).await.unwrap());
    }
    assert_eq!(height(&lines.rpc).await.unwrap(), 9);
    assert_eq!(count(&lines.rpc).await.unwrap(), 0);
}

#[tokio::test]
async fn a_liar_is_outvoted_or_stops_everything() {
    let world = world();
    effect(&world, &[1, 2, 3]);
    world.mine_empty(9);
    let two = lines(&[&world, &world]).await;
    // what is latest is what two have reached; what is final has to be the same
    two.nodes[0].script(Rule::on("eth_getTransactionCount", Fault::LyingNonce(-2)));
    assert_eq!(count(&two.rpc).await.unwrap(), 1);
    let words = disagrees(two.rpc.nonce(keys::accounts()[0], BlockId::finalized()).await);
    assert!(words.contains("says 1") && words.contains("says 3"), "{words}");
    let three = lines(&[&world, &world, &world]).await;
    three.nodes[1].script(Rule::on("eth_getTransactionCount", Fault::LyingNonce(5)));
    assert_eq!(three.rpc.nonce(keys::accounts()[0], BlockId::finalized()).await.unwrap(), 3);
    assert_eq!(count(&three.rpc).await.unwrap(), 3);
}

#[tokio::test]
async fn stale_answers_hide_nothing() {
    let world = world();
    world.mine_empty(5);
    let lines = lines(&[&world, &world]).await;
    effect(&world, &[1]);
    let (_, hash, _, _) = world.mined_of(keys::accounts()[0])[0].clone();
    lines.nodes[0].script(Rule::any(Fault::Stale(3)));
    assert_eq!(count(&lines.rpc).await.unwrap(), 0, "what both have reached");
    let receipt: Option<serde_json::Value> = lines.rpc.request("eth_getTransactionReceipt", (hash,)).await.unwrap();
    assert!(receipt.is_some(), "one that is there comes before none");
    assert!(lines.rpc.agreed_receipts::<serde_json::Value>(&[hash]).await.is_err(), "and is not final for it");
    assert_eq!(lines.rpc.block(BlockNumberOrTag::Finalized).await.unwrap().number, 0);
}

#[tokio::test]
async fn two_forks_are_told_apart() {
    let world = world();
    world.mine_empty(20);
    let other = world.fork_at(10);
    other.mine_empty(12);
    // a block of each that the other does not have
    effect(&other, &[1]);
    let lines = lines(&[&world, &other]).await;
    let words = disagrees(count(&lines.rpc).await);
    assert!(words.contains(lines.servers[0].url().trim_end_matches('/')), "{words}");
    disagrees(lines.rpc.block(BlockNumberOrTag::Finalized).await);
    let three = self::lines(&[&world, &other, &world]).await;
    assert!(matches!(three.rpc.endpoints()[1].state, EndpointState::OtherFork { .. }), "{:?}", three.rpc.endpoints());
    assert_eq!(count(&three.rpc).await.unwrap(), 0);
    assert_eq!(three.rpc.block(BlockNumberOrTag::Finalized).await.unwrap().hash, world.hash_at(16).unwrap());
}

#[tokio::test]
async fn an_endpoint_of_another_chain_is_found_out() {
    let world = world();
    let salted = World::new(WorldConfig { chain_id: 1, salt: 9, ..WorldConfig::default() });
    let (a, b) = (world.node("a").serve().await.unwrap(), salted.node("b").serve().await.unwrap());
    let words = disagrees(Rpc::connect_many(&[secretive(a.url()), secretive(b.url())], Options::default()).await);
    assert!(words.contains("first block"), "{words}");

    // in the middle of a run: behind the same address is another chain
    let mut lines = lines(&[&world, &world]).await;
    let port = lines.servers[0].port();
    drop(lines.servers.remove(0));
    height(&lines.rpc).await.unwrap();
    let other = salted.node("other");
    let _server = other.serve_at(port).await.unwrap();
    lines.servers.clear();
    let error = height(&lines.rpc).await.unwrap_err();
    assert!(error.is_silence(), "{error}");
    assert_eq!(other.requests("eth_blockNumber"), 0, "nothing was asked of it");
    assert!(matches!(lines.rpc.endpoints()[0].state, EndpointState::WrongChain { .. }), "{:?}", lines.rpc.endpoints());
}

#[tokio::test]
async fn bytes_reach_every_pool_even_where_the_first_does_not_answer() {
    let world = world();
    let other = world.fork_at(0);
    let lines = lines(&[&world, &other]).await;
    lines.nodes[0].script(Rule::on("eth_sendRawTransaction", Fault::Slow(Duration::from_secs(3))).accepted());
    let draft = Draft::new(keys::accounts()[1], 1, 0).sign();
    let start = std::time::Instant::now();
    let answers = lines.rpc.send_raw(draft.clone()).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(answers[0].1.is_err() && *answers[1].1.as_ref().unwrap() == keccak256(&draft));
    assert_eq!((world.pooled().len(), other.pooled().len()), (1, 1));
}
