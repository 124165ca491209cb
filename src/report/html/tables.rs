//! The sections that are mostly a table: countdown, supply, cost, transactions, addresses.

use std::fmt::Write;

use alloy::primitives::U256;

use super::super::data::{ReportData, RunEnd};
use super::super::format::{self, Escaped, plural, times};
use super::super::plots::{self, put};
use super::{close_section, open_section};

/// The stages with their times, and the processes it took.
pub(super) fn countdown(out: &mut String, data: &ReportData) {
    open_section(out, "countdown", &story(data));
    out.push_str("<table class=\"countdown\"><tbody>");
    let bars = plots::countdown::bars(&data.stages);
    for (index, (stage, bar)) in data.stages.iter().zip(bars).enumerate() {
        put!(
            out,
            "<tr><td class=\"t\">T−{}</td><td class=\"what\"><b>{}</b><span>{}</span></td><td>{bar}</td><td class=\"n\">{}</td></tr>\n",
            data.stages.len() - 1 - index,
            Escaped(&stage.name),
            Escaped(&stage.summary),
            format::span(stage.millis)
        );
    }
    out.push_str("</tbody></table>\n");
    if data.resumed() > 0 {
        runs(out, data);
    }
    close_section(out);
}

fn story(data: &ReportData) -> String {
    let killed = data.runs.iter().filter(|run| run.end == RunEnd::Killed).count();
    match (data.resumed(), killed) {
        (0, _) => "One run from start to end. Bars are time at work.".to_owned(),
        (resumed, 0) => format!("Resumed {}. Bars are time at work, over all runs.", times(resumed)),
        (resumed, killed) => format!(
            "Killed {} and resumed {}; what was done before was found on the chain and not done again. Bars are time at \
             work, over all runs.",
            times(killed),
            times(resumed)
        ),
    }
}

/// Most runs listed; a test that kills fifty times is still readable.
const MOST_RUNS: usize = 12;

fn runs(out: &mut String, data: &ReportData) {
    put!(
        out,
        "<h3>Runs</h3><table class=\"dense runs\"><thead><tr><th>run</th><th>started</th><th>ended</th></tr></thead><tbody>"
    );
    let skipped = data.runs.len().saturating_sub(MOST_RUNS);
    for (index, run) in data.runs.iter().enumerate().skip(skipped) {
        let (class, word) = match run.end {
            RunEnd::Finished => ("ok", "finished"),
            RunEnd::Halted => ("open", "halted"),
            RunEnd::Killed => ("no", "killed"),
        };
        let place = if run.stage.is_empty() { String::new() } else { format!(" during {}", Escaped(&run.stage)) };
        put!(
            out,
            "<tr><td>{}</td><td>{}</td><td><span class=\"{class}\">{word}</span>{place}</td></tr>\n",
            index + 1,
            format::utc(run.started)
        );
    }
    out.push_str("</tbody></table>\n");
    if skipped > 0 {
        put!(out, "<p class=\"small\">{} before these.</p>\n", plural(skipped, "run", "runs"));
    }
}

/// The supply by bucket, planned and found.
pub(super) fn supply(out: &mut String, data: &ReportData) {
    let (decimals, symbol) = (data.header.decimals, Escaped(&data.header.symbol));
    open_section(
        out,
        "supply",
        "Where the initial supply went at genesis: what the profile plans beside what the chain holds.",
    );
    out.push_str(&plots::supply::bar(&data.supply, decimals));
    put!(
        out,
        "<table style=\"margin-top:18px\"><thead><tr><th>bucket</th><th>held by</th><th class=\"n\">share</th>\
         <th class=\"n\">planned, {symbol}</th><th class=\"n\">on chain, {symbol}</th><th class=\"n\"></th></tr></thead><tbody>"
    );
    let planned = data.supply.iter().fold(U256::ZERO, |sum, row| sum.saturating_add(row.planned));
    let observed =
        data.supply.iter().try_fold(U256::ZERO, |sum, row| row.observed.map(|amount| sum.saturating_add(amount)));
    for row in &data.supply {
        let name = row.bucket.name();
        put!(
            out,
            "<tr><td><i class=\"swatch k-{name}\"></i>{name}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            Escaped(&row.held_by),
            format::share(row.planned, planned),
            format::amount(row.planned, decimals),
            row.observed.map_or_else(|| "not read".to_owned(), |amount| format::amount(amount, decimals)),
            agreement(row.planned, row.observed)
        );
    }
    put!(
        out,
        "</tbody><tfoot><tr><td>total</td><td></td><td class=\"n\"></td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td></tr></tfoot></table>\n",
        format::amount(planned, decimals),
        observed.map_or_else(|| "not read".to_owned(), |amount| format::amount(amount, decimals)),
        agreement(planned, observed)
    );
    close_section(out);
}

