//! What the outbox writes around a window of sends, for the benchmark that measures its cost. Compiled with the feature
//! `bench` alone: three commits a window, of the same rows that the outbox writes.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, U256};

use super::{AttemptKind, AttemptState, IntentState, Ledger, LedgerError, NewAttempt, NewIntent, Payload, Reservation};

/// A transaction that is signed already.
#[derive(Debug, Clone)]
pub struct Presigned {
    /// Name of its intent.
    pub key: String,
    /// Who signed it.
    pub signer: Address,
    /// Its nonce.
    pub nonce: u64,
    /// Its callee.
    pub target: Address,
    /// Hash of its calldata.
    pub data_hash: B256,
    /// Length of its calldata.
    pub data_bytes: u64,
    /// Gas limit.
    pub gas: u64,
    /// Most wei a gas.
    pub max_fee: u128,
    /// Its hash.
    pub hash: B256,
    /// Its bytes.
    pub raw: Bytes,
}

impl Ledger {
    /// Reserves the nonces of a window, in a commit, and journals its bytes, in another; the ids of what may be sent now.
    ///
    /// # Errors
    /// The journal.
    pub async fn bench_before(&self, window: Arc<[Presigned]>) -> Result<Vec<i64>, LedgerError> {
        let these = window.clone();
        let reserved = self
            .write(move |tx| {
                let mut reserved = Vec::with_capacity(these.len());
                for one in these.iter() {
                    let (value, deadline) = (U256::ZERO, None);
                    let payload = Payload {
                        target: Some(one.target),
                        value,
                        data_hash: one.data_hash,
                        data_bytes: one.data_bytes,
                    };
                    let wish = NewIntent { key: one.key.clone(), signer: one.signer, payload, priority: 0, deadline };
                    let row = tx.queue(&wish)?;
                    let nonce = tx.next_nonce(one.signer, one.nonce)?;
                    assert_eq!(nonce, one.nonce, "in the order of the nonces");
                    let spend = U256::from(one.gas) * U256::from(one.max_fee);
                    let what = Reservation { nonce, gas: one.gas, spend, spend_day: Some(1) };
                    reserved.push(tx.reserve(&row, &what)?);
                }
                Ok::<_, LedgerError>(reserved)
            })
            .await?;
        self.write(move |tx| {
            let mut attempts = Vec::with_capacity(window.len());
            for (row, one) in reserved.iter().zip(window.iter()) {
                attempts.push(tx.put_attempt(&NewAttempt {
                    intent: row.id,
                    generation: row.generation,
                    signer: row.signer,
                    nonce: one.nonce,
                    hash: one.hash,
                    max_fee: one.max_fee,
                    tip: 0,
                    raw: &one.raw,
                    kind: AttemptKind::Call,
                })?);
                tx.set_state(row, IntentState::Signed)?;
            }
            Ok(attempts)
        })
        .await
    }

    /// Writes down that an endpoint took a window, in one commit.
    ///
    /// # Errors
    /// The journal.
    pub async fn bench_after(&self, window: Arc<[Presigned]>, attempts: Vec<i64>) -> Result<(), LedgerError> {
        self.write(move |tx| {
            for (one, attempt) in window.iter().zip(&attempts) {
                let row = tx.intent(&one.key)?.ok_or(LedgerError::Closed)?;
                tx.put_answer(*attempt, "endpoint", "accepted", "")?;
                tx.set_attempt(*attempt, AttemptState::Accepted)?;
                tx.set_state(&row, IntentState::Sent)?;
                tx.event(row.id, "taken by endpoint")?;
            }
            Ok(())
        })
        .await
    }
}
