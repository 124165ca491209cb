//! What can go wrong: opening a chain, and answering a request.
//!
//! `EmbeddedError` is for whoever opens the chain. `Failure` is a JSON-RPC error; its codes and texts are geth's, because
//! the outbox decides by them and must see here what it will see on a live network.

use std::path::PathBuf;

use alloy::{
    primitives::{B256, Bytes},
    rpc::json_rpc::ErrorPayload,
    sol_types::{Panic, Revert, SolError},
};
use serde_json::value::to_raw_value;

/// Why an embedded chain could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// A configuration that makes no sense.
    #[error("the embedded chain's configuration: {field}: {reason}")]
    Config {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The stored chain started from another configuration.
    #[error(
        "{file} holds a chain that started from another configuration; start afresh, or open it with its own: {stored}"
    )]
    OtherConfig {
        /// The store.
        file: PathBuf,
        /// The stored configuration, JSON.
        stored: String,
    },
    /// Another process has the chain open.
    #[error("{file} is in use by another process")]
    Locked {
        /// The store.
        file: PathBuf,
    },
    /// The file or its lock could not be opened.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store could not be read or written.
    #[error("{file} cannot be read as a stored chain: {source}")]
    Store {
        /// The store.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A schema this program does not know.
    #[error("{file}: {source}")]
    Schema {
        /// The store.
        file: PathBuf,
        /// What is wrong with it.
        source: rusqlite_migration::Error,
    },
    /// A stored row that cannot be what was written.
    #[error("{file} is damaged at block {block}: {reason}")]
    Damaged {
        /// The store.
        file: PathBuf,
        /// The block.
        block: u64,
        /// What is wrong.
        reason: String,
    },
    /// Re-execution gave another block than the stored one.
    #[error("{file}: block {block} was stored as {stored} and came out as {found} when executed again")]
    Diverged {
        /// The store.
        file: PathBuf,
        /// The block.
        block: u64,
        /// The stored hash.
        stored: B256,
        /// The hash found.
        found: B256,
    },
}

/// An error answer of JSON-RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// JSON-RPC code.
    pub(super) code: i64,
    /// The words.
    pub(super) message: String,
    /// Revert data.
    pub(super) data: Option<Bytes>,
}

impl Failure {
    /// geth's general code, for everything the pool or the state refuses.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { code: -32000, message: message.into(), data: None }
    }

    /// Parameters that cannot be read.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into(), data: None }
    }

    /// A method this chain does not have.
    pub(super) fn unknown_method(method: &str) -> Self {
        Self { code: -32601, message: format!("the method {method} does not exist/is not available"), data: None }
    }

    /// A fault of this program or its disk.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { code: -32603, message: message.into(), data: None }
    }

    /// A call that reverted, in geth's words.
    pub(super) fn reverted(data: Bytes) -> Self {
        let reason = Revert::abi_decode(&data)
            .map(|revert| revert.reason)
            .ok()
            .or_else(|| Panic::abi_decode(&data).ok().map(|panic| panic.to_string()));
        let message = match reason {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".to_owned(),
        };
        Self { code: 3, message, data: Some(data) }
    }

    /// As JSON-RPC carries it.
    pub(super) fn payload(self) -> ErrorPayload {
        // bytes serialise to a JSON string, which cannot fail; without data the code and words still tell
        let data = self.data.and_then(|data| to_raw_value(&data).ok());
        ErrorPayload { code: self.code, message: self.message.into(), data }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("the answer could not be written: {error}"))
    }
}
