//! What our accounts sent that this journal does not know: found, kept, explained, and taken over where it is of an intent.
//!
//! It happens when a ledger was lost or restored from an old backup, when one key works with two ledgers, and when a key is
//! used by hand. The rules:
//! - No nonce is given out on the word of a count alone. Where the chain's count of an account is above what was given out
//!   here, the transactions between are looked for; the count stands only once they are found.
//! - A journal that signed for the account before has to know them all. What the endpoint cannot tell, for want of older
//!   state, is a halt that says so.
//! - A journal that is new to the account looks at its newest 256 transactions, and at 256 more as long as the oldest 64 of
//!   them contain one of what is handed over. What lies deeper is not seen: for who paid with this key before that, and lost
//!   the ledger, and then did hundreds of other things with it, the older ledger is the only memory.
//! - A transaction with the payload and the mark of an intent, and its nonce where that is planned, is the intent's: its bytes
//!   join the others of the intent, and its receipt decides. One that reverted for good had no effect and is left alone.
//! - One that does what is in flight here at another nonce means that somebody else does the same work: ours is cancelled.

use std::{collections::HashMap, ops::Range};

use alloy::{
    consensus::{Transaction, TxEnvelope},
    eips::{BlockNumberOrTag, eip2718::Decodable2718},
    primitives::{Address, B256},
};

use super::{
    Inner,
    adopt::{Kinship, Likeness, Used, in_words, kinship, search, void},
    intent::{Intent, IntentKey, OutboxError, OutboxEvent},
    reads,
    watch::Flight,
};
use crate::{
    crash,
    ledger::{AttemptKind, ForeignRow, IntentState},
};

/// How many of an account's newest transactions a new journal looks at, at a time.
const FRESH: u64 = 256;
/// Among how many of the oldest seen one of ours means that there may be more of ours below.
const EDGE: u64 = 64;
/// How many strange transactions are told one by one.
const TOLD: usize = 8;

/// What came of looking for what is handed over.
#[derive(Debug, Default)]
pub(crate) struct Adopted {
    /// Taken over.
    pub(crate) taken: usize,
    /// Done by a transaction that cannot be taken over yet, because its nonce is still held here by another intent.
    pub(crate) blocked: Vec<(IntentKey, String)>,
}

impl Inner {
    /// Makes sure that every nonce of `signer` below the chain's count `latest` is known.
    pub(crate) async fn learn_new(&self, signer: Address, latest: u64) -> Result<(), OutboxError> {
        let known = self.proven(signer)?;
        if latest <= known {
            return Ok(());
        }
        let fresh = known == 0;
        let from = if fresh { latest.saturating_sub(FRESH) } else { known };
        self.learn(signer, from..latest, fresh).await?;
        self.memory().proven.insert(signer, latest);
        Ok(())
    }

    /// Up to where the use of an account's nonces is known.
    pub(crate) fn proven(&self, signer: Address) -> Result<u64, OutboxError> {
        let (own, found) = self.ledger.read(|tx| Ok((tx.own_next(signer)?, tx.foreign_range(signer)?)))?;
        let found = found.map_or(0, |(_, next)| next);
        Ok(own.max(found).max(self.memory().proven.get(&signer).copied().unwrap_or(0)))
    }

    /// Finds by which transactions `signer` used these nonces, keeps them and tells.
    async fn learn(&self, signer: Address, range: Range<u64>, fresh: bool) -> Result<(), OutboxError> {
        self.same_chain().await?;
        let top = self.rpc.block(BlockNumberOrTag::Latest).await?.number;
        let found = search(&self.rpc, signer, range.clone(), top).await?;
        if let Some((reached, words)) = found.ends_at.filter(|(reached, _)| *reached > range.start) {
            let unseen = format!(
                "{} cannot tell by which transactions {signer} used its nonces {} to {} ({words})",
                self.rpc.label(),
                range.start,
                reached.saturating_sub(1)
            );
            if !fresh {
                return Err(OutboxError::Halted(format!(
                    "{unseen}, and this journal, which is older than they are, does not know either; give an endpoint with \
                     older state, or the newest ledger"
                )));
            }
            self.emit(OutboxEvent::Warning(format!(
                "{unseen}; this journal is new: if another one paid with this key, use that one"
            )));
        }
        let count = found.used.len();
        if count > 0 {
            self.emit(OutboxEvent::Warning(format!(
                "{signer} has sent {count} transactions that this journal does not know; going on from nonce {}",
                range.end
            )));
        }
        for used in found.used.iter().rev().take(TOLD) {
            self.emit(OutboxEvent::Warning(in_words(used, signer)));
        }
        let rows = found.used.iter().filter_map(|used| row_of(signer, used)).collect();
        self.keep(signer, rows).await
    }

