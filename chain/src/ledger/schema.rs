//! The tables, as numbered migrations that are only ever added to.
//!
//! What the database itself guards: a key once, a raw transaction once, one standing intent a nonce, states from a fixed
//! list, `finalized` for ever, attempts and events append-only (only what an endpoint said of an attempt may change), the
//! chain it belongs to, and a fence that only goes up. Amounts are big-endian blobs of fixed length, because SQLite's
//! integers end at 2^63 and its sums of blobs are silently wrong: nothing is ever added up in SQL. Calldata is stored once,
//! inside the raw transaction.
//!
//! The second migration builds `intents` anew, because a list of states cannot be changed in place; foreign keys are off
//! while it runs and are checked before it is committed.

use rusqlite::Transaction;
use rusqlite_migration::{M, Migrations};

use crate::crash;

/// `tMns`: marks a file as ours.
pub(super) const APPLICATION_ID: i32 = 0x744d_6e73;

/// The version this program writes.
pub(super) const VERSION: i64 = 2;

/// The migrations, oldest first; their number is the schema's version. Each is one transaction.
pub(super) fn migrations() -> Migrations<'static> {
    let second = M::up_with_hook(include_str!("schema/2.sql"), |_: &Transaction<'_>| {
        crash::point("during_migration");
        Ok(())
    });
    Migrations::new(vec![M::up(include_str!("schema/1.sql")), second.foreign_key_check()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_apply_from_nothing() {
        migrations().validate().unwrap();
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrations().to_latest(&mut connection).unwrap();
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, VERSION);
    }
}
