//! How much is minted: inflation moves towards a target, and each round mints a part of the supply by the shares asked for.

use alloy::primitives::U256;

use super::{
    Refused,
    maths::{WHOLE, mul_div, part, points},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inflation {
    pub rate: u64,
    pub change: u64,
    pub target: u64,
    /// May be minted in this round.
    pub mintable: U256,
    /// Was.
    pub minted: U256,
}

impl Inflation {
    pub fn new(rate: u64, change: u64, target: u64) -> Self {
        Self { rate, change, target, mintable: U256::ZERO, minted: U256::ZERO }
    }

    pub fn next_round(&mut self, bonded: U256, supply: U256) {
        let bonded = if supply.is_zero() { U256::ZERO } else { points(bonded, supply) };
        self.rate = match bonded.cmp(&U256::from(self.target)) {
            std::cmp::Ordering::Less => (self.rate + self.change).min(WHOLE),
            std::cmp::Ordering::Equal => self.rate,
            std::cmp::Ordering::Greater => self.rate.saturating_sub(self.change),
        };
        self.mintable = part(supply, self.rate);
        self.minted = U256::ZERO;
    }

    pub fn mint(&mut self, stake: U256, of: U256) -> Result<U256, Refused> {
        if of.is_zero() {
            return Err(Refused("a share of nothing"));
        }
        let amount = mul_div(self.mintable, stake, of);
        if self.minted + amount > self.mintable {
            return Err(Refused("more than is mintable"));
        }
        self.minted += amount;
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: u64) -> U256 {
        U256::from(value)
    }

    #[test]
    fn inflation_moves_towards_the_target_and_stays_within_bounds() {
        let mut inflation = Inflation::new(137, 3, 500_000);
        inflation.next_round(n(499_999), n(1_000_000));
        assert_eq!((inflation.rate, inflation.mintable), (140, n(140)));
        inflation.next_round(n(500_000), n(1_000_000));
        assert_eq!(inflation.rate, 140);
        inflation.next_round(n(500_001), n(1_000_000));
        assert_eq!(inflation.rate, 137);
        inflation.next_round(n(0), n(0));
        assert_eq!((inflation.rate, inflation.mintable), (140, n(0)), "no supply counts as nothing bonded");

        let mut low = Inflation::new(2, 3, 0);
        low.next_round(n(1), n(1));
        assert_eq!(low.rate, 0);
        let mut high = Inflation::new(999_999, 3, 1_000_000);
        high.next_round(n(1), n(2));
        assert_eq!(high.rate, 1_000_000);
    }

    #[test]
    fn a_round_mints_no_more_than_it_may() {
        let mut inflation = Inflation::new(100_000, 0, 0);
        inflation.next_round(n(0), n(1_000));
        assert_eq!(inflation.mint(n(1), n(3)), Ok(n(33)));
        assert_eq!(inflation.mint(n(2), n(3)), Ok(n(66)));
        assert!(inflation.mint(n(2), n(100)).is_err());
        assert_eq!(inflation.mint(n(1), n(100)), Ok(n(1)));
        assert!(inflation.mint(n(1), n(0)).is_err());
    }
}
