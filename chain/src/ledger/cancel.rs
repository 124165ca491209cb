//! What an operator wants of an intent, and what is told of it.

use rusqlite::params;

use super::{IntentRow, Tx, tx::Result};

impl Tx<'_> {
    /// Notes that an intent is to be cancelled.
    pub(crate) fn want_cancelled(&self, intent: &IntentRow) -> Result<()> {
        let sql = "UPDATE intents SET cancel = 1, updated_ms = ?2 WHERE id = ?1 AND cancel = 0";
        self.run(sql, params![intent.id, self.now_ms()])?;
        Ok(())
    }

    /// Whether what was mined for a generation is its cancelling transaction.
    pub(crate) fn mined_cancel(&self, intent: &IntentRow) -> Result<bool> {
        let sql = "SELECT 1 FROM attempts a CROSS JOIN receipts r ON r.attempt = a.id
                   WHERE a.intent = ?1 AND a.generation = ?2 AND a.kind = 'cancel'";
        Ok(intent.cancel && self.find(sql, params![intent.id, intent.generation], |_| Ok(()))?.is_some())
    }

    /// Writes down why something that is signed waits; `None` when it does not any more.
    pub(crate) fn set_reason(&self, intent: i64, reason: Option<&str>) -> Result<()> {
        let sql = "UPDATE intents SET reason = ?2, reason_ms = iif(?2 IS NULL, NULL, ?3) WHERE id = ?1";
        self.run(sql, params![intent, reason, self.now_ms()])?;
        Ok(())
    }
}
