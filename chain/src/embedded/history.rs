//! The state as it was: what each block changed, and the overlay that takes the changes back.
//!
//! Every block keeps, packed, the old value of all it changed ([`Undo`]). The state after block *n* is the present state with
//! the old values of blocks *n+1..* laid over it, the earliest change of a place winning ([`Past`]). Changes made from
//! outside between two blocks (`anvil_setBalance`) belong to the block before them: they are seen from that height on.
//!
//! A slot that was zero before is stored by its key alone: airdrops write little else.

use alloy::primitives::{
    Address, U256,
    map::{AddressMap, U256Map},
};

use super::state::{Diff, Head};

/// The old values of what one block changed.
#[derive(Debug, Default)]
pub(super) struct Undo(Box<[AccountUndo]>);

#[derive(Debug)]
struct AccountUndo {
    address: Address,
    before: Option<Head>,
    /// Slots that were zero, sorted.
    fresh: Box<[U256]>,
    /// Other slots with their old values, sorted.
    changed: Box<[(U256, U256)]>,
}

impl From<&Diff> for Undo {
    fn from(diff: &Diff) -> Self {
        let pack = |account: &super::state::AccountDiff| {
            let slots = || account.slots.iter().map(|(slot, before, _)| (*slot, *before));
            AccountUndo {
                address: account.address,
                before: account.before.clone(),
                fresh: slots().filter(|(_, before)| before.is_zero()).map(|(slot, _)| slot).collect(),
                changed: slots().filter(|(_, before)| !before.is_zero()).collect(),
            }
        };
        Self(diff.0.iter().map(pack).collect())
    }
}

/// The old values of several blocks, by place.
#[derive(Debug, Default)]
pub(super) struct Past {
    accounts: AddressMap<PastAccount>,
}

#[derive(Debug)]
struct PastAccount {
    before: Option<Head>,
    slots: U256Map<U256>,
}

impl Past {
    /// Adds the block that follows the ones already in.
    pub(super) fn extend(&mut self, undo: &Undo) {
        for account in &undo.0 {
            let past = self
                .accounts
                .entry(account.address)
                .or_insert_with(|| PastAccount { before: account.before.clone(), slots: U256Map::default() });
            past.slots.reserve(account.fresh.len() + account.changed.len());
            for slot in &account.fresh {
                past.slots.entry(*slot).or_insert(U256::ZERO);
            }
            for (slot, before) in &account.changed {
                past.slots.entry(*slot).or_insert(*before);
            }
        }
    }

    /// Packs it again: the undo record of all that was added.
    pub(super) fn pack(self) -> Undo {
        let pack = |(address, account): (Address, PastAccount)| {
            let mut slots: Vec<_> = account.slots.into_iter().collect();
            slots.sort_unstable();
            let (fresh, changed): (Vec<_>, Vec<_>) = slots.into_iter().partition(|slot| slot.1.is_zero());
            AccountUndo {
                address,
                before: account.before,
                fresh: fresh.into_iter().map(|slot| slot.0).collect(),
                changed: changed.into_boxed_slice(),
            }
        };
        Undo(self.accounts.into_iter().map(pack).collect())
    }

    /// The account as it was, when it changed since; `Some(None)`: it did not exist.
    pub(super) fn head(&self, address: &Address) -> Option<Option<&Head>> {
        self.accounts.get(address).map(|account| account.before.as_ref())
    }

    /// The slot as it was, when it changed since.
    pub(super) fn slot(&self, address: &Address, slot: &U256) -> Option<U256> {
        self.accounts.get(address).and_then(|account| account.slots.get(slot)).copied()
    }
}

impl Undo {
    fn account(&self, address: &Address) -> Option<&AccountUndo> {
        self.0.iter().find(|account| account.address == *address)
    }

    /// The account as it was before this block, when the block changed it; `Some(None)`: it did not exist.
    pub(super) fn head(&self, address: &Address) -> Option<Option<&Head>> {
        self.account(address).map(|account| account.before.as_ref())
    }

    /// The slot as it was before this block, when the block changed it.
    pub(super) fn slot(&self, address: &Address, slot: &U256) -> Option<U256> {
        let account = self.account(address)?;
        if account.fresh.binary_search(slot).is_ok() {
            return Some(U256::ZERO);
        }
        account.changed.binary_search_by_key(slot, |entry| entry.0).ok().map(|i| account.changed[i].1)
    }

    /// The record of this block and of changes made after it.
    pub(super) fn with(&self, later: &Diff) -> Self {
        let mut past = Past::default();
        past.extend(self);
        past.extend(&Self::from(later));
        past.pack()
    }
}
