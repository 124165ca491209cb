//! The protocol on a chain and its model, moved together and compared.
//!
//! Every call is first made to the model. What the model refuses must revert on the chain and change nothing; what it does
//! must succeed there. `compare` then holds every account, pool, set and balance of the chain against the model's, exactly.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall,
};
use tminus_contracts::bindings::{BondingManager, RoundsManager};

use crate::{
    chain::{Chain, Done},
    deploy::{Protocol, Settings},
    model::{
        Model, Parameters, Refused, Terms,
        inflation::Inflation,
        transcoding::{Announced, Slashed},
    },
};

#[derive(Debug)]
pub struct Twin {
    pub protocol: Protocol,
    pub model: Model,
    /// Everyone that is compared.
    pub people: Vec<Address>,
    /// Ether that the Minter keeps for broadcasters: deposits and escrow, wei.
    pub broadcast: U256,
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

impl Twin {
    /// A new protocol in which each account of `funds` has its tokens.
    pub async fn new(chain: Chain, settings: Settings, funds: &[(Address, U256)]) -> Self {
        let parameters = Parameters {
            unbonding_period: settings.unbonding_period,
            max_earnings_claims_rounds: settings.max_earnings_claims_rounds,
            num_active: usize::try_from(settings.num_active).unwrap(),
        };
        let inflation = Inflation::new(settings.inflation, settings.inflation_change, settings.target_bonding_rate);
        let mut model = Model::new(parameters, usize::try_from(settings.num_transcoders).unwrap(), inflation);
        funds.iter().for_each(|&(to, amount)| model.mint(to, amount));
        let protocol = Protocol::deploy(chain, settings, funds).await;
        let people = funds.iter().map(|(address, _)| *address).collect();
        Self { protocol, model, people, broadcast: U256::ZERO }
    }

    /// Tells the model when the next transaction will be.
    pub async fn look_at_the_clock(&mut self) {
        let next = self.protocol.chain.height().await + 1;
        self.model.round = self.protocol.round_of(next);
        self.model.locked = next >= self.protocol.lock_of(self.model.round);
    }

    /// One call by `who` to the BondingManager, on both.
    async fn both<C: SolCall, T>(
        &mut self,
        who: Address,
        call: C,
        operation: impl FnOnce(&mut Model) -> Result<T, Refused>,
    ) -> Result<(T, Done), String> {
        self.both_at(who, self.protocol.bonding, call, operation).await
    }

    async fn both_at<C: SolCall, T>(
        &mut self,
        who: Address,
        to: Address,
        call: C,
        operation: impl FnOnce(&mut Model) -> Result<T, Refused>,
    ) -> Result<(T, Done), String> {
        self.look_at_the_clock().await;
        let mut next = self.model.clone();
        match operation(&mut next) {
            Ok(outcome) => {
                let done = self.protocol.chain.send(who, to, call).await;
                self.model = next;
                Ok((outcome, done))
            }
            Err(_) => Err(self.protocol.chain.refused(who, to, call).await),
        }
    }

    pub async fn initialize_round(&mut self) -> Result<(), String> {
        let (keeper, rounds) = (self.protocol.owner, self.protocol.rounds);
        let call = RoundsManager::initializeRoundCall {};
        let (_, done) = self.both_at(keeper, rounds, call, Model::initialize_round).await?;
        assert_eq!(done.event::<RoundsManager::NewRound>(rounds).round, n(self.model.round));
        Ok(())
    }

    /// Goes to the first block of a round and initializes it.
    pub async fn start_round(&mut self, round: u64) {
        self.protocol.chain.mine_until_next_is(round * self.protocol.settings.round_length).await;
        self.initialize_round().await.unwrap();
        assert_eq!(self.model.last_initialized, round);
    }

    pub async fn bond(&mut self, who: Address, amount: U256, to: Address) -> Result<(), String> {
        let call = BondingManager::bondCall { amount, to };
        let (_, done) = self.both(who, call, |model| model.bond(who, amount, to)).await?;
        let event = done.event::<BondingManager::Bond>(self.protocol.bonding);
        assert_eq!((event.delegate, event.delegator), (to, who));
        Ok(())
    }

