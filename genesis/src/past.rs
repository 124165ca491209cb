//! When something was done, found without asking for everything.
//!
//! Public endpoints refuse logs of long ranges, and many keep no old state. So three ways are tried, from the cheapest:
//!
//! 1. What the journal remembers, if the chain confirms it: the receipt says the same and its block is still the chain's.
//! 2. Binary search over the blocks for the change of state, backwards from the latest in growing steps, so that little old
//!    state is asked for. The transaction found is confirmed by its receipt.
//! 3. Logs in bounded ranges, halved as often as the endpoint refuses.
//!
//! A way without an answer leads to the next; only the last one's failure is a failure. What is not confirmed was not found.

use std::collections::HashMap;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tminus_chain::{
    outbox::Settled,
    rpc::{Rpc, RpcError},
};
use tminus_contracts::bindings::Controller;

use crate::{
    contracts::{Addresses, Contract},
    find::CONCURRENCY,
    steps::Layout,
};

/// Blocks of a question for logs, at most.
const RANGE: u64 = 10_000;
/// Answers in a row after which a range that was halved is doubled again.
const TRUST: u32 = 16;

/// A transaction in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mined {
    pub(crate) number: u64,
    pub(crate) hash: B256,
    pub(crate) transaction: B256,
}

/// What is known of a contract's making.
#[derive(Debug, Clone, Copy)]
enum Created {
    /// That it was made in this transaction, or not at all.
    Known(Option<Mined>),
    /// The endpoint does not have the state of old blocks.
    Unknown,
}

/// Looks for what one deployer has done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past<'a> {
    pub(crate) rpc: &'a Rpc,
    pub(crate) deployer: Address,
    /// What the journal knows; may be empty.
    pub(crate) journal: &'a [Settled],
}

