//! A chain inside the process.

use std::path::Path;

use alloy::{
    primitives::{Address, B256, U256},
    rpc::client::RpcClient,
};

use crate::gas::Fork;

/// What an embedded chain starts from. It is stored with the chain; reopening with another one is an error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EmbeddedConfig {
    /// Chain id; one of [`crate::dev::DEV_CHAIN_IDS`].
    pub chain_id: u64,
    /// Timestamp of block 0, seconds since 1970. Each block is `block_time` later, never the wall clock.
    pub genesis_timestamp: u64,
    /// Seconds between blocks.
    pub block_time: u64,
    /// Rules.
    pub fork: Fork,
    /// Gas limit of every block.
    pub block_gas_limit: u64,
    /// Base fee of block 0, wei.
    pub base_fee: u64,
    /// Blocks between `latest` and `finalized` (`safe` is half of it).
    pub finality_depth: u64,
    /// Accounts with ether at block 0, wei.
    pub funded: Vec<(Address, U256)>,
}

/// Why an embedded chain could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Any failure.
    #[error("{0}")]
    Other(String),
}

/// A running embedded chain; cheap to clone, one chain behind all clones.
#[derive(Debug, Clone)]
pub struct EmbeddedChain {}

impl EmbeddedChain {
    /// Opens the chain stored at `file`, or creates it there.
    ///
    /// # Errors
    /// Another configuration than the stored one, a damaged file, a second process on it.
    pub fn open(_file: &Path, _config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        unimplemented!()
    }
    /// A chain that is gone with the process.
    ///
    /// # Errors
    /// A configuration that makes no sense.
    pub fn in_memory(_config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        unimplemented!()
    }
    /// A JSON-RPC client speaking to it without a port: `Rpc::over(chain.client(), "embedded")`.
    #[must_use]
    pub fn client(&self) -> RpcClient {
        unimplemented!()
    }
    /// A digest of every account with code: address, code hash, nonce and storage, in order. Ether balances are left out.
    #[must_use]
    pub fn state_digest(&self) -> B256 {
        unimplemented!()
    }
}
