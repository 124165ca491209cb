//! JSON: `[{"address": "0x…", "amount": "1"}, …]`, `[["0x…", "1"], …]` or `{"0x…": "1", …}`; without amounts also
//! `["0x…", …]`.
//!
//! Amounts are texts. A JSON number is refused, whatever it holds: what wrote it may have rounded it already. The entries
//! are read one by one, so that a file may be larger than memory; an entry of another shape is a row that cannot be read,
//! and what is not JSON refuses the whole file with line and column. An object's keys may repeat an account: then the
//! duplicates policy decides, not the JSON parser.

use std::{collections::BTreeSet, fmt, io::BufRead};

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    fault::{Fault, ImportError},
    intake::Intake,
    options::{Columns, ImportOptions, Unit},
    record::InputFacts,
    unit::{AddressCell, AmountCell},
};

/// The key under which `serde_json` hands over a number that fits no machine type, when a program is built so.
const NUMBER: &str = "$serde_json::private::Number";
/// Most names of keys that were not read that are noted.
const NOTED: usize = 64;

/// Reads all entries into `intake`.
pub(super) fn read(
    from: &mut impl BufRead,
    options: &ImportOptions,
    intake: &mut Intake<'_>,
    facts: &mut InputFacts,
) -> Result<(), ImportError> {
    let failed = |source| ImportError::Io { file: facts.file.clone(), source };
    facts.byte_order_mark = from.fill_buf().map_err(failed)?.starts_with(b"\xef\xbb\xbf");
    if facts.byte_order_mark {
        from.consume(3);
    }
    let mut entries = Entries { options, intake, other: BTreeSet::new(), stopped: None, shape: None, number: 0 };
    let mut document = serde_json::Deserializer::from_reader(&mut *from);
    let outcome = document.deserialize_any(&mut entries).and_then(|()| document.end());
    let Entries { intake, other, stopped, shape, .. } = entries;
    if let Some(error) = stopped {
        return Err(error);
    }
    if let Some(what) = shape {
        return Err(intake.fatal(1, "file", Fault::JsonShape(what)));
    }
    if let Err(error) = outcome {
        if error.is_io() {
            return Err(ImportError::Io { file: facts.file.clone(), source: error.into() });
        }
        let entry = intake.file_rows() + 1;
        return Err(intake.fatal(entry, "file", Fault::NotJson(error.to_string())));
    }
    facts.columns_not_read = other.into_iter().collect();
    if intake.file_rows() == 0 {
        return Err(intake.fatal(1, "file", Fault::NoRows));
    }
    Ok(())
}

/// The document.
struct Entries<'a, 'b> {
    options: &'a ImportOptions,
    intake: &'a mut Intake<'b>,
    /// Keys that were not read.
    other: BTreeSet<String>,
    /// Why the reading was stopped, when that is not for the JSON.
    stopped: Option<ImportError>,
    /// What the document is, when it is no list.
    shape: Option<&'static str>,
    number: u64,
}

impl Entries<'_, '_> {
    /// Hands an entry over.
    fn take<E: de::Error>(&mut self, entry: Entry) -> Result<(), E> {
        self.number += 1;
        let number = self.number;
        let without_amounts = self.options.unit == Unit::None;
        let taken = match entry {
            Entry::Row(address, amount) => {
                let amount = match &amount {
                    _ if without_amounts => AmountCell::Absent,
                    Cell::Text(text) => AmountCell::Text(text.as_bytes()),
                    Cell::Number(number) => AmountCell::Wrong(Fault::JsonNumber(number.clone())),
                    cell => AmountCell::Wrong(cell.fault()),
                };
                match &address {
                    Cell::Text(text) => self.intake.row(number, AddressCell::Text(text.as_bytes()), amount),
                    cell => self.intake.row(number, AddressCell::Wrong(cell.fault()), amount),
                }
            }
            Entry::Wrong(fault) => self.intake.unreadable(number, "entry", fault),
        };
        taken.map_err(|error| {
            self.stopped = Some(error);
            E::custom("stopped")
        })
    }
}

