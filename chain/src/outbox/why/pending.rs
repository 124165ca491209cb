//! Signed, and in no block: what is out, what it waits for, and when something is done about it.

use std::time::Duration;

use alloy::primitives::U256;

use super::{
    Chain, Explanation, Ground,
    words::{elapsed, ether, gwei, since, span},
};
use crate::{
    ledger::{
        AttemptKind, AttemptState, IntentState,
        view::{AttemptView, Detail, IntentView},
    },
    outbox::{
        classify::Answer,
        fees::{Fees, raise},
        machine::{Cancel, Pending, Policy, Sight, Step, pending_step},
        tag::Tag,
    },
};

pub(super) fn explain(detail: &Detail, ground: &Ground) -> Explanation {
    let intent = &detail.intent;
    let (Some(newest), Some(nonce)) = (detail.current().next_back(), intent.nonce) else {
        let state = format!("{}, but the journal has no transaction of it", intent.state.as_str());
        return Explanation { state, ..Explanation::default() };
    };
    let mut said = Explanation { state: out(intent.state, newest, ground.now_ms), ..Explanation::default() };
    let memory = memory(intent, nonce, newest, ground.now_ms);
    let sight = sight(detail, nonce, ground.chain.as_ref());
    line(detail, nonce, ground, &mut said);
    if let Some(chain) = &ground.chain {
        price(newest, chain, &mut said);
        funds(detail, newest, chain, &mut said);
    } else if detail.before.is_empty() {
        said.unseen.push(format!("whether nonce {nonce} is next in line: nothing of this ledger is before it"));
    }
    if let Some(words) = trouble(newest) {
        said.why.push(words);
    }
    let (after, step) = upcoming(&memory, &sight, &ground.policy);
    said.next.push(told(&step, after, &memory, ground));
    said
}

/// What is out, with what it offers.
fn out(state: IntentState, newest: &AttemptView, now_ms: i64) -> String {
    let what = match newest.kind {
        AttemptKind::Call => "",
        AttemptKind::Cancel => "its cancelling is ",
    };
    let offers = format!("with at most {} a gas, {} of it as tip", gwei(newest.max_fee), gwei(newest.tip));
    match (state, newest.state) {
        (IntentState::Sent, _) | (_, AttemptState::Accepted) => {
            let at = newest.answers.iter().map(|answer| answer.first_ms).min().unwrap_or(newest.made_ms);
            format!("{what}sent {} ago {offers}; no block has it yet", since(at, now_ms))
        }
        _ => format!(
            "{what}signed {} ago {offers}; it is not known that an endpoint took it",
            since(newest.made_ms, now_ms)
        ),
    }
}

/// What the outbox would remember, as far as the journal tells.
pub(super) fn memory(intent: &IntentView, nonce: u64, newest: &AttemptView, now_ms: i64) -> Pending {
    let last = newest.answers.iter().max_by_key(|answer| answer.last_ms);
    let last_send = match (last, newest.state) {
        (Some(answer), _) => {
            let class = Answer::parse(&answer.class).unwrap_or(Answer::Unknown);
            Some((elapsed(answer.last_ms, now_ms), class))
        }
        (None, AttemptState::Accepted) => Some((elapsed(newest.made_ms, now_ms), Answer::Accepted)),
        (None, _) => None,
    };
    Pending {
        nonce,
        tag: Tag::of_text(&intent.key),
        cancel: Cancel::of(intent.cancel, newest.kind),
        offered: Fees { max_fee: newest.max_fee, tip: newest.tip },
        age: elapsed(newest.made_ms, now_ms),
        last_send,
    }
}

/// What the chain shows; where it was not asked, that nothing has happened and nothing foreign is before it.
pub(super) fn sight(detail: &Detail, nonce: u64, chain: Option<&Chain>) -> Sight {
    match chain {
        Some(chain) => Sight {
            has_receipt: !chain.mined.is_empty(),
            latest_nonce: chain.latest_nonce,
            final_nonce: Some(chain.final_nonce),
            market: chain.market,
        },
        None => Sight {
            has_receipt: false,
            latest_nonce: detail.before.first().and_then(|first| first.nonce).unwrap_or(nonce),
            final_nonce: None,
            market: None,
        },
    }
}

/// The place in the line of nonces.
fn line(detail: &Detail, nonce: u64, ground: &Ground, said: &mut Explanation) {
    if let Some(first) = detail.before.first() {
        let others = match detail.before.len() - 1 {
            0 => String::new(),
            1 => " and one more".to_owned(),
            more => format!(" and {more} more"),
        };
        said.why.push(format!(
            "nonce {nonce} cannot be mined before nonce {} of {}, which is {}{others}",
            first.nonce.unwrap_or_default(),
            first.key,
            first.state.as_str()
        ));
    }
    let Some(chain) = &ground.chain else { return };
    let next = chain.latest_nonce;
    if next < nonce && !detail.before.iter().any(|other| other.nonce == Some(next)) {
        said.why.push(format!(
            "the chain waits for nonce {next} of {}, and this ledger has nothing in flight with it: nonce {nonce} has to wait \
             until something uses it",
            detail.intent.signer
        ));
    }
}

