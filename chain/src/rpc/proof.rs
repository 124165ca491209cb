//! What a header proves: its own hash, its place on its parent, and the logs of its block.
//!
//! The hash of a header is recomputed from its fields. Its bloom says of most blocks that they hold nothing of what is looked
//! for. Of the others the receipts are read, and their trie has to have the root of the header: then their logs are all the
//! logs of the block, none added and none left out.
//!
//! The receipts root of the embedded chain is a digest, not a trie (`embedded::block`). So on development chains receipts
//! whose trie has another root are held against the bloom of the header instead, which is the real one there too.

use alloy::{
    consensus::{Receipt, proofs::calculate_receipt_root},
    network::{AnyReceiptEnvelope, AnyTransactionReceipt},
    primitives::{B256, Bloom, logs_bloom},
    rpc::types::{Header, Log},
};

/// Whether the hash of a header is its own, its height the one that was asked for, and its parent the one before.
pub(super) fn check_header(header: &Header, number: u64, parent: Option<B256>) -> Result<(), String> {
    if header.number != number {
        return Err(format!("block {} where {number} was asked for", header.number));
    }
    if header.inner.hash_slow() != header.hash {
        return Err(format!("a header of block {number} that does not have the hash {}", header.hash));
    }
    match parent.filter(|parent| *parent != header.parent_hash) {
        Some(parent) => Err(format!("block {number} on {}, and {parent} before it", header.parent_hash)),
        None => Ok(()),
    }
}

/// The logs of a block, out of its receipts, which have to be those of the header.
pub(super) fn proven_logs(
    header: &Header,
    mut receipts: Vec<AnyTransactionReceipt>,
    is_development: bool,
) -> Result<Vec<Log>, String> {
    receipts.sort_by_key(|receipt| receipt.transaction_index);
    let plain: Vec<_> = receipts.iter().map(|receipt| without_place(&receipt.inner.inner)).collect();
    if calculate_receipt_root(&plain) != header.receipts_root {
        let bloom = plain.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | logs_bloom(&receipt.inner.receipt.logs));
        if !is_development || bloom != header.logs_bloom {
            return Err(format!(
                "{} receipts of block {} that are not those of its header",
                plain.len(),
                header.number
            ));
        }
    }
    let logs: Vec<Log> = receipts.iter().flat_map(|receipt| receipt.inner.inner.inner.receipt.logs.clone()).collect();
    let elsewhere =
        |log: &&Log| log.removed || log.block_hash != Some(header.hash) || log.block_number != Some(header.number);
    match logs.iter().find(elsewhere) {
        Some(log) => Err(format!("a log of {:?} among those of block {}", log.block_hash, header.hash)),
        None => Ok(logs),
    }
}

/// A receipt as it is encoded in a trie: its logs without where they are.
fn without_place(receipt: &AnyReceiptEnvelope<Log>) -> AnyReceiptEnvelope {
    let with_bloom = &receipt.inner;
    let logs = with_bloom.receipt.logs.iter().map(|log| log.inner.clone()).collect();
    let plain = Receipt {
        status: with_bloom.receipt.status,
        cumulative_gas_used: with_bloom.receipt.cumulative_gas_used,
        logs,
    };
    AnyReceiptEnvelope { inner: plain.with_bloom(), r#type: receipt.r#type }
}
