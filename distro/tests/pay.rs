//! Paying a list on the embedded chain: once, whatever happens meanwhile.

mod support;

use std::sync::Arc;

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall,
};
use support::{CHAIN, Kind, Launch, World, committed, list, with_recipient};
use tminus_chain::{evidence::Verdict, outbox::OutboxError};
use tminus_contracts::bindings::TokenDistributor;
use tminus_distro::{
    audit::{AuditOptions, audit},
    recipients::Entry,
    run::{Phase, RunError, RunOptions, RunReport, run},
    status::status,
};
use tokio::sync::Notify;

async fn pay(world: &World, launch: &Launch, ledger: &str, options: &RunOptions) -> Result<RunReport, RunError> {
    let outbox = world.outbox(ledger).await;
    run(&outbox, launch.address, &launch.committed, options, &|_| {}).await
}

/// Starts a run and drops it after so many windows.
async fn pay_and_drop(world: &World, launch: &Launch, ledger: &str, options: &RunOptions, windows: usize) {
    let outbox = world.outbox(ledger).await;
    let (seen, enough) = (std::sync::atomic::AtomicUsize::new(0), Arc::new(Notify::new()));
    let progress = |progress: &tminus_distro::run::Progress| {
        if progress.phase == Phase::Paying && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == windows {
            enough.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = enough.notified() => {}
        done = run(&outbox, launch.address, &launch.committed, options, &progress) => panic!("it was not dropped: {done:?}"),
    }
}

/// Everything paid, exactly once, by the balances of all recipients and by the contract's books.
async fn assert_all_paid(launch: &Launch) {
    let status = status(&launch.distributor, &launch.committed).await.unwrap();
    assert!(status.is_final() && status.differences.is_empty(), "{status:?}");
    assert_eq!(status.recipients_done, launch.committed.list.len() as u64);
    let report = audit(&launch.distributor, &launch.committed, AuditOptions::default()).await;
    let bad: Vec<_> = report.findings.iter().filter(|finding| finding.verdict != Verdict::Holds).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!((report.exact, report.mismatching), (launch.committed.list.len() as u64, 0));
}

#[tokio::test]
async fn a_list_is_paid_once_and_a_second_run_sends_nothing() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 2_000, 1).await;
    let report = pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap();
    assert_eq!((report.recipients, report.recuts, report.batches.len()), (2_000, 0, 4));
    assert_eq!(report.batching.unwrap().chunks, 10);
    assert_all_paid(&launch).await;
    assert_eq!(world.nonce(1).await, 4);
    for ledger in ["a.sqlite", "another.sqlite"] {
        let report = pay(&world, &launch, ledger, &world.options(1)).await.unwrap();
        assert_eq!(report.recipients, 0);
        assert_eq!(world.nonce(1).await, 4);
    }
}

/// Gas of the largest batches, which is what a large list costs; the floors are research/distribution.md section 2.3.
#[tokio::test]
async fn gas_a_new_recipient_lies_near_its_floor() {
    for (kind, floor) in [(Kind::Launch, 24_374), (Kind::Plain, 24_716)] {
        let world = World::new().await;
        let launch = world.launch(kind, 2_000, 2).await;
        let report = pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap();
        assert_all_paid(&launch).await;
        let full: Vec<_> = report.batches.iter().filter(|batch| batch.recipients == 640).collect();
        assert_eq!(full.len(), 3);
        for batch in &full {
            let each = batch.gas_used / batch.recipients;
            eprintln!("{kind:?}: {each} gas a new recipient in a batch of {}, floor {floor}", batch.recipients);
            assert!((floor..floor + 1_400).contains(&each), "{kind:?}: {each}");
        }
    }
}

#[tokio::test]
async fn a_run_dropped_in_the_middle_is_finished_by_the_next() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 2_000, 3).await;
    let small = RunOptions { max_chunks: Some(2), window: 2, ..world.options(1) };
    pay_and_drop(&world, &launch, "a.sqlite", &small, 3).await;
    let middle = status(&launch.distributor, &launch.committed).await.unwrap();
    assert!((12..32).contains(&middle.latest.done_chunks), "{middle:?}");
    let report = pay(&world, &launch, "a.sqlite", &small).await.unwrap();
    assert_eq!(report.recipients, 2_000 - middle.recipients_done);
    assert_all_paid(&launch).await;
    // every chunk by exactly one batch, and no transaction more
    assert_eq!((report.batches.len(), world.nonce(1).await), (16, 16));
}

