//! Where one injection happens: a chain, an endpoint onto it, a ledger.
//!
//! The witness stands at the endpoint: at each send it opens the ledger read-only and looks for the very bytes. What it finds
//! wrong is kept and fails the injection.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use alloy::primitives::{Address, B256, address, keccak256};
use tminus_adversary::{
    Decoded, Node, Server, World, WorldConfig,
    effects::{EFFECTS, call},
};
use tminus_chain::{
    outbox::{Intent, IntentKey, Outbox, OutboxConfig, OutboxError, OutboxEvent, Until},
    rpc::{Options, Rpc},
    signer::Signers,
};
use tokio::task::JoinHandle;

use crate::account::is_journaled;

/// The account that pays: the first of the development mnemonic.
pub const PAYER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

/// Looks at something that has to come to pass, before the injection is given up.
const MOST_LOOKS: usize = 20_000;

/// How fast things go.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks of the engine.
    pub poll: Duration,
    /// Before it raises fees.
    pub bump: Duration,
    /// Between two blocks.
    pub block: Duration,
}

impl Pace {
    /// As on a public network, in virtual time.
    pub const VIRTUAL: Self =
        Self { poll: Duration::from_secs(1), bump: Duration::from_secs(60), block: Duration::from_secs(12) };
    /// A thousand times as fast, for real processes.
    pub const REAL: Self =
        Self { poll: Duration::from_millis(2), bump: Duration::from_millis(300), block: Duration::from_millis(10) };

    /// The engine's configuration at this pace.
    #[must_use]
    pub fn config(self) -> OutboxConfig {
        OutboxConfig { bump_after: self.bump, poll: self.poll, ..OutboxConfig::new(1_000_000_000_000) }
    }
}

/// The number an intent's effect is counted under.
#[must_use]
pub fn id_of(key: &str) -> B256 {
    keccak256(key)
}

/// The intent that counts `key` once.
#[must_use]
pub fn pay(key: &str) -> Intent {
    Intent::new(IntentKey::new(key), PAYER, Some(EFFECTS), call(id_of(key)))
}

/// `prefix/0`, `prefix/1` and so on.
#[must_use]
pub fn keys(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}/{n}")).collect()
}

/// The intents of [`keys`].
#[must_use]
pub fn pays(prefix: &str, count: usize) -> Vec<Intent> {
    keys(prefix, count).iter().map(|key| pay(key)).collect()
}

/// One chain, one endpoint, one ledger.
pub struct Bench {
    /// The chain.
    pub world: World,
    /// The endpoint.
    pub node: Node,
    /// How fast.
    pub pace: Pace,
    /// What the engine told.
    pub events: Arc<Mutex<Vec<OutboxEvent>>>,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A fresh one, whose random numbers begin at `seed`.
    ///
    /// # Errors
    /// No folder for the ledger.
    pub fn new(seed: u64, pace: Pace) -> Result<Self, String> {
        let world = World::new(WorldConfig { seed, ..WorldConfig::default() });
        let node = world.node("first");
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        let bench = Self { world, node, pace, events: Arc::default(), folder };
        bench.witness();
        Ok(bench)
    }

    /// Where the ledger is.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// Another place for a ledger.
    #[must_use]
    pub fn other_ledger(&self) -> PathBuf {
        self.folder.path().join("other.sqlite")
    }

