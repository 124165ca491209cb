//! What delegators do: claim, bond, unbond, withdraw.

use alloy::primitives::{Address, U256};

use super::{Model, Refused, Status, earnings::Claimed, require};

impl Model {
    /// Claims through `end`, before anything else a delegator does.
    pub(super) fn claim_through(&mut self, who: Address, end: u64) -> Result<(), Refused> {
        let account = self.delegator(who);
        if !account.delegate.is_zero() {
            require(end >= account.last_claim_round, "claimed already")?;
            let rounds = end - account.last_claim_round;
            require(rounds <= self.parameters.max_earnings_claims_rounds, "too many rounds at once")?;
            let Claimed { fees, rewards } = self.shares(who, end)?;
            for round in account.last_claim_round + 1..=end {
                let stake = self.delegator(who).stake_in(round);
                if let Some(earnings) = self.earnings.get_mut(&(account.delegate, round)) {
                    let claimed = earnings.claim(stake, who == account.delegate)?;
                    self.entry(who).bonded += claimed.rewards;
                    self.entry(who).fees += claimed.fees;
                }
            }
            let after = self.delegator(who);
            assert_eq!((after.bonded, after.fees), (account.bonded + rewards, account.fees + fees));
        }
        let account = self.entry(who);
        account.last_claim_round = end;
        account.slashed.retain(|&round, _| round > end);
        Ok(())
    }

    /// What a claim through `end` would bring, rewards of a round being stake in the next.
    pub fn shares(&self, who: Address, end: u64) -> Result<Claimed, Refused> {
        let account = self.delegator(who);
        let mut sum = Claimed::default();
        for round in account.last_claim_round + 1..=end {
            if let Some(earnings) = self.earnings.get(&(account.delegate, round)) {
                let claimed = earnings.clone().claim(account.stake_in(round) + sum.rewards, who == account.delegate)?;
                sum.rewards += claimed.rewards;
                sum.fees += claimed.fees;
            }
        }
        Ok(sum)
    }

    pub fn claim_earnings(&mut self, who: Address, end: u64) -> Result<(), Refused> {
        self.require_initialized()?;
        require(self.delegator(who).last_claim_round < end && end <= self.round, "no such rounds to claim")?;
        self.claim_through(who, end)
    }

    pub fn bond(&mut self, who: Address, amount: U256, to: Address) -> Result<(), Refused> {
        self.require_initialized()?;
        require(!to.is_zero(), "nobody to bond to")?;
        self.claim_through(who, self.round)?;
        let before = self.delegator(who);
        let mut moved = U256::ZERO;
        match self.status(who) {
            Status::Unbonding | Status::Unbonded => {
                moved = before.bonded;
                let next = self.round + 1;
                let account = self.entry(who);
                (account.start_round, account.withdraw_round) = (next, 0);
                account.rebonded += moved;
            }
            Status::Pending | Status::Bonded if !before.delegate.is_zero() && before.delegate != to => {
                moved = before.bonded;
                self.entry(who).start_round = self.round + 1;
                self.lower_delegated(before.delegate, moved);
            }
            Status::Pending | Status::Bonded => {}
        }
        require(!(amount + moved).is_zero(), "nothing to bond")?;
        self.entry(who).delegate = to;
        self.raise_delegated(to, amount + moved);
        let left = self.wallet(who).checked_sub(amount).ok_or(Refused("more than the wallet holds"))?;
        self.wallets.insert(who, left);
        self.minter += amount;
        self.entry(who).bonded += amount;
        self.total_bonded += amount;
        Ok(())
    }

    pub fn unbond(&mut self, who: Address) -> Result<(), Refused> {
        self.require_initialized()?;
        self.claim_through(who, self.round)?;
        require(self.status(who) == Status::Bonded, "not bonded")?;
        let before = self.delegator(who);
        let withdraw_round = self.round + self.parameters.unbonding_period;
        self.total_bonded -= before.bonded;
        self.resign(who);
        self.lower_delegated(before.delegate, before.bonded);
        let account = self.entry(who);
        (account.delegate, account.start_round, account.withdraw_round) = (Address::ZERO, 0, withdraw_round);
        Ok(())
    }

    pub fn withdraw_stake(&mut self, who: Address) -> Result<U256, Refused> {
        self.require_initialized()?;
        require(self.status(who) == Status::Unbonded, "not unbonded")?;
        let account = self.entry(who);
        let amount = std::mem::take(&mut account.bonded);
        account.withdraw_round = 0;
        require(!amount.is_zero(), "nothing to withdraw")?;
        self.pay(who, amount);
        Ok(amount)
    }

    pub fn withdraw_fees(&mut self, who: Address) -> Result<U256, Refused> {
        self.require_initialized()?;
        self.claim_through(who, self.round)?;
        let fees = std::mem::take(&mut self.entry(who).fees);
        require(!fees.is_zero(), "no fees")?;
        Ok(fees)
    }

