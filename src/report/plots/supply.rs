//! The initial supply as one bar, cut by bucket.

use alloy::primitives::U256;

use super::super::data::SupplyRow;
use super::super::format::{self, drawn};
use super::{Anchor, Svg, text_width};

const WIDTH: f64 = 1072.0;
const BAR: f64 = 44.0;

/// The bar; a label stands inside a part that is wide enough for it, the table below has them all.
pub(crate) fn bar(rows: &[SupplyRow], decimals: u8) -> String {
    let mut svg = Svg::new(WIDTH, BAR, "The planned supply by bucket");
    let whole = rows.iter().fold(U256::ZERO, |sum, row| sum.saturating_add(row.planned));
    let total = drawn(whole, decimals);
    let mut x = 0.0f64;
    for row in rows {
        let part = if total > 0.0 { drawn(row.planned, decimals) / total } else { 0.0 };
        let width = part * WIDTH;
        let name = row.bucket.name();
        let percent = format::share(row.planned, whole);
        // a part of a few thousandths keeps two pixels, or it would not be there
        let shown = if row.planned.is_zero() { 0.0 } else { (width - 2.0).max(2.0) };
        svg.rect((x.min(WIDTH - shown), 0.0), (shown, BAR), &format!("f-{name}"), &format!("{name} {percent}"));
        if text_width(name, 13.0).max(text_width(&percent, 12.0)) + 16.0 < width {
            svg.text((x + 10.0, 19.0), Anchor::Start, "on-bar strong", name);
            svg.text((x + 10.0, 35.0), Anchor::Start, "on-bar", &percent);
        }
        x += width;
    }
    svg.finish()
}
