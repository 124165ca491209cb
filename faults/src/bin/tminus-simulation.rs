//! The simulation on the command line: `SEEDS=0..10000 tminus-simulation`, on two threads unless `THREADS` says otherwise.
//!
//! `TRACE=1` follows the first of the seeds alone and tells of everything that happens.
//!
//! Progress and failures go to standard error. Exit code 0 when every seed held, 1 when one did not, 2 for a range that
//! cannot be read.

use std::{ops::Range, process::ExitCode, time::Instant};

use tminus_faults::simulation::{campaign, follow, regressions::ONCE_FAILED, run};

fn seeds() -> Option<Range<u64>> {
    let Ok(text) = std::env::var("SEEDS") else { return Some(0..10_000) };
    let (from, to) = text.split_once("..")?;
    Some(from.parse().ok()?..to.parse().ok()?)
}

fn follow_one(seed: u64) -> ExitCode {
    let ran = follow(seed, Some(|words| eprintln!("{words}")));
    eprintln!("{ran:?}");
    ExitCode::from(u8::from(ran.is_err()))
}

fn main() -> ExitCode {
    let Some(seeds) = seeds() else {
        eprintln!("SEEDS=from..to");
        return ExitCode::from(2);
    };
    if std::env::var_os("TRACE").is_some() {
        return follow_one(seeds.start);
    }
    let threads = std::env::var("THREADS").ok().and_then(|threads| threads.parse().ok()).unwrap_or(2);
    let began = Instant::now();
    for (seed, found) in ONCE_FAILED {
        if let Err(violation) = run(*seed) {
            eprintln!("seed {seed} fails again ({found}): {violation}");
            return ExitCode::from(1);
        }
    }
    let (tally, failures) = campaign(seeds, threads, |tally| eprintln!("{} seeds", tally.seeds));
    for failure in &failures {
        eprintln!("{failure}");
    }
    eprintln!("{tally:?} in {:.1} s, {} failed", began.elapsed().as_secs_f64(), failures.len());
    ExitCode::from(u8::from(!failures.is_empty()))
}
