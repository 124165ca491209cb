//! Looking after what is in flight: receipts, answers, replacements, the same bytes again.
//!
//! One look covers everything the journal has without a receipt, of whichever caller and whichever run: an orphan of an
//! earlier run that is stuck would hold up every later nonce. Looks of several tasks may overlap; each change is decided
//! again inside the transaction that writes it, so they can only repeat a question or send the same bytes twice.
//!
//! A nonce that was refused for good is a gap: what is journaled above it and was never taken is held back until new work has
//! used it, and what was taken already is in trouble.

use std::{
    collections::{HashMap, HashSet},
    task::Poll,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256},
};

use super::{
    Inner,
    classify::Answer,
    fees::{Fees, Market},
    intent::{IntentKey, OutboxError, OutboxEvent, Settled},
    journal::{Handed, Outgoing, Sending, record_answer},
    limits::{Limits, Wanted},
    machine::{Cancel, Pending, Policy, Sight, Step, pending_step},
    policy::By,
    reads,
    reserve::signed_day,
    tag::Tag,
};
use crate::crash;
use crate::ledger::{AttemptKind, AttemptRow, AttemptState, IntentRow, IntentState, ReceiptRow, Tx};

/// An intent without a receipt, with its signed transactions, oldest first and never none.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub(crate) intent: IntentRow,
    pub(crate) attempts: Vec<AttemptRow>,
}

/// What a look found.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Whether the journal changed.
    pub(crate) changed: bool,
    /// Nonces used by we know not whom; finality will tell.
    pub(crate) awaiting_finality: bool,
    /// Why things do not move, where something other than time is missing.
    pub(crate) trouble: Option<String>,
    /// Endpoint's words for intents it refused for good, by key.
    pub(crate) refused: HashMap<String, String>,
    /// Whether the nonce that is next in line of some signer is not in flight.
    pub(crate) gap: bool,
    /// Signers whose next nonce was refused for good: new work takes it.
    pub(crate) freed: HashSet<Address>,
    /// The same as nonces, where the chain is known to be no further.
    pub(crate) empty: HashMap<Address, u64>,
    /// Keys of what was never taken and is held back behind such a nonce.
    pub(crate) held: HashSet<String>,
}

impl Flight {
    /// Whether an endpoint ever took one of its transactions.
    pub(crate) fn taken(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.state == AttemptState::Accepted)
    }

    /// The nonce of all its transactions.
    pub(crate) fn nonce(&self) -> u64 {
        self.attempts.first().map_or(0, |attempt| attempt.nonce)
    }
}

impl Inner {
    /// Hands transactions to the endpoint one after the other, in the order of their nonces. After one that was refused for
    /// good, those of its signer stay here, unsent: they would wait above an empty nonce.
    pub(crate) async fn hand_over(&self, outgoing: Vec<Outgoing>) -> Vec<Handed> {
        let mut handed: Vec<Handed> = Vec::with_capacity(outgoing.len());
        let mut stopped = HashSet::new();
        for out in outgoing {
            if stopped.contains(&out.intent.signer) {
                continue;
            }
            let sending = reads::send(&self.rpc, out.raw.clone(), out.hash);
            futures::pin_mut!(sending);
            let (answer, words) = match futures::poll!(&mut sending) {
                Poll::Ready(answer) => answer,
                Poll::Pending => {
                    crash::point("mid_send");
                    sending.await
                }
            };
            crash::point(if out.kind == Sending::Bump { "bump_after_send" } else { "after_send" });
            self.remember_send(out.hash, answer);
            let key = IntentKey::new(out.intent.key.clone());
            match out.kind {
                Sending::First => self.emit(OutboxEvent::Sent(key, out.hash)),
                Sending::Bump => self.emit(OutboxEvent::Bumped(key, out.hash)),
                Sending::Again => {}
            }
            let one = Handed { out, answer, words, endpoint: self.rpc.label().to_owned() };
            if one.may_leave_a_gap() {
                stopped.insert(one.out.intent.signer);
            }
            handed.push(one);
        }
        handed
    }

    /// Everything without a receipt.
    pub(crate) fn flights(&self) -> Result<Vec<Flight>, OutboxError> {
        let flights = self.ledger.read(|tx| {
            let pending = tx.pending()?.into_iter();
            pending
                .map(|intent| Ok(Flight { attempts: tx.attempts(intent.id, intent.generation)?, intent }))
                .collect::<Result<Vec<_>, _>>()
        })?;
        match flights.iter().find(|flight| flight.attempts.is_empty()) {
            Some(flight) => Err(OutboxError::Local(format!("the journal has no transaction of {}", flight.intent.key))),
            None => Ok(flights),
        }
    }

