//! Intents in the journal: found, queued, reserved, moved.
//!
//! An intent that waits has no nonce. Reserving gives it one in the transaction that looks for it, and giving it back takes
//! it away; in between it is being signed, and nothing of that is on record. Where an earlier generation can take no effect
//! any more, the next one starts. State changes that [`IntentState::may_become`] forbids are errors.

use alloy::primitives::{Address, B256, U256};
use rusqlite::params;

use super::{
    IntentRow, IntentState, NewIntent, Tx,
    rows::{INTENT, Reservation, fixed, intent_state, read_intent, signed, unsigned},
    tx::{Result, bad},
};

/// As the index `intents_live` has it, word for word: only then SQLite uses it.
const LIVE: &str = "state IN ('queued', 'held', 'reserved', 'signed', 'sent', 'mined')";

impl Tx<'_> {
    pub(crate) fn intent(&self, key: &str) -> Result<Option<IntentRow>> {
        let found = self.find(&format!("SELECT {INTENT} FROM intents WHERE key = ?1"), [key], read_intent)?;
        match found {
            Some(row) if row.key != key => Err(bad(&format!("{} where its index has {key}", row.key))),
            found => Ok(found),
        }
    }

    pub(crate) fn intent_by_id(&self, id: i64) -> Result<IntentRow> {
        self.one(&format!("SELECT {INTENT} FROM intents WHERE id = ?1"), [id], read_intent)
    }

    /// Intents that are signed and without a receipt, in nonce order.
    pub(crate) fn pending(&self) -> Result<Vec<IntentRow>> {
        self.live("state IN ('signed', 'sent') ORDER BY signer, nonce")
    }

    /// Intents in a block that is not final yet, in nonce order.
    pub(crate) fn mined(&self) -> Result<Vec<IntentRow>> {
        self.live("state = 'mined' ORDER BY signer, nonce")
    }

    fn live(&self, which: &str) -> Result<Vec<IntentRow>> {
        self.all(&format!("SELECT {INTENT} FROM intents WHERE {LIVE} AND {which}"), [], read_intent)
    }

    /// Intents whose key starts with `prefix`, in the order they were first journaled.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Result<Vec<IntentRow>> {
        let sql = format!("SELECT {INTENT} FROM intents WHERE substr(key, 1, length(?1)) = ?1 ORDER BY id");
        self.all(&sql, [prefix], read_intent)
    }

    /// How many intents are in each state.
    pub(crate) fn counts(&self) -> Result<Vec<(IntentState, u64)>> {
        self.all("SELECT state, count(*) FROM intents GROUP BY state", [], |row| {
            Ok((intent_state(&row.get::<_, String>(0)?)?, unsigned(row.get(1)?)?))
        })
    }

    /// Intents of a signer that have a nonce and no receipt.
    pub(crate) fn in_flight(&self, signer: Address) -> Result<usize> {
        let sql = format!(
            "SELECT count(*) FROM intents WHERE {LIVE} AND state IN ('reserved', 'signed', 'sent') AND signer = ?1"
        );
        let count: i64 = self.one(&sql, [signer.as_slice()], |row| Ok(row.get(0)?))?;
        usize::try_from(count).map_err(|_| bad("a negative count"))
    }

    /// The newest block that a finalized intent is in.
    pub(crate) fn newest_final_block(&self) -> Result<Option<(u64, B256)>> {
        self.find(
            "SELECT r.block_number, r.block_hash FROM receipts r CROSS JOIN attempts a ON a.id = r.attempt
             CROSS JOIN intents i ON i.id = a.intent AND i.generation = a.generation
             WHERE i.state IN ('finalized', 'reverted') ORDER BY r.block_number DESC LIMIT 1",
            [],
            |row| Ok((unsigned(row.get(0)?)?, fixed(&row.get::<_, Vec<u8>>(1)?)?.into())),
        )
    }

    /// Journals an intent, or the next generation of one that may restart, without a nonce. One that waits already takes
    /// over what is new.
    pub(crate) fn queue(&self, new: &NewIntent) -> Result<IntentRow> {
        let (signer, payload) = (new.signer.as_slice(), &new.payload);
        let target = payload.target.as_ref().map(|address| address.as_slice());
        let (value, data_hash) = (payload.value.to_be_bytes::<32>(), payload.data_hash.as_slice());
        let (bytes, deadline) = (signed(payload.data_bytes)?, new.deadline.map(signed).transpose()?);
        let values = params![new.key, signer, target, value, data_hash, bytes, new.priority, deadline, self.now_ms(),];
        match self.intent(&new.key)? {
            None => {
                self.run(
                    "INSERT INTO intents (key, signer, target, value, data_hash, data_bytes, priority, deadline,
                     generation, state, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, 'queued', ?9, ?9)",
                    values,
                )?;
            }
            Some(old) if old.state.may_restart() => {
                let generation = if old.state.is_waiting() { "generation" } else { "generation + 1" };
                self.run(
                    &format!(
                        "UPDATE intents SET signer = ?2, target = ?3, value = ?4, data_hash = ?5, data_bytes = ?6,
                         priority = ?7, deadline = ?8, generation = {generation}, state = 'queued', nonce = NULL, gas = 0,
                         cancel = 0, reason = NULL, reason_ms = NULL, spend = zeroblob(32), spend_day = NULL,
                         updated_ms = ?9 WHERE key = ?1"
                    ),
                    values,
                )?;
            }
            Some(old) => return Err(bad(&format!("{} {} already", new.key, old.state.as_str()))),
        }
        self.intent(&new.key)?.ok_or_else(|| bad("no trace of a row just written"))
    }

    /// Gives an intent that waits its nonce and gas; its signed transaction follows in a later transaction, or it is given
    /// back.
    pub(crate) fn reserve(&self, intent: &IntentRow, what: &Reservation) -> Result<IntentRow> {
        let (nonce, gas) = (signed(what.nonce)?, signed(what.gas)?);
        self.charge(&self.movable(intent, IntentState::Reserved)?, what.spend, what.spend_day)?;
        self.set_state_with(
            intent,
            IntentState::Reserved,
            "nonce = ?4, gas = ?5, reason = NULL, reason_ms = NULL",
            &[&nonce, &gas],
        )?;
        self.raise_next(intent.signer, what.nonce)?;
        self.event(intent.id, &format!("reserved nonce {}", what.nonce))?;
        self.intent_by_id(intent.id)
    }

    /// Gives an intent that waits the nonce of a transaction that was found for it: it is sent already.
    pub(super) fn take_nonce(&self, intent: &IntentRow, nonce: u64, gas: u64) -> Result<()> {
        let (place, gas) = (signed(nonce)?, signed(gas)?);
        self.set_state_with(
            intent,
            IntentState::Sent,
            "nonce = ?4, gas = ?5, reason = NULL, reason_ms = NULL",
            &[&place, &gas],
        )?;
        self.raise_next(intent.signer, nonce)
    }

    /// Takes a reserved nonce back, with the reason: nothing was journaled or sent for it.
    pub(crate) fn give_back(&self, intent: &IntentRow, reason: &str) -> Result<()> {
        self.charge(&self.movable(intent, IntentState::Queued)?, U256::ZERO, None)?;
        self.set_state_with(intent, IntentState::Queued, "nonce = NULL, reason = ?4, reason_ms = ?3", &[&reason])?;
        self.event(intent.id, &format!("gave its nonce back: {reason}"))
    }

    /// Takes every reserved nonce back. Only for who knows that nobody is signing.
    pub(crate) fn give_back_all(&self, reason: &str) -> Result<()> {
        self.live("state = 'reserved'")?.iter().try_for_each(|intent| self.give_back(intent, reason))
    }

    /// Takes the reserved nonces of a signer back. Only for who knows that nobody is signing for it.
    pub(crate) fn give_back_of(&self, signer: Address, reason: &str) -> Result<()> {
        let reserved = self.live("state = 'reserved'")?;
        reserved.iter().filter(|intent| intent.signer == signer).try_for_each(|intent| self.give_back(intent, reason))
    }

    /// Moves an intent to another state.
    pub(crate) fn set_state(&self, intent: &IntentRow, next: IntentState) -> Result<()> {
        if matches!(next, IntentState::Displaced | IntentState::Refused) {
            self.charge(&self.movable(intent, next)?, U256::ZERO, None)?;
        }
        self.set_state_with(intent, next, "reason = NULL, reason_ms = NULL", &[])
    }

    /// As [`Tx::set_state`], writing down why.
    pub(crate) fn hold(&self, intent: &IntentRow, next: IntentState, reason: &str) -> Result<()> {
        self.set_state_with(intent, next, "reason = ?4, reason_ms = ?3", &[&reason])
    }

    /// Makes an intent final: with what it did cost.
    pub(crate) fn set_final(&self, intent: &IntentRow, next: IntentState, cost: U256) -> Result<()> {
        let stored = self.movable(intent, next)?;
        self.charge(&stored, cost, stored.spend_day)?;
        self.set_state(intent, next)
    }

    /// Writes down what the newest transaction of an intent may cost at most.
    pub(crate) fn set_spend(&self, intent: i64, spend: U256) -> Result<()> {
        let stored = self.intent_by_id(intent)?;
        self.charge(&stored, spend, stored.spend_day)
    }

    /// Changes the state and, in the same statement, what `also` says; its parameters start at `?4`, `?3` is the time.
    fn set_state_with(
        &self,
        intent: &IntentRow,
        next: IntentState,
        also: &str,
        more: &[&dyn rusqlite::ToSql],
    ) -> Result<()> {
        self.movable(intent, next)?;
        let (word, now) = (next.as_str(), self.now_ms());
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&intent.id, &word, &now];
        values.extend_from_slice(more);
        self.run(&format!("UPDATE intents SET state = ?2, {also}, updated_ms = ?3 WHERE id = ?1"), values.as_slice())?;
        Ok(())
    }

    /// The intent as it is stored, if it is still of that generation and may become `next`.
    fn movable(&self, intent: &IntentRow, next: IntentState) -> Result<IntentRow> {
        let current = self.intent_by_id(intent.id)?;
        if current.generation != intent.generation || !current.state.may_become(next) {
            return Err(bad(&format!(
                "{} as {} of generation {}: it cannot become {} of generation {}",
                current.key,
                current.state.as_str(),
                current.generation,
                next.as_str(),
                intent.generation
            )));
        }
        Ok(current)
    }
}
