//! The plan: stable ids in a stable order, predicted addresses, refusals before anything is sent.

use alloy::primitives::{Address, B256, U256, address};
use tminus_chain::gas::{Fork, GasRules};
use tminus_contracts::commitment::Commitment;
use tminus_genesis::{
    PlanError,
    contracts::{Addresses, Contract},
    plan::{Action, Inputs, Plan},
    profile::{Flight, Profile},
};

const DEPLOYER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

fn profile() -> Profile {
    Profile::find("livepeer-2018").unwrap()
}

fn inputs(profile: &Profile) -> Inputs {
    Inputs {
        flight: Flight::Rehearsal,
        commitment: Commitment {
            root: B256::repeat_byte(1),
            total: profile.supply.crowd,
            count: 10_000,
            chunk_size: 64,
        },
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
    let ids: Vec<String> = plan(0).steps.into_iter().map(|step| step.id).collect();
    assert_eq!(ids.join("\n") + "\n", include_str!("golden/livepeer-2018.steps"));
    assert_eq!(ids.len(), 59);
}

#[test]
fn deployments_have_the_addresses_of_their_nonces() {
    let plan = plan(7);
    for (index, step) in plan.steps.iter().enumerate() {
        let nonce = 7 + index as u64;
        if let Action::Deploy(contract) = step.action {
            assert_eq!(step.address, Some(DEPLOYER.create(nonce)), "{}", step.id);
            assert_eq!(step.address, Some(plan.addresses.of(contract)));
            assert_eq!(nonce, 7 + contract.nonce_offset());
        } else {
            assert_eq!(step.address, None);
        }
        // the nonce is bound as long as an address depends on it
        assert_eq!(step.nonce, (index <= 6).then_some(nonce), "{}", step.id);
    }
    assert_eq!(plan.addresses, Addresses::predict(DEPLOYER, 7));
    // a value known from elsewhere: the first contract of the first development account
    let first = Addresses::predict(DEPLOYER, 0).of(Contract::Controller);
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
    assert_eq!(text.lines().count(), 60);
    assert!(
        text.contains("grant 500000 LPT to 0x907D3231DFd3b45C1075B87ff92335325fEd3632 (team), vesting over 1095 days")
    );
    assert!(text.lines().last().unwrap().starts_with(&format!("59 steps, about {gas} gas")));
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
    let error = with(&|inputs| inputs.commitment.total -= U256::ONE);
    assert!(matches!(error, PlanError::CrowdSupply { .. }));
    assert!(error.to_string().contains("6343699.999999999999999999 LPT"), "{error}");
    let error = with(&|inputs| inputs.commitment.chunk_size = 32);
    assert_eq!(error, PlanError::ChunkSize { listed: 32, profile: 64 });
    assert_eq!(with(&|inputs| inputs.commitment.count = 0), PlanError::EmptyList);
    assert_eq!(with(&|inputs| inputs.commitment.root = B256::ZERO), PlanError::EmptyList);
    let error = with(&|inputs| inputs.rules = GasRules::of(Fork::Osaka, 500_000));
    assert!(matches!(error, PlanError::Gas { cap: 500_000, .. }), "{error}");

    let mut other = profile.clone();
    other.token.decimals = 6;
    let error = Plan::new(&other, good).unwrap_err();
    assert!(error.to_string().contains("token.decimals is 6, the token contract's is 18"), "{error}");
}
