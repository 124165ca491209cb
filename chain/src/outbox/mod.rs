//! An intent goes in; exactly one final effect comes out.
//!
//! - `intent`: what is handed over and what comes back
//! - `check`: the `eth_call` before anything is signed
//! - `queue`, `policy`, `limits`: whose turn it is, what may be sent, and how much may be offered for it
//! - `dry_run`: what would be sent
//! - `reserve`, `journal`: give out the nonce, sign, commit; only then
//! - `watch`: send, receipts, replacements, the same bytes again
//! - `finality`: from mined to final, and back when a block goes
//! - `recover`: opening, which is recovery
//! - `admit`, `run`: one call of `execute`; `window`: what of it goes out at once
//! - `cancel`: what is not to be done any more; `identity`: the chain is still the one of the journal
//! - `strangers`, `adopt`: what our accounts sent that this journal does not know
//! - `machine`, `fees`, `tag`, `classify`: the decisions, without I/O
//! - `reads`: what is asked of the chain
//!
//! The rules that hold whatever happens: no byte is sent that is not on the disk; one intent has one nonce until that nonce
//! is used for good by somebody else; an unknown outcome leads to the same bytes again; all transactions of a nonce are
//! watched; nothing is done before it is final; what is final stays so.

mod admit;
mod adopt;
mod cancel;
mod check;
pub mod classify;
mod displaced;
mod dry_run;
pub mod fees;
mod finality;
mod gaps;
mod identity;
mod intent;
mod journal;
pub mod limits;
pub mod machine;
pub mod policy;
mod queue;
mod reads;
mod recover;
mod reserve;
mod run;
mod strangers;
pub mod tag;
mod watch;
pub mod why;
mod window;

pub use cancel::Cancellation;
pub use dry_run::{Planned, Verdict};
pub use intent::{
    EventSink, GasLimit, Intent, IntentKey, Ordering, OutboxConfig, OutboxError, OutboxEvent, Priority, Settled, Until,
};

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::{Address, B256};
use tokio::time::Instant;

use crate::{
    gas::GasRules,
    ledger::{IntentState, Ledger, Pins},
    rpc::Rpc,
    signer::Signers,
};
use classify::Answer;
pub use limits::Limits;

use finality::Standstill;
use run::Stall;

/// The one door out. Cheap to clone; all clones are one, and may be used from several tasks.
#[derive(Debug, Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

/// How many intents the journal has in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Journaled, with nothing signed for them yet.
    pub waiting: u64,
    /// Signed and journaled or sent, without a receipt.
    pub pending: u64,
    /// In a block that is not final.
    pub mined: u64,
    /// Done for good.
    pub finalized: u64,
    /// Reverted for good.
    pub reverted: u64,
    /// Lost their nonce to a stranger, refused for what they are, cancelled or too late; nothing is in flight for them.
    pub unsent: u64,
}

/// What the journal knows of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub key: IntentKey,
    /// The account that signs it.
    pub signer: Address,
    /// Where it stands.
    pub state: IntentState,
    /// What became of it, where it was mined.
    pub settled: Option<Settled>,
}

impl Outbox {
    /// Opens the journal, reconciles it with the chain, and only then takes new work.
    ///
    /// # Errors
    /// A journal of another chain, a second process on it, a chain that does not answer.
    pub async fn open(
        rpc: Rpc,
        ledger: &Path,
        signers: Signers,
        config: OutboxConfig,
        events: EventSink,
    ) -> Result<Self, OutboxError> {
        Ok(Self { inner: Arc::new(Inner::open(rpc, ledger, signers, config, events).await?) })
    }

