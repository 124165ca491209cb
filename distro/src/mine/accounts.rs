//! The account file: raw addresses, one behind the other.
//!
//! ```text
//!   byte  0              20             40
//!         +--------------+--------------+-- … --+
//!         | address      | address      |       |   ascending as 20 bytes, each once, no header, no end mark
//!         +--------------+--------------+-- … --+
//! ```
//!
//! The root depends on the order, and the tree code of 2018 neither sorts nor drops duplicates. So neither does this: a
//! file in another order, with an account twice, cut short or with the zero address in it has been damaged on its way, and
//! is refused with the record and its place. Nothing of such a file is used.

use std::{fs, io, path::Path, path::PathBuf};

use alloy::primitives::{Address, B256};
use sha2::{Digest, Sha256};

/// Bytes of a record.
pub const RECORD_BYTES: usize = 20;
/// Bytes looked at to tell that a file is text, and fewest to tell it by: an address written out.
const PEEK: (usize, usize) = (64, 40);

/// Why a file gave no accounts.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// It could not be read.
    #[error("{}: {source}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// It is not an account file.
    #[error("{}: {fault}; nothing of the file was used", .file.display())]
    Bad {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What is wrong with the contents of an account file. Records are counted from 1, bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing in it.
    #[error("the file is empty; expected at least one record of {RECORD_BYTES} bytes")]
    Empty,
    /// Addresses written out.
    #[error(
        "the file is text; expected raw records of {RECORD_BYTES} bytes. Of lines of hexadecimal addresses, make them: \
         LC_ALL=C tr A-F a-f < FILE | sed 's/^0x//' | LC_ALL=C sort -u | xxd -r -p > NEW"
    )]
    Text,
    /// A last record that is not whole.
    #[error(
        "record {record}, at byte {offset}, has {left} of {RECORD_BYTES} bytes; expected whole records to the end. The file \
         was cut short or is of another kind: get it again and compare its size"
    )]
    Cut {
        /// The record.
        record: u64,
        /// Where it begins.
        offset: u64,
        /// Bytes of it that are there.
        left: usize,
    },
    /// The zero address.
    #[error("record {record}, at byte {offset}, is the zero address; expected accounts that somebody can have")]
    Zero {
        /// The record.
        record: u64,
        /// Where it begins.
        offset: u64,
    },
    /// The same account twice.
    #[error("record {record}, at byte {offset}, is {account} like the record before it; expected each account once")]
    Duplicate {
        /// The record.
        record: u64,
        /// Where it begins.
        offset: u64,
        /// The account.
        account: Address,
    },
    /// A smaller address after a larger one.
    #[error(
        "record {record}, at byte {offset}, is {account}, which comes before {previous}, the record before it; expected \
         ascending order. Another order gives another root: get the file again rather than sorting it"
    )]
    Order {
        /// The record.
        record: u64,
        /// Where it begins.
        offset: u64,
        /// The account there.
        account: Address,
        /// The account before it.
        previous: Address,
    },
}

/// The accounts of a file: at least one, ascending, each once, none of them zero.
#[derive(Clone, PartialEq, Eq)]
pub struct Accounts {
    bytes: Vec<u8>,
}

impl Accounts {
    /// Reads a file. It is held whole: 52 MB for the 2.6 million accounts of 2018.
    ///
    /// # Errors
    /// [`AccountsError`]
    pub fn read(file: &Path) -> Result<Self, AccountsError> {
        let bytes = fs::read(file).map_err(|source| AccountsError::Io { file: file.to_owned(), source })?;
        Self::from_bytes(bytes).map_err(|fault| AccountsError::Bad { file: file.to_owned(), fault })
    }

    /// Takes the contents of a file.
    ///
    /// # Errors
    /// [`Fault`], the first by its place.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        if is_text(&bytes) {
            return Err(Fault::Text);
        }
        let (records, rest) = bytes.as_chunks::<RECORD_BYTES>();
        let mut previous = &[0; RECORD_BYTES];
        for (index, record) in records.iter().enumerate() {
            if record <= previous {
                return Err(misplaced(index, record.into(), previous.into()));
            }
            previous = record;
        }
        if !rest.is_empty() {
            let (record, offset) = place(records.len());
            return Err(Fault::Cut { record, offset, left: rest.len() });
        }
        Ok(Self { bytes })
    }

    /// Takes accounts that are known to be ascending, distinct, not zero, and at least one.
    pub(super) fn of_ascending(accounts: &[Address]) -> Self {
        Self { bytes: accounts.iter().flatten().copied().collect() }
    }

    /// Number of accounts, at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / RECORD_BYTES
    }

    /// Never: there is at least one account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The records in order.
    #[must_use]
    pub fn records(&self) -> &[[u8; RECORD_BYTES]] {
        self.bytes.as_chunks().0
    }

    /// The position of an account, from 0; `None` when it is not in the file.
    #[must_use]
    pub fn position(&self, account: Address) -> Option<usize> {
        self.records().binary_search(&account.into()).ok()
    }

    /// SHA-256 of the file, as `sha256sum` prints it.
    #[must_use]
    pub fn sha256(&self) -> B256 {
        B256::from_slice(&Sha256::digest(&self.bytes))
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("accounts", &self.len()).finish()
    }
}

/// What a record is that does not come after the one before it. Before the first stands the zero address.
fn misplaced(index: usize, account: Address, previous: Address) -> Fault {
    let (record, offset) = place(index);
    if account.is_zero() {
        Fault::Zero { record, offset }
    } else if account == previous {
        Fault::Duplicate { record, offset, account }
    } else {
        Fault::Order { record, offset, account, previous }
    }
}

/// Number of a record from 1, and the byte it begins at.
fn place(index: usize) -> (u64, u64) {
    (index as u64 + 1, (index * RECORD_BYTES) as u64)
}

/// Whether the file begins as text does. Two random addresses do so once in 10^16, more of them once in 10^25.
fn is_text(bytes: &[u8]) -> bool {
    let begin = &bytes[..bytes.len().min(PEEK.0)];
    begin.len() >= PEEK.1 && begin.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}
