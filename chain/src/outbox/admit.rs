//! What is handed over, on its way in and out of the journal: refused, queued, left, answered.

use std::collections::{HashMap, VecDeque};

use super::{
    Inner,
    check::within_rules,
    finality::no_receipt,
    intent::{GasLimit, Intent, IntentKey, OutboxError, Settled},
    journal::wrong_nonce,
    watch::settled,
};
use crate::ledger::{IntentRow, IntentState, LedgerError};

/// What the keys of the outbox's own intents start with.
pub(super) const OURS: &str = "tminus/";

impl Inner {
    /// Refuses what can be refused without sending: foreign signers, impossible sizes, keys that mean something else.
    pub(super) fn admit(&self, intents: &[Intent]) -> Result<VecDeque<Intent>, OutboxError> {
        let limits = self.limits();
        let mut seen: HashMap<&IntentKey, &Intent> = HashMap::new();
        let mut todo = VecDeque::with_capacity(intents.len());
        self.ledger.read(|tx| {
            Ok(intents.iter().try_for_each(|intent| {
                if let Some(twin) = seen.insert(&intent.key, intent) {
                    let same = twin.from == intent.from && twin.payload() == intent.payload();
                    return if same { Ok(()) } else { Err(OutboxError::Conflict(intent.key.clone())) };
                }
                if intent.key.as_str().is_empty() {
                    return Err(OutboxError::Local("an intent without a key".to_owned()));
                }
                if !self.signers.holds(intent.from) {
                    return Err(OutboxError::Local(format!(
                        "{}: there is no key for {} here",
                        intent.key, intent.from
                    )));
                }
                within_rules(intent, &self.rules)?;
                let gas = match intent.gas {
                    GasLimit::Fixed(gas) => Some(gas),
                    GasLimit::Estimate => None,
                };
                limits.policy.permits(&intent.proposal(gas))?;
                if intent.key.as_str().starts_with(OURS) {
                    return Err(OutboxError::Local(format!(
                        "{}: keys that start with {OURS} are the outbox's",
                        intent.key
                    )));
                }
                if let Some(row) = tx.intent(intent.key.as_str())? {
                    let same = row.signer == intent.from && row.payload == intent.payload();
                    // where nothing signed can take effect any more, the wish may be put otherwise
                    let open_to_change = row.state.may_restart() && row.state != IntentState::Displaced;
                    if !same && !open_to_change {
                        return Err(OutboxError::Conflict(intent.key.clone()));
                    }
                    if let Some(expected) = intent.expect_nonce
                        && !row.state.may_restart()
                        && let Some(nonce) = row.nonce
                        && nonce != expected
                    {
                        return Err(wrong_nonce(&intent.key, expected, nonce, intent.from));
                    }
                }
                todo.push_back(intent.clone());
                Ok(())
            }))
        })??;
        Ok(todo)
    }

    /// Journals what is handed over and not known, in one commit. What was refused, reverted or displaced starts anew only
    /// when it is its turn: the chain may have another word on it.
    pub(super) async fn enqueue(&self, todo: &VecDeque<Intent>) -> Result<(), OutboxError> {
        let new = self.ledger.read(|tx| {
            let mut new = Vec::new();
            for intent in todo {
                let row = tx.intent(intent.key.as_str())?;
                let queued = |row: &IntentRow| {
                    row.state.is_waiting()
                        && row.deadline == intent.deadline
                        && row.priority == intent.priority.rank()
                        && row.signer == intent.from
                        && row.payload == intent.payload()
                };
                let starts = |row: &IntentRow| {
                    row.state.is_waiting()
                        || matches!(row.state, IntentState::Cancelled | IntentState::Expired)
                        || row.state == IntentState::Displaced && row.cancel
                };
                if row.as_ref().is_none_or(|row| starts(row) && !queued(row)) {
                    new.push(intent.journaled());
                }
            }
            Ok(new)
        })?;
        if new.is_empty() {
            return Ok(());
        }
        self.ledger
            .write(move |tx| {
                for intent in &new {
                    // another task may have been quicker
                    if tx.intent(&intent.key)?.is_none_or(|row| row.state.may_restart()) {
                        tx.queue(intent)?;
                    }
                }
                Ok::<_, OutboxError>(())
            })
            .await
    }

    /// Notes with what was not sent that the call which handed it over has ended.
    pub(super) async fn leave_queued(&self, intents: &[Intent], failure: &OutboxError) -> Result<(), OutboxError> {
        let (keys, reason): (Vec<_>, _) = (
            intents.iter().map(|intent| intent.key.as_str().to_owned()).collect(),
            format!("not sent, because the call that handed it over stopped ({failure}); hand it over again"),
        );
        self.ledger
            .write(move |tx| {
                for key in &keys {
                    if let Some(row) = tx.intent(key)?.filter(|row| row.state == IntentState::Queued) {
                        tx.hold(&row, IntentState::Queued, &reason)?;
                    }
                }
                Ok::<_, OutboxError>(())
            })
            .await
    }

    /// The stored outcome of each intent, in the order given.
    pub(super) fn settlements(&self, intents: &[Intent]) -> Result<Vec<Settled>, OutboxError> {
        Ok(self.ledger.read(|tx| {
            let each = intents.iter().map(|intent| {
                let missing = || LedgerError::BadRow(format!("no trace of {}", intent.key));
                let row = tx.intent(intent.key.as_str())?.ok_or_else(missing)?;
                let (hash, receipt) = tx.receipt(row.id, row.generation)?.ok_or_else(|| no_receipt(&row))?;
                Ok(settled(&row, hash, &receipt, row.state == IntentState::Finalized))
            });
            each.collect::<Result<Vec<_>, _>>()
        })?)
    }
}
