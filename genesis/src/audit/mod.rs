//! The audit: every figure of the profile against the chain, as of one block.
//!
//! It covers what the validation of 2018 covered and what it left out: the owner of the token, the stage of the
//! GenesisManager and what it still has, revocability and owner of each grant, registered commits, and the code of every
//! contract. Nothing is inferred from the ledger or from the transactions that were sent, and no check holds without an
//! answer of the endpoint.
//!
//! Anybody may call what has the crowd's part as soon as the genesis has ended, before the Controller is handed over, and
//! whoever is paid may send tokens wherever they like. So what it has given away, by its own accounts and under the rules of
//! its code, is missing in its balance, and no other balance may be larger by more than that.
//!
//! Balances are those at the block asked for; the block in which the genesis ended is the one at which all of them are
//! known. An endpoint that no longer has its state makes them `Unknown`.
//!
//! `protocol` looks at parameters and state of the managers, `crowd` at what became of the crowd's part.

mod crowd;
mod protocol;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, FixedBytes, U256},
};
use futures::{StreamExt as _, future::BoxFuture, stream};
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::Rpc,
};
use tminus_contracts::bindings::{Controller, GenesisManager, LivepeerToken, TokenVesting};

use crate::{
    contracts::registry_id,
    crowd::Crowd,
    deployment::{Deployment, GrantRecord},
    facts::{Ground, Origin, subject},
    find::CONCURRENCY,
    look::{About, Look, about},
    profile::{Grant, GrantKind, Profile},
    steps::Layout,
};

/// The stage of a GenesisManager whose genesis is over.
const GENESIS_END: u8 = 2;

/// Compares a genesis with its profile, crowd and commit as of a block. Findings come in a fixed order.
pub async fn audit(
    rpc: &Rpc,
    profile: &Profile,
    crowd: &Crowd,
    git_commit: FixedBytes<20>,
    deployment: &Deployment,
    block: BlockId,
) -> Vec<Finding> {
    let ground = Ground {
        profile,
        crowd,
        deployer: deployment.deployer,
        addresses: &deployment.addresses,
        origin: Origin { block: deployment.first_block, grants_start: deployment.grants_start },
    };
    let look = Look { rpc, at: block };
    let layout = Layout::of(profile.variant());
    let mut audit = Audit { look, ground, layout: &layout, deployment, git_commit, paid: Ok(U256::ZERO) };
    audit.paid = audit.given_away().await;
    let mut parts: Vec<BoxFuture<'_, Vec<Finding>>> = Vec::new();
    for contract in layout.contracts() {
        parts.push(Box::pin(audit.ground.contract(audit.look, contract)));
    }
    parts.push(Box::pin(audit.controller()));
    parts.push(Box::pin(audit.registry()));
    parts.push(Box::pin(audit.token()));
    parts.push(Box::pin(audit.start()));
    parts.push(Box::pin(audit.manager()));
    parts.push(Box::pin(audit.protocol()));
    parts.push(Box::pin(audit.distribution()));
    parts.push(Box::pin(audit.balances()));
    for grant in &profile.grants.list {
        let of_grant = |record: &&GrantRecord| (record.kind, record.receiver) == (grant.kind, grant.receiver);
        parts.push(match deployment.grants.iter().find(of_grant) {
            Some(record) => Box::pin(audit.grant(grant, record)),
            None => Box::pin(async move { vec![missing(grant)] }),
        });
    }
    stream::iter(parts).buffered(CONCURRENCY).concat().await
}

struct Audit<'a> {
    look: Look<'a>,
    ground: Ground<'a>,
    layout: &'a Layout,
    deployment: &'a Deployment,
    git_commit: FixedBytes<20>,
    /// What the crowd has been paid, or why that is not known.
    paid: Result<U256, String>,
}