    /// One look at everything in flight, after `handed` was handed over.
    pub(crate) async fn look(&self, handed: Vec<Handed>) -> Result<Look, OutboxError> {
        let mut look = Look::default();
        let flights = self.flights()?;
        // the answers are written down even if the receipts cannot be read
        let receipts = self.receipts_of(&flights).await;
        let nothing = HashMap::new();
        self.record(handed, receipts.as_ref().unwrap_or(&nothing), &flights, &mut look).await?;
        let receipts = receipts?;
        let open: Vec<_> = flights.into_iter().filter(|flight| !receipts.contains_key(&flight.intent.id)).collect();
        let open: Vec<_> = open.into_iter().filter(|flight| !look.refused.contains_key(&flight.intent.key)).collect();
        if !open.is_empty() {
            self.push(open, &mut look).await?;
        }
        Ok(look)
    }

    /// Receipts by intent, of whichever of its transactions was mined.
    pub(crate) async fn receipts_of(
        &self,
        flights: &[Flight],
    ) -> Result<HashMap<i64, (AttemptRow, ReceiptRow)>, OutboxError> {
        let all: Vec<_> =
            flights.iter().flat_map(|f| f.attempts.iter().map(|attempt| (f.intent.id, attempt.clone()))).collect();
        let hashes: Vec<B256> = all.iter().map(|(_, attempt)| attempt.hash).collect();
        let receipts = reads::receipts(&self.rpc, &hashes).await?;
        let found = all.into_iter().zip(receipts);
        Ok(found.filter_map(|((id, attempt), receipt)| Some((id, (attempt, receipt?)))).collect())
    }

    /// Writes answers and receipts in one commit, and tells about them.
    async fn record(
        &self,
        handed: Vec<Handed>,
        receipts: &HashMap<i64, (AttemptRow, ReceiptRow)>,
        flights: &[Flight],
        look: &mut Look,
    ) -> Result<(), OutboxError> {
        if handed.is_empty() && receipts.is_empty() {
            return Ok(());
        }
        let found = |flight: &Flight| {
            let (attempt, receipt) = receipts.get(&flight.intent.id)?;
            Some((flight.intent.clone(), attempt.clone(), *receipt))
        };
        let found: Vec<_> = flights.iter().filter_map(found).collect();
        let (handed, recorded) = self
            .ledger
            .write(move |tx| {
                let recorded = record(tx, &handed, &found)?;
                if !recorded.mined.is_empty() {
                    crash::point("receipt_before_commit");
                }
                Ok::<_, OutboxError>((handed, recorded))
            })
            .await?;
        crash::point("after_record");
        let Recorded { mined, taken, refused } = recorded;
        look.refused.extend(refused);
        look.changed |= !mined.is_empty() || taken;
        // too low a fee is raised, or waits at the limit for as long as it takes; a used nonce is cleared up by receipts
        let in_trouble = |one: &&Handed| {
            use Answer::{NoFunds, NonceTooHigh, OverEndpointCap, PoolFull, Unknown};
            matches!(one.answer, NoFunds | NonceTooHigh | OverEndpointCap | PoolFull | Unknown)
        };
        if let Some(one) = handed.iter().find(in_trouble)
            && mined.is_empty()
        {
            look.trouble = Some(format!("{}: {}", one.out.intent.key, one.words));
        }
        for settled in mined {
            self.forget_send(settled.tx_hash);
            self.emit(OutboxEvent::Mined(settled));
        }
        Ok(())
    }

