//! Blocks: the environment the next one executes in, and the header it gets.
//!
//! Everything follows from the parent, the configuration and the timestamp, so the same transactions give the same chain.
//! The header is a real one, its hash the keccak of its RLP, its bloom and transactions root the real ones. Two roots are
//! not tries but digests of the same content, because hashing tries would take as long as executing: the state root is the
//! chained digest of [`super::state`], the receipts root the SHA-256 of status, gas and packed logs. The coinbase is the zero
//! address (as anvil's), `prevrandao` the hash of the parent's hash, and there are no withdrawals, requests, blobs or beacon
//! roots.

use alloy::{
    consensus::{
        EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Header, Transaction, TxEnvelope, constants::EMPTY_WITHDRAWALS,
        proofs::ordered_trie_root_with_encoder, transaction::Recovered,
    },
    eips::{eip1559::BaseFeeParams, eip2718::Encodable2718, eip7685::EMPTY_REQUESTS_HASH},
    primitives::{Address, B64, B256, Bloom, Bytes, U256, keccak256},
    rlp::{Encodable, length_of_length},
};
use revm::{
    context::{BlockEnv, result::ExecutionResult},
    precompile::crypto,
};

use super::{
    config::EmbeddedConfig,
    logs::{self, PackedLogs},
    pool::Pooled,
};
use crate::gas::Fork;

/// A transaction in a block, with what became of it.
#[derive(Debug)]
pub(super) struct Mined {
    pub(super) transaction: Recovered<TxEnvelope>,
    pub(super) hash: B256,
    /// Sent without a signature.
    pub(super) impersonated: bool,
    pub(super) success: bool,
    pub(super) gas_used: u64,
    pub(super) cumulative_gas_used: u64,
    pub(super) created: Option<Address>,
    pub(super) effective_gas_price: u128,
    pub(super) logs: PackedLogs,
    pub(super) bloom: Bloom,
    /// Index in the block of its first log.
    pub(super) first_log: usize,
}

/// A sealed block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) hash: B256,
    pub(super) header: Header,
    /// Bytes of its RLP.
    pub(super) size: usize,
    pub(super) transactions: Vec<Mined>,
}

/// The block under way: environment, and what has been executed so far.
#[derive(Debug)]
pub(super) struct Building {
    header: Header,
    transactions: Vec<Mined>,
    cumulative_gas: u64,
    regular_gas: u64,
    state_gas: u64,
    log_count: usize,
    /// The transactions root while there is one transaction.
    root_alone: Option<B256>,
    /// The chained digest of the state so far.
    pub(super) state: B256,
}

/// The first block.
pub(super) fn genesis(config: &EmbeddedConfig, state: B256) -> Block {
    let mut header = frame(config);
    header.number = config.first_block;
    header.timestamp = config.genesis_timestamp;
    header.base_fee_per_gas = Some(config.base_fee);
    header.state_root = state;
    let size = size(&header, &[]);
    Block { hash: header.hash_slow(), header, size, transactions: Vec::new() }
}

/// The base fee of the block after `parent`, by EIP-1559.
pub(super) fn next_base_fee(parent: &Header) -> u64 {
    parent.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or_default()
}

/// The fields that are the same in all blocks.
fn frame(config: &EmbeddedConfig) -> Header {
    Header {
        parent_hash: B256::ZERO,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: Address::ZERO,
        state_root: B256::ZERO,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        gas_limit: config.block_gas_limit,
        nonce: B64::ZERO,
        extra_data: Bytes::new(),
        withdrawals_root: Some(EMPTY_WITHDRAWALS),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: (config.fork >= Fork::Prague).then_some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    }
}

/// What execution sees of a block.
pub(super) fn environment(header: &Header) -> BlockEnv {
    let mut env = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: U256::ZERO,
        prevrandao: Some(header.mix_hash),
        ..BlockEnv::default()
    };
    // no blob is ever sent here: the excess stays 0 and the price at its minimum whatever the update fraction
    env.set_blob_excess_gas_and_price(0, revm::primitives::eip4844::BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE);
    env
}

