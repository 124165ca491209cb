//! Giving out nonces: which of a window of checked intents are signed now, and which wait and why. One transaction.
//!
//! In the order of the window: one that is done, cancelled or too late takes nothing. One that does not fit under a limit, or
//! that its signer cannot pay, is held with the reason and is looked at again later; what comes after it goes on, unless the
//! plan gives that a nonce of its own. What finds no room, or has to leave it to a higher priority, ends the window.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy::{
    consensus::TxEip1559,
    primitives::{Address, TxKind, U256},
};

use super::{
    check::Checked,
    fees::{Fees, Market},
    intent::{IntentKey, OutboxError, Priority},
    journal::wrong_nonce,
    limits::{Limits, Wanted},
    policy::{cost, day_of},
    tag::Tag,
};
use crate::ledger::{IntentRow, IntentState, NewIntent, Reservation, Tx};

/// How the chain stands when nonces are given out.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) market: Market,
    /// Chain time, seconds since 1970.
    pub(crate) time: u64,
    /// Transactions of each signer as of the latest block.
    pub(crate) latest: HashMap<Address, u64>,
    /// Wei of each signer.
    pub(crate) funds: HashMap<Address, U256>,
}

/// What nonces are given out by.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) moment: Moment,
    /// The chain's counts, which a lagging endpoint cannot take back.
    pub(super) floors: HashMap<Address, u64>,
    pub(super) limits: Arc<Limits>,
    pub(super) in_flight: usize,
    pub(super) chain_id: u64,
    /// Priorities that others wait with.
    pub(super) others: HashMap<Address, Priority>,
}

/// An intent with a nonce and an offer, and what is to be signed for it.
#[derive(Debug)]
pub(super) struct Reserved {
    pub(super) intent: IntentRow,
    pub(super) fees: Fees,
    pub(super) body: TxEip1559,
}

/// An intent that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) key: IntentKey,
    pub(crate) words: String,
    /// Whether its signer cannot pay for it.
    pub(crate) broke: bool,
    /// Whether it was not held before.
    pub(crate) new: bool,
}

/// What came of a window.
#[derive(Debug, Default)]
pub(super) struct GivenOut {
    /// How many of it were dealt with.
    pub(super) taken: usize,
    pub(super) reserved: Vec<Reserved>,
    pub(super) held: Vec<Held>,
    /// Those that will not be sent, each with why.
    pub(super) ended: Vec<(IntentKey, OutboxError)>,
}

/// Deals with `window` in its order.
pub(super) fn give_out(tx: &Tx<'_>, window: &[Checked], rules: &Rules) -> Result<GivenOut, OutboxError> {
    for signer in rules.floors.keys() {
        tx.give_back_of(*signer, "its signing was given up")?;
    }
    let mut given = GivenOut::default();
    let mut purses =
        Purses { rules, day: signed_day(rules.moment.time), left: rules.moment.funds.clone(), spent: HashMap::new() };
    let mut blocked = HashSet::new();
    for (taken, checked) in window.iter().enumerate() {
        given.taken = taken;
        let (intent, signer) = (&checked.intent, checked.intent.from);
        let known = tx.intent(intent.key.as_str())?;
        match known.as_ref().map(|row| row.state) {
            Some(IntentState::Cancelled) => {
                given.ended.push((intent.key.clone(), OutboxError::Cancelled(intent.key.clone())));
                continue;
            }
            Some(state) if !state.may_restart() => continue,
            _ => {}
        }
        if let Err(rule) = rules.limits.policy.permits(&intent.proposal(Some(checked.gas))) {
            given.ended.push((intent.key.clone(), rule.into()));
            continue;
        }
        if let Some(deadline) = intent.deadline.filter(|deadline| rules.moment.time > *deadline) {
            let row = waiting(tx, checked, known)?;
            tx.hold(&row, IntentState::Expired, "its deadline passed before it was signed")?;
            tx.event(row.id, "expired unsigned")?;
            let key = intent.key.clone();
            given.ended.push((key.clone(), OutboxError::Expired { key, deadline }));
            continue;
        }
        let floor = rules.floors.get(&signer).copied().unwrap_or(0);
        // what fills a gap is what the others wait for
        let gap = tx.freed_nonce(signer, floor)?.is_some();
        let yields = rules.others.get(&signer).is_some_and(|other| *other > intent.priority);
        if !gap && (yields || tx.in_flight(signer)? >= rules.in_flight) {
            return Ok(given);
        }
        let offer = if blocked.contains(&signer) {
            Err(("an earlier one of the plan waits".to_owned(), false))
        } else {
            purses.offer(tx, checked)?
        };
        match offer {
            Ok(fees) => given.reserved.push(reserve(tx, checked, known, floor, fees, rules)?),
            // there may be enough once what is in flight turns out cheaper
            Err((_, true)) if tx.in_flight(signer)? > 0 => return Ok(given),
            Err((words, broke)) => {
                if intent.expect_nonce.is_some() {
                    blocked.insert(signer);
                }
                given.held.push(hold(tx, &intent.journaled(), words, broke)?);
            }
        }
    }
    given.taken = window.len();
    Ok(given)
}

