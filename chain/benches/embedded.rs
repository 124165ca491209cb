//! An airdrop's batches through bare revm and through the embedded chain, side by side.
//!
//! `cargo bench -p tminus-chain --bench embedded [-- RECIPIENTS]`; 102,400 by default, 640 a transaction. Bare: the calldata
//! executed and committed on an in-memory database, no signatures, no receipts. Embedded: each signed transaction sent as raw
//! bytes over the transport, then its receipt, one after the other, as a careful sender does. The chain is then opened again.
//! With `memory` as an argument only the embedded chain in memory runs, for a profiler.

#![allow(clippy::print_stdout, reason = "it prints its figures")]

use std::{
    borrow::Cow,
    collections::VecDeque,
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, TxKind, U256, keccak256},
    providers::{Provider, RootProvider},
    rpc::types::TransactionReceipt,
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::SolCall,
};
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext, context::TxEnv, database::InMemoryDB,
    primitives::hardfork::SpecId, state::AccountInfo,
};
use tminus_chain::{
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::{Fork, TRANSACTION_GAS_CAP},
};
use tminus_contracts::{
    artifact,
    bindings::LivepeerToken::{mintCall, transferBatchCall},
};

const BATCH: usize = 640;
const CHAIN_ID: u64 = 31_337;

/// What is sent, in order: the token, the supply, the batches.
fn calls(owner: Address, recipients: usize) -> Vec<(TxKind, Bytes)> {
    let token = owner.create(0);
    let creation = artifact::get("LivepeerToken").map(|artifact| artifact.creation.clone()).unwrap_or_default();
    let mint = mintCall { to: owner, amount: U256::from(1u128 << 100) }.abi_encode();
    let mut calls = vec![(TxKind::Create, creation), (TxKind::Call(token), mint.into())];
    let entries: Vec<[u8; 32]> = (0..recipients)
        .map(|i| {
            let mut entry = keccak256(i.to_be_bytes()).0;
            entry[20..].copy_from_slice(&(1_000 + i as u128).to_be_bytes()[4..]);
            entry
        })
        .collect();
    calls.extend(entries.chunks(BATCH).map(|batch| {
        let call = transferBatchCall { entries: batch.concat().into() };
        (TxKind::Call(token), call.abi_encode().into())
    }));
    calls
}

fn rate(recipients: usize, time: Duration) -> f64 {
    recipients as f64 / time.as_secs_f64()
}

fn bare(owner: Address, calls: &[(TxKind, Bytes)]) -> Duration {
    let mut database = InMemoryDB::default();
    database.insert_account_info(owner, AccountInfo::from_balance(U256::MAX >> 1));
    let mut evm = Context::mainnet()
        .with_db(database)
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.chain_id = CHAIN_ID;
        })
        .modify_block_chained(|block| block.gas_limit = 60_000_000)
        .build_mainnet();
    let mut started = Instant::now();
    for (nonce, (kind, data)) in calls.iter().enumerate() {
        if nonce == 2 {
            started = Instant::now();
        }
        let transaction = TxEnv {
            caller: owner,
            kind: *kind,
            data: data.clone(),
            nonce: nonce as u64,
            gas_limit: TRANSACTION_GAS_CAP,
            chain_id: Some(CHAIN_ID),
            ..TxEnv::default()
        };
        assert!(evm.transact_commit(transaction).is_ok_and(|result| result.is_success()), "transaction {nonce}");
    }
    started.elapsed()
}

fn sign(signer: &PrivateKeySigner, calls: &[(TxKind, Bytes)]) -> Vec<Bytes> {
    let raw = |(nonce, (to, input)): (usize, &(TxKind, Bytes))| {
        let transaction = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce: nonce as u64,
            gas_limit: TRANSACTION_GAS_CAP,
            max_fee_per_gas: 100_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: *to,
            input: input.clone(),
            ..TxEip1559::default()
        };
        let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap_or_else(|e| panic!("{e}"));
        TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
    };
    calls.iter().enumerate().map(raw).collect()
}

/// A receipt as far as a sender needs it.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShortReceipt {
    status: U256,
}

#[derive(Clone, Copy)]
enum Receipts {
    Short,
    Whole,
}

