//! The engine with a remote signer that fails: nothing is sent that was not signed well, no nonce is lost, and what is out
//! already is watched on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::{B256, keccak256};
use serde_json::{Value, json};
use tminus_adversary::{
    World, WorldConfig,
    effects::{EFFECTS, call},
};
use tokio::task::JoinHandle;

use super::{
    remote::{account, options, read},
    server::{Act, Server},
    *,
};
use crate::{
    outbox::{Intent, IntentKey, Outbox, OutboxConfig, OutboxError, OutboxEvent, Until},
    rpc::Rpc,
};

/// What the signer does with a request for a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    Silent,
    Refusing,
    OtherNonce,
    OtherSender,
    Garbage,
}

struct Bench {
    world: World,
    mood: Arc<Mutex<Mood>>,
    events: Arc<Mutex<Vec<OutboxEvent>>>,
    outbox: Outbox,
    _signer: Server,
    _folder: tempfile::TempDir,
}

fn act(mood: Mood, request: &Value) -> Act {
    let tx = read(request, 31337, "data");
    match mood {
        Mood::Good => Act::Result(json!(signed_by(0, &tx).raw)),
        Mood::Silent => Act::Hang,
        Mood::Refusing => Act::Error(-32000, "the policy forbids it".to_owned()),
        Mood::OtherNonce => Act::Result(json!(signed_by(0, &TxEip1559 { nonce: tx.nonce + 1, ..tx }).raw)),
        Mood::OtherSender => Act::Result(json!(signed_by(1, &tx).raw)),
        Mood::Garbage => Act::Http(200, "<html>".to_owned()),
    }
}

impl Bench {
    async fn new() -> Self {
        let world = World::new(WorldConfig::default());
        let mood = Arc::new(Mutex::new(Mood::Good));
        let told = Arc::clone(&mood);
        let server = Server::start(move |method, params| match method {
            "eth_accounts" => Act::Result(json!([account(0)])),
            _ => act(*told.lock().unwrap(), &params[0]),
        })
        .await;
        let options = RemoteOptions { timeout: Duration::from_millis(200), ..options(&server.url) };
        let signers = Signers::remote(&options, None).await.unwrap();
        let rpc = Rpc::over(world.node("node").client(), "node").await.unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&events);
        let config = OutboxConfig {
            bump_after: Duration::from_millis(50),
            poll: Duration::from_millis(2),
            ..OutboxConfig::new(1_000_000_000_000)
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.sqlite");
        let sink = Arc::new(move |event| kept.lock().unwrap().push(event));
        let outbox = Outbox::open(rpc, &file, signers, config, sink).await.unwrap();
        Self { world, mood, events, outbox, _signer: server, _folder: folder }
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Hands over the intent whose effect is counted under `id`.
    fn execute(&self, id: B256) -> JoinHandle<Result<(), OutboxError>> {
        let outbox = self.outbox.clone();
        let intent = Intent::new(IntentKey::new(format!("pay/{id}")), account(0), Some(EFFECTS), call(id));
        tokio::spawn(async move { outbox.execute(vec![intent], Until::Finalized).await.map(drop) })
    }

    /// Mines until `work` is done.
    async fn mine_until<T>(&self, work: JoinHandle<T>) -> T {
        while !work.is_finished() {
            self.world.mine(1);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        work.await.unwrap()
    }

    /// Resolves when an event is there that `matches`.
    async fn told(&self, matches: impl Fn(&OutboxEvent) -> bool) {
        while !self.events.lock().unwrap().iter().any(&matches) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_signed_well_is_not_sent_and_its_nonce_is_not_lost() {
    let bench = Bench::new().await;
    let moods = [Mood::Silent, Mood::Refusing, Mood::OtherNonce, Mood::OtherSender, Mood::Garbage];
    for (nonce, mood) in moods.into_iter().enumerate() {
        let id = keccak256([nonce as u8]);
        let sent = bench.world.sends().len();
        bench.is(mood);
        let error = bench.execute(id).await.unwrap().unwrap_err();
        let halts = matches!(error, OutboxError::Halted(_));
        assert_eq!(halts, matches!(mood, Mood::Silent | Mood::Garbage), "{mood:?}: {error}");
        assert_eq!(bench.world.sends().len(), sent, "{mood:?}: something was sent");

        bench.is(Mood::Good);
        bench.mine_until(bench.execute(id)).await.unwrap();
        assert_eq!(bench.world.effects(id), 1, "{mood:?}");
        assert_eq!(bench.world.nonce(account(0)), nonce as u64 + 1, "{mood:?}: the nonce it had taken is used");
    }
    assert!(bench.world.violations().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_that_fails_at_a_raise_does_not_end_the_watch() {
    let bench = Bench::new().await;
    for (index, mood) in [Mood::Silent, Mood::Refusing, Mood::OtherSender].into_iter().enumerate() {
        let id = keccak256([index as u8]);
        bench.is(Mood::Good);
        bench.events.lock().unwrap().clear();
        let sent = bench.world.sends().len();
        let work = bench.execute(id);
        while bench.world.sends().len() == sent {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bench.is(mood);
        bench.told(|event| matches!(event, OutboxEvent::Waiting(words) if words.contains("cannot be raised"))).await;
        assert!(!work.is_finished(), "{mood:?} ended the run");
        if mood == Mood::Silent {
            // it is mined as it is
            bench.mine_until(work).await.unwrap();
        } else {
            bench.is(Mood::Good);
            bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
            bench.mine_until(work).await.unwrap();
        }
        assert_eq!(bench.world.effects(id), 1, "{mood:?}");
    }
    assert_eq!(bench.world.nonce(account(0)), 3);
}
