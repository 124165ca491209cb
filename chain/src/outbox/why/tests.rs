//! A table of situations and what is said of them.

mod waiting;

use alloy::primitives::{Address, U256};

use super::*;
use crate::{
    ledger::{
        AttemptState,
        view::{AnswerView, AttemptView, IntentView},
    },
    outbox::{
        Answer,
        fees::Market,
        machine::{Step, pending_step},
    },
};

const NOW: i64 = 1_700_000_000_000;
const GWEI: u128 = 1_000_000_000;

fn hash(of: u8) -> B256 {
    B256::repeat_byte(of)
}

fn attempt() -> AttemptView {
    AttemptView {
        id: 1,
        generation: 1,
        kind: AttemptKind::Call,
        nonce: 7,
        hash: hash(1),
        max_fee: 20 * GWEI,
        tip: GWEI,
        state: AttemptState::Signed,
        made_ms: NOW - 42_000,
        answers: Vec::new(),
    }
}

fn said(class: &str, words: &str, seconds_ago: i64) -> AnswerView {
    AnswerView {
        endpoint: "http://node".to_owned(),
        class: class.to_owned(),
        words: words.to_owned(),
        first_ms: NOW - seconds_ago * 1_000,
        last_ms: NOW - seconds_ago * 1_000,
        times: 1,
    }
}

fn intent(state: IntentState) -> IntentView {
    IntentView {
        id: 1,
        key: "pay/1".to_owned(),
        signer: Address::repeat_byte(0xaa),
        target: Some(Address::repeat_byte(0xbb)),
        value: U256::ZERO,
        data_hash: B256::ZERO,
        data_bytes: 4,
        gas: Some(50_000),
        nonce: Some(7),
        generation: 1,
        state,
        priority: 0,
        deadline: None,
        cancel: false,
        reason: None,
        spend: U256::ZERO,
        created_ms: NOW - 50_000,
        updated_ms: NOW - 42_000,
        attempts: 1,
        newest: None,
        receipt: None,
    }
}

/// An intent whose newest transaction an endpoint took 42 s ago.
fn sent() -> Detail {
    let newest = AttemptView { state: AttemptState::Accepted, answers: vec![said("accepted", "", 42)], ..attempt() };
    of(IntentState::Sent, newest)
}

fn of(state: IntentState, newest: AttemptView) -> Detail {
    let intent = IntentView { newest: Some(newest.clone()), ..intent(state) };
    Detail { intent, attempts: vec![newest], events: Vec::new(), before: Vec::new() }
}

fn in_block(success: bool) -> Detail {
    let mut detail = sent();
    detail.intent.state = IntentState::Mined;
    detail.intent.receipt = Some(ReceiptView {
        hash: hash(1),
        kind: AttemptKind::Call,
        block_number: 100,
        block_hash: hash(9),
        gas_used: 40_000,
        gas_price: 9 * GWEI,
        created: None,
        success,
        seen_ms: NOW - 5_000,
    });
    detail
}

fn ground() -> Ground {
    let policy = Policy {
        bump_after: std::time::Duration::from_secs(60),
        resend_after: std::time::Duration::from_secs(2),
        max_fee: 25 * GWEI,
    };
    Ground { now_ms: NOW, held: Held::Yes, policy, chain: None }
}

fn chain() -> Chain {
    Chain {
        label: "http://node".to_owned(),
        latest: 120,
        timestamp: 1_700_000_000,
        finalized: 80,
        latest_nonce: 7,
        final_nonce: 7,
        market: Some(Market { base_fee: 5 * GWEI, tip: GWEI }),
        balance: U256::from(GWEI * GWEI),
        hash_there: Some(hash(9)),
        mined: Vec::new(),
    }
}

fn with(chain: Chain) -> Ground {
    Ground { chain: Some(chain), ..ground() }
}

