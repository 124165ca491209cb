//! A window of intents on its way out: checked ahead, paid for, journaled in one commit, handed over in order.
//!
//! Checks of independent intents run in tasks of their own while the window before is on its way. What was checked and could
//! not be sent is checked again later, against the state of then.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::Address,
};
use tokio::{task::JoinHandle, time::Instant};

use super::{
    Inner,
    check::{Checked, check, patiently},
    intent::{Intent, IntentKey, Ordering, OutboxError, OutboxEvent},
    journal::{Handed, Journaled},
    limits::Limits,
    reads,
    reserve::{Held, Moment, hold},
    run::Run,
    watch::{Flight, record_receipt},
};
use crate::ledger::{IntentRow, IntentState};

/// A check under way; gone with its handle.
pub(super) struct Check(JoinHandle<Result<Checked, OutboxError>>);

impl Drop for Check {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Run<'_> {
    /// Starts checks, takes those that are through, journals and sends a window of them. `None` if there was nothing to do.
    pub(super) async fn send_window(&mut self) -> Result<Option<Vec<Handed>>, OutboxError> {
        let outbox = self.outbox;
        let (width, ahead) = match self.ordering {
            Ordering::Sequential => (1, 1),
            Ordering::Independent => (outbox.config.in_flight, outbox.config.in_flight * 2),
        };
        if self.seen != Some(outbox.strangers_seen()) {
            self.adopt().await?;
        }
        self.start_checks(ahead).await?;
        // for what fills a gap there is always room
        let room = width.saturating_sub(self.open.len()).max(usize::from(!self.freed.is_empty()));
        let window = self.take_checked(room).await?;
        self.say_first();
        if window.is_empty() {
            return Ok(None);
        }
        let moment = match self.moment(&window).await {
            Ok(Some(moment)) => moment,
            Ok(None) => {
                self.put_back(window, 0);
                return Ok(None);
            }
            Err(failure) => {
                self.fail(failure);
                return Ok(Some(Vec::new()));
            }
        };
        let journaled = match outbox.journal(&window, moment, self.place.others()).await {
            Ok(journaled) => journaled,
            Err(failure) => {
                self.fail(failure);
                return Ok(Some(Vec::new()));
            }
        };
        let Journaled { taken, outgoing, held, ended, failure } = journaled;
        if !outgoing.is_empty() {
            self.freed.clear();
            self.broke.over();
        }
        let aside: HashSet<&IntentKey> =
            held.iter().map(|held| &held.key).chain(ended.iter().map(|(key, _)| key)).collect();
        let mut dealt_with = 0;
        for checked in window[..taken].iter().filter(|checked| !aside.contains(&checked.intent.key)) {
            self.open.insert(checked.intent.key.clone(), checked.intent.clone());
            dealt_with += 1;
        }
        for one in held {
            if let Some(checked) = window[..taken].iter().find(|checked| checked.intent.key == one.key) {
                self.hold(checked.intent.clone(), one);
            }
        }
        let any_ended = !ended.is_empty();
        self.put_back(window, taken);
        for failure in ended.into_iter().map(|(_, failure)| failure).chain(failure) {
            self.fail(failure);
        }
        // from here on the journal decides; what is not sent now is sent by a later look
        self.start_checks(ahead).await?;
        self.say_first();
        Ok((dealt_with > 0 || any_ended).then_some(outbox.hand_over(outgoing).await))
    }

    /// Tells the other calls what is first here. What waits for the one before it to be mined is not ready.
    fn say_first(&self) {
        let first = self.checks.front().map(|(intent, _)| intent).or(self.todo.front());
        let ready = self.ordering == Ordering::Independent || self.open.is_empty();
        self.place.first(first.filter(|_| ready).map(|intent| (intent.from, intent.priority)));
    }