impl<'de> Visitor<'de> for &mut Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let without_amounts = self.options.unit == Unit::None;
            let form = EntryForm { columns: &self.options.columns, without_amounts, other: &mut self.other };
            match seq.next_element_seed(form)? {
                Some(entry) => self.take(entry)?,
                None => return Ok(()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(address) = map.next_key::<String>()? {
            let amount = map.next_value_seed(CellForm)?;
            self.take(Entry::Row(Cell::Text(address), amount))?;
        }
        Ok(())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.shape = Some("a text");
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.shape = Some("null");
        Ok(())
    }
}

/// An entry of an array.
enum Entry {
    Row(Cell, Cell),
    Wrong(Fault),
}

/// How an entry is read.
struct EntryForm<'a> {
    columns: &'a Columns,
    without_amounts: bool,
    other: &'a mut BTreeSet<String>,
}

impl EntryForm<'_> {
    fn expected(&self) -> &'static str {
        if self.without_amounts {
            "an address, or an object that has one"
        } else {
            "an object with an address and an amount, or a pair of them"
        }
    }

    fn wrong(&self, found: impl Into<String>) -> Entry {
        Entry::Wrong(Fault::Entry { found: found.into(), expected: self.expected() })
    }
}

impl<'de> DeserializeSeed<'de> for EntryForm<'_> {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Entry, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntryForm<'_> {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let (mut address, mut amount, mut wrong) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            let slot = if key == self.columns.address {
                &mut address
            } else if key == self.columns.amount && !self.without_amounts {
                &mut amount
            } else if key == NUMBER {
                map.next_value::<IgnoredAny>()?;
                return Ok(self.wrong("a number"));
            } else {
                map.next_value::<IgnoredAny>()?;
                if self.other.len() < NOTED {
                    self.other.insert(key);
                }
                continue;
            };
            if slot.replace(map.next_value_seed(CellForm)?).is_some() {
                wrong = Some(Fault::KeyTwice(key));
            }
        }
        let no = |name: &str, option| Entry::Wrong(Fault::NoKey(name.to_owned(), option));
        Ok(match (wrong, address, amount) {
            (Some(fault), ..) => Entry::Wrong(fault),
            (None, None, _) => no(&self.columns.address, "--address-column"),
            (None, Some(address), None) if self.without_amounts => Entry::Row(address, Cell::Null),
            (None, Some(_), None) => no(&self.columns.amount, "--amount-column"),
            (None, Some(address), Some(amount)) => Entry::Row(address, amount),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
        let mut cells = Vec::with_capacity(2);
        let mut count = 0;
        while let Some(cell) = seq.next_element_seed(CellForm)? {
            count += 1;
            if cells.len() < 2 {
                cells.push(cell);
            }
        }
        let (second, first) = (cells.pop(), cells.pop());
        Ok(match (first, second) {
            (Some(address), Some(amount)) if count == 2 && !self.without_amounts => Entry::Row(address, amount),
            _ => self.wrong(format!("an array of {count}")),
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Entry, E> {
        Ok(if self.without_amounts {
            Entry::Row(Cell::Text(text.to_owned()), Cell::Null)
        } else {
            self.wrong("a text")
        })
    }

    fn visit_unit<E: de::Error>(self) -> Result<Entry, E> {
        Ok(self.wrong("null"))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Entry, E> {
        Ok(self.wrong("a truth value"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Entry, E> {
        Ok(self.wrong("a number"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Entry, E> {
        Ok(self.wrong("a number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Entry, E> {
        Ok(self.wrong("a number"))
    }
}

/// A value of an entry.
enum Cell {
    Text(String),
    Number(String),
    Null,
    Other(&'static str),
}

impl Cell {
    /// What is wrong with it where a text is expected.
    fn fault(&self) -> Fault {
        match self {
            Self::Text(_) => Fault::NotText("a text"),
            Self::Number(_) => Fault::NotText("a number"),
            Self::Null => Fault::Null,
            Self::Other(what) => Fault::NotText(what),
        }
    }
}

struct CellForm;

impl<'de> DeserializeSeed<'de> for CellForm {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Cell, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellForm {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Cell, E> {
        Ok(Cell::Text(text))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell::Number(number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell::Number(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell::Number(format!("{number:e}")))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Cell, E> {
        Ok(Cell::Other("a truth value"))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        let mut number = None;
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Self)?;
            number = if let Cell::Text(text) = value { (key == NUMBER).then_some(text) } else { None };
        }
        Ok(number.map_or(Cell::Other("an object"), Cell::Number))
    }
}
