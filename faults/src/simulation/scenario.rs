//! What a seed decides before anything happens.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha12Rng;
use tminus_adversary::{
    effects::{self, EFFECTS},
    keys,
};

/// Whether ledgers get lost or are put back from a copy, and endpoints take what they say can never be valid: `HARSH=1`.
pub(super) fn harsh() -> bool {
    std::env::var_os("HARSH").is_some()
}

/// What is wanted, and how the chain tells whether it happened.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) key: String,
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) value: U256,
    pub(super) data: Bytes,
    /// The number it is counted under; a payment is counted by the balance of an account nobody else pays.
    pub(super) counted: Option<B256>,
}

/// How a life ends if it does not end by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Crash {
    /// Dropped after so many polls.
    Polls(u64),
    /// Dropped after so many virtual seconds.
    Seconds(u64),
}

/// On which ledger a life is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LedgerFate {
    /// That which the life before left.
    Same,
    /// A copy from the end of an earlier life.
    Older,
    /// None.
    Lost,
}

/// One life in the storm.
#[derive(Debug, Clone)]
pub(super) struct Storm {
    pub(super) crash: Crash,
    pub(super) ledger: LedgerFate,
    /// How bad the weather is, 0 to 1.
    pub(super) roughness: f64,
    /// Whether two tasks hand over halves of the work.
    pub(super) two_tasks: bool,
}

/// Everything a seed decides before anything happens.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) wishes: Vec<Wish>,
    pub(super) signers: u32,
    pub(super) endpoints: usize,
    pub(super) independent: bool,
    pub(super) in_flight: usize,
    pub(super) finality_depth: usize,
    pub(super) storms: Vec<Storm>,
}

impl Scenario {
    pub(super) fn draw(rng: &mut ChaCha12Rng) -> Self {
        let signers = if rng.random_bool(0.3) { 2 } else { 1 };
        let count = rng.random_range(10..=30);
        let wishes = (0..count).map(|n| Wish::draw(n, signers, rng)).collect();
        Self {
            wishes,
            signers,
            endpoints: *[1, 1, 2, 3, 3].choose(rng).unwrap_or(&1),
            independent: rng.random_bool(0.8),
            in_flight: *[1, 4, 4, 4, 16, rng.random_range(2..=16)].choose(rng).unwrap_or(&4),
            finality_depth: rng.random_range(3..=12),
            storms: (0..rng.random_range(1..=4)).map(|n| Storm::draw(n > 0, rng)).collect(),
        }
    }
}

impl Wish {
    fn draw(n: usize, signers: u32, rng: &mut ChaCha12Rng) -> Self {
        let key = format!("wish/{n}");
        let from = keys::accounts()[rng.random_range(0..signers) as usize];
        let id = keccak256(&key);
        if rng.random_bool(0.25) {
            let to = Address::from_slice(&id[12..]);
            let value = U256::from(rng.random_range(1..1_000_000_000u64));
            return Self { key, from, to, value, data: Bytes::new(), counted: None };
        }
        let value = U256::from(rng.random_range(0..2u64));
        Self { key, from, to: EFFECTS, value, data: effects::call(id), counted: Some(id) }
    }
}

impl Storm {
    fn draw(may_roll_back: bool, rng: &mut ChaCha12Rng) -> Self {
        let crash = if rng.random_bool(0.6) {
            let most = *[20, 100, 400, 1_500].choose(rng).unwrap_or(&100);
            Crash::Polls(rng.random_range(1..=most))
        } else {
            Crash::Seconds(rng.random_range(12..600))
        };
        let ledger = match rng.random_range(0..100) {
            0..12 if may_roll_back && harsh() => LedgerFate::Older,
            12..18 if may_roll_back && harsh() => LedgerFate::Lost,
            _ => LedgerFate::Same,
        };
        Self { crash, ledger, roughness: rng.random_range(0.0..1.0), two_tasks: rng.random_bool(0.2) }
    }
}
