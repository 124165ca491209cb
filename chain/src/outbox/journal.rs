//! Reserve the nonce, sign, commit: the part that has to be over before a byte is sent.
//!
//! A window of intents is one commit each way. First all of it gets its nonces, gas and fees; then it is signed, with no
//! transaction open, for a signer may be a person with a button; then the bytes are committed, and only what that commit
//! returned is sent. While a signer's nonces are given out and signed, nobody else gives out any of that signer, so a nonce
//! that is still reserved when the turn comes belongs to nobody (its task was dropped) and goes back.
//!
//! What cannot be signed gives its nonce back, and so does everything after it of the same signer, which would wait above
//! an empty nonce; what was signed before it goes out.
//!
//! Replacements are signed first and journaled beside the old bytes, if nothing has changed meanwhile; all are watched.

use std::collections::{BTreeSet, HashMap, HashSet};

use alloy::{
    consensus::{TxEip1559, TxEnvelope},
    eips::eip2718::Decodable2718,
    primitives::{Address, B256, Bytes, U256},
};
use tokio::sync::OwnedMutexGuard;

use super::{
    Inner,
    check::Checked,
    classify::Answer,
    fees::Fees,
    intent::{IntentKey, OutboxError, Priority},
    policy::cost,
    reserve::{GivenOut, Held, Moment, Rules, give_out},
};
use crate::{
    crash,
    ledger::{AttemptKind, AttemptRow, AttemptState, IntentRow, IntentState, NewAttempt, Tx},
    signer::{Signed, SignerError},
};

/// A journaled transaction on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) intent: IntentRow,
    pub(crate) attempt: i64,
    pub(crate) hash: B256,
    pub(crate) raw: Bytes,
    pub(crate) kind: Sending,
}

/// Why bytes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    First,
    Bump,
    Again,
}

/// A transaction after it was handed to the endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) out: Outgoing,
    pub(crate) answer: Answer,
    pub(crate) words: String,
    /// Who answered, by its redacted label.
    pub(crate) endpoint: String,
}

/// A window after it was journaled.
#[derive(Debug)]
pub(crate) struct Journaled {
    /// How many of the window were dealt with; the others and those that another task journaled meanwhile are left for the
    /// next look.
    pub(crate) taken: usize,
    /// What is to be sent.
    pub(crate) outgoing: Vec<Outgoing>,
    /// What has to wait.
    pub(crate) held: Vec<Held>,
    /// What will not be sent, each with why.
    pub(crate) ended: Vec<(IntentKey, OutboxError)>,
    /// Why something was not signed.
    pub(crate) failure: Option<OutboxError>,
}

impl Handed {
    /// Whether this may leave its nonce empty, so that nothing above it should go out.
    pub(crate) fn may_leave_a_gap(&self) -> bool {
        self.answer == Answer::Invalid && self.out.kind != Sending::Bump
    }
}

impl Inner {
    /// Journals as many of `window` as there is room for, in order, and returns them with their bytes.
    pub(crate) async fn journal(
        &self,
        window: &[Checked],
        moment: Moment,
        others: HashMap<Address, Priority>,
    ) -> Result<Journaled, OutboxError> {
        let signers: BTreeSet<Address> = window.iter().map(|checked| checked.intent.from).collect();
        let mut floors = HashMap::new();
        for signer in &signers {
            floors.insert(*signer, self.floor(*signer, moment.latest.get(signer).copied().unwrap_or(0))?);
        }
        let mut turns = Vec::with_capacity(signers.len());
        for signer in signers {
            turns.push(self.turn_of(signer).await);
        }
        let (in_flight, chain_id) = (self.config.in_flight, self.rpc.chain_id());
        let rules = Rules { moment, floors, limits: self.limits(), in_flight, chain_id, others };
        let window = window.to_vec();
        crash::point("before_reserve");
        let given = self.ledger.write(move |tx| give_out(tx, &window, &rules)).await?;
        crash::point("after_reserve");
        let GivenOut { taken, reserved, held, ended } = given;
        let (mut signed, mut back, mut failure) = (Vec::new(), Vec::new(), None);
        let mut stopped = HashSet::new();
        for reserved in reserved {
            let signer = reserved.intent.signer;
            if stopped.contains(&signer) {
                back.push((reserved.intent, "one before it was not signed".to_owned()));
                continue;
            }
            match self.signers.sign(signer, reserved.body).await {
                Ok(bytes) => signed.push((reserved.intent, reserved.fees, bytes)),
                Err(error) => {
                    stopped.insert(signer);
                    back.push((reserved.intent, error.to_string()));
                    failure.get_or_insert(OutboxError::from(error));
                }
            }
            crash::point("after_sign");
        }
        let outgoing = if signed.is_empty() && back.is_empty() {
            Vec::new()
        } else {
            self.ledger.write(move |tx| commit(tx, signed, &back)).await?
        };
        crash::point("after_journal");
        for out in &outgoing {
            self.remember_send(out.hash, Answer::Unknown);
        }
        Ok(Journaled { taken, outgoing, held, ended, failure })
    }

