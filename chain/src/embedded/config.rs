//! What an embedded chain starts from, and the EVM rules that follow from it.
//!
//! The configuration is stored with the chain and never changes: a chain reopened with another one would not come out the
//! same, so that is refused. What makes no sense is refused here, before anything is created.

use std::collections::HashSet;

use alloy::primitives::{Address, U256};
use revm::{context::CfgEnv, primitives::hardfork::SpecId};

use super::error::EmbeddedError;
use crate::{dev::DEV_CHAIN_IDS, gas::Fork};

/// What an embedded chain starts from. It is stored with the chain; reopening with another one is an error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedConfig {
    /// Chain id; one of [`crate::dev::DEV_CHAIN_IDS`].
    pub chain_id: u64,
    /// Number of the first block, which has no parent: 0, or what a contract that counts blocks has to find.
    #[serde(default)]
    pub first_block: u64,
    /// Timestamp of the first block, seconds since 1970. Each block is `block_time` later, never the wall clock.
    pub genesis_timestamp: u64,
    /// Seconds between blocks.
    pub block_time: u64,
    /// Rules.
    pub fork: Fork,
    /// Gas limit of every block.
    pub block_gas_limit: u64,
    /// Base fee of the first block, wei.
    pub base_fee: u64,
    /// Blocks between `latest` and `finalized` (`safe` is half of it).
    pub finality_depth: u64,
    /// Accounts with ether at the first block, wei.
    pub funded: Vec<(Address, U256)>,
}

/// The smallest block that holds a transaction.
const LEAST_BLOCK_GAS: u64 = 21_000;
/// The highest number of a first block: what the store can number leaves room for all blocks after it.
const HIGHEST_FIRST_BLOCK: u64 = u64::MAX >> 2;

impl EmbeddedConfig {
    /// Refuses what makes no sense.
    pub(super) fn validate(&self) -> Result<(), EmbeddedError> {
        let refuse = |field: &'static str, reason: String| Err(EmbeddedError::Config { field, reason });
        if !DEV_CHAIN_IDS.contains(&self.chain_id) {
            return refuse("chain_id", format!("{} is not one of {DEV_CHAIN_IDS:?}", self.chain_id));
        }
        if self.block_time == 0 {
            return refuse("block_time", "0 seconds: every block has to be later than its parent".to_owned());
        }
        if self.first_block > HIGHEST_FIRST_BLOCK {
            return refuse("first_block", format!("{} leaves no numbers for the blocks after it", self.first_block));
        }
        if self.block_gas_limit < LEAST_BLOCK_GAS {
            return refuse("block_gas_limit", format!("{} does not hold one transaction", self.block_gas_limit));
        }
        let mut seen = HashSet::new();
        for (address, _) in &self.funded {
            if !seen.insert(*address) {
                return refuse("funded", format!("{address} is named twice"));
            }
        }
        Ok(())
    }

    /// revm's name of the fork.
    pub(super) fn spec(&self) -> SpecId {
        match self.fork {
            Fork::Cancun => SpecId::CANCUN,
            Fork::Prague => SpecId::PRAGUE,
            Fork::Osaka => SpecId::OSAKA,
            Fork::Amsterdam => SpecId::AMSTERDAM,
        }
    }

    /// The rules under which blocks are executed: mainnet's, nothing switched off.
    pub(super) fn rules(&self) -> CfgEnv {
        CfgEnv::new_with_spec(self.spec()).with_chain_id(self.chain_id)
    }
}
