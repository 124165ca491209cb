//! `eth_feeHistory` and `eth_config`.

use std::collections::BTreeMap;

use alloy::{
    consensus::Transaction,
    eips::{
        BlockNumberOrTag,
        eip7840::BlobParams,
        eip7910::{EthConfig, EthForkConfig},
    },
    primitives::{Bytes, U64},
    rpc::types::FeeHistory,
};

use super::{Answer, Params, View, json_of};
use crate::{blocks::Block, error::Failure};

const MOST_BLOCKS: usize = 1_024;

impl View<'_> {
    pub(super) fn fee_history(&self, params: &Params<'_>) -> Answer {
        let count: U64 = params.required(0)?;
        let percentiles: Vec<f64> = params.optional(2)?.unwrap_or_default();
        if percentiles.iter().any(|p| !(0.0..=100.0).contains(p)) || percentiles.windows(2).any(|p| p[0] > p[1]) {
            return Err(Failure::refused("invalid reward percentile"));
        }
        let newest: BlockNumberOrTag = params.optional(1)?.unwrap_or_default();
        let newest = self.height(newest).ok_or_else(|| Failure::refused("request beyond head block"))?;
        let count = usize::try_from(count.to::<u64>()).unwrap_or(usize::MAX).clamp(1, MOST_BLOCKS).min(newest + 1);
        let oldest = newest + 1 - count;
        let blocks: Vec<_> = (oldest..=newest).filter_map(|height| self.world.chain.block(height)).collect();
        let base_fee = |height: usize| {
            let next = self.world.chain.block(height);
            next.and_then(|block| block.header.base_fee_per_gas).unwrap_or_else(|| self.world.next_base_fee())
        };
        let history = FeeHistory {
            oldest_block: oldest as u64,
            base_fee_per_gas: (oldest..=newest + 1).map(|height| base_fee(height).into()).collect(),
            gas_used_ratio: blocks.iter().map(|b| b.header.gas_used as f64 / b.header.gas_limit as f64).collect(),
            base_fee_per_blob_gas: vec![1; count + 1],
            blob_gas_used_ratio: vec![0.0; count],
            reward: (!percentiles.is_empty())
                .then(|| blocks.iter().map(|block| rewards(block, &percentiles)).collect()),
        };
        json_of(&history)
    }

    /// EIP-7910: Osaka, active from the first block.
    pub(super) fn config(&self) -> Answer {
        let current = EthForkConfig {
            activation_time: 0,
            blob_schedule: BlobParams::osaka(),
            chain_id: self.world.config.chain_id,
            fork_id: Bytes::from_static(&[0; 4]),
            precompiles: BTreeMap::new(),
            system_contracts: BTreeMap::new(),
        };
        json_of(&EthConfig { current, next: None, last: None })
    }
}

/// The tips of a block at percentiles of its gas.
fn rewards(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let tip = |mined: &crate::blocks::Mined| {
        (mined.tx.envelope.effective_tip_per_gas(base_fee).unwrap_or_default(), mined.gas_used)
    };
    let mut tips: Vec<(u128, u64)> = block.mined.iter().map(tip).collect();
    tips.sort_unstable();
    let at = |percentile: &f64| {
        let threshold = block.header.gas_used as f64 * percentile / 100.0;
        let mut sum = 0;
        let reached = tips.iter().find(|(_, gas)| {
            sum += gas;
            sum as f64 >= threshold
        });
        reached.map_or(0, |(tip, _)| *tip)
    };
    percentiles.iter().map(at).collect()
}
