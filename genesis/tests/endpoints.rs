//! A launch at endpoints that refuse long ranges of logs, have no old state, change their mind or never come to an end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, Bytes},
};
use serde_json::Value;
use tminus_chain::rpc::Rpc;
use tminus_genesis::{
    GenesisError, apply::StepEvent, book::write_book, contracts::Contract, deployment::Deployment, plan::Plan,
    steps::Action,
};

mod common;

use common::{Pad, log_range};

/// Blocks after the genesis, more than two ranges of logs.
const LATER: u64 = 25_000;

async fn book(pad: &Pad, rpc: &Rpc, deployment: &Deployment) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let files = write_book(rpc, folder.path(), &pad.plan().await, deployment, &[]).await.unwrap();
    let read = |file: &std::path::PathBuf| std::fs::read_to_string(file).unwrap();
    files.iter().map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), read(file))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_needs_no_logs_of_many_blocks() {
    let mut pad = Pad::new().await;
    let line = pad.line(|method, params| method == "eth_getLogs" && log_range(params) > 1).await;
    pad.rpc = line.rpc;
    pad.dev.mine(30).await.unwrap();
    let first = pad.launch(|_| {}).await.unwrap().deployment;
    pad.lose_ledger();
    let again = pad.launch(|_| {}).await.unwrap().deployment;
    assert_eq!((first.first_block, first == again), (31, true));
    assert_eq!(line.refused.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_of_long_ago_is_found_with_state_or_with_short_ranges_of_logs() {
    let pad = Pad::new().await;
    let whole = pad.launch(|_| {}).await.unwrap().deployment;
    let transactions = book(&pad, &pad.rpc, &whole).await;
    pad.dev.mine(LATER).await.unwrap();
    let latest = pad.rpc.block(BlockNumberOrTag::Latest).await.unwrap().number;

    // an archive that gives logs of one block only
    let archive = pad.line(|method, params| method == "eth_getLogs" && log_range(params) > 1).await;
    let found = Deployment::locate(&archive.rpc, &pad.profile, pad.deployer).await.unwrap();
    assert_eq!((&found, archive.refused.load(Ordering::SeqCst)), (&whole, 0));
    assert_eq!(book(&pad, &archive.rpc, &whole).await, transactions);

    // a node without old state that gives logs of 700 blocks
    let pruned = pad
        .line(move |method, params| match method {
            "eth_getTransactionCount" | "eth_call" | "eth_getCode" => {
                let block = params[1].as_str().unwrap();
                u64::from_str_radix(block.trim_start_matches("0x"), 16).is_ok_and(|block| block + 128 < latest)
            }
            "eth_getLogs" => log_range(params) > 700,
            _ => false,
        })
        .await;
    let found = Deployment::locate(&pruned.rpc, &pad.profile, pad.deployer).await.unwrap();
    assert_eq!(found, whole);
    assert!(pruned.refused.load(Ordering::SeqCst) >= 2);
    assert_eq!(book(&pad, &pruned.rpc, &whole).await, transactions);

    // one that has neither
    let neither = pad
        .line(|method, params| match method {
            "eth_getTransactionCount" | "eth_call" => params[1].as_str().unwrap().starts_with("0x"),
            _ => method == "eth_getLogs",
        })
        .await;
    let error = Deployment::locate(&neither.rpc, &pad.profile, pad.deployer).await.unwrap_err();
    assert!(matches!(error, GenesisError::Rpc(_)) && error.is_halt(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grants_start_is_counted_from_the_block_that_stays() {
    let is_distributor = |action: &Action| matches!(action, Action::Deploy(Contract::TokenDistributor));
    let starts =
        |event: &StepEvent<'_>| matches!(event, StepEvent::Waiting(_, step, ..) if is_distributor(&step.action));
    let (mut old, new) = (Pad::with_finality(40).await, Pad::with_finality(40).await);
    assert!(old.launch_stopped_at(starts).await);
    old.lose_ledger();
    // the same genesis, a block later
    new.dev.mine(1).await.unwrap();
    assert!(new.launch_stopped_at(starts).await);
    new.dev.mine(40).await.unwrap();

    let line = old.line(|_, _| false).await;
    old.rpc = line.rpc.clone();
    let outbox = old.outbox().await;
    let context = old.context(&outbox, false);
    let plan = old.plan().await;
    let mut waited = Vec::new();
    let launch = plan.approve(&old.rpc).await.unwrap().apply(&context, |event| match event {
        StepEvent::Waiting(_, _, block, _) => {
            waited.push(block);
            line.lead_to(&new);
        }
        StepEvent::Done(_, step, _) if matches!(step.action, Action::Deploy(Contract::GenesisManager)) => {
            std::panic::resume_unwind(Box::new(()));
        }
        _ => {}
    });
    let stopped = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(launch)).await;
    assert!(stopped.is_err(), "{stopped:?}");
    assert_eq!(waited, [1]);
    drop(outbox);
    let audited = new.launch(|_| {}).await.unwrap().audit(&new.rpc).await;
    assert_eq!(audited.deployment.first_block, 2);
    let origin = new.rpc.block(BlockNumberOrTag::Number(2)).await.unwrap().timestamp;
    assert_eq!(audited.deployment.grants_start, origin + new.profile.grants.start);
    assert!(audited.findings.iter().all(|finding| finding.verdict == tminus_chain::evidence::Verdict::Holds));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finality_that_stands_still_halts_the_launch() {
    let pad = Pad::with_finality(64).await;
    let outbox = pad.outbox().await;
    let context = tminus_genesis::apply::Context { patience: Duration::from_millis(20), ..pad.context(&outbox, false) };
    let mut waits = 0;
    let launch = pad.plan().await.approve(&pad.rpc).await.unwrap().apply(&context, |event| {
        waits += usize::from(
            matches!(event, StepEvent::Waiting(32, step, 1, 0) if step.id == "genesis/deploy/TokenDistributor"),
        );
    });
    let error = launch.await.unwrap_err();
    assert!(matches!(error, GenesisError::NotFinal { number: 1, .. }) && error.is_halt(), "{error}");
    assert!(
        error.to_string().contains("block 1, which made the Controller, is not final (the last one is 0)"),
        "{error}"
    );
    assert_eq!((waits, pad.nonce().await), (1, 32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_while_waiting_is_borne_for_a_while() {
    let mut pad = Pad::with_finality(64).await;
    let silent = Arc::new(AtomicU64::new(3));
    let left = silent.clone();
    let finalized = |params: &Value| params[0] == "finalized";
    let line = pad
        .line(move |method, params| {
            let asked = method == "eth_getBlockByNumber" && finalized(params);
            asked && left.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        })
        .await;
    silent.store(0, Ordering::SeqCst);
    pad.rpc = line.rpc.clone();
    let mut waits = 0;
    let at = |event: &StepEvent<'_>| {
        if let StepEvent::Waiting(..) = event {
            silent.store(3, Ordering::SeqCst);
            waits += 1;
        }
        matches!(event, StepEvent::Started(_, step) if matches!(step.action, Action::Deploy(Contract::TokenDistributor)))
    };
    assert!(pad.launch_stopped_at(at).await);
    assert!(waits >= 1 && line.refused.load(Ordering::SeqCst) >= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_grants_start_a_new_genesis_can_begin_in_the_same_ledger() {
    use tminus_genesis::find::{check_base_nonce, find_base_nonce};
    let pad = Pad::new().await;
    let end = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if step.id == "genesis/end");
    let community =
        |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if step.id.contains("/community/"));
    assert!(pad.launch_stopped_at(community).await);
    let later = 1_525_046_400 + 2 * pad.profile.grants.start;
    pad.dev.set_next_timestamp(later).await.unwrap();
    pad.dev.mine(1).await.unwrap();
    let error = pad.launch(|_| {}).await.unwrap_err();
    let GenesisError::GrantsStarted { next_nonce, .. } = error else { panic!("{error}") };
    assert!(error.to_string().contains("--base-nonce 68"), "{error}");
    assert_eq!(next_nonce, 68);

    for (base_nonce, good) in [(0, true), (1, false), (67, false), (68, true), (69, false)] {
        let checked = check_base_nonce(&pad.rpc, &pad.profile, pad.deployer, base_nonce).await;
        assert_eq!(checked.is_ok(), good, "{base_nonce}: {checked:?}");
        assert!(checked.is_ok() || checked.is_err_and(|error| error.is_bad_input()));
    }
    let inputs = tminus_genesis::plan::Inputs { base_nonce: next_nonce, ..pad.inputs().await };
    assert_eq!(find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap(), 0);
    let applied = pad.carry_out(Plan::new(&pad.profile, inputs).unwrap(), |_| {}).await.unwrap();
    assert_eq!((applied.settled.len(), applied.deployment.base_nonce, pad.nonce().await), (86, 68, 154));
    let audited = applied.audit(&pad.rpc).await;
    assert!(audited.findings.iter().all(|finding| finding.verdict == tminus_chain::evidence::Verdict::Holds));
    assert_eq!(find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap(), 68);
    assert!(!pad.launch_stopped_at(end).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_between_the_deployments_is_not_taken_for_one() {
    let pad = Pad::new().await;
    pad.dev.send_as(pad.deployer, Address::repeat_byte(9), Bytes::new()).await.unwrap();
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    assert_eq!((deployment.base_nonce, deployment.first_block), (1, 2));
    let past = Deployment::at_nonce(&pad.rpc, &pad.profile, pad.deployer, 0).await.unwrap_err();
    assert!(matches!(past, GenesisError::NotFinished { .. }), "{past}");
}
