//! Cancelling: what is not to be done any more.
//!
//! What waits is cancelled at once. What is signed cannot be taken back; a transaction that does nothing is put in its place,
//! at the same nonce and with a legal raise over everything before it, and from then on it is raised and sent again as any
//! other. Which of them was mined decides, once that is final: it was done after all, or it is cancelled. Until then nobody
//! can tell, and the answer here says no more than that. A key that was cancelled and is handed over again starts anew.

use alloy::{
    consensus::TxEip1559,
    network::TransactionBuilder,
    primitives::{Bytes, TxKind, U64, U256},
    rpc::types::TransactionRequest,
};

use super::{
    Inner, Outbox,
    fees::Fees,
    intent::{IntentKey, OutboxError},
    journal::{Outgoing, Sending},
    policy::cost,
};
use crate::{
    crash,
    ledger::{AttemptKind, AttemptRow, IntentRow, IntentState},
    signer::SignerError,
};

/// Gas of a transaction that does nothing, on a chain without fees of its own.
const VOID_GAS: u64 = 21_000;

/// How far a cancellation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It was not signed, and will not be.
    Done,
    /// It is signed; what is mined decides. `finalize` waits for that.
    Requested,
    /// It is in a block already; only if that goes will it be cancelled.
    Mined,
    /// It had ended already, like this.
    Over(IntentState),
}

impl Outbox {
    /// Cancels an intent, as far as that is possible.
    ///
    /// # Errors
    /// A key that the journal does not know; the endpoint, the journal.
    pub async fn cancel(&self, key: &IntentKey) -> Result<Cancellation, OutboxError> {
        let inner = &*self.inner;
        let unknown = || OutboxError::Local(format!("the journal does not know {key}"));
        let row = inner.ledger.read(|tx| tx.intent(key.as_str()))?.ok_or_else(unknown)?;
        // nobody is signing for it while it is looked at
        let turn = inner.turn_of(row.signer).await;
        let text = key.as_str().to_owned();
        let done = inner
            .ledger
            .write(move |tx| {
                let Some(row) = tx.intent(&text)? else { return Ok(None) };
                let state = row.state;
                Ok::<_, OutboxError>(Some(match state {
                    IntentState::Reserved => {
                        tx.give_back(&row, "it is cancelled")?;
                        let row = tx.intent_by_id(row.id)?;
                        tx.hold(&row, IntentState::Cancelled, "cancelled before it was signed")?;
                        Cancellation::Done
                    }
                    _ if state.is_waiting() => {
                        tx.hold(&row, IntentState::Cancelled, "cancelled before it was signed")?;
                        tx.event(row.id, "cancelled before it was signed")?;
                        Cancellation::Done
                    }
                    IntentState::Signed | IntentState::Sent | IntentState::Mined => {
                        tx.want_cancelled(&row)?;
                        tx.event(row.id, "is to be cancelled")?;
                        if state == IntentState::Mined { Cancellation::Mined } else { Cancellation::Requested }
                    }
                    _ => Cancellation::Over(state),
                }))
            })
            .await?
            .ok_or_else(unknown)?;
        drop(turn);
        if done == Cancellation::Requested {
            inner.look(Vec::new()).await?;
        }
        Ok(done)
    }
}

impl Inner {
    /// Gas for a transaction of `intent`'s signer to itself that does nothing.
    pub(crate) async fn void_gas(&self, signer: alloy::primitives::Address) -> u64 {
        let request = TransactionRequest::default().with_from(signer).with_to(signer);
        // chains with fees of their own want more; one that does not tell wants the usual
        let estimate: Result<U64, _> = self.rpc.request("eth_estimateGas", (request, "latest")).await;
        estimate.map_or(VOID_GAS, |gas| gas.to::<u64>().clamp(VOID_GAS, self.rules.transaction_cap))
    }

    /// Signs and journals a transaction that does nothing in place of `newest`; `None` when another task was quicker, a
    /// receipt came, or nobody wants it cancelled any more. The inner error is the signer's: nothing has changed then.
    pub(crate) async fn journal_cancel(
        &self,
        intent: &IntentRow,
        newest: &AttemptRow,
        fees: Fees,
    ) -> Result<Result<Option<Outgoing>, SignerError>, OutboxError> {
        let body = TxEip1559 {
            chain_id: self.rpc.chain_id(),
            nonce: newest.nonce,
            gas_limit: self.void_gas(intent.signer).await,
            max_fee_per_gas: fees.max_fee,
            max_priority_fee_per_gas: fees.tip,
            to: TxKind::Call(intent.signer),
            value: U256::ZERO,
            access_list: Default::default(),
            input: Bytes::new(),
        };
        // the one before it may still be the one that costs
        let most = cost(body.gas_limit, fees.max_fee, U256::ZERO).max(intent.spend);
        let signed = match self.signers.sign(intent.signer, body).await {
            Ok(signed) => signed,
            Err(error) => return Ok(Err(error)),
        };
        let out = self.journal_next(intent, newest, fees, signed, AttemptKind::Cancel, most).await?;
        crash::point("cancel_after_journal");
        Ok(Ok(out.map(|out| Outgoing { kind: Sending::Bump, ..out })))
    }
}
