//! The embedded chain and anvil, given the same signed transactions: the same gas, logs and state come out.

#[path = "support/anvil.rs"]
#[allow(unreachable_pub, reason = "shared by test binaries")]
mod anvil;
mod embedded_common;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEip7702, TxEnvelope},
    eips::{Encodable2718, eip7702::Authorization},
    primitives::{Address, Bytes, TxKind, U256, address},
    providers::{Provider, RootProvider},
    rpc::client::RpcClient,
    signers::SignerSync,
    sol_types::SolCall,
};
use embedded_common::*;
use tminus_contracts::{
    artifact,
    bindings::LivepeerToken::{mintCall, transferBatchCall},
};

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

/// Deployments, writes, clearings, a revert, an exhaustion, a failed creation, calldata at the floor, a delegation, a
/// selfdestruct, a batch of an airdrop.
fn transactions() -> Vec<Bytes> {
    let owner = key(1).address();
    let (contract, token) = (owner.create(0), owner.create(1));
    let creation = artifact::get("LivepeerToken").unwrap().creation.clone();
    let mint = mintCall { to: owner, amount: U256::from(ETHER) }.abi_encode();
    let entry = |i: u32| [key(1).address().create(i.into()).as_slice(), &[0; 8], &i.to_be_bytes()].concat();
    let batch = transferBatchCall { entries: (1..=64).flat_map(entry).collect::<Vec<_>>().into() }.abi_encode();
    let to = |to: Address, input: Vec<u8>| TxEip1559 { to: to.into(), input: input.into(), ..base(0) };
    let create = |input: Bytes| TxEip1559 { to: TxKind::Create, input, gas_limit: 5_000_000, ..base(0) };
    let plain = vec![
        create(CREATION.into()),
        create(creation),
        store(0, contract, 1, 2),
        store(0, contract, 1, 3),
        store(0, contract, 1, 0),
        to(contract, vec![1]),
        TxEip1559 { gas_limit: 22_000, ..store(0, contract, 9, 9) },
        create([0x5f, 0x5f, 0xfd].into()),
        // creates, pays and destroys itself: to zero, PUSH0 SELFDESTRUCT
        TxEip1559 { value: U256::from(5), ..create([0x5f, 0xff].into()) },
        TxEip1559 { gas_limit: 500_000, ..to(NOBODY, vec![1; 5_000]) },
        TxEip1559 { value: U256::from(7), ..to(NOBODY, Vec::new()) },
        to(token, mint),
        TxEip1559 { gas_limit: 5_000_000, ..to(token, batch) },
    ];
    let number = |(nonce, transaction): (u64, TxEip1559)| sign(&key(1), TxEip1559 { nonce, ..transaction });
    let mut raw: Vec<Bytes> = (0..).zip(plain).map(number).collect();
    let authorization = Authorization { chain_id: U256::from(31_337), address: contract, nonce: 0 };
    let signature = key(3).sign_hash_sync(&authorization.signature_hash()).unwrap();
    let delegating = TxEip7702 {
        chain_id: 31_337,
        nonce: raw.len() as u64,
        gas_limit: 200_000,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1,
        to: key(3).address(),
        input: store_data(1, 2),
        authorization_list: vec![authorization.into_signed(signature)],
        ..TxEip7702::default()
    };
    let signature = key(1).sign_hash_sync(&delegating.signature_hash()).unwrap();
    raw.push(TxEnvelope::from(delegating.into_signed(signature)).encoded_2718().into());
    raw
}

/// What must be equal: status, gas, created account and logs of each receipt.
async fn receipts(provider: &RootProvider, raw: &[Bytes]) -> Vec<String> {
    let mut receipts = Vec::new();
    for raw in raw {
        let receipt = provider.send_raw_transaction(raw).await.unwrap().get_receipt().await.unwrap();
        let logs: Vec<_> = receipt.logs().iter().map(|log| (log.inner.clone(), log.log_index)).collect();
        receipts.push(format!(
            "{} {} {:?} {} {logs:?} {}",
            receipt.status(),
            receipt.gas_used,
            receipt.contract_address,
            receipt.effective_gas_price,
            receipt.inner.logs_bloom()
        ));
    }
    receipts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_comes_out() {
    let base_fee = BASE_FEE.to_string();
    let arguments = ["--hardfork", "osaka", "--gas-limit", "60000000", "--base-fee", &base_fee, "--order", "fifo"];
    let anvil = anvil::spawn(&arguments);
    let other: RootProvider = RootProvider::new(RpcClient::new_http(anvil.url.parse().unwrap()));
    for i in 1..=2 {
        let funded = (key(i).address(), U256::from(1_000 * ETHER));
        let _: serde_json::Value = other.raw_request("anvil_setBalance".into(), funded).await.unwrap();
    }
    // anvil's block 1 keeps the base fee of block 0, which the protocol does not know: it starts one block later
    let _: serde_json::Value = other.raw_request("evm_mine".into(), ()).await.unwrap();
    let first = other.get_block_by_number(1.into()).await.unwrap().unwrap().header.base_fee_per_gas.unwrap();
    let net = Net::with(tminus_chain::embedded::EmbeddedConfig { base_fee: first, ..config() });
    // EIP-7702 gives gas back when the delegating account exists already; anvil takes every account to exist
    let delegating = (key(3).address(), U256::ONE);
    for provider in [&net.provider, &other] {
        let _: serde_json::Value = provider.raw_request("anvil_setBalance".into(), delegating).await.unwrap();
    }
    let raw = transactions();
    let (ours, theirs) = (receipts(&net.provider, &raw).await, receipts(&other, &raw).await);
    for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(ours, theirs, "transaction {i}");
    }
    assert_eq!(ours.iter().filter(|receipt| receipt.starts_with("false")).count(), 3);
    for account in [
        key(1).address(),
        key(1).address().create(0),
        key(1).address().create(8),
        key(3).address(),
        NOBODY,
        Address::ZERO,
    ] {
        let state = async |provider: &RootProvider| {
            let balance = provider.get_balance(account).await.unwrap();
            let nonce = provider.get_transaction_count(account).await.unwrap();
            let slot = provider.get_storage_at(account, U256::ONE).await.unwrap();
            (balance, nonce, slot, provider.get_code_at(account).await.unwrap())
        };
        assert_eq!(state(&net.provider).await, state(&other).await, "{account}");
    }
}
