use proptest::prelude::*;

use super::*;
use crate::amounts::{Share, Tier};

fn claims(balances: &[u128], share: &Share) -> Vec<Claim> {
    let claim = |(index, balance): (usize, &u128)| Claim {
        address: Address::left_padding_from(&(index as u64 * 7919 % 1009 + 1).to_be_bytes()),
        balance: *balance,
        weight: share.weight(*balance).unwrap(),
    };
    balances.iter().enumerate().map(claim).collect()
}

fn proportional(budget: u128, balances: &[u128], floor: u128, cap: Option<u128>) -> Result<Vec<u128>, ShareError> {
    divide(budget, &claims(balances, &Share::Proportional), Bounds { floor, cap }).map(|shares| shares.amounts)
}

#[test]
fn parts_are_cut_off_and_the_largest_remainders_are_made_good() {
    assert_eq!(proportional(100, &[1, 1, 1], 0, None).unwrap().iter().sum::<u128>(), 100);
    // 10 * 1/6, 2/6, 3/6 = 1.67, 3.33, 5
    assert_eq!(proportional(10, &[1, 2, 3], 0, None).unwrap(), [2, 3, 5]);
    assert_eq!(proportional(1, &[1, 2, 3], 0, None).unwrap(), [0, 0, 1]);
    assert_eq!(proportional(7, &[0, 5], 0, None).unwrap(), [0, 7]);
}

#[test]
fn ties_go_to_the_larger_balance_and_then_to_the_smaller_address() {
    let claim = |byte, balance| Claim { address: Address::repeat_byte(byte), balance, weight: 1 };
    let divide = |budget, claims: &[Claim]| divide(budget, claims, Bounds { floor: 0, cap: None }).unwrap().amounts;
    assert_eq!(divide(4, &[claim(3, 5), claim(1, 5), claim(2, 5)]), [1, 2, 1]);
    assert_eq!(divide(4, &[claim(3, 9), claim(1, 5), claim(2, 5)]), [2, 1, 1]);
    assert_eq!(divide(5, &[claim(3, 9), claim(2, 5), claim(1, 5)]), [2, 1, 2]);
}

#[test]
fn floor_and_cap_are_met_and_the_rest_is_divided_by_weight() {
    // without bounds 1, 9, 90; the floor takes its part from those who are above it
    assert_eq!(proportional(100, &[1, 9, 90], 5, None).unwrap(), [5, 9, 86]);
    assert_eq!(proportional(100, &[1, 9, 90], 0, Some(60)).unwrap(), [4, 36, 60]);
    assert_eq!(proportional(100, &[1, 9, 90], 5, Some(60)).unwrap(), [5, 35, 60]);
    assert_eq!(proportional(99, &[1, 9, 90], 33, Some(33)).unwrap(), [33, 33, 33]);
    assert_eq!(proportional(100, &[0, 9, 90], 0, Some(50)).unwrap(), [0, 50, 50]);
    assert_eq!(proportional(100, &[0, 9, 90], 2, Some(49)).unwrap(), [2, 49, 49]);
}

#[test]
fn a_budget_that_cannot_be_met_is_refused_in_numbers() {
    let error = |budget, floor, cap| proportional(budget, &[0, 9, 90], floor, cap).unwrap_err().to_string();
    assert!(error(100, 34, None).contains("takes 102, but the budget is 100"));
    assert!(error(100, 1, Some(49)).contains("only 99 of the budget of 100"));
    assert!(error(100, 5, Some(4)).contains("above the cap of 4"));
    assert!(matches!(proportional(1, &[], 0, None), Err(ShareError::Nobody)));
    assert!(matches!(proportional(1, &[0, 0], 0, None), Err(ShareError::Cap { accounts: 0, .. })));
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let most = (1 << 112) - 1;
    let balances = [u128::MAX; 5];
    assert_eq!(proportional(most, &balances, 0, None).unwrap().iter().sum::<u128>(), most);
    assert_eq!(proportional(most, &balances, 1 << 109, Some(1 << 110)).unwrap().iter().sum::<u128>(), most);
    assert_eq!(proportional(most, &[1, u128::MAX], 1, Some(most)).unwrap(), [1, most - 1]);
}

/// Parts of a unit that the slow way tells apart.
const FINE: u128 = 1 << 40;

