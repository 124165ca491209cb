//! Twenty-six candidates for twenty places, ten of them active: who is in, who works, who is elected.
//!
//! Joins, stake that moves, evictions and departures are drawn by chance from a printed seed. Whatever is drawn is also tried
//! when it has to fail. In every round each job goes to whom the lot of its block elects, and to nobody else.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256, keccak256};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use tminus_contracts::bindings::{BondingManager as B, JobsManager as J};

use crate::{
    chain::Chain,
    deploy::Settings,
    model::{Status, Terms},
    people::{account, accounts},
    stream::profile,
    twin::Twin,
};

/// `SCENARIO_SEED` tells another story.
const SEED: u64 = 2018;
const ROUNDS: u64 = 10;
const EVENTS: usize = 20;
const LOTS: u64 = 20_000;

fn tokens(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10u64.pow(18))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Join,
    BondMore,
    Move,
    Unbond,
    WithdrawStake,
    Reward,
    Claim,
    Announce,
}

const EVENT_KINDS: [Event; 8] = [
    Event::Join,
    Event::BondMore,
    Event::Move,
    Event::Unbond,
    Event::WithdrawStake,
    Event::Reward,
    Event::Claim,
    Event::Announce,
];

#[derive(Debug, Default)]
struct Tally {
    /// Kind of event and whether it succeeded.
    events: BTreeMap<(Event, bool), u64>,
    evicted: u64,
    evicted_while_active: u64,
    resigned_while_active: u64,
    entered: u64,
}

struct Story {
    twin: Twin,
    rng: ChaCha8Rng,
    candidates: Vec<Address>,
    delegators: Vec<Address>,
    broadcaster: Address,
    tally: Tally,
}

