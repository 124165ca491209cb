//! The disk that the ledger is on, or would be.

use std::path::{Path, PathBuf};

use super::found;
use crate::{evidence::Finding, ledger::LedgerError};

/// Least room, bytes: a ledger grows by about a kilobyte an intent, and a full disk stops every signature.
const LEAST: u64 = 1 << 30;

/// Looks at the disk under `folder`, or under what there is of it.
#[must_use]
pub fn disk(folder: &Path) -> Vec<Finding> {
    let there = existing(folder);
    let subject = there.display().to_string();
    let space = rustix::fs::statvfs(&there).map(|disk| {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        (free >= LEAST, format!("{} MiB free", free >> 20))
    });
    let writable = rustix::fs::access(&there, rustix::fs::Access::WRITE_OK).map(|()| (true, "yes".to_owned()));
    let writable = writable.or_else(|error| match error {
        rustix::io::Errno::ACCESS | rustix::io::Errno::ROFS | rustix::io::Errno::PERM => Ok((false, error.to_string())),
        error => Err(error),
    });
    let kind = match crate::ledger::check_place(&there.join("ledger.sqlite")) {
        Ok(()) => Ok((true, "local, as far as the system says".to_owned())),
        Err(LedgerError::Network { kind, .. }) => Ok((false, kind)),
        Err(error) => Err(error),
    };
    vec![
        found("disk.space", &subject, "statvfs", format!("{} MiB free or more", LEAST >> 20), space),
        found("disk.kind", &subject, "statfs, the mount table", "no network file system", kind),
        found("disk.writable", &subject, "access", "a folder that can be written to", writable),
    ]
}

/// The nearest folder above that exists.
fn existing(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}