    /// Waits until nobody else gives out nonces of `signer`.
    pub(super) async fn turn_of(&self, signer: Address) -> OwnedMutexGuard<()> {
        let turn =
            self.turns.lock().unwrap_or_else(std::sync::PoisonError::into_inner).entry(signer).or_default().clone();
        turn.lock_owned().await
    }

    /// Signs and journals a replacement of `newest` with higher fees; `None` when another task was quicker or a receipt
    /// came, and then the new bytes are forgotten. The inner error is the signer's: nothing has changed then.
    pub(crate) async fn journal_bump(
        &self,
        intent: &IntentRow,
        newest: &AttemptRow,
        fees: Fees,
    ) -> Result<Result<Option<Outgoing>, SignerError>, OutboxError> {
        let raw = self.ledger.read(|tx| tx.raw(newest.id))?;
        let mut body = decode(&raw, &intent.key)?;
        (body.max_fee_per_gas, body.max_priority_fee_per_gas) = (fees.max_fee, fees.tip);
        let most = cost(body.gas_limit, fees.max_fee, body.value);
        let signed = match self.signers.sign(intent.signer, body).await {
            Ok(signed) => signed,
            Err(error) => return Ok(Err(error)),
        };
        crash::point("bump_after_sign");
        let out = self.journal_next(intent, newest, fees, signed, newest.kind, most.max(intent.spend)).await?;
        crash::point("bump_after_journal");
        Ok(Ok(out))
    }

    /// Journals a signed replacement of `newest`, unless something has changed meanwhile.
    pub(super) async fn journal_next(
        &self,
        intent: &IntentRow,
        newest: &AttemptRow,
        fees: Fees,
        signed: Signed,
        kind: AttemptKind,
        most: U256,
    ) -> Result<Option<Outgoing>, OutboxError> {
        let (id, generation, newest) = (intent.id, intent.generation, newest.id);
        let out = self
            .ledger
            .write(move |tx| {
                let row = tx.intent_by_id(id)?;
                let attempts = tx.attempts(row.id, row.generation)?;
                let same = row.generation == generation && attempts.last().is_some_and(|last| last.id == newest);
                if !same || !row.state.is_pending() || (kind == AttemptKind::Cancel && !row.cancel) {
                    return Ok::<_, OutboxError>(None);
                }
                let attempt = put_attempt(tx, &row, fees, kind, &signed)?;
                tx.set_spend(row.id, most)?;
                let what = match kind {
                    AttemptKind::Call => "raised",
                    AttemptKind::Cancel => "a transaction that does nothing takes its place, offered",
                };
                tx.event(row.id, &format!("{what} to {} wei a gas, tip {}", fees.max_fee, fees.tip))?;
                if row.state != IntentState::Signed {
                    tx.set_state(&row, IntentState::Signed)?;
                }
                let row = tx.intent_by_id(row.id)?;
                Ok(Some(outgoing(row, attempt, signed, Sending::Bump)))
            })
            .await?;
        if let Some(out) = &out {
            self.remember_send(out.hash, Answer::Unknown);
        }
        Ok(out)
    }

