//! What readers share: the state, the blocks, and how to look at any height of them.
//!
//! A [`View`] is the state at one height as execution reads it: the present accounts, or the past ones through the undo
//! records (directly when only a few blocks lie between, through an overlay otherwise), with a caller's overrides on top.

use std::sync::Arc;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256, map::B256Map},
};
use revm::{
    DatabaseRef,
    state::{AccountInfo, Bytecode},
};

use super::{
    block::Block,
    error::Failure,
    history::{Past, Undo},
    overrides::Overrides,
    state::{Diff, Head, Never, State},
};

/// The chain as of its latest block.
#[derive(Debug)]
pub(super) struct World {
    pub(super) state: State,
    blocks: Vec<Arc<Block>>,
    undos: Vec<Undo>,
    by_hash: B256Map<u64>,
    transactions: B256Map<(u64, usize)>,
}

impl World {
    pub(super) fn new(state: State, genesis: Block) -> Self {
        let by_hash = std::iter::once((genesis.hash, genesis.header.number)).collect();
        Self {
            state,
            blocks: vec![Arc::new(genesis)],
            undos: vec![Undo::default()],
            by_hash,
            transactions: B256Map::default(),
        }
    }

    pub(super) fn head(&self) -> &Arc<Block> {
        // the first block is there from the start and blocks are only ever added
        &self.blocks[self.blocks.len() - 1]
    }

    pub(super) fn height(&self) -> u64 {
        self.head().header.number
    }

    /// The number of the first block.
    pub(super) fn first(&self) -> u64 {
        self.blocks[0].header.number
    }

    pub(super) fn block(&self, number: u64) -> Option<&Arc<Block>> {
        self.blocks.get(usize::try_from(number.checked_sub(self.first())?).ok()?)
    }

    /// Block and index of a transaction.
    pub(super) fn transaction(&self, hash: &B256) -> Option<(&Arc<Block>, usize)> {
        let (number, index) = *self.transactions.get(hash)?;
        Some((self.block(number)?, index))
    }

    /// Adds a sealed block; its state changes have been applied.
    pub(super) fn push(&mut self, block: Block, undo: Undo) {
        let number = block.header.number;
        self.by_hash.insert(block.hash, number);
        self.transactions.extend(block.transactions.iter().enumerate().map(|(i, mined)| (mined.hash, (number, i))));
        self.blocks.push(Arc::new(block));
        self.undos.push(undo);
    }

    /// Applies a change from outside: it belongs to the latest block.
    pub(super) fn change(&mut self, diff: &Diff) {
        self.state.apply(diff);
        if let Some(latest) = self.undos.last_mut() {
            *latest = latest.with(diff);
        }
    }

    /// The height a tag, number or hash stands for; `None` when there is no such block.
    pub(super) fn resolve(&self, id: BlockId, finality_depth: u64) -> Option<u64> {
        let (first, height) = (self.first(), self.height());
        match id {
            BlockId::Hash(hash) => self.by_hash.get(&hash.block_hash).copied(),
            BlockId::Number(BlockNumberOrTag::Number(number)) => (first..=height).contains(&number).then_some(number),
            BlockId::Number(BlockNumberOrTag::Earliest) => Some(first),
            BlockId::Number(BlockNumberOrTag::Latest | BlockNumberOrTag::Pending) => Some(height),
            BlockId::Number(BlockNumberOrTag::Safe) => Some(height.saturating_sub(finality_depth / 2).max(first)),
            BlockId::Number(BlockNumberOrTag::Finalized) => Some(height.saturating_sub(finality_depth).max(first)),
        }
    }

    /// As [`Self::resolve`], in geth's words when there is none.
    pub(super) fn must_resolve(&self, id: BlockId, finality_depth: u64) -> Result<u64, Failure> {
        self.resolve(id, finality_depth).ok_or_else(|| {
            Failure::refused(match id {
                BlockId::Hash(_) => "header for hash not found",
                BlockId::Number(_) => "header not found",
            })
        })
    }

    /// The undo records of the blocks above a height.
    pub(super) fn undos_above(&self, height: u64) -> &[Undo] {
        let kept = usize::try_from(height.saturating_sub(self.first())).unwrap_or(usize::MAX).saturating_add(1);
        self.undos.get(kept..).unwrap_or_default()
    }
}

/// The way from the present state to the one looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Back<'a> {
    /// Nothing to take back, or so few blocks that their records are looked through.
    Few(&'a [Undo]),
    /// An overlay.
    Far(&'a Past),
}

/// The state at one height, read-only.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    world: &'a World,
    back: Back<'a>,
    overrides: Option<&'a Overrides>,
}

impl<'a> View<'a> {
    /// The present.
    pub(super) fn present(world: &'a World) -> Self {
        Self { world, back: Back::Few(&[]), overrides: None }
    }

    pub(super) fn past(world: &'a World, back: Back<'a>) -> Self {
        Self { world, back, overrides: None }
    }

    pub(super) fn with(self, overrides: &'a Overrides) -> Self {
        Self { overrides: Some(overrides), ..self }
    }

    pub(super) fn head(&self, address: &Address) -> Option<&'a Head> {
        let past = match self.back {
            Back::Few(undos) => undos.iter().find_map(|undo| undo.head(address)),
            Back::Far(past) => past.head(address),
        };
        past.unwrap_or_else(|| self.world.state.head(address))
    }

    pub(super) fn slot(&self, address: &Address, slot: &U256) -> U256 {
        let past = match self.back {
            Back::Few(undos) => undos.iter().find_map(|undo| undo.slot(address, slot)),
            Back::Far(past) => past.slot(address, slot),
        };
        past.unwrap_or_else(|| self.world.state.slot(address, slot))
    }
}

impl DatabaseRef for View<'_> {
    type Error = Never;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Never> {
        let info = self.head(&address).map(Head::info);
        Ok(match self.overrides {
            Some(overrides) => overrides.info(&address, info),
            None => info,
        })
    }

    fn code_by_hash_ref(&self, _code_hash: B256) -> Result<Bytecode, Never> {
        // every account comes with its code, so revm asks for the code of accounts without any only
        Ok(Bytecode::default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Never> {
        let overridden = self.overrides.and_then(|overrides| overrides.slot(&address, &slot));
        Ok(overridden.unwrap_or_else(|| self.slot(&address, &slot)))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Never> {
        let overridden = self.overrides.and_then(|overrides| overrides.block_hash(number));
        Ok(overridden.or_else(|| self.world.block(number).map(|block| block.hash)).unwrap_or_default())
    }
}
