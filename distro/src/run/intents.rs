//! From chunks to intents and back.
//!
//! A batch's key names its chunks, `distro/crowd/chunks/128..138`, so the same key always means the same entries, and a
//! journal can be read back into ranges.

use std::ops::Range;

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};
use tminus_chain::outbox::{GasLimit, Intent, IntentKey, OutboxError};
use tminus_contracts::bindings::TokenDistributor as abi;

use crate::plan::Committed;

/// What the keys of a distribution's batches begin with.
pub(super) fn prefix(name: &str) -> String {
    format!("distro/{name}/chunks/")
}

/// The chunks that a key names; `None` for any other key.
pub(super) fn parse(name: &str, key: &str) -> Option<Range<u64>> {
    let (first, end) = key.strip_prefix(&prefix(name))?.split_once("..")?;
    let (first, end) = (first.parse().ok()?, end.parse().ok()?);
    (first < end).then_some(first..end)
}

/// The chunks a failure of the outbox is about.
pub(super) fn chunks_of(name: &str, error: &OutboxError) -> Option<Range<u64>> {
    match error {
        OutboxError::WouldRevert { key, .. } | OutboxError::Refused { key, .. } => parse(name, key.as_str()),
        OutboxError::Reverted(settled) => parse(name, settled.key.as_str()),
        _ => None,
    }
}

/// The calldata that pays chunks.
pub(super) fn calldata(committed: &Committed, chunks: Range<u64>) -> Bytes {
    let (first, entries, proof) = arguments(committed, chunks);
    abi::distributeCall { firstChunk: first, entries, proof }.abi_encode().into()
}

fn arguments(committed: &Committed, chunks: Range<u64>) -> (U256, Bytes, Vec<alloy::primitives::B256>) {
    let entries = committed.list.slice(committed.tree.recipients(chunks.clone()));
    // a range beyond the list has neither entries nor proof, which the contract refuses
    let proof = committed.tree.range_proof(chunks.clone()).unwrap_or_default();
    (U256::from(chunks.start), Bytes::copy_from_slice(entries), proof)
}

/// The intent that pays chunks.
pub(super) fn distribute(committed: &Committed, to: Address, from: Address, chunks: Range<u64>, gas: u64) -> Intent {
    let key = format!("{}{}..{}", prefix(&committed.facts.name), chunks.start, chunks.end);
    intent(key, to, from, calldata(committed, chunks), GasLimit::Fixed(gas))
}

/// The intent that pays a chunk without those who cannot be paid.
pub(super) fn skipping(committed: &Committed, to: Address, from: Address, chunk: u64, gas: GasLimit) -> Intent {
    let key = format!("distro/{}/skipping/{chunk}", committed.facts.name);
    let (first, entries, proof) = arguments(committed, chunk..chunk + 1);
    let data = abi::distributeSkippingCall { firstChunk: first, entries, proof }.abi_encode();
    intent(key, to, from, data.into(), gas)
}

fn intent(key: String, to: Address, from: Address, data: Bytes, gas: GasLimit) -> Intent {
    Intent::new(IntentKey::new(key), from, Some(to), data).with_gas(gas)
}

/// Ranges cut into batches of at most `most` chunks.
pub(super) fn cut(ranges: &[Range<u64>], most: u64) -> Vec<Range<u64>> {
    let most = most.max(1);
    let pieces = ranges.iter().flat_map(|range| {
        let starts = (range.start..range.end).step_by(usize::try_from(most).unwrap_or(usize::MAX));
        starts.map(move |start| start..range.end.min(start.saturating_add(most)))
    });
    pieces.collect()
}

/// `ranges` without `taken`; both sorted, and `taken` without overlaps.
pub(super) fn without(ranges: &[Range<u64>], taken: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut left = Vec::with_capacity(ranges.len() + taken.len());
    for range in ranges {
        let mut start = range.start;
        for hole in taken.iter().filter(|hole| hole.start < range.end && hole.end > range.start) {
            if start < hole.start {
                left.push(start..hole.start);
            }
            start = start.max(hole.end);
        }
        if start < range.end {
            left.push(start..range.end);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_reads_back_as_its_chunks() {
        assert_eq!(parse("crowd", "distro/crowd/chunks/128..138"), Some(128..138));
        for other in
            ["distro/crew/chunks/1..2", "distro/crowd/chunks/2..2", "distro/crowd/chunks/1", "distro/crowd/skipping/1"]
        {
            assert_eq!(parse("crowd", other), None, "{other}");
        }
    }

    fn ranges(bits: &[bool]) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for i in (0..bits.len() as u64).filter(|i| bits[*i as usize]) {
            match ranges.last_mut() {
                Some(range) if range.end == i => range.end += 1,
                _ => ranges.push(i..i + 1),
            }
        }
        ranges
    }

    fn members(ranges: &[Range<u64>]) -> Vec<u64> {
        ranges.iter().flat_map(Clone::clone).collect()
    }

    proptest! {
        #[test]
        fn what_is_cut_is_what_was_there(bits in prop::collection::vec(any::<bool>(), 0..80), most in 0u64..12) {
            let ranges = ranges(&bits);
            let pieces = cut(&ranges, most);
            prop_assert_eq!(members(&pieces), members(&ranges));
            prop_assert!(pieces.iter().all(|piece| piece.end - piece.start <= most.max(1)));
        }

        #[test]
        fn without_is_the_difference_of_sets(
            bits in prop::collection::vec(any::<bool>(), 60), taken in prop::collection::vec(any::<bool>(), 60),
        ) {
            let left: Vec<_> = bits.iter().zip(&taken).map(|(bit, taken)| *bit && !taken).collect();
            prop_assert_eq!(without(&ranges(&bits), &ranges(&taken)), ranges(&left));
        }
    }
}
