//! The recipient list in its canonical form.
//!
//! A list is sorted by address (as 20 bytes), every address once, every amount at least one base unit. Each entry is one
//! 32-byte word, the form in which the distributor takes it:
//!
//! ```text
//!   byte  0                          20              32
//!         +--------------------------+---------------+
//!         | address, 20 bytes        | uint96, big   |
//!         |                          | endian, base  |
//!         |                          | units         |
//!         +--------------------------+---------------+
//! ```
//!
//! The words stand one behind the other in memory (32 MB for a million recipients), so that the calldata of a batch is a
//! slice of the list. `read` makes a list of a CSV file; a list cannot be made in another order or with a duplicate.

mod amount;
pub(crate) mod line;
pub(crate) mod problem;
pub(crate) mod read;
pub(crate) mod row;

use alloy::primitives::{Address, B256, U256};

pub use problem::{Problem, ProblemKind, Problems, RecipientsError, SHOWN_PROBLEMS};
pub use read::{Duplicates, ReadOptions, read_file, read_slice};

/// Bytes of an entry.
pub const ENTRY_BYTES: usize = 32;
/// The largest amount an entry can hold, base units: 2^96 - 1.
pub const MAX_AMOUNT: u128 = (1 << 96) - 1;
/// The largest sum a distributor accepts, base units: 2^112 - 1.
pub const MAX_TOTAL: u128 = (1 << 112) - 1;

/// One recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub address: Address,
    /// How much, base units; 1 to [`MAX_AMOUNT`].
    pub amount: u128,
}

impl Entry {
    /// The entry as a word.
    #[must_use]
    pub fn pack(&self) -> [u8; ENTRY_BYTES] {
        let mut word = [0; ENTRY_BYTES];
        word[..20].copy_from_slice(self.address.as_slice());
        word[20..].copy_from_slice(&self.amount.to_be_bytes()[4..]);
        word
    }

    /// Reads a word.
    fn unpack(word: &[u8; ENTRY_BYTES]) -> Self {
        let mut amount = [0; 16];
        amount[4..].copy_from_slice(&word[20..]);
        Self { address: Address::from_slice(&word[..20]), amount: u128::from_be_bytes(amount) }
    }
}

/// Why entries are not a canonical list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No entry at all.
    #[error("the list is empty")]
    Empty,
    /// Not a whole number of words.
    #[error("a packed list is a multiple of {ENTRY_BYTES} bytes long, this one has {0}")]
    Length(usize),
    /// An address that does not come after the one before it.
    #[error(
        "entry {index} ({address}) does not come after the entry before it: a list is sorted by address, each once"
    )]
    Order {
        /// Position, from 0.
        index: usize,
        /// The address there.
        address: Address,
    },
    /// An amount of zero, or more than an entry holds.
    #[error("entry {index} ({address}) has the amount {amount}: expected 1 to 2^96 - 1 base units")]
    Amount {
        /// Position, from 0.
        index: usize,
        /// The address there.
        address: Address,
        /// The amount there.
        amount: u128,
    },
    /// More than a distributor can account for.
    #[error("the amounts sum up to {0} base units: a distributor accepts at most 2^112 - 1")]
    Total(U256),
}

/// A canonical list of recipients.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientList {
    packed: Vec<u8>,
    total: u128,
}

impl RecipientList {
    /// Takes entries that are in canonical order already.
    ///
    /// # Errors
    /// [`ListError`] at the first entry that breaks a rule.
    pub fn from_entries(entries: impl IntoIterator<Item = Entry>) -> Result<Self, ListError> {
        let entries = entries.into_iter();
        let mut packed = Vec::with_capacity(entries.size_hint().0 * ENTRY_BYTES);
        for (index, entry) in entries.enumerate() {
            if entry.amount > MAX_AMOUNT {
                return Err(ListError::Amount { index, address: entry.address, amount: entry.amount });
            }
            packed.extend_from_slice(&entry.pack());
        }
        Self::from_packed(packed)
    }

