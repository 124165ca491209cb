//! What is written for people: the endpoints' own words, and the history of an intent. Nothing decides by it.

use rusqlite::params;

use super::{Tx, tx::Result};

/// Most of an endpoint's words that is kept.
const WORDS: usize = 300;

impl Tx<'_> {
    /// Notes what an endpoint, by its redacted label, answered to a send; one row for each distinct answer.
    pub(crate) fn put_answer(&self, attempt: i64, endpoint: &str, class: &str, words: &str) -> Result<()> {
        let words: String = words.chars().take(WORDS).collect();
        self.run(
            "INSERT INTO answers (attempt, endpoint, class, words, first_ms, last_ms, times) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)
             ON CONFLICT DO UPDATE SET last_ms = excluded.last_ms, times = times + 1",
            params![attempt, endpoint, class, words, self.now_ms()],
        )?;
        Ok(())
    }

    /// Adds to the history of an intent.
    pub(crate) fn event(&self, intent: i64, what: &str) -> Result<()> {
        self.run("INSERT INTO events (ms, intent, what) VALUES (?1, ?2, ?3)", params![self.now_ms(), intent, what])?;
        Ok(())
    }
}
