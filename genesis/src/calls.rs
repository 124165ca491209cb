//! What each step sends.

use alloy::{
    primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256},
    sol_types::{SolCall, SolConstructor},
};
use tminus_chain::outbox::{GasLimit, Intent, IntentKey};
use tminus_contracts::bindings::{Controller, GenesisManager, LivepeerToken, Minter, TokenDistributor};

use crate::{
    contracts::Contract,
    facts::Ground,
    plan::{Action, Plan, Step},
    profile::GrantKind,
};

/// The id of a contract in the Controller: the hash of its bare name.
pub(crate) fn registry_id(contract: Contract) -> B256 {
    keccak256(contract.name())
}

impl Plan {
    /// What the fixed facts follow from, once the grants' start is known.
    pub(crate) fn ground(&self, grants_start: u64) -> Ground<'_> {
        Ground {
            profile: &self.profile,
            commitment: &self.inputs.commitment,
            deployer: self.inputs.deployer,
            addresses: &self.addresses,
            grants_start,
        }
    }

    /// The intent of a step. Before the Controller exists the grants' start is not known, and no step that needs it comes
    /// before.
    pub(crate) fn intent(&self, step: &Step, grants_start: u64) -> Intent {
        let (to, data) = self.call(&step.action, grants_start);
        Intent {
            key: IntentKey::new(step.key.clone()),
            from: self.inputs.deployer,
            to,
            data,
            value: U256::ZERO,
            gas: GasLimit::Estimate,
            expect_nonce: step.nonce,
        }
    }

    fn call(&self, action: &Action, grants_start: u64) -> (Option<Address>, Bytes) {
        let a = &self.addresses;
        match action {
            Action::Deploy(contract) => {
                let mut data = contract.artifact().creation.to_vec();
                data.extend(self.constructor_arguments(*contract, grants_start));
                (None, data.into())
            }
            Action::Register(contract) => {
                let call = Controller::setContractInfoCall {
                    id: registry_id(*contract),
                    contractAddress: a.of(*contract),
                    gitCommitHash: FixedBytes(self.git_commit.0),
                };
                (Some(a.controller), call.abi_encode().into())
            }
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
            Action::Deploy(_) | Action::Register(_) | Action::TokenOwner | Action::ControllerOwner => Vec::new(),
        };
        data.into()
    }

    /// The ABI-encoded arguments of a constructor.
    pub(crate) fn constructor_arguments(&self, contract: Contract, grants_start: u64) -> Vec<u8> {
        let (a, p) = (&self.addresses, &self.profile);
        match contract {
            Contract::Controller | Contract::LivepeerToken => Vec::new(),
            Contract::Minter => Minter::constructorCall {
                controller_: a.controller,
                inflation_: U256::from(p.protocol.minter.inflation),
                inflationChange_: U256::from(p.protocol.minter.inflation_change),
                targetBondingRate_: U256::from(p.protocol.minter.target_bonding_rate),
            }
            .abi_encode(),
            Contract::TokenDistributor => {
                let list = &self.inputs.commitment;
                TokenDistributor::constructorCall {
                    token_: a.token,
                    root_: list.root,
                    totalAmount_: list.total,
                    recipientCount_: U256::from(list.count),
                    chunkSize_: U256::from(list.chunk_size),
                    deadline_: self.ground(grants_start).deadline(),
                    sweepRecipient_: p.account(p.distribution.sweep_recipient, self.inputs.deployer),
                    owner_: p.account(p.distribution.owner, self.inputs.deployer),
                    useTransferBatch_: p.distribution.transfer_batch,
                }
                .abi_encode()
            }
            Contract::GenesisManager => GenesisManager::constructorCall {
                token_: a.token,
                tokenDistribution_: a.distributor,
                bankMultisig_: p.multisigs.bank,
                minter_: a.minter,
                grantsStartTimestamp_: U256::from(grants_start),
            }
            .abi_encode(),
        }
    }
}