    /// Takes words, as a published list file holds them, and checks every rule again.
    ///
    /// # Errors
    /// [`ListError`] at the first entry that breaks a rule.
    pub fn from_packed(packed: Vec<u8>) -> Result<Self, ListError> {
        let (words, rest) = packed.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(ListError::Length(packed.len()));
        }
        if words.is_empty() {
            return Err(ListError::Empty);
        }
        let mut total = U256::ZERO;
        let mut part = 0u128;
        let mut previous: Option<&[u8]> = None;
        for (index, word) in words.iter().enumerate() {
            let Entry { address, amount } = Entry::unpack(word);
            if previous.is_some_and(|previous| previous >= &word[..20]) {
                return Err(ListError::Order { index, address });
            }
            if amount == 0 {
                return Err(ListError::Amount { index, address, amount });
            }
            previous = Some(&word[..20]);
            part = match part.checked_add(amount) {
                Some(sum) => sum,
                None => {
                    total += U256::from(part);
                    amount
                }
            };
        }
        total += U256::from(part);
        let total = u128::try_from(total).ok().filter(|sum| *sum <= MAX_TOTAL).ok_or(ListError::Total(total))?;
        Ok(Self { packed, total })
    }

    /// Number of recipients, at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packed.len() / ENTRY_BYTES
    }

    /// Never: a list has at least one recipient.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The sum of all amounts, base units.
    #[must_use]
    pub fn total(&self) -> U256 {
        U256::from(self.total)
    }

    /// All words.
    #[must_use]
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// The words of recipients `range`, clamped to the list.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> &[u8] {
        let end = range.end.min(self.len());
        &self.packed[range.start.min(end) * ENTRY_BYTES..end * ENTRY_BYTES]
    }

    /// The recipient at a position.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Entry> {
        self.packed.as_chunks::<ENTRY_BYTES>().0.get(index).map(Entry::unpack)
    }

    /// All recipients in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Entry> + '_ {
        self.packed.as_chunks::<ENTRY_BYTES>().0.iter().map(Entry::unpack)
    }

    /// The position of an address.
    #[must_use]
    pub fn position(&self, address: Address) -> Option<usize> {
        let words = self.packed.as_chunks::<ENTRY_BYTES>().0;
        words.binary_search_by(|word| word[..20].cmp(address.as_slice())).ok()
    }

    /// keccak256 of all words: a name for the content of the list.
    #[must_use]
    pub fn digest(&self) -> B256 {
        alloy::primitives::keccak256(&self.packed)
    }
}

impl std::fmt::Debug for RecipientList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecipientList").field("recipients", &self.len()).field("total", &self.total).finish()
    }
}

/// What came out of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReport {
    /// The list.
    pub list: RecipientList,
    /// Data rows of the file.
    pub rows: u64,
    /// Rows whose amount was added to that of an earlier row of the same address; 0 unless duplicates are summed.
    pub summed: u64,
    /// The policy that was followed.
    pub duplicates: Duplicates,
    /// The comment lines at the top, without their `#`.
    pub comments: Vec<String>,
    /// SHA-256 of the file, as `sha256sum` prints it.
    pub source_sha256: B256,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(byte: u8, amount: u128) -> Entry {
        Entry { address: Address::repeat_byte(byte), amount }
    }

    #[test]
    fn a_word_is_the_address_and_then_the_amount() {
        let word = entry(0xab, 0x0102_0304).pack();
        assert_eq!(&word[..20], &[0xab; 20]);
        assert_eq!(&word[20..], &[0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn every_rule_of_the_canonical_form_is_checked() {
        assert_eq!(RecipientList::from_packed(vec![]), Err(ListError::Empty));
        assert_eq!(RecipientList::from_packed(vec![1; 33]), Err(ListError::Length(33)));
        let of = |entries: &[Entry]| RecipientList::from_entries(entries.iter().copied());
        assert!(matches!(of(&[entry(2, 1), entry(1, 1)]), Err(ListError::Order { index: 1, .. })));
        assert!(matches!(of(&[entry(2, 1), entry(2, 1)]), Err(ListError::Order { index: 1, .. })));
        assert!(matches!(of(&[entry(2, 1), entry(3, 0)]), Err(ListError::Amount { index: 1, amount: 0, .. })));
        assert!(matches!(of(&[entry(2, MAX_AMOUNT + 1)]), Err(ListError::Amount { index: 0, .. })));
        let list = of(&[entry(2, 5), entry(3, MAX_AMOUNT)]).unwrap();
        assert_eq!(list.total(), U256::from(MAX_AMOUNT) + U256::from(5));
        assert_eq!(list.position(Address::repeat_byte(3)), Some(1));
        assert_eq!(list.position(Address::repeat_byte(4)), None);
    }

    #[test]
    fn a_total_beyond_the_distributors_range_is_refused() {
        let entries = |count: u32| {
            (0..count)
                .map(|i| Entry { address: Address::left_padding_from(&(i + 1).to_be_bytes()), amount: MAX_AMOUNT })
        };
        assert!(RecipientList::from_entries(entries(65_536)).is_ok());
        assert!(matches!(RecipientList::from_entries(entries(65_537)), Err(ListError::Total(_))));
    }

    proptest! {
        #[test]
        fn words_read_back_as_they_were_packed(bytes in any::<[u8; 20]>(), amount in 1..=MAX_AMOUNT) {
            let entry = Entry { address: bytes.into(), amount };
            prop_assert_eq!(Entry::unpack(&entry.pack()), entry);
        }
    }
}
