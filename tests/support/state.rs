//! The accounts of two chains, compared.
//!
//! Twice over: what each account has is asked from anvil by JSON-RPC, account by account and slot by slot, and anvil's own
//! dump of its state is held against the list, so that an account or slot that only one of them has is found as well.

use std::{collections::BTreeMap, io::Read};

use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use tminus_chain::{embedded::AccountState, rpc::Rpc};

/// Accounts that only anvil has, with the reason.
const ONLY_ON_ANVIL: &[(Address, &str)] = &[(
    address!("0000F90827F1C53a10cb7A02335B175320002935"),
    "EIP-2935: anvil keeps past block hashes in this contract, the embedded chain makes no system calls",
)];

/// Questions in one JSON-RPC batch.
const BATCH: usize = 500;

/// What was compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accounts: u64,
    pub contracts: u64,
    pub slots: u64,
}

/// Compares; everything that differs, in words.
pub async fn differences(accounts: &[AccountState], anvil: &Rpc) -> (Vec<String>, Tally) {
    let mut found = asked(accounts, anvil).await;
    found.extend(dumped(accounts, anvil).await);
    let tally = Tally {
        accounts: accounts.len() as u64,
        contracts: accounts.iter().filter(|account| !account.code.is_empty()).count() as u64,
        slots: accounts.iter().map(|account| account.storage.len() as u64).sum(),
    };
    (found, tally)
}

/// Asks anvil for everything that the embedded chain has.
async fn asked(accounts: &[AccountState], anvil: &Rpc) -> Vec<String> {
    let mut found = Vec::new();
    let questions: Vec<_> = accounts.iter().map(|account| (account.address, "latest")).collect();
    let nonces: Vec<U256> = batches(anvil, "eth_getTransactionCount", &questions).await;
    let balances: Vec<U256> = batches(anvil, "eth_getBalance", &questions).await;
    let codes: Vec<Bytes> = batches(anvil, "eth_getCode", &questions).await;
    for (i, account) in accounts.iter().enumerate() {
        let mut differs = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                found.push(format!("{what} of {}: {ours} here, {theirs} on anvil", account.address));
            }
        };
        differs("nonce", account.nonce.to_string(), nonces[i].to_string());
        differs("ether", account.balance.to_string(), balances[i].to_string());
        differs("code", account.code.to_string(), codes[i].to_string());
        differs("code hash", account.code_hash.to_string(), keccak256(&codes[i]).to_string());
    }
    let slots = || {
        accounts.iter().flat_map(|account| account.storage.iter().map(|(slot, value)| (account.address, *slot, *value)))
    };
    let questions: Vec<_> = slots().map(|(address, slot, _)| (address, slot, "latest")).collect();
    let values: Vec<B256> = batches(anvil, "eth_getStorageAt", &questions).await;
    for ((address, slot, ours), theirs) in slots().zip(values) {
        if B256::from(ours) != theirs {
            found.push(format!("slot {slot:#x} of {address}: {ours:#x} here, {theirs} on anvil"));
        }
    }
    found
}

async fn batches<P, R>(anvil: &Rpc, method: &'static str, questions: &[P]) -> Vec<R>
where
    P: alloy::rpc::json_rpc::RpcSend + Clone,
    R: alloy::rpc::json_rpc::RpcRecv,
{
    let mut answers = Vec::with_capacity(questions.len());
    for part in questions.chunks(BATCH) {
        answers.extend(anvil.batch::<P, R>(method, part.to_vec()).await.unwrap());
    }
    assert_eq!(answers.len(), questions.len());
    answers
}

#[derive(Debug, Deserialize)]
struct Dump {
    accounts: BTreeMap<Address, Dumped>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Dumped {
    nonce: u64,
    balance: U256,
    code: Bytes,
    storage: BTreeMap<U256, U256>,
}

/// Holds anvil's dump against the list, both ways.
async fn dumped(accounts: &[AccountState], anvil: &Rpc) -> Vec<String> {
    let packed: Bytes = anvil.request("anvil_dumpState", ()).await.unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_ref()).read_to_string(&mut text).unwrap();
    let mut theirs = serde_json::from_str::<Dump>(&text).unwrap().accounts;
    // anvil also dumps what it only looked at; an account with nothing in it does not exist (EIP-161)
    theirs.retain(|_, dumped| *dumped != Dumped::default());
    let mut found = Vec::new();
    for account in accounts {
        let ours = Dumped {
            nonce: account.nonce,
            balance: account.balance,
            code: account.code.clone(),
            storage: account.storage.iter().copied().collect(),
        };
        match theirs.remove(&account.address) {
            None => found.push(format!("{} is not in anvil's dump", account.address)),
            Some(mut dumped) => {
                dumped.storage.retain(|_, value| !value.is_zero());
                if ours != dumped {
                    found.push(format!("{} in anvil's dump: {ours:?} here, {dumped:?} there", account.address));
                }
            }
        }
    }
    let unknown = theirs.iter().filter(|(address, _)| !ONLY_ON_ANVIL.iter().any(|(known, _)| known == *address));
    found.extend(unknown.map(|(address, dumped)| format!("only anvil has {address}: {dumped:?}")));
    found
}

/// Changes one thing on anvil.
pub async fn alter(anvil: &Rpc, method: &'static str, parameters: Value) {
    let _: Value = anvil.request(method, parameters).await.unwrap();
}
