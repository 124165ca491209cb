//! Looking at the embedded chain: now, then and if; and the hands that change it from outside.

mod embedded_common;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U256, address, bytes},
    providers::Provider,
    rpc::types::{
        BlockOverrides, TransactionRequest,
        state::{AccountOverride, StateOverride},
    },
};
use embedded_common::*;
use serde_json::{Value, json};
use tminus_chain::{dev::Dev, rpc::Rpc};

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");
/// Returns the word the opcode before it left on the stack.
const RETURN_WORD: &[u8] = &[0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3];

fn load(contract: Address, slot: u64) -> TransactionRequest {
    TransactionRequest::default().to(contract).input(Bytes::from(word(slot)).into())
}

fn number(data: &Bytes) -> u64 {
    U256::from_be_slice(data).to()
}

fn code_override(code: Bytes) -> StateOverride {
    StateOverride::from_iter([(NOBODY, AccountOverride { code: Some(code), ..AccountOverride::default() })])
}

#[tokio::test]
async fn every_past_height_is_read_as_it_was() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    // slot 1 counts up, slot 100 + nonce is written once, slot 2 comes and goes
    for nonce in 1..=40u64 {
        net.send(&sign(&key(1), store(nonce, contract, 1, nonce))).await;
        net.send(&sign(&key(2), store(2 * (nonce - 1), contract, 100 + nonce, 7))).await;
        net.send(&sign(&key(2), store(2 * (nonce - 1) + 1, contract, 2, nonce % 2))).await;
    }
    let balances = async |height: u64| net.provider.get_balance(key(1).address()).number(height).await.unwrap();
    let head = net.height().await;
    assert_eq!(head, 121);
    // back and forth, so that overlays are made, used again, dropped and extended while the chain grows
    for (grown, round) in (0..).zip([40u64, 0, 39, 1, 20, 20, 3, 38, 40, 0]) {
        let height = 1 + 3 * round;
        let at = BlockId::number(height);
        let slot =
            async |slot: u64| net.provider.get_storage_at(contract, U256::from(slot)).block_id(at).await.unwrap();
        assert_eq!(slot(1).await, U256::from(round));
        assert_eq!(slot(100 + round).await, U256::from(if round == 0 { 0 } else { 7 }));
        assert_eq!(slot(101 + round).await, U256::ZERO);
        assert_eq!(slot(2).await, U256::from(round % 2));
        assert_eq!(number(&net.provider.call(load(contract, 1)).block(at).await.unwrap()), round);
        let nonce = net.provider.get_transaction_count(key(1).address()).block_id(at).await.unwrap();
        assert_eq!(nonce, 1 + round);
        assert!(round == 0 || balances(height).await < balances(height - 3).await);
        let hash = net.provider.get_block_by_number(height.into()).await.unwrap().unwrap().header.hash;
        let call = net.provider.call(load(contract, 1)).block(hash.into());
        assert_eq!(number(&call.await.unwrap()), round);
        net.send(&sign(&key(1), store(41 + grown, contract, 1, 1_000 + grown))).await;
    }
    assert_eq!(net.provider.get_code_at(contract).number(0).await.unwrap(), Bytes::new());
    assert_eq!(net.provider.get_code_at(contract).number(1).await.unwrap(), Bytes::from(RUNTIME));
    assert_eq!(net.provider.get_balance(key(1).address()).number(0).await.unwrap(), U256::from(1_000 * ETHER));
}

#[tokio::test]
async fn a_change_from_outside_counts_from_the_latest_block_on() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    net.ask::<_, Value>("anvil_mine", ("0x14",)).await;
    let slot = async |height: u64| net.provider.get_storage_at(contract, U256::ONE).number(height).await.unwrap();
    assert_eq!((slot(21).await, slot(5).await), (U256::ZERO, U256::ZERO));
    assert!(net.ask::<_, bool>("anvil_setStorageAt", (contract, "0x1", B256::with_last_byte(3))).await);
    net.ask::<_, Value>("anvil_setBalance", (NOBODY, "0x64")).await;
    net.ask::<_, Value>("anvil_mine", ("0x14",)).await;
    assert_eq!((slot(20).await, slot(21).await, slot(22).await), (U256::ZERO, U256::from(3), U256::from(3)));
    assert_eq!(slot(5).await, U256::ZERO);
    assert_eq!(net.provider.get_balance(NOBODY).number(20).await.unwrap(), U256::ZERO);
    assert_eq!(net.provider.get_balance(NOBODY).number(21).await.unwrap(), U256::from(100));
}

