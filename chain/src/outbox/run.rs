//! One call of `execute`: what may be sent is sent, in order, as much of it at once as is allowed; then it is waited for.
//!
//! Sequential intents are checked after the one before was mined. Independent ones are checked ahead by tasks of their own,
//! while the window before is on its way, and each window is one commit before and one after. A first failure stops new
//! sends; what is in flight is seen to its end before the failure is returned. A transaction that was mined and reverted is
//! a failure only once that is final: until then a reorganisation may still turn it into a success.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use alloy::primitives::Address;
use tokio::time::Instant;

use super::{
    Inner,
    check::patiently,
    finality::{Standstill, no_receipt},
    intent::{Intent, IntentKey, Ordering, OutboxError, Settled, Until},
    limits::Limits,
    queue::Place,
    watch::{Look, settled},
    window::Check,
};
use crate::ledger::IntentState;

/// The progress of one call.
pub(super) struct Run<'a> {
    pub(super) outbox: &'a Inner,
    pub(super) ordering: Ordering,
    /// Not looked at yet, in order.
    pub(super) todo: VecDeque<Intent>,
    /// Checks under way, in order, with what they check.
    pub(super) checks: VecDeque<(Intent, Check)>,
    /// Handed over, and not mined with success.
    pub(super) open: HashMap<IntentKey, Intent>,
    /// Mined with success.
    mined: HashMap<IntentKey, Intent>,
    /// Signers whose next nonce was refused for good while more of theirs is in flight: new work goes first there.
    pub(super) freed: HashSet<Address>,
    /// Have to wait, in order; and since when, under which limits.
    pub(super) held: Vec<Intent>,
    pub(super) held_since: Option<(Instant, Arc<Limits>)>,
    pub(super) place: Place<'a>,
    failure: Option<OutboxError>,
    stalled: Stall,
    /// What was known of strange transactions when what is to do was last compared with them.
    pub(super) seen: Option<u64>,
    /// For how long somebody else's transactions have been pending.
    pub(super) strange: Stall,
    /// For how long a signer has not been able to pay.
    pub(super) broke: Stall,
    /// As `stalled`, for questions about finality.
    unheard: Stall,
    standstill: Standstill,
}

/// For how long nothing has moved for a reason, and the reason.
#[derive(Default)]
pub(crate) struct Stall {
    since: Option<Instant>,
}

impl Stall {
    /// Notes a reason; gives it back once it has lasted for `patience`.
    pub(crate) fn note(&mut self, patience: Duration) -> bool {
        self.since.get_or_insert_with(Instant::now).elapsed() >= patience
    }

    pub(crate) fn over(&mut self) {
        self.since = None;
    }
}

impl Inner {
    /// Bears with an endpoint that does not answer, for a while; that is not a move.
    fn bear(&self, stall: &mut Stall, answer: Result<bool, OutboxError>) -> Result<bool, OutboxError> {
        match answer {
            Err(OutboxError::Rpc(error)) if !stall.note(self.config.patience()) => {
                self.waiting(error.to_string());
                Ok(false)
            }
            answer => answer,
        }
    }

    pub(crate) async fn run(
        &self,
        intents: Vec<Intent>,
        until: Until,
        ordering: Ordering,
    ) -> Result<Vec<Settled>, OutboxError> {
        let mut todo = self.admit(&intents)?;
        if ordering == Ordering::Independent {
            todo.make_contiguous().sort_by_key(|intent| std::cmp::Reverse(intent.priority));
        }
        let mut run = Run {
            outbox: self,
            ordering,
            todo,
            checks: VecDeque::new(),
            open: HashMap::new(),
            mined: HashMap::new(),
            freed: HashSet::new(),
            held: Vec::new(),
            held_since: None,
            place: self.queue.join(),
            failure: None,
            stalled: Stall::default(),
            broke: Stall::default(),
            seen: None,
            strange: Stall::default(),
            unheard: Stall::default(),
            standstill: Standstill::default(),
        };
        run.verify_known().await?;
        self.enqueue(&run.todo).await?;
        while run.turn(until).await? {}
        match run.failure {
            Some(failure) => {
                self.leave_queued(&intents, &failure).await?;
                Err(failure)
            }
            None => self.settlements(&intents),
        }
    }
}

