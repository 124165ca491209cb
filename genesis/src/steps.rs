//! The order of a genesis, from which everything else about nonces and addresses follows.
//!
//! Every step takes one nonce of the deployer. So the address of each contract follows from the deployer and the nonce of
//! the first step, the base nonce: it is `create(deployer, base_nonce + i)` if the contract's deployment is the step `i`.
//! The order is that of 2018: Controller, token, Minter, verifier, faucet where there is one, the three managers with their
//! proxies, their parameters, and then the genesis itself, up to the hand-over of the Controller.

use alloy::primitives::Address;
use serde::Serialize;

use crate::{
    contracts::{Addresses, Contract, PROXIES},
    parameters::Parameter,
    profile::{Distribution, DistributionKind, Grant, Profile, Role, Variant},
};

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Deploys a contract.
    Deploy(Contract),
    /// Registers a contract with the Controller.
    Register(Contract),
    /// Sets a parameter of a manager through its proxy.
    Set(Parameter),
    /// Hands the token to the GenesisManager.
    TokenOwner,
    /// Sets the six supplies.
    Allocations,
    /// Mints the initial supply.
    Start,
    /// Makes a grant.
    Grant(Grant),
    /// Pays crowd and company, hands the token to the Minter.
    End,
    /// Lets an account ask the faucet without waiting.
    Whitelist(Address),
    /// Hands the faucet to its owner.
    FaucetOwner,
    /// Opens the MerkleMine.
    MineStart,
    /// Hands the Controller to governance.
    ControllerOwner,
}

impl Action {
    /// Its id; stable for ever, ledgers hold it.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Deploy(contract) => format!("genesis/deploy/{}", contract.name()),
            Self::Register(contract) => {
                format!("genesis/register/{}", contract.registered_as().unwrap_or(contract.name()))
            }
            Self::Set(parameter) => format!("genesis/set/{}.{}", parameter.manager().name(), parameter.name()),
            Self::TokenOwner => "genesis/token-owner/GenesisManager".to_owned(),
            Self::Allocations => "genesis/allocations".to_owned(),
            Self::Start => "genesis/start".to_owned(),
            Self::Grant(grant) => format!("genesis/grant/{}/{:#x}", grant.kind.as_str(), grant.receiver),
            Self::End => "genesis/end".to_owned(),
            Self::Whitelist(account) => format!("genesis/whitelist/{account:#x}"),
            Self::FaucetOwner => "genesis/faucet-owner".to_owned(),
            Self::MineStart => "genesis/start/MerkleMine".to_owned(),
            Self::ControllerOwner => "genesis/controller-owner/governance".to_owned(),
        }
    }
}

/// The steps up to the last deployment: their nonces decide the addresses.
pub(crate) fn founding(variant: Variant) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut deploy = |contract: Contract| {
        actions.push(Action::Deploy(contract));
        actions.extend(contract.registered_as().map(|_| Action::Register(contract)));
    };
    for contract in [Contract::Controller, Contract::LivepeerToken, Contract::Minter, variant.verifier.into()] {
        deploy(contract);
    }
    let crowd = Contract::from(variant.distribution);
    let has_faucet = variant.distribution == DistributionKind::Faucet;
    if has_faucet {
        deploy(crowd);
    }
    for proxy in PROXIES {
        deploy(match proxy {
            Contract::BondingManager => Contract::BondingManagerTarget,
            Contract::JobsManager => Contract::JobsManagerTarget,
            _ if variant.adjustable_rounds => Contract::AdjustableRoundsManagerTarget,
            _ => Contract::RoundsManagerTarget,
        });
        deploy(proxy);
    }
    actions.extend(Parameter::ALL.map(Action::Set));
    if !has_faucet {
        actions.push(Action::Deploy(crowd));
    }
    actions.push(Action::Deploy(Contract::GenesisManager));
    actions
}

/// All steps in their order.
pub(crate) fn actions(profile: &Profile) -> Vec<Action> {
    let mut actions = founding(profile.variant());
    actions.extend([Action::TokenOwner, Action::Allocations, Action::Start]);
    actions.extend(profile.grants.list.iter().map(|grant| Action::Grant(*grant)));
    actions.push(Action::End);
    match &profile.distribution {
        Distribution::Distributor(_) => {}
        Distribution::MerkleMine(_) => actions.push(Action::MineStart),
        Distribution::Faucet(faucet) => {
            actions.extend(faucet.whitelist.iter().map(|account| Action::Whitelist(*account)));
            if faucet.owner != Role::Deployer {
                actions.push(Action::FaucetOwner);
            }
        }
    }
    actions.push(Action::ControllerOwner);
    actions
}

/// The contracts of a variant in order, each with its nonce counted from the base nonce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(Vec<(Contract, u64)>);

impl Layout {
    /// Of a variant.
    #[must_use]
    pub fn of(variant: Variant) -> Self {
        let deployed = |(offset, action)| match action {
            Action::Deploy(contract) => Some((contract, offset)),
            _ => None,
        };
        Self((0..).zip(founding(variant)).filter_map(deployed).collect())
    }

    /// The contracts in order of deployment.
    pub fn contracts(&self) -> impl Iterator<Item = Contract> {
        self.0.iter().map(|(contract, _)| *contract)
    }

    /// The contracts with their nonces.
    pub(crate) fn nonces(&self) -> impl Iterator<Item = (Contract, u64)> {
        self.0.iter().copied()
    }

    /// The nonce of a contract, counted from the base nonce; none when the variant does not have it.
    #[must_use]
    pub fn nonce_offset(&self, contract: Contract) -> Option<u64> {
        self.0.iter().find(|(other, _)| *other == contract).map(|(_, offset)| *offset)
    }

    /// The nonce of the last contract: until then every step has its own.
    pub(crate) fn last(&self) -> u64 {
        self.0.last().map_or(0, |(_, offset)| *offset)
    }

    /// The first step that depends on the block of the Controller: what counts time or blocks from it.
    pub(crate) fn first_dated(&self) -> u64 {
        let dated = [Contract::TokenDistributor, Contract::MerkleMine, Contract::GenesisManager];
        dated.into_iter().filter_map(|contract| self.nonce_offset(contract)).min().unwrap_or_default()
    }

    /// Where a genesis that begins at `base_nonce` puts them.
    #[must_use]
    pub fn predict(&self, deployer: Address, base_nonce: u64) -> Addresses {
        let mut addresses = Addresses::default();
        for (contract, offset) in self.nonces() {
            *addresses.place(contract) = deployer.create(base_nonce + offset);
        }
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_every_place_once() {
        let deployer = Address::repeat_byte(1);
        for variant in Variant::all() {
            let layout = Layout::of(variant);
            let addresses = layout.predict(deployer, 5);
            let mut seen: Vec<_> = layout.contracts().map(|contract| addresses.of(contract)).collect();
            assert_eq!(seen.len(), 12, "{variant:?}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 12, "{variant:?}");
            assert_eq!(addresses.genesis_manager, deployer.create(5 + layout.last()));
            assert_eq!(layout.nonce_offset(Contract::Controller), Some(0));
        }
    }
}
