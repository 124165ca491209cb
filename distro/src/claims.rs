//! Reserved amounts that their recipients claimed, by the contract's events.
//!
//! The amount of a recipient that could not be paid goes where the recipient says, once. The state tells only that it is not
//! reserved any more; where it went is in an event. An event that does not name the list's recipient and amount for its
//! position says nothing.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use alloy::{
    primitives::{Address, U256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use tminus_chain::rpc::RpcError;
use tminus_contracts::bindings::TokenDistributor as abi;

use crate::{distributor::Distributor, recipients::RecipientList};

/// What was claimed for another address than the recipient's own.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Positions whose amount went elsewhere.
    gone: HashSet<usize>,
    /// What each address got of others' amounts, base units.
    received: HashMap<Address, U256>,
}

impl Claims {
    /// Reads the claims in some blocks.
    ///
    /// # Errors
    /// [`RpcError`]; endpoints may refuse so many blocks, or have dropped their logs.
    pub(crate) async fn read(
        distributor: &Distributor,
        list: &RecipientList,
        blocks: RangeInclusive<u64>,
    ) -> Result<Self, RpcError> {
        let filter = Filter::new().address(distributor.address()).event_signature(abi::ReservedClaimed::SIGNATURE_HASH);
        let filter = filter.from_block(*blocks.start()).to_block(*blocks.end());
        let logs: Vec<Log> = distributor.rpc().request("eth_getLogs", (filter,)).await?;
        let mut claims = Self::default();
        for event in logs.iter().filter_map(|log| abi::ReservedClaimed::decode_log_data(log.data()).ok()) {
            let Ok(index) = usize::try_from(event.index) else { continue };
            let listed = list
                .get(index)
                .is_some_and(|entry| (entry.address, U256::from(entry.amount)) == (event.recipient, event.amount));
            if listed && event.to != event.recipient && claims.gone.insert(index) {
                *claims.received.entry(event.to).or_default() += event.amount;
            }
        }
        Ok(claims)
    }

    /// Whether the amount of the recipient at a position went to another address.
    pub(crate) fn went_elsewhere(&self, position: usize) -> bool {
        self.gone.contains(&position)
    }

    /// What an address got of others' amounts, base units.
    pub(crate) fn received(&self, address: Address) -> U256 {
        self.received.get(&address).copied().unwrap_or_default()
    }
}
