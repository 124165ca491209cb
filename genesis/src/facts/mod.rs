//! What is fixed for ever once a contract of the genesis exists: its code and what its constructor was given.
//!
//! `apply` asks for these to know that a step was really done, `audit` to report them; both with the same words. Those of
//! the managers and the verifier are in `managers`, those of what has the crowd's part in `distribution`.

mod distribution;
mod managers;

use alloy::primitives::{Address, U256};
use tminus_chain::evidence::Finding;
use tminus_contracts::bindings::{GenesisManager, LivepeerToken, Minter, TokenTimelock, TokenVesting};

use crate::{
    contracts::{Addresses, Contract, committed},
    crowd::Crowd,
    look::{Look, about},
    profile::{Distributor, Grant, GrantKind, MerkleMine, Profile},
};

/// What everything is counted from: the block that made the Controller. Zeros as long as it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its number.
    pub(crate) block: u64,
    /// When the grants start, seconds since 1970.
    pub(crate) grants_start: u64,
}

/// Everything that the fixed facts follow from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) crowd: &'a Crowd,
    pub(crate) deployer: Address,
    pub(crate) addresses: &'a Addresses,
    pub(crate) origin: Origin,
}

impl Ground<'_> {
    /// Time, in seconds since 1970, from which the distributor's rest may be swept after its grace.
    pub(crate) fn deadline(&self, rule: Distributor) -> U256 {
        U256::from(self.origin.grants_start) + U256::from(rule.deadline)
    }

    /// The first block in which others may claim from a MerkleMine, and the first in which all of it is theirs.
    pub(crate) fn caller_period(&self, mine: MerkleMine) -> (U256, U256) {
        let start = U256::from(self.origin.block) + U256::from(mine.caller_allocation_start);
        (start, start + U256::from(mine.caller_allocation_period))
    }

    /// The fixed facts of a contract.
    pub(crate) async fn contract(&self, look: Look<'_>, contract: Contract) -> Vec<Finding> {
        let word = match contract {
            Contract::Controller => "controller",
            Contract::LivepeerToken => "token",
            Contract::Minter => "minter",
            Contract::LivepeerVerifier | Contract::IdentityVerifier => "verifier",
            Contract::BondingManager | Contract::JobsManager | Contract::RoundsManager => "proxy",
            Contract::TokenDistributor => "distributor",
            Contract::MerkleMine => "mine",
            Contract::LivepeerTokenFaucet => "faucet",
            Contract::GenesisManager => "manager",
            _ => "target",
        };
        let address = self.addresses.of(contract);
        let mut findings =
            vec![look.code(about(format!("genesis.{word}.code"), contract.name()), address, contract.artifact()).await];
        findings.extend(match contract {
            Contract::Controller => Vec::new(),
            Contract::LivepeerToken => self.token(look).await,
            Contract::Minter => self.minter(look).await,
            Contract::LivepeerVerifier | Contract::IdentityVerifier => self.verifier(look).await,
            Contract::BondingManager | Contract::JobsManager | Contract::RoundsManager => {
                self.proxy(look, contract).await
            }
            Contract::TokenDistributor | Contract::MerkleMine | Contract::LivepeerTokenFaucet => {
                self.distribution(look).await
            }
            Contract::GenesisManager => self.manager(look).await,
            _ => self.target(look, contract).await,
        });
        findings
    }

    async fn token(&self, look: Look<'_>) -> Vec<Finding> {
        let (token, at) = (&self.profile.token, self.addresses.token);
        let identity = |subject| about("genesis.token.identity", subject);
        vec![
            look.value(identity("name"), at, LivepeerToken::nameCall {}, token.name.clone()).await,
            look.value(identity("symbol"), at, LivepeerToken::symbolCall {}, token.symbol.clone()).await,
            look.value(identity("decimals"), at, LivepeerToken::decimalsCall {}, token.decimals).await,
        ]
    }

    async fn minter(&self, look: Look<'_>) -> Vec<Finding> {
        let (p, at) = (&self.profile.protocol.minter, self.addresses.minter);
        let parameter = |subject| about("genesis.minter.parameters", subject);
        let controller = about("genesis.minter.controller", "");
        vec![
            look.value(controller, at, Minter::controllerCall {}, self.addresses.controller).await,
            look.value(parameter("inflation"), at, Minter::inflationCall {}, U256::from(p.inflation)).await,
            look.value(
                parameter("inflationChange"),
                at,
                Minter::inflationChangeCall {},
                U256::from(p.inflation_change),
            )
            .await,
            look.value(
                parameter("targetBondingRate"),
                at,
                Minter::targetBondingRateCall {},
                U256::from(p.target_bonding_rate),
            )
            .await,
        ]
    }

    async fn manager(&self, look: Look<'_>) -> Vec<Finding> {
        use GenesisManager as G;
        let (a, at) = (self.addresses, self.addresses.genesis_manager);
        let wiring = |subject| about("genesis.manager.wiring", subject);
        let start = U256::from(self.origin.grants_start);
        vec![
            look.value(wiring("token"), at, G::tokenCall {}, a.token).await,
            look.value(wiring("distribution"), at, G::tokenDistributionCall {}, a.distribution).await,
            look.value(wiring("bank"), at, G::bankMultisigCall {}, self.profile.multisigs.bank).await,
            look.value(wiring("minter"), at, G::minterCall {}, a.minter).await,
            look.value(about("genesis.manager.start", ""), at, G::grantsStartTimestampCall {}, start).await,
        ]
    }

    /// The fixed facts of the holder of a grant.
    pub(crate) async fn holder(&self, look: Look<'_>, grant: &Grant, holder: Address) -> Vec<Finding> {
        match grant.kind {
            GrantKind::Team | GrantKind::Investor => self.vesting(look, grant, holder).await,
            GrantKind::Community => self.timelock(look, grant, holder).await,
        }
    }

    async fn vesting(&self, look: Look<'_>, grant: &Grant, at: Address) -> Vec<Finding> {
        use TokenVesting as V;
        let of = |what: &str| about(format!("genesis.vesting.{what}"), subject(grant));
        let start = U256::from(self.origin.grants_start);
        vec![
            look.code(of("code"), at, committed("TokenVesting")).await,
            look.value(of("owner"), at, V::ownerCall {}, self.profile.multisigs.bank).await,
            look.value(of("beneficiary"), at, V::beneficiaryCall {}, grant.receiver).await,
            look.value(of("revocable"), at, V::revocableCall {}, true).await,
            look.value(of("start"), at, V::startCall {}, start).await,
            look.value(of("cliff"), at, V::cliffCall {}, start + U256::from(grant.cliff)).await,
            look.value(of("duration"), at, V::durationCall {}, U256::from(grant.duration)).await,
        ]
    }

    async fn timelock(&self, look: Look<'_>, grant: &Grant, at: Address) -> Vec<Finding> {
        use TokenTimelock as T;
        let of = |what: &str| about(format!("genesis.timelock.{what}"), subject(grant));
        vec![
            look.code(of("code"), at, committed("TokenTimelock")).await,
            look.value(of("token"), at, T::tokenCall {}, self.addresses.token).await,
            look.value(of("beneficiary"), at, T::beneficiaryCall {}, grant.receiver).await,
            look.value(of("release-time"), at, T::releaseTimeCall {}, U256::from(self.origin.grants_start)).await,
        ]
    }
}

/// A grant in words.
pub(crate) fn subject(grant: &Grant) -> String {
    format!("{} grant of {}", grant.kind.as_str(), grant.receiver)
}
