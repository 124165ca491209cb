//! Synthetic recipient lists, to rehearse with.
//!
//! A list depends on its parameters alone: the same count, seed, total and decimals give the same bytes on every machine.
//! The addresses are random and nobody's; the amounts are spread like those of real holders (close to log-normal, the
//! largest some thousand times the smallest) and sum up to the total exactly, by the method of the largest remainder. All
//! of it is integer arithmetic. The first line says that the list is synthetic.

use std::io::{self, Write};

use alloy::primitives::{Address, U256, map::AddressSet};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::recipients::{Entry, MAX_AMOUNT, MAX_TOTAL};

/// What a synthetic list shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Recipients.
    pub count: u32,
    /// Seed.
    pub seed: u64,
    /// Sum of the amounts, base units.
    pub total: U256,
    /// Decimals of the token.
    pub decimals: u8,
}

/// Why there is no such list.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Nobody to pay.
    #[error("a list needs at least one recipient")]
    NoRecipients,
    /// Less than a base unit each, or more than a distributor accepts.
    #[error(
        "a total of {total} base units for {count} recipients: expected at least one base unit each, and at most 2^112 - 1"
    )]
    Total {
        /// The total asked for.
        total: U256,
        /// The recipients asked for.
        count: u32,
    },
    /// One amount came out beyond 96 bits.
    #[error(
        "the total is so large that an amount exceeds 2^96 - 1 base units: ask for more recipients or a smaller total"
    )]
    Amount,
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Sample {
    /// The recipients, in random order.
    ///
    /// # Errors
    /// [`SampleError`], `Io` aside.
    pub fn entries(&self) -> Result<Vec<Entry>, SampleError> {
        if self.count == 0 {
            return Err(SampleError::NoRecipients);
        }
        let total =
            u128::try_from(self.total).ok().filter(|total| (u128::from(self.count)..=MAX_TOTAL).contains(total));
        let total = total.ok_or(SampleError::Total { total: self.total, count: self.count })?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let addresses = addresses(self.count as usize, &mut rng);
        let weights: Vec<u64> = addresses.iter().map(|_| weight(&mut rng)).collect();
        let amounts = apportion(total, &weights);
        if amounts.iter().any(|amount| *amount > MAX_AMOUNT) {
            return Err(SampleError::Amount);
        }
        Ok(addresses.into_iter().zip(amounts).map(|(address, amount)| Entry { address, amount }).collect())
    }

    /// Writes the list as CSV.
    ///
    /// # Errors
    /// [`SampleError`]
    pub fn write(&self, mut to: impl Write) -> Result<(), SampleError> {
        let entries = self.entries()?;
        let Self { count, seed, total, decimals } = self;
        writeln!(
            to,
            "# synthetic recipients, made for rehearsals: count {count}, seed {seed}, total {total} base units of a token with \
             {decimals} decimals. These are nobody's addresses"
        )?;
        write_rows(entries, *decimals, &mut to)?;
        to.flush()?;
        Ok(())
    }
}

/// Writes the header and a row for each entry, as `recipients::read_file` reads them.
///
/// # Errors
/// The writer's.
pub fn write_rows(entries: impl IntoIterator<Item = Entry>, decimals: u8, to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"address,amount\n")?;
    let mut text = [0; 42];
    let mut row = Vec::with_capacity(96);
    for Entry { address, amount } in entries {
        row.clear();
        row.extend_from_slice(address.to_checksum_raw(&mut text, None).as_bytes());
        row.push(b',');
        write_amount(amount, usize::from(decimals), &mut row);
        row.push(b'\n');
        to.write_all(&row)?;
    }
    Ok(())
}

