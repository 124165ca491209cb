//! Synthetic account files, to rehearse with.
//!
//! A file depends on count and seed alone: the same bytes on every machine. The addresses are random and nobody's. The
//! format has no room for a label, so the file's name has to say that it is synthetic.

use std::num::NonZero;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Accounts;
use crate::sample::addresses;

/// A synthetic file of `count` accounts.
#[must_use]
pub fn sample(count: NonZero<u32>, seed: u64) -> Accounts {
    let mut accounts = addresses(count.get() as usize, &mut ChaCha8Rng::seed_from_u64(seed));
    accounts.sort_unstable();
    Accounts::of_ascending(&accounts)
}
