//! How many chunks a transaction pays.
//!
//! Nothing about gas is a constant of the planner. A [`GasModel`] (a fixed part and a part for each chunk) is measured on the
//! chain that will execute it, by `eth_estimateGas` on real calldata; before anything is deployed there is only an estimate
//! by fork, and the plan says so. A batch is the largest number of chunks whose gas limit fits under the transaction cap and
//! whose raw transaction fits into a pool. The limit is what the model expects, a quarter of a per cent for the bytes of
//! the entries (a zero byte costs a fourth of another), and the few slots that only some batches write. A batch that needs
//! more all the same is refused by the check before it is sent, and the run goes on with smaller ones.

use serde::Serialize;
use tminus_chain::gas::{Fork, GasRules};

use crate::recipients::ENTRY_BYTES;

/// Where a model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Known figures of the fork, everybody a new holder; for plans before deployment.
    Estimated,
    /// Measured on the chain with entries of the list.
    Measured,
}

/// Gas of a batch: `base + chunks * per_chunk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GasModel {
    /// Gas of a transaction whatever it carries.
    pub base: u64,
    /// Gas of each chunk.
    pub per_chunk: u64,
    /// Where the figures come from.
    pub source: Source,
}

/// Gas a new holder costs beside a transaction's fixed part, by fork: (loop of `transfer`, `transferBatch`). Measured with
/// OpenZeppelin's ERC-20 and LivepeerToken; Amsterdam prices a new slot at 97,920 of state gas (EIP-8037).
const fn per_recipient(fork: Fork) -> (u64, u64) {
    match fork {
        Fork::Cancun | Fork::Prague | Fork::Osaka => (25_900, 24_700),
        Fork::Amsterdam => (113_900, 112_700),
    }
}

/// Gas of a slot that is written for the first time.
const fn new_slot(fork: Fork) -> u64 {
    match fork {
        Fork::Cancun | Fork::Prague | Fork::Osaka => 22_100,
        Fork::Amsterdam => 110_120,
    }
}

/// Slots that only some batches write beyond the measured one: a second word of the bitmap, the time of completion.
const OCCASIONAL_SLOTS: u64 = 2;
/// Gas of an empty transaction, the proof and the accounting.
const FIXED: u64 = 40_000;
/// The part of the expected gas that is added for the entries' bytes: one in so many.
const BYTES_MARGIN: u64 = 400;
/// Raw bytes of a transaction beside the entries and the proof: envelope, signature, selector, offsets and lengths.
const ENVELOPE_BYTES: usize = 500;
/// Elements a proof has at most: two a level of 24.
const PROOF_BYTES: usize = 2 * 24 * 32;

impl GasModel {
    /// What is known before anything is deployed.
    #[must_use]
    pub fn estimated(fork: Fork, chunk_size: u32, transfer_batch: bool) -> Self {
        let (by_loop, by_batch) = per_recipient(fork);
        let each = if transfer_batch { by_batch } else { by_loop };
        let base = FIXED + new_slot(fork);
        Self { base, per_chunk: each * u64::from(chunk_size), source: Source::Estimated }
    }

    /// The line through two measurements, `(chunks, gas)`, of which the second has more chunks.
    #[must_use]
    pub fn measured(few: (u64, u64), many: (u64, u64)) -> Self {
        let steps = many.0.saturating_sub(few.0).max(1);
        let per_chunk = many.1.saturating_sub(few.1).div_ceil(steps);
        let base = few.1.saturating_sub(few.0 * per_chunk);
        Self { base, per_chunk, source: Source::Measured }
    }

    /// The dearer of two models, part by part.
    #[must_use]
    pub fn or_dearer(self, other: Self) -> Self {
        Self { base: self.base.max(other.base), per_chunk: self.per_chunk.max(other.per_chunk), source: self.source }
    }

    /// Gas that a batch is expected to use.
    #[must_use]
    pub fn gas(&self, chunks: u64) -> u64 {
        self.base.saturating_add(chunks.saturating_mul(self.per_chunk))
    }

