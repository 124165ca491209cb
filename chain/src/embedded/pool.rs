//! Transactions that wait: for the nonces before theirs, or for somebody to mine.
//!
//! Admission follows geth's pool, in its order and in its words, with one difference: a transaction whose fee cap lies under
//! the next base fee is refused at once. geth would keep it, but this chain's base fee moves only when a block is made, so
//! it might wait for ever. The pool is not stored: like that of any node, it is gone with the process.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use alloy::{
    consensus::{Transaction, TxEnvelope, transaction::Recovered},
    primitives::{
        Address, B256, U256,
        map::{AddressMap, B256Map},
    },
};
use revm::{
    context::{Cfg, CfgEnv, TxEnv, result::InvalidTransaction},
    handler::validation::validate_initial_tx_gas_with_gas_params,
};

use super::{block, error::Failure, executor, world::World};
use crate::gas::{Fork, TRANSACTION_MAX_BYTES};

/// Transactions kept at most; geth's default for the whole pool is of this order.
const CAPACITY: usize = 5_120;
/// geth's `PriceBump`, per cent.
const PRICE_BUMP: u128 = 10;

/// A transaction on its way into a block.
#[derive(Debug)]
pub(super) struct Pooled {
    pub(super) transaction: Recovered<TxEnvelope>,
    pub(super) hash: B256,
    /// Sent without a signature.
    pub(super) impersonated: bool,
    /// The transactions root of a block that holds this transaction alone, known before anybody waits for the block.
    pub(super) root_alone: B256,
}

impl Pooled {
    pub(super) fn new(transaction: Recovered<TxEnvelope>, impersonated: bool) -> Self {
        let hash = *transaction.inner().tx_hash();
        let root_alone = block::transactions_root(&[transaction.inner()]);
        Self { transaction, hash, impersonated, root_alone }
    }

    fn nonce(&self) -> u64 {
        self.transaction.nonce()
    }

    fn tip_cap(&self) -> u128 {
        self.transaction.max_priority_fee_per_gas().unwrap_or_else(|| self.transaction.max_fee_per_gas())
    }
}

/// What waits, by sender and nonce.
#[derive(Debug, Default)]
pub(super) struct Pool {
    senders: AddressMap<BTreeMap<u64, (u64, Arc<Pooled>)>>,
    by_hash: B256Map<Arc<Pooled>>,
    arrivals: u64,
}

impl Pool {
    pub(super) fn get(&self, hash: &B256) -> Option<&Arc<Pooled>> {
        self.by_hash.get(hash)
    }

    /// The transaction of a sender at a nonce.
    pub(super) fn at(&self, sender: &Address, nonce: u64) -> Option<Arc<Pooled>> {
        self.senders.get(sender)?.get(&nonce).map(|(_, pooled)| Arc::clone(pooled))
    }

    /// The first nonce from `state_nonce` on that nothing waits for.
    pub(super) fn next_nonce(&self, sender: &Address, state_nonce: u64) -> u64 {
        let Some(waiting) = self.senders.get(sender) else { return state_nonce };
        let mut next = state_nonce;
        while waiting.contains_key(&next) {
            next += 1;
        }
        next
    }

    /// Takes a checked transaction in, in the place of one with the same nonce when it pays enough more.
    pub(super) fn insert(&mut self, pooled: Arc<Pooled>) -> Result<(), Failure> {
        let sender = pooled.transaction.signer();
        if let Some(old) = self.at(&sender, pooled.nonce()) {
            let bumped = |old: u128, new: u128| new > old && new >= old.saturating_mul(100 + PRICE_BUMP) / 100;
            let fee_cap = |pooled: &Pooled| pooled.transaction.max_fee_per_gas();
            if !bumped(fee_cap(&old), fee_cap(&pooled)) || !bumped(old.tip_cap(), pooled.tip_cap()) {
                return Err(Failure::refused("replacement transaction underpriced"));
            }
            self.by_hash.remove(&old.hash);
        } else if self.by_hash.len() >= CAPACITY {
            return Err(Failure::refused("txpool is full"));
        }
        self.arrivals += 1;
        self.by_hash.insert(pooled.hash, Arc::clone(&pooled));
        self.senders.entry(sender).or_default().insert(pooled.nonce(), (self.arrivals, pooled));
        Ok(())
    }

