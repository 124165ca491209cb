//! The tree of 2018 over the accounts, and its proofs.
//!
//! ```text
//! leaf i    = keccak256(the 20 bytes of account i)
//! parent    = keccak256(smaller ‖ larger) of two neighbours
//! an odd last node of a level moves up unchanged
//! ```
//!
//! A proof is the siblings from the leaf upward, 32 bytes each, joined; nothing tells left from right, because a parent puts
//! the smaller first. A node that moves up has no sibling on that level, so proofs at the right edge are shorter than the
//! others, and that of a single account is empty. The 2,598,071 accounts of 2018 have proofs of 22 hashes at most.
//!
//! All nodes of all levels are held in one piece, 64 bytes an account (166 MB in 2018), so that every proof is a look-up.

use std::{num::NonZero, ops::Range, thread};

use alloy::primitives::{Address, B256, keccak256};

use super::Accounts;

/// Bytes of a hash in a proof.
pub const HASH_BYTES: usize = 32;
/// Fewer nodes than this are not worth a thread.
const NODES_PER_THREAD: usize = 2_048;

/// The tree of an account file.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountTree {
    /// Every level, the leaves first, the root last.
    nodes: Vec<B256>,
    /// Where each level is in `nodes`.
    levels: Vec<Range<usize>>,
}

impl AccountTree {
    /// Builds the tree, on all processors where there is enough to do.
    #[must_use]
    pub fn build(accounts: &Accounts) -> Self {
        let levels = levels(accounts.len());
        let mut nodes = vec![B256::ZERO; levels.last().map_or(0, |root| root.end)];
        let records = accounts.records();
        fill(&mut nodes[..records.len()], |index| keccak256(records[index]));
        for pair in levels.windows(2) {
            let (below, level) = nodes[pair[0].start..pair[1].end].split_at_mut(pair[0].len());
            fill(level, |index| match below.get(2 * index + 1) {
                Some(right) => parent(&below[2 * index], right),
                None => below[2 * index],
            });
        }
        Self { nodes, levels }
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.nodes.last().copied().unwrap_or_default()
    }

    /// The proof of the account at a position; `None` beyond the last.
    #[must_use]
    pub fn proof(&self, index: usize) -> Option<Vec<u8>> {
        let (root, below) = self.levels.split_last()?;
        if index >= below.first().unwrap_or(root).len() {
            return None;
        }
        let mut proof = Vec::with_capacity(below.len() * HASH_BYTES);
        let mut index = index;
        for level in below {
            if let Some(sibling) = self.nodes[level.clone()].get(index ^ 1) {
                proof.extend_from_slice(sibling.as_slice());
            }
            index /= 2;
        }
        Some(proof)
    }
}

impl std::fmt::Debug for AccountTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountTree").field("root", &self.root()).field("levels", &self.levels.len()).finish()
    }
}

/// The root that a proof leads to from an account, as the contract computes it; `None` when the proof is no whole number of
/// hashes, which the contract refuses. The proof holds if this is the root.
#[must_use]
pub fn root_from(account: Address, proof: &[u8]) -> Option<B256> {
    let (siblings, rest) = proof.as_chunks::<HASH_BYTES>();
    let climb = |node: B256, sibling: &[u8; HASH_BYTES]| parent(&node, &B256::from(*sibling));
    rest.is_empty().then(|| siblings.iter().fold(keccak256(account), climb))
}

fn parent(a: &B256, b: &B256) -> B256 {
    let (smaller, larger) = if a <= b { (a, b) } else { (b, a) };
    let mut pair = [0; 2 * HASH_BYTES];
    pair[..HASH_BYTES].copy_from_slice(smaller.as_slice());
    pair[HASH_BYTES..].copy_from_slice(larger.as_slice());
    keccak256(pair)
}

/// Where the levels of a tree over `leaves` leaves are, one behind the other.
fn levels(leaves: usize) -> Vec<Range<usize>> {
    let mut levels = Vec::new();
    levels.push(0..leaves);
    while let Some(below) = levels.last().filter(|below| below.len() > 1).cloned() {
        levels.push(below.end..below.end + below.len().div_ceil(2));
    }
    levels
}

/// Makes every node of a level from its position.
fn fill(level: &mut [B256], node: impl Fn(usize) -> B256 + Sync) {
    let worth = level.len().div_ceil(NODES_PER_THREAD);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(worth).max(1);
    let share = level.len().div_ceil(threads);
    let work = |part: usize, nodes: &mut [B256]| {
        for (index, out) in nodes.iter_mut().enumerate() {
            *out = node(part * share + index);
        }
    };
    if threads == 1 {
        return work(0, level);
    }
    thread::scope(|scope| {
        for (part, nodes) in level.chunks_mut(share).enumerate() {
            let work = &work;
            scope.spawn(move || work(part, nodes));
        }
    });
}