#[tokio::test]
async fn a_lost_journal_only_delays() {
    let world = World::new().await;
    let launch = world.launch(Kind::Plain, 2_000, 4).await;
    let small = RunOptions { max_chunks: Some(3), window: 2, ..world.options(1) };
    pay_and_drop(&world, &launch, "a.sqlite", &small, 2).await;
    let middle = status(&launch.distributor, &launch.committed).await.unwrap();
    assert!(middle.latest.done_chunks > 0 && !middle.latest.done.all());
    let report = pay(&world, &launch, "fresh.sqlite", &world.options(1)).await.unwrap();
    assert_eq!(report.recipients, 2_000 - middle.recipients_done);
    assert_all_paid(&launch).await;
}

#[tokio::test]
async fn chunks_that_somebody_else_paid_are_left_out() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 2_000, 5).await;
    // a stranger pays chunks 3 and 4, and 20
    let outbox = world.outbox("stranger.sqlite").await;
    for chunks in [3..5, 20..21] {
        let data = distribute(&launch, chunks.clone());
        world.send(&outbox, &format!("{chunks:?}"), 2, Some(launch.address), data.into()).await;
    }
    let report = pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap();
    assert_eq!((report.recipients, report.recuts), (2_000 - 3 * 64, 0));
    assert_eq!(report.batches.first().map(|batch| (batch.first, batch.end)), Some((0, 3)));
    assert_all_paid(&launch).await;
}

#[tokio::test]
async fn two_operators_at_once_pay_everybody_once() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 2_000, 6).await;
    let (a, b) = (world.outbox("a.sqlite").await, world.outbox("b.sqlite").await);
    let one = RunOptions { max_chunks: Some(2), window: 3, ..world.options(1) };
    let two = RunOptions { max_chunks: Some(3), window: 2, ..world.options(2) };
    let silent = |_: &tminus_distro::run::Progress| {};
    let (a, b) = tokio::join!(
        run(&a, launch.address, &launch.committed, &one, &silent),
        run(&b, launch.address, &launch.committed, &two, &silent),
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_all_paid(&launch).await;
    // what both journals know to have succeeded is every chunk once
    let mut chunks: Vec<_> = a.batches.iter().chain(&b.batches).flat_map(|batch| batch.first..batch.end).collect();
    chunks.sort_unstable();
    assert_eq!(chunks, (0..32).collect::<Vec<_>>());
    eprintln!("{} and {} batches, {} and {} recuts", a.batches.len(), b.batches.len(), a.recuts, b.recuts);
}

fn distribute(launch: &Launch, chunks: std::ops::Range<u64>) -> Vec<u8> {
    let tree = &launch.committed.tree;
    TokenDistributor::distributeCall {
        firstChunk: U256::from(chunks.start),
        entries: launch.committed.list.slice(tree.recipients(chunks.clone())).to_vec().into(),
        proof: tree.range_proof(chunks).unwrap(),
    }
    .abi_encode()
}

#[tokio::test]
async fn a_replayed_batch_is_not_even_sent() {
    use tminus_chain::outbox::{Intent, IntentKey, Until};
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 700, 7).await;
    pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap();
    let outbox = world.outbox("replay.sqlite").await;
    let key = IntentKey::new("replay");
    let intent = Intent::new(key, world.operators[2], Some(launch.address), distribute(&launch, 0..4));
    let error = outbox.execute(vec![intent], Until::Mined).await.unwrap_err();
    assert!(matches!(&error, OutboxError::WouldRevert { .. }), "{error}");
    assert!(error.to_string().contains("DistributorChunkAlreadyDone(chunk: 0)"), "{error}");
    assert_eq!(world.nonce(2).await, 0);
}

#[tokio::test]
async fn another_list_chain_or_an_unfunded_distributor_is_refused_before_the_first_signature() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 300, 8).await;
    let with = |committed| Launch { committed, distributor: launch.distributor.clone(), ..launch };
    let refused = async |launch: &Launch| {
        let error = pay(&world, launch, "a.sqlite", &world.options(1)).await.unwrap_err();
        assert!(error.is_refusal() && !error.can_resume(), "{error}");
        assert_eq!(world.nonce(1).await, 0);
        error.to_string()
    };
    let error = refused(&with(committed(list(300, 9), CHAIN, launch.token))).await;
    assert!(error.contains("root") && !error.contains("recipients:"), "{error}");
    let error = refused(&with(committed(list(301, 8), CHAIN, launch.token))).await;
    assert!(error.contains("recipients: the contract has 300, the list 301"), "{error}");
    let error = refused(&with(committed(list(300, 8), 1, launch.token))).await;
    assert!(error.contains("chain 1,") && error.contains("31337"), "{error}");
    let poor = World::new().await;
    let unfunded = poor.launch_list(Kind::Launch, list(300, 8), false).await;
    let error = pay(&poor, &unfunded, "a.sqlite", &poor.options(1)).await.unwrap_err();
    assert!(matches!(error, RunError::Underfunded { balance, .. } if balance.is_zero()), "{error}");
    assert_eq!(poor.nonce(1).await, 0);
    let nothing = Launch { address: Address::repeat_byte(9), ..unfunded };
    let error = pay(&poor, &nothing, "a.sqlite", &poor.options(1)).await.unwrap_err();
    assert!(error.to_string().contains("there is no contract"), "{error}");
}