    /// Sets aside what has to wait, and tells.
    fn hold(&mut self, intent: Intent, held: Held) {
        let outbox = self.outbox;
        if held.new {
            outbox.emit(OutboxEvent::Held(held.key.clone(), held.words.clone()));
        }
        outbox.waiting(held.words.clone());
        // money has to be sent first, by somebody; a ceiling may lift by itself
        if held.broke && self.open.is_empty() && self.broke.note(outbox.config.patience()) {
            self.fail(OutboxError::Halted(held.words));
            return;
        }
        self.held.push(intent);
        self.held_since.get_or_insert_with(|| (Instant::now(), outbox.limits()));
    }

    /// Takes up again what was set aside, once in a while and when the limits are other ones.
    pub(super) fn take_up_held(&mut self) {
        let limits = self.outbox.limits();
        let due = |(since, under): &(Instant, Arc<Limits>)| {
            since.elapsed() >= self.outbox.config.retry_held() || !Arc::ptr_eq(under, &limits)
        };
        if self.held_since.as_ref().is_some_and(due) {
            self.held_since = None;
            self.seen = None;
            for intent in std::mem::take(&mut self.held).into_iter().rev() {
                self.todo.push_front(intent);
            }
        }
    }

    /// Takes over what was found on the chain of what is not signed here, and sets aside what cannot be taken over yet.
    async fn adopt(&mut self) -> Result<(), OutboxError> {
        let outbox = self.outbox;
        for (intent, _) in std::mem::take(&mut self.checks).into_iter().rev() {
            self.todo.push_front(intent);
        }
        let adopted = patiently(&outbox.config, || outbox.adopt_handed(self.todo.iter())).await?;
        self.seen = Some(outbox.strangers_seen());
        for (key, words) in adopted.blocked {
            if let Some(at) = self.todo.iter().position(|intent| intent.key == key)
                && let Some(intent) = self.todo.remove(at)
            {
                self.hold(intent, Held { key, words, broke: false, new: true });
            }
        }
        Ok(())
    }

    /// What was not sent is checked again later, against the state of then.
    fn put_back(&mut self, window: Vec<Checked>, from: usize) {
        let checks = std::mem::take(&mut self.checks);
        let unsent = window.into_iter().skip(from).map(|checked| checked.intent).collect::<Vec<_>>();
        if unsent.is_empty() {
            self.checks = checks;
            return;
        }
        for (intent, _) in checks.into_iter().rev() {
            self.todo.push_front(intent);
        }
        for intent in unsent.into_iter().rev() {
            self.todo.push_front(intent);
        }
    }

    /// Fills up the checks under way from what is to do; what the journal knows goes where it belongs without one.
    async fn start_checks(&mut self, ahead: usize) -> Result<(), OutboxError> {
        let outbox = self.outbox;
        while self.checks.len() < ahead {
            let Some(next) = self.todo.front() else { return Ok(()) };
            let its_turn =
                self.ordering == Ordering::Independent || self.open.is_empty() || self.freed.contains(&next.from);
            let Some(intent) = (if its_turn { self.todo.pop_front() } else { None }) else { return Ok(()) };
            let known = outbox.ledger.read(|tx| tx.intent(intent.key.as_str()))?;
            let known = match known {
                Some(row) if row.state == IntentState::Refused => {
                    outbox.look_at_refused(&row).await?;
                    outbox.ledger.read(|tx| tx.intent(intent.key.as_str()))?
                }
                known => known,
            };
            if known.is_some_and(|row| !row.state.may_restart()) {
                self.open.insert(intent.key.clone(), intent);
                self.sort_open()?;
                continue;
            }
            let task = check(outbox.rpc.clone(), intent.clone(), outbox.rules, outbox.config.clone());
            self.checks.push_back((intent, Check(tokio::spawn(task))));
        }
        Ok(())
    }

