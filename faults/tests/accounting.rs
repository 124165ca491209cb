//! The campaign itself: what goes wrong is seen.

use std::sync::Arc;

use alloy::primitives::{B256, Bytes};
use tminus_adversary::{
    Draft,
    effects::{EFFECTS, call},
};
use tminus_faults::{
    bench::{Bench, PAYER, Pace, id_of, keys, pays},
    campaign::{Campaign, Case, Size, Spec},
    row::{Clock, Outcome},
};
use tokio::time::Instant;

/// A payment of `pay/0` past the engine.
fn past_the_engine(bench: &Bench) -> Bytes {
    let draft = Draft::new(PAYER, 31337, bench.world.nonce(PAYER));
    Draft { to: Some(EFFECTS), data: call(id_of("pay/0")), ..draft }.sign()
}

async fn paid() -> Bench {
    let bench = Bench::new(1, Pace::VIRTUAL).unwrap();
    let _blocks = bench.blocks();
    bench.execute(&pays("pay", 2), 1).await.unwrap();
    bench
}

#[tokio::test(start_paused = true)]
async fn a_second_payment_is_a_duplicate() {
    let bench = paid().await;
    assert!(bench.account(&keys("pay", 2), Instant::now()).unwrap().is_sound());
    bench.world.mine_raw(&[past_the_engine(&bench)]);
    let outcome = bench.account(&keys("pay", 2), Instant::now()).unwrap();
    assert_eq!((outcome.seen, outcome.duplicates, outcome.lost), (3, 1, 0));
    assert!(!outcome.is_sound());
}

#[tokio::test(start_paused = true)]
async fn what_was_never_paid_is_lost_and_stuck() {
    let bench = paid().await;
    let outcome = bench.account(&keys("pay", 3), Instant::now()).unwrap();
    assert_eq!((outcome.wanted, outcome.seen, outcome.lost, outcome.stuck), (3, 2, 1, 1));
    assert!(!outcome.is_sound());
}

#[tokio::test(start_paused = true)]
async fn bytes_that_the_ledger_does_not_have_are_seen_as_they_arrive() {
    let bench = paid().await;
    let raw = past_the_engine(&bench);
    let _: B256 = bench.node.client().request("eth_sendRawTransaction", (raw,)).await.unwrap();
    let words = bench.account(&keys("pay", 2), Instant::now()).unwrap_err();
    assert!(words.contains("not committed"), "{words}");
}

fn campaign() -> Campaign {
    Campaign { size: Size::Ci, seed: 1, only: None, program: "none".into(), threads: 2, progress: |_| {} }
}

fn spec(run: impl Fn(Case) -> Result<Outcome, String> + Send + Sync + 'static) -> Spec {
    let run = Arc::new(run);
    Spec::new("calm", "made up", "made up", Clock::Virtual, (4, 4), move |case| {
        let run = Arc::clone(&run);
        async move { run(case) }
    })
}

#[test]
fn a_row_is_sound_when_each_of_its_faults_struck_and_nothing_came_of_it() {
    let good = Outcome { injections: 1, intents: 1, wanted: 1, seen: 1, ..Outcome::default() };
    let row = campaign().run(&spec(move |_| Ok(good.clone())));
    assert!(row.is_sound(), "{row:?}");
    assert_eq!((row.injections, row.intents, row.seen), (4, 4, 4));
}

#[test]
fn a_fault_that_did_not_strike_fails_its_row() {
    let good = Outcome { injections: 1, intents: 1, wanted: 1, seen: 1, ..Outcome::default() };
    let row = campaign().run(&spec(move |case| Ok(Outcome { injections: u64::from(case.index > 0), ..good.clone() })));
    assert!(!row.is_sound());
    assert!(row.failures[0].contains("3 of 4"), "{row:?}");
}

#[test]
fn the_first_case_that_goes_wrong_ends_its_row_and_says_how_to_repeat_it() {
    let duplicate = Outcome { injections: 1, wanted: 1, seen: 2, duplicates: 1, ..Outcome::default() };
    for run in
        [spec(move |_| Ok(duplicate.clone())), spec(|_| Err("by words".to_owned())), spec(|_| panic!("by panic"))]
    {
        let row = campaign().run(&run);
        assert!(!row.is_sound());
        assert!(row.failures[0].contains("--row calm/made up --seed 1 --case"), "{row:?}");
        assert!(row.failures.len() <= 2, "at most one a thread: {row:?}");
    }
}
