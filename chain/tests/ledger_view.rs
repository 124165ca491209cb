//! A journal is read beside the process that works with it, after it ended, and after it was killed; and is not changed.

mod support;

use std::path::Path;

use alloy::primitives::{Address, Bytes, U256};
use rusqlite::Connection;
use support::{DEPLOYER, Events, config, counter, intent};
use tempfile::TempDir;
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    ledger::{
        AttemptKind, AttemptState, IntentState,
        view::{Filter, Held, View, ViewError},
    },
    outbox::{Outbox, Until},
    rpc::Rpc,
    signer::Signers,
};

fn chain() -> EmbeddedChain {
    let config = EmbeddedConfig {
        chain_id: 31337,
        first_block: 0,
        genesis_timestamp: 1_524_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 64,
        funded: vec![(DEPLOYER, U256::from(10u128.pow(24)))],
    };
    EmbeddedChain::in_memory(config).unwrap()
}

async fn outbox(folder: &Path) -> Outbox {
    let chain = chain();
    let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
    let config = tminus_chain::outbox::OutboxConfig { dev: Some(Dev::attach(&rpc).await.unwrap()), ..config() };
    let signers = Signers::dev(rpc.chain_id(), 1).unwrap();
    Outbox::open(rpc, &folder.join("ledger.sqlite"), signers, config, Events::default().sink()).await.unwrap()
}

/// A deployment and `count` calls of it, final; an outbox that is still open.
async fn worked(count: usize) -> (TempDir, Outbox, Address) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = outbox(folder.path()).await;
    let deploy = outbox.execute(vec![intent("deploy", None, counter())], Until::Finalized).await.unwrap();
    let contract = deploy[0].created.unwrap();
    let calls: Vec<_> = (0..count).map(|n| intent(&format!("call/{n}"), Some(contract), Bytes::new())).collect();
    outbox.execute_independent(calls, Until::Finalized).await.unwrap();
    (folder, outbox, contract)
}