#[tokio::test]
async fn calls_take_overrides() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    net.mined(&sign(&key(1), store(1, contract, 1, 5))).await;
    let with = |account: AccountOverride| StateOverride::from_iter([(contract, account)]);
    let slot = |value: u8| Some([(B256::with_last_byte(2), B256::with_last_byte(value))].into_iter().collect());
    let ask = async |slot: u64, account: AccountOverride| {
        number(&net.provider.call(load(contract, slot)).overrides(with(account)).await.unwrap())
    };
    let diff = AccountOverride { state_diff: slot(9), ..AccountOverride::default() };
    assert_eq!((ask(1, diff.clone()).await, ask(2, diff).await), (5, 9));
    let whole = AccountOverride { state: slot(8), ..AccountOverride::default() };
    assert_eq!((ask(1, whole.clone()).await, ask(2, whole).await), (0, 8));
    let balance_code = Bytes::from([&[0x47], RETURN_WORD].concat());
    let rich =
        AccountOverride { balance: Some(U256::from(77)), code: Some(balance_code), ..AccountOverride::default() };
    assert_eq!(ask(0, rich).await, 77);
    // the nonce of a creating account names the created one
    let create = bytes!("5f5f5ff0");
    let creating = |nonce| AccountOverride {
        nonce: Some(nonce),
        code: Some([&create[..], RETURN_WORD].concat().into()),
        ..AccountOverride::default()
    };
    let created = net.provider.call(load(contract, 0)).overrides(with(creating(50))).await.unwrap();
    assert_eq!(Address::from_slice(&created[12..]), contract.create(50));
    let both = json!({ contract.to_string(): { "state": {}, "stateDiff": {} } });
    let (code, message) = net.refused("eth_call", (json!({ "to": contract }), "latest", both)).await;
    assert_eq!(code, -32000);
    assert!(message.ends_with("has both 'state' and 'stateDiff'"), "{message}");
}

#[tokio::test]
async fn calls_see_their_block() {
    let net = Net::memory();
    net.ask::<_, Value>("anvil_mine", ("0x5",)).await;
    let run = async |code: &[u8], block: BlockId, overrides: BlockOverrides| {
        let code = Bytes::from([code, RETURN_WORD].concat());
        let call = net.provider.call(TransactionRequest::default().to(NOBODY)).block(block);
        call.overrides(code_override(code)).with_block_overrides(overrides).await.unwrap()
    };
    let latest = BlockId::latest();
    let (timestamp, height, base_fee) = ([0x42], [0x43], [0x48]);
    let none = BlockOverrides::default;
    assert_eq!(number(&run(&timestamp, latest, none()).await), GENESIS_TIME + 5 * BLOCK_TIME);
    assert_eq!(number(&run(&timestamp, BlockId::number(2), none()).await), GENESIS_TIME + 2 * BLOCK_TIME);
    assert_eq!(number(&run(&timestamp, BlockId::pending(), none()).await), GENESIS_TIME + 6 * BLOCK_TIME);
    assert_eq!(
        (number(&run(&height, latest, none()).await), number(&run(&height, BlockId::pending(), none()).await)),
        (5, 6)
    );
    // without a price nothing is paid, so the base fee is nothing
    assert_eq!(number(&run(&base_fee, latest, none()).await), 0);
    let hash = net.provider.get_block_by_number(4.into()).await.unwrap().unwrap().header.hash;
    assert_eq!(B256::from_slice(&run(&[0x60, 4, 0x40], latest, none()).await), hash);
    let time = BlockOverrides { time: Some(99), ..none() };
    assert_eq!(number(&run(&timestamp, latest, time).await), 99);
}

#[tokio::test]
async fn an_estimate_is_enough_and_hardly_more() {
    let net = Net::memory();
    let sender = key(1).address();
    let estimate = async |request: TransactionRequest| net.provider.estimate_gas(request).await.unwrap();
    assert_eq!(estimate(TransactionRequest::default().from(sender).to(NOBODY).value(U256::ONE)).await, 21_000);
    let contract = net.deploy(&key(1), 0).await;
    let request = TransactionRequest::default().from(sender).to(contract).input(store_data(1, 2).into());
    let gas = estimate(request).await;
    let mut transaction = store(1, contract, 1, 2);
    transaction.gas_limit = gas;
    let receipt = net.mined(&sign(&key(1), transaction)).await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, gas);
    // clearing a slot gives gas back only afterwards: more has to be allowed than is used
    let request = TransactionRequest::default().from(sender).to(contract).input(store_data(1, 0).into());
    let gas = estimate(request).await;
    let mut transaction = store(2, contract, 1, 0);
    transaction.gas_limit = gas;
    let receipt = net.mined(&sign(&key(1), transaction)).await;
    assert!(receipt.status());
    assert!(receipt.gas_used < gas && gas * 100 < receipt.gas_used * 130, "{gas} for {}", receipt.gas_used);
    let (code, message) = net.refused("eth_estimateGas", (json!({ "to": contract, "data": "0x01" }),)).await;
    assert_eq!((code, message.as_str()), (3, "execution reverted"));
    let endless = json!({ NOBODY.to_string(): { "code": "0x5b5f56" } });
    let (_, message) = net.refused("eth_estimateGas", (json!({ "to": NOBODY }), "latest", endless)).await;
    assert_eq!(message, "gas required exceeds allowance (16777216)");
}

