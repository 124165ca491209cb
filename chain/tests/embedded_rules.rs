//! The rules of the forks and of EIP-1559, against their texts.

mod embedded_common;

use alloy::{
    consensus::TxEip1559,
    eips::BlockNumberOrTag,
    primitives::{Address, B256, Bytes, U256, address, hex},
    providers::Provider,
    rpc::types::{
        TransactionRequest,
        state::{AccountOverride, StateOverride},
    },
};
use embedded_common::*;
use proptest::prelude::*;
use serde_json::Value;
use tminus_chain::gas::Fork;

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

/// The base fee of a block, as the text of EIP-1559 computes it, in wide integers.
fn eip_1559(parent_base_fee: u64, gas_used: u64, gas_limit: u64) -> u64 {
    let [base_fee, used, target] = [parent_base_fee, gas_used, gas_limit / 2].map(i128::from);
    let delta = if used > target {
        (base_fee * (used - target) / target / 8).max(1)
    } else {
        -(base_fee * (target - used) / target / 8)
    };
    u64::try_from(base_fee + delta).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Blocks of every fullness: the calldata of a transfer decides how much gas it uses.
    #[test]
    fn the_base_fee_follows_eip_1559(
        base_fee in prop_oneof![Just(0u64), 1u64..20, 1_000_000u64..50_000_000_000],
        gas_limit in 1_000_000u64..3_000_000,
        sizes in prop::collection::vec(0usize..60_000, 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut config = config();
            config.base_fee = base_fee;
            config.block_gas_limit = gas_limit;
            let net = Net::with(config);
            for (nonce, size) in (0..).zip(sizes) {
                let size = size.min((gas_limit as usize - 21_000) / 40);
                let transaction = TxEip1559 {
                    input: Bytes::from(vec![1; size]),
                    gas_limit,
                    max_fee_per_gas: 1_000_000_000_000,
                    ..transfer(nonce, NOBODY, 1)
                };
                net.mined(&sign(&key(1), transaction)).await;
            }
            let mut parent = net.provider.get_block_by_number(0.into()).await.unwrap().unwrap().header;
            for number in 1..=net.height().await {
                let block = net.provider.get_block_by_number(number.into()).await.unwrap().unwrap().header;
                let expected = eip_1559(parent.base_fee_per_gas.unwrap(), parent.gas_used, parent.gas_limit);
                assert_eq!(block.base_fee_per_gas, Some(expected));
                assert_eq!(block.parent_hash, parent.hash);
                assert_eq!(block.timestamp, parent.timestamp + BLOCK_TIME);
                parent = block;
            }
        });
    }
}

fn at(fork: Fork) -> Net {
    let mut config = config();
    config.fork = fork;
    Net::with(config)
}

#[tokio::test]
async fn the_cap_of_a_transaction_is_osakas() {
    let large = sign(&key(1), TxEip1559 { gas_limit: (1 << 24) + 1, ..transfer(0, NOBODY, 1) });
    assert_eq!(at(Fork::Prague).mined(&large).await.gas_used, 21_000);
    let message = at(Fork::Osaka).send_refused(&large).await;
    assert!(message.starts_with("transaction gas limit too high"), "{message}");
    // EIP-8037 bounds regular gas instead, so a limit above the cap is for state
    assert!(at(Fork::Amsterdam).mined(&large).await.status());
}

#[tokio::test]
async fn the_floor_of_calldata_is_pragues() {
    let raw = sign(&key(1), TxEip1559 { input: vec![1; 1_000].into(), gas_limit: 200_000, ..transfer(0, NOBODY, 1) });
    assert_eq!(at(Fork::Cancun).mined(&raw).await.gas_used, 21_000 + 16 * 1_000);
    assert_eq!(at(Fork::Prague).mined(&raw).await.gas_used, 21_000 + 40 * 1_000);
    assert_eq!(at(Fork::Osaka).mined(&raw).await.gas_used, 21_000 + 40 * 1_000);
}

