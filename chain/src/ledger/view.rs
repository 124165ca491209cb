//! Reading a journal without owning it, beside the process that works with it or after it ended.
//!
//! The file is opened read-only, and SQLite is told so once more (`query_only`): WAL lets a reader see one committed state
//! while the writer goes on. Each method reads one consistent state; two calls may see two. Nothing is created (but SQLite's
//! own `-shm` and `-wal` beside the file), migrated or repaired here: a file that is missing, of something else, of an older
//! or of a newer schema is refused in words.
//!
//! What it does not do: it does not take the ledger's lock but for the blink in which it asks whether somebody holds it
//! (`owner`), it does not look at the chain, and it does not decide anything (`outbox::why` does). A row that this program
//! cannot have written is an error, never a default.

mod owner;
mod rows;

pub use owner::{Held, Owner};
pub use rows::{AnswerView, AttemptView, EventView, ForeignView, IntentView, Reason, ReceiptView, SignerView};

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::primitives::Address;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, types::Value};

use super::{IntentState, LedgerError, Pins, schema};
use rows::{INTENT, fixed, unsigned};

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// No such file.
    #[error("{} is not there; nothing was ever journaled for it, or the name is another", .0.display())]
    Missing(PathBuf),
    /// A file without anything in it.
    #[error("{} is empty: nothing was ever journaled in it", .0.display())]
    Empty(PathBuf),
    /// Written by an earlier version of this program.
    #[error(
        "{} has schema {found}, written by an older tminus; this one reads schema {known}. The next command that sends with \
         this ledger brings it up to date, after a backup", .path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file is there, but SQLite may not read it.
    #[error(
        "{} cannot be read: {what}; a reader has to be allowed to write the file of that name with -shm at its end",
        .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        what: String,
    },
    /// Not a database at all.
    #[error("{} is not a tminus ledger: {what}", .path.display())]
    NotOne {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        what: String,
    },
    /// Of something else, newer, damaged.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for ViewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ledger(LedgerError::Sqlite(error))
    }
}

/// Which intents are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these states; all when empty.
    pub states: Vec<IntentState>,
    /// Whose key starts with this.
    pub prefix: String,
    /// Of this account.
    pub signer: Option<Address>,
    /// The newest so many; all when `None`.
    pub limit: Option<u64>,
}

/// One intent with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The intent.
    pub intent: IntentView,
    /// The signed transactions of all its generations, oldest first, each with what endpoints said.
    pub attempts: Vec<AttemptView>,
    /// What happened to it, oldest first.
    pub events: Vec<EventView>,
    /// Intents of the same signer with a lower nonce that are in no block yet, lowest first.
    pub before: Vec<IntentView>,
}

impl Detail {
    /// The transactions of the generation that counts, oldest first.
    pub fn current(&self) -> impl DoubleEndedIterator<Item = &AttemptView> {
        self.attempts.iter().filter(|attempt| attempt.generation == self.intent.generation)
    }
}

/// A journal, open for reading.
#[derive(Debug)]
pub struct View {
    connection: Connection,
    path: PathBuf,
    inode: u64,
}

