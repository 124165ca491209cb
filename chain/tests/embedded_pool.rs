//! What the embedded chain's pool lets in, refuses, keeps waiting and mines, in geth's words.

mod embedded_common;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEip4844, TxEnvelope},
    eips::{BlockNumberOrTag, Encodable2718},
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, TxKind, U256, address},
    providers::Provider,
    signers::SignerSync,
};
use embedded_common::*;
use serde_json::Value;

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

#[tokio::test]
async fn what_cannot_be_mined_is_refused_in_geths_words() {
    let net = Net::memory();
    let refused = async |transaction: TxEip1559| net.send_refused(&sign(&key(1), transaction)).await;
    let poor = net.send_refused(&sign(&key(9), transfer(0, NOBODY, 1))).await;
    assert!(poor.starts_with("insufficient funds for gas * price + value: balance 0, tx cost"), "{poor}");
    let message = refused(TxEip1559 { gas_limit: 20_999, ..transfer(0, NOBODY, 1) }).await;
    assert_eq!(message, "intrinsic gas too low: gas 20999, minimum needed 21000");
    let message = refused(TxEip1559 { gas_limit: (1 << 24) + 1, ..transfer(0, NOBODY, 1) }).await;
    assert_eq!(message, "transaction gas limit too high (cap: 16777216, tx: 16777217)");
    let message =
        refused(TxEip1559 { max_fee_per_gas: 1, max_priority_fee_per_gas: 0, ..transfer(0, NOBODY, 1) }).await;
    assert!(message.starts_with("max fee per gas less than block base fee: address"), "{message}");
    let message = refused(TxEip1559 { max_priority_fee_per_gas: u128::MAX, ..transfer(0, NOBODY, 1) }).await;
    assert!(message.starts_with("max priority fee per gas higher than max fee per gas"), "{message}");
    let message = refused(TxEip1559 { chain_id: 1, ..transfer(0, NOBODY, 1) }).await;
    assert_eq!(message, "invalid chain id for signer: have 1 want 31337");
    let big = Bytes::from(vec![1; 128 * 1024]);
    let message = refused(TxEip1559 { input: big, gas_limit: 1 << 24, ..transfer(0, NOBODY, 1) }).await;
    assert!(message.starts_with("oversized data: transaction size"), "{message}");
    // 20,000 bytes that are not zero: 21,000 + 40 a byte by EIP-7623
    let floor = TxEip1559 { input: vec![1; 20_000].into(), gas_limit: 820_999, ..transfer(0, NOBODY, 1) };
    let message = refused(floor).await;
    assert_eq!(message, "insufficient gas for floor data gas cost: gas 820999, minimum needed 821000");
    let code = Bytes::from(vec![1; 2 * 24_576 + 1]);
    let message = refused(TxEip1559 { to: TxKind::Create, input: code, gas_limit: 1 << 24, ..base(0) }).await;
    assert_eq!(message, "max initcode size exceeded: code size 49153, limit 49152");
    assert_eq!(net.height().await, 0);
    let (code, _) = net.refused("eth_sendRawTransaction", ("0xc0de",)).await;
    assert_eq!(code, -32000);
}

#[tokio::test]
async fn a_transaction_larger_than_the_block_is_refused() {
    let mut config = config();
    config.block_gas_limit = 1_000_000;
    let net = Net::with(config);
    let large = TxEip1559 { gas_limit: 1_000_001, ..transfer(0, NOBODY, 1) };
    assert_eq!(net.send_refused(&sign(&key(1), large)).await, "exceeds block gas limit");
}

#[tokio::test]
async fn a_used_nonce_is_too_low() {
    let net = Net::memory();
    let raw = sign(&key(1), transfer(0, NOBODY, 1));
    net.send(&raw).await;
    assert_eq!(net.send_refused(&raw).await, "nonce too low: next nonce 1, tx nonce 0");
}

#[tokio::test]
async fn a_gap_waits_and_is_mined_when_it_fills() {
    let net = Net::memory();
    let sender = key(1).address();
    let second = net.send(&sign(&key(1), transfer(1, NOBODY, 2))).await;
    let third = net.send(&sign(&key(1), transfer(2, NOBODY, 3))).await;
    assert_eq!(net.height().await, 0);
    assert!(net.provider.get_transaction_receipt(second).await.unwrap().is_none());
    let waiting = net.provider.get_transaction_by_hash(third).await.unwrap().unwrap();
    assert_eq!(waiting.block_number, None);
    assert_eq!(net.provider.get_transaction_count(sender).pending().await.unwrap(), 0);
    let first = net.mined(&sign(&key(1), transfer(0, NOBODY, 1))).await;
    assert_eq!(first.block_number, Some(1));
    assert_eq!(net.receipt(second).await.block_number, Some(2));
    assert_eq!(net.receipt(third).await.block_number, Some(3));
    assert_eq!(net.provider.get_transaction_count(sender).await.unwrap(), 3);
    assert_eq!(net.provider.get_balance(NOBODY).await.unwrap(), U256::from(6));
}