    /// Hands over intents in order, each checked after the one before was mined, and waits until each is `until`. An intent
    /// that is already settled is answered from the journal after its block was checked. Stops at the first failure, after
    /// waiting for what is in flight.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn execute(&self, intents: Vec<Intent>, until: Until) -> Result<Vec<Settled>, OutboxError> {
        self.inner.run(intents, until, Ordering::Sequential).await
    }

    /// As [`Outbox::execute`] for intents that do not need each other: checks run ahead, and up to the configured number is
    /// in flight at once.
    ///
    /// # Errors
    /// [`OutboxError`]
    pub async fn execute_independent(&self, intents: Vec<Intent>, until: Until) -> Result<Vec<Settled>, OutboxError> {
        self.inner.run(intents, until, Ordering::Independent).await
    }

    /// Waits until everything in flight is mined and everything that was mined is final, whichever run sent it.
    ///
    /// # Errors
    /// [`OutboxError::Reverted`] for the first that turned out reverted for good, after all are final;
    /// [`OutboxError::Halted`] when `finalized` does not move for an hour.
    pub async fn finalize(&self) -> Result<(), OutboxError> {
        let inner = &*self.inner;
        let (mut stalled, mut standstill, mut reverted) = (Stall::default(), Standstill::default(), None);
        loop {
            match inner.finalize_turn(&mut standstill, &mut reverted).await {
                Ok(Turn::Done) => return reverted.map_or(Ok(()), |settled| Err(OutboxError::Reverted(settled))),
                Ok(Turn::Moved) => stalled.over(),
                Ok(Turn::Still(None)) => {
                    stalled.over();
                    inner.rpc.wait(inner.config.poll).await;
                }
                Ok(Turn::Still(Some(reason))) => {
                    inner.waiting(reason.clone());
                    if stalled.note(inner.config.patience()) {
                        return Err(OutboxError::Halted(reason));
                    }
                    inner.rpc.wait(inner.config.poll).await;
                }
                Err(OutboxError::Rpc(error)) if !stalled.note(inner.config.patience()) => {
                    inner.waiting(error.to_string());
                    inner.rpc.wait(inner.config.poll).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Every intent whose key starts with `prefix` that the journal knows, whoever signs it.
    ///
    /// # Errors
    /// The journal.
    pub fn known(&self, prefix: &str) -> Result<Vec<Known>, OutboxError> {
        Ok(self.inner.ledger.read(|tx| {
            let each = tx.with_prefix(prefix)?.into_iter().map(|row| {
                let receipt = tx.receipt(row.id, row.generation)?;
                let finalized = matches!(row.state, IntentState::Finalized | IntentState::Reverted);
                let cancelled = tx.mined_cancel(&row)?;
                let settled = receipt.filter(|_| !cancelled);
                let settled = settled.map(|(hash, receipt)| watch::settled(&row, hash, &receipt, finalized));
                Ok(Known { key: IntentKey::new(row.key), signer: row.signer, state: row.state, settled })
            });
            each.collect::<Result<Vec<_>, _>>()
        })?)
    }

    /// How many intents are in each state, of all runs.
    ///
    /// # Errors
    /// The journal.
    pub fn summary(&self) -> Result<Summary, OutboxError> {
        let mut summary = Summary::default();
        for (state, count) in self.inner.ledger.read(|tx| tx.counts())? {
            match state {
                IntentState::Signed | IntentState::Sent => summary.pending += count,
                IntentState::Mined => summary.mined += count,
                IntentState::Finalized => summary.finalized += count,
                IntentState::Reverted => summary.reverted += count,
                IntentState::Queued | IntentState::Held | IntentState::Reserved => summary.waiting += count,
                IntentState::Displaced | IntentState::Refused | IntentState::Cancelled | IntentState::Expired => {
                    summary.unsent += count
                }
            }
        }
        Ok(summary)
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        (*self.inner.limits()).clone()
    }

    /// Puts other limits in force. What was held by the old ones is looked at again at once.
    pub fn set_limits(&self, limits: Limits) {
        *self.inner.limits.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
    }

    /// The endpoint it sends to.
    #[must_use]
    pub fn rpc(&self) -> &Rpc {
        &self.inner.rpc
    }

    /// The gas rules found at opening.
    #[must_use]
    pub fn gas_rules(&self) -> GasRules {
        self.inner.rules
    }

    /// The accounts it can sign for, in order.
    #[must_use]
    pub fn signers(&self) -> Vec<Address> {
        self.inner.signers.addresses()
    }
}

/// One turn of waiting for finality.
enum Turn {
    Done,
    Moved,
    Still(Option<String>),
}

/// What all clones share.
struct Inner {
    rpc: Rpc,
    ledger: Ledger,
    signers: Signers,
    config: OutboxConfig,
    rules: GasRules,
    events: EventSink,
    memory: Mutex<Memory>,
    /// The chain it belongs to.
    pins: Pins,
    limits: Mutex<Arc<Limits>>,
    queue: queue::Queue,
    /// Who gives out nonces of a signer at the moment.
    turns: Mutex<HashMap<Address, Arc<tokio::sync::Mutex<()>>>>,
}

/// What this process remembers beside the journal; losing it costs a repeated send.
#[derive(Default)]
struct Memory {
    /// When each transaction was last sent, and the answer.
    sends: HashMap<B256, (Instant, Answer)>,
    /// Highest nonce the chain showed for each signer.
    floors: HashMap<Address, u64>,
    /// Up to which nonce it is known how they were used, by signer.
    proven: HashMap<Address, u64>,
    /// How many times strange transactions were found.
    strangers: u64,
    /// The lowest empty nonce of each signer, and since when.
    gaps: HashMap<Address, (u64, Instant)>,
    /// Nonces in flight here whose other use was looked at.
    explained: HashSet<(Address, u64)>,
    /// The last reason for waiting that was told.
    waiting: Option<String>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("rpc", &self.rpc.label()).field("signers", &self.signers).finish_non_exhaustive()
    }
}

impl Inner {
    fn new(
        rpc: Rpc,
        ledger: Ledger,
        signers: Signers,
        config: OutboxConfig,
        events: EventSink,
        rules: GasRules,
        pins: Pins,
    ) -> Self {
        let limits = Limits { max_fee_per_gas: config.max_fee_per_gas, policy: config.policy.clone() };
        Self {
            rpc,
            ledger,
            signers,
            config,
            rules,
            events,
            memory: Mutex::default(),
            pins,
            limits: Mutex::new(Arc::new(limits)),
            queue: queue::Queue::default(),
            turns: Mutex::default(),
        }
    }

    /// The limits as they are now.
    fn limits(&self) -> Arc<Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn emit(&self, event: OutboxEvent) {
        if !matches!(event, OutboxEvent::Waiting(_)) {
            self.memory().waiting = None;
        }
        (self.events)(event);
    }

    /// Tells why nothing moves; the same reason only once in a row.
    fn waiting(&self, reason: String) {
        if self.memory().waiting.replace(reason.clone()) != Some(reason.clone()) {
            self.emit(OutboxEvent::Waiting(reason));
        }
    }

    fn remember_send(&self, hash: B256, answer: Answer) {
        self.memory().sends.insert(hash, (Instant::now(), answer));
    }

    fn forget_send(&self, hash: B256) {
        self.memory().sends.remove(&hash);
    }

    fn last_send(&self, hash: B256) -> Option<(Duration, Answer)> {
        self.memory().sends.get(&hash).map(|(at, answer)| (at.elapsed(), *answer))
    }

    /// Notes the chain's count of a signer's transactions; the highest seen, which a lagging endpoint cannot take back.
    /// Counts alone prove nothing: it is no higher than what is known of how the nonces below were used.
    fn floor(&self, signer: Address, latest: u64) -> Result<u64, OutboxError> {
        let proven = self.proven(signer)?;
        let mut memory = self.memory();
        let floor = memory.floors.entry(signer).or_insert(0);
        *floor = latest.min(proven).max(*floor);
        Ok(*floor)
    }

    async fn finalize_turn(
        &self,
        standstill: &mut Standstill,
        reverted: &mut Option<Box<Settled>>,
    ) -> Result<Turn, OutboxError> {
        let in_flight = !self.flights()?.is_empty();
        let look = if in_flight { self.look(Vec::new()).await? } else { watch::Look::default() };
        let finality = self.settle(look.gap).await?;
        if reverted.is_none() {
            *reverted = finality.reverted.into_iter().next().map(Box::new);
        }
        let in_flight = !self.flights()?.is_empty();
        if !in_flight && finality.waiting == 0 {
            return Ok(Turn::Done);
        }
        if look.changed || finality.changed {
            return Ok(Turn::Moved);
        }
        if (!in_flight || look.awaiting_finality) && self.further_finality(standstill).await? {
            return Ok(Turn::Moved);
        }
        Ok(Turn::Still(look.trouble))
    }
}
