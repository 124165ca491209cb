//! The strict reader of recipient files.
//!
//! A file is UTF-8 without byte order mark: comment lines beginning with `#` at the top, the header `address,amount`, and a
//! row for each recipient, with commas between the fields. Lines end in LF or CR LF (nothing hangs on which, so both are
//! read). Fields may be quoted. Nothing else is tolerated, because a tolerant reader pays somebody the wrong amount: no
//! byte order mark, other delimiter, blank line, comment among the rows, white space around a value, sign, exponent,
//! separator, or decimals the token does not have. An address in mixed case has to carry its EIP-55 checksum; all lower or
//! all upper case carries none.
//!
//! No row is dropped: the rows of a file are either all in the list or there is no list. Large files are read by several
//! threads, each a part of the lines; what comes out does not depend on how many.

use std::{collections::HashMap, num::NonZero, path::Path, thread};

use alloy::primitives::{Address, B256, U256};
use sha2::{Digest, Sha256};

use super::{
    ENTRY_BYTES, Entry, MAX_AMOUNT, ReadReport, RecipientList,
    line::Line,
    problem::{Collector, Problem, ProblemKind, Problems, RecipientsError, quote},
    row,
};

/// Parts smaller than this are not worth a thread, bytes.
const PART_BYTES: usize = 1 << 20;
/// Most threads.
const THREADS: usize = 8;

/// What to do with an address that is there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// Refuse the file.
    #[default]
    Reject,
    /// Add the amounts up.
    Sum,
}

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Decimals of the token, as the chain tells them.
    pub decimals: u8,
    /// What to do with duplicates.
    pub duplicates: Duplicates,
    /// Addresses that must not be paid and what they are, such as the token: (address, `"the token itself"`).
    pub forbidden: Vec<(Address, String)>,
}

impl ReadOptions {
    /// Options for a token, which must not be on the list itself.
    #[must_use]
    pub fn of_token(token: Address, decimals: u8) -> Self {
        Self { decimals, forbidden: vec![(token, "the token itself".to_owned())], ..Self::default() }
    }
}

/// Reads a recipient file.
///
/// # Errors
/// [`RecipientsError`], with every problem of the file.
pub fn read_file(file: &Path, options: &ReadOptions) -> Result<ReadReport, RecipientsError> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|source| RecipientsError::Io { file: name.clone(), source })?;
    read_slice(&name, &bytes, options)
}

/// Reads a recipient file that is in memory; `name` is what messages call it.
///
/// # Errors
/// As [`read_file`].
pub fn read_slice(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<ReadReport, RecipientsError> {
    let threads =
        thread::available_parallelism().map_or(1, NonZero::get).min(THREADS).min(1 + bytes.len() / PART_BYTES);
    read_in_parts(name, bytes, options, threads)
}

fn read_in_parts(name: &str, bytes: &[u8], options: &ReadOptions, parts: usize) -> Result<ReadReport, RecipientsError> {
    let head = Head::read(bytes).map_err(|problem| {
        RecipientsError::Bad(Box::new(Problems { file: name.to_owned(), shown: vec![problem], total: 1 }))
    })?;
    let Rows { mut rows, mut problems } = read_body(head.body, head.lines, options, parts);
    if rows.is_empty() && problems.is_empty() {
        problems.push(head.lines, "file", ProblemKind::NoRows);
    }
    let count = rows.len() as u64;
    merge(&mut rows, options.duplicates, &mut problems);
    problems.finish(name)?;
    let mut packed = Vec::with_capacity(rows.len() * ENTRY_BYTES);
    for row in &rows {
        packed.extend_from_slice(&row.word);
    }
    drop(rows);
    let list =
        RecipientList::from_packed(packed).map_err(|error| RecipientsError::List { file: name.to_owned(), error })?;
    Ok(ReadReport {
        rows: count,
        summed: count - list.len() as u64,
        list,
        duplicates: options.duplicates,
        comments: head.comments,
        source_sha256: B256::from_slice(&Sha256::digest(bytes)),
    })
}

/// What stands before the rows.
struct Head<'a> {
    comments: Vec<String>,
    /// The rows.
    body: &'a [u8],
    /// Lines before the rows.
    lines: u64,
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Problem> {
        let at = |line, field, kind| Problem { line, field, kind };
        encoding(bytes).map_err(|kind| at(1, "file", kind))?;
        let mut comments = Vec::new();
        let mut body = bytes;
        let mut lines = 0;
        loop {
            lines += 1;
            let Some((line, rest)) = next_line(body) else {
                return Err(at(lines, "header", ProblemKind::NoHeader));
            };
            body = rest;
            let Some(comment) = line.strip_prefix(b"#") else {
                header(line).map_err(|kind| at(lines, "header", kind))?;
                return Ok(Self { comments, body, lines });
            };
            let comment =
                std::str::from_utf8(comment).map_err(|_| at(lines, "file", ProblemKind::NotUtf8(quote(line))))?;
            comments.push(comment.trim().to_owned());
        }
    }
}

/// Refuses what is not plain UTF-8 by its first bytes.
pub(crate) fn encoding(bytes: &[u8]) -> Result<(), ProblemKind> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Err(ProblemKind::ByteOrderMark),
        [0xff, 0xfe, ..] => Err(ProblemKind::WideEncoding("FF FE".to_owned())),
        [0xfe, 0xff, ..] => Err(ProblemKind::WideEncoding("FE FF".to_owned())),
        _ => Ok(()),
    }
}