    /// The gas limit of a batch, which may lie above the cap.
    #[must_use]
    pub fn limit(&self, chunks: u64, fork: Fork) -> u64 {
        let expected = self.gas(chunks);
        expected.saturating_add(expected / BYTES_MARGIN).saturating_add(OCCASIONAL_SLOTS * new_slot(fork))
    }
}

/// What keeps a batch from being larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The gas a transaction may ask for.
    Gas,
    /// The bytes a pool accepts.
    Bytes,
    /// There are no more chunks.
    List,
}

/// The size of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Batching {
    /// Chunks in a transaction.
    pub chunks: u64,
    /// What keeps it from being more.
    pub bound: Bound,
    /// The model it was chosen by.
    pub model: GasModel,
    /// The rules it was chosen under.
    pub rules: GasRules,
}

impl Batching {
    /// The gas limit for a number of chunks, under the cap.
    #[must_use]
    pub fn limit(&self, chunks: u64) -> u64 {
        self.model.limit(chunks, self.rules.fork).min(self.rules.transaction_cap)
    }

    /// The same with smaller batches, after one ran out of gas; `None` when there is nothing smaller.
    #[must_use]
    pub fn smaller(&self) -> Option<Self> {
        // the model is wrong somewhere: leave it, ask for the whole cap's share that the chunks of before would have had
        (self.chunks > 1).then(|| {
            let chunks = self.chunks.div_ceil(2);
            let per_chunk = self.rules.transaction_cap / self.chunks;
            let model = GasModel { per_chunk: self.model.per_chunk.max(per_chunk), ..self.model };
            Self { chunks, model, ..*self }
        })
    }

    /// The same with smaller batches, after an endpoint refused one of `chunks` chunks for its bytes. One of an earlier
    /// size, larger than they are now anyway, changes nothing.
    #[must_use]
    pub fn narrower(&self, chunks: u64) -> Self {
        if chunks > self.chunks {
            return *self;
        }
        Self { chunks: chunks.div_ceil(2), bound: Bound::Bytes, ..*self }
    }
}

/// Not even one chunk fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Too much gas.
    #[error(
        "one chunk of {chunk_size} recipients needs a gas limit of {limit}, a transaction may have {cap}: commit to smaller chunks"
    )]
    Gas {
        /// Recipients in a chunk.
        chunk_size: u32,
        /// The limit it needs.
        limit: u64,
        /// The cap.
        cap: u64,
    },
    /// Too many bytes.
    #[error(
        "one chunk of {chunk_size} recipients makes a transaction of {bytes} bytes, pools take {most}: commit to smaller chunks"
    )]
    Bytes {
        /// Recipients in a chunk.
        chunk_size: u32,
        /// Its bytes.
        bytes: usize,
        /// The most.
        most: usize,
    },
}

/// Raw bytes of a transaction that pays `chunks` chunks, at most.
#[must_use]
pub fn transaction_bytes(chunks: u64, chunk_size: u32) -> usize {
    let entries = usize::try_from(chunks.saturating_mul(u64::from(chunk_size))).unwrap_or(usize::MAX);
    entries.saturating_mul(ENTRY_BYTES).saturating_add(ENVELOPE_BYTES + PROOF_BYTES)
}

