//! Findings put to the items of a list. See the rules at the head of the crate.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use tminus_chain::evidence::{Finding, Verdict};

use crate::list::{Checklist, Item};

/// What became of an item, or of a whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was looked at and holds.
    Holds,
    /// It was looked at and does not hold.
    Fails,
    /// It was not looked at, or could not be.
    Inconclusive,
}

impl Outcome {
    /// The exit code that says so: 0 holds, 3 a check did not hold, 5 could not be checked.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::Fails => 3,
            Self::Inconclusive => 5,
        }
    }

    /// Of several: one failure fails all, one gap leaves all open, and of nothing nothing is known.
    fn of(outcomes: impl IntoIterator<Item = Self>) -> Self {
        outcomes
            .into_iter()
            .reduce(|all, next| match (all, next) {
                (Self::Fails, _) | (_, Self::Fails) => Self::Fails,
                (Self::Inconclusive, _) | (_, Self::Inconclusive) => Self::Inconclusive,
                (Self::Holds, Self::Holds) => Self::Holds,
            })
            .unwrap_or(Self::Inconclusive)
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::Holds,
            Verdict::Fails => Self::Fails,
            Verdict::Unknown => Self::Inconclusive,
        }
    }
}

/// An item with its findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticked {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// What became of it.
    pub outcome: Outcome,
    /// On what evidence.
    pub findings: Vec<Finding>,
}

/// A list that was gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Name of the list.
    pub name: String,
    /// Title of the list.
    pub title: String,
    /// What became of the whole.
    pub outcome: Outcome,
    /// Items that hold.
    pub held: usize,
    /// Items that failed.
    pub failed: usize,
    /// Items that are inconclusive.
    pub inconclusive: usize,
    /// Findings behind them.
    pub findings: usize,
    /// The items in the order of the list.
    pub items: Vec<Ticked>,
}

/// Findings that no item names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list {list} has no item for {}; add one for each", checks.join(", "))]
pub struct Unlisted {
    /// The list.
    pub list: String,
    /// The checks without an item.
    pub checks: Vec<String>,
}

/// Goes through a list with all findings there are.
///
/// # Errors
/// [`Unlisted`] when a finding has no item.
pub fn tick(list: &Checklist, findings: &[Finding]) -> Result<Report, Unlisted> {
    let mut by_check: HashMap<&str, Vec<Finding>> = HashMap::new();
    for finding in findings {
        by_check.entry(&finding.check).or_default().push(finding.clone());
    }
    let items: Vec<Ticked> = list
        .items
        .iter()
        .map(|item| {
            let findings = by_check.remove(item.check.as_str()).unwrap_or_default();
            let outcome = Outcome::of(findings.iter().map(|finding| finding.verdict.into()));
            Ticked { item: item.clone(), outcome, findings }
        })
        .collect();
    if !by_check.is_empty() {
        let checks: BTreeSet<String> = by_check.into_keys().map(str::to_owned).collect();
        return Err(Unlisted { list: list.name.clone(), checks: checks.into_iter().collect() });
    }
    let count = |outcome| items.iter().filter(|item| item.outcome == outcome).count();
    Ok(Report {
        name: list.name.clone(),
        title: list.title.clone(),
        outcome: Outcome::of(items.iter().map(|item| item.outcome)),
        held: count(Outcome::Holds),
        failed: count(Outcome::Fails),
        inconclusive: count(Outcome::Inconclusive),
        findings: findings.len(),
        items,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(checks: &[&str]) -> Checklist {
        let word = || "x".to_owned();
        let item =
            |check: &&str| Item { check: (*check).to_owned(), section: word(), title: word(), why: word(), when: None };
        Checklist { name: "n".to_owned(), title: word(), items: checks.iter().map(item).collect() }
    }

    fn finding(check: &str, verdict: Verdict) -> Finding {
        let observed = match verdict {
            Verdict::Holds => Ok(1),
            Verdict::Fails => Ok(2),
            Verdict::Unknown => Err("down"),
        };
        let finding = Finding::compare(check, "", "", &1, observed);
        assert_eq!(finding.verdict, verdict);
        finding
    }

    #[test]
    fn an_item_holds_only_if_it_was_looked_at_and_every_finding_holds() {
        use Verdict::{Fails, Holds, Unknown};
        let cases: [(&[Verdict], Outcome); 7] = [
            (&[], Outcome::Inconclusive),
            (&[Holds], Outcome::Holds),
            (&[Holds, Holds], Outcome::Holds),
            (&[Holds, Unknown], Outcome::Inconclusive),
            (&[Holds, Fails], Outcome::Fails),
            (&[Unknown, Fails, Holds], Outcome::Fails),
            (&[Fails, Unknown], Outcome::Fails),
        ];
        for (verdicts, outcome) in cases {
            let findings: Vec<_> = verdicts.iter().map(|verdict| finding("a", *verdict)).collect();
            let report = tick(&list(&["a"]), &findings).unwrap();
            assert_eq!(report.items[0].outcome, outcome, "{verdicts:?}");
            assert_eq!(report.outcome, outcome, "{verdicts:?}");
            assert_eq!(report.items[0].findings, findings);
        }
    }

    #[test]
    fn the_whole_is_as_good_as_its_worst_item() {
        let findings = [finding("a", Verdict::Holds), finding("b", Verdict::Fails), finding("d", Verdict::Holds)];
        let report = tick(&list(&["a", "b", "c", "d"]), &findings).unwrap();
        assert_eq!((report.held, report.failed, report.inconclusive, report.findings), (2, 1, 1, 3));
        assert_eq!((report.outcome, report.outcome.exit_code()), (Outcome::Fails, 3));
        let report = tick(&list(&["a", "c"]), &findings[..1]).unwrap();
        assert_eq!((report.outcome, report.outcome.exit_code()), (Outcome::Inconclusive, 5));
        let report = tick(&list(&["a"]), &findings[..1]).unwrap();
        assert_eq!((report.outcome, report.outcome.exit_code()), (Outcome::Holds, 0));
        assert_eq!(serde_json::to_value(&report).unwrap()["items"][0]["check"], "a");
    }

    #[test]
    fn a_finding_without_an_item_is_an_error() {
        let findings = [finding("a", Verdict::Holds), finding("z", Verdict::Holds), finding("b", Verdict::Fails)];
        let error = tick(&list(&["a"]), &findings).unwrap_err();
        assert_eq!(error.checks, ["b", "z"]);
        assert!(error.to_string().contains("b, z"), "{error}");
    }
}
