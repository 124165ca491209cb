//! The outbox against an endpoint that lies, loses, forgets and reorganises.
//!
//! Three things are checked in every test: no bytes arrive that the journal does not hold; one payload has its effect at most
//! once; and every replacement keeps to geth's rule.

mod support;

use std::{path::Path, time::Duration};

use alloy::primitives::{Address, B256, Bytes};
use support::{
    DEPLOYER, Events, config,
    fake::{FakeNode, OnSend},
    intent,
};
use tminus_chain::{
    dev::Dev,
    outbox::{Intent, Outbox, OutboxConfig, OutboxError, OutboxEvent, Settled, Until},
    signer::Signers,
};

const TARGET: Address = Address::repeat_byte(0x11);

struct Bench {
    node: FakeNode,
    events: Events,
    config: OutboxConfig,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        Self::on(FakeNode::new()).await
    }

    async fn on(node: FakeNode) -> Self {
        let config =
            OutboxConfig { bump_after: Duration::from_millis(300), poll: Duration::from_millis(2), ..config() };
        let bench = Self { node, events: Events::default(), config, folder: tempfile::tempdir().unwrap() };
        bench.witness();
        bench
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// Every send is looked up in the journal, from outside, as it arrives.
    fn witness(&self) {
        let file = self.file();
        self.node.lock().witness =
            Some(Box::new(move |hash| assert!(journaled(&file, hash), "{hash} was not journaled")));
    }

    async fn open(&self) -> Result<Outbox, OutboxError> {
        let rpc = self.node.rpc().await;
        let signers = Signers::dev(rpc.chain_id(), 1).unwrap();
        Outbox::open(rpc, &self.file(), signers, self.config.clone(), self.events.sink()).await
    }

    /// Lets the fake endpoint's blocks come with each accepted transaction, and by `dev` where finality is missing.
    async fn automine(&mut self) {
        self.node.lock().automine = true;
        self.config.dev = Some(Dev::attach(&self.node.rpc().await).await.unwrap());
    }

    /// Distinct bytes that arrived for a nonce.
    fn payloads(&self, nonce: u64) -> usize {
        let state = self.node.lock();
        let mut hashes: Vec<B256> =
            state.sends.iter().filter(|(_, n, _)| *n == nonce).map(|(.., tx)| tx.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len()
    }

    fn warned(&self, words: &str) -> bool {
        self.events.all().iter().any(|event| matches!(event, OutboxEvent::Warning(text) if text.contains(words)))
    }

    /// Resolves when an event is there that `matches`.
    async fn told(&self, matches: impl Fn(&OutboxEvent) -> bool) {
        while !self.events.all().iter().any(&matches) {
            tokio::task::yield_now().await;
        }
    }

    async fn until(&self, holds: impl Fn(&support::fake::State) -> bool) {
        while !holds(&self.node.lock()) {
            tokio::task::yield_now().await;
        }
    }
}

fn journaled(file: &Path, hash: B256) -> bool {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let journal = rusqlite::Connection::open_with_flags(file, flags).unwrap();
    let mut statement = journal.prepare("SELECT count(*) FROM attempts WHERE hash = ?1").unwrap();
    statement.query_row([hash.as_slice()], |row| row.get::<_, i64>(0)).unwrap() == 1
}

fn pay(n: u8) -> Intent {
    intent(&format!("pay/{n}"), Some(TARGET), Bytes::from(vec![n; 4]))
}

fn pays(count: u8) -> Vec<Intent> {
    (0..count).map(pay).collect()
}

#[tokio::test]
async fn whatever_the_answer_to_a_send_the_same_bytes_have_one_effect() {
    let faults = [
        OnSend::Honest,
        OnSend::TakenThenError("internal error"),
        OnSend::TakenThenError("already known"),
        OnSend::TakenThenError("execution reverted: nonce too low"),
        OnSend::Error("internal error"),
        OnSend::Error("502 Bad Gateway"),
        OnSend::Error("txpool is full"),
        OnSend::Error("nonce too low"),
        OnSend::Error("nonce too high"),
        OnSend::Error("execution reverted"),
        OnSend::TakenThenCut,
        OnSend::Cut,
        OnSend::MinedThenError("nonce too low"),
        OnSend::MinedThenError("VM Exception while processing transaction"),
    ];
    for fault in faults {
        let mut bench = Bench::new().await;
        bench.automine().await;
        bench.node.lock().on_send.push_back(fault.clone());
        let outbox = bench.open().await.unwrap();
        let done = outbox.execute(vec![pay(1)], Until::Finalized).await.unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        assert!(done[0].success && done[0].finalized, "{fault:?}");
        assert_eq!(bench.payloads(0), 1, "{fault:?}");
        assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true)], "{fault:?}");
    }
}

