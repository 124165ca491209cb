//! What arrived: every byte string, in order, and what a witness had to say about it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::{Address, B256, Bytes};

use crate::transaction::Tx;

/// A byte string that arrived by `eth_sendRawTransaction`.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The endpoint it arrived at.
    pub node: String,
    /// Virtual time of the world, seconds.
    pub at: u64,
    /// The bytes.
    pub raw: Bytes,
    /// What they decode to; none if they do not.
    pub decoded: Option<Decoded>,
}

/// A transaction as far as invariants ask about it.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// Hash.
    pub hash: B256,
    /// Chain id; none for a transaction that is valid on every chain.
    pub chain_id: Option<u64>,
    /// Sender.
    pub sender: Address,
    /// Nonce.
    pub nonce: u64,
    /// Receiver.
    pub to: Option<Address>,
    /// Ether, wei.
    pub value: alloy::primitives::U256,
    /// Calldata.
    pub data: Bytes,
    /// Gas limit.
    pub gas: u64,
    /// Most a gas may cost.
    pub max_fee: u128,
    /// Most of it that is a tip.
    pub tip: u128,
}

/// Looks at an arrival.
pub(crate) type Hook = Arc<dyn Fn(&Arrival) -> Result<(), String> + Send + Sync>;

/// The record of a world and its forks.
#[derive(Default)]
pub(crate) struct Record(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    arrivals: Vec<Arrival>,
    seen: Vec<Arc<Tx>>,
    hook: Option<Hook>,
    violations: Vec<String>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} arrivals", self.lock().arrivals.len())
    }
}

impl Record {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn watch(&self, hook: Hook) {
        self.lock().hook = Some(hook);
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.lock().arrivals.clone()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// Notes an arrival; the hook runs without a lock.
    pub(crate) fn note(&self, arrival: Arrival, tx: Option<&Arc<Tx>>) {
        let hook = self.lock().hook.clone();
        let objection = hook.and_then(|hook| hook(&arrival).err());
        let mut inner = self.lock();
        inner.violations.extend(objection);
        inner.arrivals.push(arrival);
        inner.seen.extend(tx.cloned());
    }

    /// A transaction that arrived before with these very bytes, decoded then.
    pub(crate) fn known(&self, raw: &Bytes) -> Option<Arc<Tx>> {
        let inner = self.lock();
        inner.seen.iter().rev().find(|seen| seen.raw == *raw).cloned()
    }

    /// The first transaction of this sender and nonce that arrived before `tx`.
    pub(crate) fn older(&self, tx: &Tx) -> Option<Arc<Tx>> {
        let inner = self.lock();
        let before = inner.seen.iter().take_while(|seen| seen.hash != tx.hash);
        before.into_iter().find(|seen| seen.sender == tx.sender && seen.nonce() == tx.nonce()).cloned()
    }
}
