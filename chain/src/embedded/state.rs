//! The accounts of the chain as they are now, in plain maps.
//!
//! Execution reads the state by shared reference; what it changed is first worked out as a [`Diff`] against the state, also
//! by shared reference, and only applying a finished diff needs the state to itself. A diff knows both the old and the new
//! values, so the same object gives the block's digest, the record that undoes it, and the update.
//!
//! There is no Merkle-Patricia trie: computing one for each block would cost more than executing it. Headers carry a chained
//! digest of all diffs in its place (see [`Diff::chain`]), which pins the state just as well but proves nothing to others.

use std::convert::Infallible;

use alloy::primitives::{
    Address, B256, U256, keccak256,
    map::{AddressMap, U256Map},
};
use revm::{
    precompile::crypto,
    primitives::KECCAK_EMPTY,
    state::{AccountInfo, Bytecode, EvmState},
};

/// An account without its storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) balance: U256,
    pub(super) nonce: u64,
    pub(super) code_hash: B256,
    /// `None` for accounts without code.
    pub(super) code: Option<Bytecode>,
}

impl Default for Head {
    fn default() -> Self {
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK_EMPTY, code: None }
    }
}

impl Head {
    /// As revm reads it; the code goes along, it is a shared pointer.
    pub(super) fn info(&self) -> AccountInfo {
        let code = self.code.clone().unwrap_or_default();
        AccountInfo::new(self.balance, self.nonce, self.code_hash, code)
    }

    fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.nonce == 0 && self.code.is_none()
    }
}

#[derive(Debug, Default)]
struct Account {
    head: Head,
    storage: U256Map<U256>,
}

/// All accounts.
#[derive(Debug, Default)]
pub(super) struct State {
    accounts: AddressMap<Account>,
}

/// One account's part of a diff.
#[derive(Debug)]
pub(super) struct AccountDiff {
    pub(super) address: Address,
    /// `None`: it did not exist.
    pub(super) before: Option<Head>,
    /// `None`: it is gone, storage included.
    pub(super) after: Option<Head>,
    /// Slot, value before, value after; each slot once, sorted, only real changes.
    pub(super) slots: Vec<(U256, U256, U256)>,
}

/// What a transaction or an outside hand changed, sorted by address; only real changes.
#[derive(Debug, Default)]
pub(super) struct Diff(pub(super) Vec<AccountDiff>);

impl State {
    pub(super) fn head(&self, address: &Address) -> Option<&Head> {
        self.accounts.get(address).map(|account| &account.head)
    }

    pub(super) fn slot(&self, address: &Address, slot: &U256) -> U256 {
        self.accounts.get(address).and_then(|account| account.storage.get(slot)).copied().unwrap_or_default()
    }