#[tokio::test]
async fn an_underpriced_answer_raises_both_fees_as_geth_wants() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    // a stranger's transaction that pays more sits on our nonce, in the pool only
    bench.node.lock().on_send.extend([
        OnSend::Error("replacement transaction underpriced"),
        OnSend::Error("replacement transaction underpriced"),
        OnSend::Error("transaction underpriced"),
    ]);
    let run = outbox.execute(vec![pay(1)], Until::Mined);
    let mine = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, mine);
    assert!(done.unwrap()[0].success);
    let state = bench.node.lock();
    assert!(state.sends.len() >= 4);
    for pair in state.sends.windows(2).filter(|pair| pair[0].2.hash != pair[1].2.hash) {
        let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
        assert!(enough(pair[0].2.max_fee, pair[1].2.max_fee) && enough(pair[0].2.tip, pair[1].2.tip));
    }
}

#[tokio::test]
async fn a_quiet_chain_gets_a_higher_offer_and_the_older_one_counts_when_it_is_mined() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(1)], Until::Mined);
    let mine = async {
        bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
        let mut state = bench.node.lock();
        // a builder had the first version all along
        let (sender, nonce, first) = state.sends[0].clone();
        state.pool.insert((sender, nonce), first);
        state.mine_block();
    };
    let (done, ()) = tokio::join!(run, mine);
    let done = done.unwrap();
    assert_eq!(done[0].tx_hash, bench.node.lock().sends[0].2.hash);
    assert!(bench.payloads(0) >= 2);
    assert_eq!(bench.node.lock().mined_with(&[1; 4]).len(), 1);
}

#[tokio::test]
async fn late_receipts_do_not_make_a_second_payload_even_past_finality() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().hide_receipts = 40;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(1)], Until::Mined).await.unwrap();
    assert_eq!(bench.payloads(0), 1);
    assert_eq!(bench.node.lock().sends.len(), 1);
}

#[tokio::test]
async fn a_reorganised_block_takes_its_receipt_along_and_the_same_bytes_go_out_again() {
    for kept in [true, false] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        let first = outbox.execute(pays(3), Until::Mined).await.unwrap();
        bench.node.lock().reorg(2, kept);
        bench.node.mine(1);
        let again = outbox.execute(pays(3), Until::Finalized).await.unwrap();
        for (first, again) in first.iter().zip(&again) {
            assert_eq!(first.tx_hash, again.tx_hash);
            assert!(again.finalized);
        }
        assert_ne!(first[2].block_hash, again[2].block_hash);
        assert!(bench.warned("reorganised away"));
        for n in 0..3 {
            assert_eq!(bench.payloads(n.into()), 1);
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)]);
        }
    }
}

#[tokio::test]
async fn a_reorganisation_while_nobody_looks_is_found_at_opening() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(2), Until::Mined).await.unwrap();
    drop(outbox);
    bench.node.lock().reorg(1, false);
    let outbox = bench.open().await.unwrap();
    assert!(bench.warned("reorganised away"));
    outbox.finalize().await.unwrap();
    assert_eq!(outbox.summary().unwrap().finalized, 2);
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(1, true)]);
}

