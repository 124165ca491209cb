//! Looking at everything that a run depends on, before it begins: endpoints, chain, keys, balances, disk, ledger, clock.
//!
//! Each function gives findings: what was expected, what was seen, where. A finding is `Holds` only when somebody looked, and
//! `Unknown` when nobody could. What was not asked about is not in the list at all, but said beside it. Every check has one
//! sentence on what to do when it does not hold (`cure`). Nothing is written, signed or sent.
//!
//! - `endpoint`: one endpoint alone; `ability`: what it can do; `agreement`: several compared
//! - `rules`: the fork and its limits
//! - `keys`: the account of a key, what it has, and keys that lie about
//! - `disk`, `ledger`, `clock`
//!
//! On a development chain time moves as it likes, so ages are not judged there.

mod ability;
mod agreement;
mod clock;
mod cure;
mod disk;
mod endpoint;
mod keys;
mod ledger;
mod rules;
#[cfg(test)]
mod tests;

pub use agreement::agree;
pub use clock::{clocks, date_of};
pub use cure::cure;
pub use disk::disk;
pub use endpoint::{Facts, endpoint, unreachable};
pub use keys::{account, balance, environment, loaded};
pub use ledger::{journal, waiting};
pub use rules::rules;

use crate::evidence::{Finding, Verdict};

/// A finding from a look that gave a value, and whether it is as it should be.
fn found<E: std::fmt::Display>(
    check: &str,
    subject: &str,
    source: impl Into<String>,
    expected: impl Into<String>,
    seen: Result<(bool, String), E>,
) -> Finding {
    let (verdict, observed) = match seen {
        Ok((true, words)) => (Verdict::Holds, words),
        Ok((false, words)) => (Verdict::Fails, words),
        Err(error) => (Verdict::Unknown, error.to_string()),
    };
    Finding {
        check: check.to_owned(),
        subject: subject.to_owned(),
        verdict,
        expected: expected.into(),
        observed,
        source: source.into(),
    }
}
