//! Why the journal cannot be used, in words that say what to do.

use std::path::PathBuf;

use super::tx::disk_failure;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process works with it.
    #[error(
        "{} is in use by another process{}; only one may send for a network at a time",
        .path.display(), .owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default()
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// Who says to have opened it last, where that could be read.
        owner: Option<String>,
    },
    /// It lies where its locks and its shared memory do not work.
    #[error("{} lies on a network file system ({kind}), where SQLite's locks and write-ahead log do not hold; keep the ledger on a local disk", .path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Which file system.
        kind: String,
    },
    /// Another process opened it after this one, in spite of the lock.
    #[error("{} was opened by another process meanwhile; this one writes and sends nothing more", .0.display())]
    Fenced(PathBuf),
    /// The file could not be written to, or is not where it was: nothing more is written, signed or sent by this process.
    #[error("the journal {} takes no more writes ({why}), so nothing more is signed or sent; {cure}, then run again", .path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// What happened first.
        why: String,
        /// What to do.
        cure: &'static str,
    },
    /// A change panicked; it was rolled back.
    #[error("a change of the journal failed inside this program ({0}); nothing of it was written")]
    Panicked(String),
    /// The thread that writes is gone.
    #[error("the journal was closed")]
    Closed,
    /// A file of something else.
    #[error("{} is not a tminus ledger (SQLite application id {found:#x}, expected {expected:#x})", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
        /// Ours.
        expected: i32,
    },
    /// Written by a later version of this program.
    #[error("{} has schema {found}, this program knows {known}: it was written by a newer tminus; use that one", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It remembers another chain.
    #[error("{} belongs to {pinned}, but the endpoint is {seen}; use the ledger of this chain, or another folder", .path.display())]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// What is written in it.
        pinned: String,
        /// What the endpoint says.
        seen: String,
    },
    /// SQLite did not take a setting that durability rests on.
    #[error("the journal cannot promise durability: {setting} is {found}, expected {expected}")]
    NotDurable {
        /// The pragma.
        setting: &'static str,
        /// What it reads back.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// Its pages or rows are not sound.
    #[error("{} is damaged: {what}; move it aside and run again, the chain tells what was done", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A row that this program cannot have written.
    #[error("the journal holds {0}")]
    BadRow(String),
    /// A file operation.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// SQLite.
    #[error("journal: {0}{cure}", cure = cure(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// Bringing the schema up to date.
    #[error("journal schema: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

/// What to do, where the error says that the disk or the file is at fault.
fn cure(error: &rusqlite::Error) -> String {
    disk_failure(error).map_or_else(String::new, |(_, cure)| format!("; {cure}, then run again"))
}
