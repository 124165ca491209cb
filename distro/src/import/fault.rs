//! What can be wrong with a row or a file, in words that help: what was found, what was expected, what to do.

use std::{fmt, io};

use alloy::primitives::{Address, U256};
use serde::Serialize;

use super::options::Unit;
use crate::recipients::{MAX_TOTAL, ProblemKind};

/// Most rejects that are told one by one when an import is refused.
pub const SHOWN_REJECTS: usize = 50;

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file that could not be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// The system's words.
        source: io::Error,
    },
    /// Rows or files that the policies refuse.
    #[error("{}", Refusal(.shown, *.total))]
    Refused {
        /// The first [`SHOWN_REJECTS`].
        shown: Vec<Reject>,
        /// How many there are.
        total: u64,
    },
    /// A file whose format neither its name nor anybody told.
    #[error("{0}: its name does not say of which format it is; expected .csv, .json, .bin or .parquet. Pass --format")]
    UnknownFormat(String),
    /// A format that is known but not read.
    #[error("{0}: this tminus does not read Parquet. Export the file as CSV")]
    NoParquet(String),
    /// Nothing in, or nothing left.
    #[error("no account is left of {rows} row{}: nothing was written", if *rows == 1 { "" } else { "s" })]
    NobodyLeft {
        /// Rows found.
        rows: u64,
    },
    /// More than a distributor can account for.
    #[error("the amounts sum up to {0} base units: a distributor accepts at most {MAX_TOTAL} (2^112 - 1)")]
    Total(U256),
    /// More files than places can tell apart.
    #[error("{0} files: at most 65535 are imported together")]
    TooManyFiles(usize),
    /// What was to be written could not be.
    #[error("{0}")]
    Output(io::Error),
}

impl ImportError {
    /// Whether what was given is wrong, rather than where it should have been written.
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Output(_))
    }

    pub(super) fn one(reject: Reject) -> Self {
        Self::Refused { shown: vec![reject], total: 1 }
    }
}

struct Refusal<'a>(&'a [Reject], u64);

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(shown, total) = self;
        write!(f, "{total} problem{}; nothing was written", if *total == 1 { "" } else { "s" })?;
        shown.iter().try_for_each(|reject| write!(f, "\n  {reject}"))?;
        match total - shown.len() as u64 {
            0 => Ok(()),
            hidden => write!(f, "\n  and {hidden} more"),
        }
    }
}

/// Why a row does not enter: which filter held it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It cannot be read, or cannot be what it says.
    Unreadable,
    /// Its account is nobody's, or the token's or the distributor's own.
    Unusable,
    /// Its amount is zero.
    Zero,
    /// Its account is on a deny list.
    Denied,
    /// Its account was there before.
    Duplicate,
}

impl Why {
    /// The word for it in the file of rejects.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unusable => "unusable",
            Self::Zero => "zero",
            Self::Denied => "denied",
            Self::Duplicate => "duplicate",
        }
    }
}

/// A row that does not enter, or a file that cannot be read as what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file, as it was given.
    pub file: String,
    /// Where in it: `line 4`, `entry 2`, `record 7`, `row 9`.
    pub place: String,
    /// The column as the file calls it, or `header`, `row`, `file`.
    pub column: String,
    /// Which filter.
    pub why: Why,
    /// What it is.
    pub fault: Fault,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, {}: {}", self.file, self.place, self.column, self.fault)
    }
}