impl Audit<'_> {
    async fn controller(&self) -> Vec<Finding> {
        let at = self.ground.addresses.controller;
        let governance = self.ground.profile.multisigs.governance;
        vec![
            self.look.value(about("genesis.controller.paused", ""), at, Controller::pausedCall {}, true).await,
            self.look.value(about("genesis.controller.owner", ""), at, Controller::ownerCall {}, governance).await,
        ]
    }

    async fn registry(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let registered = self.layout.contracts().filter_map(|contract| Some((contract, contract.registered_as()?)));
        for (contract, name) in registered {
            let controller = self.ground.addresses.controller;
            let call = Controller::getContractInfoCall { id: registry_id(name) };
            let source = format!("getContractInfo({name}) of {controller} at {}", self.look.block());
            let (address, commit) = match self.look.get(controller, call).await {
                Ok(info) => (Ok(info._0.to_string()), Ok(info._1.to_string())),
                Err(error) => {
                    let reason = error.to_string();
                    (Err(reason.clone()), Err(reason))
                }
            };
            let expected = self.ground.addresses.of(contract).to_string();
            findings.push(Finding::compare("genesis.registry.address", name, source.clone(), &expected, address));
            let expected = self.git_commit.to_string();
            findings.push(Finding::compare("genesis.registry.commit", name, source, &expected, commit));
        }
        findings
    }

    async fn token(&self) -> Vec<Finding> {
        let (a, supply) = (self.ground.addresses, self.ground.profile.supply.initial);
        vec![
            self.look
                .value(about("genesis.token.supply", ""), a.token, LivepeerToken::totalSupplyCall {}, supply)
                .await,
            self.look.value(about("genesis.token.owner", ""), a.token, LivepeerToken::ownerCall {}, a.minter).await,
            self.look
                .value(about("genesis.token.minting", ""), a.token, LivepeerToken::mintingFinishedCall {}, false)
                .await,
        ]
    }

    /// The GenesisManager's idea of the grants' start against the block that made the Controller.
    async fn start(&self) -> Vec<Finding> {
        let number = self.deployment.first_block;
        let read = self.look.rpc.block(BlockNumberOrTag::Number(number)).await;
        let counted = read.map(|block| block.timestamp + self.ground.profile.grants.start);
        let source = format!("time of block {number}, which made the Controller, and grants.start");
        vec![Finding::compare(
            "genesis.manager.start",
            "counted from the Controller",
            source,
            &self.deployment.grants_start,
            counted,
        )]
    }

    async fn manager(&self) -> Vec<Finding> {
        use GenesisManager as G;
        let (s, at, look) = (&self.ground.profile.supply, self.ground.addresses.genesis_manager, self.look);
        let allocated = |subject| about("genesis.manager.allocations", subject);
        let granted = |subject| about("genesis.manager.granted", subject);
        vec![
            look.value(about("genesis.manager.stage", ""), at, G::stageCall {}, GENESIS_END).await,
            look.value(allocated("initial"), at, G::initialSupplyCall {}, s.initial).await,
            look.value(allocated("crowd"), at, G::crowdSupplyCall {}, s.crowd).await,
            look.value(allocated("company"), at, G::companySupplyCall {}, s.company).await,
            look.value(allocated("team"), at, G::teamSupplyCall {}, s.team).await,
            look.value(allocated("investors"), at, G::investorsSupplyCall {}, s.investors).await,
            look.value(allocated("community"), at, G::communitySupplyCall {}, s.community).await,
            look.value(granted("team"), at, G::teamGrantsAmountCall {}, s.team).await,
            look.value(granted("investors"), at, G::investorsGrantsAmountCall {}, s.investors).await,
            look.value(granted("community"), at, G::communityGrantsAmountCall {}, s.community).await,
        ]
    }

    /// Where the initial supply is, beside the grants.
    async fn balances(&self) -> Vec<Finding> {
        let (a, supply, zero) = (self.ground.addresses, &self.ground.profile.supply, U256::ZERO);
        let rest = supply.crowd.saturating_sub(self.paid.clone().unwrap_or_default());
        let of = |check: &str| about(format!("genesis.{check}.balance"), "");
        let mut findings = vec![
            self.balance(of("bank"), self.ground.profile.multisigs.bank, supply.company).await,
            self.balance(of(self.crowd_word()), a.distribution, rest).await,
            self.balance(of("manager"), a.genesis_manager, zero).await,
            self.balance(of("minter"), a.minter, zero).await,
            self.balance(of("controller"), a.controller, zero).await,
            self.balance(of("deployer"), self.deployment.deployer, zero).await,
        ];
        for contract in self.layout.contracts().filter(|contract| contract.is_of_the_protocol()) {
            let account = a.of(contract);
            findings.push(self.balance(about("genesis.managers.balance", contract.name()), account, zero).await);
        }
        findings
    }

    /// A balance of at least so much, and of no more than what the crowd was paid can have made it.
    async fn balance(&self, about: About, account: Address, least: U256) -> Finding {
        let token = self.ground.addresses.token;
        let limits = self.paid.clone().map(|paid| (least, least.saturating_add(paid)));
        let mut finding = self.look.between(about, token, LivepeerToken::balanceOfCall { account }, limits).await;
        finding.source = format!("balanceOf({account}) of {token} at {}", self.look.block());
        finding
    }

    async fn grant(&self, grant: &Grant, record: &GrantRecord) -> Vec<Finding> {
        let (a, look, receiver, holder) = (self.ground.addresses, self.look, grant.receiver, record.holder);
        let mut findings = self.ground.holder(look, grant, holder).await;
        let of = |what: &str| about(format!("genesis.{}.{what}", holder_word(grant.kind)), subject(grant));
        if grant.kind == GrantKind::Community {
            let recorded = GenesisManager::timeLockedHoldersCall { receiver };
            findings.push(look.value(of("holder"), a.genesis_manager, recorded, holder).await);
        } else {
            let recorded = GenesisManager::vestingHoldersCall { receiver };
            findings.push(look.value(of("holder"), a.genesis_manager, recorded, holder).await);
            let released = TokenVesting::releasedCall { token: a.token };
            findings.push(look.value(of("untouched"), holder, released, U256::ZERO).await);
            let revoked = TokenVesting::revokedCall { token: a.token };
            findings.push(look.value(of("untouched"), holder, revoked, false).await);
        }
        findings.push(self.balance(of("balance"), holder, grant.amount).await);
        findings
    }
}

fn holder_word(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Team | GrantKind::Investor => "vesting",
        GrantKind::Community => "timelock",
    }
}

/// A grant of the profile that the deployment does not have.
fn missing(grant: &Grant) -> Finding {
    Finding {
        check: format!("genesis.{}.holder", holder_word(grant.kind)),
        subject: subject(grant),
        verdict: Verdict::Fails,
        expected: "a holder".to_owned(),
        observed: "none".to_owned(),
        source: "the grants of the deployment".to_owned(),
    }
}
