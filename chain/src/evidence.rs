//! How a check reports: what it is called, what was expected, what was seen and where it looked.
//!
//! A finding that could not be looked up is `Unknown`, never `Holds`: a check that says ok must have looked.

use serde::Serialize;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Looked, and it is as expected.
    Holds,
    /// Looked, and it is otherwise.
    Fails,
    /// Could not look.
    Unknown,
}

/// One check with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name of the check, such as `genesis.token.owner`; several findings may share one (one a grant).
    pub check: String,
    /// What was looked at, such as `team grant of 0x…`; empty when the name says it all.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What the profile or list says.
    pub expected: String,
    /// What the chain says, or why it could not be asked.
    pub observed: String,
    /// Where it looked: the call and the block.
    pub source: String,
}

impl Finding {
    /// Compares what was expected with what was read; an error while reading makes it `Unknown`.
    pub fn compare<T: PartialEq + ToString, E: std::fmt::Display>(
        check: impl Into<String>,
        subject: impl Into<String>,
        source: impl Into<String>,
        expected: &T,
        observed: Result<T, E>,
    ) -> Self {
        let (verdict, observed) = match observed {
            Ok(value) if value == *expected => (Verdict::Holds, value.to_string()),
            Ok(value) => (Verdict::Fails, value.to_string()),
            Err(error) => (Verdict::Unknown, error.to_string()),
        };
        Self {
            check: check.into(),
            subject: subject.into(),
            verdict,
            expected: expected.to_string(),
            observed,
            source: source.into(),
        }
    }
}
