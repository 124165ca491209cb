//! The plan: every step of a genesis in its order, before anything is sent.
//!
//! A plan is made from the profile, the committed list if it has one and the deployer's nonce, without a chain; the same inputs give the
//! same plan. Each step has an id that never changes, and a key of its intent that is its own in every genesis. Deployments have their predicted
//! address. What cannot be known yet is the block that deploys the Controller, from which the grants' start and the
//! distribution's terms are counted; everything else of the calldata is fixed.
//!
//! Gas figures are estimates (see `gas`); the limit of each transaction is asked from the chain when its turn comes.

use std::fmt;

use alloy::primitives::{Address, FixedBytes, U256, hex};
use serde::Serialize;
use tminus_chain::{
    gas::GasRules,
    outbox::{Outbox, OutboxError, Settled},
    units::{ETHER_UNITS, format_amount},
};
use tminus_contracts::commitment::Commitment;

use crate::{
    contracts::Addresses,
    crowd::Crowd,
    duration::format_duration,
    error::PlanError,
    gas,
    profile::{DistributionKind, Flight, GrantKind, Network, Profile},
    steps::{Action, Layout, actions},
};

/// What the token contract says of itself: name, symbol, decimals. The audit reads the same from the chain.
const TOKEN: (&str, &str, u8) = ("Livepeer Token", "LPT", 18);

/// What a plan is made from, beside the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// Rehearsal or launch: decides the chain.
    pub flight: Flight,
    /// The committed list, where the profile's distribution pays one.
    pub list: Option<Commitment>,
    /// Who deploys.
    pub deployer: Address,
    /// The deployer's nonce for the first step, see [`crate::contracts::find_base_nonce`].
    pub base_nonce: u64,
    /// Gas rules of the chain.
    pub rules: GasRules,
    /// Wei a gas, for the costs shown.
    pub fee: u128,
    /// Commit of the contracts' sources; the profile's when `None`, and zero when that has none either.
    pub git_commit: Option<FixedBytes<20>>,
}

/// One step: one transaction of the deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its id: `genesis/deploy/Controller`.
    pub id: String,
    /// The key of its intent: the id, the base nonce and the deployer, `genesis/deploy/Controller@0-f39fd6e5`, so that two
    /// geneses in one ledger are two.
    pub key: String,
    /// In words.
    pub title: String,
    /// What it does.
    pub action: Action,
    /// The nonce it must have: as long as the address of a later contract depends on it.
    pub nonce: Option<u64>,
    /// The address it deploys to.
    pub address: Option<Address>,
    /// Gas, estimated.
    pub gas: u64,
    /// Wei, estimated: gas at the fee of the inputs.
    #[serde(serialize_with = "decimal")]
    pub cost: U256,
}