    /// Decides about each intent without a receipt, and does it.
    async fn push(&self, open: Vec<Flight>, look: &mut Look) -> Result<(), OutboxError> {
        let limits = self.limits();
        let policies = self.policies(&open, &limits).await?;
        let nonces = self.nonces_of(&open).await?;
        let market =
            if open.iter().any(|flight| self.may_raise(flight)) { reads::fees(&self.rpc).await.ok() } else { None };
        let gaps = self.gaps(&open, &nonces, look)?;
        let mut handed: Vec<Handed> = self.fill_gaps(look).await?;
        look.changed |= !handed.is_empty();
        let mut stopped = HashSet::new();
        for flight in open {
            let signer = flight.intent.signer;
            if stopped.contains(&signer) {
                continue;
            }
            if gaps.get(&signer).is_some_and(|gap| *gap < flight.nonce()) && !flight.taken() {
                look.held.insert(flight.intent.key.clone());
                continue;
            }
            let (latest_nonce, final_nonce) = nonces[&flight.intent.signer];
            let sight = Sight { has_receipt: false, latest_nonce, final_nonce, market };
            let Some((memory, newest)) = self.memory_of(&flight) else { continue };
            let (policy, wanted, by) = &policies[&flight.intent.id];
            let sent = match pending_step(&memory, &sight, policy) {
                Step::Mined | Step::Wait => continue,
                Step::AwaitFinality => {
                    look.awaiting_finality = true;
                    look.changed |= self.explain_once(&flight).await?;
                    continue;
                }
                Step::Displaced => {
                    self.displace(&flight, look).await?;
                    continue;
                }
                Step::Cancel(fees) => {
                    self.same_chain().await?;
                    match self.journal_cancel(&flight.intent, newest, fees).await? {
                        Ok(out) => out,
                        Err(error) => {
                            look.trouble = Some(format!("{} cannot be cancelled: {error}", flight.intent.key));
                            None
                        }
                    }
                }
                Step::CancelAtLimit => {
                    self.tell_limit(&flight.intent, &limits, *by, market.as_ref(), wanted).await?;
                    continue;
                }
                Step::Bump(fees) => {
                    self.same_chain().await?;
                    match self.journal_bump(&flight.intent, newest, fees).await? {
                        Ok(out) => out,
                        // what is out stays out, and is sent again in its time
                        Err(error) => {
                            look.trouble = Some(format!("fees of {} cannot be raised: {error}", flight.intent.key));
                            let due = memory.last_send.is_none_or(|(since, _)| since >= policy.resend_after);
                            if due { Some(self.again(&flight.intent, newest)?) } else { None }
                        }
                    }
                }
                Step::Resend { at_limit } => {
                    if at_limit {
                        self.tell_limit(&flight.intent, &limits, *by, market.as_ref(), wanted).await?;
                    }
                    Some(self.again(&flight.intent, newest)?)
                }
            };
            let answers = self.hand_over(sent.into_iter().collect()).await;
            if answers.iter().any(Handed::may_leave_a_gap) {
                stopped.insert(signer);
            }
            handed.extend(answers);
        }
        self.record(handed, &HashMap::new(), &[], look).await
    }

    fn may_raise(&self, flight: &Flight) -> bool {
        self.memory_of(flight).is_some_and(|(memory, _)| {
            memory.age >= self.config.bump_after
                || memory.cancel == Cancel::Wanted
                || matches!(memory.last_send, Some((_, Answer::Underpriced | Answer::ReplacementUnderpriced)))
        })
    }

