//! What is wrong with a file, said so that it can be put right: file, line, column, field, what was found and expected,
//! and what to do.
//!
//! A problem is known by its place in the text; the name of the field is looked up from the place, so every complaint, the
//! TOML reader's own included, names its field in the same way.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The field, such as `grants.team.receivers[3].amount`; empty when the text is not TOML at all.
    pub field: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, column, field, message, help } = self;
        write!(f, "{file}:{line}:{column}: ")?;
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        write!(f, "{message}\n  {help}")
    }
}

/// A text and the name it goes by, and likewise of the one it extends: its places begin where this text ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) base: Option<(&'a str, &'a str)>,
}

impl Source<'_> {
    /// A problem at a place of the text.
    pub(crate) fn problem(&self, span: &Range<usize>, message: String, help: impl Into<String>) -> Problem {
        let (file, text, offset) = self.part(span.start);
        let (line, column) = place(text, offset);
        Problem { file: file.to_owned(), line, column, field: field(text, offset), message, help: help.into() }
    }

    /// The line of a byte offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let (_, text, offset) = self.part(offset);
        place(text, offset).0
    }

    /// The file of a byte offset, its text and the offset there.
    fn part(&self, offset: usize) -> (&str, &str, usize) {
        match self.base {
            Some((file, text)) if offset >= self.text.len() => (file, text, offset - self.text.len()),
            _ => (self.file, self.text, offset),
        }
    }

    /// What the TOML reader complains about.
    pub(crate) fn unreadable(&self, error: &toml::de::Error) -> Problem {
        let message = error.message().to_owned();
        let help = if message.starts_with("unknown field") {
            "correct the spelling or remove the key: an unknown key is never ignored"
        } else if message.starts_with("missing field") {
            "add it; every figure has to be stated, there are no defaults"
        } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
            "write the value in the expected form"
        } else {
            "make it valid TOML"
        };
        self.problem(&error.span().unwrap_or(0..0), message, help)
    }
}

/// Line and column of a byte offset, both from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The innermost field at a byte offset.
fn field(text: &str, offset: usize) -> String {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut path = String::new();
    walk_table(table.get_ref(), offset, &mut path);
    path
}

/// Appends the field at `offset` inside `table`. Dotted headers such as `[grants.team]` give tables whose own span is only
/// the header, so every branch is tried.
fn walk_table(table: &DeTable<'_>, offset: usize, path: &mut String) -> bool {
    table.iter().any(|(key, value)| {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key.get_ref());
        let found = walk_value(value, offset, path) || covers(key, value, offset);
        if !found {
            path.truncate(length);
        }
        found
    })
}

fn walk_value(value: &Spanned<DeValue<'_>>, offset: usize, path: &mut String) -> bool {
    match value.get_ref() {
        DeValue::Table(table) => walk_table(table, offset, path),
        DeValue::Array(array) => array.iter().enumerate().any(|(index, item)| {
            let length = path.len();
            path.push_str(&format!("[{index}]"));
            let found = walk_value(item, offset, path) || item.span().contains(&offset);
            if !found {
                path.truncate(length);
            }
            found
        }),
        _ => false,
    }
}

fn covers(key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>, offset: usize) -> bool {
    key.span().contains(&offset) || value.span().contains(&offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_field() {
        let text = "a = 1\n[b.c]\nd = [ { e = 1 }, { e = 2 } ]\n";
        assert_eq!(field(text, text.find("1\n").unwrap()), "a");
        assert_eq!(field(text, text.rfind('2').unwrap()), "b.c.d[1].e");
        assert_eq!(place(text, text.rfind('2').unwrap()), (3, 24));
        assert_eq!(field(text, text.len()), "");
        let source = Source { file: "x.toml", text: "z = 0\n", base: Some(("y.toml", text)) };
        let found = source.problem(&(6 + text.find('e').unwrap()..7), String::new(), "");
        assert_eq!((found.file.as_str(), found.line, found.field.as_str()), ("y.toml", 3, "b.c.d[0].e"));
        assert_eq!(source.problem(&(0..1), String::new(), "").file, "x.toml");
        assert_eq!((source.line(0), source.line(6 + text.len())), (1, 4));
    }
}