impl View {
    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// [`ViewError`]; nothing is created and nothing is changed.
    pub fn open(path: &Path) -> Result<Self, ViewError> {
        let unreadable =
            |what: &dyn std::fmt::Display| ViewError::Unreadable { path: path.to_owned(), what: what.to_string() };
        let inode = match path.metadata() {
            Ok(found) if found.is_file() => found.ino(),
            Ok(_) => return Err(unreadable(&"not a file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ViewError::Missing(path.to_owned()));
            }
            Err(error) => return Err(unreadable(&error)),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| unreadable(&error))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        let found = super::open::recognise(&connection, path).map_err(|error| match error {
            LedgerError::Damaged { what, .. } if what.contains("unable to open") => unreadable(&what),
            LedgerError::Damaged { what, .. } if what.contains("not a database") => {
                ViewError::NotOne { path: path.to_owned(), what }
            }
            error => error.into(),
        })?;
        if found == 0 {
            return Err(ViewError::Empty(path.to_owned()));
        }
        if found < schema::VERSION {
            return Err(ViewError::Older { path: path.to_owned(), found, known: schema::VERSION });
        }
        Ok(Self { connection, path: path.to_owned(), inode })
    }

    /// Whether the file is still the one that was opened.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.path.metadata().is_ok_and(|found| found.ino() == self.inode)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The chain it belongs to, and since when it exists, milliseconds since 1970.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn pins(&self) -> Result<(Pins, i64), ViewError> {
        let sql = "SELECT chain_id, genesis_hash, created_ms FROM meta";
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?));
        let (chain_id, hash, created) = self.connection.query_row(sql, [], read)?;
        Ok((Pins { chain_id: unsigned(chain_id)?, genesis_hash: fixed(&hash)?.into() }, created))
    }

    /// Who opened it last for writing, and whether a process holds it now.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn owner(&self) -> Result<Owner, ViewError> {
        let sql = "SELECT fence, owner FROM meta";
        let (fence, words) =
            self.connection.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))?;
        Ok(Owner { fence: unsigned(fence)?, words, held: owner::held(&self.path) })
    }

    /// Whether its pages are sound.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], with what was found.
    pub fn check_pages(&self) -> Result<(), ViewError> {
        Ok(super::sound::check_pages(&self.connection, &self.path)?)
    }

    /// A number that changes when another connection has committed something.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn version(&self) -> Result<i64, ViewError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// How many intents are in each state.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn counts(&self) -> Result<Vec<(IntentState, u64)>, ViewError> {
        let mut counts = self.all("SELECT state, count(*) FROM intents GROUP BY state", &[], |row| {
            Ok((rows::intent_state(&row.get::<_, String>(0)?)?, unsigned(row.get(1)?)?))
        })?;
        counts.sort_unstable();
        Ok(counts)
    }

    /// How many intents `filter` is about, whatever its limit.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn count(&self, filter: &Filter) -> Result<u64, ViewError> {
        let (condition, values) = filter.condition();
        let sql = format!("SELECT count(*) FROM intents i WHERE {condition}");
        let count: i64 = self.connection.query_row(&sql, rusqlite::params_from_iter(values), |row| row.get(0))?;
        Ok(unsigned(count)?)
    }

    /// The intents of `filter`, in the order they were first journaled.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn intents(&self, filter: &Filter) -> Result<Vec<IntentView>, ViewError> {
        let (condition, mut values) = filter.condition();
        // -1 is no limit to SQLite
        let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        values.push(limit.into());
        let sql = format!("{INTENT} WHERE {condition} ORDER BY i.id DESC LIMIT ?{}", values.len());
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let mut intents = self.all(&sql, &values, rows::intent)?;
        intents.reverse();
        Ok(intents)
    }

    /// Everything about one intent, of one state of the journal.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn intent(&self, key: &str) -> Result<Option<Detail>, ViewError> {
        // the guard rolls back a transaction that changed nothing
        let _snapshot = self.connection.unchecked_transaction()?;
        let found = self
            .connection
            .prepare_cached(&format!("{INTENT} WHERE i.key = ?1"))?
            .query_row([key], |row| Ok(rows::intent(row)))
            .optional()?;
        let Some(intent) = found.transpose()? else { return Ok(None) };
        let mut attempts = self.all(rows::ATTEMPTS, &[&intent.id], rows::attempt)?;
        for attempt in &mut attempts {
            attempt.answers = self.all(rows::ANSWERS, &[&attempt.id], rows::answer)?;
        }
        let events = self.all(rows::EVENTS, &[&intent.id], rows::event)?;
        let before = match intent.nonce {
            None => Vec::new(),
            Some(nonce) => {
                let sql = format!(
                    "{INTENT} WHERE i.signer = ?1 AND i.nonce < ?2 AND i.state IN ('reserved', 'signed', 'sent') \
                     ORDER BY i.nonce"
                );
                let nonce = i64::try_from(nonce).unwrap_or(i64::MAX);
                self.all(&sql, &[&intent.signer.as_slice(), &nonce], rows::intent)?
            }
        };
        Ok(Some(Detail { intent, attempts, events, before }))
    }

    /// All keys, in the order they were first journaled.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn keys(&self) -> Result<Vec<String>, ViewError> {
        self.all("SELECT key FROM intents ORDER BY id", &[], |row| Ok(row.get(0)?))
    }

    /// The newest `limit` events of all intents, oldest first.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn events(&self, limit: u32) -> Result<Vec<EventView>, ViewError> {
        let mut events = self.all(rows::NEWEST_EVENTS, &[&limit], rows::event)?;
        events.reverse();
        Ok(events)
    }

    /// The accounts that signed, with the nonce the next new transaction takes.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn signers(&self) -> Result<Vec<SignerView>, ViewError> {
        self.all(rows::SIGNERS, &[], rows::signer)
    }

    /// Transactions of our accounts that this journal did not sign, in nonce order.
    ///
    /// # Errors
    /// [`ViewError`]
    pub fn foreign(&self) -> Result<Vec<ForeignView>, ViewError> {
        self.all(rows::FOREIGN, &[], rows::foreign)
    }

    fn all<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl Fn(&Row<'_>) -> Result<T, LedgerError>,
    ) -> Result<Vec<T>, ViewError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map(values, |row| Ok(read(row)))?;
        found.map(|row| Ok(row??)).collect()
    }
}

impl Filter {
    fn condition(&self) -> (String, Vec<Value>) {
        let mut values = vec![Value::Text(self.prefix.clone())];
        let mut condition = "substr(i.key, 1, length(?1)) = ?1".to_owned();
        if !self.states.is_empty() {
            let marks: Vec<_> = (0..self.states.len()).map(|index| format!("?{}", values.len() + 1 + index)).collect();
            condition += &format!(" AND i.state IN ({})", marks.join(", "));
            values.extend(self.states.iter().map(|state| Value::Text(state.as_str().to_owned())));
        }
        if let Some(signer) = self.signer {
            values.push(Value::Blob(signer.to_vec()));
            condition += &format!(" AND i.signer = ?{}", values.len());
        }
        (condition, values)
    }
}
