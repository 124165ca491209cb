//! The checklist as data: items with their evidence, and the rules by which verdicts add up.
//!
//! A verdict is never better than the evidence: nothing found means that nobody looked, and that is not a yes.

use serde::Serialize;
use tminus_chain::evidence::{Finding, Verdict};

/// An item of the checklist with what was found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Check {
    /// The stable name that its findings carry, such as `genesis.token.owner`.
    pub(crate) name: String,
    /// The heading it stands under; items of one heading follow each other.
    pub(crate) section: String,
    /// What has to hold, in words.
    pub(crate) title: String,
    /// Why it matters.
    pub(crate) why: String,
    /// The evidence; nothing here means that nobody looked.
    pub(crate) findings: Vec<Finding>,
}

impl Check {
    /// What its findings allow to say.
    pub(crate) fn verdict(&self) -> Verdict {
        worst(self.findings.iter().map(|finding| finding.verdict))
    }
}

/// Of several verdicts: one failure fails all, one unknown leaves all unknown, and of nothing nothing is known.
pub(crate) fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let both = |all, next| match (all, next) {
        (Verdict::Fails, _) | (_, Verdict::Fails) => Verdict::Fails,
        (Verdict::Holds, Verdict::Holds) => Verdict::Holds,
        _ => Verdict::Unknown,
    };
    verdicts.into_iter().reduce(both).unwrap_or(Verdict::Unknown)
}

/// How many checks came to each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// That hold.
    pub(crate) holds: usize,
    /// That do not.
    pub(crate) fails: usize,
    /// That could not be looked up.
    pub(crate) unknown: usize,
    /// Findings behind all of them.
    pub(crate) findings: usize,
}

impl Tally {
    /// Counts.
    pub(crate) fn of(checks: &[Check]) -> Self {
        let mut tally = Self::default();
        for check in checks {
            tally.findings += check.findings.len();
            *match check.verdict() {
                Verdict::Holds => &mut tally.holds,
                Verdict::Fails => &mut tally.fails,
                Verdict::Unknown => &mut tally.unknown,
            } += 1;
        }
        tally
    }

    /// All checks.
    pub(crate) fn all(&self) -> usize {
        self.holds + self.fails + self.unknown
    }
}
