//! `tminus distro status | audit`: what the chain shows of a distribution. Nothing is sent.

use serde_json::json;
use tminus_chain::{evidence::Verdict, units::format_amount};
use tminus_distro::{
    audit::{AuditOptions, audit},
    status::status,
};

use super::Of;
use crate::{
    commands::{connect::Endpoint, finish},
    exit::{Failure, Status},
    narrative::table::{Set, table},
};

/// `distro status`.
pub(super) async fn show(of: &Of, endpoint: &Endpoint, as_json: bool) -> Result<Status, Failure> {
    let committed = of.open()?;
    let status = status(&of.distributor(endpoint).await?, &committed).await.map_err(Failure::inconclusive)?;
    let amount = |value| format_amount(value, committed.facts.decimals);
    let row = |name: &str, value: String| [name.to_owned(), value];
    let rows = [
        row("recipients done", format!("{} of {}", status.recipients_done, committed.facts.recipients)),
        row("chunks done", format!("{} of {}", status.latest.done_chunks, status.chunks)),
        row("chunks final", format!("{} of {}", status.finalized.done_chunks, status.chunks)),
        row("paid", amount(status.latest.paid)),
        row("reserved", amount(status.latest.reserved)),
        row("remaining", amount(status.latest.remaining)),
        row("balance", amount(status.latest.balance)),
        row(
            "differences",
            if status.differences.is_empty() { "none".to_owned() } else { status.differences.join("; ") },
        ),
    ];
    let verdict = if status.differences.is_empty() { Status::Done } else { Status::Mismatch };
    let words = table(&[("", Set::Left), ("", Set::Right)], &rows);
    finish(as_json, verdict, json!({ "distribution": status }), words)
}

/// `distro audit`, between two blocks where they are given.
pub(super) async fn compare(
    of: &Of,
    endpoint: &Endpoint,
    (before, at): (Option<u64>, Option<u64>),
    as_json: bool,
) -> Result<Status, Failure> {
    let committed = of.open()?;
    let report = audit(&of.distributor(endpoint).await?, &committed, AuditOptions { before, at }).await;
    let status = match report.verdict() {
        Verdict::Holds => Status::Done,
        Verdict::Fails => Status::Mismatch,
        Verdict::Unknown => Status::Inconclusive,
    };
    let mut words: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let verdict = format!("{:?}", finding.verdict).to_lowercase();
            format!("{verdict:<8} {}: expected {}, observed {}", finding.check, finding.expected, finding.observed)
        })
        .collect();
    words.extend(report.mismatches.iter().map(|wrong| {
        format!("         {}: listed {}, had {}, has {}", wrong.recipient, wrong.expected, wrong.before, wrong.after)
    }));
    finish(as_json, status, json!({ "audit": report }), words.join("\n"))
}
