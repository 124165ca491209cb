//! Making blocks, and changing the chain from outside.
//!
//! With automine (the default) an accepted transaction gets a block of its own at once, and after it those of the same sender
//! that waited for it. Such a block is executed beside readers; they are held up only while the finished changes are taken
//! over. Blocks with any number of transactions (`evm_mine`, re-execution) are made with the world to themselves, because a
//! transaction must see what the one before it did and nobody else may.
//!
//! The order within: execute, seal, store, take over, answer. What could not be stored did not happen.

use std::{collections::HashSet, sync::Arc};

use alloy::{
    consensus::Transaction,
    primitives::{Address, B256},
};
use revm::context::CfgEnv;

use super::{
    block::{self, Block, Building},
    error::Failure,
    executor::{self, NotExecuted},
    history::{Past, Undo},
    node::Node,
    overrides,
    pool::{self, Pooled},
    state::Diff,
    store::{Change, Store, StoredBlock},
    world::{View, World},
};

/// What only the maker of blocks touches.
#[derive(Debug)]
pub(super) struct Miner {
    pub(super) store: Option<Store>,
    pub(super) automine: bool,
    pub(super) impersonated: HashSet<Address>,
    pub(super) impersonate_all: bool,
    /// Timestamp the next block was given.
    next_timestamp: Option<u64>,
    /// Seconds the next block is later than it would be.
    later: u64,
}

impl Default for Miner {
    fn default() -> Self {
        Self {
            store: None,
            automine: true,
            impersonated: HashSet::new(),
            impersonate_all: false,
            next_timestamp: None,
            later: 0,
        }
    }
}

impl Miner {
    /// When the block after `parent` is.
    pub(super) fn timestamp_after(&self, parent: &Block, block_time: u64) -> u64 {
        self.next_timestamp
            .unwrap_or_else(|| parent.header.timestamp.saturating_add(block_time).saturating_add(self.later))
    }

    fn clock_used(&mut self) {
        self.next_timestamp = None;
        self.later = 0;
    }

    fn keep(&mut self, block: &Block) -> Result<(), Failure> {
        match &mut self.store {
            Some(store) => store.append(block).map_err(|error| {
                Failure::internal(format!("block {} could not be stored: {error}", block.header.number))
            }),
            None => Ok(()),
        }
    }
}

impl Node {
    /// Takes a transaction in; with automine it is in a block when this returns.
    pub(super) fn submit(&self, pooled: Pooled) -> Result<B256, Failure> {
        let mut miner = self.miner();
        self.submit_with(&mut miner, pooled)
    }

    pub(super) fn submit_with(&self, miner: &mut Miner, pooled: Pooled) -> Result<B256, Failure> {
        let (hash, sender) = (pooled.hash, pooled.transaction.signer());
        if self.pool().get(&hash).is_some() {
            return Err(Failure::refused("already known"));
        }
        {
            let world = self.world();
            pool::check_state(&pooled, &world, &self.rules, block::next_base_fee(&world.head().header))?;
        }
        self.pool().insert(Arc::new(pooled))?;
        if miner.automine {
            self.mine_sender(miner, sender, hash)?;
        }
        Ok(hash)
    }

    /// Seals what a sender has ready, a block each. A failure of `submitted` is its sender's answer; a later transaction that
    /// cannot be executed any more is dropped, as a node's pool would drop it.
    fn mine_sender(&self, miner: &mut Miner, sender: Address, submitted: B256) -> Result<(), Failure> {
        loop {
            let nonce = self.world().state.nonce(&sender);
            let Some(pooled) = self.pool().at(&sender, nonce) else { return Ok(()) };
            let sealed = self.seal_alone(miner, &pooled);
            self.pool().remove(&pooled);
            match sealed {
                Ok(()) => {}
                Err(failure) if pooled.hash == submitted => return Err(failure),
                Err(failure) => {
                    tracing::warn!(hash = %pooled.hash, reason = failure.message, "a waiting transaction was dropped");
                    return Ok(());
                }
            }
        }
    }

    /// The rules for one transaction: an impersonated sender may have code.
    fn rules_for(&self, pooled: &Pooled) -> CfgEnv {
        let mut rules = self.rules.clone();
        rules.disable_eip3607 = pooled.impersonated;
        rules
    }

    /// One transaction, one block, beside readers.
    fn seal_alone(&self, miner: &mut Miner, pooled: &Pooled) -> Result<(), Failure> {
        let (building, diff) = {
            let world = self.world();
            let parent = world.head();
            let timestamp = miner.timestamp_after(parent, self.config.block_time);
            let mut building = Building::after(parent, &self.config, timestamp);
            let diff = self.execute_into(&mut building, &world, pooled).map_err(|error| {
                error.failure(
                    &executor::transaction_environment(&pooled.transaction),
                    &block::environment(building.header()),
                )
            })?;
            (building, diff)
        };
        let block = building.seal(self.config.fork);
        miner.keep(&block)?;
        let undo = Undo::from(&diff);
        let mut world = self.world_mut();
        world.state.apply(&diff);
        world.push(block, undo);
        drop(world);
        miner.clock_used();
        Ok(())
    }

    /// Executes a transaction on the present state; what it changed is not applied yet.
    fn execute_into(&self, building: &mut Building, world: &World, pooled: &Pooled) -> Result<Diff, NotExecuted> {
        let env = block::environment(building.header());
        let transaction = executor::transaction_environment(&pooled.transaction);
        let outcome = executor::execute(&View::present(world), self.rules_for(pooled), env, transaction)?;
        let diff = world.state.diff(outcome.state);
        building.state = diff.chain(building.state);
        building.push(pooled, outcome.result);
        Ok(diff)
    }

