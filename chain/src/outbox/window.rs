//! A window of intents on its way out: checked ahead, paid for, journaled in one commit, handed over in order.
//!
//! Checks of independent intents run in tasks of their own while the window before is on its way. What was checked and could
//! not be sent is checked again later, against the state of then.

use std::collections::{HashMap, HashSet};

use alloy::primitives::{Address, U256};
use tokio::task::JoinHandle;

use super::{
    Inner,
    check::{Checked, check, patiently},
    fees::Fees,
    intent::{Ordering, OutboxError, OutboxEvent},
    journal::{Handed, Journaled},
    reads,
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
        self.start_checks(ahead).await?;
        // for what fills a gap there is always room
        let room = width.saturating_sub(self.open.len()).max(usize::from(!self.freed.is_empty()));
        let window = self.take_checked(room).await;
        if window.is_empty() {
            return Ok(None);
        }
        let prepared = self.prepare(&window).await;
        let (covered, latest, fees) = match prepared {
            Ok(Some(prepared)) => prepared,
            Ok(None) => {
                self.put_back(window, 0);
                return Ok(None);
            }
            Err(failure) => {
                self.fail(failure);
                return Ok(Some(Vec::new()));
            }
        };
        let journaled = match outbox.journal(&window[..covered], &latest, fees).await {
            Ok(journaled) => journaled,
            Err(failure) => {
                self.fail(failure);
                return Ok(Some(Vec::new()));
            }
        };
        let Journaled { taken, outgoing, failure } = journaled;
        if taken > 0 {
            self.freed.clear();
        }
        for checked in &window[..taken] {
            self.open.insert(checked.intent.key.clone(), checked.intent.clone());
        }
        self.put_back(window, taken);
        if let Some(failure) = failure {
            self.fail(failure);
        }
        // from here on the journal decides; what is not sent now is sent by a later look
        self.start_checks(ahead).await?;
        Ok((taken > 0).then_some(outbox.hand_over(outgoing).await))
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
    async fn take_checked(&mut self, room: usize) -> Vec<Checked> {
        let mut window = Vec::new();
        while window.len() < room {
            let Some((_, check)) = self.checks.front_mut() else { break };
            if !self.open.is_empty() && !check.0.is_finished() {
                break;
            }
            let result = (&mut check.0).await;
            self.checks.pop_front();
            match result {
                Ok(Ok(checked)) => window.push(checked),
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
        window
    }

    /// How many of a window the signers can pay for, their nonces, and what to offer; `None` when it has to wait.
    async fn prepare(&self, window: &[Checked]) -> Result<Option<(usize, HashMap<Address, u64>, Fees)>, OutboxError> {
        let outbox = self.outbox;
        let config = &outbox.config;
        let market = patiently(config, || reads::fees(&outbox.rpc)).await?;
        let Some(fees) = market.offer(config.max_fee_per_gas) else {
            outbox.waiting(format!(
                "the base fee of {} wei a gas is above the limit of {}",
                market.base_fee, config.max_fee_per_gas
            ));
            return Ok(None);
        };
        let signers: HashSet<Address> = window.iter().map(|checked| checked.intent.from).collect();
        let mut latest = HashMap::new();
        let mut funds = HashMap::new();
        for signer in signers {
            latest.insert(signer, patiently(config, || reads::latest_nonce(&outbox.rpc, signer)).await?);
            let balance = || outbox.rpc.balance(signer, alloy::eips::BlockId::latest());
            funds.insert(signer, patiently(config, balance).await?);
        }
        let mut covered = 0;
        for checked in window {
            let cost = U256::from(checked.gas).saturating_mul(U256::from(fees.max_fee));
            let cost = cost.saturating_add(checked.intent.value);
            let left = funds.get_mut(&checked.intent.from);
            let Some(left) = left.filter(|left| **left >= cost) else {
                if covered > 0 || !self.open.is_empty() {
                    break;
                }
                let signer = checked.intent.from;
                let has = funds.get(&signer).copied().unwrap_or_default();
                return Err(OutboxError::Halted(format!(
                    "{signer} has {has} wei; {} may cost up to {cost} wei",
                    checked.intent.key
                )));
            };
            *left -= cost;
            covered += 1;
        }
        Ok((covered > 0).then_some((covered, latest, fees)))
    }
}

impl Inner {
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
