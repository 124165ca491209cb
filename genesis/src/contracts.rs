//! The contracts of a genesis: what each is called, compiled from, registered as, and where it is.
//!
//! Which of them there are, in which order and at which nonces, is for `steps` to say.

use alloy::primitives::{Address, B256, keccak256};
use serde::Serialize;
use tminus_contracts::artifact::{self, Artifact};

use crate::profile::{DistributionKind, VerifierKind};

/// A contract that a genesis deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Contract {
    /// Registry, pause switch, root of administration.
    Controller,
    /// The token.
    LivepeerToken,
    /// Inflation; owns the token in the end.
    Minter,
    /// Verification answered by solvers.
    LivepeerVerifier,
    /// Verification that always passes.
    IdentityVerifier,
    /// The code of the BondingManager.
    BondingManagerTarget,
    /// Its proxy: stake and rewards.
    BondingManager,
    /// The code of the JobsManager.
    JobsManagerTarget,
    /// Its proxy: jobs and fees.
    JobsManager,
    /// The code of the RoundsManager.
    RoundsManagerTarget,
    /// The code of one whose clock anybody can set, in its place.
    AdjustableRoundsManagerTarget,
    /// Its proxy: time.
    RoundsManager,
    /// Pays the crowd.
    TokenDistributor,
    /// Hands out to the crowd.
    MerkleMine,
    /// Hands out to whoever asks.
    LivepeerTokenFaucet,
    /// Mints the initial supply and makes the grants.
    GenesisManager,
}

/// The three managers behind proxies.
pub(crate) const PROXIES: [Contract; 3] = [Contract::BondingManager, Contract::JobsManager, Contract::RoundsManager];

impl Contract {
    /// Its name in step ids and in the address book.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Controller => "Controller",
            Self::LivepeerToken => "LivepeerToken",
            Self::Minter => "Minter",
            Self::LivepeerVerifier => "LivepeerVerifier",
            Self::IdentityVerifier => "IdentityVerifier",
            Self::BondingManagerTarget => "BondingManagerTarget",
            Self::BondingManager => "BondingManager",
            Self::JobsManagerTarget => "JobsManagerTarget",
            Self::JobsManager => "JobsManager",
            Self::RoundsManagerTarget => "RoundsManagerTarget",
            Self::AdjustableRoundsManagerTarget => "AdjustableRoundsManagerTarget",
            Self::RoundsManager => "RoundsManager",
            Self::TokenDistributor => "TokenDistributor",
            Self::MerkleMine => "MerkleMine",
            Self::LivepeerTokenFaucet => "LivepeerTokenFaucet",
            Self::GenesisManager => "GenesisManager",
        }
    }

    /// Its compiled code: of a proxied manager that of the proxy.
    #[must_use]
    pub fn artifact(self) -> &'static Artifact {
        committed(match self {
            Self::BondingManagerTarget => "BondingManager",
            Self::JobsManagerTarget => "JobsManager",
            Self::RoundsManagerTarget => "RoundsManager",
            Self::AdjustableRoundsManagerTarget => "AdjustableRoundsManager",
            Self::BondingManager | Self::JobsManager | Self::RoundsManager => "ManagerProxy",
            other => other.name(),
        })
    }

    /// The name that the Controller has it under; none for those that are not registered.
    #[must_use]
    pub fn registered_as(self) -> Option<&'static str> {
        match self {
            Self::Controller | Self::TokenDistributor | Self::MerkleMine | Self::GenesisManager => None,
            Self::LivepeerVerifier | Self::IdentityVerifier => Some("Verifier"),
            Self::AdjustableRoundsManagerTarget => Some("RoundsManagerTarget"),
            other => Some(other.name()),
        }
    }

    /// The name under which the Controller has the code of a proxy; none for what is no proxy.
    #[must_use]
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::BondingManager => Some("BondingManagerTarget"),
            Self::JobsManager => Some("JobsManagerTarget"),
            Self::RoundsManager => Some("RoundsManagerTarget"),
            _ => None,
        }
    }

    /// Whether it runs the protocol and has no check of its own for its balance: verifier, managers, their proxies.
    pub(crate) fn is_of_the_protocol(self) -> bool {
        self.registered_as().is_some()
            && !matches!(self, Self::LivepeerToken | Self::Minter | Self::LivepeerTokenFaucet)
    }

    /// Whether its making left a log of its first owner.
    pub(crate) fn has_owner_log(self) -> bool {
        matches!(self, Self::Controller | Self::LivepeerToken | Self::GenesisManager)
    }
}

impl From<VerifierKind> for Contract {
    fn from(kind: VerifierKind) -> Self {
        match kind {
            VerifierKind::Livepeer => Self::LivepeerVerifier,
            VerifierKind::Identity => Self::IdentityVerifier,
        }
    }
}

