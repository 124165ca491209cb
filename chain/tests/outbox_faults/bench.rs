//! A fake endpoint, an outbox on it, and what is looked at in every test.

use std::{path::Path, time::Duration};

use alloy::primitives::{Address, B256, Bytes};
use tminus_chain::{
    dev::Dev,
    outbox::{Intent, Outbox, OutboxConfig, OutboxError, OutboxEvent},
    signer::Signers,
};

use crate::support::{Events, config, fake::FakeNode, intent};

pub(crate) const TARGET: Address = Address::repeat_byte(0x11);

pub(crate) struct Bench {
    pub(crate) node: FakeNode,
    pub(crate) events: Events,
    pub(crate) config: OutboxConfig,
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::on(FakeNode::new()).await
    }

    pub(crate) async fn on(node: FakeNode) -> Self {
        let config =
            OutboxConfig { bump_after: Duration::from_millis(300), poll: Duration::from_millis(2), ..config() };
        let bench = Self { node, events: Events::default(), config, folder: tempfile::tempdir().unwrap() };
        bench.witness();
        bench
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// Every send is looked up in the journal, from outside, as it arrives.
    pub(crate) fn witness(&self) {
        let file = self.file();
        self.node.lock().witness =
            Some(Box::new(move |hash| assert!(journaled(&file, hash), "{hash} was not journaled")));
    }

    pub(crate) async fn open(&self) -> Result<Outbox, OutboxError> {
        let rpc = self.node.rpc().await;
        let signers = Signers::dev(rpc.chain_id(), 1).unwrap();
        Outbox::open(rpc, &self.file(), signers, self.config.clone(), self.events.sink()).await
    }

    /// Lets the fake endpoint's blocks come with each accepted transaction, and by `dev` where finality is missing.
    pub(crate) async fn automine(&mut self) {
        self.node.lock().automine = true;
        self.config.dev = Some(Dev::attach(&self.node.rpc().await).await.unwrap());
    }

    /// Distinct bytes that arrived for a nonce.
    pub(crate) fn payloads(&self, nonce: u64) -> usize {
        let state = self.node.lock();
        let mut hashes: Vec<B256> =
            state.sends.iter().filter(|(_, n, _)| *n == nonce).map(|(.., tx)| tx.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len()
    }

    pub(crate) fn warned(&self, words: &str) -> bool {
        self.events.all().iter().any(|event| matches!(event, OutboxEvent::Warning(text) if text.contains(words)))
    }

    /// Resolves when an event is there that `matches`.
    pub(crate) async fn told(&self, matches: impl Fn(&OutboxEvent) -> bool) {
        while !self.events.all().iter().any(&matches) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn until(&self, holds: impl Fn(&crate::support::fake::State) -> bool) {
        while !holds(&self.node.lock()) {
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) fn journaled(file: &Path, hash: B256) -> bool {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let journal = rusqlite::Connection::open_with_flags(file, flags).unwrap();
    let mut statement = journal.prepare("SELECT count(*) FROM attempts WHERE hash = ?1").unwrap();
    statement.query_row([hash.as_slice()], |row| row.get::<_, i64>(0)).unwrap() == 1
}

pub(crate) fn pay(n: u8) -> Intent {
    intent(&format!("pay/{n}"), Some(TARGET), Bytes::from(vec![n; 4]))
}

pub(crate) fn pays(count: u8) -> Vec<Intent> {
    (0..count).map(pay).collect()
}
