//! All accounts at once.
//!
//! JSON-RPC answers questions about accounts one knows of; comparing a chain with another takes the list of them. This is a
//! copy of the present state, sorted, and as large as it: for tests and tools, not for a loop.

use alloy::primitives::{Address, B256, Bytes, U256, map::U256Map};

use super::{EmbeddedChain, state::Head};

/// An account as it is after the latest block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Whose.
    pub address: Address,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Ether, wei.
    pub balance: U256,
    /// keccak256 of the code; that of nothing for an account without code.
    pub code_hash: B256,
    /// The code; empty for an account without.
    pub code: Bytes,
    /// Slots that are not zero with their values, sorted.
    pub storage: Vec<(U256, U256)>,
}

impl EmbeddedChain {
    /// Every account that exists after the latest block, sorted by address.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountState> {
        let world = self.node.world();
        let copy = |(address, head, slots): (&Address, &Head, &U256Map<U256>)| {
            let mut storage: Vec<_> = slots.iter().map(|(slot, value)| (*slot, *value)).collect();
            storage.sort_unstable();
            AccountState {
                address: *address,
                nonce: head.nonce,
                balance: head.balance,
                code_hash: head.code_hash,
                code: head.code.as_ref().map(|code| code.original_bytes()).unwrap_or_default(),
                storage,
            }
        };
        let mut accounts: Vec<_> = world.state.accounts().map(copy).collect();
        accounts.sort_unstable_by_key(|account| account.address);
        accounts
    }
}
