//! Accounts with keys, by name.

use alloy::{
    primitives::{Address, keccak256},
    signers::local::PrivateKeySigner,
};

/// The key of a name.
pub fn key(name: &str) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256(name)).unwrap()
}

/// The account of a name.
pub fn account(name: &str) -> Address {
    key(name).address()
}

/// The accounts `name 1` to `name count`.
pub fn accounts(name: &str, count: usize) -> Vec<Address> {
    (1..=count).map(|i| account(&format!("{name} {i}"))).collect()
}
