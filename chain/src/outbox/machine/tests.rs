use std::time::Duration;

use alloy::primitives::B256;
use proptest::prelude::*;

use super::*;
use crate::{
    ledger::IntentState,
    outbox::{
        classify::Answer,
        fees::{Fees, Market},
    },
};

const POLICY: Policy =
    Policy { bump_after: Duration::from_secs(60), resend_after: Duration::from_secs(2), max_fee: 1_000 };

fn pending(last_send: Option<(u64, Answer)>, age: u64) -> Pending {
    Pending {
        nonce: 5,
        tag: Tag::of_text("a"),
        cancel: Cancel::No,
        offered: Fees { max_fee: 100, tip: 10 },
        age: Duration::from_secs(age),
        last_send: last_send.map(|(since, answer)| (Duration::from_secs(since), answer)),
    }
}

fn sight(latest_nonce: u64) -> Sight {
    Sight { has_receipt: false, latest_nonce, final_nonce: None, market: None }
}

#[test]
fn a_receipt_settles_everything_else() {
    let sight = Sight { has_receipt: true, final_nonce: Some(9), ..sight(9) };
    assert_eq!(pending_step(&pending(None, 1_000), &sight, &POLICY), Step::Mined);
}

#[test]
fn a_used_nonce_is_given_up_at_finality_and_nothing_is_sent_before() {
    for last in [None, Some((100, Answer::Unknown)), Some((100, Answer::Underpriced)), Some((100, Answer::Accepted))] {
        let memory = pending(last, 1_000);
        assert_eq!(pending_step(&memory, &sight(6), &POLICY), Step::AwaitFinality);
        let not_ours_yet = Sight { final_nonce: Some(5), ..sight(6) };
        assert_eq!(pending_step(&memory, &not_ours_yet, &POLICY), Step::AwaitFinality);
        let at_finality = Sight { final_nonce: Some(6), ..sight(6) };
        assert_eq!(pending_step(&memory, &at_finality, &POLICY), Step::Displaced);
    }
}

#[test]
fn an_unknown_outcome_sends_the_same_bytes_and_never_raises() {
    for answer in [Answer::Unknown, Answer::NonceTooLow, Answer::NonceTooHigh, Answer::NoFunds, Answer::PoolFull] {
        assert_eq!(pending_step(&pending(Some((1, answer)), 9_999), &sight(5), &POLICY), Step::Wait);
        let again = Step::Resend { at_limit: false };
        assert_eq!(pending_step(&pending(Some((2, answer)), 9_999), &sight(5), &POLICY), again);
    }
    assert_eq!(pending_step(&pending(None, 9_999), &sight(5), &POLICY), Step::Resend { at_limit: false });
}

#[test]
fn a_quiet_offer_is_raised_when_it_is_next_or_below_the_market() {
    let old = pending(Some((60, Answer::Accepted)), 60);
    let raised = Fees { max_fee: 113, tip: 12 };
    assert_eq!(pending_step(&old, &sight(5), &POLICY), Step::Bump(raised));
    // third in line at a fair price: the same bytes once in a while
    assert_eq!(pending_step(&old, &sight(3), &POLICY), Step::Resend { at_limit: false });
    let young = pending(Some((59, Answer::Accepted)), 59);
    assert_eq!(pending_step(&young, &sight(5), &POLICY), Step::Wait);
    let policy = Policy { max_fee: 100_000_000_000, ..POLICY };
    let Step::Bump(fees) = pending_step(&old, &sight(5), &policy) else { panic!("no bump") };
    assert_eq!(Tag::seen_in(fees.max_fee), old.tag, "marked where there is room");
    let dearer = Sight { market: Some(Market { base_fee: 20_000_000_000, tip: 0 }), ..sight(3) };
    let Step::Bump(fees) = pending_step(&old, &dearer, &policy) else { panic!("no bump") };
    assert!(fees.max_fee >= 40_000_000_000);
}

#[test]
fn what_is_cancelled_is_replaced_once_whatever_was_answered_and_then_treated_as_any_other() {
    for last in [None, Some((0, Answer::Unknown)), Some((0, Answer::Accepted)), Some((0, Answer::Invalid))] {
        let wanted = Pending { cancel: Cancel::Wanted, ..pending(last, 0) };
        let raised = Fees { max_fee: 113, tip: 12 };
        assert_eq!(pending_step(&wanted, &sight(5), &POLICY), Step::Cancel(raised));
        let dear = Pending { offered: Fees { max_fee: 950, tip: 10 }, ..wanted };
        assert_eq!(pending_step(&dear, &sight(5), &POLICY), Step::CancelAtLimit);
        let signed = Pending { cancel: Cancel::Signed, ..wanted };
        assert_eq!(pending_step(&signed, &sight(5), &POLICY), pending_step(&pending(last, 0), &sight(5), &POLICY));
        // mined or taken by somebody else: nothing is left to cancel
        assert_eq!(pending_step(&wanted, &sight(6), &POLICY), Step::AwaitFinality);
        let mined = Sight { has_receipt: true, ..sight(6) };
        assert_eq!(pending_step(&wanted, &mined, &POLICY), Step::Mined);
    }
}

#[test]
fn at_the_limit_what_is_out_is_kept_alive() {
    let dear = Pending { offered: Fees { max_fee: 950, tip: 10 }, ..pending(Some((60, Answer::Underpriced)), 60) };
    assert_eq!(pending_step(&dear, &sight(5), &POLICY), Step::Resend { at_limit: true });
    let just_sent = Pending { last_send: Some((Duration::from_secs(1), Answer::Underpriced)), ..dear };
    assert_eq!(pending_step(&just_sent, &sight(5), &POLICY), Step::Wait);
}

