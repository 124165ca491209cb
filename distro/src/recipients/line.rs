//! One line of a CSV file as its fields.
//!
//! The fields are split and unquoted by `csv-core`, the parser of the `csv` crate, one line at a time: so every line is
//! accounted for (the `csv` crate skips blank lines), and a quote that is left open spoils its own line only. `csv-core`
//! finds *a* reading of anything; whatever has more than one is refused here.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::problem::{ProblemKind, quote};

/// Most fields that are told apart. A row of a list has two; what is imported may have more.
pub(crate) const FIELDS: usize = 64;

/// The fields of the last line read.
pub(crate) struct Line {
    reader: Reader,
    delimiter: u8,
    text: Vec<u8>,
    ends: [usize; FIELDS],
    fields: usize,
}

impl Line {
    /// Fields between commas.
    pub(crate) fn new() -> Self {
        Self::delimited_by(b',')
    }

    /// Fields between other bytes.
    pub(crate) fn delimited_by(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, delimiter, text: Vec::new(), ends: [0; FIELDS], fields: 0 }
    }

    /// Splits a line, given without its line feed; what is wrong with it otherwise.
    pub(crate) fn read(&mut self, line: &[u8]) -> Result<(), ProblemKind> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err(ProblemKind::BlankLine);
        }
        if line.starts_with(b"#") {
            return Err(ProblemKind::CommentAmongRows(quote(line)));
        }
        if line.starts_with(b"\xef\xbb\xbf") {
            // csv-core drops it, at the start of whatever it reads
            return Err(ProblemKind::ByteOrderMark);
        }
        if line.contains(&b'\r') {
            return Err(ProblemKind::BareCarriageReturn);
        }
        let quotes = line.iter().filter(|byte| **byte == b'"').count();
        if quotes % 2 == 1 {
            return Err(ProblemKind::OpenQuote);
        }
        self.split(line);
        if quotes > 0 && !self.is_read_one_way(line) {
            return Err(ProblemKind::StrayQuote(quote(line)));
        }
        Ok(())
    }

    /// The number of fields.
    pub(crate) fn len(&self) -> usize {
        self.fields
    }

    /// A field, unquoted; empty when there is none.
    pub(crate) fn field(&self, index: usize) -> &[u8] {
        if index >= self.fields {
            return &[];
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    fn split(&mut self, line: &[u8]) {
        self.reader.reset();
        if self.text.len() < line.len() {
            self.text.resize(line.len(), 0);
        }
        let (mut result, _, written, mut fields) = self.reader.read_record(line, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // the end of the input ends the last field
            let more;
            (result, _, _, more) = self.reader.read_record(&[], &mut self.text[written..], &mut self.ends[fields..]);
            fields += more;
        }
        self.fields = if result == ReadRecordResult::Record { fields } else { FIELDS };
    }

    /// Whether each field is quoted as a whole or not at all.
    fn is_read_one_way(&self, line: &[u8]) -> bool {
        let mut rest = line;
        for index in 0..self.fields {
            let field = self.field(index);
            let after = match rest.strip_prefix(b"\"") {
                Some(open) => open.strip_prefix(field).and_then(|rest| rest.strip_prefix(b"\"")),
                None => rest.strip_prefix(field),
            };
            let Some(after) = after else { return false };
            rest = match after.strip_prefix(&[self.delimiter]) {
                Some(next) => next,
                None => return after.is_empty() && index + 1 == self.fields,
            };
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Result<Vec<String>, ProblemKind> {
        let mut line = Line::new();
        line.read(text.as_bytes())?;
        Ok((0..line.len()).map(|i| String::from_utf8(line.field(i).to_vec()).unwrap()).collect())
    }

    #[test]
    fn fields_are_split_at_commas_and_unquoted() {
        assert_eq!(fields("a,b").unwrap(), ["a", "b"]);
        assert_eq!(fields("a,b\r").unwrap(), ["a", "b"]);
        assert_eq!(fields("\"a\",\"1,000.5\"").unwrap(), ["a", "1,000.5"]);
        assert_eq!(fields(",").unwrap(), ["", ""]);
        assert_eq!(fields("a,").unwrap(), ["a", ""]);
        assert_eq!(fields("a").unwrap(), ["a"]);
        assert_eq!(fields("\"\",\"\"").unwrap(), ["", ""]);
        assert_eq!(fields(&",".repeat(100)).unwrap().len(), FIELDS);
    }

    #[test]
    fn a_line_with_two_readings_is_refused() {
        for text in ["\"1\"5,2", "1,\"2\"3", "\"a\"\"b\",2", "\"1\" ,2"] {
            assert!(matches!(fields(text), Err(ProblemKind::StrayQuote(_))), "{text}: {:?}", fields(text));
        }
        assert_eq!(fields("\"a,b"), Err(ProblemKind::OpenQuote));
        assert_eq!(fields("a\rb"), Err(ProblemKind::BareCarriageReturn));
        assert_eq!(fields(""), Err(ProblemKind::BlankLine));
        assert_eq!(fields("\r"), Err(ProblemKind::BlankLine));
        assert_eq!(fields("\u{feff}a,b"), Err(ProblemKind::ByteOrderMark));
        assert!(matches!(fields("#a,b"), Err(ProblemKind::CommentAmongRows(_))));
    }

    #[test]
    fn a_reader_is_clean_after_every_line() {
        let mut line = Line::new();
        line.read(b"aaaaaaaaaa,b,c").unwrap();
        assert_eq!(line.len(), 3);
        line.read(b"x,y").unwrap();
        assert_eq!((line.len(), line.field(0), line.field(1), line.field(2)), (2, &b"x"[..], &b"y"[..], &b""[..]));
    }
}
