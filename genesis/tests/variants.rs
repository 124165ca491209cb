//! The other ways to give the crowd's part away, and the contracts that only test networks may have, launched for good.

use std::collections::BTreeSet;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256, keccak256},
};
use tminus_chain::evidence::{Finding, Verdict};
use tminus_contracts::bindings::{LivepeerToken, LivepeerTokenFaucet, MerkleMine};
use tminus_genesis::{
    GenesisError,
    apply::StepEvent,
    audit::audit,
    contracts::Contract,
    deployment::Deployment,
    find::find_base_nonce,
    parameters::Parameter,
    plan::{Inputs, Plan},
    profile::{Distribution, Flight, Profile},
    steps::Action,
};

mod common;

use common::Pad;

/// Everything that only an isolated network may have, and a faucet whose owner stays the deployer.
const ISOLATED: &str = r#"
extends = "livepeer-2018"
name = "isolated"
title = "isolated"
production = false
[network]
chain_id = 31337
[distribution]
kind = "faucet"
request_amount = "1.5 LPT"
request_wait = "2 hours"
whitelist = ["0x907D3231DFd3b45C1075B87ff92335325fEd3632", "0x13eF0bA91DF06e789cFdDC8C72c704948242C801"]
owner = "deployer"
[protocol.verifier]
kind = "identity"
[protocol.rounds_manager]
round_length = 50
round_lock_amount = 200000
adjustable = true
"#;

fn isolated() -> Profile {
    Profile::parse("isolated.toml", ISOLATED).unwrap()
}

async fn pad(name: &str) -> Pad {
    Pad::of(Profile::find(name).unwrap(), 4).await
}

async fn look(pad: &Pad, deployment: &Deployment, block: BlockId) -> Vec<Finding> {
    let commit = "2889ad2d5f20507d58701acf4d47a0551e593c04".parse().unwrap();
    audit(&pad.rpc, &pad.profile, &pad.crowd(), commit, deployment, block).await
}

fn failing(findings: &[Finding]) -> BTreeSet<String> {
    let bad = findings.iter().filter(|finding| finding.verdict != Verdict::Holds);
    bad.map(|finding| format!("{} {}", finding.check, finding.subject).trim_end().to_owned()).collect()
}

fn set(checks: &[&str]) -> BTreeSet<String> {
    checks.iter().map(|check| (*check).to_owned()).collect()
}

