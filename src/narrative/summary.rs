//! The box at the end: the supply, what it took, the verdict, where the report lies.

use std::path::Path;

use alloy::primitives::U256;

use super::Narrative;
use super::checks::look;
use super::terminal::{Ink, Line, harmless};
use crate::report::data::{Crowd, ReportData};
use crate::report::format::{self, times};

impl Narrative {
    /// Writes the box.
    pub(crate) fn summary(&self, data: &ReportData, report: &Path) {
        let inner = self.terminal.width.saturating_sub(4).max(74);
        let mut lines = vec![Line::new(), rule('╭', '╮', inner)];
        let (ink, sign) = look(data.verdict());
        let (word, why) = data.verdict_in_words();
        lines.push(row(
            inner,
            &[(ink, sign), (Ink::Plain, " "), (ink, word), (Ink::Plain, "  "), (Ink::Strong, &data.header.profile)],
            &[(Ink::Plain, &why)],
        ));
        lines.push(rule('├', '┤', inner));
        supply(&mut lines, data, inner);
        lines.push(rule('├', '┤', inner));
        for (name, value) in facts(data) {
            lines.push(row(inner, &[(Ink::Faint, &format!("{name:<12}")), (Ink::Plain, &value)], &[]));
        }
        lines.push(rule('╰', '╯', inner));
        // outside the box: a path is copied, and may be longer than the box is wide
        let path = report.display().to_string();
        lines.push(Line::new().add(Ink::Faint, "  report      ").add(Ink::Strong, &path));
        self.terminal.write(&lines);
    }
}

fn supply(lines: &mut Vec<Line>, data: &ReportData, inner: usize) {
    let decimals = data.header.decimals;
    let planned = data.supply.iter().fold(U256::ZERO, |sum, row| sum.saturating_add(row.planned));
    let symbol = harmless(&data.header.symbol);
    let heads = cells("supply", "share", &format!("planned, {symbol}"), &format!("on chain, {symbol}"));
    lines.push(row(inner, &[(Ink::Faint, &heads)], &[]));
    for entry in &data.supply {
        let names = (entry.bucket.name(), format::share(entry.planned, planned));
        supply_row(lines, inner, Ink::Plain, (names.0, &names.1), (entry.planned, entry.observed), decimals);
    }
    let all = data.supply.iter().try_fold(U256::ZERO, |sum, row| row.observed.map(|amount| sum.saturating_add(amount)));
    supply_row(lines, inner, Ink::Strong, ("total", ""), (planned, all), decimals);
}

fn supply_row(
    lines: &mut Vec<Line>,
    inner: usize,
    ink: Ink,
    (name, share): (&str, &str),
    (planned, observed): (U256, Option<U256>),
    decimals: u8,
) {
    let found = observed.map_or_else(|| "not read".to_owned(), |amount| format::amount(amount, decimals));
    let text = cells(name, share, &format::amount(planned, decimals), &found);
    let (sign_ink, sign) = match observed {
        Some(amount) if amount == planned => (Ink::Good, "✓"),
        Some(_) => (Ink::Bad, "✗"),
        None => (Ink::Open, "?"),
    };
    lines.push(row(inner, &[(ink, &text), (Ink::Plain, "  "), (sign_ink, sign)], &[]));
}

fn cells(name: &str, share: &str, planned: &str, observed: &str) -> String {
    format!("{name:<12}{share:>10}{planned:>24}{observed:>24}")
}

fn facts(data: &ReportData) -> Vec<(&'static str, String)> {
    let totals = &data.totals;
    let gas = totals.gas_used();
    let millis = data.stages.iter().fold(0u64, |sum, stage| sum.saturating_add(stage.millis));
    let revoked = data.grants.iter().filter(|grant| grant.revoked.is_some()).count();
    let resumed = match data.resumed() {
        0 => "in one run".to_owned(),
        number => format!("resumed {}", times(number)),
    };
    let cost = format::amount(totals.cost(gas), 18);
    vec![
        ("paid", paid(&data.distribution)),
        ("grants", format!("{}, {revoked} revoked on purpose", format::count(data.grants.len() as u64))),
        ("gas", format!("{} = {cost} ETH at {} gwei", format::count(gas), format::amount(totals.gas_price, 9))),
        ("time", format!("{}, {resumed}", format::span(millis))),
    ]
}

fn paid(crowd: &Crowd) -> String {
    match crowd {
        Crowd::Airdrop(airdrop) => {
            let batches = format::plural(airdrop.batches.len(), "batch", "batches");
            let (paid, recipients) = (format::count(airdrop.paid), format::count(airdrop.recipients));
            let paid = format!("{paid} of {recipients} recipients in {batches}");
            match crate::report::plots::batches::mean_rate(&airdrop.batches) {
                Some(rate) => format!("{paid}, {} a second", format::count(rate as u64)),
                None => paid,
            }
        }
        Crowd::Claims(claims) => {
            let made = format::count(claims.made);
            match claims.possible {
                Some(accounts) => {
                    format!("{made} of {} accounts, from the {}", format::count(accounts), claims.contract)
                }
                None => format!("{made} who asked the {}", claims.contract),
            }
        }
    }
}

fn rule(from: char, to: char, inner: usize) -> Line {
    Line::new().add(Ink::Faint, &format!("{from}{}{to}", "─".repeat(inner + 2)))
}

/// A row of the box. What is too long pushes the right side out, it is never cut.
fn row(inner: usize, left: &[(Ink, &str)], right: &[(Ink, &str)]) -> Line {
    let long = |pieces: &[(Ink, &str)]| pieces.iter().map(|(_, text)| text.chars().count()).sum::<usize>();
    let gap = " ".repeat(inner.saturating_sub(long(left) + long(right)));
    let mut line = Line::new().add(Ink::Faint, "│ ");
    for (ink, text) in left.iter().chain([&(Ink::Plain, gap.as_str())]).chain(right) {
        line = line.add(*ink, text);
    }
    line.add(Ink::Faint, " │")
}