#[tokio::test]
async fn a_forks_opcodes_are_its_own() {
    // CLZ of 1 (EIP-7939), returned
    let code = Bytes::from_static(&[0x60, 1, 0x1e, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
    let account = AccountOverride { code: Some(code), ..AccountOverride::default() };
    let overrides = StateOverride::from_iter([(NOBODY, account)]);
    let run = async |fork| {
        let net = at(fork);
        let call = net.provider.call(TransactionRequest::default().to(NOBODY)).overrides(overrides.clone());
        call.await.map(|data| U256::from_be_slice(&data)).map_err(refusal)
    };
    assert_eq!(run(Fork::Osaka).await, Ok(U256::from(255)));
    assert_eq!(run(Fork::Amsterdam).await, Ok(U256::from(255)));
    assert_eq!(run(Fork::Prague).await.unwrap_err().0, -32000);
}

#[tokio::test]
async fn eip_7702_delegates() {
    use alloy::{
        consensus::{SignableTransaction, TxEip7702, TxEnvelope},
        eips::{Encodable2718, eip7702::Authorization},
        signers::SignerSync,
    };
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    let authorization = Authorization { chain_id: U256::from(31_337), address: contract, nonce: 0 };
    let signature = key(3).sign_hash_sync(&authorization.signature_hash()).unwrap();
    let transaction = TxEip7702 {
        chain_id: 31_337,
        nonce: 1,
        gas_limit: 200_000,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1,
        to: key(3).address(),
        input: store_data(1, 2),
        authorization_list: vec![authorization.into_signed(signature)],
        ..TxEip7702::default()
    };
    let signature = key(1).sign_hash_sync(&transaction.signature_hash()).unwrap();
    let raw: Bytes = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into();
    assert!(net.mined(&raw).await.status());
    assert_eq!(net.provider.get_storage_at(key(3).address(), U256::ONE).await.unwrap(), U256::from(2));
    let code = net.provider.get_code_at(key(3).address()).await.unwrap();
    assert_eq!(code, Bytes::from([&[0xef, 0x01, 0x00], contract.as_slice()].concat()));
}

#[tokio::test]
async fn many_blocks_are_made_at_once() {
    let net = Net::memory();
    net.ask::<_, Value>("anvil_mine", (5_000,)).await;
    let block = net.provider.get_block_by_number(BlockNumberOrTag::Latest).await.unwrap().unwrap();
    assert_eq!((block.number(), block.header.timestamp), (5_000, GENESIS_TIME + 5_000 * BLOCK_TIME));
    // eighths of small numbers are nothing: the fee stops falling at 7
    assert_eq!(block.header.base_fee_per_gas, Some(7));
    assert_eq!(net.refused("anvil_mine", (1_000_001,)).await.0, -32602);
}

#[tokio::test]
async fn contracts_see_the_hashes_of_the_last_256_blocks() {
    let net = Net::memory();
    // returns the hash of the block whose number it is called with
    let code = Bytes::from_static(&hex!("5f35405f5260205ff3"));
    net.ask::<_, Value>("anvil_setCode", (NOBODY, code)).await;
    net.ask::<_, Value>("anvil_mine", (600,)).await;
    let hash = async |number: u64| net.provider.get_block_by_number(number.into()).await.unwrap().unwrap().header.hash;
    let seen = async |number: u64, at: BlockNumberOrTag| {
        let data = Bytes::from(U256::from(number).to_be_bytes::<32>());
        let call = net.provider.call(TransactionRequest::default().to(NOBODY).input(data.into()));
        B256::from_slice(&call.block(at.into()).await.unwrap())
    };
    // (where the call runs, the number of its block)
    for (at, own) in [(BlockNumberOrTag::Pending, 601), (BlockNumberOrTag::Latest, 600), (300.into(), 300)] {
        for number in [own - 1, own - 2, own - 128, own - 256] {
            assert_eq!(seen(number, at).await, hash(number).await, "block {number} from {own}");
        }
        for number in [own - 257, own, own + 1] {
            assert_eq!(seen(number, at).await, B256::ZERO, "block {number} from {own}");
        }
    }
}
