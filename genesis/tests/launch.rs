//! A whole genesis with the real profile on the embedded chain: done once, done again, broken off everywhere, stopped.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, Bytes, U256};
use tminus_chain::evidence::{Finding, Verdict};
use tminus_contracts::{bindings::LivepeerToken, commitment::Commitment};
use tminus_genesis::{
    GenesisError,
    apply::StepEvent,
    book::write_book,
    contracts::Contract,
    deployment::Deployment,
    find::find_base_nonce,
    plan::{Inputs, Plan},
    profile::{Flight, GrantKind},
    steps::{Action, Layout},
};

mod common;

use common::Pad;

fn all_hold(findings: &[Finding]) {
    let bad: Vec<_> = findings.iter().filter(|finding| finding.verdict != Verdict::Holds).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

async fn audit_holds(pad: &Pad) -> usize {
    let audited = pad.launch(|_| {}).await.unwrap().audit(&pad.rpc).await;
    all_hold(&audited.findings);
    audited.findings.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_profile_is_launched_audited_and_left_alone_by_a_second_run() {
    let pad = Pad::new().await;
    let mut done = Vec::new();
    let applied = pad
        .launch(|event| {
            if let StepEvent::Done(index, step, settled) = event {
                done.push((index, step.id.clone(), step.gas, settled.gas_used));
            }
        })
        .await
        .unwrap();
    assert_eq!(done.len(), 86);
    assert_eq!((pad.nonce().await, applied.settled.len()), (86, 86));
    assert!(applied.settled.iter().all(|settled| settled.success));

    // the estimates are what is measured, within a tenth
    let off: Vec<String> = done
        .iter()
        .filter(|(_, _, estimate, used)| estimate.abs_diff(*used) * 10 > *used)
        .map(|(_, id, estimate, used)| format!("{id}: estimated {estimate}, used {used}"))
        .collect();
    assert!(off.is_empty(), "estimates off by more than a tenth:\n{}", off.join("\n"));

    // found again without plan or ledger
    let located = Deployment::locate(&pad.rpc, &pad.profile, pad.deployer).await.unwrap();
    assert_eq!(located, applied.deployment);
    assert_eq!(located.grants.len(), 47);
    assert_eq!((located.first_block, located.base_nonce), (1, 0));

    let deployment = applied.deployment.clone();
    let audited = applied.audit(&pad.rpc).await;
    all_hold(&audited.findings);
    assert!(audited.findings.len() > 400, "{}", audited.findings.len());

    // again, with the ledger and without: nothing is sent
    for lose in [false, true] {
        if lose {
            pad.lose_ledger();
        }
        let mut found = 0;
        let again = pad.launch(|event| found += usize::from(matches!(event, StepEvent::Found(..)))).await.unwrap();
        assert_eq!((found, again.settled.len(), pad.nonce().await), (86, 0, 86), "ledger lost: {lose}");
        assert_eq!(again.deployment, deployment);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_broken_off_at_every_step_does_nothing_twice() {
    let pad = Pad::new().await;
    let mut breaks = 0;
    for step in 0..86 {
        // right before the transaction, somewhere on its way, and right after
        let starts = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(at, _) if *at >= step);
        let done = |event: &StepEvent<'_>| matches!(event, StepEvent::Done(at, ..) if *at >= step);
        breaks += usize::from(pad.launch_stopped_at(starts).await);
        breaks += usize::from(pad.launch_dropped_after(starts, step % 17).await);
        if step % 3 == 0 {
            pad.lose_ledger();
        }
        breaks += usize::from(pad.launch_stopped_at(done).await);
    }
    assert!(breaks > 86, "broken off {breaks} times only");
    audit_holds(&pad).await;
    assert_eq!(pad.nonce().await, 86);

    // as if it had never been broken off
    let whole = Pad::new().await;
    audit_holds(&whole).await;
    assert_eq!(pad.chain.state_digest(), whole.chain.state_digest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_chain_is_noticed_before_anything_is_signed() {
    let pad = Pad::new().await;
    let launch = Plan::new(&pad.profile, Inputs { flight: Flight::Launch, ..pad.inputs().await }).unwrap();
    let error = pad.carry_out(launch, |_| {}).await.unwrap_err();
    assert!(matches!(error, GenesisError::WrongChain { expected: 1, found: 31337, .. }), "{error}");
    assert!(error.is_bad_input());

    let mut plan = pad.plan().await;
    plan.network.genesis_hash = Some(B256::repeat_byte(1));
    let error = pad.carry_out(plan, |_| {}).await.unwrap_err();
    assert!(matches!(error, GenesisError::WrongGenesis { .. }), "{error}");
    assert_eq!(pad.nonce().await, 0);
}

/// Breaks a launch off right before the first step that `at` picks.
async fn until(pad: &Pad, at: impl Fn(&Action) -> bool) {
    assert!(pad.launch_stopped_at(|event| matches!(event, StepEvent::Started(_, step) if at(&step.action))).await);
}

fn is_community(action: &Action) -> bool {
    matches!(action, Action::Grant(grant) if grant.kind == GrantKind::Community)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_grants_have_started_missing_ones_stop_the_launch() {
    let pad = Pad::new().await;
    until(&pad, is_community).await;
    assert_eq!(pad.nonce().await, 68);
    let hours = pad.profile.grants.start;
    pad.dev.set_next_timestamp(1_525_046_400 + 2 * hours).await.unwrap();
    pad.dev.mine(1).await.unwrap();
    let error = pad.launch(|_| {}).await.unwrap_err();
    let GenesisError::GrantsStarted { missing, .. } = error else { panic!("{error}") };
    assert_eq!(missing, 16);
    assert!(error.to_string().contains("Begin again with a new base nonce"), "{error}");
    assert_eq!(pad.nonce().await, 68);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_goes_on_with_the_list_and_commit_it_was_begun_with_or_not_at_all() {
    let pad = Pad::new().await;
    until(&pad, |action| matches!(action, Action::TokenOwner)).await;
    assert_eq!(pad.nonce().await, 34);
    let mut other = pad.inputs().await;
    other.list = other.list.map(|list| Commitment { root: B256::repeat_byte(8), ..list });
    let error = pad.carry_out(Plan::new(&pad.profile, other).unwrap(), |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("genesis/deploy/TokenDistributor") && error.contains("another profile or list"), "{error}");

    let other = Inputs { git_commit: None, ..pad.inputs().await };
    let error = pad.carry_out(Plan::new(&pad.profile, other).unwrap(), |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("genesis/register/LivepeerToken") && error.contains("0x2889ad2d"), "{error}");
    assert_eq!(pad.nonce().await, 34);
    audit_holds(&pad).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_nonce_spoils_addresses_early_and_nothing_later() {
    // early: what comes would have other addresses, so the run stops and a new one begins afresh
    let pad = Pad::new().await;
    until(&pad, |action| matches!(action, Action::Deploy(Contract::Minter))).await;
    let plan = pad.plan().await;
    assert_eq!(plan.inputs.base_nonce, 0);
    assert_eq!(pad.nonce().await, 3);
    pad.dev.send_as(pad.deployer, Address::repeat_byte(9), Bytes::new()).await.unwrap();
    assert!(pad.carry_out(plan, |_| {}).await.is_err());
    assert_eq!((pad.nonce().await, find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap()), (4, 4));
    pad.lose_ledger();
    audit_holds(&pad).await;
    assert_eq!(pad.nonce().await, 4 + 86);

    // later: no address depends on it
    let pad = Pad::new().await;
    until(&pad, is_community).await;
    pad.dev.send_as(pad.deployer, Address::repeat_byte(9), Bytes::new()).await.unwrap();
    audit_holds(&pad).await;
    assert_eq!(pad.nonce().await, 87);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_on_their_way_stop_the_end() {
    let pad = Pad::new().await;
    until(&pad, |action| matches!(action, Action::End)).await;
    let plan = pad.plan().await;
    assert_eq!(pad.nonce().await, 84);
    let call = LivepeerToken::burnCall { amount: U256::ONE };
    pad.as_account(plan.addresses.genesis_manager, plan.addresses.token, call).await;
    let error = pad.launch(|_| {}).await.unwrap_err();
    assert!(matches!(&error, GenesisError::Blocked { step, .. } if step == "genesis/end"), "{error}");
    assert!(error.to_string().contains("6843699.999999999999999999 LPT"), "{error}");
    assert_eq!(pad.nonce().await, 84);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unfinished_genesis_is_not_located() {
    let pad = Pad::new().await;
    let locate = || Deployment::locate(&pad.rpc, &pad.profile, pad.deployer);
    let error = locate().await.unwrap_err().to_string();
    assert!(error.contains("no GenesisManager"), "{error}");
    until(&pad, |action| matches!(action, Action::ControllerOwner)).await;
    assert_eq!(pad.nonce().await, 85);
    let error = locate().await.unwrap_err().to_string();
    assert!(error.contains("not handed to governance"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_book_comes_from_the_chain() {
    let pad = Pad::new().await;
    let applied = pad.launch(|_| {}).await.unwrap();
    let plan = pad.plan().await;
    let folder = tempfile::tempdir().unwrap();
    let journal = plan.journal(&pad.outbox().await).unwrap();
    assert_eq!(journal.len(), 86);
    let files = write_book(&pad.rpc, folder.path(), &plan, &applied.deployment, &journal).await.unwrap();
    let names: BTreeSet<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    let expected = [
        ".chainId",
        "BondingManager.json",
        "BondingManagerTarget.json",
        "Controller.json",
        "GenesisManager.json",
        "JobsManager.json",
        "JobsManagerTarget.json",
        "LivepeerToken.json",
        "LivepeerVerifier.json",
        "Minter.json",
        "RoundsManager.json",
        "RoundsManagerTarget.json",
        "TokenDistributor.json",
    ];
    assert_eq!(names, expected.into());
    assert_eq!(std::fs::read_to_string(folder.path().join(".chainId")).unwrap(), "31337");
    for contract in Layout::of(pad.profile.variant()).contracts() {
        let file = folder.path().join(format!("{}.json", contract.name()));
        let entry: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let address: Address = entry["address"].as_str().unwrap().parse().unwrap();
        assert_eq!(address, applied.deployment.addresses.of(contract));
        let hash = entry["transactionHash"].as_str().unwrap().to_owned();
        let settled = applied.settled.iter().find(|settled| settled.created == Some(address)).unwrap();
        assert_eq!(hash, settled.tx_hash.to_string());
        assert_eq!(entry["receipt"]["blockNumber"], settled.block_number);
        assert!(entry["abi"].as_array().is_some_and(|abi| !abi.is_empty()));
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("TokenDistributor.json").contains("\"6343700000000000000000000\""));
    let before = read("Minter.json");
    write_book(&pad.rpc, folder.path(), &plan, &applied.deployment, &[]).await.unwrap();
    assert_eq!(before, read("Minter.json"));
}
