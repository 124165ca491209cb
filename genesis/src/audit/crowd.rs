//! What became of the crowd's part by the block that is audited.

use alloy::{
    eips::BlockId,
    primitives::{B256, U256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use tminus_chain::{
    evidence::Finding,
    rpc::{Rpc, RpcError},
};
use tminus_contracts::bindings::{LivepeerTokenFaucet, MerkleMine, TokenDistributor};

use super::Audit;
use crate::{crowd::Crowd, look::about, past::Past, profile::Faucet};

impl Audit<'_> {
    /// The word of what has the crowd's part in the names of checks.
    pub(super) fn crowd_word(&self) -> &'static str {
        match self.ground.crowd {
            Crowd::List(..) => "distributor",
            Crowd::Accounts(_) => "mine",
            Crowd::Anybody(_) => "faucet",
        }
    }

    /// What it has given away. A distributor keeps account; a MerkleMine and a faucet give the same to everybody and log it.
    pub(super) async fn given_away(&self) -> Result<U256, String> {
        let at = self.ground.addresses.distribution;
        let given = match self.ground.crowd {
            Crowd::List(..) => self.look.get(at, TokenDistributor::paidAmountCall {}).await,
            Crowd::Accounts(mine) => {
                let each = self.ground.profile.supply.crowd / U256::from(mine.recipients.max(1));
                self.logged(MerkleMine::Generate::SIGNATURE_HASH).await.map(|times| each.saturating_mul(times))
            }
            Crowd::Anybody(faucet) => {
                let times = self.logged(LivepeerTokenFaucet::Request::SIGNATURE_HASH).await;
                times.map(|times| faucet.request_amount.saturating_mul(times))
            }
        };
        given.map_err(|error| error.to_string())
    }

    /// How often it has logged an event.
    async fn logged(&self, event: B256) -> Result<U256, RpcError> {
        let rpc: &Rpc = self.look.rpc;
        let latest = match self.look.at {
            BlockId::Number(tag) => rpc.block(tag).await?.number,
            BlockId::Hash(_) => self.deployment.last_block,
        };
        let filter = Filter::new().address(self.ground.addresses.distribution).event_signature(event);
        let past = Past { rpc, deployer: self.deployment.deployer, journal: &[] };
        past.count(&filter, self.deployment.first_block, latest).await.map(U256::from)
    }

    pub(super) async fn distribution(&self) -> Vec<Finding> {
        match self.ground.crowd {
            Crowd::List(_, list) => self.distributor(list.chunks()).await,
            Crowd::Accounts(_) => {
                let (started, at) = (about("genesis.mine.started", ""), self.ground.addresses.distribution);
                vec![self.look.value(started, at, MerkleMine::startedCall {}, true).await]
            }
            Crowd::Anybody(faucet) => self.faucet(faucet).await,
        }
    }

    /// The distributor's own accounting. Without a chunk that is done nothing may be paid or reserved.
    async fn distributor(&self, chunks: u64) -> Vec<Finding> {
        use TokenDistributor as D;
        let (at, look) = (self.ground.addresses.distribution, self.look);
        let untouched = |subject| about("genesis.distributor.untouched", subject);
        let done = look.get(at, D::doneChunksCall {}).await.map_err(|error| error.to_string());
        let crowd = self.ground.profile.supply.crowd;
        let amounts = done.map(|done| (U256::ZERO, if done.is_zero() { U256::ZERO } else { crowd }));
        vec![
            look.between(untouched("paid"), at, D::paidAmountCall {}, amounts.clone()).await,
            look.between(untouched("reserved"), at, D::reservedAmountCall {}, amounts).await,
            look.between(untouched("chunks done"), at, D::doneChunksCall {}, Ok((U256::ZERO, U256::from(chunks))))
                .await,
            look.value(untouched("closed"), at, D::closedCall {}, false).await,
        ]
    }

    /// Its owner, and a whitelist of the profile's accounts and no other.
    async fn faucet(&self, faucet: &Faucet) -> Vec<Finding> {
        use LivepeerTokenFaucet as F;
        let (at, look) = (self.ground.addresses.distribution, self.look);
        let owner = self.ground.profile.account(faucet.owner, self.deployment.deployer);
        let added = self.logged(F::WhitelistAdded::SIGNATURE_HASH).await;
        let source = format!("WhitelistAdded of {at} up to {}", look.block());
        let expected = U256::from(faucet.whitelist.len());
        let whitelist = |subject: String| about("genesis.faucet.whitelist", subject);
        let mut findings = vec![
            look.value(about("genesis.faucet.owner", ""), at, F::ownerCall {}, owner).await,
            Finding::compare("genesis.faucet.whitelist", "accounts added", source, &expected, added),
        ];
        for account in &faucet.whitelist {
            let call = F::isWhitelistedCall { account: *account };
            findings.push(look.value(whitelist(account.to_string()), at, call, true).await);
        }
        findings
    }
}
