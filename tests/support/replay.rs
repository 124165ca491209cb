//! The blocks of one chain made again on another, and compared.
//!
//! Every block of the embedded chain is made on anvil with the same timestamp and the same transactions, and then both are
//! asked for the block and for every receipt. All fields that the embedded chain answers with are compared, but for those
//! in the tables here, each of which has its reason. A transaction that was sent for an impersonated account has no
//! signature to send again: it is sent with the same fields by the same means, after the account was given the ether that it
//! had on the embedded chain.

use alloy::{
    consensus::{Transaction as _, Typed2718, transaction::SignerRecoverable},
    eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718},
    network::TransactionResponse,
    primitives::{Address, B256, Bytes, U256},
    providers::Provider,
    rpc::types::Transaction,
};
use serde_json::{Map, Value, json};
use tminus_chain::rpc::Rpc;

/// Arguments of an anvil that starts as the embedded chain of a rehearsal does and makes a block only when told to.
pub fn arguments(genesis_timestamp: u64) -> Vec<String> {
    let timestamp = genesis_timestamp.to_string();
    let arguments: &[&str] = &[
        "--chain-id",
        "31337",
        "--hardfork",
        "osaka",
        "--accounts",
        "2",
        "--timestamp",
        &timestamp,
        "--base-fee",
        "1000000000",
        "--gas-limit",
        "60000000",
        "--enable-tx-gas-limit",
        "--no-mining",
        "--order",
        "fifo",
        "--max-transactions",
        "1000000",
        "--disable-default-create2-deployer",
    ];
    arguments.iter().map(ToString::to_string).collect()
}

const ROOTS: &str =
    "the embedded chain has digests instead of the tries of state and receipts, so roots and hashes differ";

/// What differs of a block, with the reason.
const BLOCK_DIFFERS: &[(&str, &str)] = &[
    ("hash", ROOTS),
    ("parentHash", ROOTS),
    ("stateRoot", ROOTS),
    ("receiptsRoot", ROOTS),
    ("mixHash", "anvil draws prevrandao by chance, the embedded chain from the parent's hash"),
    ("transactions", "compared one by one, by their receipts"),
    ("size", "anvil leaves the empty list of withdrawals out, which geth counts; see `sizes`"),
];

/// What differs of a receipt and of a log, with the reason.
const RECEIPT_DIFFERS: &[(&str, &str)] = &[("blockHash", ROOTS), ("logs", "compared one by one")];

/// What differs of a block or receipt with a transaction that was sent without a signature, with the reason.
const UNSIGNED: &str = "what stands in the place of the signature is not the same";
const UNSIGNED_DIFFERS: &[(&str, &str)] = &[("transactionHash", UNSIGNED), ("transactionsRoot", UNSIGNED)];

/// What was compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub blocks: u64,
    pub receipts: u64,
    pub failed: u64,
    pub impersonated: u64,
    pub logs: u64,
    pub fields: u64,
}

/// Makes every block of `embedded` again on `anvil` and compares; panics with everything that differs.
pub async fn replay(embedded: &Rpc, anvil: &Rpc) -> Tally {
    let height = embedded.block(BlockNumberOrTag::Latest).await.unwrap().number;
    let mut tally = Tally::default();
    let mut differences = Differences { found: Vec::new(), fields: 0 };
    for number in 1..=height {
        let block = embedded.provider().get_block_by_number(number.into()).full().await.unwrap().unwrap();
        if number == 1 {
            // EIP-1559 lowers the base fee after an empty block; anvil gives block 1 the fee of block 0
            let base_fee = U256::from(block.header.base_fee_per_gas.unwrap());
            let _: Value = anvil.request("anvil_setNextBlockBaseFeePerGas", (base_fee,)).await.unwrap();
        }
        let _: Value = anvil.request("evm_setNextBlockTimestamp", (block.header.timestamp,)).await.unwrap();
        let mut sent = Vec::new();
        for transaction in block.transactions.txns() {
            sent.push(send(embedded, anvil, number, transaction).await);
        }
        let _: Value = anvil.request("evm_mine", ()).await.unwrap();

        let signed = sent.iter().all(|sent| sent.signed);
        let by_number = (BlockNumberOrTag::Number(number), false);
        let ours: Value = embedded.request("eth_getBlockByNumber", by_number).await.unwrap();
        let theirs: Value = anvil.request("eth_getBlockByNumber", by_number).await.unwrap();
        differences.compare(&format!("block {number}"), &ours, &theirs, &[BLOCK_DIFFERS, unsigned(signed)].concat());
        if signed {
            differences.sizes(number, &ours, &theirs);
        }
        for (transaction, sent) in block.transactions.txns().zip(&sent) {
            let ours: Value = embedded.request("eth_getTransactionReceipt", (transaction.tx_hash(),)).await.unwrap();
            let theirs: Value = anvil.request("eth_getTransactionReceipt", (sent.hash,)).await.unwrap();
            tally.logs += differences.receipts(number, &ours, &theirs, unsigned(sent.signed));
            tally.receipts += 1;
            tally.failed += u64::from(ours["status"] == "0x0");
            tally.impersonated += u64::from(!sent.signed);
        }
        tally.blocks += 1;
    }
    assert!(differences.found.is_empty(), "{}", differences.found.join("\n"));
    tally.fields = differences.fields;
    tally
}

