//! What can be wrong with a recipient file, in words that help.
//!
//! Every problem names the line, the field, what was found there, what was expected and what to do. A file is read to its
//! end, so that one run shows all problems (the first of them in full, the rest counted); nothing of a file with a problem
//! is ever used.

use std::fmt;

use alloy::primitives::Address;
use tminus_chain::units::AmountError;

use super::ListError;

/// Most problems that are told one by one.
pub const SHOWN_PROBLEMS: usize = 50;
/// Longest text that is quoted from a file, characters.
const QUOTED: usize = 60;

/// Why a file gave no list.
#[derive(Debug, thiserror::Error)]
pub enum RecipientsError {
    /// It could not be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It holds something that is not a recipient.
    #[error(transparent)]
    Bad(Box<Problems>),
    /// Its rows are fine one by one, but not together.
    #[error("{file}: {error}")]
    List {
        /// The file.
        file: String,
        /// What is wrong.
        error: ListError,
    },
}

impl RecipientsError {
    /// The problems, where there are any.
    #[must_use]
    pub fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Bad(problems) => Some(problems),
            _ => None,
        }
    }
}

/// All problems of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub file: String,
    /// The first [`SHOWN_PROBLEMS`], by line.
    pub shown: Vec<Problem>,
    /// How many there are.
    pub total: u64,
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.total == 1 { "" } else { "s" };
        write!(f, "{}: {} problem{s}; nothing of the file was used", self.file, self.total)?;
        for problem in &self.shown {
            write!(f, "\n  {}: {problem}", self.file)?;
        }
        let hidden = self.total - self.shown.len() as u64;
        if hidden > 0 {
            write!(f, "\n  and {hidden} more")?;
        }
        Ok(())
    }
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: u64,
    /// `address`, `amount`, `header`, `row` or `file`.
    pub field: &'static str,
    /// What it is.
    pub kind: ProblemKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.field, self.kind)
    }
}