#[tokio::test]
async fn a_revert_counts_once_it_is_final_and_may_be_tried_again_then() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().mined_reverts.push_back(true);
    let outbox = bench.open().await.unwrap();
    let failed = outbox.execute(pays(2), Until::Mined).await;
    let Err(OutboxError::Reverted(settled)) = failed else { panic!("{failed:?}") };
    assert!(settled.finalized && !settled.success);
    assert!(bench.node.lock().mined_with(&[1; 4]).is_empty(), "the second was not sent");
    let known: Vec<(_, Option<Settled>)> = outbox.known("pay/").unwrap();
    assert!(known[0].1.as_ref().is_some_and(|settled| !settled.success));

    bench.node.lock().call_reverts = Some(Bytes::new());
    assert!(matches!(outbox.execute(pays(2), Until::Mined).await, Err(OutboxError::WouldRevert { .. })));
    bench.node.lock().call_reverts = None;
    outbox.execute(pays(2), Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, false), (1, true)]);
}

#[tokio::test]
async fn a_revert_that_is_reorganised_into_a_success_is_one() {
    let bench = Bench::new().await;
    bench.node.lock().mined_reverts.push_back(true);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
        bench.told(|event| matches!(event, OutboxEvent::Mined(settled) if !settled.success)).await;
        bench.node.lock().reorg(1, true);
        bench.node.mine(6);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
}

#[tokio::test]
async fn a_nonce_that_a_stranger_took_is_given_up_at_finality_only() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().mine_foreign(DEPLOYER);
        let before = bench.node.lock().sends.len();
        bench.node.mine(2);
        // not final yet: whatever is asked meanwhile, no other nonce is used
        assert!(bench.node.lock().sends[..before].iter().all(|(_, nonce, _)| *nonce == 0));
        assert_eq!(bench.payloads(1), 0);
        bench.node.mine(2);
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
    assert!(bench.warned("does not know"));
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
    assert_eq!((bench.payloads(0), bench.payloads(1)), (1, 1));
}

#[tokio::test]
async fn killed_at_every_step_and_opened_again_everything_happens_once() {
    let points = [
        "eth_call",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_getBalance",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_getBlockByNumber",
        "anvil_mine",
    ];
    let sends = [OnSend::Hang, OnSend::TakenThenHang];
    let kills = points.iter().map(|method| Err(*method)).chain(sends.into_iter().map(Ok));
    for kill in kills {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        match &kill {
            Err(method) => bench.node.lock().hang.push(method),
            Ok(on_send) => bench.node.lock().on_send.extend([OnSend::Honest, on_send.clone()]),
        }
        tokio::select! {
            done = outbox.execute_independent(pays(4), Until::Finalized) => panic!("{kill:?} was not reached: {done:?}"),
            () = bench.node.hung() => {}
        }
        drop(outbox);
        let outbox = bench.open().await.unwrap();
        let done = outbox.execute_independent(pays(4), Until::Finalized).await.unwrap();
        assert!(done.iter().all(|settled| settled.success && settled.finalized), "{kill:?}");
        for n in 0..4 {
            assert_eq!(bench.node.lock().mined_with(&[n; 4]).len(), 1, "{kill:?}");
            assert_eq!(bench.payloads(n.into()), 1, "{kill:?}");
        }
    }
}

#[tokio::test]
async fn killed_while_it_recovers_it_recovers_again() {
    for method in
        ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionCount", "eth_getBlockByNumber"]
    {
        let mut bench = Bench::new().await;
        let outbox = bench.open().await.unwrap();
        tokio::select! {
            _ = outbox.execute_independent(pays(3), Until::Mined) => panic!("nothing was mined"),
            () = bench.until(|state| state.pool.len() == 3) => {}
        }
        drop(outbox);
        bench.node.lock().pool.clear();
        bench.node.lock().hang.push(method);
        tokio::select! {
            opened = bench.open() => panic!("{method} was not reached: {opened:?}"),
            () = bench.node.hung() => {}
        }
        bench.node.mine(1);
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        outbox.execute_independent(pays(3), Until::Finalized).await.unwrap();
        for n in 0..3 {
            assert_eq!(bench.payloads(n.into()), 1, "{method}");
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)], "{method}");
        }
    }
}

