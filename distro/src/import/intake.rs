//! Rows come in one by one; good ones are held, all others are counted and reported.
//!
//! The order of the filters is the order of a row's fate: what cannot be read is `unreadable`; then an account nobody can
//! use is `unusable`; an amount of zero is `zero`; an account on a deny list is `denied`; and of what is left, an account
//! that was there before is `duplicate`. A row is held back by the first of them and counted once, though it may have two
//! problems.

use std::io::{self, Write};

use alloy::primitives::{Address, U256};

use super::{
    deny::Deny,
    fault::{Fault, ImportError, Reject, SHOWN_REJECTS, Why},
    folder::Draw,
    options::{Format, ImportOptions, Meaning, OnBad, OnDuplicate, Unit},
    record::{Policies, Reading, Stage, Tally},
    unit::{AddressCell, AmountCell, Scale},
};
use crate::recipients::{MAX_AMOUNT, row};

/// A row of a file: which file, and which row of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

/// Bits of a place that count rows; the others tell the file.
const ROW_BITS: u32 = 48;

/// An account and its amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Who.
    pub(crate) address: Address,
    /// How much, base units.
    pub(crate) amount: u128,
    place: Place,
}

/// What came in.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The accounts, ascending, each once.
    pub(crate) rows: Vec<Row>,
    /// How they came in.
    pub(crate) reading: Reading,
    files: Files,
}

impl Gathered {
    /// Reports a row that a later filter held back.
    pub(crate) fn reject(&self, to: &mut Draw, row: &Row, column: &str, filter: &str, why: &str) -> io::Result<()> {
        let (file, place) = self.files.words(row.place);
        write_reject(to, [file, &place, column, filter, &row.address.to_string(), &row.amount.to_string(), why])
    }
}

/// Names and formats of the files begun.
#[derive(Debug, Default)]
struct Files(Vec<(String, Format)>);

impl Files {
    /// A place in words, and its file.
    fn words(&self, Place(place): Place) -> (&str, String) {
        let (name, format) = &self.0[(place >> ROW_BITS) as usize];
        (name, format!("{} {}", format.place(), place & ((1 << ROW_BITS) - 1)))
    }
}

fn write_reject(to: &mut Draw, cells: [&str; 7]) -> io::Result<()> {
    writeln!(to, "{}", cells.map(field).join(","))
}

/// Takes rows.
#[derive(Debug)]
pub(super) struct Intake<'a> {
    options: &'a ImportOptions,
    deny: Deny,
    rejects: &'a mut Draw,
    files: Files,
    rows: Vec<Row>,
    found: Tally,
    held_back: [Tally; 5],
    amounts_unread: u64,
    /// Rows of the file that is being read.
    file_rows: u64,
    shown: Vec<Reject>,
    refused: u64,
}

/// Begins the file of rejects.
pub(super) fn rejects_header(to: &mut Draw) -> io::Result<()> {
    to.write_all(b"file,place,column,filter,address,amount,reason\n")
}

impl<'a> Intake<'a> {
    pub(super) fn new(options: &'a ImportOptions, rejects: &'a mut Draw) -> Result<Self, ImportError> {
        Ok(Self {
            options,
            deny: Deny::read(&options.deny)?,
            rejects,
            files: Files::default(),
            rows: Vec::new(),
            found: Tally::default(),
            held_back: Default::default(),
            amounts_unread: 0,
            file_rows: 0,
            shown: Vec::new(),
            refused: 0,
        })
    }

    /// Begins a file that has about `rows` rows. Rows are numbered by the reader.
    pub(super) fn begin(&mut self, name: &str, format: Format, rows: u64) {
        self.files.0.push((name.to_owned(), format));
        self.file_rows = 0;
        // untouched room costs nothing; without it the rows are moved as they grow
        let _ = self.rows.try_reserve(usize::try_from(rows).unwrap_or_default());
    }

    /// Rows of the file since it was begun.
    pub(super) fn file_rows(&self) -> u64 {
        self.file_rows
    }

