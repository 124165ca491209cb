//! Transactions that wait, by geth's rules.
//!
//! Sources: geth's `core/txpool/legacypool`. A replacement must be strictly higher in both fields and at least ten per cent
//! higher in both. Nonces after a gap are queued and not executed. When the pool is over its limit, accounts are cut down to
//! their guaranteed slots, highest nonces first. What was dropped is not told to anybody.
//!
//! It differs from geth in two things, both on the harder side: executable transactions have a lifetime too
//! (`pending_lifetime`), and cutting down happens at every block and not now and then.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use alloy::{
    consensus::Transaction,
    primitives::{Address, B256, U256},
};

use crate::{
    WorldConfig,
    blocks::{Building, Chain},
    error::Failure,
    state::State,
    transaction::Tx,
    validate,
};

/// A waiting transaction.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) tx: Arc<Tx>,
    /// Virtual time of its arrival.
    since: u64,
    /// Order of arrival.
    pub(crate) order: u64,
}

/// The pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool {
    accounts: BTreeMap<Address, BTreeMap<u64, Waiting>>,
    order: u64,
    /// Evictions since the last block.
    churn: usize,
}

/// geth's `list.Add`: both fields strictly higher, and at least ten per cent.
pub(crate) fn replaces(old: &Tx, new: &Tx) -> bool {
    let enough = |old: u128, new: u128| new > old && new >= old.saturating_mul(110) / 100;
    enough(old.max_fee(), new.max_fee()) && enough(old.tip(), new.tip())
}

impl Pool {
    /// Whether a transaction is here.
    pub(crate) fn get(&self, hash: &B256) -> Option<&Arc<Tx>> {
        self.accounts.values().flat_map(BTreeMap::values).map(|waiting| &waiting.tx).find(|tx| tx.hash == *hash)
    }

    /// What of an account can be executed next, in order of nonces.
    pub(crate) fn executable(&self, sender: &Address, state: &State) -> impl Iterator<Item = &Waiting> {
        let next = state.nonce(sender);
        let all = self.accounts.get(sender).map(|all| all.range(next..));
        let numbered = all.into_iter().flatten().zip(next..);
        numbered.take_while(|((nonce, _), expected)| *nonce == expected).map(|((_, waiting), _)| waiting)
    }

    pub(crate) fn senders(&self) -> Vec<Address> {
        self.accounts.keys().copied().collect()
    }

    /// Hashes of everything that waits.
    pub(crate) fn hashes(&self) -> Vec<B256> {
        self.accounts.values().flat_map(BTreeMap::values).map(|waiting| waiting.tx.hash).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.accounts.clear();
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, hash: &B256) -> bool {
        let before = self.len();
        self.accounts.values_mut().for_each(|all| all.retain(|_, waiting| waiting.tx.hash != *hash));
        self.accounts.retain(|_, all| !all.is_empty());
        self.len() < before
    }

    fn len(&self) -> usize {
        self.accounts.values().map(BTreeMap::len).sum()
    }

    /// Puts one in without asking.
    pub(crate) fn insert(&mut self, tx: Arc<Tx>, now: u64) {
        self.order += 1;
        let waiting = Waiting { since: now, order: self.order, tx };
        self.accounts.entry(waiting.tx.sender).or_default().insert(waiting.tx.nonce(), waiting);
    }

    /// A transaction arrives.
    pub(crate) fn add(&mut self, tx: &Arc<Tx>, chain: &Chain, config: &WorldConfig, now: u64) -> Result<(), Failure> {
        validate::at_the_door(tx, config)?;
        let old = self.accounts.get(&tx.sender).and_then(|all| all.get(&tx.nonce())).map(|old| Arc::clone(&old.tx));
        if old.as_ref().is_some_and(|old| old.hash == tx.hash) {
            return Err(Failure::refused("already known"));
        }
        validate::basics(tx, config)?;
        let state = chain.now();
        let executable = || self.executable(&tx.sender, state).map(|waiting| &waiting.tx);
        let spent = executable().fold(U256::ZERO, |sum, tx| sum.saturating_add(tx.cost()));
        let replaced = executable().find(|old| old.nonce() == tx.nonce()).map(|old| old.cost());
        validate::against_state(tx, chain, spent, replaced)?;
        if self.len() >= config.global_slots + config.global_queue {
            self.make_room(tx, state, config)?;
        }
        if old.is_some_and(|old| !replaces(&old, tx)) {
            return Err(Failure::refused("replacement transaction underpriced"));
        }
        self.insert(Arc::clone(tx), now);
        self.cap_queue(&tx.sender, state, config.account_queue);
        Ok(())
    }

