//! The account of an injection when it is over: what the chain shows, held against what the ledger says.

use std::path::Path;

use alloy::primitives::{B256, keccak256};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::time::Instant;

use crate::{
    bench::{Bench, id_of},
    row::Outcome,
};

impl Bench {
    /// Effects of some keys on the canonical chain.
    #[must_use]
    pub fn effects(&self, keys: &[String]) -> u64 {
        keys.iter().map(|key| self.world.effects(id_of(key))).sum()
    }

    /// The account of it all: `wanted` are the keys that should have had their effect.
    ///
    /// # Errors
    /// What the witness saw, a ledger that cannot be read.
    pub fn account(&self, wanted: &[String], since: Instant) -> Result<Outcome, String> {
        self.account_in(&self.ledger(), wanted, since)
    }

    /// The same by another ledger.
    ///
    /// # Errors
    /// As [`Bench::account`].
    pub fn account_in(&self, ledger: &Path, wanted: &[String], since: Instant) -> Result<Outcome, String> {
        self.sum_up(ledger, wanted, None, since)
    }

    /// The same where one of the intents was cancelled on its way: it may have had its effect or not, but the ledger has to
    /// say which.
    ///
    /// # Errors
    /// As [`Bench::account`].
    pub fn account_without(&self, handed: &[String], unwanted: &str, since: Instant) -> Result<Outcome, String> {
        self.sum_up(&self.ledger(), handed, Some(unwanted), since)
    }

    fn sum_up(
        &self,
        ledger: &Path,
        handed: &[String],
        unwanted: Option<&str>,
        since: Instant,
    ) -> Result<Outcome, String> {
        if let Some(first) = self.world.violations().first() {
            return Err(first.clone());
        }
        let words = |error: rusqlite::Error| format!("the ledger: {error}");
        let journal = read_only(ledger).map_err(words)?;
        let mut outcome =
            Outcome { intents: handed.len() as u64, recovery: Some(since.elapsed()), ..Outcome::default() };
        for key in handed {
            let state = state_of(&journal, key).map_err(words)?;
            let cancelled = unwanted == Some(key.as_str()) && state.as_deref() == Some("cancelled");
            let (due, count) = (u64::from(!cancelled), self.world.effects(id_of(key)));
            outcome.wanted += due;
            outcome.seen += count;
            outcome.duplicates += count.saturating_sub(due);
            outcome.lost += due.saturating_sub(count);
            outcome.stuck += u64::from(!cancelled && state.as_deref() != Some("finalized"));
        }
        Ok(outcome)
    }
}

fn read_only(ledger: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Whether the ledger has committed the bytes of `hash`.
pub(crate) fn is_journaled(ledger: &Path, hash: B256) -> bool {
    let look = || -> rusqlite::Result<Option<Vec<u8>>> {
        let journal = read_only(ledger)?;
        let sql = "SELECT raw FROM attempts WHERE hash = ?1";
        journal.query_row(sql, [hash.as_slice()], |row| row.get(0)).optional()
    };
    look().is_ok_and(|raw| raw.is_some_and(|raw| keccak256(raw) == hash))
}

/// The state of an intent by the journal.
fn state_of(journal: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    journal.query_row("SELECT state FROM intents WHERE key = ?1", [key], |row| row.get(0)).optional()
}
