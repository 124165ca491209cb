//! What a distribution is committed to: the facts that its contract holds for ever.

use alloy::primitives::{B256, U256};
use serde::{Deserialize, Serialize};

/// Recipients in a chunk, where nothing else is asked for.
pub const DEFAULT_CHUNK_SIZE: u32 = 64;

/// The immutable facts of a TokenDistributor that come from the recipient list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// Merkle root over the chunks; binds chain id and token, not the distributor's address.
    pub root: B256,
    /// Sum of all amounts, base units.
    pub total: U256,
    /// Recipients.
    pub count: u64,
    /// Recipients in each chunk but the last.
    pub chunk_size: u32,
}

impl Commitment {
    /// Number of chunks: `count / chunk_size`, rounded up.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.count.div_ceil(u64::from(self.chunk_size))
    }
}
