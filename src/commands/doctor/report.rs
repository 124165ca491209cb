//! How an examination is told: a table with what to do beneath it, or one document.

use serde_json::{Value, json};
use tminus_chain::{
    doctor::cure,
    evidence::{Finding, Verdict},
};

use super::Examination;
use crate::{
    commands::{document, say},
    exit::{Failure, Status},
    narrative::{
        table::{Set, table},
        terminal::harmless,
    },
};

/// Tells everything and gives the status.
pub(super) fn conclude(examination: &Examination, as_json: bool) -> Result<Status, Failure> {
    let count = |verdict| examination.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (held, failed, unknown) = (count(Verdict::Holds), count(Verdict::Fails), count(Verdict::Unknown));
    let status = match (failed, unknown) {
        (0, 0) => Status::Done,
        (0, _) => Status::Inconclusive,
        _ => Status::Mismatch,
    };
    if as_json {
        let findings: Vec<Value> = examination.findings.iter().map(with_cure).collect();
        let counts = json!({ "held": held, "failed": failed, "unknown": unknown });
        document(status, json!({ "findings": findings, "counts": counts, "left_out": examination.left_out }));
        return Ok(status);
    }
    let rows: Vec<[String; 4]> = examination.findings.iter().map(row).collect();
    say(table(&[("", Set::Left), ("check", Set::Left), ("of", Set::Left), ("found", Set::Left)], &rows));
    for finding in examination.findings.iter().filter(|finding| finding.verdict != Verdict::Holds) {
        say(format_args!(
            "\n{} {} {}\n  expected {}, found {} ({})\n  {}",
            mark(finding.verdict),
            finding.check,
            harmless(&finding.subject),
            harmless(&finding.expected),
            harmless(&finding.observed),
            harmless(&finding.source),
            cure(&finding.check).unwrap_or_default()
        ));
    }
    for words in &examination.left_out {
        say(format_args!("\nnot looked at: {}", harmless(words)));
    }
    say(format_args!("\n{held} hold, {failed} do not, {unknown} could not be looked at"));
    Ok(status)
}

fn row(finding: &Finding) -> [String; 4] {
    [mark(finding.verdict).to_owned(), finding.check.clone(), finding.subject.clone(), finding.observed.clone()]
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "ok",
        Verdict::Fails => "FAIL",
        Verdict::Unknown => "????",
    }
}

/// The finding, and what to do where it does not hold.
fn with_cure(finding: &Finding) -> Value {
    let mut value = json!(finding);
    if finding.verdict != Verdict::Holds {
        value["cure"] = json!(cure(&finding.check));
    }
    value
}