impl From<DistributionKind> for Contract {
    fn from(kind: DistributionKind) -> Self {
        match kind {
            DistributionKind::Distributor => Self::TokenDistributor,
            DistributionKind::MerkleMine => Self::MerkleMine,
            DistributionKind::Faucet => Self::LivepeerTokenFaucet,
        }
    }
}

/// The id of a name in the Controller: the hash of the bare name.
pub(crate) fn registry_id(name: &str) -> B256 {
    keccak256(name)
}

/// A committed artifact that this crate is built on.
pub(crate) fn committed(name: &'static str) -> &'static Artifact {
    // the names are those of this crate, the artifacts part of the program; a test asks for each
    artifact::get(name).unwrap_or_else(|| unreachable!("{name} is a committed artifact"))
}

/// Where the contracts are. Every genesis has these; which contract verifies and which has the crowd's part is its variant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Addresses {
    /// Controller.
    pub controller: Address,
    /// LivepeerToken.
    #[serde(rename = "LivepeerToken")]
    pub token: Address,
    /// Minter.
    pub minter: Address,
    /// The verifier.
    pub verifier: Address,
    /// Code of the BondingManager.
    pub bonding_manager_target: Address,
    /// BondingManager.
    pub bonding_manager: Address,
    /// Code of the JobsManager.
    pub jobs_manager_target: Address,
    /// JobsManager.
    pub jobs_manager: Address,
    /// Code of the RoundsManager.
    pub rounds_manager_target: Address,
    /// RoundsManager.
    pub rounds_manager: Address,
    /// What gives the crowd's part away.
    pub distribution: Address,
    /// GenesisManager.
    pub genesis_manager: Address,
}

impl Addresses {
    /// The address of one that this genesis has.
    #[must_use]
    pub fn of(mut self, contract: Contract) -> Address {
        *self.place(contract)
    }

    /// Where the address of a contract stands.
    pub(crate) fn place(&mut self, contract: Contract) -> &mut Address {
        match contract {
            Contract::Controller => &mut self.controller,
            Contract::LivepeerToken => &mut self.token,
            Contract::Minter => &mut self.minter,
            Contract::LivepeerVerifier | Contract::IdentityVerifier => &mut self.verifier,
            Contract::BondingManagerTarget => &mut self.bonding_manager_target,
            Contract::BondingManager => &mut self.bonding_manager,
            Contract::JobsManagerTarget => &mut self.jobs_manager_target,
            Contract::JobsManager => &mut self.jobs_manager,
            Contract::RoundsManagerTarget | Contract::AdjustableRoundsManagerTarget => &mut self.rounds_manager_target,
            Contract::RoundsManager => &mut self.rounds_manager,
            Contract::TokenDistributor | Contract::MerkleMine | Contract::LivepeerTokenFaucet => &mut self.distribution,
            Contract::GenesisManager => &mut self.genesis_manager,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Variant, steps::Layout};

    #[test]
    fn every_contract_has_its_artifact_and_its_code_is_its_own() {
        for contract in Variant::all().flat_map(|variant| Layout::of(variant).contracts().collect::<Vec<_>>()) {
            assert!(!contract.artifact().creation.is_empty(), "{contract:?}");
        }
        for name in ["TokenVesting", "TokenTimelock"] {
            assert_eq!(committed(name).name, name);
        }
    }

    #[test]
    fn ids_are_those_that_clients_know() {
        // protocol specification, 2.1
        for (contract, id) in [
            (Contract::Minter, "0x6e58ad548d72b425ea94c15f453bf26caddb061d82b2551db7fdd3cefe0e9940"),
            (Contract::BondingManagerTarget, "0xfc6f6f33d2bb065ac61cbdd4dbe4b7adf6f3e7e6c6a3d1fe297cbf9a187092e4"),
            (
                Contract::AdjustableRoundsManagerTarget,
                "0x56f65aba3e3e5b6d5adbc6cdc14c51957893b21d4a6a56260af4e03af7e1a51d",
            ),
            (Contract::IdentityVerifier, "0x121833d5ee4fda5e1a4034c2b7be8155c158142541dea26f39122c796649233f"),
            (Contract::LivepeerTokenFaucet, "0x5f8d58050c9f37ce30acebdd762a0683b7f2bb88ded15cdd64e219c282603664"),
        ] {
            assert_eq!(registry_id(contract.registered_as().unwrap()).to_string(), id);
        }
        assert!(PROXIES.iter().all(|proxy| proxy.target().is_some_and(|target| target.ends_with("Target"))));
    }
}