    /// Takes a row.
    pub(super) fn row(
        &mut self,
        number: u64,
        address: AddressCell<'_>,
        amount: AmountCell<'_>,
    ) -> Result<(), ImportError> {
        let ImportOptions { unit, decimals, meaning, .. } = *self.options;
        let place = self.place(number);
        let scale = Scale { unit, decimals, meaning };
        let (address, amount) = (address.read(), scale.read(amount));
        self.count(amount.as_ref().ok().copied());
        let (address, amount) = match (address, amount) {
            (Ok(address), Ok(amount)) => (address, amount),
            (address, amount) => {
                self.hold_back(Why::Unreadable, amount.as_ref().ok().copied());
                let both = (address.as_ref().ok().copied(), amount.as_ref().ok().copied());
                let columns = &self.options.columns;
                if let Err(fault) = address {
                    self.report(place, &columns.address, Why::Unreadable, both, fault)?;
                }
                if let Err(fault) = amount {
                    self.report(place, &columns.amount, Why::Unreadable, both, fault)?;
                }
                return Ok(());
            }
        };
        let columns = &self.options.columns;
        let (why, column, fault) = if let Err(kind) = row::usable(address, &self.options.forbidden) {
            (Why::Unusable, &columns.address, Fault::Row(kind))
        } else if amount == 0 && unit != Unit::None && meaning == Meaning::Amounts {
            (Why::Zero, &columns.amount, Fault::Zero)
        } else if let Some(fault) = self.deny.find(address) {
            (Why::Denied, &columns.address, fault)
        } else {
            self.rows.push(Row { address, amount, place });
            return Ok(());
        };
        self.hold_back(why, Some(amount));
        self.report(place, column, why, (Some(address), Some(amount)), fault)
    }

    /// Takes a row of which not even the cells can be told.
    pub(super) fn unreadable(&mut self, number: u64, column: &str, fault: Fault) -> Result<(), ImportError> {
        self.count(None);
        self.hold_back(Why::Unreadable, None);
        self.report(self.place(number), column, Why::Unreadable, (None, None), fault)
    }

    /// The refusal of a whole file.
    pub(super) fn fatal(&self, number: u64, column: &str, fault: Fault) -> ImportError {
        ImportError::one(self.reject(self.place(number), column, Why::Unreadable, fault))
    }

    fn place(&self, number: u64) -> Place {
        Place((self.files.0.len() as u64 - 1) << ROW_BITS | number)
    }

    fn count(&mut self, amount: Option<u128>) {
        self.file_rows += 1;
        self.found.add(amount.unwrap_or_default());
        self.amounts_unread += u64::from(amount.is_none());
    }

    fn hold_back(&mut self, why: Why, amount: Option<u128>) {
        self.held_back[why as usize].add(amount.unwrap_or_default());
    }

    fn reject(&self, place: Place, column: &str, why: Why, fault: Fault) -> Reject {
        let (file, place) = self.files.words(place);
        Reject { file: file.to_owned(), place, column: column.to_owned(), why, fault }
    }

    /// Tells of a row that is held back: to the caller if the policy refuses it, to the file of rejects if not.
    fn report(
        &mut self,
        place: Place,
        column: &str,
        why: Why,
        (address, amount): (Option<Address>, Option<u128>),
        fault: Fault,
    ) -> Result<(), ImportError> {
        let policy = match why {
            Why::Unreadable => self.options.unreadable,
            Why::Unusable => self.options.unusable,
            Why::Zero => self.options.zero,
            Why::Denied => OnBad::LeaveOut,
            Why::Duplicate if self.options.duplicates == OnDuplicate::First => OnBad::LeaveOut,
            Why::Duplicate => OnBad::Refuse,
        };
        if policy == OnBad::Refuse {
            self.refused += 1;
            if self.shown.len() < SHOWN_REJECTS {
                self.shown.push(self.reject(place, column, why, fault));
            }
            return Ok(());
        }
        let (file, place) = self.files.words(place);
        let address = address.map(|it| it.to_string()).unwrap_or_default();
        let amount = amount.map(|it| it.to_string()).unwrap_or_default();
        let cells = [file, &place, column, why.word(), &address, &amount, &fault.to_string()];
        write_reject(self.rejects, cells).map_err(ImportError::Output)
    }