    /// Keeps what was found. What is in flight here and was done by one of them at another nonce is cancelled.
    async fn keep(&self, signer: Address, rows: Vec<ForeignRow>) -> Result<(), OutboxError> {
        let doubled = self
            .ledger
            .write(move |tx| {
                let pending: Vec<_> = tx.pending()?.into_iter().filter(|row| row.signer == signer).collect();
                let mut doubled = Vec::new();
                for found in &rows {
                    if tx.is_attempt(found.hash)? {
                        continue;
                    }
                    tx.put_foreign(found)?;
                    for row in &pending {
                        let like = Likeness { key: &row.key, payload: row.payload, nonce: None };
                        let same = kin(&like, found) == Kinship::Same;
                        if same && row.nonce != Some(found.nonce) && !row.cancel {
                            tx.want_cancelled(row)?;
                            tx.event(row.id, &format!("is to be cancelled: {} did it already", found.hash))?;
                            doubled.push((row.key.clone(), found.hash));
                        }
                    }
                }
                Ok::<_, OutboxError>(doubled)
            })
            .await?;
        self.memory().strangers += 1;
        for (key, hash) in doubled {
            self.emit(OutboxEvent::Warning(format!(
                "{key} was done by {hash}, which this journal did not sign: another program works with the same key on the \
                 same things; ours is cancelled. Stop one of the two"
            )));
        }
        Ok(())
    }

    /// How many times strange transactions were found.
    pub(crate) fn strangers_seen(&self) -> u64 {
        self.memory().strangers
    }

    /// Looks at who used the nonce of a flight that has no receipt, once. If it is the flight's own, by a journal that
    /// knew more, it takes that transaction over. Whether anything changed.
    pub(crate) async fn who_used(&self, flight: &Flight) -> Result<bool, OutboxError> {
        let (signer, nonce) = (flight.intent.signer, flight.nonce());
        let top = self.rpc.block(BlockNumberOrTag::Latest).await?.number;
        let found = search(&self.rpc, signer, nonce..nonce + 1, top).await?;
        let Some(used) = found.used.into_iter().next() else { return Ok(false) };
        let Some(row) = row_of(signer, &used).filter(|row| flight.attempts.iter().all(|own| own.hash != row.hash))
        else {
            return Ok(false);
        };
        let intent = &flight.intent;
        let like = Likeness { key: &intent.key, payload: intent.payload, nonce: Some(nonce) };
        let kind = match kin(&like, &row) {
            Kinship::Same => Some(AttemptKind::Call),
            Kinship::Cancels => Some(AttemptKind::Cancel),
            Kinship::None => None,
        };
        let known = self.ledger.read(|tx| tx.foreign_at(signer, nonce))?;
        if known.as_ref().is_none_or(|known| known.hash != row.hash) {
            self.keep(signer, vec![row.clone()]).await?;
            let whose = match kind {
                Some(_) => {
                    format!("; it is of {}, signed with a journal that knew more, and is taken over", intent.key)
                }
                None => format!("; {} wanted this nonce: is the same key used elsewhere?", intent.key),
            };
            self.emit(OutboxEvent::Warning(format!("{}{whose}", in_words(&used, signer))));
        }
        let (Some(kind), Some((gas, tip))) = (kind, offered(&row)) else { return Ok(false) };
        let (id, generation) = (intent.id, intent.generation);
        self.ledger
            .write(move |tx| {
                let current = tx.intent_by_id(id)?;
                let same =
                    current.generation == generation && current.state.is_pending() && !tx.is_attempt(row.hash)?;
                if same {
                    tx.adopt(&current, &row, gas, tip, kind)?;
                    crash::point("adopt_before_commit");
                }
                Ok::<_, OutboxError>(same)
            })
            .await
    }

