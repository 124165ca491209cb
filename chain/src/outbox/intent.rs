//! What is handed to the outbox and what comes back.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};

use super::policy::{PolicyError, Proposal, SendPolicy};
use crate::{
    ledger::{LedgerError, NewIntent, Payload},
    rpc::RpcError,
    signer::SignerError,
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
    /// Ask the chain and add a fifth, up to the cap of the fork; an estimate above that cap is an error.
    Estimate,
    /// As planned.
    Fixed(u64),
}

/// What goes first where several intents wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// Usual.
    #[default]
    Normal,
    /// Before the usual.
    High,
    /// Before everything.
    Urgent,
}

impl Priority {
    /// As the journal has it: higher goes first.
    pub(crate) fn rank(self) -> i64 {
        match self {
            Self::Low => -1,
            Self::Normal => 0,
            Self::High => 1,
            Self::Urgent => 2,
        }
    }
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
    /// What goes first where several wait.
    pub priority: Priority,
    /// Chain time, in seconds since 1970, after which it is not signed for the first time. What is signed stays out.
    pub deadline: Option<u64>,
}

impl Intent {
    /// A call of `to`, or a creation, without value, with estimated gas, of usual priority.
    #[must_use]
    pub fn new(key: IntentKey, from: Address, to: Option<Address>, data: impl Into<Bytes>) -> Self {
        Self {
            key,
            from,
            to,
            data: data.into(),
            value: U256::ZERO,
            gas: GasLimit::Estimate,
            expect_nonce: None,
            priority: Priority::Normal,
            deadline: None,
        }
    }

    /// With wei sent along.
    #[must_use]
    pub fn with_value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }

    /// With this gas limit.
    #[must_use]
    pub fn with_gas(mut self, gas: GasLimit) -> Self {
        self.gas = gas;
        self
    }

    /// With a nonce it has to have.
    #[must_use]
    pub fn with_nonce(mut self, nonce: u64) -> Self {
        self.expect_nonce = Some(nonce);
        self
    }

    /// With a priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// With a deadline in chain time, seconds since 1970.
    #[must_use]
    pub fn with_deadline(mut self, deadline: u64) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// As the rules look at it.
    pub(crate) fn proposal(&self, gas: Option<u64>) -> Proposal<'_> {
        Proposal { key: &self.key, from: self.from, to: self.to, value: self.value, data: &self.data, gas }
    }

    /// As the journal takes it.
    pub(crate) fn journaled(&self) -> NewIntent {
        NewIntent {
            key: self.key.as_str().to_owned(),
            signer: self.from,
            payload: self.payload(),
            priority: self.priority.rank(),
            deadline: self.deadline,
        }
    }

    /// What the journal recognises it by, beside its key and signer. Gas is left out: it may be planned anew.
    pub(crate) fn payload(&self) -> Payload {
        Payload {
            target: self.to,
            value: self.value,
            data_hash: keccak256(&self.data),
            data_bytes: self.data.len() as u64,
        }
    }
}

/// When an intent counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Mined with success.
    Mined,
    /// In a block at or under `finalized` whose hash still matches.
    Finalized,
}

/// Whether intents of one call build on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordering {
    /// Each is checked and sent after the one before it was mined.
    Sequential,
    /// None needs another: checks run ahead and the whole window is in flight.
    Independent,
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
    /// This one has to wait, for a ceiling or for money, and why; others may go on.
    Held(IntentKey, String),
    /// Waiting, and why.
    Waiting(String),
    /// Something an operator should know: a reorganisation, a transaction that is not ours.
    Warning(String),
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
    /// The endpoint refused it for what it is; nothing is in flight for it.
    #[error("{key} was refused: {reason}")]
    Refused {
        /// The intent.
        key: IntentKey,
        /// The endpoint's words.
        reason: String,
    },
    /// A rule of the policy forbids it, whatever the fees. Nothing was sent.
    #[error(transparent)]
    NotAllowed(#[from] PolicyError),
    /// Its deadline passed before it was signed. Nothing was sent.
    #[error("{key} was not sent: its deadline ({deadline}, chain time) passed before it was signed")]
    Expired {
        /// The intent.
        key: IntentKey,
        /// Its deadline, seconds since 1970.
        deadline: u64,
    },
    /// It was cancelled: before it was signed, or by a transaction in its place that is final.
    #[error("{0} was cancelled")]
    Cancelled(IntentKey),
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

impl From<LedgerError> for OutboxError {
    fn from(error: LedgerError) -> Self {
        Self::Local(error.to_string())
    }
}

impl From<SignerError> for OutboxError {
    fn from(error: SignerError) -> Self {
        if error.may_pass() { Self::Halted(error.to_string()) } else { Self::Local(error.to_string()) }
    }
}

/// Fees, windows and patience.
#[derive(Debug, Clone)]
pub struct OutboxConfig {
    /// Most transactions of one signer without a receipt (1 to 16).
    pub in_flight: usize,
    /// Most wei a gas that may ever be offered.
    pub max_fee_per_gas: u128,
    /// Time without a receipt after which fees are raised.
    pub bump_after: Duration,
    /// Time between looks at the chain when it is somebody else's; on the embedded chain there is no waiting.
    pub poll: Duration,
    /// A development chain, which gets blocks mined when only finality is missing.
    pub dev: Option<crate::dev::Dev>,
    /// What may be sent, and how much of it.
    pub policy: SendPolicy,
}

impl OutboxConfig {
    /// The usual, with this limit: four transactions of a signer in flight, raised after a minute.
    #[must_use]
    pub fn new(max_fee_per_gas: u128) -> Self {
        Self {
            in_flight: 4,
            max_fee_per_gas,
            bump_after: Duration::from_secs(60),
            poll: Duration::from_secs(2),
            dev: None,
            policy: SendPolicy::default(),
        }
    }

    /// Time between two tries to send what is held.
    pub(crate) fn retry_held(&self) -> Duration {
        (self.bump_after / 8).max(self.poll)
    }

    /// How long an endpoint may be silent, or refuse for a reason that may pass, before the outbox halts.
    pub(crate) fn patience(&self) -> Duration {
        (self.bump_after * 10).max(self.poll * 10)
    }

    /// How long `finalized` may stay where it is before the outbox halts: a quarter of an hour is usual.
    pub(crate) fn finality_patience(&self) -> Duration {
        self.patience().max(Duration::from_secs(3_600))
    }
}