/// The checks of the checklist that belong to a profile.
fn listed(profile: &Profile) -> BTreeSet<String> {
    let list: toml::Table = include_str!("../../checklists/genesis.toml").parse().unwrap();
    let words = profile.variant().words();
    let belongs = |item: &&toml::Value| item.get("when").is_none_or(|when| words.contains(&when.as_str().unwrap()));
    let items = list["item"].as_array().unwrap().iter().filter(belongs);
    items.map(|item| item["check"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_variant_is_launched_as_planned_audited_by_its_list_and_found_again() {
    let shipped = |name| Profile::find(name).unwrap();
    let all = [
        (shipped("livepeer-2018"), 86),
        (shipped("livepeer-2018-merkle-mine"), 87),
        (shipped("livepeer-testnet"), 88),
        (isolated(), 89),
    ];
    for (profile, steps) in all {
        let name = profile.name.clone();
        let pad = Pad::of(profile, 4).await;
        let mut gas = Vec::new();
        let applied = pad
            .launch(|event| {
                if let StepEvent::Done(_, step, settled) = event {
                    gas.push((step.id.clone(), step.gas, settled.gas_used));
                }
            })
            .await
            .unwrap();
        assert_eq!((gas.len(), pad.nonce().await), (steps, steps as u64), "{name}");
        // the estimates are what is measured, within a tenth
        let off: Vec<_> = gas.iter().filter(|(_, estimate, used)| estimate.abs_diff(*used) * 10 > *used).collect();
        assert!(off.is_empty(), "{name}: estimates off by more than a tenth: {off:#?}");

        let deployment = applied.deployment.clone();
        assert_eq!(Deployment::locate(&pad.rpc, &pad.profile, pad.deployer).await.unwrap(), deployment);
        let audited = applied.audit(&pad.rpc).await;
        assert_eq!(failing(&audited.findings), BTreeSet::new(), "{name}");
        let checks: BTreeSet<_> = audited.findings.iter().map(|finding| finding.check.clone()).collect();
        assert_eq!(checks, listed(&pad.profile), "{name}");
        // every finding says where it looked and what it saw
        for finding in &audited.findings {
            assert!([&finding.source, &finding.expected, &finding.observed].iter().all(|text| !text.is_empty()));
        }

        pad.lose_ledger();
        let again = pad.launch(|_| {}).await.unwrap();
        assert_eq!((again.settled.len(), pad.nonce().await), (0, steps as u64), "{name}");
        assert_eq!(again.deployment, deployment, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_of_every_variant_that_is_broken_off_again_and_again_does_nothing_twice() {
    for profile in [Profile::find("livepeer-2018-merkle-mine").unwrap(), isolated()] {
        let pad = Pad::of(profile.clone(), 4).await;
        let steps = pad.plan().await.steps.len();
        // around what differs: the faucet's deployment, the last contracts, everything after the grants
        let picked = (0..steps).filter(|step| (3..12).contains(step) || (28..40).contains(step) || *step > steps - 6);
        let mut breaks = 0;
        for step in picked {
            let starts = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(at, _) if *at >= step);
            let done = |event: &StepEvent<'_>| matches!(event, StepEvent::Done(at, ..) if *at >= step);
            breaks += usize::from(pad.launch_stopped_at(starts).await);
            breaks += usize::from(pad.launch_dropped_after(starts, step % 13).await);
            if step % 3 == 0 {
                pad.lose_ledger();
            }
            breaks += usize::from(pad.launch_stopped_at(done).await);
        }
        assert!(breaks > 26, "broken off {breaks} times only");
        let audited = pad.launch(|_| {}).await.unwrap().audit(&pad.rpc).await;
        assert_eq!((failing(&audited.findings), pad.nonce().await), (BTreeSet::new(), steps as u64));
        // as if it had never been broken off
        let whole = Pad::of(profile, 4).await;
        whole.launch(|_| {}).await.unwrap();
        assert_eq!(pad.chain.state_digest(), whole.chain.state_digest());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merkle_mine_has_the_schedule_and_the_part_of_2018() {
    let mut pad = pad("livepeer-2018-merkle-mine").await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    assert_eq!(deployment.first_block, 5_534_099);
    let (mine, at) = (deployment.addresses.distribution, BlockId::number(deployment.last_block));
    // others could claim from this block on, 26 July 2018, and each account had this much
    let start = pad.rpc.view(mine, MerkleMine::callerAllocationStartBlockCall {}, at).await.unwrap();
    let end = pad.rpc.view(mine, MerkleMine::callerAllocationEndBlockCall {}, at).await.unwrap();
    let each = pad.rpc.view(mine, MerkleMine::tokensPerAllocationCall {}, at).await.unwrap();
    assert_eq!([start, end, each], [6_034_099u64, 8_534_099, 2_441_696_166_117_092_258].map(U256::from));
    assert_eq!(failing(&look(&pad, &deployment, at).await), BTreeSet::new());

    // each figure of the profile is compared
    let good = pad.profile.clone();
    type Change = fn(&mut tminus_genesis::profile::MerkleMine);
    let cases: [(&[&str], Change); 6] = [
        (&["genesis.mine.root"], |mine| mine.root = B256::repeat_byte(1)),
        (&["genesis.mine.recipients", "genesis.mine.allocation"], |mine| mine.recipients += 1),
        (&["genesis.mine.threshold"], |mine| mine.balance_threshold += U256::ONE),
        (&["genesis.mine.snapshot"], |mine| mine.genesis_block -= 1),
        (&["genesis.mine.schedule start", "genesis.mine.schedule end"], |mine| mine.caller_allocation_start += 1),
        (&["genesis.mine.schedule end", "genesis.mine.schedule period"], |mine| mine.caller_allocation_period += 1),
    ];
    for (checks, change) in cases {
        pad.profile = good.clone();
        match &mut pad.profile.distribution {
            Distribution::MerkleMine(mine) => change(mine),
            _ => panic!("a MerkleMine"),
        }
        assert_eq!(failing(&look(&pad, &deployment, at).await), set(checks));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_claims_before_the_hand_over_cannot_spoil_the_genesis() {
    let mut pad = pad("livepeer-2018-merkle-mine").await;
    // two accounts: the leaves are each other's proof
    let (first, second) = (Address::repeat_byte(0x11), Address::repeat_byte(0x22));
    let leaves = [keccak256(first), keccak256(second)];
    let (low, high) = (leaves[0].min(leaves[1]), leaves[0].max(leaves[1]));
    match &mut pad.profile.distribution {
        Distribution::MerkleMine(mine) => {
            (mine.root, mine.recipients) = (keccak256([low, high].concat()), 2);
        }
        _ => panic!("a MerkleMine"),
    }
    let is_hand_over = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if matches!(step.action, Action::ControllerOwner));
    assert!(pad.launch_stopped_at(is_hand_over).await);
    let a = pad.plan().await.addresses;
    let claim = MerkleMine::generateCall { recipient: first, merkleProof: leaves[1].to_vec().into() };
    pad.as_account(first, a.distribution, claim).await;
    pad.as_account(first, a.token, LivepeerToken::transferCall { to: a.minter, value: U256::from(5) }).await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let findings = look(&pad, &deployment, BlockId::number(deployment.last_block)).await;
    assert_eq!(failing(&findings), BTreeSet::new());
    // what went any other way is missing
    pad.as_account(a.distribution, a.token, LivepeerToken::transferCall { to: second, value: U256::ONE }).await;
    assert_eq!(failing(&look(&pad, &deployment, BlockId::latest()).await), set(&["genesis.mine.balance"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_the_faucet_before_the_hand_over_cannot_spoil_the_genesis() {
    let pad = pad("livepeer-testnet").await;
    let is_hand_over = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if matches!(step.action, Action::ControllerOwner));
    assert!(pad.launch_stopped_at(is_hand_over).await);
    let (a, stranger) = (pad.plan().await.addresses, Address::repeat_byte(0x99));
    pad.as_account(stranger, a.distribution, LivepeerTokenFaucet::requestCall {}).await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let findings = look(&pad, &deployment, BlockId::number(deployment.last_block)).await;
    assert_eq!(failing(&findings), BTreeSet::new());

    let governance = pad.profile.multisigs.governance;
    pad.as_account(governance, a.distribution, LivepeerTokenFaucet::addToWhitelistCall { account: stranger }).await;
    let expected = set(&["genesis.faucet.whitelist accounts added"]);
    assert_eq!(failing(&look(&pad, &deployment, BlockId::latest()).await), expected);
    // what is the owner's now is not done again
    assert_eq!(pad.launch(|_| {}).await.unwrap().settled.len(), 0);
    pad.as_account(a.distribution, a.token, LivepeerToken::transferCall { to: stranger, value: U256::ONE }).await;
    let expected = set(&["genesis.faucet.balance", "genesis.faucet.whitelist accounts added"]);
    assert_eq!(failing(&look(&pad, &deployment, BlockId::latest()).await), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_governance_changes_afterwards_is_not_done_again() {
    use tminus_contracts::bindings::{BondingManager, Controller, LivepeerVerifier};
    let pad = pad("livepeer-2018").await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let (a, governance) = (deployment.addresses, pad.profile.multisigs.governance);
    let call = BondingManager::setNumTranscodersCall { newNumber: U256::from(100) };
    pad.as_account(governance, a.bonding_manager, call).await;
    pad.as_account(governance, a.verifier, LivepeerVerifier::addSolverCall { solver: governance }).await;
    let upgrade = Controller::setContractInfoCall {
        id: keccak256("JobsManagerTarget"),
        contractAddress: a.minter,
        gitCommitHash: [1; 20].into(),
    };
    pad.as_account(governance, a.controller, upgrade).await;
    pad.lose_ledger();
    let again = pad.launch(|_| {}).await.unwrap();
    assert_eq!((again.settled.len(), again.deployment), (0, deployment));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_that_is_zero_takes_its_nonce_all_the_same() {
    let mut pad = pad("livepeer-2018").await;
    pad.profile.protocol.bonding_manager.unbonding_period = 0;
    pad.profile.protocol.jobs_manager.failed_verification_slash_amount = 0;
    let is_unbonding = |event: &StepEvent<'_>| matches!(event, StepEvent::Done(_, step, _) if step.action == Action::Set(Parameter::UnbondingPeriod));
    assert!(pad.launch_stopped_at(is_unbonding).await);
    pad.lose_ledger();
    let applied = pad.launch(|_| {}).await.unwrap();
    assert_eq!((applied.settled.len(), pad.nonce().await), (86 - 20, 86));
    assert_eq!(failing(&applied.audit(&pad.rpc).await.findings), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_goes_on_with_the_parameters_it_was_begun_with_or_not_at_all() {
    let mut pad = pad("livepeer-2018").await;
    let is_rate = |event: &StepEvent<'_>| matches!(event, StepEvent::Done(_, step, _) if step.action == Action::Set(Parameter::VerificationRate));
    assert!(pad.launch_stopped_at(is_rate).await);
    pad.profile.protocol.jobs_manager.verification_rate = 999;
    let error = pad.launch(|_| {}).await.unwrap_err().to_string();
    for words in ["genesis/set/JobsManager.verificationRate", "is 1000, planned was 999", "another profile"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(pad.nonce().await, 24);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_that_was_for_a_parameter_and_had_another_use_makes_it_begin_anew() {
    for at in [Parameter::UnbondingPeriod, Parameter::RoundLockAmount] {
        let pad = pad("livepeer-2018").await;
        let is_it =
            |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if step.action == Action::Set(at));
        assert!(pad.launch_stopped_at(is_it).await);
        let used = pad.nonce().await;
        assert_eq!(find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap(), 0);
        pad.dev.send_as(pad.deployer, Address::repeat_byte(9), Bytes::new()).await.unwrap();
        assert_eq!(find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap(), used + 1);
        pad.lose_ledger();
        let audited = pad.launch(|_| {}).await.unwrap().audit(&pad.rpc).await;
        assert_eq!((failing(&audited.findings), pad.nonce().await), (BTreeSet::new(), used + 1 + 86));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_of_other_contracts_is_not_passed_over_in_silence() {
    let mut pad = Pad::of(Profile::find("livepeer-2018-merkle-mine").unwrap(), 4).await;
    let mine = pad.profile.clone();
    let is_manager = |event: &StepEvent<'_>| matches!(event, StepEvent::Started(_, step) if step.action == Action::Deploy(Contract::GenesisManager));
    assert!(pad.launch_stopped_at(is_manager).await);
    for name in ["livepeer-2018", "livepeer-testnet"] {
        let profile = Profile::find(name).unwrap();
        let error = find_base_nonce(&pad.rpc, &profile, pad.deployer).await.unwrap_err();
        assert!(matches!(error, GenesisError::OtherVariant { base_nonce: 0, used: 33, .. }) && error.is_bad_input());
        let words = error.to_string();
        assert!(words.contains("(merkle-mine, livepeer-verifier)") && words.contains("--base-nonce 33"), "{words}");
    }
    // who asks for one beside it gets it, and the first one is still there
    pad.profile = Profile::find("livepeer-2018").unwrap();
    let plan = Plan::new(
        &pad.profile,
        Inputs {
            flight: Flight::Rehearsal,
            list: pad.list(),
            deployer: pad.deployer,
            base_nonce: 33,
            rules: tminus_chain::gas::GasRules::of(tminus_chain::gas::Fork::Osaka, 60_000_000),
            fee: 1,
            git_commit: None,
        },
    )
    .unwrap();
    let second = pad.carry_out(plan, |_| {}).await.unwrap().deployment;
    assert_eq!((second.base_nonce, pad.nonce().await), (33, 33 + 86));
    pad.profile = mine;
    let error = find_base_nonce(&pad.rpc, &pad.profile, pad.deployer).await.unwrap_err();
    assert!(matches!(error, GenesisError::OtherVariant { base_nonce: 33, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_launch_builds_on_is_looked_at_before_anything_is_signed() {
    let mut profile = Profile::find("livepeer-2018-merkle-mine").unwrap();
    profile.rehearsal.first_block = 100;
    let pad = Pad::of(profile, 4).await;
    let error = pad.launch(|_| {}).await.unwrap_err();
    assert!(matches!(error, GenesisError::Snapshot { latest: 100, snapshot: 5_264_265, .. }), "{error}");
    assert!(error.is_bad_input() && error.to_string().contains("--number 5264265"), "{error}");

    // a real launch hands everything to two contracts
    let mut pad = Pad::new().await;
    pad.profile.network = tminus_genesis::profile::Network { chain_id: 31_337, genesis_hash: None };
    let multisigs = pad.profile.multisigs;
    for (role, address) in [("bank", multisigs.bank), ("governance", multisigs.governance)] {
        let plan = Plan::new(&pad.profile, Inputs { flight: Flight::Launch, ..pad.inputs().await }).unwrap();
        let error = pad.carry_out(plan, |_| {}).await.unwrap_err();
        assert!(matches!(&error, GenesisError::NoMultisig { role: missing, .. } if *missing == role), "{error}");
        assert!(error.is_bad_input() && error.to_string().contains(&address.to_string()), "{error}");
        pad.set_code(address, vec![0].into()).await;
    }
    assert_eq!(pad.nonce().await, 0);
    let plan = Plan::new(&pad.profile, Inputs { flight: Flight::Launch, ..pad.inputs().await }).unwrap();
    assert_eq!(pad.carry_out(plan, |_| {}).await.unwrap().settled.len(), 86);
}
