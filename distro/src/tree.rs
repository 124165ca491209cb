//! The commitment to a list: one Merkle root over its chunks, and proofs for ranges of them.
//!
//! A chunk is `chunk_size` consecutive recipients (the last one what is left). Its leaf binds the chain, the token and the
//! chunk's position, but not the distributor, so that a list can be published and reviewed before anything is deployed:
//!
//! ```text
//! leaf(i)    = keccak(keccak(abi.encode(chainid, token, i, keccak(words of chunk i))))
//! level 0    = the leaves, then zeros up to a power of two
//! level l+1  = keccak(left ‖ right) of neighbours, by position
//! root       = the one node of the last level
//! ```
//!
//! A range proof holds, from the leaves up, the left sibling of the range where it begins with a right child, then the
//! right sibling where it ends with a left child: what `RangeProof.sol` consumes, in its order. There is one proof for a
//! range and no freedom in it.

use std::{num::NonZero, ops::Range, thread};

use alloy::primitives::{Address, B256, U256, keccak256};
use tminus_contracts::commitment::Commitment;

use crate::recipients::{ENTRY_BYTES, RecipientList};

/// Most chunks a distributor counts: 2^24 - 1.
pub const MAX_CHUNKS: u64 = (1 << 24) - 1;
/// Fewer leaves than this are not worth a thread.
const LEAVES_PER_THREAD: usize = 256;

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Chunks of nobody.
    #[error("a chunk holds at least one recipient")]
    ChunkSize,
    /// More chunks than a distributor counts.
    #[error("{0} chunks are more than the {MAX_CHUNKS} a distributor counts: choose larger chunks")]
    TooMany(u64),
}

/// The tree of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves to the root; each half as long as the one before.
    levels: Vec<Vec<B256>>,
    commitment: Commitment,
}

impl Tree {
    /// Builds the tree of a list for a token on a chain.
    ///
    /// # Errors
    /// [`TreeError`]
    pub fn build(list: &RecipientList, chain_id: u64, token: Address, chunk_size: u32) -> Result<Self, TreeError> {
        let size = NonZero::new(chunk_size).ok_or(TreeError::ChunkSize)?.get() as usize;
        let count = list.len() as u64;
        let commitment = Commitment { root: B256::ZERO, total: list.total(), count, chunk_size };
        if commitment.chunks() > MAX_CHUNKS {
            return Err(TreeError::TooMany(commitment.chunks()));
        }
        let mut leaves = leaves(list.packed(), chain_id, token, size);
        leaves.resize(leaves.len().next_power_of_two(), B256::ZERO);
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let level = below.as_chunks::<2>().0.iter().map(|[left, right]| node(left, right)).collect();
            levels.push(level);
        }
        let root = levels.last().map_or(B256::ZERO, |top| top[0]);
        Ok(Self { levels, commitment: Commitment { root, ..commitment } })
    }

    /// What a distributor has to hold for this list.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.commitment.chunks()
    }

    /// The recipients of chunks `chunks`, as positions in the list.
    #[must_use]
    pub fn recipients(&self, chunks: Range<u64>) -> Range<usize> {
        let size = u64::from(self.commitment.chunk_size);
        let at = |chunk: u64| chunk.saturating_mul(size).min(self.commitment.count) as usize;
        at(chunks.start)..at(chunks.end)
    }

    /// The proof for chunks `chunks`; `None` for an empty range or one beyond the list.
    #[must_use]
    pub fn range_proof(&self, chunks: Range<u64>) -> Option<Vec<B256>> {
        if chunks.is_empty() || chunks.end > self.chunks() {
            return None;
        }
        let (mut first, mut end) = (chunks.start as usize, chunks.end as usize);
        let mut proof = Vec::new();
        for level in &self.levels[..self.levels.len() - 1] {
            if first % 2 == 1 {
                first -= 1;
                proof.push(level[first]);
            }
            if end % 2 == 1 {
                proof.push(level[end]);
                end += 1;
            }
            (first, end) = (first / 2, end / 2);
        }
        Some(proof)
    }
}

/// Recomputes the root from consecutive chunks and their proof, as the contract does; `None` when the proof has not the
/// number of elements the range needs, or the words are not whole chunks.
#[must_use]
pub fn root_of_range(
    commitment: &Commitment,
    (chain_id, token): (u64, Address),
    first: u64,
    words: &[u8],
    proof: &[B256],
) -> Option<B256> {
    let size = commitment.chunk_size as usize;
    let entries = (words.len() / ENTRY_BYTES) as u64;
    let left = commitment.count.checked_sub(first.checked_mul(u64::from(commitment.chunk_size))?)?;
    let whole = words.len().is_multiple_of(ENTRY_BYTES)
        && entries > 0
        && (entries == left || (entries < left && entries.is_multiple_of(u64::from(commitment.chunk_size))));
    if !whole {
        return None;
    }
    let mut proof = proof.iter().copied();
    let chunks = words.chunks(size * ENTRY_BYTES).enumerate();
    let mut nodes: Vec<B256> = chunks.map(|(i, chunk)| leaf(chain_id, token, first + i as u64, chunk)).collect();
    let mut first = first;
    let mut width = commitment.chunks().next_power_of_two();
    while width > 1 {
        if first % 2 == 1 {
            nodes.insert(0, proof.next()?);
        }
        if nodes.len() % 2 == 1 {
            nodes.push(proof.next()?);
        }
        nodes = nodes.as_chunks::<2>().0.iter().map(|[left, right]| node(left, right)).collect();
        (first, width) = (first / 2, width / 2);
    }
    if proof.next().is_some() {
        return None;
    }
    nodes.first().copied()
}

/// The leaf of a chunk. Hashed twice, so that no leaf can be taken for a node.
#[must_use]
pub fn leaf(chain_id: u64, token: Address, chunk: u64, words: &[u8]) -> B256 {
    let mut encoded = [0; 128];
    encoded[..32].copy_from_slice(&U256::from(chain_id).to_be_bytes::<32>());
    encoded[32..64].copy_from_slice(token.into_word().as_slice());
    encoded[64..96].copy_from_slice(&U256::from(chunk).to_be_bytes::<32>());
    encoded[96..].copy_from_slice(keccak256(words).as_slice());
    keccak256(keccak256(encoded))
}

fn node(left: &B256, right: &B256) -> B256 {
    let mut pair = [0; 64];
    pair[..32].copy_from_slice(left.as_slice());
    pair[32..].copy_from_slice(right.as_slice());
    keccak256(pair)
}

/// The leaves, hashed by as many threads as pay.
fn leaves(packed: &[u8], chain_id: u64, token: Address, chunk_size: usize) -> Vec<B256> {
    let chunk_bytes = chunk_size * ENTRY_BYTES;
    let count = packed.len().div_ceil(chunk_bytes);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count.div_ceil(LEAVES_PER_THREAD)).max(1);
    let mut leaves = vec![B256::ZERO; count];
    let share = count.div_ceil(threads);
    thread::scope(|scope| {
        for (part, out) in leaves.chunks_mut(share).enumerate() {
            let first = part * share;
            let words = &packed[first * chunk_bytes..packed.len().min((first + out.len()) * chunk_bytes)];
            scope.spawn(move || {
                for (i, (out, chunk)) in out.iter_mut().zip(words.chunks(chunk_bytes)).enumerate() {
                    *out = leaf(chain_id, token, (first + i) as u64, chunk);
                }
            });
        }
    });
    leaves
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
