//! An intent goes in; exactly one final effect comes out.

use std::{path::Path, sync::Arc};

use alloy::primitives::{Address, B256, Bytes, U256};

use crate::{
    rpc::{Rpc, RpcError},
    signer::Signers,
};

/// The name of an intent: says what is wanted, `genesis/deploy/Controller`. Lower level than a transaction: the same key
/// handed over twice is the same intent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct IntentKey(String);

impl IntentKey {
    /// A key of `/`-separated words.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for IntentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much gas a transaction may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum GasLimit {
    /// Ask the chain and add a fifth, up to the cap of the fork.
    Estimate,
    /// As planned.
    Fixed(u64),
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its name.
    pub key: IntentKey,
    /// The account that signs.
    pub from: Address,
    /// The callee; `None` creates a contract.
    pub to: Option<Address>,
    /// Calldata, or creation code with its arguments.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
    /// Gas.
    pub gas: GasLimit,
    /// The nonce this has to have, where the plan depends on it (an address of a deployment); anything else is an error.
    pub expect_nonce: Option<u64>,
}

/// When an intent counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Mined with success.
    Mined,
    /// In a block at or under `finalized` whose hash still matches.
    Finalized,
}

/// How an intent ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settled {
    /// Its name.
    pub key: IntentKey,
    /// The transaction that did it.
    pub tx_hash: B256,
    /// Its block.
    pub block_number: u64,
    /// That block's hash.
    pub block_hash: B256,
    /// Gas used.
    pub gas_used: u64,
    /// Price paid a gas, wei.
    pub gas_price: u128,
    /// Address of the contract it created.
    pub created: Option<Address>,
    /// Whether it executed; `false` is a revert.
    pub success: bool,
    /// Whether its block is final.
    pub finalized: bool,
}

/// What happens while the outbox works, for progress displays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxEvent {
    /// Handed to the endpoint for the first time.
    Sent(IntentKey, B256),
    /// Sent again with higher fees.
    Bumped(IntentKey, B256),
    /// Mined.
    Mined(Settled),
    /// Waiting, and why.
    Waiting(String),
}

/// Receives events; must return quickly.
pub type EventSink = Arc<dyn Fn(OutboxEvent) + Send + Sync>;

/// Why an intent did not settle.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The check before sending says it would revert. Nothing was sent.
    #[error("{key} would revert: {reason}")]
    WouldRevert {
        /// The intent.
        key: IntentKey,
        /// The revert in words.
        reason: String,
        /// The revert data.
        data: Bytes,
    },
    /// It was mined and reverted, and that is final.
    #[error("{} reverted in transaction {}", .0.key, .0.tx_hash)]
    Reverted(Box<Settled>),
    /// The same key stands for another payload already.
    #[error("{0} was already handed over with another payload")]
    Conflict(IntentKey),
    /// Stopped for a reason that running again can cure.
    #[error("halted: {0}; run again to resume")]
    Halted(String),
    /// The endpoint.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The journal or the signer.
    #[error("{0}")]
    Local(String),
}

/// Fees, windows and patience.
#[derive(Debug, Clone)]
pub struct OutboxConfig {
    /// Most transactions of one signer without a receipt (1 to 16).
    pub in_flight: usize,
    /// Most wei a gas that may ever be offered.
    pub max_fee_per_gas: u128,
    /// Time without a receipt after which fees are raised.
    pub bump_after: std::time::Duration,
    /// Time between looks at the chain when it is somebody else's; on the embedded chain there is no waiting.
    pub poll: std::time::Duration,
    /// A development chain, which gets blocks mined when only finality is missing.
    pub dev: Option<crate::dev::Dev>,
}

/// The one door out.
#[derive(Debug, Clone)]
pub struct Outbox {}

impl Outbox {
    /// Opens the journal, reconciles it with the chain, and only then takes new work.
    ///
    /// # Errors
    /// A journal of another chain, a second process on it, a chain that does not answer.
    pub async fn open(
        _rpc: Rpc,
        _ledger: &Path,
        _signers: Signers,
        _config: OutboxConfig,
        _events: EventSink,
    ) -> Result<Self, OutboxError> {
        unimplemented!()
    }

    /// Hands over intents in order and waits until each is `until`; keeps up to the configured number in flight. An intent
    /// that is already settled is answered from the journal after its block was checked. Stops at the first failure, after
    /// waiting for what is in flight.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn execute(&self, _intents: Vec<Intent>, _until: Until) -> Result<Vec<Settled>, OutboxError> {
        unimplemented!()
    }

    /// Waits until everything that was mined is final.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn finalize(&self) -> Result<(), OutboxError> {
        unimplemented!()
    }

    /// Every intent whose key starts with `prefix` that the journal knows, with its settlement where it has one.
    ///
    /// # Errors
    /// The journal.
    pub fn known(&self, _prefix: &str) -> Result<Vec<(IntentKey, Option<Settled>)>, OutboxError> {
        unimplemented!()
    }

    /// The endpoint it sends to.
    #[must_use]
    pub fn rpc(&self) -> &Rpc {
        unimplemented!()
    }
}