fn header(line: &[u8]) -> Result<(), ProblemKind> {
    if let Some(delimiter) = other_delimiter(line) {
        return Err(ProblemKind::Delimiter(delimiter));
    }
    let mut fields = Line::new();
    match fields.read(line) {
        Ok(()) if fields.len() == 2 && fields.field(0) == b"address" && fields.field(1) == b"amount" => Ok(()),
        Ok(()) | Err(ProblemKind::BlankLine) => Err(ProblemKind::Header(quote(line))),
        Err(kind) => Err(kind),
    }
}

/// The delimiter of a line that has no comma but another usual one.
fn other_delimiter(line: &[u8]) -> Option<&'static str> {
    if line.contains(&b',') && !line.contains(&b';') && !line.contains(&b'\t') {
        return None;
    }
    [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")]
        .into_iter()
        .find(|(byte, _)| line.contains(byte))
        .map(|it| it.1)
}

/// The first line without its line feed, and what comes after; `None` at the end.
fn next_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    Some((&bytes[..end], bytes.get(end + 1..).unwrap_or_default()))
}

/// A row that is fine by itself.
struct Row {
    word: [u8; ENTRY_BYTES],
    line: u64,
}

impl Row {
    fn address(&self) -> &[u8] {
        &self.word[..20]
    }
}

/// What the rows of a file came to.
#[derive(Default)]
struct Rows {
    /// Sorted by address, then line.
    rows: Vec<Row>,
    problems: Collector,
}

fn read_body(body: &[u8], lines_before: u64, options: &ReadOptions, parts: usize) -> Rows {
    let parts = split(body, parts);
    let read = thread::scope(|scope| {
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(|| read_part(part, options))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        joined.collect::<Vec<_>>()
    });
    let mut whole = Rows::default();
    let mut offset = lines_before;
    for (part, lines) in read {
        let shifted = part.rows.into_iter().map(|row| Row { line: row.line + offset, ..row });
        if whole.rows.is_empty() {
            whole.rows = shifted.collect();
        } else {
            whole.rows.extend(shifted);
        }
        whole.problems.absorb(part.problems, offset);
        offset += lines;
    }
    // the parts are sorted: this merges them
    whole.rows.sort_by(order);
    whole
}

fn order(a: &Row, b: &Row) -> std::cmp::Ordering {
    a.address().cmp(b.address()).then(a.line.cmp(&b.line))
}

/// Cuts at line ends into about equal parts, one at least.
fn split(body: &[u8], parts: usize) -> Vec<&[u8]> {
    let size = body.len().div_ceil(parts.max(1)).max(1);
    let mut rest = body;
    let mut cut = Vec::with_capacity(parts);
    while rest.len() > size {
        let Some(end) = rest[size..].iter().position(|byte| *byte == b'\n') else { break };
        let (part, after) = rest.split_at(size + end + 1);
        cut.push(part);
        rest = after;
    }
    cut.push(rest);
    cut
}

/// Reads a part; lines are counted from its first, which is 1. Returns the number of its lines too.
fn read_part(mut rest: &[u8], options: &ReadOptions) -> (Rows, u64) {
    let mut line = 0;
    let mut part = Rows { rows: Vec::with_capacity(rest.len() / 50), ..Rows::default() };
    let mut fields = Line::new();
    while let Some((text, after)) = next_line(rest) {
        rest = after;
        line += 1;
        let Rows { rows, problems } = &mut part;
        match fields.read(text) {
            Err(kind) => problems.push(line, "row", kind),
            Ok(()) if fields.len() != 2 => {
                let kind = match other_delimiter(text) {
                    Some(delimiter) => ProblemKind::Delimiter(delimiter),
                    None => ProblemKind::Fields { found: fields.len() },
                };
                problems.push(line, "row", kind);
            }
            Ok(()) => {
                let address = row::address(fields.field(0), &options.forbidden);
                let amount = row::amount(fields.field(1), options.decimals);
                match (address, amount) {
                    (Ok(address), Ok(amount)) => rows.push(Row { word: Entry { address, amount }.pack(), line }),
                    (address, amount) => {
                        address.err().into_iter().for_each(|kind| problems.push(line, "address", kind));
                        amount.err().into_iter().for_each(|kind| problems.push(line, "amount", kind));
                    }
                }
            }
        }
    }
    part.rows.sort_unstable_by(order);
    (part, line)
}

/// Follows the duplicates policy on sorted rows.
fn merge(rows: &mut Vec<Row>, policy: Duplicates, problems: &mut Collector) {
    if !rows.windows(2).any(|pair| pair[0].address() == pair[1].address()) {
        return;
    }
    match policy {
        Duplicates::Reject => {
            for group in rows.chunk_by(|a, b| a.address() == b.address()) {
                for row in &group[1..] {
                    let address = Address::from_slice(row.address());
                    problems.push(row.line, "address", ProblemKind::Duplicate { address, first: group[0].line });
                }
            }
        }
        Duplicates::Sum => {
            let mut sums = HashMap::new();
            rows.dedup_by(|row, kept| {
                let same = row.address() == kept.address();
                if same {
                    let Entry { amount, .. } = Entry::unpack(&row.word);
                    let sum = sums.entry(kept.line).or_insert_with(|| U256::from(Entry::unpack(&kept.word).amount));
                    *sum += U256::from(amount);
                }
                same
            });
            for row in rows {
                let Some(sum) = sums.get(&row.line) else { continue };
                match u128::try_from(*sum).ok().filter(|sum| *sum <= MAX_AMOUNT) {
                    Some(amount) => row.word = Entry { address: Address::from_slice(row.address()), amount }.pack(),
                    None => problems.push(
                        row.line,
                        "amount",
                        ProblemKind::AboveUint96(format!("of all rows, {sum} base units,")),
                    ),
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
