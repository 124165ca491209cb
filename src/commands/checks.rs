//! Ticking a checklist with findings, and printing it.

use serde_json::{Value, json};
use tminus_chain::evidence::{Finding, Verdict};
use tminus_checklists::{Checklist, GENESIS, Outcome, Report, tick};

use super::{document, say};
use crate::exit::{Failure, Status};

/// The checklist of a genesis.
pub(crate) fn genesis() -> Result<Checklist, Failure> {
    Checklist::parse("genesis.toml", GENESIS).map_err(Failure::failed)
}

/// The exit status that an outcome stands for.
pub(crate) fn status(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Holds => Status::Done,
        Outcome::Fails => Status::Mismatch,
        Outcome::Inconclusive => Status::Inconclusive,
    }
}

/// Ticks the list, prints the items with the evidence of those that do not hold, and gives the status.
pub(crate) fn conclude(
    list: &Checklist,
    findings: &[Finding],
    as_json: bool,
    mut body: Value,
) -> Result<Status, Failure> {
    let report = tick(list, findings).map_err(Failure::failed)?;
    let status = status(report.outcome);
    if as_json {
        body["checks"] = json!(report);
        document(status, body);
    } else {
        for line in lines(&report) {
            say(line);
        }
    }
    Ok(status)
}

/// A line an item, the evidence beneath those that do not hold, and the counts.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for ticked in &report.items {
        let mark = match ticked.outcome {
            Outcome::Holds => "ok  ",
            Outcome::Fails => "FAIL",
            Outcome::Inconclusive => "????",
        };
        lines.push(format!("{mark} {} ({})", ticked.item.title, ticked.findings.len()));
        for finding in ticked.findings.iter().filter(|finding| finding.verdict != Verdict::Holds) {
            lines.push(format!(
                "     {} {}: expected {}, observed {} ({})",
                finding.check, finding.subject, finding.expected, finding.observed, finding.source
            ));
        }
    }
    lines.push(format!(
        "{} items hold, {} do not, {} could not be checked; {} findings",
        report.held, report.failed, report.inconclusive, report.findings
    ));
    lines
}
