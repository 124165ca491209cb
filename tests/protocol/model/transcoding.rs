//! What transcoders do, what happens to them, and the rounds.

use alloy::primitives::{Address, B256, U256};

use super::{
    ActiveSet, Model, Refused, Terms,
    earnings::Earnings,
    maths::{WHOLE, part},
    require,
};

/// What an announcement led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    pub registered: bool,
    pub evicted: Option<Address>,
}

/// What a slashing took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slashed {
    pub penalty: U256,
    pub finder: U256,
}

impl Model {
    pub fn transcoder(&mut self, who: Address, terms: Terms) -> Result<Announced, Refused> {
        self.require_initialized()?;
        if self.locked {
            return self.lower_price(who, terms);
        }
        require(terms.reward_cut <= WHOLE && terms.fee_share <= WHOLE, "not a percentage")?;
        let account = self.delegator(who);
        require(account.delegate == who && !account.bonded.is_zero(), "not bonded to itself")?;
        self.transcoders.entry(who).or_default().pending = terms;
        let mut evicted = None;
        if !self.ranking.contains(who) {
            if self.ranking.is_full() {
                evicted = self.ranking.last().filter(|(_, stake)| account.delegated > *stake).map(|(last, _)| last);
                evicted.into_iter().for_each(|last| self.ranking.remove(last));
            }
            if !self.ranking.is_full() {
                self.ranking.set(who, account.delegated);
            }
        }
        Ok(Announced { registered: self.ranking.contains(who), evicted })
    }

    /// The lock period allows nothing else.
    fn lower_price(&mut self, who: Address, terms: Terms) -> Result<Announced, Refused> {
        require(self.ranking.contains(who), "not registered")?;
        let pending = |of: Address| self.transcoders[&of].pending;
        let own = pending(who);
        require(terms.reward_cut == own.reward_cut && terms.fee_share == own.fee_share, "rates are locked")?;
        let floor = self.ranking.entries().iter().map(|(other, _)| pending(*other).price).min().unwrap_or_default();
        require(terms.price >= floor && terms.price <= own.price, "the price is out of range")?;
        self.transcoders.entry(who).or_default().pending = terms;
        Ok(Announced { registered: true, evicted: None })
    }

    pub fn initialize_round(&mut self) -> Result<(), Refused> {
        require(self.last_initialized < self.round, "initialized already")?;
        self.last_initialized = self.round;
        for delegator in self.delegators.values_mut() {
            self.total_bonded += std::mem::take(&mut delegator.rebonded);
        }
        let mut set = ActiveSet::default();
        for &(member, stake) in self.ranking.entries().iter().take(self.parameters.num_active) {
            set.members.push(member);
            set.active.insert(member);
            set.stake += stake;
            let transcoder = self.transcoders.entry(member).or_default();
            transcoder.terms = transcoder.pending;
            let Terms { reward_cut, fee_share, price } = transcoder.terms;
            let before = self.earnings.remove(&(member, self.round)).unwrap_or_default();
            let start = Earnings::start(stake, reward_cut, fee_share, price);
            self.earnings.insert((member, self.round), Earnings { fees: before.fees, ..start });
        }
        set.stake_at_start = set.stake;
        self.sets.insert(self.round, set);
        self.inflation.next_round(self.total_bonded, self.supply);
        Ok(())
    }

    pub fn reward(&mut self, who: Address) -> Result<U256, Refused> {
        self.require_initialized()?;
        let round = self.round;
        require(self.is_active(who, round), "not active")?;
        let transcoder = self.transcoders.entry(who).or_default();
        require(transcoder.last_reward_round != round, "rewarded already")?;
        transcoder.last_reward_round = round;
        let stake = self.earnings[&(who, round)].stake;
        let reward = self.inflation.mint(stake, self.sets[&round].stake_at_start)?;
        self.supply += reward;
        self.minter += reward;
        self.total_bonded += reward;

        let will_claim = self.will_claim(who, round);
        let earnings = self.earnings.entry((who, round)).or_default();
        let halves = earnings.split_reward(reward);
        earnings.rewards.delegators += halves.delegators;
        if will_claim {
            earnings.rewards.transcoder += halves.transcoder;
            self.raise_delegated(who, reward);
        } else {
            self.raise_delegated(who, halves.delegators);
            if !halves.transcoder.is_zero() {
                self.claim_through(who, round)?;
                self.entry(who).bonded += halves.transcoder;
                self.raise_delegated(self.delegator(who).delegate, halves.transcoder);
            }
        }
        Ok(reward)
    }

    pub fn add_fees(&mut self, who: Address, fees: U256, round: u64) -> Result<(), Refused> {
        let will_claim = self.will_claim(who, round);
        let was_active = self.earnings.get(&(who, round)).is_some_and(|earnings| !earnings.stake.is_zero());
        require(was_active || self.ranking.contains(who), "neither active then nor registered")?;
        let earnings = self.earnings.entry((who, round)).or_default();
        let halves = earnings.split_fees(fees);
        earnings.fees.delegators += halves.delegators;
        if will_claim || !was_active {
            earnings.fees.transcoder += halves.transcoder;
        } else {
            self.entry(who).fees += halves.transcoder;
        }
        Ok(())
    }

    /// Whether a transcoder has yet to claim a round of its own. If not, its part of what comes later is its own at once.
    fn will_claim(&self, who: Address, round: u64) -> bool {
        let account = self.delegator(who);
        account.delegate == who && account.last_claim_round < round
    }

    /// Leaves the pool and the active set of the current round, if it is in them: an evicted one is in the set only.
    pub(super) fn resign(&mut self, who: Address) {
        let round = self.round;
        if self.is_active(who, round) {
            let stake = self.earnings[&(who, round)].stake;
            let set = self.sets.entry(round).or_default();
            set.active.remove(&who);
            set.stake -= stake;
        }
        self.ranking.remove(who);
    }

