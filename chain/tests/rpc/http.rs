//! Everything that can go wrong between here and one endpoint.

use std::time::{Duration, SystemTime};

use alloy::{
    eips::BlockId,
    primitives::{U64, U256},
};
use tminus_adversary::{Fault, Node, Rule, Server, keys};
use tminus_chain::rpc::{EndpointState, Options, Rpc, RpcError};

use super::{height, secretive, tells_no_secret, world};

struct Line {
    node: Node,
    _server: Server,
    rpc: Rpc,
}

async fn line() -> Line {
    let world = world();
    world.mine_empty(7);
    let node = world.node("a");
    let server = node.serve().await.unwrap();
    let rpc = Rpc::connect(&secretive(server.url())).await.unwrap();
    Line { node, _server: server, rpc }
}

#[tokio::test]
async fn each_fault_is_told_in_words_without_secrets_and_passes() {
    let line = line().await;
    assert_eq!(height(&line.rpc).await.unwrap(), 7);
    tells_no_secret(&format!("{:?} {}", line.rpc, line.rpc.label()));
    let quotes = "bad key the-secret-path of theuser:thepassword, token=the-secret-token";
    let cases = [
        (Fault::Refused, ""),
        (Fault::Cut, ""),
        (Fault::CutMidway, ""),
        (Fault::Truncated, "ends too early"),
        (Fault::html(), "not JSON"),
        (Fault::garbage(), "not JSON"),
        (Fault::Body(String::new()), "ends too early"),
        (Fault::Body(quotes.to_owned()), "not JSON"),
        (Fault::WrongId, "another question"),
        (Fault::NullResult, "an empty result"),
        (Fault::BothResultAndError(-32000, "both".to_owned()), "no JSON-RPC answer"),
        (Fault::status(500), "HTTP status 500"),
        (Fault::status(502), "HTTP status 502"),
        (Fault::status(503), "HTTP status 503"),
        (Fault::status(404), "HTTP status 404"),
        (
            Fault::Http {
                status: 301,
                headers: vec![("Location".to_owned(), "http://127.0.0.1:1/".to_owned())],
                body: String::new(),
            },
            "HTTP status 301",
        ),
        (Fault::HttpText(503, -32000, quotes.to_owned()), "HTTP status 503"),
        (Fault::Text(-32603, "internal error".to_owned()), "says nothing"),
    ];
    // each with an endpoint of its own, all at once: an endpoint is given a few chances, with pauses between
    futures::future::join_all(cases.into_iter().map(async |(fault, words)| {
        let line = self::line().await;
        line.node.script(Rule::on("eth_blockNumber", fault.clone()));
        let error = height(&line.rpc).await.unwrap_err();
        assert!(matches!(&error, RpcError::NoAnswer { .. }), "{fault:?}: {error}");
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
        tells_no_secret(&format!("{error} {error:?} {:?}", line.rpc.endpoints()));
        line.node.calm();
        // once is made up for, and then it is as before
        line.node.script(Rule::on("eth_blockNumber", fault.clone()).times(1));
        assert_eq!(height(&line.rpc).await.unwrap(), 7, "{fault:?}");
    }))
    .await;
}

#[tokio::test]
async fn an_error_with_an_http_status_is_that_error() {
    let line = line().await;
    let quotes = "no such account for the-secret-path";
    for status in [400, 401, 403, 404, 500] {
        line.node.script(Rule::on("eth_getBalance", Fault::HttpText(status, -32000, quotes.to_owned())).times(1));
        let balance = line.rpc.balance(keys::accounts()[0], BlockId::latest()).await;
        let Err(RpcError::Refused { code, message, .. }) = balance else { panic!("{status}: {balance:?}") };
        assert_eq!((code, message.as_str()), (-32000, "no such account for …"), "{status}");
        line.node.calm();
    }
}

#[tokio::test]
async fn a_rest_in_seconds_or_as_a_date_is_kept() {
    let rest = |line: &Line| line.rpc.endpoints()[0].rate_limited_for.unwrap().as_secs();
    let line = line().await;
    line.node.script(Rule::on("eth_blockNumber", Fault::retry_after("77")).times(1));
    let error = height(&line.rpc).await.unwrap_err();
    assert!(error.to_string().contains("left alone"), "{error}");
    assert!((70..=77).contains(&rest(&line)), "{}", rest(&line));
    assert!(matches!(line.rpc.endpoints()[0].state, EndpointState::RateLimited { .. }));
    let asked = line.node.requests("eth_blockNumber");
    height(&line.rpc).await.unwrap_err();
    assert_eq!(line.node.requests("eth_blockNumber"), asked, "nothing is asked of one that wants its peace");

    let line = self::line().await;
    let until = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600));
    line.node.script(Rule::on("eth_blockNumber", Fault::retry_after(&until)).times(1));
    height(&line.rpc).await.unwrap_err();
    assert!((590..=600).contains(&rest(&line)), "{}", rest(&line));

    // a short one is waited for
    let line = self::line().await;
    line.node.script(Rule::on("eth_blockNumber", Fault::retry_after("1")).times(1));
    let start = std::time::Instant::now();
    assert_eq!(height(&line.rpc).await.unwrap(), 7);
    assert!(start.elapsed() >= Duration::from_millis(990), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_batch_is_answered_to_the_questions_it_was() {
    let line = line().await;
    let questions: Vec<_> = keys::accounts().into_iter().map(|account| (account, "latest")).collect();
    line.node.world().set_balance(keys::accounts()[3], U256::from(3));
    let expected: Vec<U256> = line.rpc.batch("eth_getBalance", questions.clone()).await.unwrap();
    assert_eq!(expected[3], U256::from(3));
    for fault in [Fault::BatchPart(4), Fault::BatchPart(1), Fault::Duplicate, Fault::Truncated, Fault::CutMidway] {
        line.node.script(Rule::on("eth_getBalance", fault.clone()).times(1));
        let answers: Vec<U256> = line.rpc.batch("eth_getBalance", questions.clone()).await.unwrap();
        assert_eq!(answers, expected, "{fault:?}");
        line.node.calm();
    }
}

#[tokio::test]
async fn urls_that_cannot_be_asked_are_named_without_their_secrets() {
    for url in ["ws://theuser:thepassword@h/the-secret-path", "the-secret-token", "http://theuser:the\u{7f}password@"] {
        let error = Rpc::connect(url).await.unwrap_err().to_string();
        tells_no_secret(&error);
        assert!(error.contains("not an http(s) URL"), "{error}");
    }
    // nobody listens there
    let error = Rpc::connect(&secretive("http://127.0.0.1:1")).await.unwrap_err().to_string();
    tells_no_secret(&error);
    assert!(error.contains("connection refused"), "{error}");
    let line = line().await;
    let socket = Options::default().with_wake(Some("http://h/the-secret-path".to_owned()));
    let error = Rpc::connect_many(&[line._server.url()], socket).await.unwrap_err().to_string();
    tells_no_secret(&error);
    assert!(error.contains("not a ws(s) URL"), "{error}");
    let _: U64 = line.rpc.request("eth_blockNumber", ()).await.unwrap();
}