impl Run<'_> {
    /// Before anything is answered from the journal: its blocks are still those of the chain.
    async fn verify_known(&mut self) -> Result<(), OutboxError> {
        let outbox = self.outbox;
        let keys: Vec<_> = self.todo.iter().map(|intent| intent.key.clone()).collect();
        let (mut blocks, mut any_mined) = (Vec::new(), false);
        outbox.ledger.read(|tx| {
            for key in &keys {
                let Some(row) = tx.intent(key.as_str())? else { continue };
                any_mined |= row.state == IntentState::Mined;
                if row.state == IntentState::Finalized {
                    let (_, receipt) = tx.receipt(row.id, row.generation)?.ok_or_else(|| no_receipt(&row))?;
                    blocks.push((receipt.block_number, receipt.block_hash));
                }
            }
            Ok(())
        })?;
        patiently(&outbox.config, || outbox.verify_final(blocks.iter().copied())).await?;
        if any_mined {
            patiently(&outbox.config, || outbox.settle(true)).await?;
        }
        Ok(())
    }

    /// One turn; `false` when the call is over.
    async fn turn(&mut self, until: Until) -> Result<bool, OutboxError> {
        let outbox = self.outbox;
        self.take_up_held();
        let sent = if self.may_send() { self.send_window().await? } else { None };
        let busy = sent.is_some();
        let mut moved = false;
        if busy || !self.open.is_empty() {
            let look = outbox.look(sent.unwrap_or_default()).await;
            let finality_tells = look.as_ref().is_ok_and(|look| look.awaiting_finality);
            let gap = look.as_ref().is_ok_and(|look| look.gap);
            moved |= self.digest(look)?;
            if !moved {
                let finality = self.finality_of_open(finality_tells, gap).await;
                moved |= self.bear_finality(finality)?;
            }
        }
        let nothing_waits = self.todo.is_empty() && self.checks.is_empty() && self.held.is_empty();
        let resting = self.open.is_empty() && (self.failure.is_some() || nothing_waits);
        if resting {
            if self.failure.is_some() || until == Until::Mined || self.mined.is_empty() {
                return Ok(false);
            }
            let finality = self.await_final().await;
            if self.bear_finality(finality)? {
                self.stalled.over();
                return Ok(true);
            }
        } else if moved || (self.open.is_empty() && busy) {
            return Ok(true);
        } else if self.open.is_empty() {
            // nothing in flight and nothing could be sent: the window is somebody else's or the fees are too high
            let look = outbox.look(Vec::new()).await;
            if self.digest(look)? {
                return Ok(true);
            }
        }
        outbox.rpc.wait(outbox.config.poll).await;
        Ok(true)
    }

    /// Where only finality can tell how something in flight ends, a revert or a nonce used by a stranger: looks at it. Where
    /// the next nonce is not in flight, the block that had it may have gone.
    async fn finality_of_open(&mut self, nonce_used: bool, gap: bool) -> Result<bool, OutboxError> {
        let outbox = self.outbox;
        if gap && outbox.settle(true).await?.changed {
            self.sort_open()?;
            return Ok(true);
        }
        let mut reverted = false;
        for key in self.open.keys() {
            let row = outbox.ledger.read(|tx| tx.intent(key.as_str()))?;
            reverted |= row.is_some_and(|row| row.state == IntentState::Mined);
        }
        if !(reverted || nonce_used) {
            return Ok(false);
        }
        if reverted && outbox.settle(false).await?.changed {
            return self.sort_open();
        }
        outbox.further_finality(&mut self.standstill).await
    }

    fn may_send(&self) -> bool {
        let free = self.ordering == Ordering::Independent || self.open.is_empty() || !self.freed.is_empty();
        self.failure.is_none() && free && !(self.todo.is_empty() && self.checks.is_empty())
    }

    /// Bears with an endpoint that does not answer about finality, for a while; that is not a move. Other answers do not
    /// prolong it.
    fn bear_finality(&mut self, answer: Result<bool, OutboxError>) -> Result<bool, OutboxError> {
        if answer.is_ok() {
            self.unheard.over();
        }
        self.outbox.bear(&mut self.unheard, answer)
    }

    /// Takes over what a look found; whether anything moved.
    fn digest(&mut self, look: Result<Look, OutboxError>) -> Result<bool, OutboxError> {
        let outbox = self.outbox;
        let patience = outbox.config.patience();
        let look = match look {
            Ok(look) => look,
            Err(error) => return outbox.bear(&mut self.stalled, Err(error)),
        };
        self.freed.clone_from(&look.freed);
        for (key, reason) in &look.refused {
            let key = IntentKey::new(key.clone());
            if self.open.remove(&key).is_some() {
                self.fail(OutboxError::Refused { key, reason: reason.clone() });
            }
        }
        if self.failure.is_some() {
            // never taken, and held back behind what was refused: they stay in the journal for the next run
            self.open.retain(|key, _| !look.held.contains(key.as_str()));
        }
        let changed = self.sort_open()? || look.changed;
        match look.trouble {
            _ if changed => self.stalled.over(),
            Some(reason) => {
                outbox.waiting(reason.clone());
                if self.stalled.note(patience) {
                    let first =
                        self.failure.take().map_or_else(String::new, |failure| format!(" (before that: {failure})"));
                    return Err(OutboxError::Halted(format!("{reason}{first}")));
                }
            }
            None => self.stalled.over(),
        }
        Ok(changed)
    }

    pub(super) fn fail(&mut self, failure: OutboxError) {
        self.failure.get_or_insert(failure);
        self.checks.clear();
        self.todo.clear();
        self.held.clear();
        self.place.first(None);
    }

    /// Moves what was handed over to where it belongs by now; whether anything moved.
    pub(super) fn sort_open(&mut self) -> Result<bool, OutboxError> {
        let outbox = self.outbox;
        let keys: Vec<_> = self.open.keys().cloned().collect();
        let mut moved = false;
        for key in keys {
            let standing = outbox.ledger.read(|tx| {
                let Some(row) = tx.intent(key.as_str())? else { return Ok(None) };
                let receipt = tx.receipt(row.id, row.generation)?;
                let cancelled = tx.mined_cancel(&row)?;
                Ok(Some((row, receipt, cancelled)))
            })?;
            let Some((row, receipt, cancelled)) = standing else { continue };
            let success = !cancelled && receipt.as_ref().is_some_and(|(_, receipt)| receipt.success);
            let over = match row.state {
                IntentState::Mined => success,
                IntentState::Reserved | IntentState::Signed | IntentState::Sent => false,
                _ => true,
            };
            if !over {
                continue;
            }
            let Some(intent) = self.open.remove(&key) else { continue };
            moved = true;
            match (row.state, receipt) {
                (IntentState::Mined | IntentState::Finalized, _) => drop(self.mined.insert(key, intent)),
                (IntentState::Reverted, Some((hash, receipt))) => {
                    self.fail(OutboxError::Reverted(Box::new(settled(&row, hash, &receipt, true))));
                }
                (IntentState::Displaced, _) if row.cancel => self.fail(OutboxError::Cancelled(key)),
                (IntentState::Displaced, _) if self.failure.is_none() => self.todo.push_front(intent),
                (IntentState::Cancelled, _) => self.fail(OutboxError::Cancelled(key)),
                (IntentState::Refused, _) => {
                    self.fail(OutboxError::Refused { key, reason: "the endpoint refused it for good".to_owned() });
                }
                _ => {}
            }
        }
        Ok(moved)
    }

    /// Looks at finality; whether anything moved.
    async fn await_final(&mut self) -> Result<bool, OutboxError> {
        let outbox = self.outbox;
        let moved = outbox.settle(false).await?.changed;
        let keys: Vec<_> = self.mined.keys().cloned().collect();
        let states = outbox.ledger.read(|tx| {
            keys.iter().map(|key| Ok(tx.intent(key.as_str())?.map(|row| row.state))).collect::<Result<Vec<_>, _>>()
        })?;
        for (key, state) in keys.into_iter().zip(states) {
            match state {
                Some(IntentState::Finalized) => drop(self.mined.remove(&key)),
                Some(IntentState::Mined) | None => {}
                Some(_) => {
                    if let Some(intent) = self.mined.remove(&key) {
                        self.open.insert(key, intent);
                    }
                }
            }
        }
        if self.mined.is_empty() || !self.open.is_empty() || moved {
            self.sort_open()?;
            return Ok(true);
        }
        outbox.further_finality(&mut self.standstill).await
    }
}
