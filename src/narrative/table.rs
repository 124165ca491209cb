//! Tables for the commands: `genesis plan`, `distro plan`, `status`, `audit`.
//!
//! On a terminal a table fits itself to the width and wraps; into a pipe it goes at full width, one row a line, so that
//! `grep` and `awk` see whole cells.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, TableStyle, presets};

use super::terminal::{harmless, wants_colour};

/// Which way a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table of text under the given heads, for stdout.
pub(crate) fn table<R: AsRef<[String]>>(heads: &[(&str, Set)], rows: &[R]) -> String {
    let live = std::io::stdout().is_terminal();
    render(heads, rows, live, live && wants_colour())
}

fn render<R: AsRef<[String]>>(heads: &[(&str, Set)], rows: &[R], fit: bool, colour: bool) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(style()).set_content_arrangement(if fit {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    });
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let head = |(name, _): &(&str, Set)| {
        let cell = Cell::new(harmless(name));
        if colour { cell.add_attribute(Attribute::Bold) } else { cell }
    };
    table.set_header(heads.iter().map(head));
    for row in rows {
        table.add_row(row.as_ref().iter().map(|text| harmless(text)));
    }
    for (index, (_, set)) in heads.iter().enumerate() {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(match set {
                Set::Left => CellAlignment::Left,
                Set::Right => CellAlignment::Right,
            });
        }
    }
    table.trim_fmt()
}

/// No frame: a line under the heads is enough.
fn style() -> TableStyle {
    presets::NOTHING.header_separator(comfy_table::LineStyle::none().fill('─').junction('─'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_gets_whole_cells_without_colour() {
        let long = "0x".to_owned() + &"ab".repeat(100);
        let rows =
            [vec!["genesis/deploy/Controller".to_owned(), "1,180,000".to_owned()], vec![long.clone(), "5".into()]];
        let text = render(&[("step", Set::Left), ("gas", Set::Right)], &rows, false, false);
        assert!(text.lines().any(|line| line.contains(&long) && line.ends_with("        5")), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_cell_cannot_break_its_row_or_colour_it() {
        let rows = [vec!["a\nb\u{1b}[31m".to_owned()]];
        let text = render(&[("name", Set::Left)], &rows, false, false);
        assert!(text.contains("a b\u{fffd}[31m"), "{text}");
        assert!(render(&[("name", Set::Left)], &rows, false, true).contains("\u{1b}[1m"));
    }

    #[test]
    fn no_rows_is_a_table_too() {
        assert!(render::<Vec<String>>(&[("name", Set::Left)], &[], false, false).contains("name"));
    }
}