#[tokio::test]
async fn a_revert_reason_is_told() {
    let net = Net::memory();
    // Error("no"), out of the calldata
    let reason = bytes!(
        "08c379a0"
        "0000000000000000000000000000000000000000000000000000000000000020"
        "0000000000000000000000000000000000000000000000000000000000000002"
        "6e6f000000000000000000000000000000000000000000000000000000000000"
    );
    let revert_calldata = bytes!("365f5f37365ffd");
    let request = TransactionRequest::default().to(NOBODY).input(reason.clone().into());
    let error = net.provider.call(request).overrides(code_override(revert_calldata)).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!((payload.code, payload.message.as_ref()), (3, "execution reverted: no"));
    assert_eq!(payload.as_revert_data(), Some(reason));
}

#[tokio::test]
async fn accounts_are_impersonated_while_it_lasts() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    net.ask::<_, Value>("anvil_setBalance", (contract, U256::from(ETHER))).await;
    // a contract as sender: EIP-3607 would forbid it
    let request = json!({ "from": contract, "to": NOBODY, "value": "0x5" });
    assert_eq!(net.refused("eth_sendTransaction", (&request,)).await.1, "unknown account");
    net.ask::<_, Value>("anvil_impersonateAccount", (contract,)).await;
    let hash: B256 = net.ask("eth_sendTransaction", (&request,)).await;
    let receipt = net.receipt(hash).await;
    assert!(receipt.status());
    assert_eq!((receipt.from, receipt.gas_used), (contract, 21_000));
    assert_eq!(net.provider.get_balance(NOBODY).await.unwrap(), U256::from(5));
    assert_eq!(net.provider.get_transaction_by_hash(hash).await.unwrap().unwrap().inner.signer(), contract);
    net.ask::<_, Value>("anvil_stopImpersonatingAccount", (contract,)).await;
    assert_eq!(net.refused("eth_sendTransaction", (&request,)).await.1, "unknown account");
    net.ask::<_, Value>("anvil_autoImpersonateAccount", (true,)).await;
    let again: B256 = net.ask("eth_sendTransaction", (&request,)).await;
    assert_ne!(again, hash);
    assert!(net.receipt(again).await.status());
}

#[tokio::test]
async fn time_moves_only_when_told() {
    let net = Net::memory();
    let latest =
        async || net.provider.get_block_by_number(BlockNumberOrTag::Latest).await.unwrap().unwrap().header.timestamp;
    net.ask::<_, Value>("evm_setNextBlockTimestamp", (GENESIS_TIME + 777,)).await;
    net.ask::<_, Value>("evm_mine", ()).await;
    assert_eq!(latest().await, GENESIS_TIME + 777);
    net.ask::<_, Value>("anvil_mine", ("0x1",)).await;
    assert_eq!(latest().await, GENESIS_TIME + 777 + BLOCK_TIME);
    net.ask::<_, Value>("evm_increaseTime", ("0x64",)).await;
    net.ask::<_, Value>("anvil_mine", ("0x3", "0x64")).await;
    assert_eq!(latest().await, GENESIS_TIME + 777 + 2 * BLOCK_TIME + 300);
    let (code, _) = net.refused("evm_setNextBlockTimestamp", (GENESIS_TIME,)).await;
    assert_eq!(code, -32602);
    net.ask::<_, Value>("evm_mine", (json!({ "timestamp": GENESIS_TIME + 9_999, "blocks": 2 }),)).await;
    assert_eq!(latest().await, GENESIS_TIME + 9_999 + BLOCK_TIME);
}

#[tokio::test]
async fn it_is_a_development_chain() {
    let net = Net::memory();
    let rpc = Rpc::over(net.chain.client(), "embedded").await.unwrap();
    let dev = Dev::attach(&rpc).await.unwrap();
    let contract = net.deploy(&key(1), 0).await;
    dev.set_balance(NOBODY, U256::from(ETHER)).await.unwrap();
    dev.set_next_timestamp(GENESIS_TIME + 500).await.unwrap();
    dev.send_as(NOBODY, contract, store_data(4, 2)).await.unwrap();
    dev.mine(2).await.unwrap();
    assert_eq!(net.provider.get_storage_at(contract, U256::from(4)).await.unwrap(), U256::from(2));
    let block = rpc.block(BlockNumberOrTag::Latest).await.unwrap();
    assert_eq!((block.number, block.timestamp), (4, GENESIS_TIME + 500 + 2 * BLOCK_TIME));
    assert_eq!(rpc.last_block_before(GENESIS_TIME + 500).await.unwrap().unwrap().number, 1);
    assert!(matches!(rpc.call(None, contract, Bytes::new(), BlockId::latest()).await, Err(e) if e.is_revert()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_while_blocks_are_made_see_whole_blocks() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    let raws: Vec<Bytes> = (1..=60).map(|nonce| sign(&key(1), store(nonce, contract, 1, nonce))).collect();
    let provider = net.provider.clone();
    let reader = tokio::spawn(async move {
        let mut last = 0;
        while last < 60 {
            let height = provider.get_block_number().await.unwrap();
            let value = number(&provider.call(load(contract, 1)).block(BlockId::number(height)).await.unwrap());
            // block n + 1 stored n
            assert_eq!(value, height - 1);
            assert!(value >= last);
            last = value;
        }
    });
    for raw in &raws {
        net.send(raw).await;
    }
    reader.await.unwrap();
}
