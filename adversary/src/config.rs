//! What a world starts from. Everything has a default; tests change the fields they are about.

use alloy::primitives::{Address, U256};

use crate::keys;

/// How much an endpoint answers to `eth_getLogs`, and what it says when asked for more.
#[derive(Debug, Clone, Default)]
pub struct LogLimits {
    /// Most blocks in a range, and the words of refusal; `{}` in them becomes the limit.
    pub range: Option<(u64, String)>,
    /// Most logs in an answer, and the words of refusal; `{}` in them becomes the limit.
    pub results: Option<(usize, String)>,
}

/// What a world starts from.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// Chain id.
    pub chain_id: u64,
    /// Sets the genesis block apart from that of another world.
    pub salt: u64,
    /// Timestamp of the first block and the beginning of virtual time, seconds.
    pub genesis_timestamp: u64,
    /// Virtual seconds between blocks.
    pub block_time: u64,
    /// Gas limit of every block.
    pub block_gas_limit: u64,
    /// Base fee of the first block; of all blocks unless `base_fee_by_rule`.
    pub base_fee: u64,
    /// Whether the base fee follows EIP-1559 from block to block.
    pub base_fee_by_rule: bool,
    /// Blocks between `latest` and `finalized`.
    pub finality_depth: usize,
    /// States kept; reorganisations and questions about the past reach no deeper.
    pub history: usize,
    /// Accounts with ether at the first block.
    pub funded: Vec<(Address, U256)>,
    /// Whether endpoints answer the methods of a development chain.
    pub development: bool,
    /// Whether each accepted transaction is mined at once.
    pub automine: bool,
    /// The smallest tip the pool takes, wei.
    pub min_tip: u128,
    /// Executable transactions an account may always have in the pool.
    pub account_slots: usize,
    /// Executable transactions in the whole pool before accounts are cut down to their slots.
    pub global_slots: usize,
    /// Queued transactions an account may have.
    pub account_queue: usize,
    /// Queued transactions in the whole pool.
    pub global_queue: usize,
    /// Virtual seconds after which queued transactions leave the pool.
    pub lifetime: u64,
    /// Virtual seconds after which executable ones leave it too. geth keeps them until it restarts; others do not.
    pub pending_lifetime: Option<u64>,
    /// Most an endpoint lets a transaction cost, wei; zero for no limit.
    pub fee_cap: U256,
    /// What `eth_maxPriorityFeePerGas` says.
    pub suggested_tip: u128,
    /// Limits of `eth_getLogs`.
    pub logs: LogLimits,
    /// Seed of whatever is left to chance: faults with a probability.
    pub seed: u64,
}

impl Default for WorldConfig {
    fn default() -> Self {
        let ether = U256::from(10u128.pow(18));
        Self {
            chain_id: 31337,
            salt: 0,
            genesis_timestamp: 1_700_000_000,
            block_time: 12,
            block_gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            base_fee_by_rule: false,
            finality_depth: 4,
            history: 400,
            funded: keys::accounts().into_iter().map(|address| (address, ether * U256::from(1_000_000))).collect(),
            development: false,
            automine: false,
            min_tip: 1,
            account_slots: 16,
            global_slots: 5_120,
            account_queue: 64,
            global_queue: 1_024,
            lifetime: 10_800,
            pending_lifetime: Some(10_800),
            fee_cap: ether,
            suggested_tip: 1_000_000_000,
            logs: LogLimits::default(),
            seed: 0,
        }
    }
}