/// Whether it pays enough.
fn price(newest: &AttemptView, chain: &Chain, said: &mut Explanation) {
    let Some(market) = chain.market else { return };
    let base = gwei(market.base_fee);
    if newest.max_fee < market.base_fee {
        said.why.push(format!("the base fee is {base}: below that no block takes it"));
    } else if newest.max_fee - market.base_fee < market.tip.min(newest.tip) {
        said.why.push(format!("the base fee is {base}, which leaves less than its tip to the builder of a block"));
    } else {
        said.why.push(format!("the base fee is {base} and a usual tip {}: it pays enough", gwei(market.tip)));
    }
}

/// Whether the account can pay for it.
fn funds(detail: &Detail, newest: &AttemptView, chain: &Chain, said: &mut Explanation) {
    let Some(gas) = detail.intent.gas else { return };
    let cost = U256::from(gas).saturating_mul(U256::from(newest.max_fee)).saturating_add(detail.intent.value);
    if chain.balance < cost {
        said.why.push(format!(
            "{} has {}, and it may cost up to {}",
            detail.intent.signer,
            ether(chain.balance),
            ether(cost)
        ));
    }
}

/// The newest words of an endpoint that did not take it.
fn trouble(newest: &AttemptView) -> Option<String> {
    let last = newest.answers.iter().filter(|answer| !answer.words.is_empty()).max_by_key(|answer| answer.last_ms)?;
    Some(format!("{} answered {:?}", last.endpoint, last.words))
}

/// The first thing the outbox does if nothing else changes, and in how long.
pub(super) fn upcoming(memory: &Pending, sight: &Sight, policy: &Policy) -> (Duration, Step) {
    let since = memory.last_send.map_or(Duration::ZERO, |(since, _)| since);
    let mut moments = vec![
        Duration::ZERO,
        policy.bump_after.saturating_sub(memory.age),
        policy.bump_after.saturating_sub(since),
        policy.resend_after.saturating_sub(since),
    ];
    moments.sort_unstable();
    let later = |after: Duration| Pending {
        age: memory.age + after,
        last_send: memory.last_send.map(|(since, answer)| (since + after, answer)),
        ..*memory
    };
    let steps = moments.into_iter().map(|after| (after, pending_step(&later(after), sight, policy)));
    let mut steps = steps.filter(|(_, step)| *step != Step::Wait);
    steps.next().unwrap_or((Duration::ZERO, Step::Wait))
}

/// A step in words.
fn told(step: &Step, after: Duration, memory: &Pending, ground: &Ground) -> String {
    let limit = gwei(ground.policy.max_fee);
    let when = if after.is_zero() {
        "at the next look".to_owned()
    } else {
        format!("in {}, at {} without a receipt,", span(after), span(memory.age + after))
    };
    match step {
        Step::Mined => {
            let block = ground.chain.as_ref().and_then(|chain| chain.mined.first());
            block.map_or_else(
                || "its receipt is written down at the next look".to_owned(),
                |(hash, height)| {
                    format!("it is in block {height} by now (transaction {hash}); the next look writes that down")
                },
            )
        }
        Step::Displaced => format!(
            "nonce {} is used for good and none of its transactions has a receipt: the next look finds out by which block, and \
             if it was none of ours the intent gives the nonce up",
            memory.nonce
        ),
        Step::AwaitFinality => format!(
            "nonce {} is used, and not by a transaction that is known here: nothing is sent until that is final",
            memory.nonce
        ),
        Step::Bump(fees) => {
            let least =
                if ground.chain.as_ref().is_some_and(|chain| chain.market.is_some()) { "" } else { "at least " };
            format!(
                "{when} the fees are raised to {least}{} a gas, {} of it as tip (the ceiling is {limit})",
                gwei(fees.max_fee),
                gwei(fees.tip)
            )
        }
        Step::Cancel(fees) => format!(
            "{when} a transaction that does nothing takes its place, at {} a gas, {} of it as tip (the ceiling is {limit}); \
             which of them is mined decides whether it is cancelled",
            gwei(fees.max_fee),
            gwei(fees.tip)
        ),
        Step::CancelAtLimit => format!(
            "it is to be cancelled, but what takes its place would pass the ceiling of {limit}: nothing is sent before prices \
             or the ceiling change"
        ),
        Step::Resend { at_limit: true } => {
            let wanted =
                raise(memory.offered.max_fee).map_or_else(String::new, |least| format!(" of at least {}", gwei(least)));
            format!(
                "{when} a raise{wanted} would pass the ceiling of {limit}: the same bytes are sent again, and it waits for \
                 lower prices or a higher ceiling"
            )
        }
        Step::Resend { at_limit: false } => format!("{when} the same bytes are sent again"),
        Step::Wait => "it is looked after as long as a process works with this ledger; nothing is due".to_owned(),
    }
}
