//! Reserve the nonce, sign, commit: the part that has to be over before a byte is sent.
//!
//! All of it happens in one transaction of the journal and without asking anybody, so it either happened with its bytes on
//! the disk or it did not happen. A window of intents is one commit. Replacements take the same road: the new bytes are
//! journaled beside the old ones, and all of them are watched.

use std::collections::HashMap;

use alloy::{
    consensus::{TxEip1559, TxEnvelope},
    eips::eip2718::Decodable2718,
    primitives::{Address, B256, Bytes, TxKind},
};

use super::{
    Inner,
    check::Checked,
    classify::Answer,
    fees::Fees,
    intent::{IntentKey, OutboxError},
};
use crate::ledger::{AttemptRow, AttemptState, IntentRow, IntentState, NewAttempt, NewIntent, Tx};

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
}

impl Handed {
    /// Whether this may leave its nonce empty, so that nothing above it should go out.
    pub(crate) fn may_leave_a_gap(&self) -> bool {
        self.answer == Answer::Invalid && self.out.kind != Sending::Bump
    }
}

impl Inner {
    /// Journals as many of `window` as there is room for, in order, and returns them with their bytes. The others, and those
    /// that another task journaled meanwhile, are left for the next look.
    pub(crate) fn journal(
        &self,
        window: &[Checked],
        latest: &HashMap<Address, u64>,
        fees: Fees,
    ) -> Result<(usize, Vec<Outgoing>), OutboxError> {
        let written = self.ledger.write(|tx| {
            let mut out = Vec::with_capacity(window.len());
            for (taken, checked) in window.iter().enumerate() {
                let signer = checked.intent.from;
                let floor = self.floor(signer, latest.get(&signer).copied().unwrap_or(0));
                // what fills a gap is what the others wait for
                if tx.in_flight(signer)? >= self.config.in_flight && tx.freed_nonce(signer, floor)?.is_none() {
                    return Ok((taken, out));
                }
                let known = tx.intent(checked.intent.key.as_str())?;
                if known.is_none_or(|row| row.state.may_restart()) {
                    out.push(self.write_first(tx, checked, latest, fees)?);
                }
            }
            Ok::<_, OutboxError>((window.len(), out))
        })?;
        for out in &written.1 {
            self.remember_send(out.hash, Answer::Unknown);
        }
        Ok(written)
    }

    fn write_first(
        &self,
        tx: &Tx<'_>,
        checked: &Checked,
        latest: &HashMap<Address, u64>,
        fees: Fees,
    ) -> Result<Outgoing, OutboxError> {
        let intent = &checked.intent;
        let floor = self.floor(intent.from, latest.get(&intent.from).copied().unwrap_or(0));
        let nonce = tx.next_nonce(intent.from, floor)?;
        if let Some(expected) = intent.expect_nonce
            && expected != nonce
        {
            return Err(wrong_nonce(&intent.key, expected, nonce, intent.from));
        }
        let mut fees = fees;
        let mut body = TxEip1559 {
            chain_id: self.rpc.chain_id(),
            nonce,
            gas_limit: checked.gas,
            max_fee_per_gas: fees.max_fee,
            max_priority_fee_per_gas: fees.tip,
            to: intent.to.map_or(TxKind::Create, TxKind::Call),
            value: intent.value,
            access_list: Default::default(),
            input: intent.data.clone(),
        };
        let mut signed = self.signers.sign(intent.from, body.clone())?;
        // refused before, with the same nonce and the same offer: a wei less makes it another transaction
        while tx.knows(signed.hash)? && fees.max_fee > 1 {
            fees.max_fee -= 1;
            fees.tip = fees.tip.min(fees.max_fee);
            (body.max_fee_per_gas, body.max_priority_fee_per_gas) = (fees.max_fee, fees.tip);
            signed = self.signers.sign(intent.from, body.clone())?;
        }
        let row = tx.put_intent(&NewIntent {
            key: intent.key.as_str(),
            signer: intent.from,
            payload: intent.payload(),
            gas: checked.gas,
            nonce,
        })?;
        let attempt = put_attempt(tx, &row, fees, signed.hash, &signed.raw)?;
        Ok(Outgoing { intent: row, attempt, hash: signed.hash, raw: signed.raw, kind: Sending::First })
    }

