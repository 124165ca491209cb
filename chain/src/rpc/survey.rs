//! Where each endpoint's chain ends, and whether it is the same chain.
//!
//! Every twelve seconds of use all endpoints are asked for their newest block. Who is well behind the newest of all is
//! lagging. Then the hashes at a height that all have reached are compared: a difference of a few blocks at the end of a chain
//! is a race that the next block decides, so the comparison is made at the height of the shortest chain and again three blocks
//! below; only a difference there is a fork. Where a quorum is on one side, the others are on another fork, and come last.
//! Where none is, the endpoints are split, and what is asked of a quorum stays a disagreement.
//!
//! Each endpoint's hashes of its last 256 heights are kept, as blocks and as parents of blocks; a block whose parent is not
//! the one that was kept ends what was known of that endpoint's chain. So a comparison seldom takes another question.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use alloy::primitives::{B256, U64};
use futures::future::join_all;
use serde::Deserialize;
use tokio::time::Instant;

use super::{agree, endpoint::Endpoint, pool::Pool};

/// Time between surveys.
const EVERY: Duration = Duration::from_secs(12);
/// Time for one question of a survey.
const LIMIT: Duration = Duration::from_secs(10);
/// A difference of so many blocks at the end of a chain is a race, not a fork.
const RACE: u64 = 3;
/// Blocks behind the newest of all at which an endpoint may be lagging, and seconds of chain time at which it then is.
const BEHIND: (u64, u64) = (3, 30);
/// Heights of an endpoint's chain that are kept.
const WINDOW: u64 = 256;

/// Endpoints on different forks, with no quorum on one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// A height at which they differ.
    pub(super) height: u64,
    /// Who has what there.
    pub(super) answers: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    number: U64,
    hash: B256,
    parent_hash: B256,
    timestamp: U64,
}

/// Hashes of an endpoint's chain by height.
#[derive(Debug, Default)]
pub(super) struct Window(BTreeMap<u64, B256>);

impl Window {
    /// Adds a block with its parent. Only what is known to lie beneath them stays.
    fn add(&mut self, number: u64, hash: B256, parent: B256) {
        let below = number.checked_sub(1);
        let on_top = below.is_some_and(|below| self.0.get(&below) == Some(&parent));
        let known_already = self.0.get(&number) == Some(&hash);
        if !(on_top || known_already) {
            self.0.clear();
        }
        self.0.retain(|height, _| *height < number && height + WINDOW > number);
        self.0.extend(below.map(|below| (below, parent)));
        self.0.insert(number, hash);
    }

    fn at(&self, number: u64) -> Option<B256> {
        self.0.get(&number).copied()
    }
}

