//! Divides a budget by weights, between a floor and a cap, to the last unit.
//!
//! There is one rate at which each account gets `weight * rate`, but at least the floor and at most the cap, so that all
//! together get the budget. It is found exactly: raise the rate from zero, and note where accounts leave the floor (the
//! heaviest first) and where they reach the cap (the heaviest first); between two such points the sum grows in a straight
//! line, so the interval in which it reaches the budget tells who is at the floor, who at the cap, and what is left for
//! those between. That rest is divided by weight, each part cut off to whole units, and the units left over go to the parts
//! that lost most: the method of the largest remainder.
//!
//! Where two lost the same, the larger balance comes first, then the smaller address. So balances that weigh the same (in
//! one tier, say) may get amounts that differ by one unit, but never the larger the less. The order of the claims makes no
//! difference. Beside the claims, some 70 bytes are held for each.

use std::cmp::Ordering;

use alloy::primitives::{Address, U256, U512};

/// An account that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub address: Address,
    /// Its balance.
    pub balance: u128,
    /// Its weight; a larger balance has no smaller one.
    pub weight: u128,
}

/// The least and the most that one gets, base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub floor: u128,
    /// The most.
    pub cap: Option<u128>,
}

/// What everybody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// Base units, in the order of the claims. Their sum is the budget.
    pub amounts: Vec<u128>,
    /// Accounts that the floor raised, or kept.
    pub at_floor: u64,
    /// Accounts that the cap held back.
    pub at_cap: u64,
    /// Accounts that got one of the units left over.
    pub rounded_up: u64,
}

/// Why a budget cannot be divided so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Nobody takes part.
    #[error("nobody takes part: no account is left to divide the budget among")]
    Nobody,
    /// The floor costs more than there is.
    #[error(
        "the floor of {floor} base units for each of {accounts} accounts takes {needed}, but the budget is {budget}. Lower \
         the floor, raise the budget, or let fewer accounts take part"
    )]
    Floor {
        /// The floor.
        floor: u128,
        /// Accounts.
        accounts: u64,
        /// What it takes.
        needed: U256,
        /// What there is.
        budget: u128,
    },
    /// The cap leaves something over.
    #[error(
        "with at most {cap} base units for each of the {accounts} accounts that have a weight, only {given} of the budget of \
         {budget} can be given. Raise the cap or lower the budget"
    )]
    Cap {
        /// The cap.
        cap: u128,
        /// Accounts that have a weight.
        accounts: u64,
        /// What can be given.
        given: U256,
        /// What there is.
        budget: u128,
    },
    /// The floor is above the cap.
    #[error("the floor of {floor} base units is above the cap of {cap}")]
    Crossed {
        /// The floor.
        floor: u128,
        /// The cap.
        cap: u128,
    },
}

/// Divides a budget of less than 2^112 base units.
///
/// # Errors
/// [`ShareError`]
pub fn divide(budget: u128, claims: &[Claim], bounds: Bounds) -> Result<Shares, ShareError> {
    let order = order(claims);
    let weight = |position: usize| claims[order[position] as usize].weight;
    let (low, high, sum) = interval(budget, claims.len(), bounds, weight)?;
    let cap = bounds.cap.unwrap_or(budget).min(budget);
    let mut shares = Shares {
        amounts: vec![0; claims.len()],
        at_floor: low as u64,
        at_cap: (claims.len() - high) as u64,
        rounded_up: 0,
    };
    for index in &order[..low] {
        shares.amounts[*index as usize] = bounds.floor;
    }
    for index in &order[high..] {
        shares.amounts[*index as usize] = cap;
    }
    let fixed = U256::from(bounds.floor) * U256::from(low) + U256::from(cap) * U256::from(claims.len() - high);
    let rest = U256::from(budget) - fixed;
    let mut given = U256::ZERO;
    let mut lost = Vec::with_capacity(high - low);
    for (position, index) in order.iter().enumerate().take(high).skip(low) {
        let (part, cut) = (rest * U256::from(weight(position))).div_rem(sum);
        shares.amounts[*index as usize] = part.to();
        given += part;
        lost.push(Lost::new(cut, position));
    }
    let over: usize = (rest - given).to();
    if over > 0 {
        // all parts together lost `over` units and each less than one, so more than `over` of them lost something
        lost.select_nth_unstable_by(over - 1, |a, b| b.cmp(a));
        for Lost { position, .. } in &lost[..over] {
            shares.amounts[order[*position as usize] as usize] += 1;
        }
        shares.rounded_up = over as u64;
    }
    Ok(shares)
}

