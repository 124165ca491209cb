//! The gas rules of a fork, chosen from the chain and never from a constant in a planner.
//!
//! The table holds what planners need: the cap of one transaction (EIP-7825), the size limit of a pooled transaction, and
//! the calldata floor (EIP-7623). The chain is asked by `eth_config` (EIP-7910) where it answers; the block gas limit always
//! comes from the latest block.

use serde::{Deserialize, Serialize};

/// The hard forks whose rules differ for us, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fork {
    /// Cancun, March 2024.
    Cancun,
    /// Prague, May 2025: calldata floor.
    Prague,
    /// Osaka, December 2025: a transaction may use at most 2^24 gas.
    Osaka,
    /// Amsterdam: state creation priced apart (EIP-8037).
    Amsterdam,
}

/// What a planner has to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GasRules {
    /// The fork.
    pub fork: Fork,
    /// Most gas a transaction may ask for.
    pub transaction_cap: u64,
    /// Gas limit of a block.
    pub block_limit: u64,
    /// Most bytes of a raw transaction that pools accept (geth: 128 KiB).
    pub transaction_bytes: usize,
}

/// EIP-7825: 2^24.
pub const TRANSACTION_GAS_CAP: u64 = 1 << 24;
/// geth's `txMaxSize`, 4 slots of 32 KiB.
pub const TRANSACTION_MAX_BYTES: usize = 128 * 1024;

impl GasRules {
    /// The rules of `fork` under a block gas limit.
    #[must_use]
    pub fn of(fork: Fork, block_limit: u64) -> Self {
        let transaction_cap = if fork >= Fork::Osaka { TRANSACTION_GAS_CAP.min(block_limit) } else { block_limit };
        Self { fork, transaction_cap, block_limit, transaction_bytes: TRANSACTION_MAX_BYTES }
    }
}