/// The rate found the slow way, by trying: in parts of a unit.
fn by_bisection(budget: u128, weights: &[u128], floor: u128, cap: u128) -> u128 {
    let part = |weight: &u128, rate: u128| (weight * rate).clamp(floor * FINE, cap * FINE);
    let (mut low, mut high) = (0, (cap + 1) * FINE);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let sum: u128 = weights.iter().map(|weight| part(weight, middle)).sum();
        if sum <= budget * FINE { low = middle } else { high = middle }
    }
    low
}

fn shares() -> impl Strategy<Value = Share> {
    let tiers = || {
        Share::Tiers([(0, 1), (100, 1), (5_000, 7), (1 << 50, 100)].map(|(from, weight)| Tier { from, weight }).into())
    };
    prop_oneof![Just(Share::Equal), Just(Share::Proportional), Just(Share::SquareRoot), Just(tiers())]
}

fn balances() -> impl Strategy<Value = Vec<u128>> {
    let balance = prop_oneof![0u128..20, 0u128..100_000, any::<u128>().prop_map(|wide| wide >> 40), any::<u128>()];
    proptest::collection::vec(balance, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_sum_is_the_budget_and_floor_and_cap_hold_and_a_larger_balance_never_gets_less(
        balances in balances(),
        share in shares(),
        budget in prop_oneof![1u128..1_000, 1u128..1 << 60, 1u128..(1 << 112)],
        floor_part in 0u128..=120,
        cap_part in prop_oneof![Just(None), (80u128..500).prop_map(Some)],
        seed in any::<u64>(),
    ) {
        let claims = claims(&balances, &share);
        let even = budget / claims.len() as u128;
        let bounds = Bounds { floor: even / 100 * floor_part, cap: cap_part.map(|part| even / 100 * part + 1) };
        let Ok(Shares { amounts, .. }) = divide(budget, &claims, bounds) else {
            // refused only where it cannot be
            let weighty = claims.iter().filter(|claim| claim.weight > 0).count() as u128;
            let most = bounds.cap.map_or(if weighty > 0 { budget } else { 0 }, |cap| {
                cap.saturating_mul(weighty).saturating_add(bounds.floor * (claims.len() as u128 - weighty))
            });
            let crossed = bounds.cap.is_some_and(|cap| cap < bounds.floor);
            prop_assert!(crossed || bounds.floor * claims.len() as u128 > budget || most < budget);
            return Ok(());
        };
        prop_assert_eq!(amounts.iter().sum::<u128>(), budget);
        for amount in &amounts {
            prop_assert!((bounds.floor..=bounds.cap.unwrap_or(budget)).contains(amount));
        }
        for (a, claim) in claims.iter().enumerate() {
            for (b, other) in claims.iter().enumerate() {
                if claim.balance > other.balance {
                    prop_assert!(amounts[a] >= amounts[b], "{:?} {} {:?} {}", claim, amounts[a], other, amounts[b]);
                } else if claim.balance == other.balance {
                    prop_assert!(amounts[a].abs_diff(amounts[b]) <= 1);
                }
            }
        }
        // in another order everybody gets the same
        let mut shuffled: Vec<_> = (0..claims.len()).collect();
        shuffled.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed | 1));
        let other: Vec<_> = shuffled.iter().map(|index| claims[*index]).collect();
        let again = divide(budget, &other, bounds).unwrap().amounts;
        for (position, index) in shuffled.iter().enumerate() {
            prop_assert_eq!(again[position], amounts[*index]);
        }
    }

    /// Nobody is more than one unit off the one rate.
    #[test]
    fn all_are_paid_at_one_rate(
        balances in proptest::collection::vec(1u128..10_000, 2..30),
        budget in 1_000u128..1_000_000,
        floor_part in 0u128..90,
        cap_part in 110u128..400,
    ) {
        let even = budget / balances.len() as u128;
        let (floor, cap) = (even * floor_part / 100, even * cap_part / 100 + 1);
        let amounts = proportional(budget, &balances, floor, Some(cap)).unwrap();
        let rate = by_bisection(budget, &balances, floor, cap);
        for (amount, balance) in amounts.iter().zip(&balances) {
            let exact = (balance * rate).clamp(floor * FINE, cap * FINE);
            prop_assert!((amount * FINE).abs_diff(exact) <= FINE + FINE / 1_000, "{} {} {}", balance, amount, exact);
        }
    }
}
