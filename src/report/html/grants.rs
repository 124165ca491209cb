//! The section on vesting: all grants as a pile, the revoked one by itself, then each one small.

use std::fmt::Write;

use alloy::primitives::U256;

use super::super::data::{Grant, ReportData};
use super::super::format::{self, Escaped, plural};
use super::super::plots::vesting::{BUCKETS, Period};
use super::super::plots::{self, put};
use super::{close_section, open_section};

const FULL: f64 = 1072.0;
const GAP: f64 = 32.0;

/// Writes the section.
pub(super) fn write(out: &mut String, data: &ReportData) {
    let (symbol, decimals) = (&data.header.symbol, data.header.decimals);
    let observations: usize = data.grants.iter().map(|grant| grant.points.len()).sum();
    let lead = format!(
        "{} watched while the chain's clock was moved: {} of what had vested and what was paid out. Between two observations \
         a line follows the grant's own terms.",
        plural(data.grants.len(), "grant", "grants"),
        plural(observations, "reading", "readings")
    );
    open_section(out, "vesting", &lead);
    let Some(period) = Period::of(&data.grants) else {
        out.push_str("<p>Nothing was observed.</p>");
        return close_section(out);
    };
    let revoked = data.grants.iter().find_map(|grant| Some((grant, grant.revoked.as_ref()?)));
    let bend = revoked.and_then(|(grant, revocation)| plots::revoked::bend(grant, revocation, symbol, decimals));
    let width = if bend.is_some() { FULL - GAP - plots::revoked::WIDTH } else { FULL };
    put!(out, "<div{}>", if bend.is_some() { " class=\"wide-pair\"" } else { "" });
    if let Some(pile) = plots::vesting::pile(&data.grants, symbol, decimals, width) {
        put!(
            out,
            "<figure><figcaption><b>All grants</b>Vested amounts piled up by bucket; the dark line is what was paid out.\
             </figcaption>{pile}</figure>"
        );
    }
    if let (Some(picture), Some((grant, revocation))) = (bend, revoked) {
        put!(
            out,
            "<figure><figcaption><b>The revoked grant</b>{} {} to <code>{}</code></figcaption>{picture}\
             <p class=\"small\">Revoked on {}: {} {} went back to the owner, the rest stays with the receiver.</p></figure>",
            format::amount(grant.amount, decimals),
            Escaped(symbol),
            format::ends(&grant.receiver.to_string()),
            format::utc(revocation.time),
            format::amount(revocation.refund, decimals),
            Escaped(symbol),
        );
    }
    out.push_str("</div>\n");
    for bucket in BUCKETS.into_iter().rev() {
        let grants: Vec<&Grant> = data.grants.iter().filter(|grant| grant.bucket == bucket).collect();
        if !grants.is_empty() {
            panels(out, bucket.name(), &grants, &period, data);
        }
    }
    out.push_str(
        "<p class=\"key\"><span><i class=\"i-light\"></i>vested</span><span><i class=\"i-full\"></i>paid out</span>\
         <span><i class=\"i-dot\"></i>read from the chain</span><span><i class=\"i-plan\"></i>planned before the revocation</span>\
         <span>ticks under a panel: start, cliff, end</span></p>\n",
    );
    close_section(out);
}

fn panels(out: &mut String, name: &str, grants: &[&Grant], period: &Period, data: &ReportData) {
    let sum = grants.iter().fold(U256::ZERO, |sum, grant| sum.saturating_add(grant.amount));
    let (picture, left_out) = plots::grants::panels(grants, period, data.header.decimals);
    let more = match left_out {
        0 => String::new(),
        some => format!("; the {some} smallest are not drawn"),
    };
    put!(
        out,
        "<h3><i class=\"swatch k-{name}\"></i>{name}<small>{} of {} {} in all, each on its own scale{more}</small></h3>\n{picture}\n",
        plural(grants.len(), "grant", "grants"),
        format::amount(sum, data.header.decimals),
        Escaped(&data.header.symbol)
    );
}
