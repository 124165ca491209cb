//! What a signer spends in a day of the chain.
//!
//! Each intent counts with the most that its newest transaction may cost, from the commit that reserves its nonce on, and
//! with what it did cost once that is final; nothing once its nonce went back, was lost or was refused. The total of a day is
//! kept in the same transaction as what it is the sum of, so asking for it costs one row. An earlier generation's cost stays
//! in it when the next one starts. Sums are made here and checked: SQLite's sum of blobs is silently wrong.

use alloy::primitives::{Address, U256};
use rusqlite::params;

use super::{
    IntentRow, Tx,
    rows::fixed,
    tx::{Result, bad},
};

impl Tx<'_> {
    /// What a signer has spent, or may still have to, on a day of the chain; without one intent, if one is named.
    pub(crate) fn spent(&self, signer: Address, day: i64, but: Option<i64>) -> Result<U256> {
        let total = self.total(signer, day)?;
        let Some(but) = but.map(|id| self.intent_by_id(id)).transpose()? else { return Ok(total) };
        if (but.signer, but.spend_day) != (signer, Some(day)) {
            return Ok(total);
        }
        total.checked_sub(but.spend).ok_or_else(|| bad("a day's spending below its parts"))
    }

    fn total(&self, signer: Address, day: i64) -> Result<U256> {
        let sql = "SELECT total FROM spending WHERE signer = ?1 AND day = ?2";
        let total = self.find(sql, params![signer.as_slice(), day], |row| {
            Ok(U256::from_be_bytes(fixed::<32>(&row.get::<_, Vec<u8>>(0)?)?))
        })?;
        Ok(total.unwrap_or_default())
    }

    /// Counts an intent, as it is stored, with another amount and day from now on.
    pub(super) fn charge(&self, intent: &IntentRow, spend: U256, day: Option<i64>) -> Result<()> {
        if (intent.spend, intent.spend_day) == (spend, day) {
            return Ok(());
        }
        if let Some(before) = intent.spend_day {
            let rest = self.total(intent.signer, before)?.checked_sub(intent.spend);
            self.set_spent(intent.signer, before, rest.ok_or_else(|| bad("a day's spending below its parts"))?)?;
        }
        if let Some(day) = day {
            let total = self.total(intent.signer, day)?.checked_add(spend);
            self.set_spent(intent.signer, day, total.ok_or_else(|| bad("a day's spending past any amount"))?)?;
        }
        self.run(
            "UPDATE intents SET spend = ?2, spend_day = ?3, updated_ms = ?4 WHERE id = ?1",
            params![intent.id, spend.to_be_bytes::<32>(), day, self.now_ms()],
        )?;
        Ok(())
    }

    fn set_spent(&self, signer: Address, day: i64, total: U256) -> Result<()> {
        self.run(
            "INSERT INTO spending (signer, day, total) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET total = excluded.total",
            params![signer.as_slice(), day, total.to_be_bytes::<32>()],
        )?;
        Ok(())
    }
}