fn unsigned(signed: bool) -> &'static [(&'static str, &'static str)] {
    if signed { &[] } else { UNSIGNED_DIFFERS }
}

struct Sent {
    hash: B256,
    signed: bool,
}

async fn send(embedded: &Rpc, anvil: &Rpc, number: u64, transaction: &Transaction) -> Sent {
    let (envelope, from) = (transaction.inner.inner(), transaction.inner.signer());
    if envelope.recover_signer().is_ok_and(|signer| signer == from) {
        let raw = Bytes::from(envelope.encoded_2718());
        let hash = anvil.request("eth_sendRawTransaction", (raw,)).await.unwrap();
        assert_eq!(hash, transaction.tx_hash());
        return Sent { hash, signed: true };
    }
    give_ether(embedded, anvil, number, from).await;
    let request = json!({
        "from": from,
        "to": envelope.to(),
        "nonce": U256::from(envelope.nonce()),
        "gas": U256::from(envelope.gas_limit()),
        "maxFeePerGas": U256::from(envelope.max_fee_per_gas()),
        "maxPriorityFeePerGas": U256::from(envelope.max_priority_fee_per_gas().unwrap()),
        "value": envelope.value(),
        "input": envelope.input(),
        "type": U256::from(envelope.ty()),
    });
    let _: Value = anvil.request("anvil_impersonateAccount", (from,)).await.unwrap();
    let hash = anvil.request("eth_sendTransaction", (request,)).await.unwrap();
    let _: Value = anvil.request("anvil_stopImpersonatingAccount", (from,)).await.unwrap();
    Sent { hash, signed: false }
}

/// An account without ether was given one before it could send; anything else that differs here is a disagreement.
async fn give_ether(embedded: &Rpc, anvil: &Rpc, number: u64, account: Address) {
    let ours = embedded.balance(account, BlockId::number(number - 1)).await.unwrap();
    let theirs = anvil.balance(account, BlockId::latest()).await.unwrap();
    if ours != theirs {
        assert_eq!((ours, theirs), (U256::from(10u64.pow(18)), U256::ZERO), "{account} before block {number}");
        let _: Value = anvil.request("anvil_setBalance", (account, ours)).await.unwrap();
    }
}

struct Differences {
    found: Vec<String>,
    fields: u64,
}

impl Differences {
    /// Compares every field of `ours` that is not expected to differ.
    fn compare(&mut self, what: &str, ours: &Value, theirs: &Value, differs: &[(&str, &str)]) {
        let empty = Map::new();
        for (field, value) in ours.as_object().unwrap_or(&empty) {
            if differs.iter().any(|(name, _)| name == field) {
                continue;
            }
            self.fields += 1;
            let other = &theirs[field.as_str()];
            if value != other {
                self.found.push(format!("{what}.{field}: {value} here, {other} on anvil"));
            }
        }
    }

    /// The empty list is one byte, which may lengthen the prefix of what it stands in by another.
    fn sizes(&mut self, number: u64, ours: &Value, theirs: &Value) {
        let [ours, theirs] = [ours, theirs].map(|block| block["size"].as_str().unwrap().parse::<U256>().unwrap());
        self.fields += 1;
        if ours != theirs + U256::from(1) && ours != theirs + U256::from(2) {
            self.found.push(format!("block {number}.size: {ours} here, {theirs} on anvil"));
        }
    }

    /// Compares two receipts and their logs; the number of logs.
    fn receipts(&mut self, number: u64, ours: &Value, theirs: &Value, differs: &[(&str, &str)]) -> u64 {
        let hash = ours["transactionHash"].as_str().expect("a receipt on the embedded chain");
        assert!(theirs.is_object(), "anvil did not mine {hash}");
        let what = format!("block {number} receipt {hash}");
        let differs = [RECEIPT_DIFFERS, differs].concat();
        self.compare(&what, ours, theirs, &differs);
        let (ours, theirs) = (ours["logs"].as_array().unwrap(), theirs["logs"].as_array().unwrap());
        if ours.len() != theirs.len() {
            self.found.push(format!("{what}: {} logs here, {} on anvil", ours.len(), theirs.len()));
        }
        for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            self.compare(&format!("{what} log {index}"), ours, theirs, &differs);
        }
        ours.len() as u64
    }
}
