//! Is a step done, can it be done, or is something in its way? Only the chain is asked.
//!
//! The conditions are those of the contracts, read before anything is sent: who owns what, in which stage the
//! GenesisManager is, what is recorded for a receiver. "Done" means done as planned: a contract with other constructor
//! arguments, a grant of another amount or a registration of another commit is in the way, not done.
//!
//! After the hand-over the new owners may change what is theirs (parameters, owners, registrations); what they may change is
//! then no longer compared. The audit compares all of it, at the block where the genesis ended.

use alloy::primitives::{Address, U256};
use tminus_contracts::bindings::{
    Controller, GenesisManager, LivepeerToken, LivepeerTokenFaucet, MerkleMine, TokenVesting,
};

use crate::{
    contracts::{Contract, registry_id},
    error::GenesisError,
    facts::{Origin, subject},
    look::{Look, first_difference},
    parameters::Parameter,
    plan::{Plan, Step},
    profile::{DistributionKind, Grant, GrantKind},
    steps::Action,
};

/// The GenesisManager's stages.
const ALLOCATION: u8 = 0;
const STARTED: u8 = 1;
const ENDED: u8 = 2;

/// Checks whose figures belong to the new owners after the hand-over.
const HANDED_OVER: [&str; 9] = [
    "genesis.minter.parameters",
    "genesis.minter.controller",
    "genesis.verifier.controller",
    "genesis.verifier.code-hash",
    "genesis.verifier.solvers",
    "genesis.target.controller",
    "genesis.proxy.controller",
    "genesis.distributor.owner",
    "genesis.vesting.owner",
];

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Its effect is there.
    Done,
    /// It can be done.
    Ready,
    /// Something is in its way.
    Blocked(String),
}

/// Looks at steps at one block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions<'a> {
    pub(crate) look: Look<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) origin: Origin,
}