    /// The newest bytes of an intent, to be sent again as they are.
    pub(crate) fn again(&self, intent: &IntentRow, newest: &AttemptRow) -> Result<Outgoing, OutboxError> {
        self.ledger.check_writable()?;
        let raw = self.ledger.read(|tx| tx.raw(newest.id))?;
        Ok(Outgoing { intent: intent.clone(), attempt: newest.id, hash: newest.hash, raw, kind: Sending::Again })
    }
}

/// Journals what was signed and takes back the nonces of what was not.
fn commit(
    tx: &Tx<'_>,
    signed: Vec<(IntentRow, Fees, Signed)>,
    back: &[(IntentRow, String)],
) -> Result<Vec<Outgoing>, OutboxError> {
    let mut out = Vec::with_capacity(signed.len());
    for (intent, fees, bytes) in signed {
        let attempt = put_attempt(tx, &intent, fees, AttemptKind::Call, &bytes)?;
        tx.set_state(&intent, IntentState::Signed)?;
        out.push(outgoing(tx.intent_by_id(intent.id)?, attempt, bytes, Sending::First));
    }
    for (intent, reason) in back {
        tx.give_back(intent, reason)?;
    }
    crash::point("before_journal");
    Ok(out)
}

fn outgoing(intent: IntentRow, attempt: i64, signed: Signed, kind: Sending) -> Outgoing {
    Outgoing { intent, attempt, hash: signed.hash, raw: signed.raw, kind }
}

/// Writes down what the endpoint answered, within a transaction; whether it took something it had not taken before.
pub(crate) fn record_answer(tx: &Tx<'_>, handed: &Handed) -> Result<bool, OutboxError> {
    let row = tx.intent_by_id(handed.out.intent.id)?;
    if row.generation != handed.out.intent.generation {
        return Ok(false);
    }
    tx.put_answer(handed.out.attempt, &handed.endpoint, handed.answer.as_str(), &handed.words)?;
    let attempts = tx.attempts(row.id, row.generation)?;
    // taken once, it may be mined whatever is said now
    let taken_before =
        attempts.iter().any(|attempt| attempt.id == handed.out.attempt && attempt.state == AttemptState::Accepted);
    match handed.answer {
        Answer::Accepted => {
            tx.set_attempt(handed.out.attempt, AttemptState::Accepted)?;
            if row.state == IntentState::Signed {
                tx.set_state(&row, IntentState::Sent)?;
                tx.event(row.id, &format!("taken by {}", handed.endpoint))?;
            }
            return Ok(!taken_before);
        }
        Answer::Invalid if !taken_before => {
            tx.set_attempt(handed.out.attempt, AttemptState::Refused)?;
            let others = attempts.iter().filter(|attempt| attempt.id != handed.out.attempt);
            if row.state == IntentState::Signed && others.clone().all(|other| other.state == AttemptState::Refused) {
                tx.set_state(&row, IntentState::Refused)?;
                tx.event(row.id, &format!("refused for good by {}: {}", handed.endpoint, handed.words))?;
            }
        }
        _ => {}
    }
    Ok(false)
}

fn put_attempt(
    tx: &Tx<'_>,
    row: &IntentRow,
    fees: Fees,
    kind: AttemptKind,
    signed: &Signed,
) -> Result<i64, OutboxError> {
    Ok(tx.put_attempt(&NewAttempt {
        intent: row.id,
        generation: row.generation,
        signer: row.signer,
        nonce: row.nonce()?,
        hash: signed.hash,
        max_fee: fees.max_fee,
        tip: fees.tip,
        raw: &signed.raw,
        kind,
    })?)
}

fn decode(raw: &Bytes, key: &str) -> Result<TxEip1559, OutboxError> {
    let damaged = || OutboxError::Local(format!("the journaled transaction of {key} does not decode"));
    let envelope = TxEnvelope::decode_2718_exact(raw).map_err(|_| damaged())?;
    Ok(envelope.as_eip1559().ok_or_else(damaged)?.tx().clone())
}

pub(crate) fn wrong_nonce(key: &IntentKey, expected: u64, found: u64, signer: Address) -> OutboxError {
    OutboxError::Local(format!(
        "{key} has to have nonce {expected} of {signer}, but it is {found}: the plan rests on another history of this \
         account; plan again"
    ))
}
