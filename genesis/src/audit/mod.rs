//! The audit: every figure of the profile against the chain, as of one block.
//!
//! It covers what the validation of 2018 covered and what it left out: the owner of the token, the stage of the
//! GenesisManager and what it still has, revocability and owner of each grant, registered commits, and the code of every
//! contract. Nothing is inferred from the ledger or from the transactions that were sent, and no check holds without an
//! answer of the endpoint.
//!
//! Anybody may call the distributor as soon as the genesis has ended, before the Controller is handed over, and whoever is
//! paid may send tokens wherever they like. So what the distributor says it has paid, to the committed list as its code
//! makes sure, is missing in its balance, and no other balance may be larger by more than that.
//!
//! Balances are those at the block asked for; the block in which the genesis ended is the one at which all of them are
//! known. An endpoint that no longer has its state makes them `Unknown`.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, FixedBytes, U256},
};
use futures::{StreamExt as _, future::BoxFuture, stream};
use tminus_chain::{
    evidence::{Finding, Verdict},
    rpc::Rpc,
};
use tminus_contracts::{
    bindings::{Controller, GenesisManager, LivepeerToken, TokenDistributor, TokenVesting},
    commitment::Commitment,
};

use crate::{
    calls::registry_id,
    contracts::{CONCURRENCY, Contract},
    deployment::{Deployment, GrantRecord},
    facts::{Ground, subject},
    look::{About, Look, about},
    profile::{Grant, GrantKind, Profile},
};

/// The stage of a GenesisManager whose genesis is over.
const GENESIS_END: u8 = 2;

/// Compares a genesis with its profile, list and commit as of a block. Findings come in a fixed order.
pub async fn audit(
    rpc: &Rpc,
    profile: &Profile,
    commitment: &Commitment,
    git_commit: FixedBytes<20>,
    deployment: &Deployment,
    block: BlockId,
) -> Vec<Finding> {
    let ground = Ground {
        profile,
        commitment,
        deployer: deployment.deployer,
        addresses: &deployment.addresses,
        grants_start: deployment.grants_start,
    };
    let look = Look { rpc, at: block };
    let paid = look.get(deployment.addresses.distributor, TokenDistributor::paidAmountCall {}).await;
    let paid = paid.map_err(|error| error.to_string());
    let audit = Audit { look, ground, deployment, git_commit, paid };
    let mut parts: Vec<BoxFuture<'_, Vec<Finding>>> = Vec::new();
    for contract in Contract::ALL {
        parts.push(Box::pin(audit.ground.contract(audit.look, contract)));
    }
    parts.push(Box::pin(audit.controller()));
    parts.push(Box::pin(audit.registry()));
    parts.push(Box::pin(audit.token()));
    parts.push(Box::pin(audit.start()));
    parts.push(Box::pin(audit.manager()));
    parts.push(Box::pin(audit.distributor()));
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
    deployment: &'a Deployment,
    git_commit: FixedBytes<20>,
    /// What the distributor has paid, or why that is not known.
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
        for contract in [Contract::LivepeerToken, Contract::Minter] {
            let controller = self.ground.addresses.controller;
            let call = Controller::getContractInfoCall { id: registry_id(contract) };
            let source = format!("getContractInfo({}) of {controller} at {}", contract.name(), self.look.block());
            let (address, commit) = match self.look.get(controller, call).await {
                Ok(info) => (Ok(info._0.to_string()), Ok(info._1.to_string())),
                Err(error) => {
                    let reason = error.to_string();
                    (Err(reason.clone()), Err(reason))
                }
            };
            let expected = self.ground.addresses.of(contract).to_string();
            let name = contract.name();
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

    /// The distributor's own accounting. Without a chunk that is done nothing may be paid or reserved.
    async fn distributor(&self) -> Vec<Finding> {
        use TokenDistributor as D;
        let (at, look) = (self.ground.addresses.distributor, self.look);
        let untouched = |subject| about("genesis.distributor.untouched", subject);
        let done = look.get(at, D::doneChunksCall {}).await.map_err(|error| error.to_string());
        let crowd = self.ground.profile.supply.crowd;
        let amounts = done.map(|done| (U256::ZERO, if done.is_zero() { U256::ZERO } else { crowd }));
        let chunks = Ok((U256::ZERO, U256::from(self.ground.commitment.chunks())));
        vec![
            look.between(untouched("paid"), at, D::paidAmountCall {}, amounts.clone()).await,
            look.between(untouched("reserved"), at, D::reservedAmountCall {}, amounts).await,
            look.between(untouched("chunks done"), at, D::doneChunksCall {}, chunks).await,
            look.value(untouched("closed"), at, D::closedCall {}, false).await,
        ]
    }

    /// Where the initial supply is, beside the grants.
    async fn balances(&self) -> Vec<Finding> {
        let (a, supply, zero) = (self.ground.addresses, &self.ground.profile.supply, U256::ZERO);
        let rest = supply.crowd.saturating_sub(self.paid.clone().unwrap_or_default());
        let of = |check: &str| about(format!("genesis.{check}.balance"), "");
        vec![
            self.balance(of("bank"), self.ground.profile.multisigs.bank, supply.company).await,
            self.balance(of("distributor"), a.distributor, rest).await,
            self.balance(of("manager"), a.genesis_manager, zero).await,
            self.balance(of("minter"), a.minter, zero).await,
            self.balance(of("controller"), a.controller, zero).await,
            self.balance(of("deployer"), self.deployment.deployer, zero).await,
        ]
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