#[track_caller]
fn check(detail: &Detail, ground: &Ground, state: &str, why: &[&str], next: &[&str]) -> Explanation {
    let said = explain(detail, ground);
    assert_eq!(said.state, state);
    assert_eq!(said.why, why);
    assert_eq!(said.next, next);
    said
}

const OUT: &str = "sent 42 s ago with at most 20 gwei a gas, 1 gwei of it as tip; no block has it yet";

#[test]
fn what_is_sent_is_raised_at_the_time_and_to_the_fees_that_the_machine_gives() {
    let said = check(
        &sent(),
        &ground(),
        OUT,
        &[],
        &[
            "in 18 s, at 60 s without a receipt, the fees are raised to at least 22.500913162 gwei a gas, 1.125 gwei of it as tip \
           (the ceiling is 25 gwei)",
        ],
    );
    assert_eq!(
        said.unseen,
        ["whether nonce 7 is next in line: nothing of this ledger is before it", "the chain: give --rpc to look at it"]
    );

    let market = Some(Market { base_fee: 31 * GWEI, tip: GWEI });
    check(
        &sent(),
        &with(Chain { market, ..chain() }),
        OUT,
        &["the base fee is 31 gwei: below that no block takes it"],
        &[
            "in 18 s, at 60 s without a receipt, the fees are raised to 22.500913162 gwei a gas, 1.125 gwei of it as tip (the ceiling \
           is 25 gwei)",
        ],
    );
    let market = Some(Market { base_fee: 5 * GWEI, tip: GWEI });
    let said = check(
        &sent(),
        &with(Chain { market, ..chain() }),
        OUT,
        &["the base fee is 5 gwei and a usual tip 1 gwei: it pays enough"],
        &[
            "in 18 s, at 60 s without a receipt, the fees are raised to 22.500913162 gwei a gas, 1.125 gwei of it as tip (the ceiling \
           is 25 gwei)",
        ],
    );
    assert_eq!(said.unseen, Vec::<String>::new());
}

#[test]
fn at_the_ceiling_the_same_bytes_go_on() {
    let mut ground = ground();
    ground.policy.max_fee = 22 * GWEI;
    check(
        &sent(),
        &ground,
        OUT,
        &[],
        &[
            "in 18 s, at 60 s without a receipt, a raise of at least 22.5 gwei would pass the ceiling of 22 gwei: the same \
           bytes are sent again, and it waits for lower prices or a higher ceiling",
        ],
    );
}

#[test]
fn words_of_an_endpoint_decide_as_in_the_outbox() {
    let underpriced = of(
        IntentState::Signed,
        AttemptView { answers: vec![said("underpriced", "transaction underpriced", 1)], ..attempt() },
    );
    check(
        &underpriced,
        &ground(),
        "signed 42 s ago with at most 20 gwei a gas, 1 gwei of it as tip; it is not known that an endpoint took it",
        &["http://node answered \"transaction underpriced\""],
        &[
            "at the next look the fees are raised to at least 22.500913162 gwei a gas, 1.125 gwei of it as tip (the ceiling is 25 gwei)",
        ],
    );
    let full =
        of(IntentState::Signed, AttemptView { answers: vec![said("pool full", "txpool is full", 1)], ..attempt() });
    check(
        &full,
        &ground(),
        "signed 42 s ago with at most 20 gwei a gas, 1 gwei of it as tip; it is not known that an endpoint took it",
        &["http://node answered \"txpool is full\""],
        &["in 1 s, at 43 s without a receipt, the same bytes are sent again"],
    );
    let silent = of(IntentState::Signed, attempt());
    check(
        &silent,
        &ground(),
        "signed 42 s ago with at most 20 gwei a gas, 1 gwei of it as tip; it is not known that an endpoint took it",
        &[],
        &["at the next look the same bytes are sent again"],
    );
}

