//! What to do next with one intent: a pure function of what the journal remembers and what the chain shows.
//!
//! The rules, in the order they are applied to an intent without a stored receipt:
//! 1. A receipt of any of its transactions settles everything else: it is mined.
//! 2. Its nonce is used on the final chain and none of its transactions has a receipt: somebody else's transaction may have
//!    taken the nonce for good. Only now, and only with proof, may the intent get another one.
//! 3. Its nonce is used, but not finally: nothing is sent, the receipt may be late or the block may go.
//! 4. It shall be cancelled and its newest transaction still does what was wanted: replace that by one that does nothing. Which
//!    of them was mined decides how it ends; the cancelling one is raised and sent again as any other.
//! 5. The endpoint said it pays too little, or it has waited long enough and is next in line or below the market: raise the
//!    fees, if a legal raise fits under the limit; if none does, keep what is out alive.
//! 6. Whether an endpoint has it is not known, or it has been quiet for long: send the same bytes again.
//!
//! And to one with a receipt: final when its block is at or under `finalized` and the hash at that height is still its own;
//! with another hash there, the receipt is forgotten and looked for anew.

use std::time::Duration;

use alloy::primitives::B256;

use super::{
    classify::Answer,
    fees::{Fees, Market},
    tag::Tag,
};
use crate::ledger::AttemptKind;

/// What the journal and this process remember of an intent without a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its nonce.
    pub nonce: u64,
    /// Its mark.
    pub tag: Tag,
    /// Whether it is being cancelled.
    pub cancel: Cancel,
    /// What its newest transaction offers.
    pub offered: Fees,
    /// Since when that one exists.
    pub age: Duration,
    /// Time since this process sent it last, and the answer; `None` if it never did.
    pub last_send: Option<(Duration, Answer)>,
}

/// Whether an intent is being cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It is to be done.
    No,
    /// It is not to be done any more, and its newest transaction still does it.
    Wanted,
    /// Its newest transaction does nothing but use the nonce.
    Signed,
}

impl Cancel {
    /// That of an intent that shall be cancelled or not, by what its newest transaction is for.
    #[must_use]
    pub fn of(wanted: bool, newest: AttemptKind) -> Self {
        match (wanted, newest) {
            (false, _) => Self::No,
            (true, AttemptKind::Call) => Self::Wanted,
            (true, AttemptKind::Cancel) => Self::Signed,
        }
    }
}

/// What the chain shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Whether one of its transactions has a receipt.
    pub has_receipt: bool,
    /// Transactions of the signer as of the latest block.
    pub latest_nonce: u64,
    /// The same as of the finalized block, where it was asked.
    pub final_nonce: Option<u64>,
    /// Fees at the moment, where they were asked.
    pub market: Option<Market>,
}

/// Patience and limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Time without a receipt after which fees are raised.
    pub bump_after: Duration,
    /// Time between two sends of the same bytes whose fate is unknown.
    pub resend_after: Duration,
    /// Most wei a gas.
    pub max_fee: u128,
}

/// What to do with an intent without a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Store the receipt.
    Mined,
    /// Its nonce is used for good; find out by whom, and if it was a stranger give it up.
    Displaced,
    /// Its nonce is used; only finality tells by whom.
    AwaitFinality,
    /// Sign and journal a replacement with these fees, then send it.
    Bump(Fees),
    /// Sign and journal a transaction of the same nonce that does nothing, with these fees, then send it.
    Cancel(Fees),
    /// It shall be cancelled, but no legal replacement fits under the limit: nothing is sent, least of all what is unwanted.
    CancelAtLimit,
    /// Send the newest bytes again.
    Resend {
        /// Whether fees should be raised but no legal raise fits under the limit.
        at_limit: bool,
    },
    /// Nothing for now.
    Wait,
}

/// Decides about an intent without a stored receipt.
#[must_use]
pub fn pending_step(memory: &Pending, sight: &Sight, policy: &Policy) -> Step {
    if sight.has_receipt {
        return Step::Mined;
    }
    if sight.final_nonce.is_some_and(|nonce| nonce > memory.nonce) {
        return Step::Displaced;
    }
    if sight.latest_nonce > memory.nonce {
        return Step::AwaitFinality;
    }
    if memory.cancel == Cancel::Wanted {
        let raised = memory.offered.tagged_raise(sight.market.as_ref(), policy.max_fee, memory.tag);
        return raised.map_or(Step::CancelAtLimit, Step::Cancel);
    }
    let quiet_for = memory.last_send.map(|(since, _)| since);
    let quiet = quiet_for.is_none_or(|since| since >= policy.resend_after);
    if wants_raise(memory, sight, policy) {
        return match memory.offered.tagged_raise(sight.market.as_ref(), policy.max_fee, memory.tag) {
            Some(fees) => Step::Bump(fees),
            None if quiet => Step::Resend { at_limit: true },
            None => Step::Wait,
        };
    }
    match memory.last_send {
        None => Step::Resend { at_limit: false },
        Some((_, Answer::Accepted)) if quiet_for.is_some_and(|since| since < policy.bump_after) => Step::Wait,
        Some(_) if quiet => Step::Resend { at_limit: false },
        Some(_) => Step::Wait,
    }
}

fn wants_raise(memory: &Pending, sight: &Sight, policy: &Policy) -> bool {
    match memory.last_send {
        Some((_, Answer::ReplacementUnderpriced | Answer::Underpriced)) => true,
        // before this process has sent the newest bytes once, there is nothing to outbid
        None => false,
        Some(_) if memory.age < policy.bump_after => false,
        Some((_, Answer::Accepted)) => {
            let next_in_line = sight.latest_nonce == memory.nonce;
            let below_market = sight
                .market
                .and_then(|market| market.offer(policy.max_fee))
                .is_some_and(|usual| usual.max_fee > memory.offered.max_fee || usual.tip > memory.offered.tip);
            next_in_line || below_market
        }
        Some(_) => false,
    }
}

/// What to do with an intent that has a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinedStep {
    /// Not final yet.
    Wait,
    /// Final, and executed.
    Finalize,
    /// Final, and reverted.
    FinalRevert,
    /// Final, and it was the cancelling transaction that was mined.
    FinalCancel,
    /// Its block is not where it was: look for the receipt anew; without one it is pending again.
    LookAgain,
}

/// What was mined for an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// What was wanted.
    Done,
    /// What was wanted, and it reverted.
    Reverted,
    /// The transaction that cancels it; how that one executed does not matter.
    Cancelled,
}

/// Decides about an intent with a receipt in the block `(height, hash)`, where the chain has `hash_there` at that height.
#[must_use]
pub fn mined_step(block: (u64, B256), effect: Effect, finalized: u64, hash_there: Option<B256>) -> MinedStep {
    match hash_there {
        Some(hash) if hash == block.1 && block.0 <= finalized => match effect {
            Effect::Done => MinedStep::Finalize,
            Effect::Reverted => MinedStep::FinalRevert,
            Effect::Cancelled => MinedStep::FinalCancel,
        },
        Some(hash) if hash == block.1 => MinedStep::Wait,
        Some(_) => MinedStep::LookAgain,
        // the chain may be shorter for a moment, or the answer missing: only another hash is proof
        None => MinedStep::Wait,
    }
}

#[cfg(test)]
mod tests;
