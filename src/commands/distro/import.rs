//! `tminus distro import`: one strict list from whatever files somebody sent.

use std::path::PathBuf;

use alloy::primitives::{Address, U256};
use clap::{Args, ValueEnum};
use serde_json::json;
use tminus_chain::units::format_amount;
use tminus_distro::import::{
    Columns, Delimiter, Format, ImportError, ImportOptions, ImportRecord, Meaning, OnBad, OnDuplicate, Reading, Unit,
    import,
};

use super::list::refuse_to_replace;
use crate::{
    commands::finish,
    exit::{Failure, Status},
    narrative::table::{Set, table},
};

/// Arguments of `distro import`.
#[derive(Debug, Clone, Args)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    source: Source,
    /// Decimals of the token; 18 for wei.
    #[arg(long, value_parser = clap::value_parser!(u8).range(..=77))]
    decimals: Option<u8>,
    /// The folder to write: the list, the record and the rejects.
    #[arg(long)]
    out: PathBuf,
}

/// Files, how they are read, and what is done with their rows.
#[derive(Debug, Clone, Args)]
pub(super) struct Source {
    /// The files; with --duplicates first their order counts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the amounts count. There is no default: a wrong guess is a factor of 10^18.
    #[arg(long, value_enum)]
    unit: InUnit,
    /// The format; told by the name (.csv .tsv .txt, .json, .bin .raw, .parquet) when not given.
    #[arg(long, value_enum)]
    format: Option<InFormat>,
    /// The delimiter of CSV; found out from the header when not given.
    #[arg(long, value_enum)]
    delimiter: Option<InDelimiter>,
    /// The column, or key, of the accounts.
    #[arg(long, default_value = "address")]
    address_column: String,
    /// The column, or key, of the amounts.
    #[arg(long, default_value = "amount")]
    amount_column: String,
    /// What to do with an account that is there more than once.
    #[arg(long, value_enum, default_value_t = Repeated::Reject)]
    duplicates: Repeated,
    /// What to do with rows that cannot be read.
    #[arg(long, value_enum, default_value_t = Bad::Refuse)]
    bad_rows: Bad,
    /// What to do with accounts nobody can use: zero, precompiles, burn addresses, the token, the distributor.
    #[arg(long, value_enum, default_value_t = Bad::Refuse)]
    unusable_accounts: Bad,
    /// What to do with amounts of zero. Balances of zero are balances.
    #[arg(long, value_enum, default_value_t = Bad::Refuse)]
    zero_amounts: Bad,
    /// A file of accounts that get nothing, one a line; may be given more than once.
    #[arg(long)]
    deny: Vec<PathBuf>,
    /// The token, which must not be on the list itself.
    #[arg(long)]
    token: Option<Address>,
    /// The distributor, which must not be on the list itself.
    #[arg(long)]
    distributor: Option<Address>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InUnit {
    /// 10^-18 of an ether, whole numbers.
    Wei,
    /// The token's smallest unit, whole numbers.
    Base,
    /// Whole tokens, as decimal numbers.
    Whole,
    /// There are no amounts, only accounts.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InFormat {
    /// Text with a header.
    Csv,
    /// An array of objects or pairs, or an object from address to amount.
    Json,
    /// Raw 20-byte records.
    Raw,
    /// Apache Parquet.
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InDelimiter {
    Comma,
    Semicolon,
    Tab,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Repeated {
    /// Write nothing.
    Reject,
    /// Add the amounts up.
    Sum,
    /// Take the first row, leave out and report the others.
    First,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bad {
    /// Write nothing.
    Refuse,
    /// Leave them out, and report each.
    LeaveOut,
}

impl From<Bad> for OnBad {
    fn from(bad: Bad) -> Self {
        match bad {
            Bad::Refuse => Self::Refuse,
            Bad::LeaveOut => Self::LeaveOut,
        }
    }
}

impl Source {
    /// What is asked of the reading.
    pub(super) fn options(&self, decimals: Option<u8>, meaning: Meaning) -> Result<ImportOptions, Failure> {
        let unit = match self.unit {
            InUnit::Wei => Unit::Wei,
            InUnit::Base => Unit::Base,
            InUnit::Whole => Unit::Whole,
            InUnit::None => Unit::None,
        };
        let decimals = match (unit, decimals) {
            (Unit::Wei, None | Some(18)) => 18,
            (Unit::Wei, Some(other)) => {
                return Err(Failure::Input(format!(
                    "--unit wei counts 10^-18 of an ether, but the decimals are {other}. Pass --unit base for the smallest \
                     unit of another token"
                )));
            }
            (Unit::None, decimals) => decimals.unwrap_or(0),
            (_, Some(decimals)) => decimals,
            (_, None) => return Err(Failure::Input("--decimals is missing: how many has the token?".to_owned())),
        };
        let forbidden = [(self.token, "the token itself"), (self.distributor, "the distributor itself")];
        Ok(ImportOptions {
            format: self.format.map(|format| match format {
                InFormat::Csv => Format::Csv,
                InFormat::Json => Format::Json,
                InFormat::Raw => Format::Raw,
                InFormat::Parquet => Format::Parquet,
            }),
            delimiter: self.delimiter.map(|delimiter| match delimiter {
                InDelimiter::Comma => Delimiter::Comma,
                InDelimiter::Semicolon => Delimiter::Semicolon,
                InDelimiter::Tab => Delimiter::Tab,
            }),
            columns: Columns { address: self.address_column.clone(), amount: self.amount_column.clone() },
            meaning,
            unreadable: self.bad_rows.into(),
            unusable: self.unusable_accounts.into(),
            zero: self.zero_amounts.into(),
            duplicates: match self.duplicates {
                Repeated::Reject => OnDuplicate::Reject,
                Repeated::Sum => OnDuplicate::Sum,
                Repeated::First => OnDuplicate::First,
            },
            forbidden: forbidden.into_iter().filter_map(|(it, what)| Some((it?, what.to_owned()))).collect(),
            deny: self.deny.clone(),
            ..ImportOptions::new(self.files.clone(), unit, decimals)
        })
    }
}

/// `distro import`.
pub(super) fn run(arguments: &ImportArguments, as_json: bool) -> Result<Status, Failure> {
    let options = arguments.source.options(arguments.decimals, Meaning::Amounts)?;
    refuse_to_replace(&arguments.out)?;
    let record = import(&options, &arguments.out).map_err(failure)?;
    let words = words(&record, &arguments.out.display().to_string());
    finish(as_json, Status::Done, json!({ "import": record, "folder": arguments.out }), words)
}

/// What was given is bad input; what could not be written has failed.
pub(super) fn failure(error: ImportError) -> Failure {
    if error.is_input() { Failure::input(error) } else { Failure::failed(error) }
}

fn words(record: &ImportRecord, folder: &str) -> String {
    let row = |name: &str, value: String| [name.to_owned(), value];
    let mut rows = vec![row("recipients", record.recipients.to_string())];
    if record.reading.unit != Unit::None {
        rows.push(row("total", format!("{} whole tokens", record.total_tokens)));
    }
    rows.push(row("list sha256", record.list.sha256.clone()));
    rows.push(row("written to", folder.to_owned()));
    let facts = table(&[("", Set::Left), ("", Set::Left)], &rows);
    format!("{}\n\n{facts}", stages(&record.reading))
}

/// The files and the filters, with what stood before and after each.
pub(super) fn stages(reading: &Reading) -> String {
    let inputs: Vec<_> = reading
        .inputs
        .iter()
        .map(|input| {
            let mut notes = Vec::new();
            notes.extend(input.delimiter.map(|delimiter| format!("{delimiter:?} delimited").to_lowercase()));
            notes.extend(input.byte_order_mark.then(|| "byte order mark skipped".to_owned()));
            let others = &input.columns_not_read;
            notes.extend((!others.is_empty()).then(|| format!("not read: {}", others.join(", "))));
            [input.file.clone(), input.rows.to_string(), notes.join("; "), input.sha256.clone()]
        })
        .collect();
    let whole = |value: U256| format_amount(value, reading.decimals);
    let filters: Vec<_> = reading
        .stages
        .iter()
        .map(|stage| {
            [
                stage.name.clone(),
                stage.before.rows.to_string(),
                whole(stage.before.total),
                stage.left_out.rows.to_string(),
                whole(stage.left_out.total),
                stage.after.rows.to_string(),
                whole(stage.after.total),
            ]
        })
        .collect();
    let (left, right) = (Set::Left, Set::Right);
    let inputs = table(&[("file", left), ("rows", right), ("", left), ("sha256", left)], &inputs);
    let heads = [
        ("filter", left),
        ("rows before", right),
        ("amount before", right),
        ("left out", right),
        ("amount left out", right),
        ("rows after", right),
        ("amount after", right),
    ];
    format!("{inputs}\n\n{}", table(&heads, &filters))
}