#[test]
fn what_is_before_it_is_named_and_so_is_a_gap() {
    let mut behind = sent();
    behind.before = vec![
        IntentView { key: "pay/0".to_owned(), nonce: Some(5), ..intent(IntentState::Sent) },
        IntentView { key: "pay/00".to_owned(), nonce: Some(6), ..intent(IntentState::Sent) },
    ];
    let raised = "in 18 s, at 60 s without a receipt, the fees are raised to";
    let said = explain(&behind, &ground());
    assert_eq!(said.why, ["nonce 7 cannot be mined before nonce 5 of pay/0, which is sent and one more"]);
    // not next in line and the market not known to be higher: nothing is raised
    assert!(!said.next[0].starts_with(raised), "{said:?}");
    assert_eq!(said.unseen, ["the chain: give --rpc to look at it"]);

    let said = explain(&sent(), &with(Chain { latest_nonce: 4, final_nonce: 4, ..chain() }));
    let signer = Address::repeat_byte(0xaa);
    assert_eq!(
        said.why[0],
        format!(
            "the chain waits for nonce 4 of {signer}, and this ledger has nothing in flight with it: nonce 7 has to wait \
             until something uses it"
        )
    );
}

#[test]
fn a_used_nonce_is_explained() {
    let used = Chain { latest_nonce: 8, ..chain() };
    let said = explain(&sent(), &with(used.clone()));
    assert_eq!(
        said.next,
        ["nonce 7 is used, and not by a transaction that is known here: nothing is sent until that is final"]
    );
    let said = explain(&sent(), &with(Chain { final_nonce: 8, ..used.clone() }));
    assert!(
        said.next[0].starts_with("nonce 7 is used for good and none of its transactions has a receipt"),
        "{said:?}"
    );
    let said = explain(&sent(), &with(Chain { mined: vec![(hash(1), 119)], ..used }));
    assert!(said.next[0].starts_with("it is in block 119 by now (transaction 0x0101"), "{said:?}");
}

#[test]
fn an_account_without_money_is_named() {
    let said = explain(&sent(), &with(Chain { balance: U256::from(GWEI), ..chain() }));
    let signer = Address::repeat_byte(0xaa);
    assert_eq!(said.why[1], format!("{signer} has 0.000000001 ether, and it may cost up to 0.001 ether"));
}

#[test]
fn nobody_at_work_is_said_first() {
    let said = explain(&sent(), &Ground { held: Held::No, ..ground() });
    assert!(said.next[0].starts_with("no process works with this ledger: nothing happens before"), "{said:?}");
    assert_eq!(said.next.len(), 2);
    let said = explain(&sent(), &Ground { held: Held::Unknown, ..ground() });
    assert!(said.unseen.contains(&"whether a process works with this ledger".to_owned()), "{said:?}");
}

#[test]
fn a_block_is_final_or_not_or_gone() {
    let state =
        format!("executed in block 100 by transaction {}, 5 s ago; the block is not known to be final", hash(1));
    let detail = in_block(true);
    let cases = [
        (
            chain(),
            "its block is still in the chain, and the finalized block is 80, 20 below it",
            "it is final when the finalized block reaches 100",
        ),
        (
            Chain { finalized: 100, ..chain() },
            "its block is final by now; the journal has not taken note yet",
            "the next look makes it final",
        ),
        (
            Chain { hash_there: Some(hash(8)), ..chain() },
            "block 100 was reorganised away: the chain has another one there",
            "the next look asks for the receipt anew; without one it counts as sent again, and the same bytes go out",
        ),
        (
            Chain { hash_there: None, ..chain() },
            "http://node has no block 100 now: it is behind, or the block is gone",
            "only another block of that height proves that it is gone; until then it is waited for",
        ),
    ];
    for (chain, why, next) in cases {
        check(&detail, &with(chain), &state, &[why], &[next]);
    }
    let said = explain(&in_block(false), &with(Chain { finalized: 100, ..chain() }));
    assert!(said.state.starts_with("reverted in block 100"), "{said:?}");
    assert!(said.next[0].starts_with("the next look makes the revert final"), "{said:?}");
}

