//! Taking a stored chain up by its own configuration, and listing its accounts.

mod embedded_common;

use alloy::primitives::{Address, U256, address, keccak256};
use embedded_common::*;
use tminus_chain::embedded::{EmbeddedChain, EmbeddedError};

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

#[tokio::test]
async fn a_stored_chain_is_taken_up_without_knowing_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    let net = Net::at(&file);
    net.mined(&sign(&key(1), transfer(0, NOBODY, 5))).await;
    let accounts = net.chain.accounts();
    assert!(matches!(EmbeddedChain::reopen(&file), Err(EmbeddedError::Locked { .. })));
    drop(net);
    assert_eq!(EmbeddedChain::reopen(&file).unwrap().accounts(), accounts);
}

#[test]
fn a_chain_that_is_not_there_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    assert!(matches!(EmbeddedChain::reopen(&file), Err(EmbeddedError::Io { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn accounts_are_listed_with_all_they_have() {
    let net = Net::memory();
    let contract = net.deploy(&key(1), 0).await;
    net.mined(&sign(&key(2), transfer(0, NOBODY, 5))).await;
    net.ask::<_, bool>("anvil_setStorageAt", (contract, U256::from(9), U256::from(1))).await;
    net.ask::<_, bool>("anvil_setStorageAt", (contract, U256::from(7), U256::from(2))).await;
    let accounts = net.chain.accounts();
    assert!(accounts.is_sorted_by_key(|account| account.address));
    let of = |address| accounts.iter().find(|account| account.address == address).unwrap();
    assert_eq!((of(NOBODY).balance, of(NOBODY).nonce, of(NOBODY).code.len()), (U256::from(5), 0, 0));
    assert_eq!(of(NOBODY).code_hash, keccak256([]));
    assert_eq!((of(contract).nonce, of(contract).code.as_ref()), (1, RUNTIME.as_slice()));
    assert_eq!(of(contract).code_hash, keccak256(RUNTIME));
    assert_eq!(of(contract).storage, [(U256::from(7), U256::from(2)), (U256::from(9), U256::from(1))]);
    assert_eq!(of(key(1).address()).nonce, 1);
    // two senders, the contract, the receiver, and the coinbase with its tips
    assert_eq!(accounts.len(), 5);
}
