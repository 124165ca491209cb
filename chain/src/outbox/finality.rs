//! From mined to final: the block is at or under `finalized`, and the hash at its height is still the one of the receipt.
//!
//! Where several endpoints are asked, a quorum of them has to show the same receipt, too.
//!
//! A block that is gone takes its receipt with it: the intent is looked for anew, and without a receipt it is pending again
//! and its stored bytes are sent again. What is final never changes in the journal; a chain that contradicts it is another
//! chain (a development chain that was reset), and everything stops.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use alloy::primitives::{B256, U256};
use tokio::time::Instant;

use super::{
    Inner,
    intent::{OutboxError, OutboxEvent, Settled},
    machine::{Effect, MinedStep, mined_step},
    reads,
    watch::{Flight, record_receipt, settled},
};
use crate::crash;
use crate::dev::DevError;
use crate::ledger::{AttemptRow, IntentRow, IntentState, LedgerError, ReceiptRow, Tx};

/// What a look at mined blocks found.
#[derive(Debug, Default)]
pub(crate) struct Finality {
    /// Whether the journal changed.
    pub(crate) changed: bool,
    /// Intents that are mined and not final.
    pub(crate) waiting: usize,
    /// Final reverts, new since the last look.
    pub(crate) reverted: Vec<Settled>,
}

/// For how long `finalized` has been where it is.
#[derive(Debug, Default)]
pub(crate) struct Standstill {
    since: Option<(u64, Instant)>,
}