impl Past<'_> {
    /// The transaction that made the Controller of the genesis that began at `base_nonce`; `None` if the chain has none.
    pub(crate) async fn controller(&self, base_nonce: u64) -> Result<Option<Mined>, RpcError> {
        match self.created(base_nonce).await? {
            Created::Known(mined) => Ok(mined),
            Created::Unknown => self.created_by_log(base_nonce).await,
        }
    }

    /// The transactions that made the contracts of a layout, in its order; none for those of which the chain has none.
    ///
    /// Most contracts have no event of their making. Where nothing else tells, the blocks between those of the two that
    /// have one, the token and the GenesisManager, are read once.
    pub(crate) async fn contracts(
        &self,
        layout: &Layout,
        base_nonce: u64,
    ) -> Result<Vec<(Contract, Option<Mined>)>, RpcError> {
        let mut found = Vec::new();
        for (contract, offset) in layout.nonces() {
            let nonce = base_nonce + offset;
            let created = match self.created(nonce).await? {
                Created::Unknown if contract.has_owner_log() => Created::Known(self.created_by_log(nonce).await?),
                other => other,
            };
            found.push((contract, nonce, created));
        }
        let block = |of: Contract| {
            found.iter().find_map(|(contract, _, created)| match created {
                Created::Known(Some(mined)) if *contract == of => Some(mined.number),
                _ => None,
            })
        };
        let sent = match (block(Contract::LivepeerToken), block(Contract::GenesisManager)) {
            (Some(from), Some(to)) if found.iter().any(|(_, _, created)| matches!(created, Created::Unknown)) => {
                self.sent_between(from, to).await?
            }
            _ => HashMap::new(),
        };
        let mut contracts = Vec::new();
        for (contract, nonce, created) in found {
            let mined = match (created, sent.get(&nonce)) {
                (Created::Known(mined), _) => mined,
                (Created::Unknown, Some(transaction)) => self.confirmed(*transaction, |_| true).await?,
                (Created::Unknown, None) => None,
            };
            contracts.push((contract, mined));
        }
        Ok(contracts)
    }

    /// The transaction that made the contract of a nonce, from the journal or by the state of old blocks.
    async fn created(&self, nonce: u64) -> Result<Created, RpcError> {
        let address = self.deployer.create(nonce);
        let is_it = |receipt: &Value| address_of(&receipt["contractAddress"]) == Some(address);
        for settled in self.journal.iter().filter(|settled| settled.created == Some(address)) {
            if let Some(mined) = self.confirmed(settled.tx_hash, is_it).await? {
                return Ok(Created::Known(Some(mined)));
            }
        }
        let latest = self.rpc.block(BlockNumberOrTag::Latest).await?.number;
        if self.rpc.nonce(self.deployer, BlockId::latest()).await? <= nonce {
            return Ok(Created::Known(None));
        }
        let used = async |number| Ok(self.rpc.nonce(self.deployer, BlockId::number(number)).await? > nonce);
        if let Some(number) = first_with(self.rpc.first_number().await?, latest, used).await
            && let Some(transaction) = self.sent_in(number, nonce).await?
        {
            return self.confirmed(transaction, is_it).await.map(Created::Known);
        }
        Ok(Created::Unknown)
    }

    /// The same from the log of its first owner, which it must have.
    async fn created_by_log(&self, nonce: u64) -> Result<Option<Mined>, RpcError> {
        let address = self.deployer.create(nonce);
        let latest = self.rpc.block(BlockNumberOrTag::Latest).await?.number;
        let log = self.backwards(&ownership(address, Address::ZERO, self.deployer), latest).await?;
        let is_it = |receipt: &Value| address_of(&receipt["contractAddress"]) == Some(address);
        match log.and_then(|log| log.transaction_hash) {
            Some(transaction) => self.confirmed(transaction, is_it).await,
            None => Ok(None),
        }
    }

    /// The deployer's transactions of some blocks, by nonce.
    async fn sent_between(&self, from: u64, to: u64) -> Result<HashMap<u64, B256>, RpcError> {
        stream::iter(from..=to)
            .map(|number| self.sent(number))
            .buffered(CONCURRENCY)
            .try_fold(HashMap::new(), async |mut all, sent| {
                all.extend(sent);
                Ok(all)
            })
            .await
    }

    /// The block in which the Controller passed from the deployer to `owner`; `first` is the one that made it.
    pub(crate) async fn handed_over(
        &self,
        addresses: &Addresses,
        owner: Address,
        first: u64,
    ) -> Result<Option<u64>, RpcError> {
        let controller = addresses.controller;
        let filter = ownership(controller, self.deployer, owner);
        let has_it = |receipt: &Value| {
            let logs: Vec<Log> = serde_json::from_value(receipt["logs"].clone()).unwrap_or_default();
            logs.iter().any(|log| {
                log.address() == controller
                    && log.topics()
                        == [
                            Controller::OwnershipTransferred::SIGNATURE_HASH,
                            self.deployer.into_word(),
                            owner.into_word(),
                        ]
            })
        };
        for settled in self.journal.iter().filter(|settled| settled.key.as_str().contains("/controller-owner/")) {
            if let Some(mined) = self.confirmed(settled.tx_hash, has_it).await? {
                return Ok(Some(mined.number));
            }
        }
        let latest = self.rpc.block(BlockNumberOrTag::Latest).await?.number;
        let owned = async |block| self.rpc.view(controller, Controller::ownerCall {}, block).await;
        if owned(BlockId::latest()).await? == self.deployer {
            return Ok(None);
        }
        let passed = async |number| Ok(owned(BlockId::number(number)).await? != self.deployer);
        if let Some(number) = first_with(first, latest, passed).await
            && !self.logs(&filter, number, number).await?.is_empty()
        {
            return Ok(Some(number));
        }
        Ok(self.forwards(&filter, first, latest).await?.and_then(|log| log.block_number))
    }

    /// A transaction of the chain as it is now, if its receipt is what it is taken for.
    async fn confirmed(&self, transaction: B256, is_it: impl Fn(&Value) -> bool) -> Result<Option<Mined>, RpcError> {
        let receipt: Option<Value> = self.rpc.request("eth_getTransactionReceipt", (transaction,)).await?;
        let Some(receipt) = receipt.filter(|receipt| receipt["status"] == "0x1" && is_it(receipt)) else {
            return Ok(None);
        };
        let hash = receipt["blockHash"].as_str().and_then(|hash| hash.parse::<B256>().ok());
        let (Some(number), Some(hash)) = (quantity(&receipt["blockNumber"]), hash) else { return Ok(None) };
        let block = self.rpc.block(BlockNumberOrTag::Number(number)).await?;
        Ok((block.hash == hash).then_some(Mined { number, hash, transaction }))
    }

    /// The deployer's transactions in a block, by nonce.
    async fn sent(&self, number: u64) -> Result<HashMap<u64, B256>, RpcError> {
        let block: Value = self.rpc.request("eth_getBlockByNumber", (BlockNumberOrTag::Number(number), true)).await?;
        let transactions = block["transactions"].as_array().into_iter().flatten();
        let own = transactions.filter(|transaction| address_of(&transaction["from"]) == Some(self.deployer));
        let sent = own.filter_map(|transaction| {
            Some((quantity(&transaction["nonce"])?, transaction["hash"].as_str()?.parse().ok()?))
        });
        Ok(sent.collect())
    }

    /// The deployer's transaction with a nonce, if a block has it.
    async fn sent_in(&self, number: u64, nonce: u64) -> Result<Option<B256>, RpcError> {
        Ok(self.sent(number).await?.remove(&nonce))
    }

    async fn logs(&self, filter: &Filter, from: u64, to: u64) -> Result<Vec<Log>, RpcError> {
        let filter = filter.clone().from_block(from).to_block(to);
        let logs: Vec<Log> = self.rpc.request("eth_getLogs", (filter,)).await?;
        Ok(logs.into_iter().filter(|log| !log.removed && log.block_number.is_some()).collect())
    }

    /// The last log up to a block.
    async fn backwards(&self, filter: &Filter, latest: u64) -> Result<Option<Log>, RpcError> {
        let (mut to, mut range) = (latest, Range::new());
        loop {
            let from = to.saturating_sub(range.blocks - 1);
            match self.logs(filter, from, to).await {
                Ok(logs) => match logs.into_iter().max_by_key(|log| log.block_number) {
                    None if from == 0 => return Ok(None),
                    None => to = from - 1,
                    found => return Ok(found),
                },
                Err(error) => {
                    range.refused(to - from + 1, error)?;
                    continue;
                }
            }
            range.answered();
        }
    }

    /// How many logs there are from one block to another.
    pub(crate) async fn count(&self, filter: &Filter, first: u64, latest: u64) -> Result<u64, RpcError> {
        let (mut from, mut range, mut count) = (first, Range::new(), 0);
        while from <= latest {
            let to = (from + range.blocks - 1).min(latest);
            match self.logs(filter, from, to).await {
                Ok(logs) => {
                    count += logs.len() as u64;
                    from = to + 1;
                    range.answered();
                }
                Err(error) => range.refused(to - from + 1, error)?,
            }
        }
        Ok(count)
    }

    /// The first log from a block on.
    async fn forwards(&self, filter: &Filter, first: u64, latest: u64) -> Result<Option<Log>, RpcError> {
        let (mut from, mut range) = (first, Range::new());
        while from <= latest {
            let to = (from + range.blocks - 1).min(latest);
            match self.logs(filter, from, to).await {
                Ok(logs) => {
                    if let Some(log) = logs.into_iter().min_by_key(|log| log.block_number) {
                        return Ok(Some(log));
                    }
                    from = to + 1;
                    range.answered();
                }
                Err(error) => range.refused(to - from + 1, error)?,
            }
        }
        Ok(None)
    }
}