/// The kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What is wrong with a row of a recipient list is wrong here as well.
    #[error(transparent)]
    Row(#[from] ProblemKind),
    /// No header.
    #[error("there is no header; expected the names of the columns in the first line that is no comment")]
    NoHeader,
    /// A column that is not there, or twice.
    #[error(
        "the header {header} has {found} columns named {name:?}; expected one. Name the column that is meant with {option}"
    )]
    Column {
        /// The header.
        header: String,
        /// The name looked for.
        name: String,
        /// How many there are.
        found: usize,
        /// The option that names it.
        option: &'static str,
    },
    /// A header from which the delimiter does not follow.
    #[error(
        "the header {0} has {1}; expected commas, semicolons or tabs, and one kind of them. Say which with --delimiter"
    )]
    Delimiter(String, &'static str),
    /// A line beyond what a row may be.
    #[error("the line is longer than {0} bytes; expected rows of text. Is the file a CSV?")]
    LongLine(usize),
    /// Too many or too few fields.
    #[error(
        "the row has {found} field{}; expected {expected} like the header. {}",
        if *found == 1 { "" } else { "s" },
        if found > expected { "If an amount holds a thousands separator or a decimal comma, write it with digits and one point only" }
        else { "Complete or remove the row" }
    )]
    Fields {
        /// Fields found.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// More columns than are told apart.
    #[error("the header has more than {0} columns; expected fewer. Leave out those that are not needed")]
    Wide(usize),
    /// Not JSON.
    #[error("it is not JSON: {0}; expected an array of objects or of pairs, or an object from address to amount")]
    NotJson(String),
    /// JSON of another shape.
    #[error("it is {0}; expected an array of objects or of pairs, or an object from address to amount")]
    JsonShape(&'static str),
    /// An entry of another shape.
    #[error("the entry is {found}; expected {expected}")]
    Entry {
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A JSON number where an amount is expected.
    #[error(
        "the amount is the JSON number {0}; expected a string. Most programs read a JSON number as a float, which loses the \
         last units: write it between quotes"
    )]
    JsonNumber(String),
    /// Something else where a text is expected.
    #[error("it is {0}; expected a text between quotes")]
    NotText(&'static str),
    /// An object without a key.
    #[error("the entry has no {0:?}; expected every entry to have it. Name the key that is meant with {1}")]
    NoKey(String, &'static str),
    /// An object with a key twice.
    #[error("the entry has {0:?} twice; expected every key once: which of them is meant cannot be known")]
    KeyTwice(String),
    /// A null.
    #[error(
        "the value is null; expected one in every row. A null is no zero: it is what a snapshot has where a call failed. Get \
         the value again"
    )]
    Null,
    /// An address of another length.
    #[error("the address has {0} bytes; expected 20")]
    AddressBytes(usize),
    /// Parts of the smallest unit.
    #[error(
        "{found} is not a whole number of {unit}; expected digits only. If the file counts whole tokens, pass --unit whole: \
         amounts are never rounded"
    )]
    Fraction {
        /// What was found.
        found: String,
        /// The unit, in words.
        unit: &'static str,
    },
    /// Beyond what can be paid.
    #[error(
        "the amount, {0} base units, is too large; expected at most 2^96 - 1 base units. Check the unit: is the file really \
         in {unit}?", unit = unit_words(*.1)
    )]
    TooLarge(U256, Unit),
    /// Beyond what is held of a balance.
    #[error(
        "the balance {0} is too large; expected at most 2^128 - 1 base units. Check the unit: is the file really in {unit}?",
        unit = unit_words(*.1)
    )]
    BalanceTooLarge(String, Unit),
    /// Zero.
    #[error("the amount is zero; expected at least one base unit. Remove the row, or pass --zero-amounts leave-out")]
    Zero,
    /// On a deny list.
    #[error("{address} is on the deny list {file}, line {line}")]
    Denied {
        /// The account.
        address: Address,
        /// The list.
        file: String,
        /// Its line.
        line: u64,
    },
    /// The same 20 bytes twice.
    #[error(
        "{address} is at {first} already; expected each account once (letter case makes no difference). Remove one of the \
         rows, or say what is meant with --duplicates sum or --duplicates first"
    )]
    Duplicate {
        /// The account.
        address: Address,
        /// Where it was first.
        first: String,
    },
    /// A sum of duplicates beyond what can be paid.
    #[error("all rows of {address} sum up to {sum} base units, which is too large; expected at most {most}")]
    SumTooLarge {
        /// The account.
        address: Address,
        /// The sum.
        sum: U256,
        /// The most.
        most: &'static str,
    },
    /// Raw records that are text.
    #[error("the file is text; expected raw records of 20 bytes. Is it a CSV?")]
    Text,
    /// A last record that is not whole.
    #[error(
        "the last record has {0} of 20 bytes; expected whole records to the end. The file was cut short or is of another \
         kind: get it again and compare its size"
    )]
    Cut(usize),
    /// No row.
    #[error("there is no row; expected one for each account")]
    NoRows,
    /// Raw records have no amounts.
    #[error(
        "raw records are addresses without amounts; expected --unit none. Give amounts with `tminus distro amounts`"
    )]
    NoAmounts,
}

/// A unit in words.
fn unit_words(unit: Unit) -> &'static str {
    match unit {
        Unit::Wei => "wei",
        Unit::Base => "base units",
        Unit::Whole => "whole tokens",
        Unit::None => "nothing",
    }
}

impl Fault {
    /// The fault of an amount with decimals where the unit has none.
    pub(super) fn fraction(found: String, unit: Unit) -> Self {
        Self::Fraction { found, unit: unit_words(unit) }
    }
}