impl Standstill {
    fn note(&mut self, finalized: u64) -> Duration {
        match self.since {
            Some((height, since)) if height == finalized => since.elapsed(),
            _ => {
                self.since = Some((finalized, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

/// An intent with its stored receipt.
type Mined = (IntentRow, B256, ReceiptRow);

/// What was mined for an intent.
fn effect(tx: &Tx<'_>, intent: &IntentRow, receipt: &ReceiptRow) -> Result<Effect, LedgerError> {
    Ok(match (tx.mined_cancel(intent)?, receipt.success) {
        (true, _) => Effect::Cancelled,
        (false, true) => Effect::Done,
        (false, false) => Effect::Reverted,
    })
}

impl Inner {
    /// Looks whether mined intents are final by now. Blocks above `finalized` are looked at only if `all` are wanted.
    pub(crate) async fn settle(&self, all: bool) -> Result<Finality, OutboxError> {
        let mined = self.ledger.read(|tx| {
            let mut mined: Vec<(Mined, Effect)> = Vec::new();
            for intent in tx.mined()? {
                let (hash, receipt) = tx.receipt(intent.id, intent.generation)?.ok_or_else(|| no_receipt(&intent))?;
                let effect = effect(tx, &intent, &receipt)?;
                mined.push(((intent, hash, receipt), effect));
            }
            Ok(mined)
        })?;
        if mined.is_empty() {
            return Ok(Finality::default());
        }
        let finalized = reads::finalized(&self.rpc).await?;
        let heights = mined.iter().map(|((_, _, receipt), _)| receipt.block_number);
        let there = self.hashes_at(heights.filter(|height| all || *height <= finalized)).await?;
        let mut finality = Finality { waiting: mined.len(), ..Finality::default() };
        let (mut done, mut gone) = (Vec::new(), Vec::new());
        for (one, effect) in mined {
            let (_, _, receipt) = &one;
            let hash_there = there.get(&receipt.block_number).copied().flatten();
            match mined_step((receipt.block_number, receipt.block_hash), effect, finalized, hash_there) {
                MinedStep::Wait => {}
                MinedStep::Finalize => done.push((one, IntentState::Finalized)),
                MinedStep::FinalCancel => done.push((one, IntentState::Cancelled)),
                MinedStep::FinalRevert => done.push((one, IntentState::Reverted)),
                MinedStep::LookAgain => gone.push(one),
            }
        }
        let (done, doubtful) = self.agreed(done).await?;
        gone.extend(doubtful);
        self.write_final(done, &mut finality).await?;
        if !gone.is_empty() {
            self.look_again(gone).await?;
            finality.changed = true;
        }
        Ok(finality)
    }

    /// Of what would be final, that on whose receipts a quorum of endpoints agrees; and the rest, which is looked for anew.
    /// One endpoint's word is enough to be taken for mined, never for good.
    ///
    /// # Errors
    /// Endpoints that contradict each other, or too few of them: nothing is final then.
    async fn agreed(
        &self,
        done: Vec<(Mined, IntentState)>,
    ) -> Result<(Vec<(Mined, IntentState)>, Vec<Mined>), OutboxError> {
        if done.is_empty() || self.rpc.quorum() < 2 {
            return Ok((done, Vec::new()));
        }
        let hashes: Vec<B256> = done.iter().map(|((_, hash, _), _)| *hash).collect();
        let agreed = reads::agreed_receipts(&self.rpc, &hashes).await?;
        let (mut sure, mut doubtful) = (Vec::new(), Vec::new());
        for ((mined, state), agreed) in done.into_iter().zip(agreed) {
            if agreed == Some(mined.2) {
                sure.push((mined, state));
            } else {
                doubtful.push(mined);
            }
        }
        Ok((sure, doubtful))
    }

    async fn write_final(&self, done: Vec<(Mined, IntentState)>, finality: &mut Finality) -> Result<(), OutboxError> {
        if done.is_empty() {
            return Ok(());
        }
        let (settled, reverted) = self.ledger.write(move |tx| make_final(tx, &done)).await?;
        finality.waiting -= settled;
        finality.changed |= settled > 0;
        finality.reverted.extend(reverted);
        Ok(())
    }

    /// The block of these is not where it was.
    async fn look_again(&self, gone: Vec<Mined>) -> Result<(), OutboxError> {
        let mut flights = Vec::with_capacity(gone.len());
        for (intent, _, _) in &gone {
            let attempts = self.ledger.read(|tx| tx.attempts(intent.id, intent.generation))?;
            flights.push(Flight { intent: intent.clone(), attempts });
        }
        let receipts = self.receipts_of(&flights).await?;
        let known = flights.clone();
        let changed = self.ledger.write(move |tx| move_or_drop(tx, &known, &gone, &receipts)).await?;
        for (intent, old, new) in changed {
            let now = match &new {
                Some(settled) => format!("is in block {} now", settled.block_number),
                None => "is in no block now and is sent again".to_owned(),
            };
            self.emit(OutboxEvent::Warning(format!(
                "block {} ({}) was reorganised away: {} {now}",
                old.block_number, old.block_hash, intent.key
            )));
            if let Some(settled) = new {
                self.emit(OutboxEvent::Mined(settled));
            }
        }
        for attempt in flights.iter().flat_map(|flight| &flight.attempts) {
            self.forget_send(attempt.hash);
        }
        Ok(())
    }

    /// Makes sure that what the journal calls final is final on this chain.
    pub(crate) async fn verify_final(&self, blocks: impl Iterator<Item = (u64, B256)>) -> Result<(), OutboxError> {
        let blocks: BTreeMap<u64, B256> = blocks.collect();
        let there = self.hashes_at(blocks.keys().copied()).await?;
        for (height, hash) in blocks {
            match there.get(&height).copied().flatten() {
                Some(found) if found == hash => {}
                Some(found) => {
                    return Err(OutboxError::Local(format!(
                        "the journal has final transactions in block {height} ({hash}), but the endpoint has {found} there: \
                         not the chain this journal was written on (a development chain that was reset?); move the journal \
                         aside or go back to its chain"
                    )));
                }
                None => {
                    return Err(OutboxError::Halted(format!(
                        "{} does not have block {height}, which was final before: it is behind, or another chain",
                        self.rpc.label()
                    )));
                }
            }
        }
        Ok(())
    }

    async fn hashes_at(&self, heights: impl Iterator<Item = u64>) -> Result<HashMap<u64, Option<B256>>, OutboxError> {
        let mut heights: Vec<u64> = heights.collect();
        heights.sort_unstable();
        heights.dedup();
        let hashes = reads::hashes_at(&self.rpc, &heights).await?;
        Ok(heights.into_iter().zip(hashes).collect())
    }

    /// Where finality is all that is missing: mines on a development chain; elsewhere tells when it stands still, and ends
    /// the waiting when it does so for too long. Whether it could mine.
    ///
    /// # Errors
    /// [`OutboxError::Halted`] after the patience for finality, counted from when `finalized` last moved.
    pub(crate) async fn further_finality(&self, standstill: &mut Standstill) -> Result<bool, OutboxError> {
        if self.advance_finality().await? {
            return Ok(true);
        }
        let finalized = reads::finalized(&self.rpc).await?;
        let stood = standstill.note(finalized);
        let reason =
            || format!("the finalized block stays at {finalized}; what was mined is not final before it moves");
        if stood >= self.config.finality_patience() {
            return Err(OutboxError::Halted(reason()));
        }
        if stood >= self.config.patience() {
            self.waiting(reason());
        }
        Ok(false)
    }

    /// On a development chain: mines what is missing for the latest block to become final. Whether it could.
    pub(crate) async fn advance_finality(&self) -> Result<bool, OutboxError> {
        let Some(dev) = &self.config.dev else { return Ok(false) };
        let latest = self.rpc.block(alloy::eips::BlockNumberOrTag::Latest).await?.number;
        let missing = latest.saturating_sub(reads::finalized(&self.rpc).await?);
        if missing == 0 {
            return Ok(false);
        }
        dev.mine(missing).await.map_err(|error| match error {
            DevError::Rpc(error) => OutboxError::Rpc(error),
            error => OutboxError::Halted(error.to_string()),
        })?;
        Ok(true)
    }
}

/// Makes final what is: how many, and which of them reverted.
fn make_final(tx: &Tx<'_>, done: &[(Mined, IntentState)]) -> Result<(usize, Vec<Settled>), OutboxError> {
    let (mut count, mut reverted) = (0, Vec::new());
    for ((intent, hash, receipt), state) in done {
        // another task may have done it, or seen the block go
        let stored = tx.receipt(intent.id, intent.generation)?;
        let current = tx.intent_by_id(intent.id)?;
        if current.state != IntentState::Mined || stored != Some((*hash, *receipt)) {
            continue;
        }
        let gas = U256::from(receipt.gas_used).saturating_mul(U256::from(receipt.gas_price));
        let value =
            if receipt.success && *state == IntentState::Finalized { current.payload.value } else { U256::ZERO };
        tx.set_final(&current, *state, gas.saturating_add(value))?;
        tx.event(current.id, &format!("{} for good in block {}", state.as_str(), receipt.block_number))?;
        count += 1;
        if *state == IntentState::Reverted {
            reverted.push(settled(&current, *hash, receipt, true));
        }
    }
    if count > 0 {
        crash::point("final_before_commit");
    }
    Ok((count, reverted))
}

/// Gives those whose block is gone the receipt they have now, or none; what changed, with the block that is gone.
fn move_or_drop(
    tx: &Tx<'_>,
    flights: &[Flight],
    gone: &[Mined],
    receipts: &HashMap<i64, (AttemptRow, ReceiptRow)>,
) -> Result<Vec<(IntentRow, ReceiptRow, Option<Settled>)>, OutboxError> {
    let mut changed = Vec::new();
    for (flight, (_, _, old)) in flights.iter().zip(gone) {
        let current = tx.intent_by_id(flight.intent.id)?;
        if current.state != IntentState::Mined || current.generation != flight.intent.generation {
            continue;
        }
        tx.event(current.id, &format!("block {} ({}) was reorganised away", old.block_number, old.block_hash))?;
        if let Some((attempt, receipt)) = receipts.get(&current.id) {
            changed.extend(record_receipt(tx, &current, attempt, receipt)?.map(|new| (current, *old, Some(new))));
        } else {
            tx.drop_receipt(&current)?;
            tx.set_state(&current, IntentState::Sent)?;
            changed.push((current, *old, None));
        }
    }
    crash::point("reorg_before_commit");
    Ok(changed)
}

pub(crate) fn no_receipt(intent: &IntentRow) -> LedgerError {
    LedgerError::BadRow(format!("{} as {} without a receipt", intent.key, intent.state.as_str()))
}
