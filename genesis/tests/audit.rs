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
    bindings::{
        BondingManager, Controller, GenesisManager, JobsManager, LivepeerToken, LivepeerVerifier, Minter,
        RoundsManager, TokenDistributor, TokenVesting,
    },
    commitment::Commitment,
};
use tminus_genesis::{
    apply::StepEvent,
    audit::audit,
    crowd::Crowd,
    deployment::Deployment,
    plan::{Inputs, Plan},
    profile::{Distribution, GrantKind, Profile, Protocol, Solvers, VerifierParameters},
    steps::{Action, Layout},
};

mod common;

use common::Pad;

const COMMIT: &str = "2889ad2d5f20507d58701acf4d47a0551e593c04";

async fn look(pad: &Pad, rpc: &Rpc, profile: &Profile, deployment: &Deployment, block: BlockId) -> Vec<Finding> {
    let crowd = Crowd::new(profile, pad.list()).unwrap_or_else(|_| pad.crowd());
    audit(rpc, profile, &crowd, COMMIT.parse().unwrap(), deployment, block).await
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

    // a round begins: the Minter moves inflation and has something to give
    pad.dev.mine(5_760).await.unwrap();
    pad.as_account(stranger, a.rounds_manager, RoundsManager::initializeRoundCall {}).await;
    adds!(
        "genesis.rounds.initialized last round",
        "genesis.rounds.initialized current round",
        "genesis.minter.rewards mintable",
        "genesis.minter.parameters inflation"
    );

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

    let call = BondingManager::setNumTranscodersCall { newNumber: U256::from(30) };
    pad.as_account(stranger, a.bonding_manager, call).await;
    adds!("genesis.bonding.parameters numTranscoders");

    pad.as_account(stranger, a.jobs_manager, JobsManager::setFinderFeeCall { newFee: U256::ZERO }).await;
    adds!("genesis.jobs.parameters finderFee");

    // another length for a while moves the clock, though the length is right again afterwards
    pad.dev.mine(5_240).await.unwrap();
    for length in [5000, 5760] {
        let call = RoundsManager::setRoundLengthCall { newLength: U256::from(length) };
        pad.as_account(stranger, a.rounds_manager, call).await;
    }
    expected.remove("genesis.rounds.initialized current round");
    adds!("genesis.rounds.clock");

    pad.as_account(stranger, a.verifier, LivepeerVerifier::addSolverCall { solver: bank }).await;
    adds!("genesis.verifier.solvers none beyond these");

    pad.as_account(stranger, a.verifier, LivepeerVerifier::setVerificationCodeHashCall { newHash: "Qm".to_owned() })
        .await;
    adds!("genesis.verifier.code-hash");

    let call = Controller::setContractInfoCall {
        id: keccak256("JobsManagerTarget"),
        contractAddress: a.jobs_manager_target,
        gitCommitHash: FixedBytes::ZERO,
    };
    pad.as_account(stranger, a.controller, call).await;
    adds!("genesis.registry.commit JobsManagerTarget");

    let call = Controller::updateControllerCall { id: keccak256("RoundsManager"), newController: stranger };
    pad.as_account(stranger, a.controller, call).await;
    // which is no Controller, so that the proxy finds no code any more
    adds!(
        "genesis.proxy.controller RoundsManager",
        "genesis.rounds.parameters roundLength",
        "genesis.rounds.parameters roundLockAmount",
        "genesis.rounds.initialized last round",
        "genesis.rounds.initialized current round"
    );

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
    pad.as_account(a.distribution, a.token, move_one).await;
    adds!("genesis.distributor.balance", "genesis.minter.balance");

    let move_one = LivepeerToken::transferCall { to: a.jobs_manager, value: U256::ONE };
    pad.as_account(bank, a.token, move_one).await;
    adds!("genesis.managers.balance JobsManager");

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
    type Of = fn(&mut Protocol) -> &mut u64;
    let parameters: [(&str, Of); 13] = [
        ("bonding.parameters unbondingPeriod", |p| &mut p.bonding_manager.unbonding_period),
        ("bonding.parameters numTranscoders", |p| &mut p.bonding_manager.num_transcoders),
        ("bonding.parameters numActiveTranscoders", |p| &mut p.bonding_manager.num_active_transcoders),
        ("bonding.parameters maxEarningsClaimsRounds", |p| &mut p.bonding_manager.max_earnings_claims_rounds),
        ("jobs.parameters verificationRate", |p| &mut p.jobs_manager.verification_rate),
        ("jobs.parameters verificationPeriod", |p| &mut p.jobs_manager.verification_period),
        ("jobs.parameters verificationSlashingPeriod", |p| &mut p.jobs_manager.verification_slashing_period),
        ("jobs.parameters failedVerificationSlashAmount", |p| &mut p.jobs_manager.failed_verification_slash_amount),
        ("jobs.parameters missedVerificationSlashAmount", |p| &mut p.jobs_manager.missed_verification_slash_amount),
        ("jobs.parameters doubleClaimSegmentSlashAmount", |p| &mut p.jobs_manager.double_claim_segment_slash_amount),
        ("jobs.parameters finderFee", |p| &mut p.jobs_manager.finder_fee),
        ("rounds.parameters roundLength", |p| &mut p.rounds_manager.round_length),
        ("rounds.parameters roundLockAmount", |p| &mut p.rounds_manager.round_lock_amount),
    ];
    for (name, parameter) in parameters {
        let expected = set(&[&format!("genesis.{name}")]);
        assert_eq!(fails(&|p| *parameter(&mut p.protocol) += 1).await, expected);
    }
    let solvers = |change: &'static dyn Fn(&mut Solvers)| {
        move |p: &mut Profile| match &mut p.protocol.verifier {
            VerifierParameters::Livepeer(solvers) => change(solvers),
            VerifierParameters::Identity => panic!("no solvers"),
        }
    };
    let hash = solvers(&|solvers| solvers.code_hash.push('x'));
    assert_eq!(fails(&hash).await, set(&["genesis.verifier.code-hash"]));
    let other = Address::repeat_byte(4);
    let another = solvers(&|solvers| solvers.solvers = vec![Address::repeat_byte(4)]);
    let expected = [format!("genesis.verifier.solvers {other}"), "genesis.verifier.solvers number 0".to_owned()];
    assert_eq!(fails(&another).await, expected.into_iter().collect());
    let none = solvers(&|solvers| solvers.solvers.clear());
    assert_eq!(fails(&none).await, set(&["genesis.verifier.solvers none beyond these"]));
    assert_eq!(fails(&|p| p.protocol.minter.inflation = 138).await, set(&["genesis.minter.parameters inflation"]));
    let later = |p: &mut Profile| match &mut p.distribution {
        Distribution::Distributor(rule) => rule.deadline += 1,
        other => panic!("{other:?}"),
    };
    assert_eq!(fails(&later).await, set(&["genesis.distributor.deadline"]));
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
    assert_eq!(refused.load(std::sync::atomic::Ordering::SeqCst), 12 + 47);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_paid_before_the_hand_over_cannot_spoil_the_genesis() {
    let pad = Pad::new().await;
    let inputs = pad.inputs().await;
    let (a, crowd) =
        (Layout::of(pad.profile.variant()).predict(pad.deployer, inputs.base_nonce), pad.profile.supply.crowd);
    let (stranger, bank) = (Address::repeat_byte(0x99), pad.profile.multisigs.bank);
    let (two, three) = (U256::from(2), U256::from(3));
    let entries: Vec<u8> = [(stranger, crowd - two - three), (bank, two), (pad.deployer, three)]
        .iter()
        .flat_map(|(to, amount)| [to.as_slice(), &amount.to_be_bytes::<32>()[20..]].concat())
        .collect();
    let leaf = (U256::from(31337), a.token, U256::ZERO, keccak256(&entries)).abi_encode();
    let commitment = Commitment { root: keccak256(keccak256(leaf)), total: crowd, count: 3, chunk_size: 64 };
    let plan = Plan::new(&pad.profile, Inputs { list: Some(commitment), ..inputs }).unwrap();

    // the genesis has ended, the Controller is not handed over yet
    let launch = pad.carry_out(plan.clone(), |event| {
        if matches!(event, StepEvent::Started(_, step) if matches!(step.action, Action::ControllerOwner)) {
            std::panic::resume_unwind(Box::new(()));
        }
    });
    assert!(std::panic::AssertUnwindSafe(launch).catch_unwind().await.is_err());
    let distribute =
        TokenDistributor::distributeCall { firstChunk: U256::ZERO, entries: entries.into(), proof: vec![] };
    pad.as_account(stranger, a.distribution, distribute).await;
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
    for to in [holders[0], holders[46], a.genesis_manager, a.minter, a.controller, a.distribution] {
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
    let crowd = Crowd::new(&pad.profile, Some(commitment)).unwrap();
    let findings = audit(&pad.rpc, &pad.profile, &crowd, COMMIT.parse().unwrap(), &deployment, at).await;
    let lock = pad.profile.grants.list[46].receiver;
    let expected = ["genesis.bank.balance".to_owned(), format!("genesis.timelock.balance community grant of {lock}")];
    assert_eq!(failing(&findings), expected.into_iter().collect());
}