pub async fn active_set_of_ten(chain: Chain) {
    let seed = std::env::var("SCENARIO_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let (candidates, delegators) = (accounts("candidate", 26), accounts("delegator", 8));
    let broadcaster = account("broadcaster");
    let everyone = candidates.iter().chain(&delegators).chain([&broadcaster]);
    let funds: Vec<_> = everyone.map(|who| (*who, tokens(1_000))).collect();
    let settings = Settings { round_length: 100, unbonding_period: 1, inflation: 20_000, ..Settings::default() };
    let mut twin = Twin::new(chain, settings, &funds).await;
    twin.deposit(broadcaster, tokens(1)).await;
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let mut story = Story { twin, rng, candidates, delegators, broadcaster, tally: Tally::default() };
    let opening = story.twin.protocol.opening;
    story.twin.start_round(opening).await;
    for i in 0..20 {
        let candidate = story.candidates[i];
        story.join(candidate).await.unwrap();
    }
    assert!(story.twin.model.ranking.is_full());
    let mut before = Vec::new();
    for round in opening + 1..=opening + ROUNDS {
        let ten = story.first_ten_of_the_pool().await;
        story.twin.start_round(round).await;
        story.the_ten_are_active(round, &ten).await;
        story.tally.entered += ten.iter().filter(|who| !before.contains(*who)).count() as u64;
        story.elections(round).await;
        for _ in 0..EVENTS {
            story.event().await;
        }
        story.job(round).await;
        story.lock_period(round).await;
        story.twin.compare().await;
        before = ten;
    }
    story.twin.compare_history().await;
    story.the_lot_is_fair().await;
    let tally = &story.tally;
    eprintln!("{tally:?}");
    for kind in EVENT_KINDS {
        assert!(tally.events.contains_key(&(kind, true)), "{kind:?} never succeeded");
    }
    assert!(tally.evicted > 2 && tally.resigned_while_active > 0);
    assert!(tally.entered > 15, "the set rotates");
}

impl Story {
    async fn first_ten_of_the_pool(&self) -> Vec<Address> {
        let (chain, bonding) = (&self.twin.protocol.chain, self.twin.protocol.bonding);
        let mut ten = vec![chain.view(bonding, B::getFirstTranscoderInPoolCall {}).await];
        while ten.len() < 10 {
            let call = B::getNextTranscoderInPoolCall { transcoder_: ten[ten.len() - 1] };
            ten.push(chain.view(bonding, call).await);
        }
        ten
    }

    /// The first ten at the round's start work in it, with the stake they have.
    async fn the_ten_are_active(&self, round: u64, ten: &[Address]) {
        let (chain, bonding) = (&self.twin.protocol.chain, self.twin.protocol.bonding);
        assert_eq!(self.twin.model.sets[&round].members, ten);
        let mut sum = U256::ZERO;
        for &who in &self.candidates {
            let active = chain.view(bonding, B::isActiveTranscoderCall { transcoder_: who, round: U256::from(round) });
            assert_eq!(active.await, ten.contains(&who), "{who} in round {round}");
            let call = B::activeTranscoderTotalStakeCall { transcoder_: who, round: U256::from(round) };
            match chain.try_view(bonding, call).await {
                Ok(stake) => sum += stake,
                Err(error) => assert!(error.is_revert() && !ten.contains(&who), "{error}"),
            }
        }
        let call = B::activeTranscoderSetCall { round: U256::from(round) };
        assert_eq!(chain.view(bonding, call).await, sum);
    }

    /// The chain elects whom the model elects, for lots and prices of all kinds.
    async fn elections(&mut self, round: u64) {
        let mut prices = vec![U256::ZERO, U256::from(1), U256::MAX];
        prices.extend((0..7).map(|_| U256::from(self.rng.random_range(1..60u64))));
        for price in prices {
            for _ in 0..3 {
                let lot = B256::from(self.rng.random::<[u8; 32]>());
                self.elects(price, lot, round).await;
            }
        }
    }

    async fn elects(&self, price: U256, lot: B256, round: u64) -> Address {
        let (chain, bonding) = (&self.twin.protocol.chain, self.twin.protocol.bonding);
        let call = B::electActiveTranscoderCall { maxPricePerSegment: price, blockHash: lot, round: U256::from(round) };
        let elected = chain.view(bonding, call).await;
        assert_eq!(elected, self.twin.model.elect(price, lot, round), "price {price}, lot {lot}, round {round}");
        elected
    }

    fn pick(&mut self, from: &[Address]) -> Address {
        *from.choose(&mut self.rng).unwrap()
    }

    /// Stake and price are of few values, so that there are ties.
    async fn join(&mut self, who: Address) -> Result<(), String> {
        let amount = tokens(self.rng.random_range(4..12) * 10);
        let account = self.twin.model.delegator(who);
        let last = self.twin.model.ranking.last().map_or(U256::ZERO, |(_, stake)| stake);
        if account.delegate != who || (self.twin.model.ranking.is_full() && account.delegated <= last) {
            self.twin.bond(who, amount, who).await?;
        }
        self.announce(who).await
    }

    async fn announce(&mut self, who: Address) -> Result<(), String> {
        let terms = Terms {
            reward_cut: self.rng.random_range(0..=1_000_000),
            fee_share: self.rng.random_range(0..=1_000_000),
            price: U256::from(self.rng.random_range(1..60u64)),
        };
        let announced = self.twin.transcoder(who, terms).await?;
        if let Some(evicted) = announced.evicted {
            self.tally.evicted += 1;
            if self.twin.model.is_active(evicted, self.twin.model.round) {
                self.tally.evicted_while_active += 1;
                // it keeps its work and its reward
                self.twin.reward(evicted).await.ok();
            }
        }
        Ok(())
    }

    async fn event(&mut self) {
        // who leaves makes room: candidates come at least as often
        let kind = match self.rng.random_range(0..10) {
            8.. => Event::Join,
            other => EVENT_KINDS[other],
        };
        let (candidates, delegators) = (self.candidates.clone(), self.delegators.clone());
        let everyone = [&candidates[..], &delegators].concat();
        let outcome = match kind {
            Event::Join => {
                let outside: Vec<_> =
                    candidates.iter().copied().filter(|who| !self.twin.model.ranking.contains(*who)).collect();
                let who = self.pick(&outside);
                self.join(who).await
            }
            Event::BondMore | Event::Move => {
                let who = self.pick(&everyone);
                let amount = if kind == Event::Move { 0 } else { self.rng.random_range(0..6) * 10 };
                let own = self.twin.model.delegator(who).delegate;
                let other = self.pick(&candidates);
                let to = if kind == Event::Move || own.is_zero() { other } else { own };
                self.twin.bond(who, tokens(amount), to).await
            }
            Event::Unbond => {
                let who = self.pick(&everyone);
                let active = self.twin.model.is_active(who, self.twin.model.round);
                let outcome = self.twin.unbond(who).await;
                self.tally.resigned_while_active += u64::from(active && outcome.is_ok());
                outcome
            }
            Event::WithdrawStake => {
                let unbonding: Vec<_> = everyone.iter().copied().filter(|who| self.is_leaving(*who)).collect();
                let who = self.pick(if unbonding.is_empty() { &everyone } else { &unbonding });
                self.twin.withdraw_stake(who).await.map(|_| ())
            }
            Event::Reward => {
                let who = self.pick(&candidates);
                self.twin.reward(who).await.map(|_| ())
            }
            Event::Claim => {
                let (who, end) = (self.pick(&everyone), self.twin.model.round + self.rng.random_range(0..2));
                self.twin.claim_earnings(who, end).await
            }
            Event::Announce => {
                let who = self.pick(&candidates);
                self.announce(who).await
            }
        };
        *self.tally.events.entry((kind, outcome.is_ok())).or_default() += 1;
    }

    fn is_leaving(&self, who: Address) -> bool {
        matches!(self.twin.model.status(who), Status::Unbonded | Status::Unbonding)
            && !self.twin.model.delegator(who).bonded.is_zero()
    }

    /// A job of the present round is claimed by the one elected; another active one is refused.
    async fn job(&mut self, round: u64) {
        let price = U256::from(self.rng.random_range(30..60u64));
        let job = self.twin.job(self.broadcaster, "stream", &[profile("P144p30fps16x9")], price, 30).await;
        let elected = self.twin.elected(&job).await;
        self.elects(price, self.twin.protocol.chain.hash(job.block).await, round).await;
        let active = self.twin.model.sets[&round].active.clone();
        let other = active.into_iter().find(|who| *who != elected).unwrap();
        let range = [U256::from(1), U256::from(9)];
        let call = J::claimWorkCall { jobId: job.id, segmentRange: range, claimRoot: B256::ZERO };
        let refused = self.twin.protocol.chain.refused(other, self.twin.protocol.jobs, call).await;
        assert_eq!(refused, format!("JobsManagerNotTheTranscoder(caller: {other}, transcoder: {elected})"));
        assert!(!elected.is_zero(), "nobody is cheap enough");
        self.twin.claim_work(&job, elected, range, B256::ZERO).await;
    }

    /// In the lock period prices may fall, and that is all.
    async fn lock_period(&mut self, round: u64) {
        let lock = self.twin.protocol.lock_of(round);
        self.twin.protocol.chain.mine_until_next_is(lock).await;
        let (dearest, floor) = {
            let model = &self.twin.model;
            let price = |who: &Address| model.transcoders[who].pending.price;
            let pool = || model.ranking.entries().iter().map(|(who, _)| *who);
            (pool().max_by_key(price).unwrap(), pool().map(|who| price(&who)).min().unwrap())
        };
        let own = self.twin.model.transcoders[&dearest].pending;
        let outside = *self.candidates.iter().find(|who| !self.twin.model.ranking.contains(**who)).unwrap();
        let refused = self.twin.transcoder(outside, own).await.unwrap_err();
        assert_eq!(refused, format!("BondingManagerNotRegistered(transcoder: {outside})"));
        let changed = Terms { reward_cut: own.reward_cut ^ 1, ..own };
        assert!(self.twin.transcoder(dearest, changed).await.unwrap_err().starts_with("BondingManagerRatesLocked"));
        for price in [own.price + U256::from(1), floor - U256::from(1)] {
            let refused = self.twin.transcoder(dearest, Terms { price, ..own }).await.unwrap_err();
            assert!(refused.starts_with("BondingManagerPriceOutOfRange"), "{refused}");
        }
        self.twin.transcoder(dearest, Terms { price: floor, ..own }).await.unwrap();
    }

    /// Elected as often as stake says, within five standard deviations; the chain is asked about every hundredth lot.
    async fn the_lot_is_fair(&self) {
        let round = self.twin.model.round;
        let set = &self.twin.model.sets[&round];
        let mut wins = BTreeMap::<Address, u64>::new();
        for i in 0..LOTS {
            let lot = keccak256(i.to_be_bytes());
            let elected = match i % 100 {
                0 => self.elects(U256::MAX, lot, round).await,
                _ => self.twin.model.elect(U256::MAX, lot, round),
            };
            *wins.entry(elected).or_default() += 1;
        }
        assert!(wins.keys().all(|who| set.active.contains(who)));
        for who in &set.active {
            let stake = self.twin.model.earnings[&(*who, round)].stake;
            let expected = stake * U256::from(LOTS) / set.stake;
            let off = expected.abs_diff(U256::from(wins[who]));
            assert!(off * off <= U256::from(25) * expected, "{who}: {} of {expected}", wins[who]);
        }
    }
}
