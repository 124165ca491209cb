//! Each fault as a plain client sees it, in the process and over TCP, and whether the request was taken.

mod support;

use std::time::Duration;

use alloy::{
    primitives::{B256, U64},
    providers::{Provider, RootProvider},
    rpc::client::{BatchRequest, RpcClient},
    transports::{RpcError, TransportError, TransportErrorKind},
};
use support::{count, draft, id, send, sender, world};
use tminus_adversary::{Fault, Lie, Node, Rule, Server, World, texts};

/// A client in the process and one over TCP, with short patience.
async fn both(node: &Node) -> (Server, Vec<(&'static str, RootProvider)>) {
    let server = node.serve().await.unwrap();
    let patience = Duration::from_millis(150);
    let reqwest = alloy::transports::http::reqwest::Client::builder().timeout(patience).build().unwrap();
    let http = alloy::transports::http::Http::with_client(reqwest, server.url().parse().unwrap());
    let over_tcp = RootProvider::new(RpcClient::new(http, true));
    let inside = RootProvider::new(node.client_with_timeout(patience));
    (server, vec![("inside", inside), ("tcp", over_tcp)])
}

async fn chain_id(provider: &RootProvider) -> Result<u64, TransportError> {
    provider.client().request::<_, U64>("eth_chainId", ()).await.map(|id| id.to())
}

/// The fault meets one request, and the next one is answered as if nothing had been.
async fn suffer(fault: Fault, expect: impl Fn(&str, Result<u64, TransportError>)) {
    let (_, node, _) = world();
    let (_server, clients) = both(&node).await;
    for (way, provider) in &clients {
        node.script(Rule::on("eth_chainId", fault.clone()).times(1));
        expect(way, chain_id(provider).await);
        assert_eq!(chain_id(provider).await.unwrap(), 31337, "{way}: after {fault:?}");
    }
    assert_eq!(node.fired(), 2);
    assert_eq!(node.requests("eth_chainId"), 4);
}

fn is_custom(way: &str, answer: Result<u64, TransportError>) {
    assert!(matches!(answer, Err(RpcError::Transport(TransportErrorKind::Custom(_)))), "{way}: {answer:?}");
}

fn is_undecodable(way: &str, answer: Result<u64, TransportError>) {
    assert!(matches!(answer, Err(RpcError::DeserError { .. })), "{way}: {answer:?}");
}

#[tokio::test]
async fn connections_break() {
    suffer(Fault::Timeout, is_custom).await;
    suffer(Fault::Refused, is_custom).await;
    suffer(Fault::Cut, is_custom).await;
    suffer(Fault::CutMidway, is_custom).await;
}

#[tokio::test]
async fn answers_are_no_answers() {
    suffer(Fault::garbage(), is_undecodable).await;
    suffer(Fault::html(), is_undecodable).await;
    suffer(Fault::Truncated, is_undecodable).await;
    suffer(Fault::Duplicate, is_undecodable).await;
    suffer(Fault::NullResult, |way, answer| assert!(answer.is_err(), "{way}")).await;
    suffer(Fault::BothResultAndError(-32000, "both".to_owned()), |way, answer| {
        assert!(answer.is_err(), "{way}: {answer:?}");
    })
    .await;
}

#[tokio::test]
async fn statuses_are_told_with_their_headers() {
    for status in [500, 502, 503, 504, 408, 429] {
        suffer(Fault::status(status), |way, answer| match answer {
            Err(RpcError::Transport(TransportErrorKind::HttpError(error))) => assert_eq!(error.status, status, "{way}"),
            other => panic!("{way}: {other:?}"),
        })
        .await;
    }
    suffer(Fault::retry_after("2"), |way, answer| match answer {
        Err(RpcError::Transport(error)) => assert_eq!(error.retry_after(), Some(Duration::from_secs(2)), "{way}"),
        other => panic!("{way}: {other:?}"),
    })
    .await;
    suffer(Fault::retry_after("Wed, 21 Oct 2099 07:28:00 GMT"), |way, answer| match answer {
        Err(RpcError::Transport(error)) => assert!(error.to_string().contains("429"), "{way}: {error}"),
        other => panic!("{way}: {other:?}"),
    })
    .await;
    suffer(Fault::HttpText(400, -32602, "filter not found".to_owned()), |way, answer| match answer {
        Err(RpcError::ErrorResp(error)) => {
            assert_eq!((error.code, &*error.message), (-32602, "filter not found"), "{way}")
        }
        other => panic!("{way}: {other:?}"),
    })
    .await;
}

#[tokio::test]
async fn other_results_and_errors_are_answered() {
    suffer(Fault::Result(serde_json::json!("0x5")), |way, answer| assert_eq!(answer.unwrap(), 5, "{way}")).await;
    for (client, _, code, words) in texts::ALL.iter().take(3) {
        suffer(Fault::Text(*code, (*words).to_owned()), |way, answer| match answer {
            Err(RpcError::ErrorResp(error)) => {
                assert_eq!((error.code, &*error.message), (*code, *words), "{way} {client}")
            }
            other => panic!("{way}: {other:?}"),
        })
        .await;
    }
}

#[tokio::test]
async fn a_wrong_id_is_on_the_wire() {
    let (_, node, _) = world();
    let (_server, clients) = both(&node).await;
    for (way, provider) in &clients {
        node.script(Rule::on("eth_chainId", Fault::WrongId));
        let mut batch = BatchRequest::new(provider.client());
        let waiting = batch.add_call::<_, U64>("eth_chainId", &()).unwrap();
        let _ = batch.send().await;
        assert!(waiting.await.is_err(), "{way}: nobody asked under that id");
        node.calm();
    }
}

#[tokio::test]
async fn sends_are_taken_before_the_fault_or_not_at_all() {
    let before = [
        Fault::Timeout,
        Fault::Refused,
        Fault::Cut,
        Fault::status(502),
        Fault::garbage(),
        Fault::text("internal error"),
        Fault::HttpText(400, -32000, "no".to_owned()),
        Fault::Result(serde_json::json!(B256::ZERO)),
    ];
    let always = [
        Fault::CutMidway,
        Fault::Truncated,
        Fault::WrongId,
        Fault::NullResult,
        Fault::BothResultAndError(-32000, "x".to_owned()),
        Fault::Duplicate,
    ];
    for (at, fault) in before.iter().chain(&always).enumerate() {
        let (world, node, _) = world();
        let (_server, clients) = both(&node).await;
        for (round, (way, provider)) in clients.iter().enumerate() {
            let nonce = world.nonce(sender());
            let name = format!("{round}");
            node.script(Rule::on("eth_sendRawTransaction", fault.clone()).times(1));
            let _ = send(provider, count(&name, nonce).sign()).await;
            world.mine(1);
            let taken = u64::from(at >= before.len());
            assert_eq!(world.effects(id(&name)), taken, "{way}: {fault:?}");
            if taken == 0 {
                node.script(Rule::on("eth_sendRawTransaction", fault.clone()).times(1).accepted());
                let _ = send(provider, count(&name, nonce).sign()).await;
                world.mine(1);
                assert_eq!(world.effects(id(&name)), 1, "{way}: {fault:?} after acceptance");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_answers_and_a_client_gives_up() {
    let (world, node, provider) = world();
    node.script(Rule::on("eth_chainId", Fault::Slow(Duration::from_secs(20))).times(1));
    let start = tokio::time::Instant::now();
    assert_eq!(chain_id(&provider).await.unwrap(), 31337);
    assert_eq!(start.elapsed(), Duration::from_secs(20));
    node.script(Rule::on("eth_sendRawTransaction", Fault::Slow(Duration::from_secs(40))).times(1));
    assert!(send(&provider, draft(0).sign()).await.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(50));
    assert!(world.sends().is_empty(), "it gave up before the request was taken");
    node.script(Rule::on("eth_sendRawTransaction", Fault::Slow(Duration::from_secs(40))).times(1).accepted());
    assert!(send(&provider, draft(0).sign()).await.is_err());
    assert_eq!(world.pooled().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_packet_takes_its_time_before_and_after() {
    let (world, node, provider) = world();
    node.latency(Duration::from_millis(100));
    let start = tokio::time::Instant::now();
    chain_id(&provider).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(100));
    let sending = tokio::spawn(async move { send(&provider, draft(0).sign()).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(world.sends().is_empty());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(world.sends().len() == 1 && !sending.is_finished(), "taken, and not answered yet");
    sending.await.unwrap().unwrap();
}

#[tokio::test]
async fn endpoints_lie_about_nonces_and_receipts_and_answer_from_the_past() {
    let (world, node, provider) = world();
    let hash = send(&provider, count("a", 0).sign()).await.unwrap();
    world.mine(1);
    let nonce = async || provider.get_transaction_count(sender()).await.unwrap();
    for (by, told) in [(3, 4), (-1, 0), (-5, 0)] {
        node.script(Rule::on("eth_getTransactionCount", Fault::LyingNonce(by)).times(1));
        assert_eq!(nonce().await, told);
    }
    node.script(Rule::on("eth_getTransactionCount", Fault::Stale(1)).times(1));
    assert_eq!((nonce().await, nonce().await), (0, 1));
    let receipt = async |lie: Lie, hash: B256| {
        node.script(Rule::on("eth_getTransactionReceipt", Fault::LyingReceipt(lie)).times(1));
        provider.get_transaction_receipt(hash).await.unwrap()
    };
    let truth = provider.get_transaction_receipt(hash).await.unwrap().unwrap();
    assert!(truth.status());
    assert!(!receipt(Lie::Status, hash).await.unwrap().status());
    assert_ne!(receipt(Lie::BlockHash, hash).await.unwrap().block_hash, truth.block_hash);
    assert_ne!(receipt(Lie::Transaction, hash).await.unwrap().transaction_hash, hash);
    assert!(receipt(Lie::Absent, hash).await.is_none());
    assert_eq!(receipt(Lie::Forged, hash).await.as_ref(), Some(&truth), "nothing to forge");
    let forged = receipt(Lie::Forged, id("nothing")).await.unwrap();
    assert!(forged.status() && forged.block_hash == world.hash_at(1));
}

#[tokio::test]
async fn batches_are_answered_in_part_or_twice() {
    let (_, node, _) = world();
    let (_server, clients) = both(&node).await;
    for (way, provider) in &clients {
        let ask = async || {
            let mut batch = BatchRequest::new(provider.client());
            let waiting: Vec<_> = (0..4).map(|_| batch.add_call::<_, U64>("eth_chainId", &()).unwrap()).collect();
            let sent = batch.send().await;
            let mut answered = Vec::new();
            for one in waiting {
                answered.push(one.await.is_ok());
            }
            (sent.is_ok(), answered)
        };
        assert_eq!(ask().await, (true, vec![true; 4]), "{way}");
        node.script(Rule::on("eth_chainId", Fault::BatchPart(2)).times(1));
        assert_eq!(ask().await.1, [true, true, false, false], "{way}");
        node.script(Rule::on("eth_chainId", Fault::text("no")).after(1).times(1));
        assert_eq!(ask().await.1, [true, false, true, true], "{way}");
        node.script(Rule::on("eth_chainId", Fault::status(503)).after(2).times(1));
        assert_eq!(ask().await, (false, vec![false; 4]), "{way}");
        node.script(Rule::on("eth_chainId", Fault::Duplicate).times(4));
        ask().await;
        assert_eq!(ask().await, (true, vec![true; 4]), "{way}");
    }
}

#[tokio::test]
async fn rules_count_and_leave() {
    let (_, node, provider) = world();
    node.script(Rule::on("eth_chainId", Fault::text("third")).after(2).times(1));
    node.script(Rule::any(Fault::text("any")).chance(0.5));
    let mut words = Vec::new();
    for _ in 0..200 {
        words.push(chain_id(&provider).await.map_err(|error| error.to_string()));
    }
    assert_eq!(words.iter().filter(|answer| answer.as_ref().is_err_and(|words| words.contains("third"))).count(), 1);
    let any = words.iter().filter(|answer| answer.as_ref().is_err_and(|words| words.contains("any"))).count();
    assert!((60..140).contains(&any), "{any} of 200 at one half");
    assert_eq!(node.fired(), any as u64 + 1);
    node.calm();
    assert!(chain_id(&provider).await.is_ok());
}

#[tokio::test]
async fn an_endpoint_goes_down_and_comes_back_at_its_port() {
    let (world, node, _) = world();
    let (server, clients) = both(&node).await;
    node.down(true);
    for (_, provider) in &clients {
        assert!(chain_id(provider).await.is_err());
    }
    node.down(false);
    let port = server.port();
    drop(server);
    let over_tcp = &clients[1].1;
    // the port closes when the server's task ends, which is soon
    while chain_id(over_tcp).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let mut again = node.serve_at(port).await;
    while again.is_err() {
        tokio::task::yield_now().await;
        again = node.serve_at(port).await;
    }
    assert_eq!(chain_id(over_tcp).await.unwrap(), 31337);
    let other = World::new(tminus_adversary::WorldConfig { chain_id: 5, ..Default::default() });
    node.follow(&other);
    assert_eq!(chain_id(over_tcp).await.unwrap(), 5, "another chain behind the same address");
    assert_eq!(world.sends().len(), 0);
}

#[tokio::test]
async fn who_is_left_without_an_answer_is_noticed() {
    let (_, node, provider) = world();
    node.script(Rule::on("eth_chainId", Fault::Timeout));
    let asking = tokio::spawn(async move { chain_id(&provider).await.is_ok() });
    node.hung().await;
    assert!(!asking.is_finished());
    asking.abort();
}

#[test]
fn there_are_texts_of_every_client_and_class() {
    use texts::Class;
    assert!(texts::ALL.len() >= 40);
    for client in ["geth", "reth", "erigon", "nethermind", "besu", "arbitrum"] {
        assert!(texts::ALL.iter().filter(|text| text.0 == client).count() >= 5, "{client}");
    }
    for class in [
        Class::AlreadyKnown,
        Class::NonceTooLow,
        Class::NonceTooHigh,
        Class::ReplacementUnderpriced,
        Class::Underpriced,
        Class::PoolFull,
        Class::NoFunds,
        Class::OverEndpointCap,
        Class::Invalid,
        Class::Unknown,
    ] {
        assert!(texts::ALL.iter().filter(|text| text.1 == class).count() >= 2, "{class:?}");
    }
    let mut pairs: Vec<_> = texts::ALL.iter().map(|(client, _, _, words)| (client, words)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    assert_eq!(pairs.len(), texts::ALL.len(), "no text twice");
}