fn agreement(planned: U256, observed: Option<U256>) -> &'static str {
    match observed {
        Some(amount) if amount == planned => "<span class=\"ok\">✓ equal</span>",
        Some(_) => "<span class=\"no\">✗ differs</span>",
        None => "<span class=\"open\">? unknown</span>",
    }
}

/// Gas by stage and what it would cost.
pub(super) fn cost(out: &mut String, data: &ReportData) {
    let totals = &data.totals;
    let lead = format!(
        "Gas of the receipts, priced at {} gwei. The price is an assumption, the gas is not.",
        format::amount(totals.gas_price, 9)
    );
    open_section(out, "cost", &lead);
    out.push_str(
        "<table><thead><tr><th>work</th><th class=\"n\">transactions</th><th class=\"n\">gas</th><th class=\"n\">share</th>\
         <th class=\"n\">cost, ETH</th></tr></thead><tbody>",
    );
    let whole = totals.gas_used();
    for row in &totals.gas {
        put!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            Escaped(&row.name),
            format::count(row.transactions),
            format::count(row.gas_used),
            format::share(U256::from(row.gas_used), U256::from(whole)),
            format::amount(totals.cost(row.gas_used), 18)
        );
    }
    let transactions = totals.gas.iter().fold(0u64, |sum, row| sum.saturating_add(row.transactions));
    put!(
        out,
        "</tbody><tfoot><tr><td>total</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\"></td>\
         <td class=\"n\">{}</td></tr></tfoot></table>\n",
        format::count(transactions),
        format::count(whole),
        format::amount(totals.cost(whole), 18)
    );
    close_section(out);
}

/// Every transaction of genesis.
pub(super) fn transactions(out: &mut String, data: &ReportData) {
    let lead =
        format!("The {} of genesis in their order; each was sent once.", plural(data.steps.len(), "step", "steps"));
    open_section(out, "transactions", &lead);
    put!(
        out,
        "<details class=\"more\"><summary>Show {}</summary><table class=\"dense\"><thead><tr><th>step</th><th>transaction</th>\
         <th class=\"n\">block</th><th class=\"n\">gas</th></tr></thead><tbody>",
        plural(data.steps.len(), "transaction", "transactions")
    );
    for step in &data.steps {
        put!(
            out,
            "<tr><td>{}</td><td class=\"id mono\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            Escaped(&step.id),
            step.transaction,
            format::count(step.block),
            format::count(step.gas_used)
        );
    }
    out.push_str("</tbody></table></details>\n");
    close_section(out);
}

/// The address book, and what this report stands on.
pub(super) fn addresses(out: &mut String, data: &ReportData) {
    let header = &data.header;
    open_section(out, "addresses", "Who is where on this chain, and the hashes this report stands on.");
    out.push_str(
        "<table class=\"dense\"><thead><tr><th>name</th><th>address</th><th>what for</th></tr></thead><tbody>",
    );
    for entry in &data.addresses {
        put!(
            out,
            "<tr><td>{}</td><td class=\"id mono\">{}</td><td>{}</td></tr>\n",
            Escaped(&entry.name),
            entry.address,
            Escaped(&entry.note)
        );
    }
    put!(
        out,
        "</tbody></table><h3>Provenance</h3><dl class=\"facts\"><dt>profile</dt><dd>{} <code>{}</code></dd><dt>list root</dt>\
         <dd><code>{}</code></dd><dt>chain</dt><dd>{}, id {}, {} rules</dd><dt>started</dt><dd>{}</dd><dt>finished</dt><dd>{}</dd>\
         <dt>tminus</dt><dd>{}</dd></dl>\n",
        Escaped(&header.profile),
        header.profile_hash,
        data.distribution.root().map_or_else(|| "none".to_owned(), |root| root.to_string()),
        Escaped(&header.chain),
        header.chain_id,
        Escaped(&header.fork),
        format::utc(header.started),
        format::utc(header.finished),
        Escaped(&header.version)
    );
    close_section(out);
}
