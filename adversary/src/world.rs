//! One chain and its pool, in virtual time: everything a test does to it.
//!
//! Time passes only by `mine`, `advance` and reorganisations. Endpoints onto a world are [`crate::Node`]s. A world made by
//! [`World::fork_at`] shares the history below, has its own pool from there on, and keeps its record of arrivals together with
//! the world it came from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy::{
    consensus::{Header, Transaction},
    primitives::{Address, B256, Bytes, U256},
};

use crate::{
    Node, WorldConfig,
    blocks::{self, Chain},
    effects,
    error::Failure,
    keys::{self, Draft},
    pool::Pool,
    record::{Arrival, Record},
    state::State,
    transaction::Tx,
};

/// A handle on a world; copies are the same world.
#[derive(Debug, Clone)]
pub struct World(Arc<Mutex<Inner>>);

/// A world behind its lock.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: WorldConfig,
    pub(crate) chain: Chain,
    pub(crate) pool: Pool,
    /// Virtual time, seconds.
    pub(crate) now: u64,
    /// The base fee of the blocks to come; none follows the rule.
    pub(crate) base_fee: Option<u64>,
    /// What is final if a test says so; else it follows from the depth.
    finalized: Option<usize>,
    /// Whether a test wants the effects contract to revert.
    pub(crate) switched: bool,
    salt: u64,
    pub(crate) record: Arc<Record>,
}