#[tokio::test]
async fn a_lost_journal_waits_for_what_it_does_not_know() {
    let mut bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    tokio::select! {
        _ = outbox.execute_independent(pays(2), Until::Mined) => panic!("nothing was mined"),
        () = bench.until(|state| state.pool.len() == 2) => {}
    }
    drop(outbox);
    bench.folder = tempfile::tempdir().unwrap();
    bench.witness();
    bench.config.bump_after = Duration::from_millis(5);
    let halted = bench.open().await;
    assert!(matches!(&halted, Err(OutboxError::Halted(text)) if text.contains("2 pending")), "{halted:?}");
    bench.node.mine(1);
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    assert!(bench.warned("2 transactions that this journal does not know"));
    let done = outbox.execute(vec![pay(7)], Until::Finalized).await.unwrap();
    assert!(done[0].success);
    assert_eq!(bench.node.lock().mined_with(&[7; 4]), [(2, true)]);
}

#[tokio::test]
async fn an_older_journal_goes_on_from_the_chains_nonce() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(1), Until::Finalized).await.unwrap();
    drop(outbox);
    let backup = tempfile::tempdir().unwrap();
    std::fs::copy(bench.file(), backup.path().join("ledger.sqlite")).unwrap();
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(3), Until::Finalized).await.unwrap();
    drop(outbox);
    bench.folder = backup;
    bench.witness();
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(9)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[9; 4]), [(3, true)]);
}

#[tokio::test]
async fn fees_above_the_limit_are_waited_out() {
    let bench = Bench::new().await;
    bench.node.lock().base_fee = bench.config.max_fee_per_gas;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.told(|event| matches!(event, OutboxEvent::Waiting(text) if text.contains("above the limit"))).await;
        assert!(bench.node.lock().sends.is_empty());
        bench.node.lock().base_fee = 7;
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
}

#[tokio::test]
async fn what_is_refused_for_good_frees_its_nonce() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().on_send.push_back(OnSend::Error("intrinsic gas too low"));
    let outbox = bench.open().await.unwrap();
    let refused = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(
        matches!(&refused, Err(OutboxError::Refused { reason, .. }) if reason.contains("intrinsic")),
        "{refused:?}"
    );
    outbox.execute(vec![pay(1), pay(0)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true)]);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
}

#[tokio::test]
async fn what_was_refused_in_words_and_mined_in_deeds_is_not_sent_again() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().hide_receipts = 1;
    bench.node.lock().on_send.push_back(OnSend::MinedThenError("oversized data"));
    let outbox = bench.open().await.unwrap();
    let refused = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(refused, Err(OutboxError::Refused { .. })), "{refused:?}");
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().sends.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_said_before_anything_is_written() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let nonce = Intent { expect_nonce: Some(5), ..pay(0) };
    let error = outbox.execute(vec![nonce], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("nonce 5")), "{error:?}");
    let stranger = Intent { from: TARGET, ..pay(0) };
    let error = outbox.execute(vec![stranger], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("no key")), "{error:?}");
    let huge = Intent { data: vec![1; 200_000].into(), ..pay(0) };
    let error = outbox.execute(vec![huge], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("bytes")), "{error:?}");
    let twice = vec![pay(0), Intent { data: Bytes::new(), ..pay(0) }];
    assert!(matches!(outbox.execute(twice, Until::Mined).await, Err(OutboxError::Conflict(_))));
    bench.node.lock().balance = alloy::primitives::U256::from(10u64.pow(9));
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Halted(text)) if text.contains("may cost")), "{error:?}");
    assert!(outbox.known("").unwrap().is_empty());
    assert!(bench.node.lock().sends.is_empty());
}

