//! CSV: comments at the top, a header that names the columns, a row a line.
//!
//! The delimiter is found out from the header, where only one of comma, semicolon and tab may stand, or given. A UTF-8 byte
//! order mark is skipped and told of. Fields may be quoted as a whole. Everything else is as strict as a recipient list is
//! (see `recipients::read`): a blank line is a row that cannot be read, a comment among the rows as well, and a quoted
//! field does not go over the end of its line. Columns that are not asked for are named in the record.

use std::io::{BufRead, Read};

use super::{
    fault::{Fault, ImportError},
    intake::Intake,
    options::{Delimiter, ImportOptions, Unit},
    record::InputFacts,
    unit::{AddressCell, AmountCell},
};
use crate::recipients::{
    ProblemKind,
    line::{FIELDS, Line},
    problem::quote,
    read::encoding,
};

/// Longest line, bytes.
const LINE: usize = 1 << 16;
/// Bytes of the byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads all rows into `intake`.
pub(super) fn read(
    from: &mut impl BufRead,
    options: &ImportOptions,
    intake: &mut Intake<'_>,
    facts: &mut InputFacts,
) -> Result<(), ImportError> {
    let mut lines = Lines { from, text: Vec::new(), number: 0 };
    let head = Head::read(&mut lines, options, intake, facts)?;
    let mut line = Line::delimited_by(head.delimiter.byte());
    while lines.next(intake, facts)? {
        let number = lines.number;
        match line.read(&lines.text) {
            Err(kind) => intake.unreadable(number, "row", Fault::Row(kind))?,
            Ok(()) if line.len() != head.fields => {
                let fault = Fault::Fields { found: line.len(), expected: head.fields };
                intake.unreadable(number, "row", fault)?;
            }
            Ok(()) => {
                let amount = head.amount.map_or(AmountCell::Absent, |index| AmountCell::Text(line.field(index)));
                intake.row(number, AddressCell::Text(line.field(head.address)), amount)?;
            }
        }
    }
    match intake.file_rows() {
        0 => Err(intake.fatal(lines.number, "file", Fault::NoRows)),
        _ => Ok(()),
    }
}

/// Lines without their line feed.
struct Lines<'a, R> {
    from: &'a mut R,
    text: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self, intake: &Intake<'_>, facts: &InputFacts) -> Result<bool, ImportError> {
        self.text.clear();
        let mut bounded = self.from.take(LINE as u64 + 1);
        let read = bounded.read_until(b'\n', &mut self.text);
        let read = read.map_err(|source| ImportError::Io { file: facts.file.clone(), source })?;
        self.number += u64::from(read > 0);
        if self.text.last() == Some(&b'\n') {
            self.text.pop();
        } else if read > LINE {
            return Err(intake.fatal(self.number, "row", Fault::LongLine(LINE)));
        }
        Ok(read > 0)
    }
}

/// What stands before the rows.
struct Head {
    delimiter: Delimiter,
    fields: usize,
    address: usize,
    amount: Option<usize>,
}

impl Head {
    fn read<R: BufRead>(
        lines: &mut Lines<'_, R>,
        options: &ImportOptions,
        intake: &Intake<'_>,
        facts: &mut InputFacts,
    ) -> Result<Self, ImportError> {
        loop {
            if !lines.next(intake, facts)? {
                return Err(intake.fatal(lines.number + 1, "header", Fault::NoHeader));
            }
            if lines.number == 1 {
                facts.byte_order_mark = lines.text.starts_with(MARK);
                lines.text.drain(..if facts.byte_order_mark { MARK.len() } else { 0 });
                encoding(&lines.text).map_err(|kind| intake.fatal(1, "file", Fault::Row(kind)))?;
            }
            let Some(comment) = lines.text.strip_prefix(b"#") else { break };
            let comment = std::str::from_utf8(comment).map_err(|_| {
                intake.fatal(lines.number, "file", Fault::Row(ProblemKind::NotUtf8(quote(&lines.text))))
            })?;
            facts.comments.push(comment.trim().to_owned());
        }
        let head = Self::of_header(&lines.text, options, facts);
        head.map_err(|fault| intake.fatal(lines.number, "header", fault))
    }

    fn of_header(text: &[u8], options: &ImportOptions, facts: &mut InputFacts) -> Result<Self, Fault> {
        let shown = quote(text);
        let delimiter = match options.delimiter {
            Some(given) => given,
            None => found_out(text, options.unit)?,
        };
        let mut header = Line::delimited_by(delimiter.byte());
        header.read(text).map_err(|kind| match kind {
            ProblemKind::BlankLine => Fault::NoHeader,
            kind => Fault::Row(kind),
        })?;
        if header.len() >= FIELDS {
            return Err(Fault::Wide(FIELDS - 1));
        }
        let find = |name: &str, option: &'static str| {
            let mut found = (0..header.len()).filter(|index| header.field(*index) == name.as_bytes());
            match (found.next(), found.count()) {
                (Some(index), 0) => Ok(index),
                (first, more) => Err(Fault::Column {
                    header: shown.clone(),
                    name: name.to_owned(),
                    found: more + usize::from(first.is_some()),
                    option,
                }),
            }
        };
        let address = find(&options.columns.address, "--address-column")?;
        let amount = match options.unit {
            Unit::None => None,
            _ => Some(find(&options.columns.amount, "--amount-column")?),
        };
        facts.delimiter = Some(delimiter);
        facts.columns_not_read = (0..header.len())
            .filter(|index| *index != address && Some(*index) != amount)
            .map(|index| String::from_utf8_lossy(header.field(index)).into_owned())
            .collect();
        Ok(Self { delimiter, fields: header.len(), address, amount })
    }
}

/// The one kind of delimiter in a header.
fn found_out(header: &[u8], unit: Unit) -> Result<Delimiter, Fault> {
    let mut quoted = false;
    let mut outside = header.to_vec();
    outside.retain(|byte| {
        quoted ^= *byte == b'"';
        !quoted
    });
    let seen: Vec<_> = Delimiter::ALL.into_iter().filter(|it| outside.contains(&it.byte())).collect();
    match seen.as_slice() {
        [one] => Ok(*one),
        // a single column has nothing to delimit
        [] if unit == Unit::None => Ok(Delimiter::Comma),
        [] => Err(Fault::Delimiter(quote(header), "no delimiter")),
        _ => Err(Fault::Delimiter(quote(header), "several kinds of delimiters")),
    }
}
