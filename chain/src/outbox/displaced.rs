//! A nonce of ours that somebody else's transaction used: recognised, explained, and given up when that is final.

use alloy::eips::BlockId;

use super::{
    Inner,
    intent::{OutboxError, OutboxEvent},
    reads,
    watch::{Flight, Look},
};
use crate::ledger::IntentState;

impl Inner {
    /// Looks at who used a nonce, unless that was done before. Whether anything changed.
    pub(super) async fn explain_once(&self, flight: &Flight) -> Result<bool, OutboxError> {
        let nonce = (flight.intent.signer, flight.nonce());
        if !self.memory().explained.insert(nonce) {
            return Ok(false);
        }
        match self.who_used(flight).await {
            // asked again at the next look
            Err(OutboxError::Rpc(_)) => {
                self.memory().explained.remove(&nonce);
                Ok(false)
            }
            answer => answer,
        }
    }

    /// Gives up a nonce that a stranger's transaction used for good. That there is no receipt of ours proves nothing, an
    /// endpoint may be behind with its index: the block in which the nonce was used has to be found, without any of ours.
    pub(super) async fn displace(&self, flight: &Flight, look: &mut Look) -> Result<(), OutboxError> {
        let (intent, nonce) = (&flight.intent, flight.nonce());
        self.same_chain().await?;
        let finalized = reads::finalized(&self.rpc).await?;
        if self.rpc.nonce(intent.signer, BlockId::number(finalized)).await? <= nonce {
            return Ok(());
        }
        let (height, theirs) = match reads::block_using(&self.rpc, intent.signer, nonce, finalized).await {
            Ok(found) => found,
            Err(error) => {
                look.trouble = Some(format!(
                    "nonce {nonce} of {} is used for good, and the endpoint cannot tell by which transaction ({error}); an \
                     endpoint with older state can",
                    intent.signer
                ));
                return Ok(());
            }
        };
        if flight.attempts.iter().any(|attempt| theirs.contains(&attempt.hash)) {
            look.trouble =
                Some(format!("{} is in block {height}, but the endpoint has no receipt of it yet", intent.key));
            return Ok(());
        }
        if self.who_used(flight).await? {
            look.changed = true;
            return Ok(());
        }
        let (id, generation, known) = (intent.id, intent.generation, flight.attempts.len());
        let done = self
            .ledger
            .write(move |tx| {
                let row = tx.intent_by_id(id)?;
                // a replacement journaled meanwhile was not looked for
                let same = row.generation == generation
                    && row.state.is_pending()
                    && tx.attempts(row.id, row.generation)?.len() == known;
                if same {
                    tx.set_state(&row, IntentState::Displaced)?;
                    tx.event(row.id, &format!("lost nonce {nonce} to a stranger's transaction in block {height}"))?;
                }
                Ok::<_, OutboxError>(same)
            })
            .await?;
        look.changed |= done;
        if done {
            self.emit(OutboxEvent::Warning(format!(
                "nonce {nonce} of {} was used in block {height} by a transaction this journal does not know, for good; {} \
                 needs another one",
                intent.signer, intent.key
            )));
        }
        Ok(())
    }
}