fn view(folder: &TempDir) -> View {
    View::open(&folder.path().join("ledger.sqlite")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_wrote_is_seen_beside_it() {
    let (folder, outbox, contract) = worked(5).await;
    let seen = view(&folder);
    assert_eq!(seen.counts().unwrap(), [(IntentState::Finalized, 6)]);
    let (pins, created_ms) = seen.pins().unwrap();
    assert_eq!(pins.chain_id, 31337);
    assert_eq!(pins.genesis_hash, outbox.rpc().first_block().await.unwrap().hash);
    assert!(created_ms > 1_600_000_000_000);

    let deploy = seen.intent("deploy").unwrap().unwrap();
    let receipt = deploy.intent.receipt.clone().unwrap();
    assert_eq!((deploy.intent.nonce, deploy.intent.target), (Some(0), None));
    assert_eq!((receipt.created, receipt.success, receipt.kind), (Some(contract), true, AttemptKind::Call));
    assert_eq!(deploy.intent.data_bytes, counter().len() as u64);
    assert_eq!(deploy.attempts.len(), 1);
    let attempt = &deploy.attempts[0];
    assert_eq!((attempt.hash, attempt.state, attempt.nonce), (receipt.hash, AttemptState::Accepted, 0));
    assert_eq!(attempt.answers.len(), 1, "{attempt:?}");
    assert_eq!((attempt.answers[0].endpoint.as_str(), attempt.answers[0].class.as_str()), ("embedded", "accepted"));
    assert!(!deploy.events.is_empty() && deploy.events.iter().all(|event| event.key.as_deref() == Some("deploy")));
    assert!(deploy.before.is_empty());
    assert!(seen.events(3).unwrap().len() == 3);

    let signers = seen.signers().unwrap();
    assert_eq!(signers.len(), 1);
    assert_eq!((signers[0].address, signers[0].next, signers[0].in_flight), (DEPLOYER, 6, 0));
    assert_eq!(seen.foreign().unwrap(), []);

    // it follows
    let before = seen.version().unwrap();
    assert_eq!(seen.version().unwrap(), before, "nothing was written");
    outbox.execute(vec![intent("more", Some(contract), Bytes::new())], Until::Mined).await.unwrap();
    assert_ne!(seen.version().unwrap(), before);
    assert_eq!(seen.counts().unwrap(), [(IntentState::Mined, 1), (IntentState::Finalized, 6)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_works_with_it_is_known_until_it_ends() {
    let (folder, outbox, _) = worked(0).await;
    let seen = view(&folder);
    let owner = seen.owner().unwrap();
    assert_eq!((owner.held, owner.fence), (Held::Yes, 1));
    assert!(owner.words.unwrap().contains(&std::process::id().to_string()));
    drop(outbox);
    let owner = seen.owner().unwrap();
    assert_eq!((owner.held, owner.fence), (Held::No, 1));
    // a reader keeps nobody out
    let pins = seen.pins().unwrap().0;
    let again = tminus_chain::ledger::Ledger::open(seen.path(), pins).unwrap();
    assert_eq!((seen.owner().unwrap().held, seen.owner().unwrap().fence), (Held::Yes, 2));
    drop(again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_finds_what_it_says() {
    let (folder, _outbox, _) = worked(12).await;
    let seen = view(&folder);
    let keys = |filter: &Filter| -> Vec<String> {
        let found = seen.intents(filter).unwrap();
        assert!(seen.count(filter).unwrap() >= found.len() as u64);
        found.into_iter().map(|intent| intent.key).collect()
    };
    let all = Filter::default();
    assert_eq!(keys(&all).len(), 13);
    assert_eq!(keys(&all)[0], "deploy");
    assert_eq!(keys(&Filter { prefix: "call/1".to_owned(), ..all.clone() }), ["call/1", "call/10", "call/11"]);
    // a prefix is text, not a pattern
    assert_eq!(keys(&Filter { prefix: "%".to_owned(), ..all.clone() }), Vec::<String>::new());
    assert_eq!(keys(&Filter { limit: Some(2), ..all.clone() }), ["call/10", "call/11"], "the newest, oldest first");
    let filter = Filter { limit: Some(2), ..all.clone() };
    assert_eq!(seen.count(&filter).unwrap(), 13);
    let states = vec![IntentState::Sent, IntentState::Finalized];
    assert_eq!(keys(&Filter { states: states.clone(), ..all.clone() }).len(), 13);
    assert_eq!(keys(&Filter { states: states[..1].to_vec(), ..all.clone() }), Vec::<String>::new());
    assert_eq!(keys(&Filter { signer: Some(DEPLOYER), states, prefix: "dep".to_owned(), limit: None }), ["deploy"]);
    assert_eq!(keys(&Filter { signer: Some(Address::ZERO), ..all }), Vec::<String>::new());
    assert_eq!(seen.keys().unwrap().len(), 13);
    assert_eq!(seen.intent("call").unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_the_log_beside_the_file_is_read_too() {
    let (folder, outbox, _) = worked(5).await;
    // what a killed process leaves: the file and its log as they are, and nobody to bring them together
    let left = tempfile::tempdir().unwrap();
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    }
    let log = std::fs::metadata(left.path().join("ledger.sqlite-wal")).unwrap().len();
    assert!(log > 0, "the log holds something");
    drop(outbox);
    let file = std::fs::read(left.path().join("ledger.sqlite")).unwrap();
    let seen = view(&left);
    assert_eq!(seen.counts().unwrap(), [(IntentState::Finalized, 6)]);
    assert_eq!(seen.owner().unwrap().held, Held::No);
    drop(seen);
    assert_eq!(std::fs::read(left.path().join("ledger.sqlite")).unwrap(), file, "a reader changes nothing");
    assert_eq!(std::fs::metadata(left.path().join("ledger.sqlite-wal")).unwrap().len(), log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_journal_of_this_program_is_refused_in_words() {
    let (folder, outbox, _) = worked(0).await;
    drop(outbox);
    let path = folder.path().join("ledger.sqlite");
    let refused = |path: &Path| View::open(path).unwrap_err();

    let missing = folder.path().join("nothing.sqlite");
    assert!(matches!(refused(&missing), ViewError::Missing(_)));
    assert!(!missing.exists(), "nothing is created");
    assert!(refused(folder.path()).to_string().contains("not a file"));

    let other = folder.path().join("other.sqlite");
    std::fs::write(&other, b"").unwrap();
    assert!(matches!(refused(&other), ViewError::Empty(_)));
    std::fs::write(&other, b"not a database, whatever its name says".repeat(100)).unwrap();
    assert!(
        refused(&other).to_string().contains("is not a tminus ledger: file is not a database"),
        "{}",
        refused(&other)
    );
    std::fs::remove_file(&other).unwrap();
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    assert!(refused(&other).to_string().contains("not a tminus ledger"), "{}", refused(&other));

    let with_version = |version: i64| {
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
    };
    let known: i64 =
        Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    with_version(known + 1);
    assert!(refused(&path).to_string().contains("written by a newer tminus"), "{}", refused(&path));
    with_version(1);
    let older = refused(&path).to_string();
    assert!(older.contains("has schema 1, written by an older tminus; this one reads schema 2"), "{older}");
    with_version(known);
    assert!(View::open(&path).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_is_an_error() {
    let (folder, outbox, _) = worked(1).await;
    drop(outbox);
    let path = folder.path().join("ledger.sqlite");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA ignore_check_constraints = 1; DROP TRIGGER intents_finalized_is_for_ever;
             UPDATE intents SET state = 'gone fishing' WHERE key = 'call/0'",
        )
        .unwrap();
    let error = view(&folder).intent("call/0").unwrap_err().to_string();
    assert!(error.contains("an intent that is \"gone fishing\""), "{error}");
    let error = view(&folder).intents(&Filter::default()).unwrap_err().to_string();
    assert!(error.contains("gone fishing"), "{error}");
    assert!(view(&folder).intent("deploy").unwrap().is_some(), "the others are read");
}
