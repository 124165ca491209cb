//! The embedded chain through alloy's provider: every method, against values known beforehand.

mod embedded_common;

use alloy::{
    consensus::{Transaction as _, proofs::calculate_transaction_root},
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionResponse,
    primitives::{Address, B256, Bytes, U256, address},
    providers::Provider,
    rpc::types::{Filter, TransactionRequest},
};
use embedded_common::*;
use serde_json::{Value, json};

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

#[tokio::test]
async fn block_zero_is_what_the_configuration_says() {
    let net = Net::memory();
    assert_eq!(net.provider.get_chain_id().await.unwrap(), 31_337);
    assert_eq!(net.ask::<_, String>("net_version", ()).await, "31337");
    assert!(net.provider.get_client_version().await.unwrap().starts_with("tminus/"));
    assert_eq!(net.height().await, 0);
    let block = net.provider.get_block_by_number(BlockNumberOrTag::Earliest).await.unwrap().unwrap();
    assert_eq!(block.header.timestamp, GENESIS_TIME);
    assert_eq!(block.header.base_fee_per_gas, Some(BASE_FEE));
    assert_eq!(block.header.gas_limit, 60_000_000);
    assert_eq!(block.header.inner.hash_slow(), block.header.hash);
    assert_eq!(net.provider.get_balance(key(1).address()).await.unwrap(), U256::from(1_000 * ETHER));
    assert_eq!(net.provider.get_balance(NOBODY).await.unwrap(), U256::ZERO);
}

#[tokio::test]
async fn a_transfer_is_mined_at_once_in_a_block_of_its_own() {
    let net = Net::memory();
    let receipt = net.mined(&sign(&key(1), transfer(0, NOBODY, 5))).await;
    assert!(receipt.status());
    assert_eq!((receipt.gas_used, receipt.block_number, receipt.transaction_index), (21_000, Some(1), Some(0)));
    assert_eq!((receipt.from, receipt.to), (key(1).address(), Some(NOBODY)));
    // an empty parent lowers the base fee by an eighth
    let base_fee = u128::from(BASE_FEE) - u128::from(BASE_FEE) / 8;
    assert_eq!(receipt.effective_gas_price, base_fee + 1_000_000_000);
    assert_eq!(net.provider.get_balance(NOBODY).await.unwrap(), U256::from(5));
    let spent = U256::from(5) + U256::from(21_000 * receipt.effective_gas_price);
    assert_eq!(net.provider.get_balance(key(1).address()).await.unwrap(), U256::from(1_000 * ETHER) - spent);
    let block = net.provider.get_block_by_number(BlockNumberOrTag::Latest).full().await.unwrap().unwrap();
    assert_eq!(block.header.timestamp, GENESIS_TIME + BLOCK_TIME);
    assert_eq!(Some(block.header.hash), receipt.block_hash);
    assert_eq!(block.header.inner.hash_slow(), block.header.hash);
    let transactions = block.transactions.as_transactions().unwrap();
    assert_eq!(transactions[0].tx_hash(), receipt.transaction_hash);
    let envelopes = [transactions[0].inner.inner().clone()];
    assert_eq!(block.header.transactions_root, calculate_transaction_root(&envelopes));
    assert_eq!(net.provider.get_transaction_count(key(1).address()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_contract_is_deployed_called_and_logs() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    assert_eq!(contract, key(1).address().create(0));
    assert_eq!(net.provider.get_code_at(contract).await.unwrap(), Bytes::from(RUNTIME));
    let receipt = net.mined(&sign(&key(1), store(1, contract, 7, 9))).await;
    assert!(receipt.status());
    let logs = receipt.logs();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].address(), contract);
    assert_eq!(logs[0].topics(), [LOG_TOPIC, B256::with_last_byte(7)]);
    assert_eq!(logs[0].data().data, Bytes::from(word(9)));
    assert_eq!(logs[0].log_index, Some(0));
    assert!(receipt.inner.logs_bloom().contains_raw_log(contract, logs[0].topics()));
    assert_eq!(net.provider.get_storage_at(contract, U256::from(7)).await.unwrap(), U256::from(9));
    let call = TransactionRequest::default().to(contract).input(Bytes::from(word(7)).into());
    assert_eq!(net.provider.call(call).await.unwrap(), Bytes::from(word(9)));
}

#[tokio::test]
async fn a_reverting_transaction_is_mined_and_a_reverting_call_is_told() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    let mut transaction = store(1, contract, 0, 0);
    transaction.input = Bytes::from_static(&[1]);
    let receipt = net.mined(&sign(&key(1), transaction)).await;
    assert!(!receipt.status());
    assert!(receipt.logs().is_empty());
    let (code, message) = net.refused("eth_call", (json!({ "to": contract, "data": "0x01" }), "latest")).await;
    assert_eq!((code, message.as_str()), (3, "execution reverted"));
}

#[tokio::test]
async fn transactions_blocks_and_receipts_are_found_by_hash() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    let receipt = net.mined(&sign(&key(1), store(1, contract, 1, 2))).await;
    let found = net.provider.get_transaction_by_hash(receipt.transaction_hash).await.unwrap().unwrap();
    assert_eq!(found.input(), &store_data(1, 2));
    assert_eq!(found.from(), key(1).address());
    assert_eq!(found.block_number, Some(2));
    let block = net.provider.get_block_by_hash(receipt.block_hash.unwrap()).await.unwrap().unwrap();
    assert_eq!(block.number(), 2);
    let receipts = net.provider.get_block_receipts(BlockId::number(2)).await.unwrap().unwrap();
    assert_eq!(receipts, [receipt]);
    assert!(net.provider.get_transaction_by_hash(B256::ZERO).await.unwrap().is_none());
    assert!(net.provider.get_transaction_receipt(B256::ZERO).await.unwrap().is_none());
    assert!(net.provider.get_block_by_hash(B256::ZERO).await.unwrap().is_none());
    assert!(net.provider.get_block_by_number(3.into()).await.unwrap().is_none());
}

