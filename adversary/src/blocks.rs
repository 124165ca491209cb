//! Blocks with real headers, and the chain they make.
//!
//! A header's hash is the keccak of its RLP; parent hash, transactions root, receipts root and bloom are the real ones, so
//! that a caller may check logs and receipts against them. The state root is the one thing that is not a trie: it is a chained
//! digest, and nobody can prove an account by it.

use std::{collections::BTreeMap, sync::Arc};

use alloy::{
    consensus::{
        EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptWithBloom, Transaction,
        constants::EMPTY_WITHDRAWALS, proofs::ordered_trie_root_with_encoder,
    },
    eips::{eip1559::BaseFeeParams, eip2718::Encodable2718, eip7685::EMPTY_REQUESTS_HASH},
    primitives::{Address, B256, Bytes, Log, keccak256},
    rlp::Encodable,
};
use revm::context::{CfgEnv, result::InvalidTransaction};

use crate::{
    execute,
    state::{Source, State},
    transaction::Tx,
};

/// A transaction in a block.
#[derive(Debug)]
pub(crate) struct Mined {
    pub(crate) tx: Arc<Tx>,
    pub(crate) gas_used: u64,
    pub(crate) created: Option<Address>,
    pub(crate) price: u128,
    /// Status, cumulative gas and logs, with their bloom.
    pub(crate) receipt: ReceiptWithBloom<Receipt<Log>>,
    /// Index in the block of its first log.
    pub(crate) first_log: usize,
}

impl Mined {
    pub(crate) fn success(&self) -> bool {
        self.receipt.receipt.status == Eip658Value::Eip658(true)
    }

    pub(crate) fn logs(&self) -> &[Log] {
        &self.receipt.receipt.logs
    }
}

/// A sealed block. The state after it goes when it is old.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) hash: B256,
    pub(crate) header: Header,
    pub(crate) mined: Vec<Mined>,
}

/// A block under way.
#[derive(Debug)]
pub(crate) struct Building<'a> {
    chain: &'a Chain,
    header: Header,
    state: State,
    rules: CfgEnv,
    mined: Vec<Mined>,
    logs: usize,
}

/// Blocks from the first to the head, each with the state after it while that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) chain_id: u64,
    blocks: Vec<Arc<Block>>,
    /// States by height; the oldest go first.
    states: BTreeMap<usize, State>,
    /// Where each transaction is: height and index.
    places: BTreeMap<B256, (usize, usize)>,
    heights: BTreeMap<B256, usize>,
    keep: usize,
}

impl Chain {
    /// A chain of one block.
    pub(crate) fn new(chain_id: u64, genesis: Header, state: State, keep: usize) -> Self {
        let mut chain = Self {
            chain_id,
            blocks: Vec::new(),
            states: BTreeMap::new(),
            places: BTreeMap::new(),
            heights: BTreeMap::new(),
            keep,
        };
        let header = Header { state_root: state.digest, ..genesis };
        chain.push(Block { hash: header.hash_slow(), header, mined: Vec::new() }, state);
        chain
    }

    pub(crate) fn push(&mut self, block: Block, state: State) {
        let height = self.blocks.len();
        for (index, mined) in block.mined.iter().enumerate() {
            self.places.insert(mined.tx.hash, (height, index));
        }
        self.heights.insert(block.hash, height);
        self.blocks.push(Arc::new(block));
        self.states.insert(height, state);
        while self.states.len() > self.keep {
            self.states.pop_first();
        }
    }

    /// Takes the blocks above `height` off.
    ///
    /// # Panics
    /// If the state at `height` is not kept any more.
    pub(crate) fn cut(&mut self, height: usize) -> Vec<Arc<Block>> {
        assert!(self.states.contains_key(&height), "the state after block {height} is no longer kept");
        let gone = self.blocks.split_off(height + 1);
        self.states.split_off(&(height + 1));
        for block in &gone {
            self.heights.remove(&block.hash);
            for mined in &block.mined {
                self.places.remove(&mined.tx.hash);
            }
        }
        gone
    }

    pub(crate) fn height(&self) -> usize {
        self.blocks.len() - 1
    }

    pub(crate) fn head(&self) -> &Arc<Block> {
        &self.blocks[self.height()]
    }

    pub(crate) fn block(&self, height: usize) -> Option<&Arc<Block>> {
        self.blocks.get(height)
    }

    pub(crate) fn height_of(&self, hash: &B256) -> Option<usize> {
        self.heights.get(hash).copied()
    }

