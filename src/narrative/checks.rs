//! The checklist as it is ticked: one line an item with the number of findings behind it; what does not hold says why.

use tminus_chain::evidence::{Finding, Verdict};

use super::Narrative;
use super::terminal::{Ink, Line};
use crate::report::data::{Check, Tally};
use crate::report::format::{count, plural};

/// Most findings told under an item that does not hold; the report has them all.
const MOST: usize = 5;

impl Narrative {
    /// Writes the list.
    pub(crate) fn checks(&self, checks: &[Check]) {
        let mut lines = Vec::new();
        for check in checks {
            item(check, &mut lines);
        }
        let tally = Tally::of(checks);
        let ink = match tally {
            Tally { fails: 1.., .. } => Ink::Bad,
            Tally { unknown: 1.., .. } | Tally { holds: 0, .. } => Ink::Open,
            _ => Ink::Good,
        };
        let mut words = format!("{} of {} hold", count(tally.holds as u64), plural(tally.all(), "check", "checks"));
        if tally.fails > 0 {
            words += &format!(", {} not", plural(tally.fails, "does", "do"));
        }
        if tally.unknown > 0 {
            words += &format!(", {} could not be made", count(tally.unknown as u64));
        }
        let findings = plural(tally.findings, "finding", "findings");
        lines.push(Line::new().add(Ink::Plain, "        ").add(ink, &words).right(Ink::Faint, &findings));
        self.terminal.write(&lines);
    }
}

/// Sign and colour of a verdict.
pub(super) fn look(verdict: Verdict) -> (Ink, &'static str) {
    match verdict {
        Verdict::Holds => (Ink::Good, "✓"),
        Verdict::Fails => (Ink::Bad, "✗"),
        Verdict::Unknown => (Ink::Open, "?"),
    }
}

fn item(check: &Check, lines: &mut Vec<Line>) {
    let (ink, sign) = look(check.verdict());
    let number = count(check.findings.len() as u64);
    let line = Line::new().add(Ink::Plain, "      ").add(ink, sign).add(Ink::Plain, " ").add(Ink::Plain, &check.title);
    lines.push(line.right(Ink::Faint, &number));
    if check.findings.is_empty() {
        lines.push(Line::new().add(Ink::Plain, "          ").add(Ink::Open, "nobody looked"));
    }
    let open: Vec<&Finding> = check.findings.iter().filter(|finding| finding.verdict != Verdict::Holds).collect();
    for finding in open.iter().take(MOST) {
        let (ink, _) = look(finding.verdict);
        if !finding.subject.is_empty() {
            lines.push(Line::new().add(Ink::Plain, "          ").add(ink, &finding.subject));
        }
        for (name, text) in
            [("expected", &finding.expected), ("observed", &finding.observed), ("looked at", &finding.source)]
        {
            lines.push(Line::new().add(Ink::Faint, &format!("          {name:<10}")).add(Ink::Plain, text));
        }
    }
    if open.len() > MOST {
        let more = format!("          and {} more: see the report", count((open.len() - MOST) as u64));
        lines.push(Line::new().add(Ink::Faint, &more));
    }
}