    /// Journals a replacement of `newest` with higher fees; `None` when another task was quicker or a receipt came.
    pub(crate) fn journal_bump(
        &self,
        intent: &IntentRow,
        newest: &AttemptRow,
        fees: Fees,
    ) -> Result<Option<Outgoing>, OutboxError> {
        let out = self.ledger.write(|tx| {
            let row = tx.intent_by_id(intent.id)?;
            let attempts = tx.attempts(row.id, row.generation)?;
            let same = row.generation == intent.generation && attempts.last().is_some_and(|last| last.id == newest.id);
            if !same || !row.state.is_pending() {
                return Ok(None);
            }
            let mut body = decode(&tx.raw(newest.id)?, &row.key)?;
            (body.max_fee_per_gas, body.max_priority_fee_per_gas) = (fees.max_fee, fees.tip);
            let signed = self.signers.sign(row.signer, body)?;
            let attempt = put_attempt(tx, &row, fees, signed.hash, &signed.raw)?;
            if row.state != IntentState::Signed {
                tx.set_state(&row, IntentState::Signed)?;
            }
            let row = tx.intent_by_id(row.id)?;
            Ok::<_, OutboxError>(Some(Outgoing {
                intent: row,
                attempt,
                hash: signed.hash,
                raw: signed.raw,
                kind: Sending::Bump,
            }))
        })?;
        if let Some(out) = &out {
            self.remember_send(out.hash, Answer::Unknown);
        }
        Ok(out)
    }

    /// The newest bytes of an intent, to be sent again as they are.
    pub(crate) fn again(&self, intent: &IntentRow, newest: &AttemptRow) -> Result<Outgoing, OutboxError> {
        let raw = self.ledger.read(|tx| tx.raw(newest.id))?;
        Ok(Outgoing { intent: intent.clone(), attempt: newest.id, hash: newest.hash, raw, kind: Sending::Again })
    }
}

/// Writes down what the endpoint answered, within a transaction; whether it took something it had not taken before.
pub(crate) fn record_answer(tx: &Tx<'_>, handed: &Handed) -> Result<bool, OutboxError> {
    let row = tx.intent_by_id(handed.out.intent.id)?;
    if row.generation != handed.out.intent.generation {
        return Ok(false);
    }
    let attempts = tx.attempts(row.id, row.generation)?;
    // taken once, it may be mined whatever is said now
    let taken_before =
        attempts.iter().any(|attempt| attempt.id == handed.out.attempt && attempt.state == AttemptState::Accepted);
    match handed.answer {
        Answer::Accepted => {
            tx.set_attempt(handed.out.attempt, AttemptState::Accepted)?;
            if row.state == IntentState::Signed {
                tx.set_state(&row, IntentState::Sent)?;
            }
            return Ok(!taken_before);
        }
        Answer::Invalid if !taken_before => {
            tx.set_attempt(handed.out.attempt, AttemptState::Refused)?;
            let others = attempts.iter().filter(|attempt| attempt.id != handed.out.attempt);
            if row.state == IntentState::Signed && others.clone().all(|other| other.state == AttemptState::Refused) {
                tx.set_state(&row, IntentState::Refused)?;
            }
        }
        _ => {}
    }
    Ok(false)
}

fn put_attempt(tx: &Tx<'_>, row: &IntentRow, fees: Fees, hash: B256, raw: &[u8]) -> Result<i64, OutboxError> {
    Ok(tx.put_attempt(&NewAttempt {
        intent: row.id,
        generation: row.generation,
        signer: row.signer,
        nonce: row.nonce,
        hash,
        max_fee: fees.max_fee,
        tip: fees.tip,
        raw,
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