/// Chooses the largest batch that fits, for a list of `chunks` chunks.
///
/// # Errors
/// [`BatchError`] when one chunk does not fit.
pub fn choose_batch(rules: GasRules, model: GasModel, chunk_size: u32, chunks: u64) -> Result<Batching, BatchError> {
    let cap = rules.transaction_cap;
    let limit = model.limit(1, rules.fork);
    if limit > cap {
        return Err(BatchError::Gas { chunk_size, limit, cap });
    }
    let bytes = transaction_bytes(1, chunk_size);
    if bytes > rules.transaction_bytes {
        return Err(BatchError::Bytes { chunk_size, bytes, most: rules.transaction_bytes });
    }
    let fits = |chunks: u64| {
        if model.limit(chunks, rules.fork) > cap {
            Err(Bound::Gas)
        } else if transaction_bytes(chunks, chunk_size) > rules.transaction_bytes {
            Err(Bound::Bytes)
        } else {
            Ok(())
        }
    };
    let mut batch = 1;
    loop {
        if batch >= chunks {
            return Ok(Batching { chunks: batch, bound: Bound::List, model, rules });
        }
        if let Err(bound) = fits(batch + 1) {
            return Ok(Batching { chunks: batch, bound, model, rules });
        }
        batch += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(fork: Fork, block: u64) -> GasRules {
        GasRules::of(fork, block)
    }

    #[test]
    fn osaka_takes_ten_chunks_of_new_holders_on_either_kind_of_token() {
        for transfer_batch in [false, true] {
            let model = GasModel::estimated(Fork::Osaka, 64, transfer_batch);
            let batch = choose_batch(rules(Fork::Osaka, 60_000_000), model, 64, 1_000).unwrap();
            assert_eq!((batch.chunks, batch.bound), (10, Bound::Gas), "{model:?}");
            assert!(batch.limit(10) <= 1 << 24);
        }
    }

    #[test]
    fn bytes_bind_where_gas_does_not() {
        let model = GasModel { base: 21_000, per_chunk: 1_000, source: Source::Measured };
        let batch = choose_batch(rules(Fork::Cancun, 1_000_000_000), model, 64, 1_000).unwrap();
        assert_eq!(batch.bound, Bound::Bytes);
        assert!(transaction_bytes(batch.chunks, 64) <= 131_072);
        assert!(transaction_bytes(batch.chunks + 1, 64) > 131_072);
    }

    #[test]
    fn a_short_list_is_one_batch() {
        let model = GasModel::estimated(Fork::Osaka, 64, true);
        let batch = choose_batch(rules(Fork::Osaka, 60_000_000), model, 64, 3).unwrap();
        assert_eq!((batch.chunks, batch.bound), (3, Bound::List));
    }

    #[test]
    fn a_chunk_that_does_not_fit_is_refused_with_what_to_do() {
        let model = GasModel::estimated(Fork::Osaka, 1_000, false);
        let error = choose_batch(rules(Fork::Osaka, 60_000_000), model, 1_000, 5).unwrap_err();
        assert!(error.to_string().contains("smaller chunks"), "{error}");
        let model = GasModel { base: 0, per_chunk: 1, source: Source::Measured };
        let error = choose_batch(rules(Fork::Osaka, 60_000_000), model, 5_000, 5).unwrap_err();
        assert!(matches!(error, BatchError::Bytes { .. }), "{error}");
    }

    #[test]
    fn a_model_is_the_line_through_what_was_measured() {
        let model = GasModel::measured((1, 1_061_000), (4, 4_061_001));
        assert_eq!((model.base, model.per_chunk), (60_999, 1_000_001));
        assert!(model.gas(4) >= 4_061_001);
        let dearer = model.or_dearer(GasModel::measured((1, 2_000_000), (4, 2_300_000)));
        assert_eq!((dearer.base, dearer.per_chunk), (1_900_000, 1_000_001));
    }

    #[test]
    fn smaller_batches_ask_for_more_a_chunk() {
        let model = GasModel::estimated(Fork::Osaka, 64, false);
        let batch = choose_batch(rules(Fork::Osaka, 60_000_000), model, 64, 1_000).unwrap();
        let smaller = batch.smaller().unwrap();
        assert_eq!(smaller.chunks, 5);
        assert!(smaller.limit(5) >= batch.limit(5));
        assert!(Batching { chunks: 1, ..batch }.smaller().is_none());
    }

    #[test]
    fn narrower_batches_are_half_of_what_was_refused() {
        let model = GasModel::estimated(Fork::Osaka, 64, false);
        let batch = choose_batch(rules(Fork::Osaka, 60_000_000), model, 64, 1_000).unwrap();
        let narrower = batch.narrower(10);
        assert_eq!((narrower.chunks, narrower.bound, narrower.model), (5, Bound::Bytes, model));
        assert_eq!(narrower.narrower(10), narrower, "signed before they were cut");
        assert_eq!(narrower.narrower(3).chunks, 2, "the rest of a gap");
        assert_eq!(narrower.narrower(2).chunks, 1);
    }
}
