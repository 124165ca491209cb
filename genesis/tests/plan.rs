//! The plan: stable ids in a stable order, predicted addresses, refusals before anything is sent.

use alloy::primitives::{Address, B256, U256, address};
use tminus_chain::gas::{Fork, GasRules};
use tminus_contracts::commitment::Commitment;
use tminus_genesis::{
    PlanError,
    contracts::Contract,
    plan::{Inputs, Plan},
    profile::{DistributionKind, Flight, Profile},
    steps::{Action, Layout},
};

const DEPLOYER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

fn profile() -> Profile {
    Profile::find("livepeer-2018").unwrap()
}

fn inputs(profile: &Profile) -> Inputs {
    Inputs {
        flight: Flight::Rehearsal,
        list: Some(Commitment {
            root: B256::repeat_byte(1),
            total: profile.supply.crowd,
            count: 10_000,
            chunk_size: 64,
        }),
        deployer: DEPLOYER,
        base_nonce: 0,
        rules: GasRules::of(Fork::Osaka, 60_000_000),
        fee: 2_000_000_000,
        git_commit: None,
    }
}

fn plan(base_nonce: u64) -> Plan {
    let profile = profile();
    Plan::new(&profile, Inputs { base_nonce, ..inputs(&profile) }).unwrap()
}

#[test]
fn the_ids_are_those_that_ledgers_hold() {
    for (name, steps, count) in [
        ("livepeer-2018", include_str!("golden/livepeer-2018.steps"), 86),
        ("livepeer-2018-merkle-mine", include_str!("golden/livepeer-2018-merkle-mine.steps"), 87),
        ("livepeer-testnet", include_str!("golden/livepeer-testnet.steps"), 88),
    ] {
        let profile = Profile::find(name).unwrap();
        let list = inputs(&profile).list.filter(|_| profile.distribution.kind() == DistributionKind::Distributor);
        let plan = Plan::new(&profile, Inputs { list, ..inputs(&profile) }).unwrap();
        let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids.join("\n") + "\n", steps, "{name}");
        assert_eq!(ids.len(), count);
        // two steps with one key would be one
        let keys: std::collections::BTreeSet<&str> = plan.steps.iter().map(|step| step.key.as_str()).collect();
        assert_eq!(keys.len(), count);
    }
}

#[test]
fn only_a_distributor_has_a_list() {
    for name in ["livepeer-2018-merkle-mine", "livepeer-testnet"] {
        let profile = Profile::find(name).unwrap();
        let error = Plan::new(&profile, inputs(&profile)).unwrap_err();
        assert_eq!(error, PlanError::ListUnused { kind: profile.distribution.kind().as_str() });
        assert!(error.to_string().contains("leave it out"), "{error}");
    }
}

#[test]
fn deployments_have_the_addresses_of_their_nonces() {
    let plan = plan(7);
    let layout = Layout::of(profile().variant());
    for (index, step) in plan.steps.iter().enumerate() {
        let nonce = 7 + index as u64;
        if let Action::Deploy(contract) = step.action {
            assert_eq!(step.address, Some(DEPLOYER.create(nonce)), "{}", step.id);
            assert_eq!(step.address, Some(plan.addresses.of(contract)));
            assert_eq!(nonce, 7 + layout.nonce_offset(contract).unwrap());
        } else {
            assert_eq!(step.address, None);
        }
        // the nonce is bound as long as an address depends on it
        assert_eq!(step.nonce, (index <= 33).then_some(nonce), "{}", step.id);
    }
    assert_eq!(plan.addresses, layout.predict(DEPLOYER, 7));
    // a value known from elsewhere: the first contract of the first development account
    let first = layout.predict(DEPLOYER, 0).of(Contract::Controller);
    assert_eq!(first, address!("0x5FbDB2315678afecb367f032d93F642f64180aa3"));
}

#[test]
fn the_same_inputs_give_the_same_plan_and_it_prints_and_serialises() {
    let plan = plan(0);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json, serde_json::to_value(self::plan(0)).unwrap());
    assert_eq!(json["steps"][0]["id"], "genesis/deploy/Controller");
    let gas: u64 = plan.steps.iter().map(|step| step.gas).sum();
    assert_eq!(plan.cost(), U256::from(gas) * U256::from(2_000_000_000u64));
    let text = plan.to_string();
    assert_eq!(text.lines().count(), 87);
    assert!(
        text.contains("grant 500000 LPT to 0x907D3231DFd3b45C1075B87ff92335325fEd3632 (team), vesting over 1095 days")
    );
    assert!(text.lines().last().unwrap().starts_with(&format!("86 steps, about {gas} gas")));
}

#[test]
fn profile_list_and_chain_have_to_fit() {
    let profile = profile();
    let good = inputs(&profile);
    let with = |change: &dyn Fn(&mut Inputs)| {
        let mut inputs = good;
        change(&mut inputs);
        Plan::new(&profile, inputs).unwrap_err()
    };
    let with_list = |change: &dyn Fn(&mut Commitment)| with(&|inputs| change(inputs.list.as_mut().unwrap()));
    assert_eq!(with(&|inputs| inputs.list = None), PlanError::NoList);
    let error = with_list(&|list| list.total -= U256::ONE);
    assert!(matches!(error, PlanError::CrowdSupply { .. }));
    assert!(error.to_string().contains("6343699.999999999999999999 LPT"), "{error}");
    let error = with_list(&|list| list.chunk_size = 32);
    assert_eq!(error, PlanError::ChunkSize { listed: 32, profile: 64 });
    assert_eq!(with_list(&|list| list.count = 0), PlanError::EmptyList);
    assert_eq!(with_list(&|list| list.root = B256::ZERO), PlanError::EmptyList);
    let error = with(&|inputs| inputs.rules = GasRules::of(Fork::Osaka, 500_000));
    assert!(matches!(error, PlanError::Gas { cap: 500_000, .. }), "{error}");

    let mut other = profile.clone();
    other.token.decimals = 6;
    let error = Plan::new(&other, good).unwrap_err();
    assert!(error.to_string().contains("token.decimals is 6, the token contract's is 18"), "{error}");
}