    fn memory_of<'f>(&self, flight: &'f Flight) -> Option<(Pending, &'f AttemptRow)> {
        let newest = flight.attempts.last()?;
        let memory = Pending {
            nonce: flight.nonce(),
            tag: Tag::of_text(&flight.intent.key),
            cancel: Cancel::of(flight.intent.cancel, newest.kind),
            // one that was taken over may offer less than one before it
            offered: Fees {
                max_fee: flight.attempts.iter().map(|attempt| attempt.max_fee).max()?,
                tip: flight.attempts.iter().map(|attempt| attempt.tip).max()?,
            },
            age: self.ledger.age(newest.made_ms),
            last_send: self.last_send(newest.hash),
        };
        Some((memory, newest))
    }

    /// Latest nonce of each signer, and the final one where a nonce in flight is used.
    async fn nonces_of(&self, open: &[Flight]) -> Result<HashMap<Address, (u64, Option<u64>)>, OutboxError> {
        let mut nonces = HashMap::new();
        for flight in open {
            let signer = flight.intent.signer;
            let (latest, last) = match nonces.get(&signer) {
                Some(known) => *known,
                None => (reads::latest_nonce(&self.rpc, signer).await?, None),
            };
            let last = match last {
                None if latest > flight.nonce() => Some(self.rpc.nonce(signer, BlockId::finalized()).await?),
                known => known,
            };
            self.floor(signer, latest)?;
            nonces.insert(signer, (latest, last));
        }
        Ok(nonces)
    }

    /// What may be offered for each in flight, what that is reckoned from, and the limit that says so.
    async fn policies(
        &self,
        open: &[Flight],
        limits: &Limits,
    ) -> Result<HashMap<i64, (Policy, Wanted, By)>, OutboxError> {
        let day = match limits.policy.max_daily_cost {
            Some(_) => Some(signed_day(self.rpc.block(BlockNumberOrTag::Latest).await?.timestamp)),
            None => None,
        };
        let mut policies = HashMap::with_capacity(open.len());
        for flight in open {
            let row = &flight.intent;
            let spent = |day| self.ledger.read(|tx| tx.spent(row.signer, day, Some(row.id)));
            let spent = day.map(spent).transpose()?.unwrap_or_default();
            // what cancels is never more than what it cancels
            let wanted = Wanted { tag: Tag::of_text(&row.key), gas: row.gas, value: row.payload.value, spent };
            let (max_fee, by) = limits.most(&wanted);
            let (bump_after, resend_after) = (self.config.bump_after, self.config.poll);
            policies.insert(row.id, (Policy { bump_after, resend_after, max_fee }, wanted, by));
        }
        Ok(policies)
    }

    /// Tells, and writes down, that what is out would be raised if a limit left room.
    async fn tell_limit(
        &self,
        intent: &IntentRow,
        limits: &Limits,
        by: By,
        market: Option<&Market>,
        wanted: &Wanted,
    ) -> Result<(), OutboxError> {
        let asks = market.map_or_else(String::new, |market| format!("; {}", limits.words(by, market, wanted)));
        let words = format!("a higher offer would pass {}", by.words());
        self.waiting(format!("{} waits: {words}{asks}", intent.key));
        if intent.reason.as_deref() != Some(&words) {
            let id = intent.id;
            self.ledger.write(move |tx| Ok::<_, OutboxError>(tx.set_reason(id, Some(&words))?)).await?;
        }
        Ok(())
    }
}

/// What a commit of answers and receipts changed.
struct Recorded {
    mined: Vec<Settled>,
    taken: bool,
    refused: Vec<(String, String)>,
}

fn record(
    tx: &Tx<'_>,
    handed: &[Handed],
    found: &[(IntentRow, AttemptRow, ReceiptRow)],
) -> Result<Recorded, OutboxError> {
    let mut recorded = Recorded { mined: Vec::new(), taken: false, refused: Vec::new() };
    for one in handed {
        recorded.taken |= record_answer(tx, one)?;
    }
    for (intent, attempt, receipt) in found {
        recorded.mined.extend(record_receipt(tx, intent, attempt, receipt)?);
        recorded.taken |= attempt.kind == AttemptKind::Cancel;
    }
    for one in handed {
        if tx.intent_by_id(one.out.intent.id)?.state == IntentState::Refused {
            recorded.refused.push((one.out.intent.key.clone(), one.words.clone()));
        }
    }
    Ok(recorded)
}

/// Stores a receipt for an intent without one; what it says, if it is news. That it is cancelled is none before it is final.
pub(crate) fn record_receipt(
    tx: &Tx<'_>,
    intent: &IntentRow,
    attempt: &AttemptRow,
    receipt: &ReceiptRow,
) -> Result<Option<Settled>, OutboxError> {
    let row = tx.intent_by_id(intent.id)?;
    if row.generation != intent.generation || !row.state.may_become(IntentState::Mined) {
        return Ok(None);
    }
    tx.put_receipt(&row, attempt.id, receipt)?;
    tx.set_state(&row, IntentState::Mined)?;
    let how = match (attempt.kind, receipt.success) {
        (AttemptKind::Cancel, _) => "its cancelling transaction was mined",
        (AttemptKind::Call, true) => "mined",
        (AttemptKind::Call, false) => "mined and reverted",
    };
    tx.event(row.id, &format!("{how} in block {} ({})", receipt.block_number, receipt.block_hash))?;
    Ok((attempt.kind == AttemptKind::Call).then(|| settled(&row, attempt.hash, receipt, false)))
}

/// An intent with its receipt, as callers see it.
pub(crate) fn settled(row: &IntentRow, tx_hash: B256, receipt: &ReceiptRow, finalized: bool) -> Settled {
    Settled {
        key: IntentKey::new(row.key.clone()),
        tx_hash,
        block_number: receipt.block_number,
        block_hash: receipt.block_hash,
        gas_used: receipt.gas_used,
        gas_price: receipt.gas_price,
        created: receipt.created,
        success: receipt.success,
        finalized,
    }
}
