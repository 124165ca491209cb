//! A folder that appears with all its files or not at all.
//!
//! `tminus_chain::files` does this for one file that is in memory. Here several files belong together and may be too large
//! to hold, so they are written into a folder beside the final one, synced, and the folder is renamed. A kill leaves a
//! folder named `.NAME.PID.tmp` and nothing else.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use alloy::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A file and the name of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its name, without folders.
    pub file: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, as `sha256sum` prints it.
    pub sha256: String,
}

/// SHA-256 of bytes, as `sha256sum` prints it.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A folder that is being written. Dropped before it is published, it is gone.
#[derive(Debug)]
pub(crate) struct Draft {
    temporary: PathBuf,
    target: PathBuf,
    published: bool,
}

impl Draft {
    /// Begins; the target must not be there.
    pub(crate) fn begin(target: &Path) -> io::Result<Self> {
        if target.exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", target.display())));
        }
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = parent(target).join(name);
        if temporary.exists() {
            fs::remove_dir_all(&temporary)?;
        }
        let in_words = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", target.display()));
        fs::create_dir_all(&temporary).map_err(in_words)?;
        Ok(Self { temporary, target: target.to_owned(), published: false })
    }

    /// A new file in it.
    pub(crate) fn file(&self, name: &str) -> io::Result<Draw> {
        let file = File::create_new(self.temporary.join(name))?;
        Ok(Draw { name: name.to_owned(), to: BufWriter::with_capacity(1 << 16, file), hash: Sha256::new(), bytes: 0 })
    }

    /// Makes it appear.
    pub(crate) fn publish(mut self) -> io::Result<()> {
        File::open(&self.temporary)?.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        self.published = true;
        File::open(parent(&self.target))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // it is of no use to anybody; the error that matters is the one that ended the draft
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of a draft, hashed as it is written.
#[derive(Debug)]
pub(crate) struct Draw {
    name: String,
    to: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Draw {
    /// Ends the file: it is on the disk.
    pub(crate) fn finish(mut self) -> io::Result<FileFacts> {
        self.to.flush()?;
        self.to.get_ref().sync_all()?;
        Ok(FileFacts { file: self.name, bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) })
    }
}

impl Write for Draw {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