    /// Every account with its storage, in no order.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (&Address, &Head, &U256Map<U256>)> {
        self.accounts.iter().map(|(address, account)| (address, &account.head, &account.storage))
    }

    pub(super) fn nonce(&self, address: &Address) -> u64 {
        self.head(address).map_or(0, |head| head.nonce)
    }

    pub(super) fn balance(&self, address: &Address) -> U256 {
        self.head(address).map_or(U256::ZERO, |head| head.balance)
    }

    /// What one transaction changed. Empty touched accounts are removed (EIP-161).
    pub(super) fn diff(&self, changes: EvmState) -> Diff {
        let mut accounts = Vec::with_capacity(changes.len());
        for (address, changed) in changes {
            if !changed.is_touched() {
                continue;
            }
            let account = self.accounts.get(&address);
            let before = account.map(|account| account.head.clone());
            let code = changed.info.code.clone().filter(|code| !code.is_empty());
            let code_hash = if changed.info.code_hash.is_zero() { KECCAK_EMPTY } else { changed.info.code_hash };
            // revm hands code back only where it was loaded or created; unchanged code keeps its pointer
            let code = code.or_else(|| {
                before.as_ref().filter(|head| head.code_hash == code_hash).and_then(|head| head.code.clone())
            });
            let head = Head { balance: changed.info.balance, nonce: changed.info.nonce, code_hash, code };
            let gone = changed.status.contains(revm::state::AccountStatus::SelfDestructed) || head.is_empty();
            let mut slots: Vec<(U256, U256, U256)> = Vec::new();
            if !gone {
                slots.reserve(changed.storage.len());
                // the original value is the one before this transaction: it was read from here
                let real = changed.changed_storage_slots();
                slots.extend(real.map(|(key, value)| (*key, value.original_value(), value.present_value())));
            }
            if let Some(account) = account
                && (gone || changed.status.contains(revm::state::AccountStatus::Created))
            {
                let cleared = account.storage.iter().filter(|(key, _)| gone || !changed.storage.contains_key(*key));
                slots.extend(cleared.map(|(key, was)| (*key, *was, U256::ZERO)));
            }
            let after = (!gone).then_some(head);
            if before == after && slots.is_empty() {
                continue;
            }
            slots.sort_unstable_by_key(|slot| slot.0);
            accounts.push(AccountDiff { address, before, after, slots });
        }
        accounts.sort_unstable_by_key(|account| account.address);
        Diff(accounts)
    }

    /// The diff that gives one account another head.
    pub(super) fn diff_head(&self, address: Address, change: impl FnOnce(&mut Head)) -> Diff {
        let before = self.head(&address).cloned();
        let mut after = before.clone().unwrap_or_default();
        change(&mut after);
        if before.as_ref() == Some(&after) {
            return Diff::default();
        }
        Diff(vec![AccountDiff { address, before, after: Some(after), slots: Vec::new() }])
    }

    /// The diff that gives one slot another value.
    pub(super) fn diff_slot(&self, address: Address, slot: U256, value: U256) -> Diff {
        let before = self.head(&address).cloned();
        let was = self.slot(&address, &slot);
        if was == value {
            return Diff::default();
        }
        let after = Some(before.clone().unwrap_or_default());
        Diff(vec![AccountDiff { address, before, after, slots: vec![(slot, was, value)] }])
    }

    /// Takes a finished diff over.
    pub(super) fn apply(&mut self, diff: &Diff) {
        for change in &diff.0 {
            let Some(head) = &change.after else {
                self.accounts.remove(&change.address);
                continue;
            };
            let account = self.accounts.entry(change.address).or_default();
            account.head = head.clone();
            account.storage.reserve(change.slots.len());
            for (slot, _, value) in &change.slots {
                if value.is_zero() {
                    account.storage.remove(slot);
                } else {
                    account.storage.insert(*slot, *value);
                }
            }
        }
    }

    /// Takes a diff back that was applied last.
    pub(super) fn undo(&mut self, diff: Diff) {
        let back = diff.0.into_iter().map(|change| AccountDiff {
            address: change.address,
            before: change.after,
            after: change.before,
            slots: change.slots.into_iter().map(|(slot, before, after)| (slot, after, before)).collect(),
        });
        self.apply(&Diff(back.collect()));
    }

    /// A digest of every account with code: address, nonce, code hash and storage, in order.
    pub(super) fn digest(&self) -> B256 {
        let mut contracts: Vec<_> = self.accounts.iter().filter(|(_, account)| account.head.code.is_some()).collect();
        contracts.sort_unstable_by_key(|(address, _)| **address);
        let mut bytes = Vec::new();
        for (address, account) in contracts {
            bytes.extend_from_slice(address.as_slice());
            bytes.extend_from_slice(&account.head.nonce.to_be_bytes());
            bytes.extend_from_slice(account.head.code_hash.as_slice());
            bytes.extend_from_slice(storage_digest(&account.storage).as_slice());
        }
        keccak256(bytes)
    }
}

fn storage_digest(storage: &U256Map<U256>) -> B256 {
    let mut slots: Vec<_> = storage.iter().collect();
    slots.sort_unstable();
    let mut bytes = Vec::with_capacity(slots.len() * 64);
    for (slot, value) in slots {
        bytes.extend_from_slice(&slot.to_be_bytes::<32>());
        bytes.extend_from_slice(&value.to_be_bytes::<32>());
    }
    keccak256(bytes)
}

impl Diff {
    /// The next link of the chained digest that stands for the state root: SHA-256 of the previous link and this diff. Not
    /// keccak, because it is not the real root anyway and processors have instructions for this one.
    pub(super) fn chain(&self, previous: B256) -> B256 {
        let slots: usize = self.0.iter().map(|account| account.slots.len()).sum();
        let mut bytes = Vec::with_capacity(32 + self.0.len() * 96 + slots * 64);
        bytes.extend_from_slice(previous.as_slice());
        for account in &self.0 {
            bytes.extend_from_slice(account.address.as_slice());
            if let Some(head) = &account.after {
                bytes.extend_from_slice(&head.balance.to_be_bytes::<32>());
                bytes.extend_from_slice(&head.nonce.to_be_bytes());
                bytes.extend_from_slice(head.code_hash.as_slice());
            }
            bytes.extend_from_slice(&(account.slots.len() as u64).to_be_bytes());
            for (slot, _, value) in &account.slots {
                bytes.extend_from_slice(&slot.to_be_bytes::<32>());
                bytes.extend_from_slice(&value.to_be_bytes::<32>());
            }
        }
        B256::from(crypto().sha256(&bytes))
    }
}

/// Reading accounts cannot fail: everything is in memory.
pub(super) type Never = Infallible;