    /// The ledger is gone, with all that belongs to it.
    ///
    /// # Errors
    /// It could not be removed.
    pub fn lose_ledger(&self) -> Result<(), String> {
        for ending in ["", "-wal", "-shm"] {
            let mut file = self.ledger().into_os_string();
            file.push(ending);
            match std::fs::remove_file(&file) {
                Err(error) if ending.is_empty() || error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(format!("the ledger does not go: {error}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Every send is looked up in the ledgers, from outside, as it arrives.
    fn witness(&self) {
        let ledgers = [self.ledger(), self.other_ledger()];
        self.world.on_send(move |arrival| {
            let sent = arrival.decoded.as_ref().ok_or("bytes arrived that do not decode")?;
            let committed = ledgers.iter().any(|ledger| is_journaled(ledger, sent.hash));
            committed.then_some(()).ok_or_else(|| format!("{} arrived and was not committed in the ledger", sent.hash))
        });
    }

    /// Opens the engine on the ledger.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn open(&self) -> Result<Outbox, OutboxError> {
        self.open_with(self.pace.config()).await
    }

    /// The same with another configuration.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn open_with(&self, config: OutboxConfig) -> Result<Outbox, OutboxError> {
        self.open_at(&self.node, config).await
    }

    /// The same at another endpoint.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn open_at(&self, node: &Node, config: OutboxConfig) -> Result<Outbox, OutboxError> {
        self.open_over(Rpc::over(node.client(), node.label()).await?, config).await
    }

    async fn open_over(&self, rpc: Rpc, config: OutboxConfig) -> Result<Outbox, OutboxError> {
        let signers = Signers::dev(rpc.chain_id(), 1)?;
        let events = Arc::clone(&self.events);
        let sink = Arc::new(move |event| lock(&events).push(event));
        Outbox::open(rpc, &self.ledger(), signers, config, sink).await
    }

    /// Carries intents out to their final end, as a caller would who runs again after each halt.
    ///
    /// # Errors
    /// An end that running again does not cure, or more than `runs` runs.
    pub async fn execute(&self, intents: &[Intent], runs: usize) -> Result<(), String> {
        self.execute_with(&self.pace.config(), intents, runs).await
    }

    /// The same with another configuration.
    ///
    /// # Errors
    /// As [`Bench::execute`].
    pub async fn execute_with(&self, config: &OutboxConfig, intents: &[Intent], runs: usize) -> Result<(), String> {
        self.again(intents, runs, async || self.open_with(config.clone()).await).await
    }

    /// The same at several endpoints behind one handle.
    ///
    /// # Errors
    /// As [`Bench::execute`].
    pub async fn execute_at(&self, nodes: &[&Node], intents: &[Intent], runs: usize) -> Result<(), String> {
        let open = async || {
            let clients = nodes.iter().map(|node| (node.client(), node.label().to_owned())).collect();
            let rpc = Rpc::over_many(clients, Options::default()).await?;
            self.open_over(rpc, self.pace.config()).await
        };
        self.again(intents, runs, open).await
    }

    async fn again(
        &self,
        intents: &[Intent],
        runs: usize,
        open: impl AsyncFn() -> Result<Outbox, OutboxError>,
    ) -> Result<(), String> {
        let mut last = String::new();
        for run in 0..runs {
            if run > 0 {
                tokio::time::sleep(self.pace.bump).await;
            }
            let done = async { open().await?.execute_independent(intents.to_vec(), Until::Finalized).await };
            match done.await {
                Ok(_) => return Ok(()),
                Err(OutboxError::Conflict(key)) => return Err(format!("{key} was taken for another")),
                Err(error) => last = error.to_string(),
            }
        }
        Err(format!("not done after {runs} runs: {last}"))
    }

    /// Carries intents out over TCP, in one run.
    ///
    /// # Errors
    /// Any end but a good one.
    pub async fn execute_over_tcp(&self, intents: &[Intent]) -> Result<(), String> {
        let server = self.serve().await?;
        let done = async {
            let outbox = self.open_over(Rpc::connect(server.url()).await?, self.pace.config()).await?;
            outbox.execute_independent(intents.to_vec(), Until::Finalized).await
        };
        done.await.map(drop).map_err(|error: OutboxError| error.to_string())
    }

    /// The endpoint over TCP.
    ///
    /// # Errors
    /// No port.
    pub async fn serve(&self) -> Result<Server, String> {
        self.node.serve().await.map_err(|error| format!("no port: {error}"))
    }

    /// Lets blocks come at the usual pace.
    #[must_use]
    pub fn blocks(&self) -> Blocks {
        let (world, every, held) = (self.world.clone(), self.pace.block, Arc::new(AtomicBool::new(false)));
        let hold = Arc::clone(&held);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                if hold.load(Ordering::Relaxed) {
                    world.mine_empty(1);
                } else {
                    world.mine(1);
                }
            }
        });
        Blocks { task, held }
    }

    /// Resolves when `holds` does; looked at as often as the engine looks.
    ///
    /// # Errors
    /// It does not come to hold, told as `what`.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), String> {
        for _ in 0..MOST_LOOKS {
            if holds(self) {
                return Ok(());
            }
            tokio::time::sleep(self.pace.poll).await;
        }
        Err(format!("never came to pass: {what}"))
    }

    /// Whether the engine told something that `matches`.
    #[must_use]
    pub fn told(&self, matches: impl Fn(&OutboxEvent) -> bool) -> bool {
        lock(&self.events).iter().any(matches)
    }

    /// Distinct transactions that arrived, by nonce of the payer.
    #[must_use]
    pub fn versions(&self) -> HashMap<u64, Vec<Decoded>> {
        let mut by_nonce: HashMap<u64, Vec<Decoded>> = HashMap::new();
        for sent in self.world.sends().into_iter().filter_map(|arrival| arrival.decoded) {
            let versions = by_nonce.entry(sent.nonce).or_default();
            if versions.iter().all(|known| known.hash != sent.hash) {
                versions.push(sent);
            }
        }
        by_nonce
    }

    /// Whether some nonce was sent in two versions: its fees were raised.
    #[must_use]
    pub fn bumped(&self) -> bool {
        self.versions().values().any(|versions| versions.len() > 1)
    }

    /// The newest block with a transaction of the payer.
    #[must_use]
    pub fn last_block_of_payer(&self) -> u64 {
        let mined = self.world.mined_of(PAYER);
        mined.iter().filter_map(|(_, hash, ..)| Some(self.world.mined(*hash)?.0)).max().unwrap_or(0)
    }
}

/// Blocks that come by themselves, until this is dropped.
pub struct Blocks {
    task: JoinHandle<()>,
    held: Arc<AtomicBool>,
}

impl Blocks {
    /// From now on blocks are empty, or not.
    pub fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
