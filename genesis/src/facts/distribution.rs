//! The fixed facts of what has the crowd's part.

use alloy::primitives::U256;
use tminus_chain::evidence::Finding;
use tminus_contracts::{
    bindings::{LivepeerTokenFaucet as F, MerkleMine as M, TokenDistributor as D},
    commitment::Commitment,
};

use super::Ground;
use crate::{
    crowd::Crowd,
    look::{Look, about},
    profile::{Distributor, Faucet, MerkleMine},
};

impl Ground<'_> {
    pub(super) async fn distribution(&self, look: Look<'_>) -> Vec<Finding> {
        match self.crowd {
            Crowd::List(rule, list) => self.distributor(look, *rule, list).await,
            Crowd::Accounts(mine) => self.mine(look, *mine).await,
            Crowd::Anybody(faucet) => self.faucet(look, faucet).await,
        }
    }

    async fn distributor(&self, look: Look<'_>, rule: Distributor, list: &Commitment) -> Vec<Finding> {
        let at = self.addresses.distribution;
        let account = |role| self.profile.account(role, self.deployer);
        let of = |what: &str| about(format!("genesis.distributor.{what}"), "");
        let chunk_size = U256::from(list.chunk_size);
        vec![
            look.value(of("token"), at, D::tokenCall {}, self.addresses.token).await,
            look.value(of("root"), at, D::rootCall {}, list.root).await,
            look.value(of("total"), at, D::totalAmountCall {}, list.total).await,
            look.value(of("count"), at, D::recipientCountCall {}, U256::from(list.count)).await,
            look.value(of("chunks"), at, D::chunkSizeCall {}, chunk_size).await,
            look.value(of("chunks"), at, D::chunkCountCall {}, U256::from(list.chunks())).await,
            look.value(of("deadline"), at, D::deadlineCall {}, self.deadline(rule)).await,
            look.value(of("sweep"), at, D::sweepRecipientCall {}, account(rule.sweep_recipient)).await,
            look.value(of("owner"), at, D::ownerCall {}, account(rule.owner)).await,
            look.value(of("batch"), at, D::useTransferBatchCall {}, rule.transfer_batch).await,
        ]
    }

    async fn mine(&self, look: Look<'_>, mine: MerkleMine) -> Vec<Finding> {
        let (at, total) = (self.addresses.distribution, self.profile.supply.crowd);
        let (start, end) = self.caller_period(mine);
        let of = |what: &str| about(format!("genesis.mine.{what}"), "");
        let schedule = |subject| about("genesis.mine.schedule", subject);
        let recipients = U256::from(mine.recipients);
        let each = total.checked_div(recipients).unwrap_or_default();
        let period = U256::from(mine.caller_allocation_period);
        vec![
            look.value(of("token"), at, M::tokenCall {}, self.addresses.token).await,
            look.value(of("root"), at, M::genesisRootCall {}, mine.root).await,
            look.value(of("total"), at, M::totalGenesisTokensCall {}, total).await,
            look.value(of("recipients"), at, M::totalGenesisRecipientsCall {}, recipients).await,
            look.value(of("allocation"), at, M::tokensPerAllocationCall {}, each).await,
            look.value(of("threshold"), at, M::balanceThresholdCall {}, mine.balance_threshold).await,
            look.value(of("snapshot"), at, M::genesisBlockCall {}, U256::from(mine.genesis_block)).await,
            look.value(schedule("start"), at, M::callerAllocationStartBlockCall {}, start).await,
            look.value(schedule("end"), at, M::callerAllocationEndBlockCall {}, end).await,
            look.value(schedule("period"), at, M::callerAllocationPeriodCall {}, period).await,
        ]
    }

    async fn faucet(&self, look: Look<'_>, faucet: &Faucet) -> Vec<Finding> {
        let at = self.addresses.distribution;
        let of = |what: &str| about(format!("genesis.faucet.{what}"), "");
        let hours = U256::from(faucet.wait_hours());
        vec![
            look.value(of("token"), at, F::tokenCall {}, self.addresses.token).await,
            look.value(of("amount"), at, F::requestAmountCall {}, faucet.request_amount).await,
            look.value(of("wait"), at, F::requestWaitCall {}, hours).await,
        ]
    }
}