#[tokio::test]
async fn a_waiting_transaction_is_known_and_replaced_only_for_a_tenth_more() {
    let net = Net::memory();
    let waiting = transfer(1, NOBODY, 1);
    let raw = sign(&key(1), waiting.clone());
    net.send(&raw).await;
    assert_eq!(net.send_refused(&raw).await, "already known");
    let bump = |fee: u128, tip: u128| TxEip1559 {
        max_fee_per_gas: waiting.max_fee_per_gas * fee / 100,
        max_priority_fee_per_gas: waiting.max_priority_fee_per_gas * tip / 100,
        value: U256::from(9),
        ..waiting.clone()
    };
    for (fee, tip) in [(100, 100), (109, 110), (110, 109), (200, 100)] {
        let message = net.send_refused(&sign(&key(1), bump(fee, tip))).await;
        assert_eq!(message, "replacement transaction underpriced", "{fee} {tip}");
    }
    let better = net.send(&sign(&key(1), bump(110, 110))).await;
    net.send(&sign(&key(1), transfer(0, NOBODY, 1))).await;
    assert_eq!(net.receipt(better).await.block_number, Some(2));
    assert_eq!(net.provider.get_balance(NOBODY).await.unwrap(), U256::from(10));
}

#[tokio::test]
async fn without_automine_a_block_takes_what_fits_by_tip_and_nonce() {
    let mut config = config();
    config.block_gas_limit = 60_000;
    let net = Net::with(config);
    net.ask::<_, Value>("anvil_setAutomine", (false,)).await;
    let tip = |nonce: u64, tip: u128| TxEip1559 { max_priority_fee_per_gas: tip, ..transfer(nonce, NOBODY, 1) };
    let low = net.send(&sign(&key(1), tip(0, 1))).await;
    let low_next = net.send(&sign(&key(1), tip(1, 9))).await;
    let high = net.send(&sign(&key(2), tip(0, 5))).await;
    assert_eq!(net.provider.get_transaction_count(key(1).address()).pending().await.unwrap(), 2);
    assert_eq!(net.provider.get_transaction_count(key(1).address()).await.unwrap(), 0);
    net.ask::<_, Value>("evm_mine", ()).await;
    let place = async |hash| {
        let receipt = net.provider.get_transaction_receipt(hash).await.unwrap();
        receipt.map(|receipt| (receipt.block_number.unwrap(), receipt.transaction_index.unwrap()))
    };
    assert_eq!((place(high).await, place(low).await, place(low_next).await), (Some((1, 0)), Some((1, 1)), None));
    assert_eq!(net.receipt(low).await.inner.cumulative_gas_used(), 42_000);
    net.ask::<_, Value>("anvil_mine", ()).await;
    assert_eq!(place(low_next).await, Some((2, 0)));
    let block = net.provider.get_block_by_number(BlockNumberOrTag::Number(1)).await.unwrap().unwrap();
    assert_eq!(block.header.gas_used, 42_000);
    assert_eq!(block.transactions.hashes().collect::<Vec<_>>(), [high, low]);
}

#[tokio::test]
async fn legacy_and_access_list_transactions_are_taken_blobs_are_not() {
    let net = Net::memory();
    let wallet = alloy::network::EthereumWallet::from(key(1));
    let request = |nonce| {
        alloy::rpc::types::TransactionRequest::default()
            .with_to(NOBODY)
            .with_nonce(nonce)
            .with_gas_limit(30_000)
            .with_chain_id(31_337)
            .with_value(U256::from(1))
    };
    let raw = async |request: alloy::rpc::types::TransactionRequest| {
        use alloy::network::NetworkTransactionBuilder;
        Bytes::from(request.build(&wallet).await.unwrap().encoded_2718())
    };
    let legacy = net.mined(&raw(request(0).with_gas_price(3_000_000_000)).await).await;
    assert_eq!((legacy.effective_gas_price, legacy.transaction_type() as u8), (3_000_000_000, 0));
    let listed = request(1).with_gas_price(3_000_000_000).with_access_list(Vec::new().into());
    assert_eq!(net.mined(&raw(listed).await).await.transaction_type() as u8, 1);
    let blobs = TxEip4844 {
        chain_id: 31_337,
        nonce: 2,
        gas_limit: 30_000,
        max_fee_per_gas: 3_000_000_000,
        max_fee_per_blob_gas: 1,
        to: NOBODY,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let signature = key(1).sign_hash_sync(&blobs.signature_hash()).unwrap();
    let blobs = TxEnvelope::from(blobs.into_signed(signature)).encoded_2718();
    assert_eq!(net.send_refused(&blobs.into()).await, "transaction type not supported");
}