async fn through(chain: &EmbeddedChain, raw: &[Bytes], receipts: Receipts) -> Duration {
    let provider: RootProvider = RootProvider::new(chain.client());
    let mut started = Instant::now();
    for (i, raw) in raw.iter().enumerate() {
        if i == 2 {
            started = Instant::now();
        }
        let sent: Result<B256, _> = provider.raw_request(Cow::Borrowed("eth_sendRawTransaction"), (raw,)).await;
        let hash = sent.unwrap_or_else(|error| panic!("transaction {i}: {error}"));
        let method = Cow::Borrowed("eth_getTransactionReceipt");
        let success = match receipts {
            Receipts::Short => {
                let receipt: Result<ShortReceipt, _> = provider.raw_request(method, (hash,)).await;
                receipt.is_ok_and(|receipt| receipt.status == U256::ONE)
            }
            Receipts::Whole => {
                let receipt: Result<TransactionReceipt, _> = provider.raw_request(method, (hash,)).await;
                receipt.is_ok_and(|receipt| receipt.status())
            }
        };
        assert!(success, "transaction {i}");
    }
    started.elapsed()
}

/// As a sender does that does not wait for receipts: the next transaction is sent while earlier receipts are read.
async fn flowing(chain: &EmbeddedChain, raw: &[Bytes]) -> Duration {
    const UNREAD: usize = 4;
    through(chain, &raw[..2], Receipts::Short).await;
    let provider: RootProvider = RootProvider::new(chain.client());
    let read = |hash: B256| {
        let provider = provider.clone();
        tokio::spawn(async move {
            let method = Cow::Borrowed("eth_getTransactionReceipt");
            let receipt: Result<ShortReceipt, _> = provider.raw_request(method, (hash,)).await;
            receipt.is_ok_and(|receipt| receipt.status == U256::ONE)
        })
    };
    let started = Instant::now();
    let mut unread: VecDeque<tokio::task::JoinHandle<bool>> = VecDeque::new();
    for raw in &raw[2..] {
        let sent: Result<B256, _> = provider.raw_request(Cow::Borrowed("eth_sendRawTransaction"), (raw,)).await;
        unread.push_back(read(sent.unwrap_or_else(|error| panic!("{error}"))));
        if unread.len() > UNREAD
            && let Some(oldest) = unread.pop_front()
        {
            assert!(oldest.await.is_ok_and(|success| success));
        }
    }
    for receipt in unread {
        assert!(receipt.await.is_ok_and(|success| success));
    }
    started.elapsed()
}

#[tokio::main]
async fn main() {
    let recipients = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(102_400);
    let signer = PrivateKeySigner::from_bytes(&B256::with_last_byte(1)).unwrap_or_else(|e| panic!("{e}"));
    let calls = calls(signer.address(), recipients);
    let raw = sign(&signer, &calls);
    let config = EmbeddedConfig {
        chain_id: CHAIN_ID,
        first_block: 0,
        genesis_timestamp: 1_525_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 4,
        funded: vec![(signer.address(), U256::MAX >> 1)],
    };
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let file = folder.path().join("chain.sqlite");
    println!("{recipients} recipients, {BATCH} a transaction");

    if std::env::args().any(|argument| argument == "memory") {
        let chain = EmbeddedChain::in_memory(config).unwrap_or_else(|e| panic!("{e}"));
        println!("{:.0} recipients/s", rate(recipients, through(&chain, &raw, Receipts::Short).await));
        return;
    }
    let first = bare(signer.address(), &calls);
    let tell = |what: &str, time: Duration, against: Duration| {
        println!(
            "{what:<44} {:>7.2} s {:>9.0} recipients/s  {:.2} of bare",
            time.as_secs_f64(),
            rate(recipients, time),
            against.as_secs_f64() / time.as_secs_f64()
        );
    };
    let in_memory = || EmbeddedChain::in_memory(config.clone()).unwrap_or_else(|e| panic!("{e}"));
    let memory = through(&in_memory(), &raw, Receipts::Short).await;
    let stored = || EmbeddedChain::open(&file, config.clone()).unwrap_or_else(|e| panic!("{e}"));
    let chain = stored();
    let disk = through(&chain, &raw, Receipts::Short).await;
    let digest = chain.state_digest();
    drop(chain);
    let started = Instant::now();
    let again = stored();
    let reopened = started.elapsed();
    assert_eq!(again.state_digest(), digest);
    let whole = through(&in_memory(), &raw, Receipts::Whole).await;
    let flow = flowing(&in_memory(), &raw).await;
    let second = bare(signer.address(), &calls);

    let reference = first.min(second);
    tell("bare revm, first run", first, reference);
    tell("bare revm, second run", second, reference);
    tell("embedded, in memory", memory, reference);
    tell("embedded, stored", disk, reference);
    tell("embedded, in memory, receipts read later", flow, reference);
    tell("embedded, in memory, receipts read whole", whole, reference);
    tell("opened again", reopened, reference);
}
