//! An anvil, an engine in front of it, and the count of effects.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U256, address, bytes, keccak256},
    rpc::json_rpc::RpcSend,
};
use serde_json::Value;
use tempfile::TempDir;
use tminus_chain::{
    ledger::{IntentState, view::View},
    outbox::{Intent, IntentKey, Outbox, OutboxConfig, OutboxEvent},
    rpc::Rpc,
    signer::Signers,
};

use super::{
    Plan,
    process::{self, Anvil},
};
use crate::{
    bench::{PAYER, lock},
    row::Outcome,
};

/// Where the effects are counted.
const TALLY: Address = address!("00000000000000000000000000000000007a1111");
/// Adds one to the slot that the first word of the calldata names.
///
/// push0, calldataload, dup1, sload, push1 1, add, swap1, sstore, stop
const CODE: Bytes = bytes!("5f358054600101905500");
/// Between two looks of the engine.
const POLL: Duration = Duration::from_millis(20);

pub(super) struct Bench {
    anvil: Anvil,
    rpc: Rpc,
    folder: TempDir,
    events: Arc<Mutex<Vec<OutboxEvent>>>,
}

/// `count` intents from the `from`-th on.
pub(super) fn pays(from: u64, count: u64) -> Vec<Intent> {
    let pay = |n: u64| Intent::new(IntentKey::new(key(n)), PAYER, Some(TALLY), Bytes::from(slot(n).0));
    (from..from + count).map(pay).collect()
}

fn key(n: u64) -> String {
    format!("pay/{n}")
}

fn slot(n: u64) -> B256 {
    keccak256(key(n))
}

impl Bench {
    /// An anvil as the plan needs it: where blocks are taken back, finality is out of their reach.
    pub(super) async fn start(plan: Plan) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        let state = state_of(&folder);
        let path = state.to_string_lossy();
        let arguments: &[&str] = match plan {
            Plan::Reorg => &["--block-time", "0.1", "--slots-in-an-epoch", "8"],
            Plan::Drop | Plan::BaseFee => &["--no-mining", "--slots-in-an-epoch", "1"],
            Plan::Kill => &[
                // a restarted anvil makes a first block of its own before it reads the state: it has to be the same one
                "--timestamp",
                "1700000000",
                "--block-time",
                "0.1",
                "--slots-in-an-epoch",
                "32",
                "--preserve-historical-states",
                "--state-interval",
                "1",
                "--state",
                &path,
            ],
        };
        let anvil = process::spawn(arguments);
        let rpc = Rpc::connect(&anvil.url).await.map_err(|error| error.to_string())?;
        let bench = Self { anvil, rpc, folder, events: Arc::default() };
        bench.ask("anvil_setCode", (TALLY, CODE)).await?;
        // what was set is in no block: some blocks later no reorganisation of a few takes it back
        bench.ask("anvil_mine", (U256::from(16),)).await?;
        Ok(bench)
    }

    pub(super) async fn open(&self) -> Result<Outbox, String> {
        let config = OutboxConfig {
            in_flight: 16,
            bump_after: Duration::from_millis(700),
            poll: POLL,
            ..OutboxConfig::new(100_000_000_000)
        };
        let signers = Signers::dev(self.rpc.chain_id(), 1).map_err(|error| error.to_string())?;
        let events = Arc::clone(&self.events);
        let sink = Arc::new(move |event| lock(&events).push(event));
        let opened = Outbox::open(self.rpc.clone(), &self.ledger(), signers, config, sink).await;
        opened.map_err(|error| error.to_string())
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    pub(super) fn told(&self, matches: impl Fn(&OutboxEvent) -> bool) -> bool {
        lock(&self.events).iter().any(matches)
    }

    pub(super) async fn ask(&self, method: &'static str, parameters: impl RpcSend) -> Result<Value, String> {
        self.rpc.request(method, parameters).await.map_err(|error| error.to_string())
    }

    pub(super) async fn height(&self) -> Result<u64, String> {
        let latest = self.rpc.block(BlockNumberOrTag::Latest).await;
        latest.map(|block| block.number).map_err(|error| error.to_string())
    }

    /// Transactions of the payer that are in blocks.
    pub(super) async fn sent(&self) -> Result<u64, String> {
        self.rpc.nonce(PAYER, BlockId::latest()).await.map_err(|error| error.to_string())
    }

    pub(super) async fn pause(&self) {
        tokio::time::sleep(POLL).await;
    }

    /// Waits for `count` more blocks.
    pub(super) async fn blocks(&self, count: u64) -> Result<(), String> {
        let until = self.height().await? + count;
        while self.height().await? < until {
            self.pause().await;
        }
        Ok(())
    }

    /// Mines a block, at a base fee where one is given, and gives the engine time to look.
    pub(super) async fn mine(&self, base_fee: Option<U256>) -> Result<(), String> {
        if let Some(base_fee) = base_fee {
            self.ask("anvil_setNextBlockBaseFeePerGas", (base_fee,)).await?;
        }
        self.ask("anvil_mine", (U256::ONE,)).await?;
        self.pause().await;
        Ok(())
    }

    /// Transactions of the payer in the pool.
    pub(super) async fn pool(&self) -> Result<Vec<B256>, String> {
        let content = self.ask("txpool_content", ()).await?;
        let mut hashes = Vec::new();
        for part in ["pending", "queued"] {
            for (account, nonces) in content[part].as_object().into_iter().flatten() {
                if account.parse() == Ok(PAYER) {
                    let transactions = nonces.as_object().into_iter().flat_map(|nonces| nonces.values());
                    hashes.extend(transactions.filter_map(|one| one["hash"].as_str()?.parse::<B256>().ok()));
                }
            }
        }
        Ok(hashes)
    }

    /// Waits until a whole state with more than `height` blocks is written: a kill in the middle of writing would leave half
    /// a file, from which anvil does not start.
    pub(super) async fn written_beyond(&self, height: u64) {
        let file = state_of(&self.folder);
        loop {
            let state: Value =
                std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
            if state["best_block_number"].as_u64().is_some_and(|written| written > height) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills anvil and starts it in its place.
    pub(super) async fn restart(&mut self) -> Result<(), String> {
        self.anvil.kill();
        self.anvil.start_again();
        // the first answer after it is up
        for _ in 0..100 {
            if self.height().await.is_ok() {
                return Ok(());
            }
            self.pause().await;
        }
        Err("anvil does not answer after its restart".to_owned())
    }

    /// What came of the first `count` intents, by the chain and by the journal.
    pub(super) async fn account(&self, count: u64) -> Result<Outcome, String> {
        let journal = View::open(&self.ledger()).map_err(|error| error.to_string())?;
        let mut outcome = Outcome { intents: count, wanted: count, ..Outcome::default() };
        for n in 0..count {
            let found: B256 = self
                .rpc
                .request("eth_getStorageAt", (TALLY, slot(n), "latest"))
                .await
                .map_err(|error| error.to_string())?;
            let effects = u64::try_from(U256::from_be_bytes(found.0)).unwrap_or(u64::MAX);
            outcome.seen += effects;
            outcome.duplicates += effects.saturating_sub(1);
            outcome.lost += u64::from(effects == 0);
            let detail = journal.intent(&key(n)).map_err(|error| error.to_string())?;
            outcome.stuck += u64::from(detail.is_none_or(|detail| detail.intent.state != IntentState::Finalized));
        }
        if self.sent().await? != count {
            return Err(format!("{count} intents and {} transactions", self.sent().await?));
        }
        Ok(outcome)
    }
}

fn state_of(folder: &TempDir) -> PathBuf {
    folder.path().join("state.json")
}
