//! The audit sees what was tampered with, and only that; what it cannot see it does not call good.

use std::collections::BTreeSet;

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, FixedBytes, U256, keccak256},
    sol_types::SolValue as _,
};
use futures::FutureExt as _;
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::Rpc,
};
use tminus_contracts::{
    bindings::{Controller, GenesisManager, LivepeerToken, Minter, TokenDistributor, TokenVesting},
    commitment::Commitment,
};
use tminus_genesis::{
    apply::StepEvent,
    audit::audit,
    contracts::Addresses,
    deployment::Deployment,
    plan::{Action, Inputs, Plan},
    profile::{GrantKind, Profile},
};

mod common;

use common::Pad;

const COMMIT: &str = "2889ad2d5f20507d58701acf4d47a0551e593c04";

async fn look(pad: &Pad, rpc: &Rpc, profile: &Profile, deployment: &Deployment, block: BlockId) -> Vec<Finding> {
    audit(rpc, profile, &pad.commitment(), COMMIT.parse().unwrap(), deployment, block).await
}

/// The checks that fail, with their subjects where there is one.
fn failing(findings: &[Finding]) -> BTreeSet<String> {
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Unknown));
    let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Fails);
    bad.map(|finding| format!("{} {}", finding.check, finding.subject).trim_end().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tampering_makes_exactly_its_own_checks_fail() {
    let pad = Pad::new().await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let (a, multisigs) = (deployment.addresses, pad.profile.multisigs);
    let (bank, governance) = (multisigs.bank, multisigs.governance);
    let mut expected: BTreeSet<String> = BTreeSet::new();
    let stranger = Address::repeat_byte(0x99);
    let team = &deployment.grants[2];
    let lock = deployment.grants.iter().find(|grant| grant.kind == GrantKind::Community).unwrap();
    let name = |kind: &str, receiver: Address| format!("{kind} grant of {receiver}");

    macro_rules! adds {
        ($($check:expr),*) => {{
            $(expected.insert($check.to_string());)*
            let findings = look(&pad, &pad.rpc, &pad.profile, &deployment, BlockId::latest()).await;
            assert_eq!(failing(&findings), expected);
        }};
    }

    adds!();
    pad.as_account(bank, a.token, LivepeerToken::transferCall { to: pad.deployer, value: U256::ONE }).await;
    adds!("genesis.bank.balance", "genesis.deployer.balance");

    pad.as_account(governance, a.controller, Controller::unpauseCall {}).await;
    adds!("genesis.controller.paused");

    let call = Controller::setContractInfoCall {
        id: keccak256("Minter"),
        contractAddress: stranger,
        gitCommitHash: FixedBytes::ZERO,
    };
    pad.as_account(governance, a.controller, call).await;
    adds!("genesis.registry.address Minter", "genesis.registry.commit Minter");

    let call = Minter::setInflationChangeCall { newChange: U256::from(4) };
    pad.as_account(governance, a.minter, call).await;
    adds!("genesis.minter.parameters inflationChange");

    pad.as_account(governance, a.controller, Controller::transferOwnershipCall { newOwner: stranger }).await;
    adds!("genesis.controller.owner");

    pad.as_account(bank, team.holder, TokenVesting::transferOwnershipCall { newOwner: stranger }).await;
    adds!(format!("genesis.vesting.owner {}", name("team", team.receiver)));

    pad.as_account(a.minter, a.token, LivepeerToken::transferOwnershipCall { newOwner: stranger }).await;
    adds!("genesis.token.owner");

    pad.as_account(stranger, a.token, LivepeerToken::mintCall { to: a.genesis_manager, amount: U256::ONE }).await;
    adds!("genesis.token.supply", "genesis.manager.balance");

    pad.as_account(stranger, a.token, LivepeerToken::finishMintingCall {}).await;
    adds!("genesis.token.minting");

    let move_one = LivepeerToken::transferCall { to: a.controller, value: U256::ONE };
    pad.as_account(lock.holder, a.token, move_one).await;
    adds!("genesis.controller.balance", format!("genesis.timelock.balance {}", name("community", lock.receiver)));

    let move_one = LivepeerToken::transferCall { to: a.minter, value: U256::ONE };
    pad.as_account(a.distributor, a.token, move_one).await;
    adds!("genesis.distributor.balance", "genesis.minter.balance");

    // as of the end of the genesis nothing has changed
    let at_the_end = BlockId::number(deployment.last_block);
    let findings = look(&pad, &pad.rpc, &pad.profile, &deployment, at_the_end).await;
    assert_eq!(failing(&findings), BTreeSet::new());

    // code that does the same and is not the same; a metadata byte is enough
    let mut code = pad.rpc.code(team.holder, BlockId::latest()).await.unwrap().to_vec();
    *code.last_mut().unwrap() ^= 1;
    pad.set_code(team.holder, code.into()).await;
    adds!(format!("genesis.vesting.code {}", name("team", team.receiver)));

    pad.set_code(lock.holder, Bytes::new()).await;
    let of = |what: &str| format!("genesis.timelock.{what} {}", name("community", lock.receiver));
    adds!(of("code"), of("token"), of("beneficiary"), of("release-time"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_of_the_profile_is_compared() {
    let pad = Pad::new().await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let at = BlockId::number(deployment.last_block);
    let fails = async |change: &dyn Fn(&mut Profile)| {
        let mut profile = pad.profile.clone();
        change(&mut profile);
        failing(&look(&pad, &pad.rpc, &profile, &deployment, at).await)
    };
    let set = |checks: &[&str]| checks.iter().map(|check| (*check).to_owned()).collect::<BTreeSet<String>>();
    let one = U256::ONE;

    assert_eq!(fails(&|_| {}).await, set(&[]));
    let expected = set(&["genesis.manager.allocations company", "genesis.bank.balance"]);
    assert_eq!(fails(&|p| p.supply.company += one).await, expected);
    let expected = set(&["genesis.manager.allocations crowd", "genesis.distributor.balance"]);
    assert_eq!(fails(&|p| p.supply.crowd += one).await, expected);
    let expected = set(&["genesis.manager.allocations initial", "genesis.token.supply"]);
    assert_eq!(fails(&|p| p.supply.initial += one).await, expected);
    for (kind, change) in [
        ("team", (|p: &mut Profile| p.supply.team += U256::ONE) as fn(&mut Profile)),
        ("investors", |p| p.supply.investors += U256::ONE),
        ("community", |p| p.supply.community += U256::ONE),
    ] {
        let checks = ["allocations", "granted"].map(|check| format!("genesis.manager.{check} {kind}"));
        assert_eq!(fails(&change).await, checks.into_iter().collect());
    }
    assert_eq!(fails(&|p| p.protocol.minter.inflation = 138).await, set(&["genesis.minter.parameters inflation"]));
    assert_eq!(fails(&|p| p.distribution.deadline += 1).await, set(&["genesis.distributor.deadline"]));
    assert_eq!(fails(&|p| p.token.symbol = "LP".to_owned()).await, set(&["genesis.token.identity symbol"]));
    assert_eq!(fails(&|p| p.grants.start += 1).await, set(&["genesis.manager.start counted from the Controller"]));
    for index in 0..pad.profile.grants.list.len() {
        let grant = pad.profile.grants.list[index];
        let subject = format!("{} grant of {}", grant.kind.as_str(), grant.receiver);
        let word = if grant.kind == GrantKind::Community { "timelock" } else { "vesting" };
        let expected = set(&[&format!("genesis.{word}.balance {subject}")]);
        assert_eq!(fails(&|p| p.grants.list[index].amount += one).await, expected);
        if index % 8 == 0 && word == "vesting" {
            let expected = set(&[&format!("genesis.vesting.cliff {subject}")]);
            assert_eq!(fails(&|p| p.grants.list[index].cliff += 1).await, expected);
            let expected = set(&[&format!("genesis.vesting.duration {subject}")]);
            assert_eq!(fails(&|p| p.grants.list[index].duration += 1).await, expected);
        }
    }
    let extra = |p: &mut Profile| {
        let mut grant = p.grants.list[0];
        grant.receiver = Address::repeat_byte(3);
        p.grants.list.push(grant);
    };
    let receiver = Address::repeat_byte(3);
    assert_eq!(fails(&extra).await, set(&[&format!("genesis.vesting.holder team grant of {receiver}")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_unknown_and_never_holds() {
    let pad = Pad::new().await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let at = BlockId::number(deployment.last_block);
    let all = look(&pad, &pad.rpc, &pad.profile, &deployment, at).await;

    let (dead, _) = pad.bad_line("*").await;
    let findings = look(&pad, &dead, &pad.profile, &deployment, at).await;
    assert_eq!(findings.len(), all.len());
    for (finding, before) in findings.iter().zip(&all) {
        assert_eq!(finding.verdict, Verdict::Unknown, "{finding:?}");
        assert_eq!((&finding.check, &finding.subject), (&before.check, &before.subject));
        assert!(finding.observed.contains("bad line"), "{finding:?}");
    }

    let (codeless, refused) = pad.bad_line("eth_getCode").await;
    let findings = look(&pad, &codeless, &pad.profile, &deployment, at).await;
    for finding in &findings {
        let expected = if finding.check.ends_with(".code") { Verdict::Unknown } else { Verdict::Holds };
        assert_eq!(finding.verdict, expected, "{finding:?}");
    }
    assert_eq!(refused.load(std::sync::atomic::Ordering::SeqCst), 5 + 47);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checklist_names_exactly_what_is_audited() {
    let pad = Pad::new().await;
    let deployment = pad.launch(|_| {}).await.unwrap().deployment;
    let at = BlockId::number(deployment.last_block);
    let findings = look(&pad, &pad.rpc, &pad.profile, &deployment, at).await;
    let audited: BTreeSet<_> = findings.iter().map(|finding| finding.check.as_str()).collect();
    let list: toml::Table = include_str!("../../checklists/genesis.toml").parse().unwrap();
    let listed: BTreeSet<_> =
        list["item"].as_array().unwrap().iter().map(|item| item["check"].as_str().unwrap()).collect();
    assert_eq!(audited, listed);
    // every finding says where it looked and what it saw
    for finding in &findings {
        assert!(
            !finding.source.is_empty() && !finding.expected.is_empty() && !finding.observed.is_empty(),
            "{finding:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_paid_before_the_hand_over_cannot_spoil_the_genesis() {
    let pad = Pad::new().await;
    let inputs = pad.inputs().await;
    let (a, crowd) = (Addresses::predict(pad.deployer, inputs.base_nonce), pad.profile.supply.crowd);
    let (stranger, bank) = (Address::repeat_byte(0x99), pad.profile.multisigs.bank);
    let (two, three) = (U256::from(2), U256::from(3));
    let entries: Vec<u8> = [(stranger, crowd - two - three), (bank, two), (pad.deployer, three)]
        .iter()
        .flat_map(|(to, amount)| [to.as_slice(), &amount.to_be_bytes::<32>()[20..]].concat())
        .collect();
    let leaf = (U256::from(31337), a.token, U256::ZERO, keccak256(&entries)).abi_encode();
    let commitment = Commitment { root: keccak256(keccak256(leaf)), total: crowd, count: 3, chunk_size: 64 };
    let plan = Plan::new(&pad.profile, Inputs { commitment, ..inputs }).unwrap();

    // the genesis has ended, the Controller is not handed over yet
    let launch = pad.carry_out(plan.clone(), |event| {
        if matches!(event, StepEvent::Started(_, step) if matches!(step.action, Action::ControllerOwner)) {
            std::panic::resume_unwind(Box::new(()));
        }
    });
    assert!(std::panic::AssertUnwindSafe(launch).catch_unwind().await.is_err());
    let distribute =
        TokenDistributor::distributeCall { firstChunk: U256::ZERO, entries: entries.into(), proof: vec![] };
    pad.as_account(stranger, a.distributor, distribute).await;
    let holders = pad.profile.grants.list.iter().map(async |grant| {
        let (receiver, at) = (grant.receiver, BlockId::latest());
        match grant.kind {
            GrantKind::Community => {
                pad.rpc.view(a.genesis_manager, GenesisManager::timeLockedHoldersCall { receiver }, at).await.unwrap()
            }
            _ => pad.rpc.view(a.genesis_manager, GenesisManager::vestingHoldersCall { receiver }, at).await.unwrap(),
        }
    });
    let holders = futures::future::join_all(holders).await;
    for to in [holders[0], holders[46], a.genesis_manager, a.minter, a.controller, a.distributor] {
        pad.as_account(stranger, a.token, LivepeerToken::transferCall { to, value: U256::ONE }).await;
    }

    // everything is as it was, but for what the accounting explains; again and again
    for settled in [1, 0] {
        let applied = pad.carry_out(plan.clone(), |_| {}).await.unwrap();
        assert_eq!(applied.settled.len(), settled);
        let audited = applied.audit(&pad.rpc).await;
        assert_eq!(failing(&audited.findings), BTreeSet::new());
    }

    // what is missing is missing all the same
    let deployment = Deployment::locate(&pad.rpc, &pad.profile, pad.deployer).await.unwrap();
    pad.as_account(bank, a.token, LivepeerToken::transferCall { to: stranger, value: three }).await;
    let call = LivepeerToken::transferCall { to: stranger, value: two };
    pad.as_account(holders[46], a.token, call).await;
    let at = BlockId::latest();
    let findings = audit(&pad.rpc, &pad.profile, &commitment, COMMIT.parse().unwrap(), &deployment, at).await;
    let lock = pad.profile.grants.list[46].receiver;
    let expected = ["genesis.bank.balance".to_owned(), format!("genesis.timelock.balance community grant of {lock}")];
    assert_eq!(failing(&findings), expected.into_iter().collect());
}