    pub(super) fn remove(&mut self, pooled: &Pooled) {
        let sender = pooled.transaction.signer();
        self.by_hash.remove(&pooled.hash);
        if let Some(waiting) = self.senders.get_mut(&sender) {
            if waiting.get(&pooled.nonce()).is_some_and(|(_, held)| held.hash == pooled.hash) {
                waiting.remove(&pooled.nonce());
            }
            if waiting.is_empty() {
                self.senders.remove(&sender);
            }
        }
    }

    /// The transaction a miner takes next: of each sender's next in line the one with the best tip, the earliest of equals.
    /// Senders in `skip` are passed over.
    pub(super) fn best(&self, world: &World, base_fee: u64, skip: &[Address]) -> Option<Arc<Pooled>> {
        let candidates = self.senders.iter().filter(|(sender, _)| !skip.contains(sender));
        let next_in_line = candidates.filter_map(|(sender, waiting)| {
            let (arrival, pooled) = waiting.get(&world.state.nonce(sender))?;
            let tip = pooled.transaction.effective_tip_per_gas(base_fee)?;
            Some((tip, Reverse(*arrival), pooled))
        });
        next_in_line.max_by_key(|(tip, arrival, _)| (*tip, *arrival)).map(|(_, _, pooled)| Arc::clone(pooled))
    }
}

/// Checks that need the transaction and the rules alone.
pub(super) fn check_rules(
    envelope: &TxEnvelope,
    bytes: usize,
    rules: &CfgEnv,
    block_gas_limit: u64,
    fork: Fork,
) -> Result<(), Failure> {
    if envelope.is_eip4844() || (envelope.is_eip7702() && fork < Fork::Prague) {
        return Err(Failure::refused("transaction type not supported"));
    }
    if bytes > TRANSACTION_MAX_BYTES {
        return Err(Failure::refused(format!(
            "oversized data: transaction size {bytes}, limit {TRANSACTION_MAX_BYTES}"
        )));
    }
    let code_size = envelope.input().len();
    if envelope.is_create() && code_size > rules.max_initcode_size() {
        return Err(Failure::refused(format!(
            "max initcode size exceeded: code size {code_size}, limit {}",
            rules.max_initcode_size()
        )));
    }
    let cap = rules.tx_gas_limit_cap();
    if !rules.is_amsterdam_eip8037_enabled() && envelope.gas_limit() > cap {
        return Err(Failure::refused(format!(
            "transaction gas limit too high (cap: {cap}, tx: {})",
            envelope.gas_limit()
        )));
    }
    if envelope.gas_limit() > block_gas_limit {
        return Err(Failure::refused("exceeds block gas limit"));
    }
    match envelope.chain_id() {
        Some(id) if id != rules.chain_id => {
            Err(Failure::refused(format!("invalid chain id for signer: have {id} want {}", rules.chain_id)))
        }
        _ => Ok(()),
    }
}

/// Checks against the state and the next block.
pub(super) fn check_state(pooled: &Pooled, world: &World, rules: &CfgEnv, base_fee: u64) -> Result<(), Failure> {
    let transaction = &pooled.transaction;
    let sender = transaction.signer();
    let env = executor::transaction_environment(transaction);
    if env.gas_priority_fee.is_some_and(|tip| tip > env.gas_price) {
        return Err(refuse(&InvalidTransaction::PriorityFeeGreaterThanMaxFee, &env, base_fee));
    }
    // under EIP-2780 the intrinsic gas depends on the accounts touched: execution tells
    if !rules.is_amsterdam_eip2780_enabled()
        && let Err(invalid) = validate_initial_tx_gas_with_gas_params(
            &env,
            rules.spec,
            &rules.gas_params,
            false,
            false,
            rules.tx_gas_limit_cap(),
            None,
        )
    {
        return Err(refuse(&invalid, &env, base_fee));
    }
    let next = world.state.nonce(&sender);
    if transaction.nonce() < next {
        return Err(Failure::refused(format!("nonce too low: next nonce {next}, tx nonce {}", transaction.nonce())));
    }
    if env.gas_price < u128::from(base_fee) {
        return Err(refuse(&InvalidTransaction::GasPriceLessThanBasefee, &env, base_fee));
    }
    let balance = world.state.balance(&sender);
    let cost: U256 = executor::highest_cost(transaction);
    if cost > balance {
        return Err(Failure::refused(format!(
            "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}, overshot {}",
            cost - balance
        )));
    }
    Ok(())
}

fn refuse(invalid: &InvalidTransaction, env: &TxEnv, base_fee: u64) -> Failure {
    let block = revm::context::BlockEnv { basefee: base_fee, ..Default::default() };
    Failure::refused(executor::describe(invalid, env, &block))
}
