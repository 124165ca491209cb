//! Accounts and storage, one state a block, cheap to keep.
//!
//! Maps are cut into shards behind shared pointers. A copy of a state is one pointer; a change copies the shards it touches
//! and no others, so that hundreds of past states of a chain with ten thousand slots cost little.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use revm::{
    DatabaseRef,
    primitives::KECCAK_EMPTY,
    state::{AccountInfo, Bytecode, EvmState},
};

const SHARDS: usize = 64;

/// A map that is cheap to copy.
#[derive(Debug, Clone)]
struct Shards<K, V>(Arc<Vec<Arc<BTreeMap<K, V>>>>);

impl<K: Ord + Clone, V: Clone> Shards<K, V> {
    fn new() -> Self {
        let empty = Arc::new(BTreeMap::new());
        Self(Arc::new(vec![empty; SHARDS]))
    }

    fn get(&self, shard: u8, key: &K) -> Option<&V> {
        self.0[usize::from(shard) % SHARDS].get(key)
    }

    fn shard(&mut self, shard: u8) -> &mut BTreeMap<K, V> {
        Arc::make_mut(&mut Arc::make_mut(&mut self.0)[usize::from(shard) % SHARDS])
    }
}

#[derive(Debug, Clone)]
struct Account {
    balance: U256,
    nonce: u64,
    code: Option<(B256, Bytecode)>,
    storage: Option<Shards<U256, U256>>,
}

impl Account {
    const EMPTY: Self = Self { balance: U256::ZERO, nonce: 0, code: None, storage: None };

    fn info(&self) -> AccountInfo {
        let (hash, code) = self.code.clone().unwrap_or((KECCAK_EMPTY, Bytecode::default()));
        AccountInfo::new(self.balance, self.nonce, hash, code)
    }
}

/// The accounts as of one block.
#[derive(Debug, Clone)]
pub(crate) struct State {
    accounts: Shards<Address, Account>,
    /// Chained digest of everything that was changed; stands for the state root, which would be a trie.
    pub(crate) digest: B256,
}

impl State {
    pub(crate) fn new(salt: u64) -> Self {
        Self { accounts: Shards::new(), digest: keccak256(salt.to_be_bytes()) }
    }

    fn account(&self, address: &Address) -> Option<&Account> {
        self.accounts.get(address[19], address)
    }

    fn account_mut(&mut self, address: Address) -> &mut Account {
        self.accounts.shard(address[19]).entry(address).or_insert(Account::EMPTY)
    }

    pub(crate) fn balance(&self, address: &Address) -> U256 {
        self.account(address).map_or(U256::ZERO, |account| account.balance)
    }

    pub(crate) fn nonce(&self, address: &Address) -> u64 {
        self.account(address).map_or(0, |account| account.nonce)
    }

    pub(crate) fn code(&self, address: &Address) -> Bytes {
        let code = self.account(address).and_then(|account| account.code.as_ref());
        code.map(|(_, code)| code.original_bytes()).unwrap_or_default()
    }

    pub(crate) fn slot(&self, address: &Address, slot: U256) -> U256 {
        let storage = self.account(address).and_then(|account| account.storage.as_ref());
        storage.and_then(|storage| storage.get(slot.byte(0), &slot)).copied().unwrap_or_default()
    }

    pub(crate) fn set_balance(&mut self, address: Address, wei: U256) {
        self.account_mut(address).balance = wei;
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.account_mut(address).nonce = nonce;
    }

    pub(crate) fn set_code(&mut self, address: Address, code: Bytes) {
        let hash = keccak256(&code);
        self.account_mut(address).code = (!code.is_empty()).then(|| (hash, Bytecode::new_raw(code)));
    }

    /// Takes over what a transaction changed.
    pub(crate) fn apply(&mut self, transaction: B256, changes: EvmState) {
        self.digest = keccak256([self.digest, transaction].concat());
        for (address, changed) in changes {
            if !changed.is_touched() {
                continue;
            }
            if changed.is_selfdestructed() || changed.is_empty() {
                self.accounts.shard(address[19]).remove(&address);
                continue;
            }
            let account = self.account_mut(address);
            account.balance = changed.info.balance;
            account.nonce = changed.info.nonce;
            if changed.info.code_hash == KECCAK_EMPTY {
                account.code = None;
            } else if let Some(code) = changed.info.code.clone().filter(|code| !code.is_empty()) {
                account.code = Some((changed.info.code_hash, code));
            }
            for (slot, value) in changed.storage.iter().filter(|(_, value)| value.is_changed()) {
                let shard = account.storage.get_or_insert_with(Shards::new).shard(slot.byte(0));
                if value.present_value.is_zero() {
                    shard.remove(slot);
                } else {
                    shard.insert(*slot, value.present_value);
                }
            }
        }
    }
}

/// A state with the block hashes that execution may ask for.
#[derive(Debug)]
pub(crate) struct Source<'a, F> {
    pub(crate) state: &'a State,
    pub(crate) hash_of: F,
}

impl<F: Fn(u64) -> B256> DatabaseRef for Source<'_, F> {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.state.account(&address).map(Account::info))
    }

    // accounts carry their code, so nothing is ever looked up by its hash
    fn code_by_hash_ref(&self, _: B256) -> Result<Bytecode, Infallible> {
        Ok(Bytecode::default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.state.slot(&address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok((self.hash_of)(number))
    }
}
