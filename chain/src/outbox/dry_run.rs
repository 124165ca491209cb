//! What would be sent: everything but journaling, signing and sending.
//!
//! Each intent is looked at against the state of now, in its order: what the journal knows of it, the rules, the `eth_call` and
//! its gas, the fees under the limits, the nonce it would get, and what its signer has left of its balance and of the day. One
//! that needs an earlier one to be mined is said to revert, which is true of now. Nothing is changed anywhere.

use std::collections::{HashMap, hash_map::Entry};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, U256},
};

use super::{
    Inner, Outbox,
    check::{check, within_rules},
    fees::Fees,
    intent::{Intent, IntentKey, OutboxError},
    limits::Wanted,
    policy::{call_in_words, cost},
    reads,
    reserve::signed_day,
    tag::Tag,
};
use crate::ledger::IntentState;

/// What would be done about an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name.
    pub key: IntentKey,
    /// Who would sign.
    pub from: Address,
    /// What it would call, in words.
    pub call: String,
    /// Value, wei.
    pub value: U256,
    /// What would come of it.
    pub verdict: Verdict,
}

/// What would come of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would be signed and sent so.
    Send {
        /// Its nonce.
        nonce: u64,
        /// Its gas limit.
        gas: u64,
        /// What it would offer.
        fees: Fees,
        /// Most it may cost, wei.
        most: U256,
    },
    /// It is signed or done already, and stands so in the journal.
    Known(IntentState),
    /// It would wait, and why.
    Held(String),
    /// It would not be sent, and why.
    Refused(String),
}

impl Outbox {
    /// What would be done about `intents`, in their order, without doing it.
    ///
    /// # Errors
    /// The endpoint, the journal; what is wrong with an intent is its verdict.
    pub async fn dry_run(&self, intents: &[Intent]) -> Result<Vec<Planned>, OutboxError> {
        let inner = &*self.inner;
        let limits = inner.limits();
        inner.same_chain().await?;
        let market = reads::fees(&inner.rpc).await?;
        let time = inner.rpc.block(BlockNumberOrTag::Latest).await?.timestamp;
        let mut purses: HashMap<Address, Purse> = HashMap::new();
        let mut plan = Vec::with_capacity(intents.len());
        for intent in intents {
            let from = intent.from;
            let purse = match purses.entry(from) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(empty) => empty.insert(inner.purse(from, time).await?),
            };
            let proposal = intent.proposal(None);
            let mut planned = Planned {
                key: intent.key.clone(),
                from,
                call: call_in_words(&proposal),
                value: intent.value,
                verdict: Verdict::Held(String::new()),
            };
            let known = inner.ledger.read(|tx| tx.intent(intent.key.as_str()))?;
            planned.verdict = if let Some(row) = known.filter(|row| !row.state.may_restart()) {
                Verdict::Known(row.state)
            } else if let Some(deadline) = intent.deadline.filter(|deadline| time > *deadline) {
                Verdict::Refused(format!("its deadline ({deadline}, chain time) has passed"))
            } else if !inner.signers.holds(from) {
                Verdict::Refused(format!("there is no key for {from} here"))
            } else if let Err(error) = within_rules(intent, &inner.rules) {
                Verdict::Refused(error.to_string())
            } else if let Err(rule) = limits.policy.permits(&proposal) {
                Verdict::Refused(rule.to_string())
            } else {
                match check(inner.rpc.clone(), intent.clone(), inner.rules, inner.config.clone()).await {
                    Ok(checked) => match limits.policy.permits(&intent.proposal(Some(checked.gas))) {
                        Err(rule) => Verdict::Refused(rule.to_string()),
                        Ok(()) => {
                            let spent = purse.spent;
                            let wanted =
                                Wanted { tag: Tag::of(&intent.key), gas: checked.gas, value: intent.value, spent };
                            match limits.offer(&market, &wanted) {
                                Err(hold) => Verdict::Held(hold.words),
                                Ok(fees) => purse.take(intent, checked.gas, fees),
                            }
                        }
                    },
                    Err(OutboxError::Halted(words)) => Verdict::Held(words),
                    Err(error @ OutboxError::Rpc(_)) => return Err(error),
                    Err(error) => Verdict::Refused(error.to_string()),
                }
            };
            plan.push(planned);
        }
        Ok(plan)
    }
}

/// What a signer has left.
#[derive(Debug)]
struct Purse {
    next: u64,
    left: U256,
    spent: U256,
}

impl Purse {
    fn take(&mut self, intent: &Intent, gas: u64, fees: Fees) -> Verdict {
        let most = cost(gas, fees.max_fee, intent.value);
        let Some(left) = self.left.checked_sub(most) else {
            return Verdict::Held(format!("{} has {} wei left; it may cost up to {most} wei", intent.from, self.left));
        };
        if let Some(planned) = intent.expect_nonce.filter(|planned| *planned != self.next) {
            return Verdict::Refused(format!("it has to have nonce {planned}, and would get {}", self.next));
        }
        let nonce = self.next;
        (self.left, self.spent, self.next) = (left, self.spent.saturating_add(most), nonce + 1);
        Verdict::Send { nonce, gas, fees, most }
    }
}

impl Inner {
    async fn purse(&self, signer: Address, time: u64) -> Result<Purse, OutboxError> {
        let latest = reads::latest_nonce(&self.rpc, signer).await?;
        let left = self.rpc.balance(signer, BlockNumberOrTag::Latest.into()).await?;
        let floor = self.floor(signer, latest)?;
        let (next, spent) =
            self.ledger.read(|tx| Ok((tx.next_nonce(signer, floor)?, tx.spent(signer, signed_day(time), None)?)))?;
        Ok(Purse { next, left, spent })
    }
}
