//! The section on the crowd's part: of an airdrop gas and speed of the batches, the spread of the amounts and the facts
//! beside them; of claims, what was claimed and what was not tried.

use std::fmt::Write;

use super::super::data::{Claims, Crowd, Distribution, Header, ReportData};
use super::super::format::{self, Escaped, plural};
use super::super::plots::{self, put};
use super::{close_section, open_section};

/// Writes the section.
pub(super) fn write(out: &mut String, data: &ReportData) {
    match &data.distribution {
        Crowd::Airdrop(airdrop) => of_airdrop(out, airdrop, &data.header),
        Crowd::Claims(claims) => of_claims(out, claims, &data.header),
    }
}

fn of_claims(out: &mut String, claims: &Claims, header: &Header) {
    open_section(out, "distribution", &Escaped(&claims.note).to_string());
    let (decimals, symbol) = (header.decimals, Escaped(&header.symbol));
    out.push_str("<dl class=\"facts\">");
    let mut fact = |name: &str, value: &str| put!(out, "<dt>{name}</dt><dd>{value}</dd>");
    fact("contract", &format!("{} <code>{}</code>", Escaped(&claims.contract), claims.address));
    fact("it was given", &format!("{} {symbol}", format::amount(claims.total, decimals)));
    fact("each gets", &format!("{} {symbol}", format::amount(claims.each, decimals)));
    fact(
        "who may",
        &claims.possible.map_or_else(|| "everybody".to_owned(), |count| format!("{} accounts", format::count(count))),
    );
    fact("who did", &format::count(claims.made));
    out.push_str("</dl>\n");
    close_section(out);
}

fn of_airdrop(out: &mut String, airdrop: &Distribution, header: &Header) {
    let lead = format!(
        "{} of {} on the committed list were paid in {}. A batch pays whole chunks of the list, and the contract pays each \
         chunk once.",
        format::count(airdrop.paid),
        plural(usize::try_from(airdrop.recipients).unwrap_or(usize::MAX), "recipient", "recipients"),
        plural(airdrop.batches.len(), "batch", "batches")
    );
    open_section(out, "distribution", &lead);
    out.push_str("<div class=\"pair\">\n");
    let gas = plots::batches::gas(&airdrop.batches, airdrop.gas_cap);
    figure(out, "Gas of the batches", "A line on a bar spans the extremes of the batches it stands for.", gas);
    let rate = plots::batches::rate(&airdrop.batches);
    figure(out, "Speed", "From one receipt to the next, by the clock of this machine.", rate);
    let amounts =
        airdrop.amounts.as_ref().and_then(|amounts| plots::bins::histogram(amounts, &header.symbol, header.decimals));
    figure(out, "Amounts", "Recipients by the amount they get.", amounts);
    facts(out, airdrop, header);
    out.push_str("</div>\n");
    close_section(out);
}

fn figure(out: &mut String, title: &str, note: &str, picture: Option<String>) {
    let picture = picture.unwrap_or_else(|| "<p class=\"small\">No data.</p>".to_owned());
    put!(out, "<figure><figcaption><b>{title}</b>{note}</figcaption>{picture}</figure>\n");
}

fn facts(out: &mut String, airdrop: &Distribution, header: &Header) {
    let (decimals, symbol) = (header.decimals, Escaped(&header.symbol));
    put!(out, "<figure><figcaption><b>In figures</b>Exact, and as measured.</figcaption><dl class=\"facts\">");
    let mut fact = |name: &str, value: &str| put!(out, "<dt>{name}</dt><dd>{value}</dd>");
    fact("sum of the list", &format!("{} {symbol}", format::amount(airdrop.total, decimals)));
    fact("recipients a chunk", &format::count(u64::from(airdrop.chunk_size)));
    let (gas, recipients) = airdrop
        .batches
        .iter()
        .fold((0u64, 0u64), |sum, batch| (sum.0.saturating_add(batch.gas_used), sum.1 + u64::from(batch.recipients)));
    fact("gas of all batches", &format::count(gas));
    if let Some(each) = gas.checked_div(recipients) {
        fact("gas a recipient", &format::count(each));
    }
    if let Some(rate) = plots::batches::mean_rate(&airdrop.batches) {
        fact("recipients a second", &format::count(rate as u64));
    }
    if let Some(amounts) = &airdrop.amounts {
        fact("least amount", &format!("{} {symbol}", format::amount(amounts.least, decimals)));
        fact("median amount", &format!("{} {symbol}", format::amount(amounts.median, decimals)));
        fact("greatest amount", &format!("{} {symbol}", format::amount(amounts.greatest, decimals)));
    }
    out.push_str("</dl></figure>\n");
}