#[test]
fn what_is_over_has_nothing_next() {
    let mut done = in_block(true);
    done.intent.state = IntentState::Finalized;
    check(
        &done,
        &Ground { held: Held::No, ..ground() },
        &format!("done for good: executed in block 100 by transaction {}", hash(1)),
        &[],
        &["nothing: what is final stays so"],
    );
}

/// What is said to come is what the machine decides at that moment, for many situations.
#[test]
fn the_announced_step_is_the_decided_step() {
    let classes = Answer::ALL;
    for class in classes {
        for seconds in [0, 1, 2, 3, 30, 59, 60, 61, 600] {
            for latest_nonce in [6, 7, 8] {
                let newest = AttemptView {
                    answers: vec![self::said(class.as_str(), "", seconds)],
                    made_ms: NOW - 45_000,
                    ..attempt()
                };
                let detail = of(IntentState::Sent, newest.clone());
                let ground = with(Chain { latest_nonce, ..chain() });
                let memory = pending::memory(&detail.intent, 7, &newest, NOW);
                let sight = pending::sight(&detail, 7, ground.chain.as_ref());
                let (after, step) = pending::upcoming(&memory, &sight, &ground.policy);
                let at = |after| {
                    let moved = crate::outbox::machine::Pending {
                        age: memory.age + after,
                        last_send: memory.last_send.map(|(since, answer)| (since + after, answer)),
                        ..memory
                    };
                    pending_step(&moved, &sight, &ground.policy)
                };
                assert_eq!(at(after), step, "{class:?} {seconds} s ago, nonce {latest_nonce}");
                // and nothing but waiting before it, second by second
                let waits = step == Step::Wait;
                let before = if waits { 3_600 } else { after.as_secs() };
                for second in 0..before {
                    let earlier = at(std::time::Duration::from_secs(second));
                    assert_eq!(earlier, Step::Wait, "{class:?} {seconds} s ago: in {second} s");
                }
            }
        }
    }
}

#[test]
fn every_state_is_explained() {
    for state in IntentState::ALL {
        let detail = match state {
            IntentState::Queued | IntentState::Held | IntentState::Reserved => waiting::unsigned(state),
            IntentState::Signed | IntentState::Sent => of(state, attempt()),
            _ => {
                let mut detail = in_block(true);
                detail.intent.state = state;
                detail
            }
        };
        let said = explain(&detail, &ground());
        assert!(said.state.len() > 20 && !said.next.is_empty(), "{state:?}: {said:?}");
        assert!(said.next.iter().all(|next| !next.is_empty()), "{state:?}: {said:?}");
    }
}

#[test]
fn what_is_to_be_cancelled_is_replaced_and_what_was_mined_decides() {
    let mut detail = sent();
    detail.intent.cancel = true;
    let said = explain(&detail, &ground());
    assert_eq!(
        said.next,
        [
            "at the next look a transaction that does nothing takes its place, at 22.500913162 gwei a gas, 1.125 gwei of it as \
          tip (the ceiling is 25 gwei); which of them is mined decides whether it is cancelled"
        ]
    );
    let mut low = ground();
    low.policy.max_fee = 22 * GWEI;
    let said = explain(&detail, &low);
    assert!(
        said.next[0].starts_with("it is to be cancelled, but what takes its place would pass the ceiling of 22 gwei")
    );

    let newest = AttemptView { kind: AttemptKind::Cancel, ..detail.attempts[0].clone() };
    detail.attempts = vec![newest];
    let said = explain(&detail, &ground());
    assert!(said.state.starts_with("its cancelling is sent 42 s ago"), "{said:?}");
    assert!(said.next[0].contains("the fees are raised to"), "{said:?}");

    let mut mined = in_block(true);
    mined.intent.receipt.as_mut().unwrap().kind = AttemptKind::Cancel;
    let said = explain(&mined, &with(Chain { finalized: 100, ..chain() }));
    assert!(said.state.starts_with("was cancelled in block 100"), "{said:?}");
    assert_eq!(said.next, ["the next look makes it cancelled for good"]);
}
