//! Blocks: the environment the next one executes in, and the header it gets.
//!
//! Everything follows from the parent, the configuration and the timestamp, so the same transactions give the same chain.
//! The header is a real one and its hash is the keccak of its RLP. Transactions and receipts roots are the real tries. The
//! state root is the chained digest of [`super::state`], the coinbase is the zero address (as anvil's), `prevrandao` is
//! derived from the parent's hash, and there are no withdrawals, requests, blobs or beacon roots.

use alloy::{
    consensus::{
        EMPTY_OMMER_ROOT_HASH, Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, Transaction,
        TxEnvelope,
        constants::EMPTY_WITHDRAWALS,
        proofs::{calculate_receipt_root, calculate_transaction_root},
        transaction::Recovered,
    },
    eips::{eip1559::BaseFeeParams, eip2718::Encodable2718, eip7685::EMPTY_REQUESTS_HASH},
    primitives::{Address, B64, B256, Bloom, Bytes, Log, U256, keccak256},
    rlp::{Encodable, length_of_length},
};
use revm::context::{BlockEnv, result::ExecutionResult};

use super::{
    config::EmbeddedConfig,
    logs::{self, PackedLogs},
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
    receipts: Vec<ReceiptEnvelope>,
    cumulative_gas: u64,
    regular_gas: u64,
    state_gas: u64,
    log_count: usize,
    /// The chained digest of the state so far.
    pub(super) state: B256,
}

/// Block 0.
pub(super) fn genesis(config: &EmbeddedConfig, state: B256) -> Block {
    let mut header = frame(config);
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
        transactions_root: calculate_transaction_root::<TxEnvelope>(&[]),
        receipts_root: calculate_receipt_root::<ReceiptEnvelope>(&[]),
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
            receipts: Vec::new(),
            cumulative_gas: 0,
            regular_gas: 0,
            state_gas: 0,
            log_count: 0,
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
    pub(super) fn push(
        &mut self,
        transaction: Recovered<TxEnvelope>,
        hash: B256,
        impersonated: bool,
        result: ExecutionResult,
    ) {
        let gas = *result.gas();
        self.cumulative_gas += gas.tx_gas_used();
        self.regular_gas += gas.block_regular_gas_used();
        self.state_gas += gas.block_state_gas_used();
        let success = result.is_success();
        let created = match (&result, transaction.is_create()) {
            (_, true) => Some(transaction.signer().create(transaction.nonce())),
            _ => None,
        };
        let logs = if success { result.into_logs() } else { Vec::new() };
        let bloom = logs::bloom(&logs);
        let packed = PackedLogs::pack(&logs);
        self.receipts.push(receipt(&transaction, success, self.cumulative_gas, logs, bloom));
        self.header.logs_bloom.accrue_bloom(&bloom);
        self.transactions.push(Mined {
            effective_gas_price: transaction.effective_gas_price(self.header.base_fee_per_gas),
            transaction,
            hash,
            impersonated,
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
        let envelopes: Vec<&TxEnvelope> = self.transactions.iter().map(|mined| mined.transaction.inner()).collect();
        self.header.transactions_root =
            alloy::consensus::proofs::ordered_trie_root_with_encoder(&envelopes, |envelope, out| {
                envelope.encode_2718(out);
            });
        self.header.receipts_root = calculate_receipt_root(&self.receipts);
        let size = size(&self.header, &self.transactions);
        Block { hash: self.header.hash_slow(), header: self.header, size, transactions: self.transactions }
    }
}

fn receipt(
    transaction: &TxEnvelope,
    success: bool,
    cumulative_gas_used: u64,
    logs: Vec<Log>,
    logs_bloom: Bloom,
) -> ReceiptEnvelope {
    let receipt = Receipt { status: Eip658Value::Eip658(success), cumulative_gas_used, logs };
    ReceiptEnvelope::from_typed(transaction.tx_type(), ReceiptWithBloom { receipt, logs_bloom })
}

/// Length of the block's RLP: header, transactions, no ommers, no withdrawals.
fn size(header: &Header, transactions: &[Mined]) -> usize {
    let list: usize = transactions.iter().map(|mined| mined.transaction.inner().length()).sum();
    let payload = header.length() + length_of_length(list) + list + 2;
    length_of_length(payload) + payload
}