impl Conditions<'_> {
    /// How a step stands.
    pub(crate) async fn of(&self, step: &Step) -> Result<State, GenesisError> {
        match step.action {
            Action::Deploy(contract) => self.deploy(step, contract).await,
            Action::Register(contract) => self.register(contract).await,
            Action::Set(parameter) => self.set(step, parameter).await,
            Action::TokenOwner => self.token_owner().await,
            Action::Allocations => self.allocations().await,
            Action::Start => self.start().await,
            Action::Grant(grant) => self.grant(step, &grant).await,
            Action::End => self.end().await,
            Action::Whitelist(account) => self.whitelist(account).await,
            Action::FaucetOwner => self.faucet_owner().await,
            Action::MineStart => self.mine_start().await,
            Action::ControllerOwner => self.controller_owner().await,
        }
    }

    /// Done: the code and all constructor arguments. Ready: nothing there. The nonce is the outbox's to guard.
    async fn deploy(&self, step: &Step, contract: Contract) -> Result<State, GenesisError> {
        let address = self.plan.addresses.of(contract);
        if self.look.rpc.code(address, self.look.at).await?.is_empty() {
            return Ok(State::Ready);
        }
        let findings = self.plan.ground(self.origin).contract(self.look, contract).await;
        self.fixed(step, findings).await
    }

    /// Done if all findings hold that nobody may have changed since; an unanswered call stops.
    async fn fixed(
        &self,
        step: &Step,
        mut findings: Vec<tminus_chain::evidence::Finding>,
    ) -> Result<State, GenesisError> {
        if self.controller_owner_now().await? != self.plan.inputs.deployer {
            findings.retain(|finding| !HANDED_OVER.contains(&finding.check.as_str()));
        }
        match first_difference(&findings) {
            None => Ok(State::Done),
            Some(Ok(difference)) => Ok(State::Blocked(format!(
                "{difference}. It was made from another profile or list than the plan; go on with the one it was begun with"
            ))),
            Some(Err(reason)) => Err(GenesisError::Unanswered { step: step.id.clone(), reason }),
        }
    }

    async fn controller_owner_now(&self) -> Result<Address, GenesisError> {
        Ok(self.look.get(self.plan.addresses.controller, Controller::ownerCall {}).await?)
    }

    async fn stage(&self) -> Result<u8, GenesisError> {
        Ok(self.look.get(self.plan.addresses.genesis_manager, GenesisManager::stageCall {}).await?)
    }

    async fn token_owner_now(&self) -> Result<Address, GenesisError> {
        Ok(self.look.get(self.plan.addresses.token, LivepeerToken::ownerCall {}).await?)
    }

    async fn balance(&self, account: Address) -> Result<U256, GenesisError> {
        Ok(self.look.get(self.plan.addresses.token, LivepeerToken::balanceOfCall { account }).await?)
    }

    async fn register(&self, contract: Contract) -> Result<State, GenesisError> {
        let (plan, name) = (self.plan, contract.registered_as().unwrap_or(contract.name()));
        let owner = self.controller_owner_now().await?;
        let call = Controller::getContractInfoCall { id: registry_id(name) };
        let info = self.look.get(plan.addresses.controller, call).await?;
        let (address, commit) = (info._0, info._1);
        let as_planned = (address, commit) == (plan.addresses.of(contract), plan.git_commit);
        if as_planned || (owner != plan.inputs.deployer && !address.is_zero()) {
            return Ok(State::Done);
        }
        if !address.is_zero() {
            let planned = (plan.addresses.of(contract), plan.git_commit);
            return Ok(State::Blocked(format!(
                "{name} is registered at {address} with commit {commit}, planned were {} and {}; go on with the commit it was \
                 begun with",
                planned.0, planned.1
            )));
        }
        Ok(self.owned("the Controller", owner))
    }

    /// A parameter is sent even when it is what a fresh contract has, because its nonce is counted on. So what tells whether
    /// it was sent is the nonce; what it was set to has to be as planned until it belongs to governance.
    async fn set(&self, step: &Step, parameter: Parameter) -> Result<State, GenesisError> {
        let (plan, at) = (self.plan, self.look.at);
        let (owner, deployer) = (self.controller_owner_now().await?, plan.inputs.deployer);
        let used = self.look.rpc.nonce(deployer, at).await?;
        if step.nonce.is_some_and(|nonce| used <= nonce) {
            return Ok(self.owned("the Controller", owner));
        }
        if owner != deployer {
            return Ok(State::Done);
        }
        let (manager, planned) = (parameter.manager(), parameter.planned(&plan.profile.protocol));
        let found = self.look.word(plan.addresses.of(manager), parameter.access().get).await?;
        if found == Ok(U256::from(planned)) {
            return Ok(State::Done);
        }
        let found = found.map_or_else(|words| words, |value| value.to_string());
        Ok(State::Blocked(format!(
            "{} of the {} is {found}, planned was {planned}. It was set from another profile than the plan; go on with the one \
             it was begun with",
            parameter.name(),
            manager.name()
        )))
    }

    /// Ready if the deployer still is the owner.
    fn owned(&self, what: &str, owner: Address) -> State {
        let deployer = self.plan.inputs.deployer;
        if owner == deployer {
            State::Ready
        } else {
            State::Blocked(format!("{what} is owned by {owner}, expected the deployer {deployer}"))
        }
    }

    async fn token_owner(&self) -> Result<State, GenesisError> {
        let (owner, a) = (self.token_owner_now().await?, &self.plan.addresses);
        if owner == a.genesis_manager || self.stage().await? == ENDED {
            return Ok(State::Done);
        }
        Ok(self.owned("the token", owner))
    }

    async fn allocations(&self) -> Result<State, GenesisError> {
        use GenesisManager as G;
        let (s, at) = (&self.plan.profile.supply, self.plan.addresses.genesis_manager);
        let found = [
            self.look.get(at, G::initialSupplyCall {}).await?,
            self.look.get(at, G::crowdSupplyCall {}).await?,
            self.look.get(at, G::companySupplyCall {}).await?,
            self.look.get(at, G::teamSupplyCall {}).await?,
            self.look.get(at, G::investorsSupplyCall {}).await?,
            self.look.get(at, G::communitySupplyCall {}).await?,
        ];
        let planned = [s.initial, s.crowd, s.company, s.team, s.investors, s.community];
        let stage = self.stage().await?;
        if found == planned {
            return Ok(State::Done);
        }
        if stage == ALLOCATION {
            return self.manager_ready().await;
        }
        Ok(State::Blocked(format!("genesis has started with other allocations: {found:?}, planned {planned:?}")))
    }

    async fn manager_ready(&self) -> Result<State, GenesisError> {
        let owner = self.look.get(self.plan.addresses.genesis_manager, GenesisManager::ownerCall {}).await?;
        Ok(self.owned("the GenesisManager", owner))
    }

    async fn start(&self) -> Result<State, GenesisError> {
        if self.stage().await? != ALLOCATION {
            return Ok(State::Done);
        }
        let (owner, manager) = (self.token_owner_now().await?, self.plan.addresses.genesis_manager);
        if owner != manager {
            return Ok(State::Blocked(format!("the token is owned by {owner}, expected the GenesisManager {manager}")));
        }
        if self.allocations().await? != State::Done {
            return Ok(State::Blocked("the allocations are not those of the plan".to_owned()));
        }
        self.manager_ready().await
    }

    async fn grant(&self, step: &Step, grant: &Grant) -> Result<State, GenesisError> {
        let holder = holder(self.look, self.plan.addresses.genesis_manager, grant).await?;
        if !holder.is_zero() {
            let findings = self.plan.ground(self.origin).holder(self.look, grant, holder).await;
            return match self.fixed(step, findings).await? {
                State::Done => self.paid(grant, holder).await,
                other => Ok(other),
            };
        }
        match self.stage().await? {
            STARTED => self.manager_ready().await,
            stage => {
                Ok(State::Blocked(format!("{} is missing and the GenesisManager is in stage {stage}", subject(grant))))
            }
        }
    }

    /// Until the bank revokes or a timelock opens, a holder has and has released what was granted. Once the crowd is paid
    /// anybody can send it more, which does no harm.
    async fn paid(&self, grant: &Grant, holder: Address) -> Result<State, GenesisError> {
        let token = self.plan.addresses.token;
        let now = self.look.rpc.block(alloy::eips::BlockNumberOrTag::Latest).await?.timestamp;
        let mut seen = self.balance(holder).await?;
        if grant.kind == GrantKind::Community {
            if now >= self.origin.grants_start {
                return Ok(State::Done);
            }
        } else {
            if self.look.get(holder, TokenVesting::revokedCall { token }).await? {
                return Ok(State::Done);
            }
            seen += self.look.get(holder, TokenVesting::releasedCall { token }).await?;
        }
        if seen >= grant.amount {
            return Ok(State::Done);
        }
        let show = |amount| self.plan.profile.display_amount(amount);
        Ok(State::Blocked(format!(
            "{} has {} in {holder}, planned were {}",
            subject(grant),
            show(seen),
            show(grant.amount)
        )))
    }

    async fn end(&self) -> Result<State, GenesisError> {
        use GenesisManager as G;
        let (plan, at) = (self.plan, self.plan.addresses.genesis_manager);
        match self.stage().await? {
            ENDED => return Ok(State::Done),
            STARTED => {}
            stage => return Ok(State::Blocked(format!("the GenesisManager is in stage {stage}, expected {STARTED}"))),
        }
        let s = &plan.profile.supply;
        let sums = [
            ("team grants", self.look.get(at, G::teamGrantsAmountCall {}).await?, s.team),
            ("investor grants", self.look.get(at, G::investorsGrantsAmountCall {}).await?, s.investors),
            ("community grants", self.look.get(at, G::communityGrantsAmountCall {}).await?, s.community),
            ("tokens left for crowd and company", self.balance(at).await?, s.crowd + s.company),
        ];
        for (what, found, planned) in sums {
            if found != planned {
                let show = |amount| plan.profile.display_amount(amount);
                return Ok(State::Blocked(format!("{what}: found {}, planned {}", show(found), show(planned))));
            }
        }
        self.manager_ready().await
    }

    /// The faucet belongs to its owner once that is not the deployer, and at the latest with the hand-over.
    async fn faucet_is_handed_over(&self) -> Result<bool, GenesisError> {
        let (deployer, faucet) = (self.plan.inputs.deployer, self.plan.addresses.distribution);
        let owner = self.look.get(faucet, LivepeerTokenFaucet::ownerCall {}).await?;
        Ok(owner != deployer || self.controller_owner_now().await? != deployer)
    }

    async fn whitelist(&self, account: Address) -> Result<State, GenesisError> {
        let call = LivepeerTokenFaucet::isWhitelistedCall { account };
        let is_done =
            self.look.get(self.plan.addresses.distribution, call).await? || self.faucet_is_handed_over().await?;
        Ok(if is_done { State::Done } else { State::Ready })
    }

    async fn faucet_owner(&self) -> Result<State, GenesisError> {
        let (planned, faucet) = (self.plan.faucet_owner(), self.plan.addresses.distribution);
        let owner = self.look.get(faucet, LivepeerTokenFaucet::ownerCall {}).await?;
        if owner == planned || self.controller_owner_now().await? != self.plan.inputs.deployer {
            return Ok(State::Done);
        }
        Ok(self.owned("the faucet", owner))
    }

    /// Anybody may open it, as soon as it has the crowd's part.
    async fn mine_start(&self) -> Result<State, GenesisError> {
        let (plan, mine) = (self.plan, self.plan.addresses.distribution);
        if self.look.get(mine, MerkleMine::startedCall {}).await? {
            return Ok(State::Done);
        }
        let (needed, found) = (plan.profile.supply.crowd, self.balance(mine).await?);
        if found < needed {
            let show = |amount| plan.profile.display_amount(amount);
            return Ok(State::Blocked(format!("the MerkleMine has {}, it needs {}", show(found), show(needed))));
        }
        Ok(State::Ready)
    }

    async fn controller_owner(&self) -> Result<State, GenesisError> {
        let (owner, plan) = (self.controller_owner_now().await?, self.plan);
        if owner == plan.profile.multisigs.governance {
            return Ok(State::Done);
        }
        let minter = plan.addresses.minter;
        let token_owner = self.token_owner_now().await?;
        if token_owner != minter {
            return Ok(State::Blocked(format!("the token is owned by {token_owner}, expected the Minter {minter}")));
        }
        let is_mine = plan.crowd.kind() == DistributionKind::MerkleMine;
        if is_mine && self.mine_start().await? != State::Done {
            return Ok(State::Blocked("the MerkleMine is not open".to_owned()));
        }
        Ok(self.owned("the Controller", owner))
    }
}

/// The holder recorded for a grant; zero for none.
pub(crate) async fn holder(look: Look<'_>, manager: Address, grant: &Grant) -> Result<Address, GenesisError> {
    let receiver = grant.receiver;
    Ok(match grant.kind {
        GrantKind::Community => look.get(manager, GenesisManager::timeLockedHoldersCall { receiver }).await?,
        _ => look.get(manager, GenesisManager::vestingHoldersCall { receiver }).await?,
    })
}