/// How many blocks an endpoint answers at once, as far as is known.
struct Range {
    blocks: u64,
    answers: u32,
}

impl Range {
    fn new() -> Self {
        Self { blocks: RANGE, answers: 0 }
    }

    fn answered(&mut self) {
        self.answers += 1;
        if self.answers == TRUST {
            *self = Self { blocks: (self.blocks * 2).min(RANGE), answers: 0 };
        }
    }

    /// Asks for half of what was asked; an endpoint that refuses a single block refuses for another reason.
    fn refused(&mut self, asked: u64, error: RpcError) -> Result<(), RpcError> {
        if asked == 1 {
            return Err(error);
        }
        *self = Self { blocks: asked / 2, answers: 0 };
        Ok(())
    }
}

/// The first block from `floor` to `latest` at which something is so that stays so; it is so at the latest. `None` when the
/// endpoint does not know the state of a block that is needed.
async fn first_with(floor: u64, latest: u64, is_so: impl AsyncFn(u64) -> Result<bool, RpcError>) -> Option<u64> {
    let (mut above, mut step) = (latest, 1);
    let mut below = loop {
        if above <= floor {
            return Some(floor);
        }
        let number = above.saturating_sub(step).max(floor);
        if !is_so(number).await.ok()? {
            break number;
        }
        (above, step) = (number, step * 2);
    };
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if is_so(middle).await.ok()? {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}

/// The passing of an owned contract from one account to another.
fn ownership(contract: Address, from: Address, to: Address) -> Filter {
    Filter::new()
        .address(contract)
        .event_signature(Controller::OwnershipTransferred::SIGNATURE_HASH)
        .topic1(from.into_word())
        .topic2(to.into_word())
}

fn quantity(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

fn address_of(value: &Value) -> Option<Address> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn the_first_block_is_found_with_few_questions_near_the_latest() {
        for (floor, latest) in [(0, 1), (0, 1000), (7, 1000), (999, 1000), (1000, 1000)] {
            for first in floor..=latest {
                let (asked, lowest) = (Cell::new(0), Cell::new(latest));
                let found = first_with(floor, latest, async |number| {
                    asked.set(asked.get() + 1);
                    lowest.set(lowest.get().min(number));
                    Ok(number >= first)
                });
                assert_eq!(found.await, Some(first), "{floor} {latest}");
                let depth = latest - first + 1;
                assert!(asked.get() <= 2 * depth.ilog2() + 2, "{asked:?} questions for a depth of {depth}");
                assert!(latest - lowest.get() <= 2 * depth, "{lowest:?} for {first} of {latest}");
            }
        }
    }
}
