use alloy::{
    consensus::TxEip1559,
    primitives::{TxKind, address},
};

use super::*;
use crate::{
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    outbox::{fees::Fees, fees::Market},
    signer::Signers,
};

const SIGNER: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

fn chain(folder: &std::path::Path) -> EmbeddedChain {
    let config = EmbeddedConfig {
        chain_id: 31337,
        first_block: 0,
        genesis_timestamp: 1_524_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 64,
        funded: vec![(SIGNER, U256::from(10u128.pow(24)))],
    };
    EmbeddedChain::open(folder, config).unwrap()
}

async fn send(rpc: &Rpc, nonce: u64, to: TxKind, max_fee: u128) -> B256 {
    let tx = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: max_fee,
        max_priority_fee_per_gas: 1,
        to,
        value: U256::from(nonce),
        access_list: Default::default(),
        input: Bytes::new(),
    };
    let signed = Signers::dev(31337, 1).unwrap().sign(SIGNER, tx).await.unwrap();
    rpc.request("eth_sendRawTransaction", (signed.raw,)).await.unwrap()
}

async fn mine(rpc: &Rpc, blocks: u64) {
    let _: Value = rpc.request("anvil_mine", (U64::from(blocks),)).await.unwrap();
}

#[tokio::test]
async fn every_use_of_a_nonce_is_found_with_its_bytes_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain(&folder.path().join("chain"));
    let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
    let mut hashes = Vec::new();
    for nonce in 0..23 {
        hashes.push(send(&rpc, nonce, TxKind::Call(Address::repeat_byte(7)), 10u128.pow(12)).await);
        mine(&rpc, [0, 0, 1, 7, 0, 90][nonce as usize % 6]).await;
    }
    let top = rpc.block(alloy::eips::BlockNumberOrTag::Latest).await.unwrap().number;
    for range in [0..23, 5..6, 22..23, 0..1, 3..17, 9..9] {
        let found = search(&rpc, SIGNER, range.clone(), top).await.unwrap();
        assert_eq!(found.ends_at, None);
        let nonces: Vec<u64> = found.used.iter().map(|used| used.nonce).collect();
        assert_eq!(nonces, range.collect::<Vec<_>>());
        for used in found.used {
            let by = used.by.unwrap();
            assert_eq!(by.hash, hashes[used.nonce as usize]);
            assert_eq!(keccak256(by.raw.unwrap()), by.hash);
            assert_eq!((by.payload.value, by.max_fee, by.tip), (U256::from(used.nonce), 10u128.pow(12), 1));
            assert_eq!(by.payload.target, Some(Address::repeat_byte(7)));
            let receipt: Value = rpc.request("eth_getTransactionReceipt", (by.hash,)).await.unwrap();
            assert_eq!(receipt["blockHash"], serde_json::json!(used.block_hash));
        }
    }
}

fn payload(byte: u8) -> Payload {
    Payload {
        target: Some(Address::repeat_byte(byte)),
        value: U256::ONE,
        data_hash: B256::repeat_byte(byte),
        data_bytes: 4,
    }
}

fn offer(key: &str) -> Fees {
    Market { base_fee: 1_000_000_000, tip: 1 }.tagged_offer(u128::MAX, Tag::of_text(key)).unwrap()
}

#[test]
fn kin_is_what_has_the_same_payload_mark_and_planned_nonce() {
    let fee = offer("a").max_fee;
    let like = |nonce| Likeness { key: "a", payload: payload(1), nonce };
    let of = |nonce, seen: &Payload, fee| kinship(&like(nonce), SIGNER, 7, seen, fee);
    assert_eq!(of(None, &payload(1), fee), Kinship::Same);
    assert_eq!(of(Some(7), &payload(1), fee), Kinship::Same);
    assert_eq!(of(Some(8), &payload(1), fee), Kinship::None, "planned for another nonce");
    assert_eq!(of(None, &payload(2), fee), Kinship::None, "another payload");
    assert_eq!(of(None, &payload(1), offer("b").max_fee), Kinship::None, "the same payment under another key");
    assert_eq!(of(None, &Payload { value: U256::ZERO, ..payload(1) }, fee), Kinship::None);
    assert_eq!(of(None, &Payload { target: None, ..payload(1) }, fee), Kinship::None);
    let nothing = void(SIGNER);
    assert_eq!(of(Some(7), &nothing, fee), Kinship::Cancels);
    assert_eq!(of(Some(8), &nothing, fee), Kinship::None);
    assert_eq!(of(None, &nothing, fee), Kinship::None, "what was never given a nonce cannot have been cancelled at it");
    assert_eq!(of(Some(7), &nothing, offer("b").max_fee), Kinship::None);
}

#[test]
fn an_operator_reads_what_happened() {
    let found = Found {
        hash: B256::repeat_byte(9),
        payload: payload(2),
        selector: Some(Selector::from([1, 2, 3, 4])),
        max_fee: 1,
        tip: 1,
        gas: 21_000,
        raw: None,
    };
    let used = |by| Used { nonce: 4, block_number: 12, block_hash: B256::ZERO, by };
    let words = in_words(&used(Some(found.clone())), SIGNER);
    for part in ["nonce 4", "block 12", &found.hash.to_string(), "0x01020304", &Address::repeat_byte(2).to_string()] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let nothing = Found { payload: void(SIGNER), selector: None, ..found };
    assert!(in_words(&used(Some(nothing)), SIGNER).contains("does nothing"));
    assert!(in_words(&used(None), SIGNER).contains("EIP-7702"));
}
