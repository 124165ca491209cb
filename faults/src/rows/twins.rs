//! Two processes where there should be one. Real processes, over TCP.

use rustix::process::Signal;
use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys},
    campaign::{Case, Spec},
    child::{End, Orders, Process},
    row::{Clock, Outcome},
};

const INTENTS: usize = 24;
/// Most runs of a process that halts because of the other.
const RUNS: usize = 40;

pub(super) fn rows() -> Vec<Spec> {
    vec![
        Spec::new("twins", "one-ledger", "a second process on the ledger: refused", Clock::Real, (2, 50), one_ledger),
        Spec::new(
            "twins",
            "paused-holder",
            "the holder of the ledger is paused (SIGSTOP), a second process is refused, the first goes on",
            Clock::Real,
            (2, 50),
            paused_holder,
        ),
        Spec::new(
            "twins",
            "one-key-two-ledgers",
            "two processes with ledgers of their own send from one account",
            Clock::Real,
            (2, 50),
            two_ledgers,
        )
        .with_operator("none; a run that halts is run again"),
    ]
}

/// Starts one on the ledger that the other holds; it has to be turned away with a word on why.
async fn is_refused(case: &Case, orders: &Orders) -> Result<(), String> {
    match Process::start(&case.program, orders, None)?.end().await? {
        (End::Failed, heard) if heard.iter().any(|line| line.contains("in use by another process")) => Ok(()),
        (end, heard) => Err(format!("the second process ended as {end:?}: {:?}", heard.last())),
    }
}

async fn one_ledger(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let orders = Orders::new(server.url(), &bench.ledger(), "pay", INTENTS);
    let first = Process::start(&case.program, &orders, None)?;
    bench.until("the first is at work", |_| first.said("open")).await?;
    let struck = Instant::now();
    // without blocks the first cannot be done before the second comes
    is_refused(&case, &orders).await?;
    let _blocks = bench.blocks();
    match first.end().await? {
        (End::Done, _) => {}
        (end, heard) => return Err(format!("the first process ended as {end:?}: {:?}", heard.last())),
    }
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

async fn paused_holder(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let _blocks = bench.blocks();
    let orders = Orders::new(server.url(), &bench.ledger(), "pay", INTENTS);
    let first = Process::start(&case.program, &orders, None)?;
    let out = 1 + case.index % (INTENTS - 1);
    bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
    first.signal(Signal::STOP)?;
    is_refused(&case, &orders).await?;
    let struck = Instant::now();
    first.signal(Signal::CONT)?;
    match first.end().await? {
        (End::Done, _) => {}
        (end, heard) => return Err(format!("the first process ended as {end:?}: {:?}", heard.last())),
    }
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

/// Each with its own intents and its own ledger, at the same time, from one account.
async fn two_ledgers(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let _blocks = bench.blocks();
    let began = Instant::now();
    let ours = Orders::new(server.url(), &bench.ledger(), "ours", INTENTS / 2);
    let theirs = Orders::new(server.url(), &bench.other_ledger(), "theirs", INTENTS / 2);
    let (one, other) = tokio::join!(to_the_end(&case, &ours), to_the_end(&case, &theirs));
    one?;
    other?;
    let ours = bench.account(&keys("ours", INTENTS / 2), began)?;
    let theirs = bench.account_in(&bench.other_ledger(), &keys("theirs", INTENTS / 2), began)?;
    Ok(Outcome {
        injections: 1,
        intents: ours.intents + theirs.intents,
        wanted: ours.wanted + theirs.wanted,
        seen: ours.seen + theirs.seen,
        duplicates: ours.duplicates + theirs.duplicates,
        lost: ours.lost + theirs.lost,
        stuck: ours.stuck + theirs.stuck,
        recovery: theirs.recovery,
    })
}

/// Runs a process, again after each halt, until it is done.
async fn to_the_end(case: &Case, orders: &Orders) -> Result<(), String> {
    let mut last = None;
    for _ in 0..RUNS {
        match Process::start(&case.program, orders, None)?.end().await? {
            (End::Done, _) => return Ok(()),
            (End::Failed, heard) => last = heard.last().cloned(),
            (End::Killed, _) => return Err("killed by nobody here".to_owned()),
        }
    }
    Err(format!("not done after {RUNS} runs: {last:?}"))
}
