//! How a MerkleMine stands, from the chain alone: is it that of the file, was it started, who has generated.
//!
//! Who has generated is asked of the state, account by account, many in a call, all at one block: events may be pruned, and
//! a balance may have been added to. Of a large file a part may be asked, evenly spread; the rest is then unknown and is
//! not guessed at.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
};
use serde::Serialize;
use tminus_chain::rpc::{BlockRef, RpcError};
use tminus_contracts::bindings::MerkleMine as abi;

use super::{AccountTree, Accounts, Facts, Mine, RECORD_BYTES};
use crate::{recipients::ENTRY_BYTES, scanner::answers};

/// How a MerkleMine stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The contract.
    pub mine: Address,
    /// What it holds for ever.
    pub facts: Facts,
    /// In what it is otherwise than it has to be for the file; empty when it is the right one and can pay.
    pub differences: Vec<String>,
    /// The block of everything below.
    pub block: BlockRef,
    /// Whether generation was started.
    pub started: bool,
    /// Its own tokens, base units.
    pub balance: U256,
    /// Accounts that were asked about.
    pub asked: u64,
    /// Of those, accounts whose allocation was generated.
    pub generated: u64,
    /// What somebody else than the recipient would get in the next block, base units; `None` while others may not generate.
    pub callers_part: Option<U256>,
}

/// Reads how a MerkleMine stands; of all accounts, or of `sample` of them.
///
/// # Errors
/// [`RpcError`]; also from an endpoint without state overrides.
pub async fn status(
    mine: &Mine,
    accounts: &Accounts,
    tree: &AccountTree,
    sample: Option<usize>,
) -> Result<Status, RpcError> {
    let facts = mine.facts().await?;
    let block = mine.rpc().block(BlockNumberOrTag::Latest).await?;
    let at = BlockId::number(block.number);
    let started = mine.started(at).await?;
    let balance = mine.balance(facts.token, at).await?;
    let words = words(accounts, sample.unwrap_or(usize::MAX));
    let done = answers::<abi::generatedCall>(mine.rpc(), mine.address(), &words, at).await?;
    let (asked, generated) = (done.len() as u64, done.iter().filter(|done| !done.is_zero()).count() as u64);
    let next = block.number.saturating_add(1);
    let callers_part = if next < facts.callers_from { None } else { Some(mine.callers_part(next, at).await?) };
    let mut differences = facts.differences(tree.root(), accounts.len() as u64);
    // what is left to generate is known only when everybody was asked
    let open = U256::from(facts.recipients.saturating_sub(generated)) * facts.allocation;
    if started && asked == facts.recipients && balance < open {
        differences.push(format!("funds: the contract holds {balance} base units, {open} are left to generate"));
    }
    Ok(Status { mine: mine.address(), facts, differences, block, started, balance, asked, generated, callers_part })
}

/// `most` accounts, evenly spread over the file, as the words the scanner takes.
fn words(accounts: &Accounts, most: usize) -> Vec<u8> {
    let count = accounts.len().min(most);
    let mut words = vec![0; count * ENTRY_BYTES];
    for (part, word) in words.as_chunks_mut::<ENTRY_BYTES>().0.iter_mut().enumerate() {
        let index = (part as u128 * accounts.len() as u128 / count as u128) as usize;
        word[..RECORD_BYTES].copy_from_slice(&accounts.records()[index]);
    }
    words
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;
    use crate::mine::sample;

    #[test]
    fn a_part_of_the_file_is_spread_over_it() {
        let accounts = sample(NonZero::new(10).unwrap(), 1);
        let of = |most: usize| -> Vec<usize> {
            let words = words(&accounts, most);
            let found = words.as_chunks::<ENTRY_BYTES>().0.iter();
            found.map(|word| accounts.position(Address::from_slice(&word[..20])).unwrap()).collect()
        };
        assert_eq!(of(3), [0, 3, 6]);
        assert_eq!(of(1), [0]);
        assert_eq!(of(10), (0..10).collect::<Vec<_>>());
        assert_eq!(of(usize::MAX), (0..10).collect::<Vec<_>>());
    }
}
