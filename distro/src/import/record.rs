//! What is written down about an import: enough to do it again and to see that nothing got lost.
//!
//! The record depends on the files and the options alone: no time, no path, no machine. Amounts are strings of base units.
//! Each stage says what stood before it and what was left: `before` minus `after` is `left_out`, rows and amounts alike.
//! An amount that could not be read is in no total; `amounts_unread` counts the rows that had one.

use alloy::primitives::U256;
use serde::{Serialize, Serializer};

use super::{
    folder::FileFacts,
    options::{Delimiter, Format, Meaning, OnBad, OnDuplicate, Unit},
};

/// Version of the record's form.
pub(super) const FORMAT: u32 = 1;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputFacts {
    /// Its name, without folders.
    pub file: String,
    /// Its format.
    pub format: Format,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, as `sha256sum` prints it.
    pub sha256: String,
    /// Rows found, good or bad.
    pub rows: u64,
    /// Whether a UTF-8 byte order mark was skipped.
    pub byte_order_mark: bool,
    /// The delimiter of a CSV.
    pub delimiter: Option<Delimiter>,
    /// The comments at the top of a CSV.
    pub comments: Vec<String>,
    /// Columns that were not read, as far as they were seen.
    pub columns_not_read: Vec<String>,
}

/// A deny list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DenyFacts {
    /// Its name, without folders.
    pub file: String,
    /// SHA-256, as `sha256sum` prints it.
    pub sha256: String,
    /// Accounts on it that no list before it had.
    pub accounts: u64,
}

/// Rows, and the sum of their amounts in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Sum, base units.
    #[serde(serialize_with = "decimal")]
    pub total: U256,
}

impl Tally {
    pub(crate) fn add(&mut self, amount: u128) {
        self.rows += 1;
        // 2^64 rows of 2^128 each cannot overflow 256 bits
        self.total += U256::from(amount);
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self { rows: self.rows - other.rows, total: self.total - other.total }
    }
}

fn decimal<S: Serializer>(value: &U256, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// A filter: what came in, what went out, what it held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its name, which the rejects carry as well.
    pub name: String,
    /// What came in.
    pub before: Tally,
    /// What it held back; with duplicates summed, the rows that were added to others and nothing of their amounts.
    pub left_out: Tally,
    /// What went on.
    pub after: Tally,
}

impl Stage {
    pub(crate) fn new(name: &str, before: Tally, left_out: Tally) -> Self {
        Self { name: name.to_owned(), before, left_out, after: before.minus(left_out) }
    }
}

/// The policies, as they were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policies {
    /// Rows that cannot be read.
    pub unreadable: OnBad,
    /// Accounts that nobody can use.
    pub unusable: OnBad,
    /// Amounts of zero; balances of zero are balances.
    pub zero: Option<OnBad>,
    /// Accounts that are there more than once.
    pub duplicates: OnDuplicate,
    /// Addresses that must not be paid, and what they are.
    pub forbidden: Vec<(String, String)>,
    /// Deny lists.
    pub deny: Vec<DenyFacts>,
}

/// How rows came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The files, in order.
    pub inputs: Vec<InputFacts>,
    /// The address column's name.
    pub address_column: String,
    /// The amount column's name, where there is one.
    pub amount_column: Option<String>,
    /// What the amounts count.
    pub unit: Unit,
    /// What they are for.
    pub meaning: Meaning,
    /// Decimals of the token.
    pub decimals: u8,
    /// The policies.
    pub policies: Policies,
    /// Rows whose amount could not be read.
    pub amounts_unread: u64,
    /// The filters, in order.
    pub stages: Vec<Stage>,
}

/// The record of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportRecord {
    /// Version of this form.
    pub format: u32,
    /// The program and its version.
    pub tool: String,
    /// How the rows came in.
    pub reading: Reading,
    /// Recipients of the list.
    pub recipients: u64,
    /// Sum of the list, base units.
    #[serde(serialize_with = "decimal")]
    pub total: U256,
    /// Sum of the list, whole tokens.
    pub total_tokens: String,
    /// The list.
    pub list: FileFacts,
    /// The rejects.
    pub rejects: FileFacts,
}

/// The program that wrote a record.
pub(crate) fn tool() -> String {
    format!("tminus {}", env!("CARGO_PKG_VERSION"))
}
