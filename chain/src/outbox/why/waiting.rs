//! Journaled, and nothing is signed: why not, and what has to change.

use alloy::primitives::U256;

use super::{
    Chain, Explanation, Ground,
    words::{ether, gwei, since, span_of_seconds},
};
use crate::{
    ledger::{
        IntentState,
        view::{Detail, Held, IntentView},
    },
    outbox::tag::Tag,
};

pub(super) fn explain(detail: &Detail, ground: &Ground) -> Explanation {
    let intent = &detail.intent;
    let mut said = Explanation { state: state(intent, ground), ..Explanation::default() };
    if let Some(reason) = &intent.reason {
        said.why.push(format!("{} (written down {} ago)", reason.words, since(reason.ms, ground.now_ms)));
    }
    if intent.cancel {
        said.next.push("it is to be cancelled: nothing is signed for it any more".to_owned());
        return said;
    }
    if let Some(chain) = &ground.chain {
        prices(intent, ground, chain, &mut said);
        funds(intent, ground, chain, &mut said);
    }
    deadline(intent, ground.chain.as_ref(), &mut said);
    if intent.state == IntentState::Reserved {
        said.next.push(match ground.held {
            Held::No => "nothing signed is on record, so the next start gives the nonce back".to_owned(),
            _ => "it is sent as soon as it is signed and written down".to_owned(),
        });
    } else {
        said.next.push(
            "it is checked against the chain of the moment, gets the next nonce and is signed when its turn comes: by \
             priority, then in the order it was handed over, with no more in flight than is allowed"
                .to_owned(),
        );
    }
    said
}

fn state(intent: &IntentView, ground: &Ground) -> String {
    let age = since(intent.updated_ms, ground.now_ms);
    match intent.state {
        IntentState::Held => format!("held back for {age}; nothing is signed for it"),
        IntentState::Reserved => {
            let nonce = intent.nonce.map_or_else(String::new, |nonce| format!("nonce {nonce} of "));
            format!("{nonce}{} was reserved for it {age} ago, and it is being signed", intent.signer)
        }
        _ => format!("queued for {age}; nothing is signed for it"),
    }
}

/// Whether the market fits under the ceiling.
fn prices(intent: &IntentView, ground: &Ground, chain: &Chain, said: &mut Explanation) {
    let Some(market) = chain.market else { return };
    let limit = ground.policy.max_fee;
    match market.tagged_offer(limit, Tag::of_text(&intent.key)) {
        None => said.why.push(format!(
            "the base fee is {} and a tip {}: together above the ceiling of {}",
            gwei(market.base_fee),
            gwei(market.tip),
            gwei(limit)
        )),
        Some(fees) => said.next.push(format!(
            "signed now it would offer at most {} a gas, {} of it as tip",
            gwei(fees.max_fee),
            gwei(fees.tip)
        )),
    }
}

/// Whether the account can pay for it.
fn funds(intent: &IntentView, ground: &Ground, chain: &Chain, said: &mut Explanation) {
    let Some(fees) = chain.market.and_then(|market| market.offer(ground.policy.max_fee)) else { return };
    let gas = U256::from(intent.gas.unwrap_or_default());
    let cost = gas.saturating_mul(U256::from(fees.max_fee)).saturating_add(intent.value);
    if chain.balance < cost {
        said.why.push(format!("{} has {}, and it may cost up to {}", intent.signer, ether(chain.balance), ether(cost)));
    }
}

/// How long it may still be signed.
fn deadline(intent: &IntentView, chain: Option<&Chain>, said: &mut Explanation) {
    let Some(deadline) = intent.deadline else { return };
    let Some(chain) = chain else {
        said.unseen.push(format!("whether its deadline, second {deadline} of the chain's clock, has passed"));
        return;
    };
    said.next.push(match deadline.checked_sub(chain.timestamp) {
        Some(left) => format!("unless it is signed within {} by the chain's clock, it expires", span_of_seconds(left)),
        None => {
            let late = span_of_seconds(chain.timestamp.saturating_sub(deadline));
            format!("its deadline passed {late} ago by the chain's clock: it expires")
        }
    });
}
