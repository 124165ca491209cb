//! The checklist: its items under their headings, the evidence folded behind each.
//!
//! What does not hold, or could not be looked up, is repeated above everything else and stands open. A check with very many
//! findings shows those that do not hold first, and says how many it does not show.

use std::fmt::Write;

use tminus_chain::evidence::{Finding, Verdict};

use super::super::data::{Check, ReportData, Tally};
use super::super::format::{self, Escaped, plural};
use super::super::plots::put;
use super::{close_section, open_section};

/// Most findings shown under one check.
const MOST: usize = 400;

/// Writes the section.
pub(super) fn write(out: &mut String, data: &ReportData) {
    let tally = Tally::of(&data.checks);
    let lead = format!(
        "{} on {}: {} hold, {} do not, {} could not be made. Each opens to what was expected, what was seen, and where.",
        plural(tally.all(), "check", "checks"),
        plural(tally.findings, "finding", "findings"),
        format::count(tally.holds as u64),
        format::count(tally.fails as u64),
        format::count(tally.unknown as u64),
    );
    open_section(out, "checklist", &lead);
    let mut open: Vec<&Check> = data.checks.iter().filter(|check| check.verdict() != Verdict::Holds).collect();
    open.sort_by_key(|check| rank(check.verdict()));
    if !open.is_empty() {
        out.push_str("<h3>To be settled</h3>");
        open.iter().for_each(|check| item(out, check));
    }
    let mut section = "";
    for check in data.checks.iter().filter(|check| check.verdict() == Verdict::Holds) {
        if check.section != section {
            section = &check.section;
            put!(out, "<h3>{}</h3>", Escaped(section));
        }
        item(out, check);
    }
    close_section(out);
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fails => 0,
        Verdict::Unknown => 1,
        Verdict::Holds => 2,
    }
}

/// Class and sign of a verdict.
pub(super) fn look(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Holds => ("holds", "✓"),
        Verdict::Fails => ("fails", "✗"),
        Verdict::Unknown => ("unknown", "?"),
    }
}

fn item(out: &mut String, check: &Check) {
    let verdict = check.verdict();
    let (class, sign) = look(verdict);
    let open = if verdict == Verdict::Holds { "" } else { " open=\"open\"" };
    let held = check.findings.iter().filter(|finding| finding.verdict == Verdict::Holds).count();
    let seen = match check.findings.as_slice() {
        [] => "nobody looked".to_owned(),
        [one] => Escaped(&one.observed).to_string(),
        many => format!("{} of {}", format::count(held as u64), format::count(many.len() as u64)),
    };
    put!(
        out,
        "<details class=\"check {class}\"{open}><summary><span class=\"sign\">{sign}</span><span>{}</span>\
         <span class=\"seen\">{seen}</span></summary><div class=\"evidence\"><p><code>{}</code> {}</p>",
        Escaped(&check.title),
        Escaped(&check.name),
        Escaped(&check.why)
    );
    if !check.findings.is_empty() {
        evidence(out, &check.findings);
    }
    out.push_str("</div></details>\n");
}

fn evidence(out: &mut String, findings: &[Finding]) {
    out.push_str(
        "<table class=\"dense\"><thead><tr><th></th><th>of</th><th>expected</th><th>observed</th><th>looked at</th></tr>\
         </thead><tbody>",
    );
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    if sorted.len() > MOST {
        sorted.sort_by_key(|finding| rank(finding.verdict));
    }
    for finding in sorted.iter().take(MOST) {
        let (class, sign) = look(finding.verdict);
        put!(
            out,
            "<tr><td class=\"sign {class}\">{sign}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            Escaped(&finding.subject),
            Escaped(&finding.expected),
            Escaped(&finding.observed),
            Escaped(&finding.source)
        );
    }
    out.push_str("</tbody></table>");
    if sorted.len() > MOST {
        put!(out, "<p>{} more, not shown here.</p>", format::count((sorted.len() - MOST) as u64));
    }
}