/// What was cut off from a part, and whose part it was. The position is the order in which equal losses are made good,
/// the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lost {
    /// Below the sum of weights, which is less than 2^160: its three limbs, the highest first.
    cut: [u64; 3],
    position: u32,
}

impl Lost {
    fn new(cut: U256, position: usize) -> Self {
        let limbs = cut.into_limbs();
        Self { cut: [limbs[2], limbs[1], limbs[0]], position: position as u32 }
    }
}

/// Positions of the claims by balance, and the smaller address last: the later, the sooner served. By weight as well.
fn order(claims: &[Claim]) -> Vec<u32> {
    let mut order: Vec<_> = (0..claims.len() as u32).collect();
    order.sort_unstable_by(|a, b| {
        let (a, b) = (&claims[*a as usize], &claims[*b as usize]);
        a.balance.cmp(&b.balance).then(b.address.cmp(&a.address))
    });
    order
}

/// How many are at the floor, from where on they are at the cap, and the sum of the weights between.
fn interval(
    budget: u128,
    count: usize,
    Bounds { floor, cap }: Bounds,
    weight: impl Fn(usize) -> u128,
) -> Result<(usize, usize, U256), ShareError> {
    if count == 0 {
        return Err(ShareError::Nobody);
    }
    if let Some(cap) = cap.filter(|cap| *cap < floor) {
        return Err(ShareError::Crossed { floor, cap });
    }
    let wide = |value: u128| U256::from(value);
    let cap = cap.unwrap_or(budget).min(budget);
    let needed = wide(floor) * U256::from(count);
    if needed > wide(budget) {
        return Err(ShareError::Floor { floor, accounts: count as u64, needed, budget });
    }
    // who weighs nothing is at the floor whatever the rate
    let weightless = (0..count).take_while(|position| weight(*position) == 0).count();
    let most = wide(floor) * U256::from(weightless) + wide(cap) * U256::from(count - weightless);
    if most < wide(budget) {
        return Err(ShareError::Cap { cap, accounts: (count - weightless) as u64, given: most, budget });
    }
    let mut low = if floor == 0 { weightless } else { count };
    let mut high = count;
    let mut sum = (low..high).fold(U256::ZERO, |sum, position| sum + wide(weight(position)));
    if cap == budget && floor == 0 {
        return Ok((low, high, sum));
    }
    loop {
        // the next rate at which somebody leaves the floor or reaches the cap, as a fraction
        let leaves = (low > weightless).then(|| (floor, weight(low - 1)));
        let reaches = (high > low).then(|| (cap, weight(high - 1)));
        let (rate, is_leaving) = match (leaves, reaches) {
            (Some(leaves), Some(reaches)) => match compare(leaves, reaches) {
                Ordering::Greater => (reaches, false),
                _ => (leaves, true),
            },
            (Some(leaves), None) => (leaves, true),
            (None, Some(reaches)) => (reaches, false),
            (None, None) => return Ok((low, high, sum)),
        };
        let fixed = wide(floor) * U256::from(low) + wide(cap) * U256::from(count - high);
        let (up, down) = (U512::from(rate.0), U512::from(rate.1));
        if U512::from(fixed) * down + U512::from(sum) * up >= U512::from(budget) * down {
            return Ok((low, high, sum));
        }
        if is_leaving {
            low -= 1;
            sum += wide(weight(low));
        } else {
            high -= 1;
            sum -= wide(weight(high));
        }
    }
}

/// Compares two fractions of 128-bit numbers.
fn compare(a: (u128, u128), b: (u128, u128)) -> Ordering {
    (U256::from(a.0) * U256::from(b.1)).cmp(&(U256::from(b.0) * U256::from(a.1)))
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