#[tokio::test]
async fn a_key_means_one_thing() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(0), pay(0)], Until::Mined).await.unwrap();
    let other = Intent { data: Bytes::from_static(&[9]), ..pay(0) };
    assert!(matches!(outbox.execute(vec![other], Until::Mined).await, Err(OutboxError::Conflict(_))));
    assert_eq!(bench.node.lock().sends.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tasks_with_one_outbox_do_everything_once() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let task = |from: u8| {
        let outbox = outbox.clone();
        tokio::spawn(
            async move { outbox.execute_independent((from..from + 30).map(pay).collect(), Until::Finalized).await },
        )
    };
    let (left, right) = tokio::join!(task(0), task(15));
    assert_eq!((left.unwrap().unwrap().len(), right.unwrap().unwrap().len()), (30, 30));
    for n in 0..45 {
        assert_eq!(bench.node.lock().mined_with(&[n; 4]).len(), 1, "{n}");
        assert_eq!(bench.payloads(n.into()), 1, "{n}");
    }
}

#[tokio::test]
async fn the_journal_of_another_chain_is_refused() {
    let mut bench = Bench::new().await;
    drop(bench.open().await.unwrap());
    let refused = |outcome: Result<Outbox, OutboxError>| match outcome {
        Err(OutboxError::Local(text)) => assert!(text.contains("belongs to chain 31337"), "{text}"),
        other => panic!("{other:?}"),
    };
    bench.node = FakeNode::with_salt(77);
    refused(bench.open().await);
    bench.node = FakeNode::new();
    bench.node.lock().chain_id = 1337;
    refused(bench.open().await);
}

#[tokio::test]
async fn a_chain_that_contradicts_what_was_final_stops_everything() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    let depth = bench.node.lock().blocks.len() - 1;
    bench.node.lock().reorg(depth, false);
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("not the chain")), "{error:?}");
    drop(outbox);
    assert!(matches!(bench.open().await, Err(OutboxError::Local(text)) if text.contains("not the chain")));
}

#[tokio::test]
async fn a_silent_endpoint_halts_after_a_while_and_nothing_is_lost() {
    let mut bench = Bench::new().await;
    bench.config.bump_after = Duration::from_millis(10);
    let outbox = bench.open().await.unwrap();
    bench.node.lock().on_send.extend(vec![OnSend::Cut; 10_000]);
    let halted = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(halted, Err(OutboxError::Halted(_))), "{halted:?}");
    bench.node.lock().on_send.clear();
    bench.node.lock().cut.insert("eth_getTransactionReceipt", 3);
    bench.automine().await;
    outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
    assert_eq!(bench.payloads(0), 1);
}

#[tokio::test]
async fn what_is_refused_holds_back_what_comes_after_it_and_new_work_takes_its_nonce() {
    // refused: fixed as it is, or given up for other work; in order, or all at once
    for (again, independent) in [([0, 1, 2], true), ([0, 1, 2], false), ([1, 2, 9], true), ([1, 2, 9], false)] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        bench.node.lock().on_send.push_back(OnSend::Error("oversized data"));
        let outbox = bench.open().await.unwrap();
        let refused = outbox.execute_independent(pays(3), Until::Mined).await;
        assert!(matches!(&refused, Err(OutboxError::Refused { key, .. }) if key.as_str() == "pay/0"), "{refused:?}");
        assert_eq!(bench.node.lock().sends.len(), 1, "nothing went out above the refused one");
        drop(outbox);
        let outbox = bench.open().await.unwrap();
        assert_eq!(bench.node.lock().sends.len(), 1, "nor when the journal was opened again");
        let work = again.into_iter().map(pay).collect();
        let done = if independent {
            outbox.execute_independent(work, Until::Finalized).await
        } else {
            outbox.execute(work, Until::Finalized).await
        };
        assert!(done.unwrap().iter().all(|settled| settled.success && settled.finalized));
        let filler = if again[0] == 0 { 0 } else { 9 };
        for (nonce, n) in [(0, filler), (1, 1), (2, 2)] {
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(nonce, true)], "{again:?} {independent}");
        }
        assert_eq!((bench.payloads(1), bench.payloads(2)), (1, 1), "signed once");
    }
}