    /// Makes `count` blocks; the first takes what is ready, as much as fits, and so on. `interval`: seconds between them, when
    /// it is not the usual time.
    pub(super) fn mine(&self, miner: &mut Miner, count: u64, interval: Option<u64>) -> Result<(), Failure> {
        for i in 0..count {
            if let Some(interval) = interval.filter(|_| i > 0) {
                miner.next_timestamp = Some(self.world().head().header.timestamp.saturating_add(interval.max(1)));
            }
            self.seal_ready(miner)?;
        }
        Ok(())
    }

    fn seal_ready(&self, miner: &mut Miner) -> Result<(), Failure> {
        let mut world = self.world_mut();
        let timestamp = miner.timestamp_after(world.head(), self.config.block_time);
        let mut building = Building::after(world.head(), &self.config, timestamp);
        let base_fee = building.header().base_fee_per_gas.unwrap_or_default();
        let (mut diffs, mut mined, mut skip) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let Some(pooled) = self.pool().best(&world, base_fee, &skip) else { break };
            if pooled.transaction.gas_limit() > building.gas_left() {
                skip.push(pooled.transaction.signer());
                continue;
            }
            match self.execute_into(&mut building, &world, &pooled) {
                Ok(diff) => {
                    world.state.apply(&diff);
                    diffs.push(diff);
                    mined.push(pooled);
                }
                Err(error) => {
                    tracing::debug!(hash = %pooled.hash, ?error, "a transaction cannot be executed yet");
                    skip.push(pooled.transaction.signer());
                }
            }
        }
        let block = building.seal(self.config.fork);
        if let Err(failure) = miner.keep(&block) {
            diffs.into_iter().rev().for_each(|diff| world.state.undo(diff));
            return Err(failure);
        }
        world.push(block, merge(&diffs));
        drop(world);
        miner.clock_used();
        let mut pool = self.pool();
        mined.iter().for_each(|pooled| pool.remove(pooled));
        Ok(())
    }

    /// Makes a stored block again; its hash.
    pub(super) fn remake(&self, miner: &mut Miner, stored: StoredBlock) -> Result<B256, String> {
        for change in &stored.changes {
            self.apply_change(miner, change).map_err(|failure| failure.message)?;
        }
        let mut world = self.world_mut();
        let mut building = Building::after(world.head(), &self.config, stored.timestamp);
        let mut diffs = Vec::with_capacity(stored.transactions.len());
        for pooled in &stored.transactions {
            let diff = self
                .execute_into(&mut building, &world, pooled)
                .map_err(|error| format!("transaction {} cannot be executed: {error:?}", pooled.hash))?;
            world.state.apply(&diff);
            diffs.push(diff);
        }
        let block = building.seal(self.config.fork);
        let hash = block.hash;
        world.push(block, merge(&diffs));
        miner.clock_used();
        Ok(hash)
    }

    /// Changes the chain from outside, and stores that.
    pub(super) fn change(&self, miner: &mut Miner, change: &Change) -> Result<(), Failure> {
        self.check_change(change)?;
        let height = self.world().height();
        if let Some(store) = &mut miner.store {
            store
                .change(height, change)
                .map_err(|error| Failure::internal(format!("the change could not be stored: {error}")))?;
        }
        self.apply_change(miner, change)
    }

    /// Refuses a change that cannot be applied, before it is stored.
    fn check_change(&self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Code(_, code) => overrides::bytecode(code).map(drop),
            Change::NextTimestamp(timestamp) => {
                let last = self.world().head().header.timestamp;
                if *timestamp <= last || i64::try_from(*timestamp).is_err() {
                    return Err(Failure::params(format!(
                        "Timestamp error: {timestamp} is lower than or equal to previous block's timestamp {last}, or too far"
                    )));
                }
                Ok(())
            }
            Change::Later(seconds) if i64::try_from(*seconds).is_err() => {
                Err(Failure::params(format!("{seconds} seconds are too far")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn apply_change(&self, miner: &mut Miner, change: &Change) -> Result<(), Failure> {
        let diff = {
            let world = self.world();
            match change {
                Change::Balance(address, wei) => world.state.diff_head(*address, |head| head.balance = *wei),
                Change::Nonce(address, nonce) => world.state.diff_head(*address, |head| head.nonce = *nonce),
                Change::Code(address, code) => {
                    let code = overrides::bytecode(code)?;
                    world.state.diff_head(*address, |head| {
                        head.code_hash = code.hash_slow();
                        head.code = (!code.is_empty()).then_some(code);
                    })
                }
                Change::Slot(address, slot, value) => world.state.diff_slot(*address, *slot, *value),
                Change::NextTimestamp(timestamp) => {
                    miner.next_timestamp = Some(*timestamp);
                    miner.later = 0;
                    return Ok(());
                }
                Change::Later(seconds) => {
                    match &mut miner.next_timestamp {
                        Some(next) => *next = next.saturating_add(*seconds),
                        None => miner.later = miner.later.saturating_add(*seconds),
                    }
                    return Ok(());
                }
            }
        };
        self.world_mut().change(&diff);
        self.forget_overlays();
        Ok(())
    }
}

/// The undo record of a block.
fn merge(diffs: &[Diff]) -> Undo {
    match diffs {
        [one] => Undo::from(one),
        many => {
            let mut past = Past::default();
            many.iter().for_each(|diff| past.extend(&Undo::from(diff)));
            past.pack()
        }
    }
}
