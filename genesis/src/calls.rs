//! What each step sends. What it takes to make a contract is in `constructors`.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};
use tminus_chain::outbox::{Intent, IntentKey};
use tminus_contracts::bindings::{Controller, GenesisManager, LivepeerToken, LivepeerTokenFaucet, MerkleMine};

use crate::{
    contracts::registry_id,
    crowd::Crowd,
    facts::{Ground, Origin},
    plan::{Plan, Step},
    profile::GrantKind,
    steps::Action,
};

impl Plan {
    /// What the fixed facts follow from, once the origin is known.
    pub(crate) fn ground(&self, origin: Origin) -> Ground<'_> {
        Ground {
            profile: &self.profile,
            crowd: &self.crowd,
            deployer: self.inputs.deployer,
            addresses: &self.addresses,
            origin,
        }
    }

    /// The intent of a step. Before the Controller exists the origin is not known, and no step that needs it comes before.
    pub(crate) fn intent(&self, step: &Step, origin: Origin) -> Intent {
        let (to, data) = self.call(&step.action, origin);
        let intent = Intent::new(IntentKey::new(step.key.clone()), self.inputs.deployer, to, data);
        Intent { expect_nonce: step.nonce, ..intent }
    }

    fn call(&self, action: &Action, origin: Origin) -> (Option<Address>, Bytes) {
        let a = &self.addresses;
        match action {
            Action::Deploy(contract) => {
                let mut data = contract.artifact().creation.to_vec();
                data.extend(self.constructor_arguments(*contract, origin));
                (None, data.into())
            }
            Action::Register(contract) => {
                let call = Controller::setContractInfoCall {
                    id: registry_id(contract.registered_as().unwrap_or(contract.name())),
                    contractAddress: a.of(*contract),
                    gitCommitHash: self.git_commit,
                };
                (Some(a.controller), call.abi_encode().into())
            }
            Action::Set(parameter) => (Some(a.of(parameter.manager())), parameter.set(&self.profile.protocol)),
            Action::Whitelist(account) => {
                let call = LivepeerTokenFaucet::addToWhitelistCall { account: *account };
                (Some(a.distribution), call.abi_encode().into())
            }
            Action::FaucetOwner => {
                let owner = self.faucet_owner();
                let call = LivepeerTokenFaucet::transferOwnershipCall { newOwner: owner };
                (Some(a.distribution), call.abi_encode().into())
            }
            Action::MineStart => (Some(a.distribution), MerkleMine::startCall {}.abi_encode().into()),
            Action::TokenOwner => (
                Some(a.token),
                LivepeerToken::transferOwnershipCall { newOwner: a.genesis_manager }.abi_encode().into(),
            ),
            Action::ControllerOwner => {
                let call = Controller::transferOwnershipCall { newOwner: self.profile.multisigs.governance };
                (Some(a.controller), call.abi_encode().into())
            }
            Action::Allocations | Action::Start | Action::Grant(_) | Action::End => {
                (Some(a.genesis_manager), self.manager_call(action))
            }
        }
    }

    /// Who owns the faucet in the end; the deployer where there is none.
    pub(crate) fn faucet_owner(&self) -> Address {
        match &self.crowd {
            Crowd::Anybody(faucet) => self.profile.account(faucet.owner, self.inputs.deployer),
            _ => self.inputs.deployer,
        }
    }

    fn manager_call(&self, action: &Action) -> Bytes {
        let s = &self.profile.supply;
        let data = match action {
            Action::Allocations => GenesisManager::setAllocationsCall {
                newInitialSupply: s.initial,
                newCrowdSupply: s.crowd,
                newCompanySupply: s.company,
                newTeamSupply: s.team,
                newInvestorsSupply: s.investors,
                newCommunitySupply: s.community,
            }
            .abi_encode(),
            Action::Start => GenesisManager::startCall {}.abi_encode(),
            Action::End => GenesisManager::endCall {}.abi_encode(),
            Action::Grant(grant) => {
                let (receiver, amount) = (grant.receiver, grant.amount);
                let (cliff, duration) = (U256::from(grant.cliff), U256::from(grant.duration));
                match grant.kind {
                    GrantKind::Team => GenesisManager::addTeamGrantCall {
                        receiver,
                        amount,
                        timeToCliff: cliff,
                        vestingDuration: duration,
                    }
                    .abi_encode(),
                    GrantKind::Investor => GenesisManager::addInvestorGrantCall {
                        receiver,
                        amount,
                        timeToCliff: cliff,
                        vestingDuration: duration,
                    }
                    .abi_encode(),
                    GrantKind::Community => GenesisManager::addCommunityGrantCall { receiver, amount }.abi_encode(),
                }
            }
            _ => Vec::new(),
        };
        data.into()
    }
}