    pub async fn unbond(&mut self, who: Address) -> Result<(), String> {
        let delegate = self.model.delegator(who).delegate;
        let (_, done) = self.both(who, BondingManager::unbondCall {}, |model| model.unbond(who)).await?;
        let event = done.event::<BondingManager::Unbond>(self.protocol.bonding);
        assert_eq!((event.delegate, event.delegator), (delegate, who));
        Ok(())
    }

    pub async fn transcoder(&mut self, who: Address, terms: Terms) -> Result<Announced, String> {
        let call = BondingManager::transcoderCall {
            rewardCut: n(terms.reward_cut),
            feeShare: n(terms.fee_share),
            pricePerSegment: terms.price,
        };
        let (announced, done) = self.both(who, call, |model| model.transcoder(who, terms)).await?;
        let bonding = self.protocol.bonding;
        let event = done.event::<BondingManager::TranscoderUpdate>(bonding);
        assert_eq!((event.transcoder, event.registered), (who, announced.registered));
        let evicted = done.events::<BondingManager::TranscoderEvicted>(bonding);
        assert!(evicted.iter().map(|event| event.transcoder).eq(announced.evicted));
        Ok(announced)
    }

    pub async fn reward(&mut self, who: Address) -> Result<U256, String> {
        let (amount, done) = self.both(who, BondingManager::rewardCall {}, |model| model.reward(who)).await?;
        let event = done.event::<BondingManager::Reward>(self.protocol.bonding);
        assert_eq!((event.transcoder, event.amount), (who, amount));
        Ok(amount)
    }

    pub async fn claim_earnings(&mut self, who: Address, end: u64) -> Result<(), String> {
        let call = BondingManager::claimEarningsCall { endRound: n(end) };
        self.both(who, call, |model| model.claim_earnings(who, end)).await.map(|_| ())
    }

    pub async fn withdraw_stake(&mut self, who: Address) -> Result<U256, String> {
        let call = BondingManager::withdrawStakeCall {};
        let (amount, _) = self.both(who, call, |model| model.withdraw_stake(who)).await?;
        Ok(amount)
    }

    pub async fn withdraw_fees(&mut self, who: Address) -> Result<U256, String> {
        let before = self.protocol.chain.ether(who).await;
        let call = BondingManager::withdrawFeesCall {};
        let (amount, done) = self.both(who, call, |model| model.withdraw_fees(who)).await?;
        assert_eq!(self.protocol.chain.ether(who).await, before + amount - done.cost);
        Ok(amount)
    }

    /// Fees that came in from a job.
    pub fn add_fees(&mut self, to: Address, fees: U256, round: u64) {
        self.model.add_fees(to, fees, round).unwrap();
        self.broadcast -= fees;
    }

    /// Fees added in the JobsManager's name, from what broadcasters deposited.
    pub async fn fees_directly(&mut self, to: Address, fees: U256, round: u64) -> Result<(), String> {
        let call = BondingManager::updateTranscoderWithFeesCall { transcoder_: to, fees, round: n(round) };
        self.both(self.protocol.jobs, call, |model| model.add_fees(to, fees, round)).await?;
        self.broadcast -= fees;
        Ok(())
    }

    /// A slashing ordered in the JobsManager's name.
    pub async fn slash_directly(&mut self, who: Address, finder: Option<Address>, amount: u64, fee: u64) -> Slashed {
        self.look_at_the_clock().await;
        let call = BondingManager::slashTranscoderCall {
            transcoder_: who,
            finder: finder.unwrap_or_default(),
            slashAmount: n(amount),
            finderFee: n(fee),
        };
        let done = self.protocol.chain.send(self.protocol.jobs, self.protocol.bonding, call).await;
        self.slash(&done, who, finder, amount, fee)
    }

    /// A slashing that `done` brought about; what it took is in its event.
    pub fn slash(&mut self, done: &Done, who: Address, finder: Option<Address>, amount: u64, fee: u64) -> Slashed {
        let slashed = self.model.slash(who, finder, amount, fee);
        let event = done.event::<BondingManager::TranscoderSlashed>(self.protocol.bonding);
        assert_eq!((event.transcoder, event.finder), (who, finder.unwrap_or_default()));
        assert_eq!((event.penalty, event.finderReward), (slashed.penalty, slashed.finder));
        slashed
    }
}