/// The kinds of problems. Each says what was found, what was expected and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// U+FEFF before the first character.
    #[error(
        "the file begins with a UTF-8 byte order mark (EF BB BF); expected plain UTF-8. Save it as \"CSV\" without BOM, or \
         strip the first three bytes: tail -c +4 FILE > NEW"
    )]
    ByteOrderMark,
    /// UTF-16 or UTF-32.
    #[error(
        "the file is UTF-16 or UTF-32 (it begins with {0}); expected UTF-8. Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"
    )]
    WideEncoding(String),
    /// Bytes that are no text.
    #[error("{0} is not UTF-8; expected plain ASCII text. Export the file again as UTF-8")]
    NotUtf8(String),
    /// Another delimiter.
    #[error(
        "the fields are separated by {0}; expected commas. Export the file with commas between the fields and a point in the \
         amounts (a spreadsheet set to a European locale writes {0} and a decimal comma)"
    )]
    Delimiter(&'static str),
    /// Another header.
    #[error("the header is {0}; expected exactly \"address,amount\". Name and order the columns so")]
    Header(String),
    /// Nothing but comments, or nothing.
    #[error("there is no header and no row; expected the header \"address,amount\" and a row for each recipient")]
    NoHeader,
    /// A header and nothing else.
    #[error(
        "there is no row after the header; expected one for each recipient. A distribution to nobody is not planned"
    )]
    NoRows,
    /// A `#` line among the rows.
    #[error(
        "{0} is a comment among the rows; expected comments before the header only. Remove the line, or the # if it is a row"
    )]
    CommentAmongRows(String),
    /// An empty line among the rows.
    #[error("the line is empty; expected a row. Remove the line")]
    BlankLine,
    /// CR without LF.
    #[error(
        "the line ends in a bare carriage return (CR); expected LF or CR LF. Convert the line ends: tr '\\r' '\\n' < FILE > NEW"
    )]
    BareCarriageReturn,
    /// A quote that is not closed in its line.
    #[error(
        "a quoted field goes over the end of its line; expected the closing quote on the same line. Close or remove the quote"
    )]
    OpenQuote,
    /// Quotes around a part of a field.
    #[error("{0} has a quote inside a field; expected fields quoted as a whole or not at all. Remove the quotes")]
    StrayQuote(String),
    /// Too many or too few fields.
    #[error(
        "the row has {found} field{}; expected 2, an address and an amount. {}",
        if *found == 1 { "" } else { "s" },
        if *found > 2 { "If the amount holds a thousands separator or a decimal comma, write it with digits and one point only" }
        else { "Complete or remove the row" }
    )]
    Fields {
        /// Fields found.
        found: usize,
    },
    /// Nothing in a field.
    #[error("the {0} is empty; expected {1}. Complete or remove the row")]
    EmptyCell(&'static str, &'static str),
    /// Not an address.
    #[error("{0} is not an address; expected 0x and 40 hexadecimal digits. {1}")]
    NotAnAddress(String, String),
    /// Mixed case that is not EIP-55's.
    #[error(
        "{found} has a wrong EIP-55 checksum; expected {expected} if the digits are right. Ask for the address again: mixed \
         case that does not check is the mark of a typing error"
    )]
    Checksum {
        /// As written.
        found: String,
        /// With the right case.
        expected: String,
    },
    /// An address nobody can use.
    #[error("{address} is {what}; expected a recipient that can use the tokens. Remove the row or correct the address")]
    Forbidden {
        /// The address.
        address: Address,
        /// What it is.
        what: String,
    },
    /// Not an amount.
    #[error("{error}; expected tokens as a plain decimal number, like 1234.5. {hint}")]
    Amount {
        /// What `units` says.
        error: AmountError,
        /// What to do.
        hint: String,
    },
    /// Zero.
    #[error(
        "the amount {0} is zero; expected at least one base unit. Remove the row: it would cost gas and pay nothing"
    )]
    ZeroAmount(String),
    /// More than 96 bits.
    #[error(
        "the amount {0} is too large; expected at most 2^96 - 1 base units. Check the number and the decimals of the token"
    )]
    AboveUint96(String),
    /// The same 20 bytes twice.
    #[error(
        "{address} is on line {first} already; expected each address once (letter case makes no difference). Remove one of \
         the rows, or pass --duplicates sum if all of them are meant"
    )]
    Duplicate {
        /// The address.
        address: Address,
        /// The line that had it first.
        first: u64,
    },
}

/// Collects problems, the first in full and the rest by number.
#[derive(Debug, Default)]
pub(super) struct Collector {
    shown: Vec<Problem>,
    total: u64,
}

impl Collector {
    pub(super) fn push(&mut self, line: u64, field: &'static str, kind: ProblemKind) {
        self.total += 1;
        // problems of a later pass may lie on earlier lines: keep the first by line, not by time
        let at = self.shown.partition_point(|problem| problem.line <= line);
        if at < SHOWN_PROBLEMS {
            self.shown.insert(at, Problem { line, field, kind });
            self.shown.truncate(SHOWN_PROBLEMS);
        }
    }

    /// Takes the problems of a part of the file that begins `offset` lines later.
    pub(super) fn absorb(&mut self, part: Self, offset: u64) {
        let hidden = part.total - part.shown.len() as u64;
        for problem in part.shown {
            self.push(problem.line + offset, problem.field, problem.kind);
        }
        self.total += hidden;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(super) fn finish(self, file: &str) -> Result<(), RecipientsError> {
        if self.total == 0 {
            return Ok(());
        }
        Err(RecipientsError::Bad(Box::new(Problems { file: file.to_owned(), shown: self.shown, total: self.total })))
    }
}

/// A text of a file as it can be shown: quoted, escaped, and not longer than a line.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The same error about the beginning of a text that is too long to show.
pub(super) fn shorten(error: AmountError) -> AmountError {
    let short = |text: String| match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    match error {
        AmountError::NotDecimal(text) => AmountError::NotDecimal(short(text)),
        AmountError::TooManyDecimals { text, found, allowed } => {
            AmountError::TooManyDecimals { text: short(text), found, allowed }
        }
        other => other,
    }
}
