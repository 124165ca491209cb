//! Reorganisations: blocks go, others come, and transactions fare this way or that.

use std::sync::Arc;

use crate::{
    effects::EFFECTS,
    transaction::Tx,
    world::{Inner, World},
};
use alloy::primitives::U256;

/// What becomes of the transactions in blocks that are reorganised away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// They are in the new blocks of the same heights.
    Kept,
    /// They are nowhere: not in blocks, not in the pool.
    Dropped,
    /// They are back in the pool, as geth puts them there.
    Returned,
    /// They are in new blocks one height later.
    Moved,
    /// They are in new blocks, after a stranger made the effects contract revert. It works again after the last new block.
    Reverted,
    /// In their place is the first transaction of the same sender and nonce that ever arrived, where there was another.
    OlderAttempt,
}

impl Fate {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Kept, Self::Dropped, Self::Returned, Self::Moved, Self::Reverted, Self::OlderAttempt];
}

impl World {
    /// Takes the last `depth` blocks off and puts `depth + 1` others in their place.
    ///
    /// # Panics
    /// If the state below is no longer kept (`WorldConfig::history`).
    pub fn reorg(&self, depth: usize, fate: Fate) {
        self.lock().reorg(depth, fate);
    }
}

/// A block to come: transactions, base fee.
struct Plan(Vec<Arc<Tx>>, u64);

impl Inner {
    fn reorg(&mut self, depth: usize, fate: Fate) {
        let depth = depth.min(self.chain.height());
        let gone = self.chain.cut(self.chain.height() - depth);
        let fees: Vec<u64> = gone.iter().map(|block| block.header.base_fee_per_gas.unwrap_or_default()).collect();
        let txs = |block: &Arc<crate::blocks::Block>| block.mined.iter().map(|mined| Arc::clone(&mined.tx)).collect();
        let old: Vec<Vec<Arc<Tx>>> = gone.iter().map(txs).collect();
        let next = self.next_base_fee();
        let empty = || Plan(Vec::new(), next);
        let same = || old.iter().zip(&fees).map(|(txs, fee)| Plan(txs.clone(), *fee));
        let plans: Vec<Plan> = match fate {
            Fate::Kept | Fate::Reverted => same().chain([empty()]).collect(),
            Fate::Dropped | Fate::Returned => (0..=depth).map(|_| empty()).collect(),
            Fate::Moved => [empty()].into_iter().chain(same()).collect(),
            Fate::OlderAttempt => {
                let older = |tx: &Arc<Tx>| self.record.older(tx).unwrap_or_else(|| Arc::clone(tx));
                let replaced = same().map(|Plan(txs, fee)| {
                    let txs: Vec<_> = txs.iter().map(older).collect();
                    // the older attempt may pay less than the block of the newer one wanted
                    let fee = txs.iter().map(|tx| u64::try_from(tx.max_fee()).unwrap_or(u64::MAX)).fold(fee, u64::min);
                    Plan(txs, fee)
                });
                replaced.chain([empty()]).collect()
            }
        };
        let last = plans.len() - 1;
        for (index, plan) in plans.into_iter().enumerate() {
            self.rebuild(plan, fate == Fate::Reverted && index == 0, index == last);
        }
        if fate == Fate::Returned {
            for tx in old.into_iter().flatten() {
                self.pool.insert(tx, self.now);
            }
        }
        self.now = self.now.max(self.chain.head().header.timestamp);
        self.settle();
    }

    fn rebuild(&mut self, Plan(txs, fee): Plan, switch_on: bool, is_last: bool) {
        let timestamp = self.chain.head().header.timestamp + self.config.block_time;
        let salt = self.salt();
        let now = self.chain.now();
        let is_on = switch_on || !now.slot(&EFFECTS, U256::ZERO).is_zero();
        let on = switch_on.then(|| self.throw_switch(now, true));
        let mut building = self.chain.open(timestamp, fee, salt);
        for tx in on.iter().chain(&txs) {
            // one that is not valid in its new place is in no block
            let _ = building.add(tx);
        }
        // the switch is left as the test wants it
        if is_last && is_on && !self.switched {
            let off = self.throw_switch(building.state(), false);
            let _ = building.add(&off);
        }
        let (block, state) = building.seal();
        self.chain.push(block, state);
    }
}
