//! The page: one file that needs nothing else and reaches for nothing else.
//!
//! Its security policy forbids every script and every request, so a foreign text that slipped through the escaping could
//! still do nothing. The page is well-formed XML apart from its doctype, which is what lets a test read it back. Its parts
//! are written by the modules below in the order they stand on the page.

mod checks;
mod distribution;
mod grants;
mod head;
mod tables;

use std::fmt::Write;

use super::data::ReportData;
use super::format::Escaped;
use super::plots::put;

const STYLE: &str = include_str!("style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Anchors and titles of the sections, in order.
const SECTIONS: [(&str, &str); 8] = [
    ("countdown", "Countdown"),
    ("supply", "Supply"),
    ("vesting", "Vesting"),
    ("distribution", "Distribution"),
    ("checklist", "Checklist"),
    ("cost", "Gas and cost"),
    ("transactions", "Transactions"),
    ("addresses", "Addresses"),
];

/// Writes the page.
pub(crate) fn page(data: &ReportData) -> String {
    let mut out = String::with_capacity(256 * 1024);
    put!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <title>{} – launch rehearsal</title>\n<style>\n{STYLE}</style></head>\n<body>\n",
        Escaped(POLICY),
        Escaped(&data.header.profile),
    );
    head::write(&mut out, data);
    out.push_str("<nav><div class=\"wrap\">");
    for (anchor, title) in SECTIONS {
        put!(out, "<a href=\"#{anchor}\">{title}</a>");
    }
    out.push_str("</div></nav>\n<main class=\"wrap\">\n");
    tables::countdown(&mut out, data);
    tables::supply(&mut out, data);
    grants::write(&mut out, data);
    distribution::write(&mut out, data);
    checks::write(&mut out, data);
    tables::cost(&mut out, data);
    tables::transactions(&mut out, data);
    tables::addresses(&mut out, data);
    put!(
        out,
        "<footer>Written by tminus {} from the chain and its journal. Every amount is exact; only positions in the \
         pictures are rounded. The same data is in the JSON output of the command.</footer>\n</main>\n</body></html>\n",
        Escaped(&data.header.version)
    );
    out
}

/// Opens a section with its title and the paragraph that says what it shows; `lead` is HTML.
fn open_section(out: &mut String, anchor: &str, lead: &str) {
    let title = SECTIONS.iter().find(|(name, _)| *name == anchor).map_or(anchor, |(_, title)| title);
    put!(out, "<section id=\"{anchor}\"><h2>{title}</h2>\n<p class=\"lead\">{lead}</p>\n");
}

fn close_section(out: &mut String) {
    out.push_str("</section>\n");
}
