//! The chain behind all handles: its locks, and how it starts.
//!
//! Three locks, always taken in this order: `miner` (whoever makes blocks or changes anything), `world` (what readers see),
//! `pool` (what waits). Executing and calling hold `world` for reading, so they run beside each other; only taking over finished changes
//! holds it for writing. A panic while one is held cannot leave anything half done that later readers would trust: changes
//! are applied from finished diffs. So a poisoned lock is used on.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use alloy::{eips::BlockId, primitives::B256};
use revm::context::CfgEnv;

use super::{
    block,
    config::EmbeddedConfig,
    error::{EmbeddedError, Failure},
    history::Past,
    mining::Miner,
    pool::Pool,
    state::{Diff, State},
    store::Store,
    world::{Back, View, World},
};

/// How far the re-execution of a stored chain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Blocks executed.
    pub done: u64,
    /// Blocks stored.
    pub total: u64,
}

/// The chain.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) config: EmbeddedConfig,
    pub(super) rules: CfgEnv,
    miner: Mutex<Miner>,
    pool: Mutex<Pool>,
    world: RwLock<World>,
    overlays: Mutex<Vec<Arc<RwLock<Overlay>>>>,
}

/// The way back to one height, extended as the chain grows.
#[derive(Debug)]
struct Overlay {
    height: u64,
    /// The blocks above `height` that are in it end here.
    until: u64,
    past: Past,
}

/// Overlays kept; an audit reads one height, a comparison two.
const OVERLAYS: usize = 2;
/// Up to so many blocks back the undo records are read as they are.
const FEW: usize = 8;

impl Node {
    /// The first block alone.
    pub(super) fn in_memory(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        config.validate()?;
        let mut state = State::default();
        let mut digest = B256::ZERO;
        for (address, wei) in &config.funded {
            let diff: Diff = state.diff_head(*address, |head| head.balance = *wei);
            digest = diff.chain(digest);
            state.apply(&diff);
        }
        let genesis = block::genesis(&config, digest);
        Ok(Self {
            rules: config.rules(),
            miner: Mutex::new(Miner::default()),
            pool: Mutex::new(Pool::default()),
            world: RwLock::new(World::new(state, genesis)),
            overlays: Mutex::new(Vec::new()),
            config,
        })
    }

    /// The stored chain, executed again and compared block by block.
    pub(super) fn open(
        file: &Path,
        config: EmbeddedConfig,
        progress: &mut dyn FnMut(Replayed),
    ) -> Result<Self, EmbeddedError> {
        let node = Self::in_memory(config)?;
        let store = Store::open(file, &node.config)?;
        let (first, height) = (node.config.first_block, store.height()?);
        let total = height.saturating_sub(first);
        let mut miner = node.miner();
        let left = store.replay(first, |stored| {
            let (number, hash) = (stored.number, stored.hash);
            let block = node.remake(&mut miner, stored).map_err(|reason| store.damaged(number, reason))?;
            if block != hash {
                return Err(store.diverged(number, hash, block));
            }
            progress(Replayed { done: number - first, total });
            Ok(())
        })?;
        for change in left {
            node.apply_change(&mut miner, &change).map_err(|failure| store.damaged(height, failure.message))?;
        }
        miner.store = Some(store);
        drop(miner);
        Ok(node)
    }

    pub(super) fn miner(&self) -> MutexGuard<'_, Miner> {
        self.miner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets overlays: a change from outside altered the undo record of the latest block.
    pub(super) fn forget_overlays(&self) {
        self.overlays.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Looks at the state after a block.
    pub(super) fn look<T>(
        &self,
        id: BlockId,
        look: impl FnOnce(View<'_>, &World, u64) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let world = self.world();
        let height = world.must_resolve(id, self.config.finality_depth)?;
        let undos = world.undos_above(height);
        if undos.len() <= FEW {
            return look(View::past(&world, Back::Few(undos)), &world, height);
        }
        let overlay = self.overlay(height);
        {
            let mut overlay = overlay.write().unwrap_or_else(PoisonError::into_inner);
            for undo in world.undos_above(overlay.until) {
                overlay.past.extend(undo);
            }
            overlay.until = world.height();
        }
        let overlay = overlay.read().unwrap_or_else(PoisonError::into_inner);
        look(View::past(&world, Back::Far(&overlay.past)), &world, height)
    }

    /// The overlay of a height, the most recently used ones being kept.
    fn overlay(&self, height: u64) -> Arc<RwLock<Overlay>> {
        let mut overlays = self.overlays.lock().unwrap_or_else(PoisonError::into_inner);
        let height_of = |overlay: &Arc<RwLock<Overlay>>| overlay.read().unwrap_or_else(PoisonError::into_inner).height;
        let overlay = match overlays.iter().position(|overlay| height_of(overlay) == height) {
            Some(i) => overlays.remove(i),
            None => Arc::new(RwLock::new(Overlay { height, until: height, past: Past::default() })),
        };
        overlays.insert(0, Arc::clone(&overlay));
        overlays.truncate(OVERLAYS);
        overlay
    }
}
