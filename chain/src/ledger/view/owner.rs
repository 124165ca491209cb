//! Who works with a ledger.
//!
//! The lock file is what keeps a second process out, and the kernel frees it with its holder: asking for it is the only
//! answer that is right after a `kill -9`. It is asked for shared and given back at once. A process that starts in that very
//! moment finds the lock taken and has to ask again; `Ledger::open` does.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// Who opened a ledger for writing last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// How often it was opened for writing; an older number cannot write any more.
    pub fence: u64,
    /// Process, host, boot and time of that opening, in the words of the journal.
    pub words: Option<String>,
    /// Whether a process holds it now.
    pub held: Held,
}

/// Whether a process holds a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// One does.
    Yes,
    /// None does: nothing moves until one opens it.
    No,
    /// It cannot be told: the lock file cannot be asked.
    Unknown,
}

pub(super) fn held(ledger: &Path) -> Held {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    let file = match File::open(&name) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Held::No,
        Err(_) => return Held::Unknown,
    };
    match file.try_lock_shared() {
        Ok(()) => Held::No,
        Err(TryLockError::WouldBlock) => Held::Yes,
        Err(TryLockError::Error(_)) => Held::Unknown,
    }
}