    /// Fills a block: best tips first, of each account in order of nonces, what pays the base fee.
    pub(crate) fn fill(&self, block: &mut Building<'_>) {
        let fee = u128::from(block.base_fee());
        let start = block.state().clone();
        let mut accounts: Vec<_> =
            self.accounts.keys().map(|sender| self.executable(sender, &start).peekable()).collect();
        loop {
            let rank = |waiting: &Waiting| (waiting.tx.tip().min(waiting.tx.max_fee() - fee), Reverse(waiting.order));
            let best = accounts.iter_mut().enumerate().filter_map(|(at, account)| {
                let waiting = account.peek().filter(|waiting| waiting.tx.max_fee() >= fee)?;
                Some((rank(waiting), at))
            });
            let Some((_, at)) = best.max() else { return };
            // one that does not fit or is not valid here holds up those after it
            let done = accounts[at].next().is_some_and(|waiting| block.add(&waiting.tx).is_ok());
            if !done {
                drop(accounts.swap_remove(at));
            }
        }
    }

    /// A full pool takes a transaction that pays more than the cheapest, in the place of that one.
    fn make_room(&mut self, tx: &Tx, state: &State, config: &WorldConfig) -> Result<(), Failure> {
        let waiting = self.accounts.values().flat_map(BTreeMap::values);
        let Some(cheapest) = waiting.min_by_key(|waiting| (waiting.tx.tip(), waiting.tx.max_fee())) else {
            return Ok(());
        };
        if (tx.tip(), tx.max_fee()) <= (cheapest.tx.tip(), cheapest.tx.max_fee()) {
            return Err(Failure::refused("transaction underpriced"));
        }
        if self.churn > config.global_slots / 4 {
            return Err(Failure::refused("txpool is full"));
        }
        let next = self.executable(&tx.sender, state).last().map_or(state.nonce(&tx.sender), |w| w.tx.nonce() + 1);
        if tx.nonce() > next {
            return Err(Failure::refused("future transaction tries to replace pending"));
        }
        self.churn += 1;
        let hash = cheapest.tx.hash;
        self.remove(&hash);
        Ok(())
    }

    /// Queued transactions over the limit go, highest nonces first.
    fn cap_queue(&mut self, sender: &Address, state: &State, limit: usize) {
        let pending = self.executable(sender, state).count();
        if let Some(all) = self.accounts.get_mut(sender) {
            while all.len() > pending + limit {
                all.pop_last();
            }
        }
    }

    /// After each block, and as time goes by: what cannot be executed any more, was here too long or is too much, goes.
    pub(crate) fn settle(&mut self, state: &State, config: &WorldConfig, now: u64) {
        self.churn = 0;
        for (sender, all) in &mut self.accounts {
            let (nonce, balance) = (state.nonce(sender), state.balance(sender));
            all.retain(|at, waiting| {
                *at >= nonce
                    && waiting.tx.cost() <= balance
                    && waiting.tx.envelope.gas_limit() <= config.block_gas_limit
            });
        }
        self.age(state, config, now);
        for sender in self.senders() {
            self.cap_queue(&sender, state, config.account_queue);
        }
        self.cut_down(state, config);
        self.accounts.retain(|_, all| !all.is_empty());
    }

    fn age(&mut self, state: &State, config: &WorldConfig, now: u64) {
        for sender in self.senders() {
            let next = self.executable(&sender, state).last().map_or(state.nonce(&sender), |w| w.tx.nonce() + 1);
            let Some(all) = self.accounts.get_mut(&sender) else { continue };
            // the queue of an account lives as long as its youngest
            let beat = all.range(next..).map(|(_, waiting)| waiting.since).max().unwrap_or(now);
            all.retain(|nonce, waiting| match *nonce >= next {
                true => beat + config.lifetime > now,
                false => config.pending_lifetime.is_none_or(|lifetime| waiting.since + lifetime > now),
            });
        }
    }

    /// Executable ones over the limit of the whole pool: accounts give up what they have beyond their slots.
    fn cut_down(&mut self, state: &State, config: &WorldConfig) {
        let counts = |pool: &Self| -> Vec<(usize, Address)> {
            pool.accounts.keys().map(|sender| (pool.executable(sender, state).count(), *sender)).collect()
        };
        loop {
            let counts = counts(self);
            let total: usize = counts.iter().map(|(count, _)| count).sum();
            let Some((most, sender)) = counts.into_iter().max() else { return };
            if total <= config.global_slots || most <= config.account_slots {
                return;
            }
            let top = state.nonce(&sender) + most as u64 - 1;
            if let Some(all) = self.accounts.get_mut(&sender) {
                all.remove(&top);
            }
        }
    }
}