#[tokio::test]
async fn a_recipient_that_cannot_be_paid_is_named_and_can_be_skipped_by_the_owner() {
    for kind in [Kind::Launch, Kind::Plain] {
        let world = World::new().await;
        // the zero address, which every reader refuses, stands for whatever a token may refuse
        let poisoned = with_recipient(&list(2_000, 10), Entry { address: Address::ZERO, amount: 77 });
        let launch = world.launch_list(kind, poisoned, true).await;
        let error = pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, RunError::Poison(..)), "{text}");
        for words in [&Address::ZERO.to_string(), "entry 0, chunk 0", "ERC20InvalidReceiver", "--skip-poison"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let by_another = RunOptions { skip_poison: true, ..world.options(1) };
        let error = pay(&world, &launch, "a.sqlite", &by_another).await.unwrap_err();
        assert!(matches!(error, RunError::NotOwner(..)), "{error}");

        let by_owner = RunOptions { skip_poison: true, ..world.options(0) };
        let report = pay(&world, &launch, "owner.sqlite", &by_owner).await.unwrap();
        assert_eq!(report.skipped.iter().map(|poison| poison.recipient).collect::<Vec<_>>(), [Some(Address::ZERO)]);
        assert_eq!(report.state.reserved, U256::from(77));
        assert_eq!(report.recipients, 2_000, "who is reserved for is not paid");
        assert_all_paid(&launch).await;
    }
}

#[tokio::test]
async fn batches_that_an_endpoint_finds_too_large_are_cut_smaller() {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 5_000, 12).await;
    // two chunks of 64 recipients, their proof and the envelope; ten chunks fit the gas
    let narrow = support::narrow::narrow(&world.chain, 5_000).await;
    let outbox = world.outbox_through(narrow, "a.sqlite").await;
    let report = run(&outbox, launch.address, &launch.committed, &world.options(1), &|_| {}).await.unwrap();
    let largest = report.batches.iter().map(|batch| batch.end - batch.first).max();
    assert_eq!((report.recipients, largest), (5_000, Some(2)), "{:?}", report.batching);
    assert_all_paid(&launch).await;
    // each chunk was paid by one transaction of this run, and none was lost: as many nonces as batches
    assert_eq!(world.nonce(1).await, report.batches.len() as u64);

    // nothing is smaller than a chunk: the endpoint's words come back
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 500, 13).await;
    let narrower = support::narrow::narrow(&world.chain, 2_000).await;
    let outbox = world.outbox_through(narrower, "b.sqlite").await;
    let error = run(&outbox, launch.address, &launch.committed, &world.options(2), &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("oversized data"), "{error}");
    // the same journal through an endpoint that takes more
    drop(outbox);
    let report = pay(&world, &launch, "b.sqlite", &world.options(2)).await.unwrap();
    assert_eq!(report.recipients, 500);
    assert_all_paid(&launch).await;
}

#[tokio::test]
async fn batches_that_run_out_of_gas_are_cut_smaller() {
    // the first chunks go to holders, which costs a third: what is measured there is too little for the rest
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, 2_000, 11).await;
    let outbox = world.outbox("rich.sqlite").await;
    for (i, gap) in [0..4u64, 15..24, 31..32].into_iter().enumerate() {
        let words = launch.committed.list.slice(launch.committed.tree.recipients(gap)).to_vec();
        let (owner, token) = (world.operators[0], Some(launch.token));
        let mint = tminus_contracts::bindings::LivepeerToken::mintCall {
            to: owner,
            amount: U256::from(10).pow(U256::from(26)),
        };
        world.send(&outbox, &format!("mint {i}"), 0, token, mint.abi_encode().into()).await;
        let call = tminus_contracts::bindings::LivepeerToken::transferBatchCall { entries: words.into() };
        world.send(&outbox, &format!("give {i}"), 0, token, call.abi_encode().into()).await;
    }
    let report = pay(&world, &launch, "a.sqlite", &world.options(1)).await.unwrap();
    assert!(report.recuts > 0, "the measurement was not misled: {:?}", report.batching);
    let status = status(&launch.distributor, &launch.committed).await.unwrap();
    assert!(status.is_final());
    let report = audit(&launch.distributor, &launch.committed, AuditOptions::default()).await;
    assert_eq!((report.verdict(), report.exact), (Verdict::Holds, 2_000));
}
