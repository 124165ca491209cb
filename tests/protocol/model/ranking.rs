//! The pool of transcoders: ranked by stake, of equals the last to change first, with a number of places.

use alloy::primitives::{Address, U256};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranking {
    pub places: usize,
    entries: Vec<(Address, U256)>,
}

impl Ranking {
    pub fn new(places: usize) -> Self {
        Self { places, entries: Vec::new() }
    }

    /// Most stake first.
    pub fn entries(&self) -> &[(Address, U256)] {
        &self.entries
    }

    pub fn is_full(&self) -> bool {
        self.entries.len() >= self.places
    }

    pub fn stake(&self, of: Address) -> Option<U256> {
        self.entries.iter().find(|(address, _)| *address == of).map(|(_, stake)| *stake)
    }

    pub fn contains(&self, address: Address) -> bool {
        self.stake(address).is_some()
    }

    pub fn last(&self) -> Option<(Address, U256)> {
        self.entries.last().copied()
    }

    /// Puts `address` before those with the same stake, wherever it was; with no stake it is out.
    pub fn set(&mut self, address: Address, stake: U256) {
        self.remove(address);
        if !stake.is_zero() {
            let place = self.entries.partition_point(|(_, other)| *other > stake);
            self.entries.insert(place, (address, stake));
        }
    }

    pub fn remove(&mut self, address: Address) {
        self.entries.retain(|(other, _)| *other != address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(i: u8) -> Address {
        Address::with_last_byte(i)
    }

    fn order(ranking: &Ranking) -> Vec<u8> {
        ranking.entries().iter().map(|(address, _)| address.0[19]).collect()
    }

    #[test]
    fn the_newest_of_equals_is_first_and_no_stake_is_no_place() {
        let mut ranking = Ranking::new(4);
        for (i, stake) in [(1, 5), (2, 7), (3, 5)] {
            ranking.set(who(i), U256::from(stake));
        }
        assert_eq!(order(&ranking), [2, 3, 1]);
        ranking.set(who(1), U256::from(5));
        assert_eq!(order(&ranking), [2, 1, 3], "a change that changes nothing still makes it the newest");
        ranking.set(who(2), U256::ZERO);
        assert_eq!(order(&ranking), [1, 3]);
        assert!(!ranking.is_full());
    }
}