/// The day of chain time, as the journal has it.
pub(super) fn signed_day(time: u64) -> i64 {
    i64::try_from(day_of(time)).unwrap_or(i64::MAX)
}

/// What each signer has left, of its balance and of the day.
struct Purses<'a> {
    rules: &'a Rules,
    day: i64,
    left: HashMap<Address, U256>,
    spent: HashMap<Address, U256>,
}

impl Purses<'_> {
    /// What can be offered for it; or why it waits, and whether that is for want of money.
    fn offer(&mut self, tx: &Tx<'_>, checked: &Checked) -> Result<Result<Fees, (String, bool)>, OutboxError> {
        let (intent, signer) = (&checked.intent, checked.intent.from);
        let limits = &self.rules.limits;
        let spent = match self.spent.get(&signer) {
            Some(spent) => *spent,
            // only a ceiling makes it worth adding up
            None if limits.policy.max_daily_cost.is_some() => tx.spent(signer, self.day, None)?,
            None => U256::ZERO,
        };
        let wanted = Wanted { tag: Tag::of(&intent.key), gas: checked.gas, value: intent.value, spent };
        let fees = match limits.offer(&self.rules.moment.market, &wanted) {
            Ok(fees) => fees,
            Err(hold) => return Ok(Err((hold.words, false))),
        };
        let most = cost(checked.gas, fees.max_fee, intent.value);
        let left = self.left.entry(signer).or_default();
        let Some(rest) = left.checked_sub(most) else {
            let words = format!("{signer} has {left} wei left; {} may cost up to {most} wei", intent.key);
            return Ok(Err((words, true)));
        };
        *left = rest;
        self.spent.insert(signer, spent.saturating_add(most));
        Ok(Ok(fees))
    }
}

/// The row of an intent that waits, made where there is none.
fn waiting(tx: &Tx<'_>, checked: &Checked, known: Option<IntentRow>) -> Result<IntentRow, OutboxError> {
    match known {
        Some(row) if row.state.is_waiting() => Ok(row),
        _ => Ok(tx.queue(&checked.intent.journaled())?),
    }
}

/// Writes down that an intent waits, and why.
pub(super) fn hold(tx: &Tx<'_>, intent: &NewIntent, words: String, broke: bool) -> Result<Held, OutboxError> {
    let row = match tx.intent(&intent.key)? {
        Some(row) if row.state.is_waiting() => row,
        _ => tx.queue(intent)?,
    };
    let new = row.state != IntentState::Held;
    if new || row.reason.as_deref() != Some(&words) {
        tx.hold(&row, IntentState::Held, &words)?;
    }
    if new {
        tx.event(row.id, &format!("held: {words}"))?;
    }
    Ok(Held { key: IntentKey::new(intent.key.clone()), words, broke, new })
}

/// Gives an intent its nonce and its offer.
fn reserve(
    tx: &Tx<'_>,
    checked: &Checked,
    known: Option<IntentRow>,
    floor: u64,
    mut fees: Fees,
    rules: &Rules,
) -> Result<Reserved, OutboxError> {
    let intent = &checked.intent;
    let nonce = tx.next_nonce(intent.from, floor)?;
    if let Some(expected) = intent.expect_nonce
        && expected != nonce
    {
        return Err(wrong_nonce(&intent.key, expected, nonce, intent.from));
    }
    // refused before, with the same nonce and the same offer: a little less makes it another transaction
    while tx.offered(intent.from, nonce, fees.max_fee)? && fees.max_fee > 1 {
        fees.max_fee -= if fees.max_fee > 2 * Tag::STEP { Tag::STEP } else { 1 };
        fees.tip = fees.tip.min(fees.max_fee);
    }
    let row = waiting(tx, checked, known)?;
    let spend = cost(checked.gas, fees.max_fee, intent.value);
    let spend_day = Some(signed_day(rules.moment.time));
    let row = tx.reserve(&row, &Reservation { nonce, gas: checked.gas, spend, spend_day })?;
    let body = TxEip1559 {
        chain_id: rules.chain_id,
        nonce,
        gas_limit: checked.gas,
        max_fee_per_gas: fees.max_fee,
        max_priority_fee_per_gas: fees.tip,
        to: intent.to.map_or(TxKind::Create, TxKind::Call),
        value: intent.value,
        access_list: Default::default(),
        input: intent.data.clone(),
    };
    Ok(Reserved { intent: row, fees, body })
}