impl World {
    /// A chain of one block.
    #[must_use]
    pub fn new(config: WorldConfig) -> Self {
        let mut state = State::new(config.salt);
        for (address, wei) in &config.funded {
            state.set_balance(*address, *wei);
        }
        state.set_code(effects::EFFECTS, effects::CODE.to_vec().into());
        let genesis = Header {
            timestamp: config.genesis_timestamp,
            base_fee_per_gas: Some(config.base_fee),
            ..blocks::frame(config.block_gas_limit, config.salt)
        };
        let chain = Chain::new(config.chain_id, genesis, state, config.history.max(2));
        Self(Arc::new(Mutex::new(Inner {
            chain,
            pool: Pool::default(),
            now: config.genesis_timestamp,
            base_fee: (!config.base_fee_by_rule).then_some(config.base_fee),
            finalized: None,
            switched: false,
            salt: 0,
            record: Arc::default(),
            config,
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // a test that failed while it held the lock is told by its own panic
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An endpoint onto this world.
    #[must_use]
    pub fn node(&self, label: &str) -> Node {
        Node::new(self.clone(), label)
    }

    /// Another world that shares the blocks up to `height` and goes its own way from there, with a copy of the pool.
    #[must_use]
    pub fn fork_at(&self, height: u64) -> Self {
        let inner = self.lock();
        let mut chain = inner.chain.clone();
        chain.cut(usize::try_from(height).unwrap_or(usize::MAX).min(chain.height()));
        let mut pool = inner.pool.clone();
        pool.settle(chain.now(), &inner.config, inner.now);
        Self(Arc::new(Mutex::new(Inner {
            config: inner.config.clone(),
            chain,
            pool,
            now: inner.now,
            base_fee: inner.base_fee,
            finalized: inner.finalized,
            switched: inner.switched,
            // so that no block of one is a block of the other
            salt: inner.salt + (1 << 40),
            record: Arc::clone(&inner.record),
        })))
    }

    /// Mines blocks with what is executable.
    pub fn mine(&self, blocks: usize) {
        let mut inner = self.lock();
        (0..blocks).for_each(|_| inner.mine());
    }

    /// Mines blocks without transactions.
    pub fn mine_empty(&self, blocks: usize) {
        let mut inner = self.lock();
        (0..blocks).for_each(|_| inner.mine_these(&[], false));
    }

    /// Whether each accepted transaction is mined at once.
    pub fn automine(&self, automine: bool) {
        self.lock().config.automine = automine;
    }

    /// Lets virtual time pass; what is too old leaves the pool.
    pub fn advance(&self, seconds: u64) {
        let mut inner = self.lock();
        inner.now += seconds;
        inner.settle();
    }

    /// Virtual time, seconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.lock().now
    }

    /// Number of the latest block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.lock().chain.height() as u64
    }

    /// Hash of a block of the chain as it is now.
    #[must_use]
    pub fn hash_at(&self, height: u64) -> Option<B256> {
        let inner = self.lock();
        usize::try_from(height).ok().and_then(|height| inner.chain.block(height)).map(|block| block.hash)
    }

    /// Number of the final block.
    #[must_use]
    pub fn finalized(&self) -> u64 {
        self.lock().finalized() as u64
    }

    /// Says what is final; `None` goes back to the depth.
    pub fn finalize_at(&self, height: Option<u64>) {
        self.lock().finalized = height.and_then(|height| usize::try_from(height).ok());
    }

    /// The base fee of the blocks to come; `None` follows EIP-1559 from block to block.
    pub fn base_fee(&self, wei: Option<u64>) {
        self.lock().base_fee = wei;
    }

    /// The base fee the next block will have.
    #[must_use]
    pub fn next_base_fee(&self) -> u64 {
        self.lock().next_base_fee()
    }

    /// The smallest tip the pool takes.
    pub fn min_tip(&self, wei: u128) {
        self.lock().config.min_tip = wei;
    }

    /// Changes what the world was made with. What only the first block is made of has no effect any more.
    pub fn configure(&self, change: impl FnOnce(&mut WorldConfig)) {
        change(&mut self.lock().config);
    }

    /// Sets an account's ether, in this and all kept states: as though it had always been so.
    pub fn set_balance(&self, address: Address, wei: U256) {
        let mut inner = self.lock();
        inner.chain.rewrite(|state| state.set_balance(address, wei));
        inner.settle();
    }

    /// An account's ether after the latest block.
    #[must_use]
    pub fn balance(&self, address: Address) -> U256 {
        self.lock().chain.now().balance(&address)
    }

    /// Puts code at an account, in this and all kept states.
    pub fn set_code(&self, address: Address, code: &Bytes) {
        self.lock().chain.rewrite(|state| state.set_code(address, code.clone()));
    }

    /// Sets an account's nonce after the latest block, by no transaction at all.
    pub fn set_nonce(&self, address: Address, nonce: u64) {
        let mut inner = self.lock();
        inner.chain.rewrite_head(|state| state.set_nonce(address, nonce));
        inner.settle();
    }

    /// An account's nonce after the latest block.
    #[must_use]
    pub fn nonce(&self, address: Address) -> u64 {
        self.lock().chain.now().nonce(&address)
    }

    /// Somebody else with the key of `sender` takes its next nonce, in a block of its own. The hash.
    ///
    /// # Panics
    /// If the key of `sender` is not a well-known one.
    pub fn foreign(&self, sender: Address) -> B256 {
        let mut inner = self.lock();
        let nonce = inner.chain.now().nonce(&sender);
        let fee = u128::from(inner.next_base_fee()).max(1) * 2;
        let draft = Draft { gas: 21_000, max_fee: fee, tip: 1, ..Draft::new(sender, inner.config.chain_id, nonce) };
        let tx = inner.own(&draft);
        inner.mine_these(std::slice::from_ref(&tx), false);
        tx.hash
    }

    /// Mines exactly these signed transactions in one block, whatever the pool holds. Invalid ones are left out.
    ///
    /// # Panics
    /// If one does not decode.
    pub fn mine_raw(&self, raws: &[Bytes]) {
        let txs: Vec<_> = raws.iter().map(|raw| Tx::decode(raw.clone())).collect();
        let txs: Vec<_> = txs.into_iter().map(|tx| tx.unwrap_or_else(|error| panic!("{}", error.message))).collect();
        self.lock().mine_these(&txs, false);
    }

    /// Everything leaves the pool.
    pub fn drop_pool(&self) {
        self.lock().pool.clear();
    }

    /// One transaction leaves the pool; whether it was there.
    pub fn drop_transaction(&self, hash: B256) -> bool {
        self.lock().pool.remove(&hash)
    }

    /// Hashes of everything in the pool.
    #[must_use]
    pub fn pooled(&self) -> Vec<B256> {
        self.lock().pool.hashes()
    }

    /// Makes the effects contract revert, or lets it work again: a stranger's transaction in a block of its own.
    pub fn switch(&self, reverts: bool) {
        let mut inner = self.lock();
        inner.switched = reverts;
        let throw = inner.throw_switch(inner.chain.now(), reverts);
        inner.mine_these(&[throw], false);
    }

    /// How often calls with `id` had their effect on the chain as it is now.
    #[must_use]
    pub fn effects(&self, id: B256) -> u64 {
        self.lock().chain.now().slot(&effects::EFFECTS, id.into()).saturating_to()
    }

    /// Where a transaction is: block number, block hash and whether it succeeded.
    #[must_use]
    pub fn mined(&self, hash: B256) -> Option<(u64, B256, bool)> {
        let inner = self.lock();
        let (height, index) = inner.chain.place(&hash)?;
        let block = inner.chain.block(height)?;
        Some((height as u64, block.hash, block.mined[index].success()))
    }

    /// The transactions of a sender on the chain as it is now: nonce, hash, calldata, success.
    #[must_use]
    pub fn mined_of(&self, sender: Address) -> Vec<(u64, B256, Bytes, bool)> {
        let inner = self.lock();
        let blocks = (0..=inner.chain.height()).filter_map(|height| inner.chain.block(height));
        let mined = blocks.flat_map(|block| &block.mined).filter(|mined| mined.tx.sender == sender);
        mined.map(|m| (m.tx.nonce(), m.tx.hash, m.tx.envelope.input().clone(), m.success())).collect()
    }

    /// Every byte string that arrived by `eth_sendRawTransaction`, in order.
    #[must_use]
    pub fn sends(&self) -> Vec<Arrival> {
        self.lock().record.arrivals()
    }

    /// Has every arrival looked at before anything is done with it; what the hook objects to is in [`World::violations`].
    /// It runs without the lock of the world, on the thread that answers the request.
    pub fn on_send(&self, hook: impl Fn(&Arrival) -> Result<(), String> + Send + Sync + 'static) {
        let record = Arc::clone(&self.lock().record);
        record.watch(Arc::new(hook));
    }

    /// What the hook objected to.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.lock().record.violations()
    }
}

impl Inner {
    pub(crate) fn finalized(&self) -> usize {
        let height = self.chain.height();
        self.finalized.map_or_else(|| height.saturating_sub(self.config.finality_depth), |at| at.min(height))
    }

    pub(crate) fn next_base_fee(&self) -> u64 {
        self.base_fee.unwrap_or_else(|| self.chain.next_base_fee())
    }

    pub(crate) fn settle(&mut self) {
        self.pool.settle(self.chain.now(), &self.config, self.now);
    }

    /// A transaction of this program's own.
    pub(crate) fn own(&self, draft: &Draft) -> Arc<Tx> {
        Tx::decode(draft.sign()).unwrap_or_else(|error| panic!("what was just signed: {}", error.message))
    }

    /// The stranger's transaction that throws the switch, valid upon `state`.
    pub(crate) fn throw_switch(&self, state: &State, reverts: bool) -> Arc<Tx> {
        let stranger = keys::stranger();
        let draft = Draft::new(stranger, self.config.chain_id, state.nonce(&stranger));
        // above any base fee, and still within what the account has
        let fee = 10u128.pow(18);
        self.own(&Draft { to: Some(effects::EFFECTS), data: effects::switch(reverts), max_fee: fee, ..draft })
    }

    /// A number no block has had yet.
    pub(crate) fn salt(&mut self) -> u64 {
        self.salt += 1;
        self.salt
    }

    /// A block with what is executable, best tips first.
    pub(crate) fn mine(&mut self) {
        self.mine_these(&[], true);
    }

    /// A block with these transactions, and after them what is executable if `pool`.
    pub(crate) fn mine_these(&mut self, these: &[Arc<Tx>], pool: bool) {
        self.now = (self.now + self.config.block_time).max(self.chain.head().header.timestamp + 1);
        let (fee, salt) = (self.next_base_fee(), self.salt());
        let mut building = self.chain.open(self.now, fee, salt);
        for tx in these {
            // an invalid one does not make it into the block
            let _ = building.add(tx);
        }
        if pool {
            self.pool.fill(&mut building);
        }
        let (block, state) = building.seal();
        self.chain.push(block, state);
        self.settle();
    }

    /// A transaction arrives at an endpoint.
    pub(crate) fn take(&mut self, tx: &Arc<Tx>) -> Result<(), Failure> {
        self.pool.add(tx, &self.chain, &self.config, self.now)?;
        if self.config.automine {
            self.mine();
        }
        Ok(())
    }
}