    /// Takes over what was found of `intents`, which are journaled and not signed here.
    pub(crate) async fn adopt_handed<'i>(
        &self,
        intents: impl Iterator<Item = &'i Intent> + Clone,
    ) -> Result<Adopted, OutboxError> {
        loop {
            let mut found: HashMap<Address, Vec<ForeignRow>> = HashMap::new();
            self.ledger.read(|tx| {
                for signer in self.signers.addresses() {
                    let rows = tx.foreign(signer)?;
                    if !rows.is_empty() {
                        found.insert(signer, rows);
                    }
                }
                Ok(())
            })?;
            if found.is_empty() {
                return Ok(Adopted::default());
            }
            let mut pairs: Vec<(&Intent, ForeignRow)> = Vec::new();
            for intent in intents.clone() {
                let Some(rows) = found.get(&intent.from) else { continue };
                let (payload, key) = (intent.payload(), intent.key.as_str());
                let like = Likeness { key, payload, nonce: intent.expect_nonce };
                pairs.extend(
                    rows.iter().filter(|row| kin(&like, row) == Kinship::Same).map(|row| (intent, row.clone())),
                );
            }
            if let Some((signer, lowest)) = self.edge(&pairs)? {
                self.learn(signer, lowest.saturating_sub(FRESH)..lowest, true).await?;
                continue;
            }
            if pairs.is_empty() {
                return Ok(Adopted::default());
            }
            return self.take_over(pairs).await;
        }
    }

    /// The account, and its lowest nonce seen, where one of ours is so near that nonce that there may be more below.
    fn edge(&self, pairs: &[(&Intent, ForeignRow)]) -> Result<Option<(Address, u64)>, OutboxError> {
        for (_, row) in pairs {
            let range = self.ledger.read(|tx| tx.foreign_range(row.signer))?;
            let signed = self.ledger.read(|tx| tx.any_attempt(row.signer))?;
            if let Some((lowest, _)) = range.filter(|(lowest, _)| *lowest > 0 && !signed && row.nonce < lowest + EDGE) {
                return Ok(Some((row.signer, lowest)));
            }
        }
        Ok(None)
    }

    async fn take_over(&self, pairs: Vec<(&Intent, ForeignRow)>) -> Result<Adopted, OutboxError> {
        let hashes: Vec<B256> = pairs.iter().map(|(_, row)| row.hash).collect();
        let receipts = reads::receipts(&self.rpc, &hashes).await?;
        let finalized = reads::finalized(&self.rpc).await?;
        // the successful ones first; what reverted for good had no effect
        let mut candidates: Vec<_> = pairs
            .into_iter()
            .zip(receipts)
            .filter(|(_, receipt)| receipt.is_none_or(|receipt| receipt.success || receipt.block_number > finalized))
            .map(|((intent, row), receipt)| (intent.journaled(), row, receipt.is_some_and(|receipt| receipt.success)))
            .collect();
        candidates.sort_by_key(|(_, row, success)| (!success, row.nonce));
        let (adopted, told) = self
            .ledger
            .write(move |tx| {
                let (mut adopted, mut told) = (Adopted::default(), Vec::new());
                for (intent, row, _) in &candidates {
                    let current = tx.intent(&intent.key)?;
                    let done = current
                        .as_ref()
                        .is_some_and(|row| !row.state.may_restart() || row.state == IntentState::Cancelled);
                    let Some((gas, tip)) = offered(row).filter(|_| !done) else { continue };
                    if tx.is_attempt(row.hash)? {
                        continue;
                    }
                    let current = match current {
                        Some(current) if current.state.is_waiting() => current,
                        _ => tx.queue(intent)?,
                    };
                    if let Some(other) = tx.stands(row.signer, row.nonce, current.id)? {
                        let words = format!(
                            "{} did it with nonce {}, which {} holds here until that is final",
                            row.hash, row.nonce, other.key
                        );
                        tx.hold(&current, IntentState::Held, &words)?;
                        adopted.blocked.push((IntentKey::new(intent.key.clone()), words));
                        continue;
                    }
                    tx.adopt(&current, row, gas, tip, AttemptKind::Call)?;
                    adopted.taken += 1;
                    told.push((intent.key.clone(), row.hash, row.block_number));
                }
                crash::point("adopt_before_commit");
                Ok::<_, OutboxError>((adopted, told))
            })
            .await?;
        for (key, hash, block) in told {
            self.emit(OutboxEvent::Warning(format!(
                "{key} was done by {hash} in block {block}, signed with another ledger: it is taken over and not sent again"
            )));
        }
        Ok(adopted)
    }
}

/// A use of a nonce as it is kept; `None` for one without a transaction of the account.
fn row_of(signer: Address, used: &Used) -> Option<ForeignRow> {
    let found = used.by.as_ref()?;
    Some(ForeignRow {
        hash: found.hash,
        signer,
        nonce: used.nonce,
        target: found.payload.target,
        value: found.payload.value,
        data_hash: found.payload.data_hash,
        max_fee: found.max_fee,
        block_number: used.block_number,
        block_hash: used.block_hash,
        raw: found.raw.clone(),
        adopted: None,
    })
}

/// What a kept transaction is to an intent.
fn kin(like: &Likeness<'_>, row: &ForeignRow) -> Kinship {
    let mut payload = like.payload;
    if !row.does(&payload) {
        payload = void(row.signer);
        if !row.does(&payload) {
            return Kinship::None;
        }
    }
    kinship(like, row.signer, row.nonce, &payload, row.max_fee)
}

/// Gas and tip of a kept transaction, where it is one that can be taken over.
fn offered(row: &ForeignRow) -> Option<(u64, u128)> {
    let envelope = TxEnvelope::decode_2718_exact(row.raw.as_ref()?).ok()?;
    let tx = envelope.as_eip1559()?.tx();
    Some((tx.gas_limit(), tx.max_priority_fee_per_gas))
}