/// The steps of a genesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The profile.
    pub profile: Profile,
    /// What becomes of the crowd's part.
    pub crowd: Crowd,
    /// The rest it was made from.
    pub inputs: Inputs,
    /// The chain it is for.
    pub network: Network,
    /// Commit registered with the contracts; zero if unknown.
    pub git_commit: FixedBytes<20>,
    /// Where the contracts will be.
    pub addresses: Addresses,
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// [`PlanError`] when profile, list and chain do not fit together.
    pub fn new(profile: &Profile, inputs: Inputs) -> Result<Self, PlanError> {
        let crowd = Crowd::new(profile, inputs.list)?;
        check_token(profile)?;
        let layout = Layout::of(profile.variant());
        let mut plan = Self {
            profile: profile.clone(),
            crowd,
            inputs,
            network: profile.network(inputs.flight),
            git_commit: inputs.git_commit.or(profile.git_commit).unwrap_or_default(),
            addresses: layout.predict(inputs.deployer, inputs.base_nonce),
            steps: Vec::new(),
        };
        let bound = layout.last();
        let step = |(index, action)| plan.step(action, (index <= bound).then_some(inputs.base_nonce + index));
        plan.steps = (0..).zip(actions(profile)).map(step).collect();
        let cap = inputs.rules.transaction_cap;
        match plan.steps.iter().find(|step| step.gas > cap) {
            Some(step) => Err(PlanError::Gas { step: step.id.clone(), gas: step.gas, cap }),
            None => Ok(plan),
        }
    }

    /// Gas of all steps, estimated.
    #[must_use]
    pub fn gas(&self) -> u64 {
        self.steps.iter().map(|step| step.gas).sum()
    }

    /// Wei of all steps, estimated.
    #[must_use]
    pub fn cost(&self) -> U256 {
        self.steps.iter().map(|step| step.cost).sum()
    }

    /// What the journal knows of this genesis: the transactions of its steps.
    ///
    /// # Errors
    /// The journal.
    pub fn journal(&self, outbox: &Outbox) -> Result<Vec<Settled>, OutboxError> {
        let known = outbox.known("genesis/")?.into_iter().filter_map(|known| known.settled);
        Ok(known.filter(|settled| settled.key.as_str().ends_with(&self.suffix())).collect())
    }

    /// What tells the keys of this genesis from those of others.
    fn suffix(&self) -> String {
        format!("@{}-{}", self.inputs.base_nonce, hex::encode(&self.inputs.deployer[..4]))
    }

    fn step(&self, action: Action, nonce: Option<u64>) -> Step {
        let address = match action {
            Action::Deploy(contract) => Some(self.addresses.of(contract)),
            _ => None,
        };
        let gas = gas::estimate(&action);
        let cost = U256::from(gas) * U256::from(self.inputs.fee);
        let id = action.id();
        let key = format!("{id}{}", self.suffix());
        Step { id, key, title: self.title(&action), action, nonce, address, gas, cost }
    }

    fn title(&self, action: &Action) -> String {
        let profile = &self.profile;
        match action {
            Action::Deploy(contract) => format!("deploy the {}", contract.name()),
            Action::Register(contract) => {
                let name = contract.registered_as().unwrap_or(contract.name());
                format!("register the {} as {name}, commit {}", contract.name(), self.git_commit)
            }
            Action::Set(parameter) => {
                let planned = parameter.planned(&profile.protocol);
                format!("set {} of the {} to {planned}", parameter.name(), parameter.manager().name())
            }
            Action::TokenOwner => "hand the token to the GenesisManager".to_owned(),
            Action::Allocations => {
                format!("allocate the initial supply of {}", profile.display_amount(profile.supply.initial))
            }
            Action::Start => format!("mint {} to the GenesisManager", profile.display_amount(profile.supply.initial)),
            Action::Grant(grant) => {
                let amount = profile.display_amount(grant.amount);
                let hold = match grant.kind {
                    GrantKind::Community => "locked until the grants' start".to_owned(),
                    _ => format!("vesting over {}", format_duration(grant.duration)),
                };
                format!("grant {amount} to {} ({}), {hold}", grant.receiver, grant.kind.as_str())
            }
            Action::End => format!(
                "pay {} to the {} and {} to the bank, hand the token to the Minter",
                profile.display_amount(profile.supply.crowd),
                match profile.distribution.kind() {
                    DistributionKind::Distributor => "distributor",
                    DistributionKind::MerkleMine => "MerkleMine",
                    DistributionKind::Faucet => "faucet",
                },
                profile.display_amount(profile.supply.company)
            ),
            Action::Whitelist(account) => format!("let {account} ask the faucet without waiting"),
            Action::FaucetOwner => "hand the faucet to its owner".to_owned(),
            Action::MineStart => "open the MerkleMine".to_owned(),
            Action::ControllerOwner => {
                format!("hand the Controller to governance, {}", profile.multisigs.governance)
            }
        }
    }
}

fn check_token(profile: &Profile) -> Result<(), PlanError> {
    let (name, symbol, decimals) = TOKEN;
    let token = &profile.token;
    let differs = |field, profile: &dyn fmt::Display, contract: &dyn fmt::Display| {
        let (profile, contract) = (profile.to_string(), contract.to_string());
        if profile == contract { Ok(()) } else { Err(PlanError::Token { field, profile, contract }) }
    };
    differs("name", &token.name, &name)?;
    differs("symbol", &token.symbol, &symbol)?;
    differs("decimals", &token.decimals, &decimals)
}

fn decimal<S: serde::Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The plan as a plain table: number, id, gas, cost, address, title.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ether = |wei| format_amount(wei, ETHER_UNITS[2].1);
        let width = self.steps.iter().map(|step| step.id.len()).max().unwrap_or_default();
        let cost_width = self.steps.iter().map(|step| ether(step.cost).len()).max().unwrap_or_default();
        for (index, step) in self.steps.iter().enumerate() {
            let (number, cost) = (index + 1, ether(step.cost));
            write!(
                f,
                "{number:>3}  {:<width$}  {:>9} gas  {cost:<cost_width$} ether  {}",
                step.id, step.gas, step.title
            )?;
            if let Some(address) = step.address {
                write!(f, " at {address}")?;
            }
            writeln!(f)?;
        }
        write!(f, "{} steps, about {} gas, {} ether", self.steps.len(), self.gas(), ether(self.cost()))
    }
}