#[test]
fn final_means_under_finalized_with_the_same_hash() {
    let (ours, other) = (B256::repeat_byte(1), B256::repeat_byte(2));
    assert_eq!(mined_step((7, ours), Effect::Done, 7, Some(ours)), MinedStep::Finalize);
    assert_eq!(mined_step((7, ours), Effect::Reverted, 7, Some(ours)), MinedStep::FinalRevert);
    assert_eq!(mined_step((7, ours), Effect::Cancelled, 7, Some(ours)), MinedStep::FinalCancel);
    assert_eq!(mined_step((7, ours), Effect::Done, 6, Some(ours)), MinedStep::Wait);
    assert_eq!(mined_step((7, ours), Effect::Done, 9, Some(other)), MinedStep::LookAgain);
    assert_eq!(mined_step((7, ours), Effect::Done, 6, Some(other)), MinedStep::LookAgain);
    assert_eq!(mined_step((7, ours), Effect::Done, 9, None), MinedStep::Wait);
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Accepted),
        Just(Answer::NonceTooLow),
        Just(Answer::NonceTooHigh),
        Just(Answer::ReplacementUnderpriced),
        Just(Answer::Underpriced),
        Just(Answer::PoolFull),
        Just(Answer::NoFunds),
        Just(Answer::OverEndpointCap),
        Just(Answer::Unknown),
    ]
}

prop_compose! {
    fn memories()(
        nonce in 0u64..8, max_fee in 0u128..2_000, tip in 0u128..2_000, age in 0u64..200,
        last in proptest::option::of((0u64..200, answers())), key in "[a-z]{0,3}",
        cancel in prop_oneof![Just(Cancel::No), Just(Cancel::Wanted), Just(Cancel::Signed)],
    ) -> Pending {
        let offered = Fees { max_fee, tip: tip.min(max_fee) };
        let last_send = last.map(|(since, answer)| (Duration::from_secs(since), answer));
        Pending { nonce, tag: Tag::of_text(&key), cancel, offered, age: Duration::from_secs(age), last_send }
    }
}

prop_compose! {
    fn sights()(
        has_receipt in any::<bool>(), latest_nonce in 0u64..8, behind in proptest::option::of(0u64..4),
        market in proptest::option::of((0u128..1_000, 0u128..1_000)),
    ) -> Sight {
        let market = market.map(|(base_fee, tip)| Market { base_fee, tip });
        Sight { has_receipt, latest_nonce, final_nonce: behind.map(|b| latest_nonce.saturating_sub(b)), market }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn no_step_can_pay_twice_or_pass_the_limit(memory in memories(), sight in sights()) {
        let step = pending_step(&memory, &sight, &POLICY);
        let used = sight.latest_nonce > memory.nonce;
        match step {
            Step::Mined => prop_assert!(sight.has_receipt),
            Step::Displaced => prop_assert!(!sight.has_receipt && sight.final_nonce.unwrap() > memory.nonce),
            Step::AwaitFinality => prop_assert!(!sight.has_receipt && used),
            Step::Bump(fees) => {
                prop_assert!(!sight.has_receipt && !used && fees.max_fee <= POLICY.max_fee && fees.tip <= fees.max_fee);
                let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
                prop_assert!(enough(memory.offered.max_fee, fees.max_fee) && enough(memory.offered.tip, fees.tip));
                // only over something an endpoint took or called too cheap
                let (_, answer) = memory.last_send.unwrap();
                prop_assert!(matches!(answer, Answer::Accepted | Answer::Underpriced | Answer::ReplacementUnderpriced));
                prop_assert!(memory.cancel != Cancel::Wanted, "what is not wanted is not raised");
            }
            Step::Cancel(fees) => {
                prop_assert!(!sight.has_receipt && !used && memory.cancel == Cancel::Wanted);
                prop_assert!(fees.max_fee <= POLICY.max_fee && fees.tip <= fees.max_fee);
                let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
                prop_assert!(enough(memory.offered.max_fee, fees.max_fee) && enough(memory.offered.tip, fees.tip));
            }
            Step::CancelAtLimit => prop_assert!(!sight.has_receipt && !used && memory.cancel == Cancel::Wanted),
            Step::Resend { .. } => prop_assert!(!sight.has_receipt && !used && memory.cancel != Cancel::Wanted),
            Step::Wait => prop_assert!(!sight.has_receipt && !used),
        }
    }

    #[test]
    fn whatever_happens_an_intent_does_not_stay_unattended(memory in memories(), sight in sights()) {
        // given time, every state leads to something other than waiting
        let late = Duration::from_secs(1_000);
        let memory = Pending { age: late, last_send: memory.last_send.map(|(_, answer)| (late, answer)), ..memory };
        prop_assert_ne!(pending_step(&memory, &sight, &POLICY), Step::Wait);
    }
}

#[test]
fn finalized_is_never_left_and_a_new_generation_starts_only_where_nothing_can_take_effect() {
    for next in IntentState::ALL {
        assert!(!IntentState::Finalized.may_become(next), "{next:?}");
    }
    for state in IntentState::ALL {
        assert!(!(state.is_pending() && state.may_restart()));
    }
    assert!(!IntentState::Mined.may_restart() && !IntentState::Finalized.may_restart());
    assert!(!IntentState::Sent.may_become(IntentState::Refused), "what was taken cannot be called refused");
}
