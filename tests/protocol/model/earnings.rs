//! What a transcoder and its delegators earned in one round.
//!
//! Rewards and fees are split when they come in: the transcoder's part waits for the transcoder, the delegators' part is
//! shared by stake among those who have not claimed yet, the transcoder's own stake included.

use alloy::primitives::U256;

use super::{
    Refused,
    maths::{mul_div, part},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Halves {
    pub transcoder: U256,
    pub delegators: U256,
}

impl Halves {
    pub fn sum(&self) -> U256 {
        self.transcoder + self.delegators
    }

    /// Takes the share of `stake` among `claimable`, and the transcoder's half with it if it is the transcoder's.
    fn take(&mut self, stake: U256, claimable: U256, is_transcoder: bool) -> U256 {
        let share = if claimable.is_zero() { U256::ZERO } else { mul_div(self.delegators, stake, claimable) };
        self.delegators -= share;
        if is_transcoder { share + std::mem::take(&mut self.transcoder) } else { share }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earnings {
    pub rewards: Halves,
    pub fees: Halves,
    /// Stake at the round's start.
    pub stake: U256,
    /// The part of it whose owners have not claimed.
    pub claimable: U256,
    /// Part of the rewards that the transcoder keeps.
    pub reward_cut: u64,
    /// Part of the fees that the delegators get.
    pub fee_share: u64,
    pub price: U256,
}

/// Shares of one claim.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimed {
    pub fees: U256,
    pub rewards: U256,
}

impl Earnings {
    pub fn start(stake: U256, reward_cut: u64, fee_share: u64, price: U256) -> Self {
        Self { stake, claimable: stake, reward_cut, fee_share, price, ..Self::default() }
    }

    /// The halves of a reward. With nobody left to share it is the transcoder's.
    pub fn split_reward(&self, reward: U256) -> Halves {
        let transcoder = if self.claimable.is_zero() { reward } else { part(reward, self.reward_cut) };
        Halves { transcoder, delegators: reward - transcoder }
    }

    /// The halves of fees, likewise.
    pub fn split_fees(&self, fees: U256) -> Halves {
        let delegators = if self.claimable.is_zero() { U256::ZERO } else { part(fees, self.fee_share) };
        Halves { transcoder: fees - delegators, delegators }
    }

    pub fn claim(&mut self, stake: U256, is_transcoder: bool) -> Result<Claimed, Refused> {
        let left = match self.claimable {
            U256::ZERO => U256::ZERO,
            claimable => claimable.checked_sub(stake).ok_or(Refused("more stake than is claimable"))?,
        };
        let fees = self.fees.take(stake, self.claimable, is_transcoder);
        let rewards = self.rewards.take(stake, self.claimable, is_transcoder);
        self.claimable = left;
        Ok(Claimed { fees, rewards })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    /// 1000 of rewards and of fees, cut 50 %, share 25 %, stake 2000.
    fn example() -> Earnings {
        let mut earnings = Earnings::start(n(2_000), 500_000, 250_000, n(0));
        earnings.rewards = earnings.split_reward(n(1_000));
        earnings.fees = earnings.split_fees(n(1_000));
        earnings
    }

    #[test]
    fn delegator_and_transcoder_get_the_same_in_either_order() {
        let delegator = Claimed { fees: n(125), rewards: n(250) };
        let transcoder = Claimed { fees: n(750 + 125), rewards: n(500 + 250) };
        for transcoder_first in [false, true] {
            let mut earnings = example();
            for is_transcoder in [transcoder_first, !transcoder_first] {
                let claimed = earnings.claim(n(1_000), is_transcoder).unwrap();
                assert_eq!(claimed, if is_transcoder { transcoder } else { delegator });
            }
            assert_eq!((earnings.fees, earnings.rewards, earnings.claimable), <_>::default());
        }
    }

    #[test]
    fn nobody_is_left_to_claim_and_nobody_claims_more_than_is_there() {
        let mut earnings = example();
        assert!(earnings.claim(n(2_001), false).is_err());
        assert_eq!(earnings.claim(n(2_000), true).unwrap(), Claimed { fees: n(1_000), rewards: n(1_000) });
        assert_eq!(earnings.claim(n(1), false).unwrap(), Claimed::default());
    }

    #[test]
    fn what_rounding_leaves_goes_to_the_last() {
        let mut earnings = Earnings::start(n(3), 0, 1_000_000, n(0));
        earnings.rewards = earnings.split_reward(n(100));
        let claims: Vec<_> = (0..3).map(|_| earnings.claim(n(1), false).unwrap().rewards).collect();
        assert_eq!(claims, [n(33), n(33), n(34)]);
    }
}