#[tokio::test]
async fn safe_and_finalized_lag_behind() {
    let net = Net::memory();
    net.ask::<_, Value>("anvil_mine", ("0xa",)).await;
    let number = async |tag| net.provider.get_block_by_number(tag).await.unwrap().unwrap().number();
    assert_eq!(number(BlockNumberOrTag::Latest).await, 10);
    assert_eq!(number(BlockNumberOrTag::Safe).await, 8);
    assert_eq!(number(BlockNumberOrTag::Finalized).await, 6);
    assert_eq!(number(BlockNumberOrTag::Earliest).await, 0);
}

#[tokio::test]
async fn logs_are_filtered_by_address_topic_and_range() {
    let net = Net::memory();
    let first = net.deploy(&key(1), 0).await;
    let second = net.deploy(&key(1), 1).await;
    for (nonce, contract, slot) in [(2, first, 1), (3, second, 1), (4, first, 2)] {
        net.mined(&sign(&key(1), store(nonce, contract, slot, 5))).await;
    }
    let count = async |filter: Filter| net.provider.get_logs(&filter).await.unwrap().len();
    let all = Filter::new().from_block(0);
    assert_eq!(count(all.clone()).await, 3);
    assert_eq!(count(all.clone().address(first)).await, 2);
    assert_eq!(count(all.clone().address(vec![first, second])).await, 3);
    assert_eq!(count(all.clone().address(NOBODY)).await, 0);
    assert_eq!(count(all.clone().event_signature(LOG_TOPIC)).await, 3);
    assert_eq!(count(all.clone().topic1(B256::with_last_byte(1))).await, 2);
    assert_eq!(count(all.clone().topic1(B256::with_last_byte(1)).address(first)).await, 1);
    assert_eq!(count(all.clone().topic2(B256::ZERO)).await, 0);
    assert_eq!(count(Filter::new().from_block(4).to_block(4)).await, 1);
    assert_eq!(count(Filter::new().from_block(6)).await, 0);
    let block = net.provider.get_block_by_number(5.into()).await.unwrap().unwrap();
    let logs = net.provider.get_logs(&Filter::new().at_block_hash(block.header.hash)).await.unwrap();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].block_hash, Some(block.header.hash));
    assert_eq!(logs[0].block_timestamp, Some(block.header.timestamp));
    let (code, _) = net.refused("eth_getLogs", (json!({ "fromBlock": "0x3", "toBlock": "0x2" }),)).await;
    assert_eq!(code, -32602);
}

#[tokio::test]
async fn fees_are_told() {
    let net = Net::memory();
    for nonce in 0..3 {
        net.mined(&sign(&key(1), transfer(nonce, NOBODY, 1))).await;
    }
    let history = net.provider.get_fee_history(2, BlockNumberOrTag::Latest, &[50.0]).await.unwrap();
    assert_eq!(history.oldest_block, 2);
    assert_eq!((history.base_fee_per_gas.len(), history.gas_used_ratio.len()), (3, 2));
    assert_eq!(history.reward.unwrap(), [[1_000_000_000], [1_000_000_000]]);
    let next = *history.base_fee_per_gas.last().unwrap();
    assert_eq!(net.provider.get_max_priority_fee_per_gas().await.unwrap(), 1_000_000_000);
    assert_eq!(net.provider.get_gas_price().await.unwrap(), next + 1_000_000_000);
    let receipt = net.mined(&sign(&key(1), transfer(3, NOBODY, 1))).await;
    assert_eq!(receipt.effective_gas_price, next + 1_000_000_000);
    let (_, message) = net.refused("eth_feeHistory", ("0x1", "latest", [90.0, 10.0])).await;
    assert_eq!(message, "invalid reward percentile");
}

#[tokio::test]
async fn the_configuration_is_told_as_eip_7910_has_it() {
    let config: Value = Net::memory().ask("eth_config", ()).await;
    assert_eq!(config["current"]["chainId"], "0x7a69");
    assert_eq!(config["current"]["precompiles"]["P256VERIFY"], "0x0000000000000000000000000000000000000100");
    assert_eq!(config["next"], Value::Null);
}

#[tokio::test]
async fn an_unknown_method_is_not_found_and_bad_parameters_are_told() {
    let net = Net::memory();
    assert_eq!(net.refused("eth_subscribe", ("newHeads",)).await.0, -32601);
    assert_eq!(net.refused("evm_snapshot", ()).await.0, -32601);
    assert_eq!(net.refused("eth_getBalance", ("0x12",)).await.0, -32602);
    assert_eq!(net.refused("eth_getBalance", ()).await.0, -32602);
    assert_eq!(net.refused("eth_getBalance", (NOBODY, "0x99")).await, (-32000, "header not found".to_owned()));
}

#[tokio::test]
async fn a_batch_is_answered_in_one_go() {
    let net = Net::memory();
    let client = net.chain.client();
    let mut batch = client.new_batch();
    let number = batch.add_call::<_, String>("eth_blockNumber", &()).unwrap();
    let unknown = batch.add_call::<_, String>("eth_nothing", &()).unwrap();
    let chain = batch.add_call::<_, String>("eth_chainId", &()).unwrap();
    batch.send().await.unwrap();
    assert_eq!(number.await.unwrap(), "0x0");
    assert_eq!(refusal(unknown.await.unwrap_err()).0, -32601);
    assert_eq!(chain.await.unwrap(), "0x7a69");
}