impl Pool {
    /// Starts a survey beside whatever is going on, if one is due.
    pub(super) fn survey_if_due(self: &Arc<Self>) {
        let last = *self.surveyed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < EVERY) || self.surveying.swap(true, Ordering::AcqRel) {
            return;
        }
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            pool.survey().await;
            pool.surveying.store(false, Ordering::Release);
        });
    }

    /// Looks at all endpoints that can be looked at.
    pub(super) async fn survey(&self) {
        *self.surveyed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let now = Instant::now();
        let asked: Vec<_> = self.endpoints.iter().filter(|endpoint| endpoint.health().votes(now)).collect();
        let heads = join_all(asked.into_iter().map(|endpoint| async move {
            agree::ensure(endpoint, &self.identity).await.ok()?;
            let head: Head = endpoint.request("eth_getBlockByNumber", ("latest", false), Some(LIMIT)).await.ok()?;
            endpoint.window().add(head.number.to(), head.hash, head.parent_hash);
            Some((endpoint, head))
        }));
        let heads: Vec<(&Arc<Endpoint>, Head)> = heads.await.into_iter().flatten().collect();
        self.note_lag(&heads);
        self.note_forks(&heads).await;
    }

    fn note_lag(&self, heads: &[(&Arc<Endpoint>, Head)]) {
        let Some((_, newest)) = heads.iter().max_by_key(|(_, head)| head.number) else { return };
        for (endpoint, head) in heads {
            let blocks = (newest.number - head.number).to::<u64>();
            let seconds = newest.timestamp.saturating_sub(head.timestamp).to::<u64>();
            let mut health = endpoint.health();
            health.head = Some(head.number.to());
            health.lag = (blocks >= BEHIND.0 && seconds >= BEHIND.1).then_some(blocks);
        }
    }

    async fn note_forks(&self, heads: &[(&Arc<Endpoint>, Head)]) {
        let Some(shortest) = heads.iter().map(|(_, head)| head.number.to::<u64>()).min() else { return };
        let endpoints: Vec<_> = heads.iter().map(|(endpoint, _)| *endpoint).collect();
        let mut split = None;
        let mut sides = sides_at(&endpoints, shortest).await;
        if sides.len() > 1 {
            let below = shortest.saturating_sub(RACE);
            sides = sides_at(&endpoints, below).await;
            if sides.len() > 1 {
                tracing::warn!(height = below, "endpoints are on different forks");
                split = Some(below);
            }
        }
        let right = sides.iter().find(|(_, side)| side.len() >= self.quorum).map(|(hash, _)| *hash);
        for (hash, side) in &sides {
            for endpoint in side {
                endpoint.health().fork = split.filter(|_| right.is_some_and(|right| right != *hash));
            }
        }
        let answers = || {
            let each =
                sides.iter().flat_map(|(hash, side)| side.iter().map(|one| (one.label.clone(), hash.to_string())));
            let mut answers: Vec<_> = each.collect();
            answers.sort();
            answers
        };
        *self.split.lock().unwrap_or_else(PoisonError::into_inner) =
            split.filter(|_| right.is_none()).map(|height| Split { height, answers: answers() });
    }
}

/// Endpoints by the hash they have at a height; those that do not tell are left out.
async fn sides_at<'a>(endpoints: &[&'a Arc<Endpoint>], height: u64) -> HashMap<B256, Vec<&'a Arc<Endpoint>>> {
    let hashes = join_all(endpoints.iter().map(|endpoint| async move {
        let known = endpoint.window().at(height);
        if let Some(hash) = known {
            return Some((hash, *endpoint));
        }
        let question = (U64::from(height), false);
        let block: Option<Head> = endpoint.request("eth_getBlockByNumber", question, Some(LIMIT)).await.ok()?;
        Some((block.filter(|block| block.number.to::<u64>() == height)?.hash, *endpoint))
    }));
    let mut sides: HashMap<B256, Vec<_>> = HashMap::new();
    for (hash, endpoint) in hashes.await.into_iter().flatten() {
        sides.entry(hash).or_default().push(endpoint);
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> B256 {
        B256::repeat_byte(n)
    }

    #[test]
    fn a_window_keeps_one_chain() {
        let mut window = Window::default();
        window.add(10, hash(10), hash(9));
        window.add(11, hash(11), hash(10));
        assert_eq!((window.at(9), window.at(10), window.at(11)), (Some(hash(9)), Some(hash(10)), Some(hash(11))));
        // another block 11 on the same parent: it replaces, what is beneath stays
        window.add(11, hash(21), hash(10));
        assert_eq!((window.at(11), window.at(9)), (Some(hash(21)), Some(hash(9))));
        window.add(12, hash(22), hash(21));
        assert_eq!(window.at(11), Some(hash(21)));
        // another parent: what was beneath the old one is forgotten
        window.add(12, hash(32), hash(31));
        assert_eq!((window.at(10), window.at(11), window.at(12)), (None, Some(hash(31)), Some(hash(32))));
        // a gap: nothing says that what was kept is beneath it
        window.add(20, hash(30), hash(29));
        assert_eq!((window.at(12), window.at(19), window.at(20)), (None, Some(hash(29)), Some(hash(30))));
    }

    #[test]
    fn a_window_has_a_bound() {
        let mut window = Window::default();
        let of = |n: u64| B256::from(alloy::primitives::U256::from(n));
        (1..2_000).for_each(|n| window.add(n, of(n), of(n - 1)));
        assert_eq!(window.0.len() as u64, WINDOW);
        assert_eq!((window.at(1_999), window.at(1_000)), (Some(of(1_999)), None));
    }
}
