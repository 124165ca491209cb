//! The whole engine in bad weather, a seed at a time: no sleeps, virtual time, and invariants that are checked throughout.
//!
//! One seed is one run. It decides the intents, the endpoints, the configuration and the weather (`scenario`); then come a
//! few lives of the engine, each opened on the ledger the one before left, an older copy of it or none, each ended by its
//! own end, by being dropped at some await, or by the clock (`life`). All the while blocks come and go, fees jump, pools are
//! emptied, strangers use the keys, endpoints fail in every way they know (`weather`). Then it is calm, and everything has
//! to come to its end (`invariants`).
//!
//! Randomness is the seed's alone. Threads of the journal answer when they answer, so two runs of a seed are not equal to
//! the instruction, but they are equal in weather and in faults, and a seed that failed is kept (`regressions`).
//!
//! Two kinds of weather are there only on request (`HARSH=1`): a ledger that is lost or put back from a copy, and an endpoint
//! that takes a transaction and says that it can never be valid. No intent happened twice there in the seeds tried (38 to
//! 240 in part), but not every seed ends: 126 waits for a nonce whose transaction was refused for good. In 52 a transaction
//! that was found on the chain is held against the rule for replacements, which is about what this ledger signed.
//!
//! What it does not do: kill processes and damage files (the rows of the campaign do), and lie about receipts where there is
//! only one endpoint to ask, because then nobody can know better.

mod engine;
mod invariants;
mod life;
pub mod regressions;
mod scenario;
mod site;
mod weather;

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

pub use invariants::{Invariant, Violation};
pub use site::Trace;

/// Real time a seed may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a run was like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Runs.
    pub seeds: u64,
    /// Intents that ended as they should.
    pub intents: u64,
    /// Byte strings that arrived at endpoints.
    pub sends: u64,
    /// Faults suffered by requests.
    pub faults: u64,
    /// Reorganisations.
    pub reorgs: u64,
    /// Lives that were cut short at an await.
    pub crashes: u64,
    /// Openings on an older copy of the ledger, or on none.
    pub rollbacks: u64,
    /// Transactions of strangers with our keys.
    pub foreign: u64,
    /// Most blocks from the end of the storm to the end of everything.
    pub slowest: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.intents += other.intents;
        self.sends += other.sends;
        self.faults += other.faults;
        self.reorgs += other.reorgs;
        self.crashes += other.crashes;
        self.rollbacks += other.rollbacks;
        self.foreign += other.foreign;
        self.slowest = self.slowest.max(other.slowest);
    }
}

/// A seed that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What did not hold.
    pub violation: Violation,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let next = self.seed + 1;
        write!(
            f,
            "seed {}: {}\n  SEEDS={}..{next} cargo run --locked -p tminus-faults --bin tminus-simulation",
            self.seed, self.violation, self.seed
        )
    }
}

/// Runs one seed.
///
/// # Errors
/// The first invariant that did not hold, with what there was instead.
pub fn run(seed: u64) -> Result<Tally, Violation> {
    follow(seed, None)
}

/// Runs one seed and tells of everything that happens.
///
/// # Errors
/// As [`run`].
pub fn follow(seed: u64, trace: Option<Trace>) -> Result<Tally, Violation> {
    let ran = catch_unwind(AssertUnwindSafe(|| alone(seed, trace)));
    ran.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words");
        Err(Violation::new(Invariant::Terminal, format!("the engine panicked: {words}")))
    })
}

fn alone(seed: u64, trace: Option<Trace>) -> Result<Tally, Violation> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.map_err(|error| Violation::new(Invariant::Terminal, format!("no runtime: {error}")))?;
    let began = Instant::now();
    let tally = runtime.block_on(async {
        let mut running = Box::pin(life::lives(seed, trace));
        std::future::poll_fn(|context| {
            if began.elapsed() > PATIENCE {
                let words = format!("not over after {} s of real time", PATIENCE.as_secs());
                return std::task::Poll::Ready(Err(Violation::new(Invariant::Terminal, words)));
            }
            running.as_mut().poll(context)
        })
        .await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    tally
}

/// Runs many seeds on some threads; after the first failure no further seed is begun.
#[must_use]
pub fn campaign(seeds: Range<u64>, threads: usize, progress: fn(&Tally)) -> (Tally, Vec<Failure>) {
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let all = Mutex::new((Tally::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let ran = run(seed);
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    match ran {
                        Ok(tally) => {
                            all.0.add(&tally);
                            if all.0.seeds.is_multiple_of(500) {
                                progress(&all.0);
                            }
                        }
                        Err(violation) => {
                            stop.store(true, Ordering::Relaxed);
                            all.1.push(Failure { seed, violation });
                        }
                    }
                }
            });
        }
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}
