//! Gas, measured on the chain that will execute.
//!
//! `eth_estimateGas` on real calldata, one chunk and a few, at up to three places of the gaps; the dearest figures count,
//! because one place may have holders where another has new ones. Where the chain says that such a batch would revert there
//! is nothing to measure, and the figures of the fork are taken: the run will find out why.

use std::ops::Range;

use alloy::{network::TransactionBuilder, primitives::Address, primitives::U64, rpc::types::TransactionRequest};
use tminus_chain::{gas::GasRules, rpc::RpcError};

use super::intents;
use crate::{
    batch::{GasModel, Source},
    distributor::Distributor,
    plan::Committed,
};

/// Chunks of the larger measurement.
const MANY: u64 = 4;

/// Measures the gas model on chunks that are not done yet.
///
/// # Errors
/// An endpoint that gives no usable answer.
pub async fn measure(
    distributor: &Distributor,
    committed: &Committed,
    from: Address,
    rules: GasRules,
    gaps: &[Range<u64>],
) -> Result<GasModel, RpcError> {
    let mut dearest: Option<GasModel> = None;
    for place in places(gaps) {
        if let Some(model) = measure_at(distributor, committed, from, place).await? {
            dearest = Some(dearest.map_or(model, |dearest| dearest.or_dearer(model)));
        }
    }
    if let Some(model) = dearest {
        return Ok(model);
    }
    let facts = distributor.facts().await?;
    Ok(GasModel::estimated(rules.fork, committed.facts.chunk_size, facts.use_transfer_batch))
}

/// The beginning of the first gap, of the largest and of the last.
fn places(gaps: &[Range<u64>]) -> Vec<Range<u64>> {
    let largest = gaps.iter().max_by_key(|gap| gap.end - gap.start);
    let middle = largest.map(|gap| gap.start + (gap.end - gap.start) / 2..gap.end);
    let candidates = [gaps.first().cloned(), middle, gaps.last().cloned()];
    let mut places: Vec<Range<u64>> = candidates.into_iter().flatten().filter(|range| !range.is_empty()).collect();
    places.dedup_by_key(|range| range.start);
    places
}

async fn measure_at(
    distributor: &Distributor,
    committed: &Committed,
    from: Address,
    gap: Range<u64>,
) -> Result<Option<GasModel>, RpcError> {
    let many = MANY.min(gap.end - gap.start);
    let Some(one) = estimate(distributor, committed, from, gap.start..gap.start + 1).await? else { return Ok(None) };
    if many == 1 {
        // nothing to tell the fixed part by: every chunk pays it
        return Ok(Some(GasModel { base: 0, per_chunk: one, source: Source::Measured }));
    }
    let all = estimate(distributor, committed, from, gap.start..gap.start + many).await?;
    Ok(all.map(|all| GasModel::measured((1, one), (many, all))))
}

/// Gas of a batch; `None` when it would revert.
async fn estimate(
    distributor: &Distributor,
    committed: &Committed,
    from: Address,
    chunks: Range<u64>,
) -> Result<Option<u64>, RpcError> {
    let request = TransactionRequest::default()
        .with_from(from)
        .with_to(distributor.address())
        .with_input(intents::calldata(committed, chunks));
    match distributor.rpc().request::<_, U64>("eth_estimateGas", (request, "latest")).await {
        Ok(gas) => Ok(Some(gas.to())),
        // an answer, if not a number: it would revert or does not fit
        Err(RpcError::Reverted(_) | RpcError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