    /// Pays tokens out of the Minter.
    pub(super) fn pay(&mut self, to: Address, amount: U256) {
        self.minter -= amount;
        *self.wallets.entry(to).or_default() += amount;
    }

    pub(super) fn raise_delegated(&mut self, to: Address, amount: U256) {
        self.entry(to).delegated += amount;
        if let Some(stake) = self.ranking.stake(to) {
            self.ranking.set(to, stake + amount);
        }
    }

    /// Whoever has no stake left resigns.
    pub(super) fn lower_delegated(&mut self, to: Address, amount: U256) {
        let account = self.entry(to);
        account.delegated -= amount;
        let left = account.delegated;
        if left.is_zero() {
            self.resign(to);
        } else if self.ranking.contains(to) {
            self.ranking.set(to, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Parameters, Terms, inflation::Inflation};
    use super::*;

    const T: Address = Address::with_last_byte(1);
    const D: Address = Address::with_last_byte(2);

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    /// One transcoder and one delegator with 1000 each, in the first round with an active set.
    fn two() -> Model {
        let parameters = Parameters { unbonding_period: 2, max_earnings_claims_rounds: 20, num_active: 1 };
        let mut model = Model::new(parameters, 2, Inflation::new(0, 0, 0));
        for who in [T, D] {
            model.mint(who, n(1_000));
        }
        (model.round, model.last_initialized) = (1, 1);
        model.bond(T, n(1_000), T).unwrap();
        model.bond(D, n(1_000), T).unwrap();
        model.transcoder(T, Terms { reward_cut: 500_000, fee_share: 250_000, price: n(1) }).unwrap();
        next(&mut model);
        model
    }

    /// The next round, which mints 1000 whatever the supply is.
    fn next(model: &mut Model) {
        model.round += 1;
        model.initialize_round().unwrap();
        model.inflation.mintable = n(1_000);
    }

    #[test]
    fn rewards_of_a_round_are_stake_in_the_next() {
        let mut model = two();
        model.reward(T).unwrap();
        next(&mut model);
        model.reward(T).unwrap();
        // 250 of the first; 500 * 1250 / 3000 of the second
        assert_eq!(model.shares(D, 3).unwrap().rewards, n(250 + 208));
        assert_eq!(model.shares(T, 3).unwrap().rewards, n(500 + 250 + 500 + 291));
        model.claim_earnings(T, 3).unwrap();
        model.claim_earnings(D, 3).unwrap();
        assert_eq!(model.delegator(D).bonded, n(1_000 + 250 + 209), "the last to claim has what rounding left");
        assert_eq!(model.delegator(T).delegated, model.delegator(T).bonded + model.delegator(D).bonded);
        assert_eq!(model.minter, model.delegator(T).delegated);
    }

    #[test]
    fn what_comes_after_a_claim_is_lost_to_a_delegator_and_not_to_the_transcoder() {
        let mut model = two();
        model.claim_earnings(T, 2).unwrap();
        model.reward(T).unwrap();
        assert_eq!(model.delegator(T).bonded, n(1_000 + 500), "its cut at once");
        assert_eq!(model.shares(D, 2).unwrap().rewards, n(500));
        model.claim_earnings(D, 2).unwrap();
        model.add_fees(T, n(100), 2).unwrap();
        assert_eq!(model.delegator(T).fees, n(100), "nobody else is left");

        let mut model = two();
        model.claim_earnings(D, 2).unwrap();
        model.reward(T).unwrap();
        model.add_fees(T, n(100), 2).unwrap();
        assert_eq!(model.shares(T, 2).unwrap(), Claimed { rewards: n(1_000), fees: n(100) });
    }

    #[test]
    fn stake_bonded_again_counts_from_the_next_active_set_on() {
        let mut model = two();
        model.unbond(D).unwrap();
        assert_eq!((model.status(D), model.total_bonded), (Status::Unbonding, n(1_000)));
        assert!(model.withdraw_stake(D).is_err());
        model.bond(D, n(0), T).unwrap();
        assert_eq!((model.total_bonded, model.total_rebonded()), (n(1_000), n(1_000)));
        next(&mut model);
        assert_eq!((model.total_bonded, model.total_rebonded()), (n(2_000), n(0)));
        assert_eq!(model.ranking.stake(T), Some(n(2_000)));
    }

    #[test]
    fn a_transcoder_whose_stake_moves_away_resigns() {
        let mut model = two();
        model.unbond(D).unwrap();
        model.bond(T, n(0), D).unwrap();
        assert!(!model.ranking.contains(T) && !model.is_active(T, 2));
        assert_eq!((model.delegator(D).delegated, model.delegator(T).delegated), (n(1_000), n(0)));
    }
}