    /// Applies the duplicates policy and says what came in.
    pub(super) fn finish(mut self, inputs: Vec<super::record::InputFacts>) -> Result<Gathered, ImportError> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable_by(|a, b| a.address.cmp(&b.address).then(a.place.cmp(&b.place)));
        self.duplicates(&mut rows)?;
        if self.refused > 0 {
            self.shown.sort_by_key(|reject| reject.why == Why::Duplicate);
            return Err(ImportError::Refused { shown: self.shown, total: self.refused });
        }
        if rows.is_empty() {
            return Err(ImportError::NobodyLeft { rows: self.found.rows });
        }
        let mut stages = Vec::new();
        let mut before = self.found;
        for why in [Why::Unreadable, Why::Unusable, Why::Zero, Why::Denied, Why::Duplicate] {
            let stage = Stage::new(why.word(), before, self.held_back[why as usize]);
            before = stage.after;
            stages.push(stage);
        }
        let options = self.options;
        let policies = Policies {
            unreadable: options.unreadable,
            unusable: options.unusable,
            zero: (options.meaning == Meaning::Amounts && options.unit != Unit::None).then_some(options.zero),
            duplicates: options.duplicates,
            forbidden: options.forbidden.iter().map(|(address, what)| (address.to_string(), what.clone())).collect(),
            deny: self.deny.facts,
        };
        let reading = Reading {
            inputs,
            address_column: options.columns.address.clone(),
            amount_column: (options.unit != Unit::None).then(|| options.columns.amount.clone()),
            unit: options.unit,
            meaning: options.meaning,
            decimals: options.decimals,
            policies,
            amounts_unread: self.amounts_unread,
            stages,
        };
        Ok(Gathered { rows, reading, files: self.files })
    }

    /// Follows the policy on sorted rows: each account is left once, its first row in front.
    fn duplicates(&mut self, rows: &mut Vec<Row>) -> Result<(), ImportError> {
        let mut later = Vec::new();
        let policy = self.options.duplicates;
        let most = match self.options.meaning {
            Meaning::Amounts => MAX_AMOUNT,
            Meaning::Balances => u128::MAX,
        };
        let mut too_large: Option<(Row, U256)> = None;
        let mut beyond = Vec::new();
        rows.dedup_by(|row, kept| {
            if row.address != kept.address {
                return false;
            }
            if policy == OnDuplicate::Sum {
                let held = too_large.filter(|(it, _)| it.address == kept.address);
                let sum = held.map_or(U256::from(kept.amount), |it| it.1) + U256::from(row.amount);
                match u128::try_from(sum).ok().filter(|sum| *sum <= most) {
                    Some(sum) => kept.amount = sum,
                    None => {
                        beyond.extend(too_large.take_if(|it| it.0.address != kept.address));
                        too_large = Some((*kept, sum));
                    }
                }
                // the row is gone, its amount is not
                later.push((Row { amount: 0, ..*row }, kept.place));
            } else {
                later.push((*row, kept.place));
            }
            true
        });
        beyond.extend(too_large);
        let columns = &self.options.columns;
        for (Row { address, place, .. }, sum) in beyond {
            let most = if most == MAX_AMOUNT { "2^96 - 1" } else { "2^128 - 1" };
            self.refused += 1;
            let reject = self.reject(place, &columns.amount, Why::Duplicate, Fault::SumTooLarge { address, sum, most });
            self.shown.push(reject);
        }
        later.sort_unstable_by_key(|(row, _)| row.place);
        for (Row { address, amount, place }, first) in later {
            self.hold_back(Why::Duplicate, Some(amount));
            if policy == OnDuplicate::Sum {
                continue;
            }
            let (file, first) = self.files.words(first);
            let first = if self.files.0.len() > 1 { format!("{first} of {file}") } else { first };
            let fault = Fault::Duplicate { address, first };
            self.report(place, &columns.address, Why::Duplicate, (Some(address), Some(amount)), fault)?;
        }
        Ok(())
    }
}

/// A field as CSV has it, and as no spreadsheet takes for a formula.
fn field(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
