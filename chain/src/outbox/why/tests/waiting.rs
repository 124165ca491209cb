//! What is not signed yet.

use super::*;
use crate::ledger::view::Reason;

pub(super) fn unsigned(state: IntentState) -> Detail {
    let nonce = (state == IntentState::Reserved).then_some(7);
    let intent = IntentView { nonce, attempts: 0, ..intent(state) };
    Detail { intent, attempts: Vec::new(), events: Vec::new(), before: Vec::new() }
}

const TURN: &str = "it is checked against the chain of the moment, gets the next nonce and is signed when its turn comes: by \
                    priority, then in the order it was handed over, with no more in flight than is allowed";

#[test]
fn what_is_not_signed_says_what_keeps_it() {
    let queued = unsigned(IntentState::Queued);
    check(&queued, &ground(), "queued for 42 s; nothing is signed for it", &[], &[TURN]);

    let mut held = unsigned(IntentState::Held);
    held.intent.reason = Some(Reason { words: "0xbb…bb is on no list".to_owned(), ms: NOW - 10_000 });
    check(
        &held,
        &with(chain()),
        "held back for 42 s; nothing is signed for it",
        &["0xbb…bb is on no list (written down 10 s ago)"],
        &["signed now it would offer at most 11.008520202 gwei a gas, 1 gwei of it as tip", TURN],
    );

    let market = Some(Market { base_fee: 31 * GWEI, tip: GWEI });
    check(
        &queued,
        &with(Chain { market, ..chain() }),
        "queued for 42 s; nothing is signed for it",
        &["the base fee is 31 gwei and a tip 1 gwei: together above the ceiling of 25 gwei"],
        &[TURN],
    );

    let said = explain(&queued, &with(Chain { balance: U256::ZERO, ..chain() }));
    assert_eq!(said.why, [format!("{} has 0 ether, and it may cost up to 0.00055 ether", Address::repeat_byte(0xaa))]);

    let mut cancelled = unsigned(IntentState::Queued);
    cancelled.intent.cancel = true;
    let said = explain(&cancelled, &ground());
    assert_eq!(said.next, ["it is to be cancelled: nothing is signed for it any more"]);
}

#[test]
fn a_deadline_is_counted_by_the_chain() {
    let mut queued = unsigned(IntentState::Queued);
    queued.intent.deadline = Some(1_700_000_090);
    let said = explain(&queued, &with(chain()));
    assert_eq!(said.next[1], "unless it is signed within 90 s by the chain's clock, it expires");
    let said = explain(&queued, &with(Chain { timestamp: 1_700_000_290, ..chain() }));
    assert_eq!(said.next[1], "its deadline passed 3 min 20 s ago by the chain's clock: it expires");
    let said = explain(&queued, &ground());
    assert_eq!(said.unseen[0], "whether its deadline, second 1700000090 of the chain's clock, has passed");
}

#[test]
fn a_reserved_nonce_is_used_or_given_back() {
    let reserved = unsigned(IntentState::Reserved);
    let state =
        format!("nonce 7 of {} was reserved for it 42 s ago, and it is being signed", Address::repeat_byte(0xaa));
    check(&reserved, &ground(), &state, &[], &["it is sent as soon as it is signed and written down"]);
    let said = explain(&reserved, &Ground { held: Held::No, ..ground() });
    assert_eq!(said.next[1], "nothing signed is on record, so the next start gives the nonce back");
}
