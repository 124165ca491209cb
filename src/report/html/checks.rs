//! The checklist: findings under the name of their check, the worst first, the evidence folded behind each.
//!
//! A check that does not hold stands open. A check with very many findings shows all that do not hold before any that do,
//! and says how many it does not show.

use std::fmt::Write;

use tminus_chain::evidence::{Finding, Verdict};

use super::super::data::ReportData;
use super::super::format::{self, Escaped};
use super::super::plots::put;
use super::{close_section, open_section, plural};

/// Most findings shown under one check.
const MOST: usize = 400;

/// Writes the section.
pub(super) fn write(out: &mut String, data: &ReportData) {
    let of = |verdict| data.checks.iter().filter(|finding| finding.verdict == verdict).count() as u64;
    let groups = groups(&data.checks);
    let lead = format!(
        "{}, {}: {} hold, {} do not, {} could not be looked up. A line opens to what was expected, what was seen, and where.",
        plural(groups.len(), "check", "checks"),
        plural(data.checks.len(), "finding", "findings"),
        format::count(of(Verdict::Holds)),
        format::count(of(Verdict::Fails)),
        format::count(of(Verdict::Unknown)),
    );
    open_section(out, "checklist", &lead);
    for group in groups {
        write_group(out, &group);
    }
    close_section(out);
}

/// The findings of one check.
struct Group<'a> {
    name: &'a str,
    verdict: Verdict,
    findings: Vec<&'a Finding>,
}

fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for finding in findings {
        let place = *places.entry(finding.check.as_str()).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { name: &finding.check, verdict: Verdict::Holds, findings: Vec::new() });
        }
        let group = &mut groups[place];
        if rank(finding.verdict) < rank(group.verdict) {
            group.verdict = finding.verdict;
        }
        group.findings.push(finding);
    }
    groups.sort_by_key(|group| rank(group.verdict));
    groups
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fails => 0,
        Verdict::Unknown => 1,
        Verdict::Holds => 2,
    }
}

fn look(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Holds => ("holds", "✓"),
        Verdict::Fails => ("fails", "✗"),
        Verdict::Unknown => ("unknown", "?"),
    }
}

fn write_group(out: &mut String, group: &Group<'_>) {
    let (class, sign) = look(group.verdict);
    let open = if group.verdict == Verdict::Holds { "" } else { " open=\"open\"" };
    let held = group.findings.iter().filter(|finding| finding.verdict == Verdict::Holds).count();
    let (held, seen) = match group.findings.as_slice() {
        [one] => (String::new(), format!("{}", Escaped(&one.observed))),
        many => (format!("{held} of {}", many.len()), String::new()),
    };
    put!(
        out,
        "<details class=\"check {class}\"{open}><summary><span class=\"sign\">{sign}</span><span class=\"mono\">{}</span>\
         <span class=\"held\">{held}</span><span class=\"seen\">{seen}</span></summary>\
         <table class=\"dense\"><thead><tr><th></th><th>of</th><th>expected</th><th>observed</th><th>looked at</th></tr></thead><tbody>",
        Escaped(group.name)
    );
    let mut findings = group.findings.clone();
    if findings.len() > MOST {
        findings.sort_by_key(|finding| rank(finding.verdict));
    }
    for finding in findings.iter().take(MOST) {
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
    if findings.len() > MOST {
        put!(out, "<p class=\"small\">{} more, not shown here.</p>", format::count((findings.len() - MOST) as u64));
    }
    out.push_str("</details>\n");
}
