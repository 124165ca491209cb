//! From the files somebody sent to one list, strictly and completely.
//!
//! Every row of every file either enters or is reported with its file, its place, its column and a reason. Nothing is
//! dropped, rounded or guessed: the unit of the amounts is told by the caller, duplicates follow a policy the caller named,
//! and the record says how many rows and how much money each filter saw before and after.
//!
//! - `options`: what is asked for; `fault`: what can be wrong with a row or a file
//! - `csv`, `json`, `raw`: the formats, each of which hands rows to `intake` one by one
//! - `intake`: takes rows, tells the good from the bad, applies the deny list and the duplicates policy
//! - `unit`: what a cell says and what amount that is
//! - `deny`: the file of accounts that get nothing
//! - `record`: what is written down about all this; `folder`: the files, which appear together or not at all
//!
//! The files are read once, in a stream. What is held is one 48-byte row for each account that may enter (125 MB for the
//! 2.6 million of 2018): the list is in the order of addresses, and a duplicate can only be known by the accounts before
//! it. Bad rows are not held, they go to the file of rejects as they are found.

mod csv;
mod deny;
mod fault;
pub(crate) mod folder;
pub(crate) mod input;
pub(crate) mod intake;
mod json;
pub(crate) mod list;
mod options;
mod raw;
pub(crate) mod record;
mod unit;

pub use fault::{Fault, ImportError, Reject, SHOWN_REJECTS, Why};
pub use folder::FileFacts;
pub use list::{LIST_FILE, RECORD_FILE, REJECTS_FILE, import};
pub use options::{Columns, Delimiter, Format, ImportOptions, Meaning, OnBad, OnDuplicate, Unit};
pub use record::{DenyFacts, ImportRecord, InputFacts, Policies, Reading, Stage, Tally};
