//! A chain inside the process: revm behind an alloy transport, no port.
//!
//! It speaks JSON-RPC as a node does, so whatever runs against it runs against a live chain; its errors are geth's. It is
//! deterministic: time moves with blocks and never with the clock, and the same transactions give the same chain. Accepted
//! transactions are stored and executed again at open, so a rehearsal outlives its process.
//!
//! What it does not do: no state trie (headers carry a chained digest instead), no blobs, no beacon-chain system calls, no
//! proofs, no reorganisations, no subscriptions; `pending` is `latest` with the next block's environment.
//!
//! - `config`, `error`: what it starts from, what can go wrong
//! - `state`, `history`, `world`, `overrides`: accounts now, accounts then, and how execution reads them
//! - `executor`, `block`, `logs`: one transaction; the block around it; what it logged
//! - `pool`, `mining`, `store`, `node`: admission, sealing, disk, and the locks that hold them together
//! - `accounts`: all accounts at once, for whoever compares the chain with another
//! - `params`, `methods`, `dev_methods`, `calls`, `fees`, `receipts`, `transport`: JSON-RPC

mod accounts;
mod block;
mod calls;
mod config;
mod dev_methods;
mod error;
mod executor;
mod fees;
mod history;
mod logs;
mod methods;
mod mining;
mod node;
mod overrides;
mod params;
mod pool;
mod receipts;
mod state;
mod store;
mod transport;
mod world;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{primitives::B256, rpc::client::RpcClient};

pub use accounts::AccountState;
pub use config::EmbeddedConfig;
pub use error::EmbeddedError;
pub use node::Replayed;

/// A running embedded chain; cheap to clone, one chain behind all clones and clients. When the last is dropped the store is
/// closed and its lock freed.
#[derive(Debug, Clone)]
pub struct EmbeddedChain {
    node: Arc<node::Node>,
}

impl EmbeddedChain {
    /// Opens the chain stored at `file`, or creates it there. How far the re-execution of a long one has come is told to
    /// `tracing` every second.
    ///
    /// # Errors
    /// Another configuration than the stored one, a damaged file, a second process on it.
    pub fn open(file: &Path, config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let mut told = Instant::now();
        Self::open_with(file, config, |replayed| {
            if told.elapsed() >= Duration::from_secs(1) {
                tracing::info!(blocks = replayed.done, of = replayed.total, "executing the stored chain again");
                told = Instant::now();
            }
        })
    }

    /// As [`Self::open`], telling `progress` of every block executed again.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        file: &Path,
        config: EmbeddedConfig,
        mut progress: impl FnMut(Replayed),
    ) -> Result<Self, EmbeddedError> {
        Ok(Self { node: Arc::new(node::Node::open(file, config, &mut progress)?) })
    }

    /// Opens the chain stored at `file` with the configuration stored in it.
    ///
    /// # Errors
    /// No such file, a damaged one, a second process on it. Nothing is created.
    pub fn reopen(file: &Path) -> Result<Self, EmbeddedError> {
        Self::open(file, store::configuration(file)?)
    }

    /// A chain that is gone with the process.
    ///
    /// # Errors
    /// A configuration that makes no sense.
    pub fn in_memory(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        Ok(Self { node: Arc::new(node::Node::in_memory(config)?) })
    }

    /// A JSON-RPC client speaking to it without a port: `Rpc::over(chain.client(), "embedded")`.
    #[must_use]
    pub fn client(&self) -> RpcClient {
        RpcClient::new(transport::EmbeddedTransport(Arc::clone(&self.node)), true)
    }

    /// A digest of every account with code: address, nonce, code hash and storage, in order. Ether balances are left out.
    #[must_use]
    pub fn state_digest(&self) -> B256 {
        self.node.world().state.digest()
    }
}