impl Building {
    /// Opens the block after `parent`.
    pub(super) fn after(parent: &Block, config: &EmbeddedConfig, timestamp: u64) -> Self {
        let mut header = frame(config);
        header.parent_hash = parent.hash;
        header.number = parent.header.number + 1;
        header.timestamp = timestamp;
        header.base_fee_per_gas = Some(next_base_fee(&parent.header));
        header.mix_hash = keccak256(parent.hash);
        Self {
            header,
            transactions: Vec::new(),
            cumulative_gas: 0,
            regular_gas: 0,
            state_gas: 0,
            log_count: 0,
            root_alone: None,
            state: parent.header.state_root,
        }
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Gas left for the limit of a further transaction.
    pub(super) fn gas_left(&self) -> u64 {
        self.header.gas_limit.saturating_sub(self.cumulative_gas.max(self.regular_gas).max(self.state_gas))
    }

    /// Adds an executed transaction.
    pub(super) fn push(&mut self, pooled: &Pooled, result: ExecutionResult) {
        let transaction = pooled.transaction.clone();
        let gas = *result.gas();
        self.cumulative_gas += gas.tx_gas_used();
        self.regular_gas += gas.block_regular_gas_used();
        self.state_gas += gas.block_state_gas_used();
        let success = result.is_success();
        let created = transaction.is_create().then(|| transaction.signer().create(transaction.nonce()));
        let logs = if success { result.into_logs() } else { Vec::new() };
        let bloom = logs::bloom(&logs);
        let packed = PackedLogs::pack(&logs);
        self.header.logs_bloom.accrue_bloom(&bloom);
        self.root_alone = self.transactions.is_empty().then_some(pooled.root_alone);
        self.transactions.push(Mined {
            effective_gas_price: transaction.effective_gas_price(self.header.base_fee_per_gas),
            transaction,
            hash: pooled.hash,
            impersonated: pooled.impersonated,
            success,
            gas_used: gas.tx_gas_used(),
            cumulative_gas_used: self.cumulative_gas,
            created,
            first_log: self.log_count,
            bloom,
            logs: packed,
        });
        self.log_count += self.transactions.last().map_or(0, |mined| mined.logs.len());
    }

    /// Closes the block. Under EIP-8037 a block's gas is the larger of its two dimensions.
    pub(super) fn seal(mut self, fork: Fork) -> Block {
        self.header.gas_used =
            if fork >= Fork::Amsterdam { self.regular_gas.max(self.state_gas) } else { self.cumulative_gas };
        self.header.state_root = self.state;
        if !self.transactions.is_empty() {
            self.header.transactions_root = self.root_alone.unwrap_or_else(|| {
                let envelopes = self.transactions.iter().map(|mined| mined.transaction.inner());
                transactions_root(&envelopes.collect::<Vec<_>>())
            });
            self.header.receipts_root = receipts_digest(&self.transactions);
        }
        let size = size(&self.header, &self.transactions);
        Block { hash: self.header.hash_slow(), header: self.header, size, transactions: self.transactions }
    }
}

/// The root of the trie of transactions.
pub(super) fn transactions_root(transactions: &[&TxEnvelope]) -> B256 {
    ordered_trie_root_with_encoder(transactions, |envelope, out| envelope.encode_2718(out))
}

/// What stands for the receipts root.
fn receipts_digest(transactions: &[Mined]) -> B256 {
    let mut bytes = Vec::with_capacity(transactions.iter().map(|mined| 32 + mined.logs.bytes().len()).sum());
    for mined in transactions {
        bytes.push(u8::from(mined.success));
        bytes.extend_from_slice(&mined.cumulative_gas_used.to_be_bytes());
        bytes.extend_from_slice(&(mined.logs.bytes().len() as u64).to_be_bytes());
        bytes.extend_from_slice(mined.logs.bytes());
    }
    B256::from(crypto().sha256(&bytes))
}

/// Length of the block's RLP: header, transactions, no ommers, no withdrawals.
fn size(header: &Header, transactions: &[Mined]) -> usize {
    let list: usize = transactions.iter().map(|mined| mined.transaction.inner().length()).sum();
    let payload = header.length() + length_of_length(list) + list + 2;
    length_of_length(payload) + payload
}
