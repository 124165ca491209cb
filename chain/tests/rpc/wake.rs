//! A WebSocket ends a wait, is opened again when it was lost, and nothing depends on it.

use std::time::{Duration, Instant};

use alloy::primitives::U256;
use serde_json::Value;
use tminus_chain::rpc::{Options, Rpc};

use super::support::anvil;

/// Longer than any test waits.
const LONG: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_block_ends_a_wait_also_after_the_socket_was_lost() {
    let mut node = anvil::spawn(&[]);
    let socket = node.url.replace("http://", "ws://");
    let rpc = Rpc::connect_many(&[&node.url], Options::default().with_wake(Some(socket))).await.unwrap();
    for _ in 0..2 {
        let start = Instant::now();
        let mine = {
            let rpc = rpc.clone();
            // the socket may not be open yet; a block that comes later is as good
            tokio::spawn(async move {
                loop {
                    let _: Result<Value, _> = rpc.request("anvil_mine", (U256::from(1),)).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            })
        };
        rpc.wait(LONG).await;
        mine.abort();
        assert!(start.elapsed() < LONG, "nothing woke it");
        node.kill();
        node.start_again();
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_socket_a_wait_is_as_long_as_it_is() {
    let world = super::world();
    for socket in [None, Some("ws://127.0.0.1:1/".to_owned())] {
        let client = vec![(world.node("a").client(), "a".to_owned())];
        let rpc = Rpc::over_many(client, Options::default().with_wake(socket)).await.unwrap();
        let start = tokio::time::Instant::now();
        rpc.wait(LONG).await;
        assert_eq!(start.elapsed().as_secs(), LONG.as_secs());
    }
}