#[tokio::test]
async fn what_was_taken_above_a_refused_nonce_halts_and_goes_on_once_it_is_used() {
    let mut bench = Bench::new().await;
    bench.config.bump_after = Duration::from_millis(20);
    // the first is lost on its way, the second is taken, and then the first is refused
    bench.node.lock().on_send.extend([OnSend::Cut, OnSend::Honest, OnSend::Error("oversized data")]);
    let outbox = bench.open().await.unwrap();
    let halted = outbox.execute_independent(pays(2), Until::Mined).await;
    let Err(OutboxError::Halted(text)) = halted else { panic!("{halted:?}") };
    assert!(text.contains("for nonce 0") && text.contains("oversized"), "{text}");
    let halted = outbox.finalize().await;
    assert!(matches!(&halted, Err(OutboxError::Halted(text)) if text.contains("for nonce 0")), "{halted:?}");
    drop(outbox);
    let outbox = bench.open().await.unwrap();
    // in order, the one in flight first: the free nonce is used all the same
    let run = outbox.execute(vec![pay(1), pay(5)], Until::Mined);
    let mine = async {
        bench.until(|state| state.pool.len() == 2).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, mine);
    assert!(done.unwrap().iter().all(|settled| settled.success));
    assert_eq!(bench.node.lock().mined_with(&[5; 4]), [(0, true)]);
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(1, true)]);
}

#[tokio::test]
async fn a_block_that_goes_while_its_successor_is_in_flight_is_missed() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(pays(2), Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().reorg(1, false);
        bench.until(|state| state.pool.len() == 2).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap().iter().all(|settled| settled.success));
    assert!(bench.warned("reorganised away"));
    assert_eq!((bench.payloads(0), bench.payloads(1)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn finality_that_stands_still_is_told_and_ends_the_waiting_after_an_hour() {
    for whole in [false, true] {
        let mut bench = Bench::new().await;
        (bench.config.bump_after, bench.config.poll) = (Duration::from_secs(30), Duration::from_secs(12));
        bench.node.lock().automine = true;
        bench.node.mine(10);
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        let start = tokio::time::Instant::now();
        let wait = async {
            if whole { outbox.finalize().await } else { outbox.execute(vec![pay(0)], Until::Finalized).await.map(drop) }
        };
        let chain = async {
            // moves twice within the hour, without reaching the block
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_secs(45 * 60)).await;
                let told =
                    |event: &OutboxEvent| matches!(event, OutboxEvent::Waiting(text) if text.contains("stays at"));
                assert!(bench.events.all().iter().any(told));
                bench.node.mine(1);
            }
        };
        let (done, ()) = tokio::join!(wait, chain);
        assert!(matches!(&done, Err(OutboxError::Halted(text)) if text.contains("stays at")), "{done:?}");
        assert!(start.elapsed() >= Duration::from_secs((45 * 2 + 60) * 60));
    }
}

#[tokio::test]
async fn an_estimate_above_the_cap_is_an_error_before_anything_is_signed() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let cap = outbox.gas_rules().transaction_cap;
    bench.node.lock().estimate = cap + 1;
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("at most")), "{error:?}");
    assert!(outbox.known("").unwrap().is_empty() && bench.node.lock().sends.is_empty());
    // the margin is what may be cut
    bench.node.lock().estimate = cap;
    outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
}

#[tokio::test]
async fn a_cut_connection_at_any_question_is_borne() {
    for method in ["eth_getBlockByNumber", "eth_getTransactionCount", "eth_getTransactionReceipt", "anvil_mine"] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let cut = || bench.node.lock().cut.insert(method, 2);
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        cut();
        outbox.execute(pays(2), Until::Finalized).await.unwrap_or_else(|e| panic!("{method}: {e}"));
        outbox.execute(vec![pay(2)], Until::Mined).await.unwrap();
        cut();
        outbox.finalize().await.unwrap_or_else(|e| panic!("{method}: {e}"));
        drop(outbox);
        let client = bench.node.rpc().await;
        cut();
        let signers = Signers::dev(client.chain_id(), 1).unwrap();
        let opened = Outbox::open(client, &bench.file(), signers, bench.config.clone(), bench.events.sink()).await;
        opened.unwrap_or_else(|e| panic!("{method}: {e}"));
    }
}
