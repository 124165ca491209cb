//! The accounting of the protocol, from its text alone: what every account should have after any sequence of calls.
//!
//! It is plain on purpose: exact integers, one map a kind of thing, loops where the contracts have clever bookkeeping. Every
//! operation either does what it should or is [`Refused`], in which case the caller throws the changed copy away.
//!
//! - `maths`, `earnings`, `inflation`, `ranking`: the parts, with the worked examples of the text as tests
//! - `staking`: what delegators do
//! - `transcoding`: what transcoders do and what happens to them, and the rounds
//!
//! It knows nothing of jobs: whoever uses it says which fees came in and what is slashed.

pub mod earnings;
pub mod inflation;
pub mod maths;
pub mod ranking;
mod staking;
pub mod transcoding;

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, U256};

use self::{earnings::Earnings, inflation::Inflation, ranking::Ranking};

/// Why an operation must fail on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub &'static str);

fn require(holds: bool, otherwise: &'static str) -> Result<(), Refused> {
    if holds { Ok(()) } else { Err(Refused(otherwise)) }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    pub unbonding_period: u64,
    pub max_earnings_claims_rounds: u64,
    pub num_active: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delegator {
    pub bonded: U256,
    pub fees: U256,
    /// Zero for nobody.
    pub delegate: Address,
    /// Delegated to this account.
    pub delegated: U256,
    pub start_round: u64,
    pub withdraw_round: u64,
    pub last_claim_round: u64,
    /// The part of `bonded` that was bonded again and is not in the total yet.
    pub rebonded: U256,
    /// Stake it lost, by the last round in which it was stake: it keeps its share of the rounds until then.
    pub slashed: BTreeMap<u64, U256>,
}

impl Delegator {
    /// What shares in the earnings of a round, besides rewards of rounds before.
    fn stake_in(&self, round: u64) -> U256 {
        self.bonded + self.slashed.range(round..).map(|(_, stake)| *stake).sum::<U256>()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Bonded,
    Unbonding,
    Unbonded,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    pub reward_cut: u64,
    pub fee_share: u64,
    pub price: U256,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcoder {
    pub last_reward_round: u64,
    pub terms: Terms,
    pub pending: Terms,
}

/// Those who work in a round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActiveSet {
    /// In order of stake at the round's start, those who resigned since included.
    pub members: Vec<Address>,
    pub active: BTreeSet<Address>,
    /// Stake of those still active.
    pub stake: U256,
    /// Stake of all members at the round's start.
    pub stake_at_start: U256,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub parameters: Parameters,
    /// The current round, initialized or not.
    pub round: u64,
    pub last_initialized: u64,
    /// Whether the current round is in its lock period.
    pub locked: bool,
    pub delegators: BTreeMap<Address, Delegator>,
    pub transcoders: BTreeMap<Address, Transcoder>,
    pub earnings: BTreeMap<(Address, u64), Earnings>,
    pub sets: BTreeMap<u64, ActiveSet>,
    pub ranking: Ranking,
    pub total_bonded: U256,
    pub inflation: Inflation,
    pub supply: U256,
    /// Tokens of those who own some outside the Minter.
    pub wallets: BTreeMap<Address, U256>,
    pub minter: U256,
}

impl Model {
    pub fn new(parameters: Parameters, places: usize, inflation: Inflation) -> Self {
        Self {
            parameters,
            round: 0,
            last_initialized: 0,
            locked: false,
            delegators: BTreeMap::new(),
            transcoders: BTreeMap::new(),
            earnings: BTreeMap::new(),
            sets: BTreeMap::new(),
            ranking: Ranking::new(places),
            total_bonded: U256::ZERO,
            inflation,
            supply: U256::ZERO,
            wallets: BTreeMap::new(),
            minter: U256::ZERO,
        }
    }

    pub fn mint(&mut self, to: Address, amount: U256) {
        *self.wallets.entry(to).or_default() += amount;
        self.supply += amount;
    }

    pub fn delegator(&self, of: Address) -> Delegator {
        self.delegators.get(&of).cloned().unwrap_or_default()
    }

    pub fn wallet(&self, of: Address) -> U256 {
        self.wallets.get(&of).copied().unwrap_or_default()
    }

    pub fn status(&self, of: Address) -> Status {
        let delegator = self.delegator(of);
        match (delegator.withdraw_round, delegator.start_round) {
            (1.., _) if self.round >= delegator.withdraw_round => Status::Unbonded,
            (1.., _) => Status::Unbonding,
            (0, start) if start > self.round => Status::Pending,
            (0, 1..) => Status::Bonded,
            (0, 0) => Status::Unbonded,
        }
    }

    /// Stake bonded again that the total does not count yet.
    pub fn total_rebonded(&self) -> U256 {
        self.delegators.values().map(|delegator| delegator.rebonded).sum()
    }

    pub fn is_active(&self, transcoder: Address, round: u64) -> bool {
        self.sets.get(&round).is_some_and(|set| set.active.contains(&transcoder))
    }

    /// Stake of all delegators and rewards nobody has claimed yet.
    pub fn stake_owed(&self) -> U256 {
        let bonded: U256 = self.delegators.values().map(|delegator| delegator.bonded).sum();
        let unclaimed: U256 = self.earnings.values().map(|earnings| earnings.rewards.sum()).sum();
        bonded + unclaimed
    }

    /// Fees of all delegators and those nobody has claimed yet.
    pub fn fees_owed(&self) -> U256 {
        let collected: U256 = self.delegators.values().map(|delegator| delegator.fees).sum();
        let unclaimed: U256 = self.earnings.values().map(|earnings| earnings.fees.sum()).sum();
        collected + unclaimed
    }

    fn entry(&mut self, of: Address) -> &mut Delegator {
        self.delegators.entry(of).or_default()
    }

    fn require_initialized(&self) -> Result<(), Refused> {
        require(self.last_initialized == self.round, "the round is not initialized")
    }
}
