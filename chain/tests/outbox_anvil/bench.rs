//! An anvil, an outbox in front of it, and effects that are counted on the chain.

use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U256, address, bytes};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde_json::Value;
use tempfile::TempDir;
use tminus_chain::{
    outbox::{Intent, Outbox, OutboxConfig, OutboxError, OutboxEvent},
    rpc::Rpc,
    signer::Signers,
};

use crate::support::{Events, anvil::Anvil, config, intent};

/// Where the effects are counted.
pub(crate) const TALLY: Address = address!("00000000000000000000000000000000007a1111");
/// Adds one to the slot that the first word of the calldata names.
///
/// push0, calldataload, dup1, sload, push1 1, add, swap1, sstore, stop
const CODE: Bytes = bytes!("5f358054600101905500");

/// Blocks ten times a second.
pub(crate) const BLOCKS: [&str; 2] = ["--block-time", "0.1"];

pub(crate) struct Bench {
    pub(crate) anvil: Anvil,
    /// Past every disturbance.
    pub(crate) rpc: Rpc,
    pub(crate) folder: TempDir,
    pub(crate) config: OutboxConfig,
    pub(crate) events: Events,
}

/// A generator of which the seed is told.
pub(crate) fn random() -> ChaCha8Rng {
    let given = std::env::var("TMINUS_ANVIL_SEED").ok().map(|text| text.parse().expect("a seed is a number"));
    let seed: u64 = given.unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("TMINUS_ANVIL_SEED={seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

/// A number of `least..=most`.
pub(crate) fn between(random: &mut ChaCha8Rng, least: u64, most: u64) -> u64 {
    least + random.next_u64() % (most - least + 1)
}

impl Bench {
    pub(crate) async fn on(anvil: Anvil) -> Self {
        let rpc = Rpc::connect(&anvil.url).await.unwrap();
        ask(&rpc, "anvil_setCode", (TALLY, CODE)).await;
        // what was set is not part of a block: two blocks later no small reorganisation takes it back
        ask(&rpc, "anvil_mine", (U256::from(16),)).await;
        let config = OutboxConfig {
            max_fee_per_gas: 100_000_000_000,
            bump_after: Duration::from_millis(700),
            poll: Duration::from_millis(20),
            ..config()
        };
        Self { anvil, rpc, folder: tempfile::tempdir().unwrap(), config, events: Events::default() }
    }

    pub(crate) async fn open(&self) -> Result<Outbox, OutboxError> {
        self.open_over(self.rpc.clone()).await
    }

    pub(crate) async fn open_over(&self, rpc: Rpc) -> Result<Outbox, OutboxError> {
        let signers = Signers::dev(self.rpc.chain_id(), 1).unwrap();
        Outbox::open(rpc, &self.folder.path().join("ledger.sqlite"), signers, self.config.clone(), self.events.sink())
            .await
    }

    /// What told the operator something.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let words = self.events.all().into_iter().filter_map(|event| match event {
            OutboxEvent::Warning(words) => Some(words),
            _ => None,
        });
        words.collect()
    }

    pub(crate) fn bumps(&self) -> usize {
        self.events.all().iter().filter(|event| matches!(event, OutboxEvent::Bumped(..))).count()
    }

    pub(crate) async fn height(&self) -> u64 {
        self.rpc.block(alloy::eips::BlockNumberOrTag::Latest).await.unwrap().number
    }

    /// Waits for `count` more blocks.
    pub(crate) async fn blocks(&self, count: u64) {
        let until = self.height().await + count;
        while self.height().await < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asserts that each of `count` effects is on the chain, once.
    pub(crate) async fn each_once(&self, count: u64) {
        let mut wrong = Vec::new();
        for id in 0..count {
            let found: B256 = self.rpc.request("eth_getStorageAt", (TALLY, word(id), "latest")).await.unwrap();
            if U256::from_be_bytes(found.0) != U256::ONE {
                wrong.push(format!("effect {id} happened {} times", U256::from_be_bytes(found.0)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join(", "));
        let sent = self.rpc.nonce(crate::support::DEPLOYER, alloy::eips::BlockId::latest()).await.unwrap();
        assert_eq!(sent, count, "a transaction an effect");
    }
}

fn word(id: u64) -> B256 {
    // slot 0 is what calls without calldata would count in
    B256::from(U256::from(id + 1))
}

/// `count` intents, each with an effect of its own.
pub(crate) fn pays(count: u64) -> Vec<Intent> {
    (0..count).map(|id| intent(&format!("pay/{id}"), Some(TALLY), Bytes::from(word(id).0))).collect()
}

/// A method of anvil that has to succeed.
pub(crate) async fn ask(rpc: &Rpc, method: &'static str, parameters: impl alloy::rpc::json_rpc::RpcSend) -> Value {
    rpc.request(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
}