    /// Height and index of a mined transaction.
    pub(crate) fn place(&self, hash: &B256) -> Option<(usize, usize)> {
        self.places.get(hash).copied()
    }

    /// The state after a block, if it is kept.
    pub(crate) fn state(&self, height: usize) -> Option<&State> {
        self.states.get(&height)
    }

    /// The state after the head.
    pub(crate) fn now(&self) -> &State {
        &self.states[&self.height()]
    }

    /// Changes all kept states, as though it had always been so.
    pub(crate) fn rewrite(&mut self, change: impl Fn(&mut State)) {
        self.states.values_mut().for_each(change);
    }

    /// Changes the state after the head.
    pub(crate) fn rewrite_head(&mut self, change: impl FnOnce(&mut State)) {
        let height = self.height();
        if let Some(state) = self.states.get_mut(&height) {
            change(state);
        }
    }

    /// The base fee that follows from the head by EIP-1559.
    pub(crate) fn next_base_fee(&self) -> u64 {
        self.head().header.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or_default()
    }

    /// Opens the next block. `salt` sets it apart from any other block of its height.
    pub(crate) fn open(&self, timestamp: u64, base_fee: u64, salt: u64) -> Building<'_> {
        let parent = self.head();
        let header = Header {
            parent_hash: parent.hash,
            number: parent.header.number + 1,
            timestamp: timestamp.max(parent.header.timestamp + 1),
            base_fee_per_gas: Some(base_fee),
            mix_hash: keccak256(parent.hash),
            ..frame(parent.header.gas_limit, salt)
        };
        let (state, rules) = (self.now().clone(), execute::rules(self.chain_id));
        Building { chain: self, header, state, rules, mined: Vec::new(), logs: 0 }
    }
}

/// The fields that are the same in all blocks.
pub(crate) fn frame(gas_limit: u64, salt: u64) -> Header {
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        gas_limit,
        extra_data: Bytes::copy_from_slice(&salt.to_be_bytes()),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

impl Building<'_> {
    pub(crate) fn gas_left(&self) -> u64 {
        self.header.gas_limit - self.header.gas_used
    }

    pub(crate) fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// The state so far.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Runs a transaction and adds it; one that is not valid here is not added.
    pub(crate) fn add(&mut self, tx: &Arc<Tx>) -> Result<(), InvalidTransaction> {
        if tx.envelope.gas_limit() > self.gas_left() {
            return Err(InvalidTransaction::CallerGasLimitMoreThanBlock);
        }
        let chain = self.chain;
        let hash_of = |number: u64| {
            let height = usize::try_from(number).ok();
            height.and_then(|height| chain.block(height)).map_or(B256::ZERO, |block| block.hash)
        };
        let source = Source { state: &self.state, hash_of };
        let block = execute::environment(&self.header);
        let outcome = execute::transact(&source, self.rules.clone(), block, tx.environment())?;
        self.state.apply(tx.hash, outcome.state);
        let gas_used = outcome.result.gas().tx_gas_used();
        let success = outcome.result.is_success();
        self.header.gas_used += gas_used;
        let logs = if success { outcome.result.into_logs() } else { Vec::new() };
        let (first_log, count) = (self.logs, logs.len());
        let receipt = Receipt { status: success.into(), cumulative_gas_used: self.header.gas_used, logs }.with_bloom();
        self.header.logs_bloom.accrue_bloom(&receipt.logs_bloom);
        self.logs += count;
        self.mined.push(Mined {
            gas_used,
            created: tx.envelope.is_create().then(|| tx.sender.create(tx.nonce())),
            price: tx.envelope.effective_gas_price(self.header.base_fee_per_gas),
            tx: Arc::clone(tx),
            receipt,
            first_log,
        });
        Ok(())
    }

    pub(crate) fn seal(mut self) -> (Block, State) {
        self.header.state_root = self.state.digest;
        if !self.mined.is_empty() {
            self.header.transactions_root =
                ordered_trie_root_with_encoder(&self.mined, |mined, out| mined.tx.envelope.encode_2718(out));
            self.header.receipts_root = ordered_trie_root_with_encoder(&self.mined, |mined, out| {
                use alloy::consensus::Typed2718;
                let ty = mined.tx.envelope.ty();
                if ty > 0 {
                    out.push(ty);
                }
                mined.receipt.encode(out);
            });
        }
        (Block { hash: self.header.hash_slow(), header: self.header, mined: self.mined }, self.state)
    }
}
