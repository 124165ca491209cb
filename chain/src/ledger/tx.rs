//! One transaction on the journal, and the way every statement goes.
//!
//! What is read is checked: a row this program cannot have written is an error, never a default. What SQLite said of the
//! disk is kept, so that the thread that writes learns of it whatever the caller makes of the error.

use std::cell::RefCell;

use rusqlite::{ErrorCode, OptionalExtension, Params, Row, Transaction};

use super::LedgerError;

/// One transaction on the journal.
pub(crate) struct Tx<'a> {
    inner: Transaction<'a>,
    now_ms: i64,
    failed: RefCell<Option<(String, &'static str)>>,
}

pub(super) type Result<T, E = LedgerError> = std::result::Result<T, E>;

impl<'a> Tx<'a> {
    pub(super) fn new(inner: Transaction<'a>, now_ms: i64) -> Self {
        Self { inner, now_ms, failed: RefCell::new(None) }
    }

    pub(super) fn commit(self) -> Result<()> {
        Ok(self.inner.commit()?)
    }

    /// The time of this transaction in the journal.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The fence as it is in the file.
    pub(super) fn fence(&self) -> Result<i64> {
        self.one("SELECT fence FROM meta", [], |row| Ok(row.get(0)?))
    }

    /// What SQLite said of the disk in this transaction, and what to do about it.
    pub(super) fn disk_failure(&self) -> Option<(String, &'static str)> {
        self.failed.borrow().clone()
    }

    fn failure(&self, error: rusqlite::Error) -> LedgerError {
        if let Some(found) = disk_failure(&error) {
            self.failed.borrow_mut().get_or_insert(found);
        }
        error.into()
    }

    /// Runs a statement that changes rows; how many.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        let done = self.inner.prepare_cached(sql).and_then(|mut statement| statement.execute(params));
        done.map_err(|error| self.failure(error))
    }

    /// Runs a statement that adds a row; its id.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<i64> {
        self.run(sql, params)?;
        Ok(self.inner.last_insert_rowid())
    }

    /// The first row, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let found = self
            .inner
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params, |row| Ok(read(row))).optional());
        found.map_err(|error| self.failure(error))?.transpose()
    }

    /// The first row, which has to be there.
    pub(super) fn one<T>(&self, sql: &str, params: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.find(sql, params, read)?.ok_or_else(|| bad("no row where there is one always"))
    }

    /// All rows.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self.inner.prepare_cached(sql).and_then(|mut statement| {
            let rows = statement.query_map(params, |row| Ok(read(row)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        rows.map_err(|error| self.failure(error))?.into_iter().collect()
    }

    /// Looks at rows in order until `look` has what it wants.
    pub(super) fn each<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut look: impl FnMut(&Row<'_>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let mut statement = self.inner.prepare_cached(sql).map_err(|error| self.failure(error))?;
        let mut rows = statement.query(params).map_err(|error| self.failure(error))?;
        while let Some(row) = rows.next().map_err(|error| self.failure(error))? {
            if let Some(found) = look(row)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Why the disk cannot be relied on after an error, and what to do; `None` for an error of another kind.
pub(super) fn disk_failure(error: &rusqlite::Error) -> Option<(String, &'static str)> {
    let cure = match error.sqlite_error_code()? {
        ErrorCode::DiskFull => "free some space",
        ErrorCode::SystemIoFailure => "look after the disk",
        ErrorCode::ReadOnly => "make the file and its folder writable",
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => "restore a backup or move the ledger aside",
        ErrorCode::CannotOpen => "make the folder of the ledger accessible",
        _ => return None,
    };
    Some((error.to_string(), cure))
}

pub(super) fn bad(what: &str) -> LedgerError {
    LedgerError::BadRow(what.to_owned())
}
