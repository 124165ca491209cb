//! Everything the chain tells, held against the model: exactly, to the last unit.

use alloy::primitives::{Address, U256};
use tminus_contracts::bindings::{BondingManager as B, LivepeerToken, Minter, RoundsManager};

use crate::{model::Status, twin::Twin};

fn n(value: u64) -> U256 {
    U256::from(value)
}

impl Twin {
    /// All accounts, the pool, the current round and all money.
    pub async fn compare(&mut self) {
        self.look_at_the_clock().await;
        self.compare_round(self.model.round).await;
        self.compare_pool().await;
        self.compare_money().await;
        for &who in &self.people {
            self.compare_delegator(who).await;
            self.compare_transcoder(who).await;
        }
    }

    /// The earnings of all rounds there were.
    pub async fn compare_history(&self) {
        for (&(who, round), earnings) in &self.model.earnings {
            let call = B::getTranscoderEarningsPoolForRoundCall { transcoder_: who, round: n(round) };
            let there = self.protocol.chain.view(self.protocol.bonding, call).await;
            assert_eq!(there.rewardPool, earnings.rewards.sum(), "rewards of {who} in round {round}");
            assert_eq!(there.feePool, earnings.fees.sum(), "fees of {who} in round {round}");
            assert_eq!(there.totalStake, earnings.stake, "stake of {who} in round {round}");
            assert_eq!(there.claimableStake, earnings.claimable, "claimable stake of {who} in round {round}");
        }
    }

    async fn compare_round(&self, round: u64) {
        let (chain, bonding, rounds) = (&self.protocol.chain, self.protocol.bonding, self.protocol.rounds);
        assert_eq!(chain.view(rounds, RoundsManager::currentRoundCall {}).await, n(round));
        let initialized = chain.view(rounds, RoundsManager::currentRoundInitializedCall {}).await;
        assert_eq!(initialized, self.model.last_initialized == round, "round {round} is initialized");
        assert_eq!(chain.view(rounds, RoundsManager::currentRoundLockedCall {}).await, self.model.locked);
        let stake = self.model.sets.get(&round).map_or(U256::ZERO, |set| set.stake);
        assert_eq!(chain.view(bonding, B::getTotalActiveStakeCall { round: n(round) }).await, stake);
        for &who in &self.people {
            let active = chain.view(bonding, B::isActiveTranscoderCall { transcoder_: who, round: n(round) }).await;
            assert_eq!(active, self.model.is_active(who, round), "{who} is active in round {round}");
        }
    }

    /// The pool of transcoders, in order.
    async fn compare_pool(&self) {
        let (chain, bonding) = (&self.protocol.chain, self.protocol.bonding);
        let mut pool = Vec::new();
        let mut next = chain.view(bonding, B::getFirstTranscoderInPoolCall {}).await;
        while !next.is_zero() {
            let stake = chain.view(bonding, B::transcoderTotalStakeCall { transcoder_: next }).await;
            pool.push((next, stake));
            next = chain.view(bonding, B::getNextTranscoderInPoolCall { transcoder_: next }).await;
        }
        assert_eq!(pool, self.model.ranking.entries());
        assert_eq!(chain.view(bonding, B::getTranscoderPoolSizeCall {}).await, U256::from(pool.len()));
        assert_eq!(chain.view(bonding, B::getTotalBondedCall {}).await, self.model.total_bonded);
        assert_eq!(chain.view(bonding, B::getTotalRebondedCall {}).await, self.model.total_rebonded());
    }

    /// Supply, inflation and what the Minter holds.
    async fn compare_money(&self) {
        let (chain, minter, model) = (&self.protocol.chain, self.protocol.minter, &self.model);
        assert_eq!(chain.view(self.protocol.token, LivepeerToken::totalSupplyCall {}).await, model.supply);
        assert_eq!(chain.view(minter, Minter::inflationCall {}).await, n(model.inflation.rate));
        assert_eq!(chain.view(minter, Minter::currentMintableTokensCall {}).await, model.inflation.mintable);
        assert_eq!(chain.view(minter, Minter::currentMintedTokensCall {}).await, model.inflation.minted);
        assert_eq!(self.protocol.tokens(minter).await, model.minter);
        assert_eq!(chain.ether(minter).await, self.broadcast + model.fees_owed());
        let wallets: U256 = model.wallets.values().sum();
        assert_eq!(model.supply, model.minter + wallets, "no token is anywhere else");
        assert_eq!(model.minter, model.stake_owed(), "the Minter holds what is owed");
    }

    async fn compare_delegator(&self, who: Address) {
        let (chain, bonding) = (&self.protocol.chain, self.protocol.bonding);
        let (there, model) =
            (chain.view(bonding, B::getDelegatorCall { delegator: who }).await, self.model.delegator(who));
        assert_eq!(there.bondedAmount, model.bonded, "stake of {who}");
        assert_eq!(there.fees, model.fees, "fees of {who}");
        assert_eq!(there.delegateAddress, model.delegate, "delegate of {who}");
        assert_eq!(there.delegatedAmount, model.delegated, "delegated to {who}");
        assert_eq!(there.startRound, n(model.start_round), "start round of {who}");
        assert_eq!(there.withdrawRound, n(model.withdraw_round), "withdraw round of {who}");
        assert_eq!(there.lastClaimRound, n(model.last_claim_round), "last claim round of {who}");
        assert_eq!(self.protocol.tokens(who).await, self.model.wallet(who), "tokens of {who}");
        let status = chain.view(bonding, B::delegatorStatusCall { delegator: who }).await;
        let expected = match self.model.status(who) {
            Status::Pending => 0,
            Status::Bonded => 1,
            Status::Unbonding => 2,
            Status::Unbonded => 3,
        };
        assert_eq!(status, expected, "status of {who}");

        let end = self.model.round;
        let stake = chain.try_view(bonding, B::pendingStakeCall { delegator: who, endRound: n(end) }).await;
        let fees = chain.try_view(bonding, B::pendingFeesCall { delegator: who, endRound: n(end) }).await;
        match self.model.shares(who, end) {
            Ok(shares) if model.last_claim_round < end => {
                assert_eq!(stake.unwrap(), model.bonded + shares.rewards, "pending stake of {who}");
                assert_eq!(fees.unwrap(), model.fees + shares.fees, "pending fees of {who}");
            }
            _ => assert!(stake.unwrap_err().is_revert() && fees.unwrap_err().is_revert()),
        }
    }

    async fn compare_transcoder(&self, who: Address) {
        let (chain, bonding) = (&self.protocol.chain, self.protocol.bonding);
        let there = chain.view(bonding, B::getTranscoderCall { transcoder_: who }).await;
        let model = self.model.transcoders.get(&who).cloned().unwrap_or_default();
        assert_eq!(there.lastRewardRound, n(model.last_reward_round), "last reward of {who}");
        assert_eq!([there.rewardCut, there.feeShare], [model.terms.reward_cut, model.terms.fee_share].map(n));
        assert_eq!(there.pricePerSegment, model.terms.price);
        let pending = [there.pendingRewardCut, there.pendingFeeShare];
        assert_eq!(pending, [model.pending.reward_cut, model.pending.fee_share].map(n));
        assert_eq!(there.pendingPricePerSegment, model.pending.price);
        let registered = chain.view(bonding, B::isRegisteredTranscoderCall { transcoder_: who }).await;
        assert_eq!(registered, self.model.ranking.contains(who), "{who} is registered");
    }
}