/// As `units::format_amount`, without allocating.
fn write_amount(amount: u128, decimals: usize, to: &mut Vec<u8>) {
    let mut digits = [b'0'; 300];
    let mut rest = amount;
    let mut begin = digits.len();
    while rest > 0 {
        begin -= 1;
        digits[begin] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let point = digits.len() - decimals;
    let begin = begin.min(point - 1);
    to.extend_from_slice(&digits[begin..point]);
    let fraction = &digits[point..];
    let used = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    if used > 0 {
        to.push(b'.');
        to.extend_from_slice(&fraction[..used]);
    }
}

/// Random addresses, each once, none of the low ones where precompiles are.
pub(crate) fn addresses(count: usize, rng: &mut impl Rng) -> Vec<Address> {
    let mut seen = AddressSet::with_capacity_and_hasher(count, Default::default());
    let mut addresses = Vec::with_capacity(count);
    while addresses.len() < count {
        let mut bytes = [0; 20];
        rng.fill_bytes(&mut bytes);
        let address = Address::from(bytes);
        if bytes[..4] != [0; 4] && seen.insert(address) {
            addresses.push(address);
        }
    }
    addresses
}

/// A weight between 2^16 and 2^32 whose logarithm is a sum of eight uniform numbers, which is close to normal.
fn weight(rng: &mut impl Rng) -> u64 {
    let (a, b) = (rng.next_u64(), rng.next_u64());
    let uniform = |word: u64, place: u32| (word >> (16 * place)) & 0xffff;
    let sum: u64 = (0..4).map(|place| uniform(a, place) + uniform(b, place)).sum();
    // a binary logarithm in 16.16 fixed point, 0 to 16; the power of two between whole exponents is taken as a line
    let exponent = 2 * sum;
    let (whole, fraction) = (exponent >> 16, exponent & 0xffff);
    (0x1_0000 + fraction) << whole
}

/// Shares `total` out in proportion to `weights`, one unit each at least, to the last unit.
fn apportion(total: u128, weights: &[u64]) -> Vec<u128> {
    let spare = U256::from(total - weights.len() as u128);
    let sum = U256::from(weights.iter().map(|weight| u128::from(*weight)).sum::<u128>());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut amounts = Vec::with_capacity(weights.len());
    let mut given = 0u128;
    for (index, weight) in weights.iter().enumerate() {
        let (share, remainder) = (spare * U256::from(*weight)).div_rem(sum);
        // share <= spare < 2^112 and remainder < sum < 2^64: both fit
        let share = 1 + share.to::<u128>();
        given += share;
        amounts.push(share);
        remainders.push((std::cmp::Reverse(remainder.to::<u128>()), index));
    }
    let left = (total - given) as usize;
    if left > 0 {
        remainders.select_nth_unstable(left - 1);
        for (_, index) in &remainders[..left] {
            amounts[*index] += 1;
        }
    }
    amounts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tminus_chain::units::format_amount;

    use super::*;
    use crate::recipients::{ReadOptions, read_slice};

    fn sample(count: u32, seed: u64, total: u128) -> Sample {
        Sample { count, seed, total: U256::from(total), decimals: 18 }
    }

    fn csv(sample: Sample) -> Vec<u8> {
        let mut bytes = Vec::new();
        sample.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_same_parameters_give_the_same_bytes() {
        let one = sample(500, 7, 6_343_700 * 10u128.pow(18));
        assert_eq!(csv(one), csv(one));
        assert_ne!(csv(one), csv(Sample { seed: 8, ..one }));
        // fixed for ever: a rehearsal of last year has to be repeatable
        assert_eq!(
            alloy::primitives::keccak256(csv(one)).to_string(),
            "0x3c4609e747f2939ba9d4bd60f01d14eb8fd473e2636197ced2df4b5c6be9a3ba"
        );
    }

    #[test]
    fn the_first_line_says_that_it_is_synthetic() {
        assert!(csv(sample(1, 1, 10)).starts_with(b"# synthetic recipients"));
    }

    #[test]
    fn amounts_are_spread_like_holdings() {
        let mut amounts: Vec<_> =
            sample(20_000, 3, 10u128.pow(25)).entries().unwrap().iter().map(|entry| entry.amount).collect();
        amounts.sort_unstable();
        let (low, middle, high) = (amounts[2_000], amounts[10_000], amounts[18_000]);
        // a log-normal curve is symmetric about its median in ratios: a tenth lies below a fourth of it, a tenth above 4 times
        assert!((3..=6).contains(&(middle / low)), "{low} {middle} {high}");
        assert!((3..=6).contains(&(high / middle)), "{low} {middle} {high}");
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused() {
        assert!(matches!(sample(0, 1, 10).entries(), Err(SampleError::NoRecipients)));
        assert!(matches!(sample(11, 1, 10).entries(), Err(SampleError::Total { .. })));
        assert!(matches!(sample(1, 1, MAX_TOTAL + 1).entries(), Err(SampleError::Total { .. })));
        assert!(matches!(sample(1, 1, MAX_TOTAL).entries(), Err(SampleError::Amount)));
        assert_eq!(sample(1, 1, MAX_AMOUNT).entries().unwrap()[0].amount, MAX_AMOUNT);
    }

    proptest! {
        #[test]
        fn a_sample_is_a_list_that_reads_back_with_its_exact_total(count in 1u32..400, seed: u64, extra in 0u128..10u128.pow(28)) {
            let sample = sample(count, seed, u128::from(count) + extra);
            let report = read_slice("sample", &csv(sample), &ReadOptions { decimals: 18, ..ReadOptions::default() }).unwrap();
            prop_assert_eq!(report.list.total(), sample.total);
            prop_assert_eq!(report.list.len(), count as usize);
            let mut entries = sample.entries().unwrap();
            entries.sort_by_key(|entry| entry.address);
            prop_assert_eq!(report.list.iter().collect::<Vec<_>>(), entries);
        }

        #[test]
        fn amounts_are_written_as_units_writes_them(amount in 0..=MAX_AMOUNT, decimals in 0u8..=80) {
            let mut text = Vec::new();
            write_amount(amount, usize::from(decimals), &mut text);
            prop_assert_eq!(String::from_utf8(text).unwrap(), format_amount(U256::from(amount), decimals));
        }
    }
}
