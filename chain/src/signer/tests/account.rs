use serde_json::{Value, json};

use super::*;
use crate::{
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    rpc::Rpc,
    signer::account::{AccountKind, examine},
};

const ACCOUNT: Address = address!("00000000000000000000000000000000000000aa");
const DELEGATE: Address = address!("00000000000000000000000000000000000000bb");

fn config() -> EmbeddedConfig {
    EmbeddedConfig {
        chain_id: 31_337,
        first_block: 0,
        genesis_timestamp: 1_700_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 4,
        funded: Vec::new(),
    }
}

#[tokio::test]
async fn the_code_at_an_account_tells_its_kind() {
    let chain = EmbeddedChain::in_memory(config()).unwrap();
    let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
    assert_eq!(examine(&rpc, ACCOUNT).await.unwrap(), AccountKind::Plain);

    let delegation = [&[0xef, 0x01, 0x00], DELEGATE.as_slice()].concat();
    let cases = [
        (delegation.clone(), AccountKind::Delegated(DELEGATE)),
        (vec![0x60, 0x00], AccountKind::Contract(2)),
        (vec![], AccountKind::Plain),
    ];
    for (code, kind) in cases {
        let _: Value = rpc.request("anvil_setCode", json!([ACCOUNT, Bytes::from(code)])).await.unwrap();
        assert_eq!(examine(&rpc, ACCOUNT).await.unwrap(), kind);
    }
    // what only looks like a delegation
    assert_eq!(AccountKind::of(&delegation[..22]), AccountKind::Contract(22));
    assert_eq!(AccountKind::of(&[&delegation[..], &[0]].concat()), AccountKind::Contract(24));
    assert_eq!(AccountKind::of(&delegation[1..]), AccountKind::Contract(22));
}

#[test]
fn only_a_plain_account_signs_without_being_allowed_to() {
    assert_eq!(AccountKind::Plain.admit(ACCOUNT, false).unwrap(), None);
    assert_eq!(AccountKind::Plain.admit(ACCOUNT, true).unwrap(), None);

    let delegated = AccountKind::Delegated(DELEGATE);
    let refused = delegated.admit(ACCOUNT, false).unwrap_err().to_string();
    for words in [&ACCOUNT.to_string(), &DELEGATE.to_string(), "EIP-7702", "nonce", "--allow-delegated"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let told = delegated.admit(ACCOUNT, true).unwrap().unwrap();
    assert!(told.contains(&DELEGATE.to_string()), "{told}");

    for allowed in [false, true] {
        let refused = AccountKind::Contract(9).admit(ACCOUNT, allowed).unwrap_err().to_string();
        assert!(refused.contains("a contract (9 bytes of code)"), "{refused}");
    }
}
