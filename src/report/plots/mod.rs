//! The pictures of the report, as inline SVG drawn by hand.
//!
//! A picture has no colours of its own: shapes carry class names, and the page's style sheet colours them for light, dark
//! and paper. All text is escaped by [`Svg::text`]; coordinates have one decimal, so the same data gives the same bytes.
//! Nothing here rounds a figure the reader is meant to copy: those stand in the tables.

pub(crate) mod axis;
pub(crate) mod batches;
pub(crate) mod bins;
pub(crate) mod countdown;
pub(crate) mod curves;
pub(crate) mod grants;
pub(crate) mod revoked;
pub(crate) mod supply;
pub(crate) mod vesting;

use std::fmt::Write;

use super::format::Escaped;

/// Writes into a `String`, which cannot fail.
macro_rules! put {
    ($out:expr, $($args:tt)*) => {{
        let _ = write!($out, $($args)*);
    }};
}
pub(crate) use put;

/// Which side of a point a text lies on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A picture being drawn.
#[derive(Debug)]
pub(crate) struct Svg {
    out: String,
}

impl Svg {
    /// An empty picture; `title` is what a screen reader says in its place.
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut out = String::new();
        put!(out, r#"<svg viewBox="0 0 {width:.0} {height:.0}" role="img" aria-label="{}">"#, Escaped(title));
        Self { out }
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        put!(
            self.out,
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" class="{class}"/>"#,
            from.0,
            from.1,
            to.0,
            to.1
        );
    }

    /// A rectangle from its upper left corner; `hint` shows when the pointer rests on it.
    pub(crate) fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str, hint: &str) {
        put!(
            self.out,
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" class="{class}">{}</rect>"#,
            at.0,
            at.1,
            size.0.max(0.0),
            size.1.max(0.0),
            Hint(hint)
        );
    }

    /// A dot.
    pub(crate) fn dot(&mut self, at: (f64, f64), radius: f64, class: &str, hint: &str) {
        put!(
            self.out,
            r#"<circle cx="{:.1}" cy="{:.1}" r="{radius:.1}" class="{class}">{}</circle>"#,
            at.0,
            at.1,
            Hint(hint)
        );
    }

    /// A line of text on its baseline.
    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        put!(
            self.out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="{anchor}" class="{class}">{}</text>"#,
            at.0,
            at.1,
            Escaped(text)
        );
    }

    /// A line through points.
    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], class: &str) {
        if !points.is_empty() {
            put!(self.out, r#"<polyline points="{}" class="{class}"/>"#, Points(points));
        }
    }

    /// A filled shape.
    pub(crate) fn polygon(&mut self, points: &[(f64, f64)], class: &str, hint: &str) {
        if !points.is_empty() {
            put!(self.out, r#"<polygon points="{}" class="{class}">{}</polygon>"#, Points(points), Hint(hint));
        }
    }

    /// The finished picture.
    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

struct Points<'a>(&'a [(f64, f64)]);

impl std::fmt::Display for Points<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (x, y)) in self.0.iter().enumerate() {
            write!(out, "{}{x:.1},{y:.1}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

struct Hint<'a>(&'a str);

impl std::fmt::Display for Hint<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(out, "<title>{}</title>", Escaped(self.0)) }
    }
}

/// About how wide a text is at a font size, on the generous side: labels that must not touch are placed by it.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.6
}
