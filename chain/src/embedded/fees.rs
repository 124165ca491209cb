//! What gas costs: `eth_gasPrice`, `eth_maxPriorityFeePerGas`, `eth_feeHistory`, and `eth_config`.

use std::collections::BTreeMap;

use alloy::{
    eips::{
        BlockNumberOrTag,
        eip7840::BlobParams,
        eip7910::{EthConfig, EthForkConfig},
    },
    primitives::{Address, Bytes},
    rpc::types::FeeHistory,
};

use super::{block, block::Block, calls, error::Failure, node::Node};
use crate::gas::Fork;

/// The tip suggested: nobody competes here. anvil's figure too.
pub(super) const SUGGESTED_TIP: u64 = 1_000_000_000;
/// geth's limit.
const MOST_BLOCKS: u64 = 1_024;
/// Blob fee of blocks without blobs, wei.
const LEAST_BLOB_FEE: u128 = 1;

/// The precompiles by EIP-7910's names, the fork that brought each, and its address.
const PRECOMPILES: [(&str, Fork, u16); 18] = [
    ("ECREC", Fork::Cancun, 0x01),
    ("SHA256", Fork::Cancun, 0x02),
    ("RIPEMD160", Fork::Cancun, 0x03),
    ("ID", Fork::Cancun, 0x04),
    ("MODEXP", Fork::Cancun, 0x05),
    ("BN254_ADD", Fork::Cancun, 0x06),
    ("BN254_MUL", Fork::Cancun, 0x07),
    ("BN254_PAIRING", Fork::Cancun, 0x08),
    ("BLAKE2F", Fork::Cancun, 0x09),
    ("KZG_POINT_EVALUATION", Fork::Cancun, 0x0a),
    ("BLS12_G1ADD", Fork::Prague, 0x0b),
    ("BLS12_G1MSM", Fork::Prague, 0x0c),
    ("BLS12_G2ADD", Fork::Prague, 0x0d),
    ("BLS12_G2MSM", Fork::Prague, 0x0e),
    ("BLS12_PAIRING_CHECK", Fork::Prague, 0x0f),
    ("BLS12_MAP_FP_TO_G1", Fork::Prague, 0x10),
    ("BLS12_MAP_FP2_TO_G2", Fork::Prague, 0x11),
    ("P256VERIFY", Fork::Osaka, 0x100),
];

impl Node {
    /// Base fee of the block to come.
    pub(super) fn next_base_fee(&self) -> u64 {
        block::next_base_fee(&self.world().head().header)
    }

    pub(super) fn fee_history(
        &self,
        count: u64,
        newest: BlockNumberOrTag,
        percentiles: Option<&[f64]>,
    ) -> Result<FeeHistory, Failure> {
        let percentiles = percentiles.unwrap_or_default();
        let ordered = percentiles.windows(2).all(|pair| pair[0] <= pair[1]);
        if !ordered || percentiles.iter().any(|p| !(0.0..=100.0).contains(p)) {
            return Err(Failure::refused("invalid reward percentile"));
        }
        let world = self.world();
        let newest = world.must_resolve(newest.into(), self.config.finality_depth)?;
        let count = count.clamp(1, MOST_BLOCKS).min(newest + 1 - world.first());
        let oldest = newest + 1 - count;
        let mut history = FeeHistory { oldest_block: oldest, ..FeeHistory::default() };
        let mut rewards = Vec::new();
        for block in (oldest..=newest).filter_map(|number| world.block(number)) {
            let header = &block.header;
            history.base_fee_per_gas.push(header.base_fee_per_gas.unwrap_or_default().into());
            history.gas_used_ratio.push(header.gas_used as f64 / header.gas_limit as f64);
            history.base_fee_per_blob_gas.push(LEAST_BLOB_FEE);
            history.blob_gas_used_ratio.push(0.0);
            rewards.push(reward(block, percentiles));
        }
        if let Some(block) = world.block(newest) {
            history.base_fee_per_gas.push(block::next_base_fee(&block.header).into());
            history.base_fee_per_blob_gas.push(LEAST_BLOB_FEE);
        }
        history.reward = (!percentiles.is_empty()).then_some(rewards);
        Ok(history)
    }

    /// EIP-7910. The fork hash is zero: there is no genesis file for it to stand for.
    pub(super) fn eth_config(&self) -> EthConfig {
        let fork = self.config.fork;
        let active = PRECOMPILES.iter().filter(|(_, since, _)| fork >= *since);
        let address = |low: u16| Address::left_padding_from(&low.to_be_bytes());
        let precompiles: BTreeMap<String, Address> =
            active.map(|(name, _, low)| ((*name).to_owned(), address(*low))).collect();
        let current = EthForkConfig {
            activation_time: 0,
            blob_schedule: match fork {
                Fork::Cancun => BlobParams::cancun(),
                Fork::Prague => BlobParams::prague(),
                Fork::Osaka | Fork::Amsterdam => BlobParams::osaka(),
            },
            chain_id: self.config.chain_id,
            fork_id: Bytes::from_static(&[0; 4]),
            precompiles,
            system_contracts: BTreeMap::new(),
        };
        EthConfig { current, next: None, last: None }
    }
}

/// The tips of a block at percentiles of its gas, as geth reckons them.
fn reward(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let mut tips: Vec<(u128, u64)> = block
        .transactions
        .iter()
        .map(|mined| (calls::tip(mined.transaction.inner(), base_fee), mined.gas_used))
        .collect();
    tips.sort_unstable();
    let at = |percentile: &f64| {
        let threshold = (block.header.gas_used as f64 * percentile / 100.0) as u64;
        let mut sum = 0;
        let reached = tips.iter().find(|(_, gas)| {
            sum += gas;
            sum >= threshold
        });
        reached.or(tips.last()).map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}
