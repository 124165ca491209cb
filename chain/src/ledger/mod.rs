//! The SQLite journal of the outbox.
