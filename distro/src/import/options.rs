//! What is asked of an import. Everything that changes what comes out is here, and goes into the record.

use std::path::{Path, PathBuf};

use alloy::primitives::Address;
use serde::Serialize;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text with a header and a delimiter between the fields.
    Csv,
    /// An array of objects or of pairs, or an object from address to amount.
    Json,
    /// Addresses of 20 bytes, one behind the other.
    Raw,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The format that a file's name declares.
    #[must_use]
    pub fn of_name(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "bin" | "raw" => Some(Self::Raw),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// What a row is called in it.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::Csv => "line",
            Self::Json => "entry",
            Self::Raw => "record",
            Self::Parquet => "row",
        }
    }
}

/// What stands between the fields of a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// U+0009
    Tab,
}

impl Delimiter {
    pub(super) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// What the numbers of the amount column count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// 10^-18 of an ether: whole numbers.
    Wei,
    /// The smallest unit of a token: whole numbers.
    Base,
    /// Whole tokens, with at most the token's decimals.
    Whole,
    /// There is no amount column.
    None,
}

/// What the amounts are for, which decides how small and how large they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// To be paid: at most 2^96 - 1, and zero is a row by itself.
    Amounts,
    /// To be looked at: at most 2^128 - 1, and zero is a balance like others.
    Balances,
}

/// What to do with rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnBad {
    /// Nothing is written.
    #[default]
    Refuse,
    /// They go to the rejects, counted.
    LeaveOut,
}

/// What to do with an account that is there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// Nothing is written.
    #[default]
    Reject,
    /// The amounts are added up.
    Sum,
    /// The first row counts, in the order of files and rows; the others go to the rejects.
    First,
}

/// The names of the two columns that are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// The accounts.
    pub address: String,
    /// The amounts.
    pub amount: String,
}

impl Default for Columns {
    fn default() -> Self {
        Self { address: "address".to_owned(), amount: "amount".to_owned() }
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The files, in the order that counts for [`OnDuplicate::First`].
    pub files: Vec<PathBuf>,
    /// Their format, when their names do not say it.
    pub format: Option<Format>,
    /// The delimiter of CSV, when it is not to be found out.
    pub delimiter: Option<Delimiter>,
    /// The columns of CSV, JSON and Parquet.
    pub columns: Columns,
    /// What the amounts count.
    pub unit: Unit,
    /// Decimals of the token; 18 for wei.
    pub decimals: u8,
    /// What they are for.
    pub meaning: Meaning,
    /// Rows that cannot be read.
    pub unreadable: OnBad,
    /// Accounts that nobody can use, and those of `forbidden`.
    pub unusable: OnBad,
    /// Amounts of zero.
    pub zero: OnBad,
    /// Accounts that are there more than once.
    pub duplicates: OnDuplicate,
    /// Addresses that must not be paid, and what they are: the token, the distributor.
    pub forbidden: Vec<(Address, String)>,
    /// Files of accounts that get nothing.
    pub deny: Vec<PathBuf>,
}

impl ImportOptions {
    /// The strictest options for amounts of whole tokens.
    #[must_use]
    pub fn new(files: Vec<PathBuf>, unit: Unit, decimals: u8) -> Self {
        Self {
            files,
            format: None,
            delimiter: None,
            columns: Columns::default(),
            unit,
            decimals,
            meaning: Meaning::Amounts,
            unreadable: OnBad::Refuse,
            unusable: OnBad::Refuse,
            zero: OnBad::Refuse,
            duplicates: OnDuplicate::Reject,
            forbidden: Vec::new(),
            deny: Vec::new(),
        }
    }
}