    /// Takes a part of a transcoder's own stake; `finder` gets a part of that, the rest is burned.
    pub fn slash(&mut self, who: Address, finder: Option<Address>, amount: u64, finder_fee: u64) -> Slashed {
        let account = self.delegator(who);
        if account.bonded.is_zero() {
            return Slashed::default();
        }
        let penalty = part(account.bonded, amount);
        self.entry(who).bonded -= penalty;
        if !account.delegate.is_zero() {
            // what the total does not count yet goes first
            let uncounted = account.rebonded.min(penalty);
            self.entry(who).rebonded -= uncounted;
            self.total_bonded -= penalty - uncounted;
            self.resign(who);
            self.lower_delegated(account.delegate, penalty);
            // it was stake in the rounds so far, of which the last may not have begun with an active set
            let last = self.last_initialized;
            if account.last_claim_round < last {
                *self.entry(who).slashed.entry(last).or_default() += penalty;
            }
        }
        let reward = finder.map(|finder| {
            let reward = part(penalty, finder_fee);
            self.pay(finder, reward);
            reward
        });
        let reward = reward.unwrap_or_default();
        self.minter -= penalty - reward;
        self.supply -= penalty - reward;
        Slashed { penalty, finder: reward }
    }

    /// Who gets a job, by lot.
    pub fn elect(&self, max_price: U256, lot: B256, round: u64) -> Address {
        let Some(set) = self.sets.get(&round) else { return Address::ZERO };
        let stake = |who: &Address| self.earnings[&(*who, round)].stake;
        let affordable = |who: &Address| self.earnings[&(*who, round)].price <= max_price;
        let candidates: Vec<Address> =
            set.members.iter().copied().filter(|who| set.active.contains(who)).filter(affordable).collect();
        let all: U256 = candidates.iter().map(stake).sum();
        if all.is_zero() {
            return Address::ZERO;
        }
        let x = U256::from_be_bytes(lot.0) % all;
        let mut below = U256::ZERO;
        candidates
            .into_iter()
            .find(|who| {
                below += stake(who);
                below > x
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Parameters, inflation::Inflation};
    use super::*;

    fn who(i: u8) -> Address {
        Address::with_last_byte(i)
    }

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    /// Transcoders 1, 2, .. with the stakes and prices given, three places, two of them active.
    fn with(transcoders: &[(u64, u64)]) -> Model {
        let parameters = Parameters { unbonding_period: 2, max_earnings_claims_rounds: 20, num_active: 2 };
        let mut model = Model::new(parameters, 3, Inflation::new(100_000, 0, 0));
        (model.round, model.last_initialized) = (1, 1);
        for (i, &(stake, price)) in (1..).zip(transcoders) {
            model.mint(who(i), n(stake));
            model.bond(who(i), n(stake), who(i)).unwrap();
            model.transcoder(who(i), Terms { reward_cut: 0, fee_share: 0, price: n(price) }).unwrap();
        }
        model.round = 2;
        model.initialize_round().unwrap();
        model
    }

    #[test]
    fn the_lot_falls_by_stake_among_those_who_are_cheap_enough() {
        let model = with(&[(50, 10), (30, 20), (20, 1)]);
        let elect = |price: u64, lot: u64| model.elect(n(price), B256::from(n(lot)), 2);
        assert_eq!((elect(20, 0), elect(20, 49), elect(20, 50), elect(20, 79)), (who(1), who(1), who(2), who(2)));
        assert_eq!(elect(20, 80), who(1), "the third is not active");
        assert_eq!((elect(10, 79), elect(9, 0)), (who(1), Address::ZERO));
    }

    #[test]
    fn the_last_gives_way_to_more_stake_only() {
        let mut model = with(&[(50, 1), (30, 1), (20, 1), (20, 1)]);
        assert!(!model.ranking.contains(who(4)), "as much is not more");
        model.mint(who(4), n(1));
        model.bond(who(4), n(1), who(4)).unwrap();
        let announced = model.transcoder(who(4), Terms::default()).unwrap();
        assert_eq!(announced, Announced { registered: true, evicted: Some(who(3)) });
    }

    #[test]
    fn a_resignation_does_not_raise_the_others_rewards() {
        let mut model = with(&[(50, 1), (30, 1)]);
        model.unbond(who(1)).unwrap();
        assert_eq!(model.sets[&2].stake, n(30));
        // a tenth of 80, of which 30 in 80
        assert_eq!(model.reward(who(2)), Ok(n(3)));
        assert!(model.reward(who(2)).is_err() && model.reward(who(1)).is_err());
    }

    #[test]
    fn the_finder_gets_a_part_of_the_penalty_and_the_rest_is_burned() {
        let mut model = with(&[(50, 1), (30, 1)]);
        let slashed = model.slash(who(1), Some(who(9)), 200_000, 100_000);
        assert_eq!(slashed, Slashed { penalty: n(10), finder: n(1) });
        assert_eq!((model.supply, model.minter, model.wallet(who(9))), (n(71), n(70), n(1)));
        assert_eq!((model.total_bonded, model.delegator(who(1)).delegated), (n(70), n(40)));
        assert!(!model.ranking.contains(who(1)) && !model.is_active(who(1), 2));
    }

    #[test]
    fn stake_that_was_slashed_keeps_its_share_of_the_rounds_before() {
        let mut model = with(&[(50, 1), (30, 1)]);
        model.round = 3;
        model.slash(who(1), None, 500_000, 0);
        let account = model.delegator(who(1));
        assert_eq!((account.stake_in(2), account.stake_in(3)), (n(50), n(25)));
    }
}
