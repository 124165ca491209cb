//! The one thread that writes.
//!
//! It owns the only connection that may change anything. Changes come to it one after the other through a bounded queue and
//! are answered when they are on the disk. Each is one immediate transaction, and before it is looked at the fence must
//! still be ours: a process that slept while another opened the file can write nothing any more. A change that panics is
//! rolled back and is an error to its caller; the thread goes on.
//!
//! When the disk fails (full, read-only, an I/O error, a damaged page), or the file under the connection is no longer the
//! one at its path, the journal is sealed: every later change is refused, so nothing is signed or sent that could not be
//! remembered. SQLite has rolled such a transaction back itself by then, and rusqlite rolls back only where one is open.
//!
//! Callers wait inside a blocking task of tokio: a paused clock stands still meanwhile, and no runtime thread is held up.

use std::{
    any::Any,
    os::unix::fs::MetadataExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;

use super::{LedgerError, Tx, tx::disk_failure};
use crate::{clock, crash};

/// Changes that may wait for the thread.
const QUEUE: usize = 64;

/// Bytes of the write-ahead log from which on it is moved into the file; SQLite's own choice is about as much.
const LONG_LOG: u64 = 4 << 20;

type Job = Box<dyn FnOnce(&mut Hand) + Send>;

/// The queue to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    seal: Arc<Seal>,
}

/// What the thread works with.
struct Hand {
    connection: Connection,
    fence: i64,
    seal: Arc<Seal>,
    /// The files that commits go to, with their device and inode.
    files: Vec<(PathBuf, (u64, u64))>,
}

/// Why nothing may be written any more, once there is a reason.
#[derive(Debug)]
pub(super) struct Seal {
    path: PathBuf,
    broken: OnceLock<(String, &'static str)>,
}

impl Seal {
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        match self.broken.get() {
            None => Ok(()),
            Some((why, cure)) => Err(LedgerError::Sealed { path: self.path.clone(), why: why.clone(), cure }),
        }
    }

    fn close(&self, why: String, cure: &'static str) {
        // the first reason stays
        let _ = self.broken.set((why, cure));
    }
}

impl Writer {
    /// Starts the thread; `connection` is ready and holds the fence.
    pub(super) fn start(connection: Connection, path: &Path, fence: i64) -> Result<Self, LedgerError> {
        let io = |source| LedgerError::Io { path: path.to_owned(), source };
        let seal = Arc::new(Seal { path: path.to_owned(), broken: OnceLock::new() });
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let mut files = Vec::new();
        for file in [path.to_owned(), PathBuf::from(log)] {
            let id = identity(&file).map_err(io)?;
            files.push((file, id));
        }
        let mut hand = Hand { connection, fence, seal: seal.clone(), files };
        let (queue, jobs): (SyncSender<Job>, Receiver<Job>) = sync_channel(QUEUE);
        let work = move || jobs.into_iter().for_each(|job| job(&mut hand));
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(work).map_err(io)?;
        Ok(Self { queue: Some(queue), thread: Some(thread), seal })
    }

    pub(super) fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Hands a change to the thread and waits until it is on the disk. A caller that goes away does not undo it.
    pub(super) async fn write<T, E>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<LedgerError> + Send + 'static,
    {
        self.seal.check()?;
        let now_ms = clock::now_ms();
        let (answer, outcome) = sync_channel(1);
        let job: Job = Box::new(move |hand| {
            // nobody listens any more: the change stands all the same
            let _ = answer.send(hand.change(now_ms, work));
        });
        let queue = self.queue.clone().ok_or(LedgerError::Closed)?;
        // in order of the calls, unless the queue is full
        let left = match queue.try_send(job) {
            Ok(()) => None,
            Err(TrySendError::Full(job)) => Some(job),
            Err(TrySendError::Disconnected(_)) => return Err(LedgerError::Closed.into()),
        };
        let waiting = tokio::task::spawn_blocking(move || {
            if let Some(job) = left {
                queue.send(job).ok()?;
            }
            drop(queue);
            outcome.recv().ok()
        });
        waiting.await.ok().flatten().unwrap_or_else(|| Err(LedgerError::Closed.into()))
    }
}

impl Drop for Writer {
    /// Everything handed over is written before the file is let go.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Hand {
    fn change<T, E: From<LedgerError>>(
        &mut self,
        now_ms: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.seal.check()?;
        let done = catch_unwind(AssertUnwindSafe(|| self.transact(now_ms, work)))
            .unwrap_or_else(|panic| Err(Failure::ours(LedgerError::Panicked(words_of(panic.as_ref())))));
        match done {
            Ok(value) => {
                self.still_there()?;
                self.keep_the_log_short();
                Ok(value)
            }
            Err(Failure { error, disk }) => {
                if let Some((why, cure)) = disk {
                    self.seal.close(why, cure);
                    self.seal.check()?;
                }
                Err(error)
            }
        }
    }

    fn transact<T, E: From<LedgerError>>(
        &mut self,
        now_ms: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, Failure<E>> {
        let transaction = self.connection.transaction().map_err(|error| Failure::ours(error.into()))?;
        let tx = Tx::new(transaction, now_ms);
        let current = tx.fence().map_err(Failure::ours)?;
        if current != self.fence {
            return Err(Failure::ours(LedgerError::Fenced(self.seal.path.clone())));
        }
        // what SQLite said of the disk counts, whatever the caller made of it
        let value = work(&tx).map_err(|error| Failure { error, disk: tx.disk_failure() })?;
        tx.commit().map_err(Failure::ours)?;
        Ok(value)
    }

    /// Moves a log that has grown long into the file. The change before it stands whatever comes of it.
    fn keep_the_log_short(&mut self) {
        let length = self.files.last().and_then(|(log, _)| std::fs::metadata(log).ok()).map_or(0, |log| log.len());
        if length < LONG_LOG {
            return;
        }
        if let Some((why, cure)) = checkpoint(&self.connection).err().as_ref().and_then(disk_failure) {
            self.seal.close(why, cure);
        }
    }

    /// A commit into a file that was deleted or replaced is none.
    fn still_there(&self) -> Result<(), LedgerError> {
        for (file, id) in &self.files {
            if identity(file).ok() != Some(*id) {
                let why = format!("{} was deleted or replaced while it was open", file.display());
                self.seal
                    .close(why, "put the ledger back, or move what is there aside (the chain tells what was done)");
                break;
            }
        }
        self.seal.check()
    }
}

/// What ended a transaction, and why the disk is to blame, where it is.
struct Failure<E> {
    error: E,
    disk: Option<(String, &'static str)>,
}

impl<E: From<LedgerError>> Failure<E> {
    fn ours(error: LedgerError) -> Self {
        let disk = match &error {
            LedgerError::Sqlite(what) => disk_failure(what),
            _ => None,
        };
        Self { error: error.into(), disk }
    }
}

/// Moves the write-ahead log into the file, and empties it unless somebody still reads from it.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    crash::point("during_checkpoint");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn identity(file: &Path) -> std::io::Result<(u64, u64)> {
    let found = std::fs::metadata(file)?;
    Ok((found.dev(), found.ino()))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
