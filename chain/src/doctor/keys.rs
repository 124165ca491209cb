//! The account of a key, what it has, and keys that lie about in the environment.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
};

use super::found;
use crate::{
    evidence::Finding,
    rpc::{Rpc, RpcError},
    signer::account::examine,
    units::format_amount,
};

/// Gas of a transaction as a balance is counted in: a large call, a tenth of what Osaka allows.
const GAS: u64 = 1_600_000;
/// Fewer such transactions than this are too few to begin with.
const ENOUGH: u64 = 10;
/// Parts of names under which keys and passwords are found in environments.
const TELLING: [&str; 7] =
    ["PRIVATE_KEY", "PRIVKEY", "SECRET_KEY", "MNEMONIC", "SEED_PHRASE", "KEYSTORE_PASSWORD", "ETH_PASSWORD"];

/// Whether the key that was asked for could be opened: the account that signs with it, or why not, and whether asking again
/// may help.
#[must_use]
pub fn loaded(key: Result<Address, (String, bool)>) -> Finding {
    let seen = match key {
        Ok(address) => Ok((true, format!("the key of {address}"))),
        // a signer that gave no answer may still be a good one
        Err((words, true)) => Err(words),
        Err((words, false)) => Ok((false, words)),
    };
    found("key.loads", "", "the key that was given", "a key that signs", seen)
}

/// What kind of account it is.
pub async fn account(rpc: &Rpc, address: Address, allow_delegated: bool) -> Finding {
    let seen = examine(rpc, address).await;
    let seen = seen.map(|kind| (kind.admit(address, allow_delegated).is_ok(), kind.to_string()));
    found("key.account", &address.to_string(), "eth_getCode(latest)", "an account of a key and nothing else", seen)
}

/// What it has, and for how many transactions that lasts at what gas costs now.
pub async fn balance(rpc: &Rpc, address: Address) -> Finding {
    let expected = format!("enough for {ENOUGH} transactions of {GAS} gas");
    let seen = lasting(rpc, address).await;
    found("key.balance", &address.to_string(), "eth_getBalance(latest), the base fee", expected, seen)
}

async fn lasting(rpc: &Rpc, address: Address) -> Result<(bool, String), RpcError> {
    let has = rpc.balance(address, BlockId::latest()).await?;
    let base = rpc.block(BlockNumberOrTag::Latest).await?.base_fee;
    // a chain that charges nothing lasts for ever
    let each = U256::from(base).saturating_mul(U256::from(GAS)).max(U256::ONE);
    let lasts = has / each;
    let (ether, gwei) = (format_amount(has, 18), format_amount(U256::from(base), 9));
    let words = format!("{ether} ether, which lasts for {lasts} transactions of {GAS} gas at {gwei} gwei");
    Ok((lasts >= U256::from(ENOUGH), words))
}

/// Whether a variable of the environment looks like a key or a password; `variables` are names and whether they are set.
/// Values are not looked at.
#[must_use]
pub fn environment(variables: impl IntoIterator<Item = String>) -> Finding {
    let telling = |name: &String| TELLING.iter().any(|part| name.to_ascii_uppercase().contains(part));
    let mut names: Vec<_> = variables.into_iter().filter(telling).collect();
    names.sort();
    let seen = if names.is_empty() { (true, "none".to_owned()) } else { (false, names.join(", ")) };
    found::<RpcError>("key.environment", "", "the names of environment variables", "no key and no password", Ok(seen))
}
