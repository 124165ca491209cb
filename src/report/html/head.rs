//! The top of the page: what ran, whether it held, and the six figures people ask for first.

use std::fmt::Write;

use alloy::primitives::U256;

use super::super::data::{Crowd, ReportData, Tally};
use super::super::format::{self, Escaped, times};
use super::super::plots::put;
use super::checks::look;

/// Writes the head.
pub(super) fn write(out: &mut String, data: &ReportData) {
    let header = &data.header;
    if !header.notice.is_empty() {
        put!(out, "<div class=\"notice\">{}</div>\n", Escaped(&header.notice));
    }
    put!(
        out,
        "<header class=\"top\"><div class=\"wrap\"><p class=\"kicker\">tminus · launch rehearsal</p><div class=\"head\"><div>\
         <h1>{}</h1><p class=\"sub\">{} chain, id {} · {} rules · up to block {} · finished {}</p></div>",
        Escaped(&header.profile),
        Escaped(&header.chain),
        header.chain_id,
        Escaped(&header.fork),
        format::count(header.last_block),
        format::utc(header.finished),
    );
    verdict(out, data);
    out.push_str("</div>\n<dl class=\"figures\">");
    figures(out, data);
    out.push_str("</dl></div></header>\n");
}

fn verdict(out: &mut String, data: &ReportData) {
    let (class, sign) = look(data.verdict());
    let (word, why) = data.verdict_in_words();
    put!(
        out,
        "<div class=\"verdict {class}\"><span class=\"sign\">{sign}</span><div><b>{word}</b><span class=\"why\">{why}</span></div></div>"
    );
}

fn figures(out: &mut String, data: &ReportData) {
    let header = &data.header;
    let supply = data.supply.iter().fold(U256::ZERO, |sum, row| sum.saturating_add(row.planned));
    let millis = data.stages.iter().fold(0u64, |sum, stage| sum.saturating_add(stage.millis));
    let revoked = data.grants.iter().filter(|grant| grant.revoked.is_some()).count();
    let tally = Tally::of(&data.checks);
    let gas = data.totals.gas_used();
    let mut figure = |title: &str, value: &str, note: &str| {
        put!(out, "<div><dt>{title}</dt><dd>{value}</dd><dd class=\"note\">{note}</dd></div>");
    };
    match &data.distribution {
        Crowd::Airdrop(airdrop) => figure(
            "Recipients paid",
            &format::count(airdrop.paid),
            &format!("of {} on the list", format::count(airdrop.recipients)),
        ),
        Crowd::Claims(claims) => figure(
            "Claims made",
            &format::count(claims.made),
            &claims
                .possible
                .map_or_else(|| "everybody may".to_owned(), |count| format!("of {} accounts", format::count(count))),
        ),
    }
    figure(
        "Grants",
        &format::count(data.grants.len() as u64),
        &match revoked {
            0 => "none revoked".to_owned(),
            some => format!("{some} revoked on purpose"),
        },
    );
    figure("Initial supply", &short(supply, header.decimals), &format!("{}", Escaped(&header.symbol)));
    figure(
        "Checks held",
        &format!("{} <small>of {}</small>", tally.holds, tally.all()),
        &format!("on {} findings", format::count(tally.findings as u64)),
    );
    let cost = format::amount(data.totals.cost(gas), 18);
    figure("Gas", &format::axis(gas as f64), &format!("{cost} ETH"));
    figure(
        "Time at work",
        &format::span(millis),
        &match data.resumed() {
            0 => "in one run".to_owned(),
            count => format!("resumed {}", times(count)),
        },
    );
}

/// The whole part, which is what the head has room for; the table has the rest.
fn short(amount: U256, decimals: u8) -> String {
    let exact = format::amount(amount, decimals);
    exact.split_once('.').map_or(exact.clone(), |(whole, _)| format!("{whole}.…"))
}
