//! A walk without a plan: whatever the BondingManager can be asked, in any order, compared after every step.
//!
//! What the scenarios with a story do not come across is met here: stake bonded again and slashed before it counts, fees for
//! rounds long claimed, transcoders that delegate to each other, rounds nobody initialized. Slashings and fees are ordered in
//! the JobsManager's name. The steps are drawn from a printed seed; `SCENARIO_SEED` takes another walk.

use alloy::primitives::{Address, U256};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    chain::Chain,
    deploy::{Settings, ether},
    model::Terms,
    people::{account, accounts},
    twin::Twin,
};

const SEED: u64 = 42;
const STEPS: usize = 300;

struct Walk {
    twin: Twin,
    rng: ChaCha8Rng,
    people: Vec<Address>,
}

/// Small numbers, so that roundings matter.
fn settings() -> Settings {
    Settings {
        round_length: 80,
        num_transcoders: 4,
        num_active: 3,
        unbonding_period: 2,
        max_earnings_claims_rounds: 6,
        inflation: 50_000,
        inflation_change: 7_000,
        target_bonding_rate: 300_000,
        ..Settings::default()
    }
}

pub async fn walk_without_a_plan(chain: Chain) {
    let seed = std::env::var("SCENARIO_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let (people, broadcaster) = (accounts("walker", 8), account("broadcaster"));
    let funds: Vec<_> =
        people.iter().map(|who| (*who, U256::from(100_003))).chain([(broadcaster, U256::ZERO)]).collect();
    let mut twin = Twin::new(chain, settings(), &funds).await;
    twin.deposit(broadcaster, U256::from(10u64.pow(12))).await;
    twin.protocol.chain.dev.set_balance(twin.protocol.jobs, ether()).await.unwrap();
    // some rounds to look back at
    let opening = twin.protocol.opening + 4;
    twin.start_round(opening).await;
    let mut walk = Walk { twin, rng: ChaCha8Rng::seed_from_u64(seed), people };
    let mut done = 0;
    for step in 0..STEPS {
        let (words, outcome) = walk.step().await;
        eprintln!("{step}: round {}, {words}: {outcome:?}", walk.twin.model.round);
        done += usize::from(outcome.is_ok());
        walk.twin.compare().await;
    }
    assert!(done > STEPS / 6, "{done} of {STEPS} steps were possible");
    walk.everyone_claims().await;
}

impl Walk {
    /// Then every pool is empty, to the last unit.
    async fn everyone_claims(&mut self) {
        let round = self.twin.model.round + 1;
        self.twin.start_round(round).await;
        for who in self.people.clone() {
            while self.twin.model.delegator(who).last_claim_round < round {
                let end = self.twin.model.delegator(who).last_claim_round + settings().max_earnings_claims_rounds;
                self.twin.claim_earnings(who, end.min(round)).await.unwrap();
            }
        }
        self.twin.compare().await;
        self.twin.compare_history().await;
        // only fees for a round in which a transcoder did not work may wait for ever: no job leads to such
        for ((who, round), earnings) in
            self.twin.model.earnings.iter().filter(|(_, earnings)| !earnings.stake.is_zero())
        {
            let left = (earnings.claimable, earnings.rewards.sum(), earnings.fees.sum());
            assert_eq!(left, <_>::default(), "of {} in round {round} nobody's: {earnings:?}", self.name(*who));
        }
    }

    fn someone(&mut self) -> Address {
        *self.people.choose(&mut self.rng).unwrap()
    }

    /// A percentage; now and then none.
    fn rate(&mut self) -> u64 {
        match self.rng.random_range(0..20) {
            0 => 0,
            1 | 2 => 1_000_000,
            3 => 1_000_001,
            _ => self.rng.random_range(1..1_000_000),
        }
    }

    fn name(&self, who: Address) -> String {
        self.people.iter().position(|one| *one == who).map_or("nobody".to_owned(), |i| i.to_string())
    }

    async fn step(&mut self) -> (String, Result<(), String>) {
        let who = self.someone();
        let name = self.name(who);
        match self.rng.random_range(0..100) {
            0..22 => {
                let amount = [0, 1, 1_000, self.rng.random_range(1..20_000)][self.rng.random_range(0..4)];
                let to = match self.rng.random_range(0..10) {
                    0 => Address::ZERO,
                    1..5 => who,
                    _ => self.someone(),
                };
                let words = format!("{name} bonds {amount} to {}", self.name(to));
                (words, self.twin.bond(who, U256::from(amount), to).await)
            }
            22..32 => {
                let price = U256::from(self.rng.random_range(1..9u64));
                let terms = Terms { reward_cut: self.rate(), fee_share: self.rate(), price };
                (format!("{name} announces {terms:?}"), self.twin.transcoder(who, terms).await.map(|_| ()))
            }
            32..46 => (format!("{name} is rewarded"), self.twin.reward(who).await.map(|_| ())),
            46..54 => (format!("{name} unbonds"), self.twin.unbond(who).await),
            54..60 => (format!("{name} withdraws its stake"), self.twin.withdraw_stake(who).await.map(|_| ())),
            60..65 => (format!("{name} withdraws its fees"), self.twin.withdraw_fees(who).await.map(|_| ())),
            65..72 => {
                // hardly ever too much, or nothing
                let end = self.twin.model.delegator(who).last_claim_round + self.rng.random_range(0..8);
                let end = end.min(self.twin.model.round + self.rng.random_range(0..2));
                (format!("{name} claims through {end}"), self.twin.claim_earnings(who, end).await)
            }
            72..78 => {
                let (amount, fee) = (self.rate().min(1_000_000), self.rate().min(1_000_000));
                let finder = self.rng.random_bool(0.5).then(|| self.someone());
                self.twin.slash_directly(who, finder, amount, fee).await;
                let finder = finder.map_or("nobody".to_owned(), |finder| self.name(finder));
                (format!("{name} is slashed by {amount}, {fee} of it for {finder}"), Ok(()))
            }
            78..86 => {
                let fees = U256::from(self.rng.random_range(0..100_000u64));
                let round = self.twin.model.round - self.rng.random_range(0..4);
                (format!("{name} gets fees of {fees} for {round}"), self.twin.fees_directly(who, fees, round).await)
            }
            86..94 => (format!("{name} begins a round"), self.next_round().await),
            94 => {
                let lock = self.twin.protocol.lock_of(self.twin.model.round);
                self.twin.protocol.chain.mine_until(lock).await;
                ("locked".to_owned(), Ok(()))
            }
            _ => (format!("{name} bonds to itself"), self.twin.bond(who, U256::from(5_000), who).await),
        }
    }

    /// Sometimes one is skipped, sometimes it is not initialized at once.
    async fn next_round(&mut self) -> Result<(), String> {
        let skipped = u64::from(self.rng.random_bool(0.2));
        let first = (self.twin.model.round + 1 + skipped) * self.twin.protocol.settings.round_length;
        self.twin.protocol.chain.mine_until(first).await;
        if self.rng.random_bool(0.1) { Ok(()) } else { self.twin.initialize_round().await }
    }
}