    /// Takes checked intents in order: all there is room for while nothing is in flight, else those that are through.
    async fn take_checked(&mut self, room: usize) -> Result<Vec<Checked>, OutboxError> {
        let mut window = Vec::new();
        while window.len() < room {
            let Some((_, check)) = self.checks.front_mut() else { break };
            if !self.open.is_empty() && !check.0.is_finished() {
                break;
            }
            let result = (&mut check.0).await;
            let Some((intent, _)) = self.checks.pop_front() else { break };
            match result {
                Ok(Ok(checked)) => window.push(checked),
                // the one reason for a check to halt: its signer cannot pay
                Ok(Err(OutboxError::Halted(words))) => {
                    let held = self.outbox.hold_unchecked(&intent, words).await?;
                    self.hold(intent, held);
                }
                Ok(Err(failure)) => {
                    self.fail(failure);
                    break;
                }
                Err(crash) => {
                    self.fail(OutboxError::Local(format!("a check did not end: {crash}")));
                    break;
                }
            }
        }
        Ok(window)
    }

    /// How the chain stands for a window: fees, time, and the count and balance of each signer.
    /// `None` when something that this journal does not know has to be cleared up first.
    async fn moment(&mut self, window: &[Checked]) -> Result<Option<Moment>, OutboxError> {
        let outbox = self.outbox;
        let config = &outbox.config;
        let signers: BTreeSet<Address> = window.iter().map(|checked| checked.intent.from).collect();
        let latest = BlockNumberOrTag::Latest;
        let general = async {
            futures::try_join!(
                patiently(config, || outbox.same_chain()),
                patiently(config, || async { Ok(reads::fees(&outbox.rpc).await?) }),
                patiently(config, || async { Ok(outbox.rpc.block(latest).await?) }),
            )
        };
        let each = futures::future::try_join_all(signers.into_iter().map(|signer| async move {
            let (count, pending, balance) = futures::try_join!(
                patiently(config, || reads::latest_nonce(&outbox.rpc, signer)),
                patiently(config, || outbox.rpc.nonce(signer, BlockId::pending())),
                patiently(config, || outbox.rpc.balance(signer, latest.into())),
            )?;
            Ok::<_, OutboxError>((signer, count, pending, balance))
        }));
        let (((), market, block), each) = futures::try_join!(general, each)?;
        let mut strange = None;
        for (signer, count, pending, _) in &each {
            patiently(config, || outbox.learn_new(*signer, *count)).await?;
            let known = outbox.proven(*signer)?;
            if *pending > known {
                strange = Some(format!(
                    "{} pending transactions of {signer} that this journal does not know",
                    pending - known
                ));
            }
        }
        let Some(words) = strange else {
            self.strange.over();
            // what was found now may be what is about to be sent
            let news = self.seen != Some(outbox.strangers_seen());
            return Ok((!news).then(|| Moment {
                market,
                time: block.timestamp,
                latest: each.iter().map(|(signer, count, ..)| (*signer, *count)).collect(),
                funds: each.iter().map(|(signer, .., balance)| (*signer, *balance)).collect(),
            }));
        };
        outbox.waiting(words.clone());
        if self.strange.note(config.patience()) {
            return Err(OutboxError::Halted(format!("{words}; they have to be mined or dropped first")));
        }
        Ok(None)
    }
}

impl Inner {
    /// Writes down that an intent waits that could not be checked.
    async fn hold_unchecked(&self, intent: &Intent, words: String) -> Result<Held, OutboxError> {
        let (key, journaled) = (intent.key.clone(), intent.journaled());
        self.ledger.write(move |tx| hold(tx, &journaled, words, true)).await.map(|held| Held { key, ..held })
    }

    /// Before a refused intent is tried again: was it mined in spite of what the endpoint said?
    async fn look_at_refused(&self, row: &IntentRow) -> Result<(), OutboxError> {
        let attempts = self.ledger.read(|tx| tx.attempts(row.id, row.generation))?;
        let flight = Flight { intent: row.clone(), attempts };
        let receipts = patiently(&self.config, || self.receipts_of(std::slice::from_ref(&flight))).await?;
        let Some((attempt, receipt)) = receipts.get(&row.id) else { return Ok(()) };
        let (intent, attempt, receipt) = (row.clone(), attempt.clone(), *receipt);
        let mined = self.ledger.write(move |tx| record_receipt(tx, &intent, &attempt, &receipt)).await?;
        if let Some(settled) = mined {
            self.emit(OutboxEvent::Mined(settled));
        }
        Ok(())
    }
}
