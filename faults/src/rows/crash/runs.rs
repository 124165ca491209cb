//! A long run killed at random times, and one that is killed again almost as soon as it is started.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tokio::time::Instant;

use super::finish;
use crate::{
    bench::{Bench, PAYER, Pace, keys},
    campaign::{Case, Size, Spec},
    child::{End, Orders, Process},
    row::{Clock, Outcome},
};

/// Intents of the long run, and kills in it.
const LONG_RUN: [(usize, u64); 2] = [(300, 10), (10_000, 200)];
/// Kills of the crash loop, and intents it cannot be done with before the last.
const LOOP: (u64, u64) = (10, 50);
const LOOP_INTENTS: usize = 400;

pub(super) fn rows() -> Vec<Spec> {
    let mut rows = Vec::new();
    let long = "SIGKILL at random times, in one run";
    rows.push(
        Spec::new("crash", "random", long, Clock::Real, (1, 1), at_random).with_each(LONG_RUN[0].1, LONG_RUN[1].1),
    );
    let again = "SIGKILL 0 to 50 ms after each start";
    rows.push(Spec::new("crash", "loop", again, Clock::Real, (1, 1), in_a_loop).with_each(LOOP.0, LOOP.1));
    rows
}

/// One run of many intents, killed at random times and started again each time.
async fn at_random(case: Case) -> Result<Outcome, String> {
    let (count, kills) = LONG_RUN[usize::from(case.size == Size::Full)];
    let mut rng = ChaCha12Rng::seed_from_u64(case.seed);
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let _blocks = bench.blocks();
    let mut orders = Orders::new(server.url(), &bench.ledger(), "pay", count);
    orders.in_flight = 16;
    let mut struck = Instant::now();
    for kill in 0..kills {
        let mut victim = Process::start(&case.program, &orders, None)?;
        // the kills are spread over the work: each comes at random within its share
        let share = count as u64 * (kill + 1) / (kills + 1);
        let at = share.saturating_sub(rng.random_range(0..=count as u64 / (kills + 1)));
        bench.until("its share is done", |bench| bench.world.nonce(PAYER) >= at || victim.is_over()).await?;
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
        victim.kill()?;
        match victim.end().await? {
            (End::Killed, _) => {}
            (end, heard) => return Err(format!("kill {kill}: it had ended as {end:?}: {:?}", heard.last())),
        }
        struck = Instant::now();
    }
    finish(&case, &orders).await?;
    Ok(Outcome { injections: kills, ..bench.account(&keys("pay", count), struck)? })
}

/// Killed again almost as soon as it is started, then left alone.
async fn in_a_loop(case: Case) -> Result<Outcome, String> {
    let kills = if case.size == Size::Full { LOOP.1 } else { LOOP.0 };
    let mut rng = ChaCha12Rng::seed_from_u64(case.seed);
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let _blocks = bench.blocks();
    let orders = Orders::new(server.url(), &bench.ledger(), "pay", LOOP_INTENTS);
    for kill in 0..kills {
        let mut victim = Process::start(&case.program, &orders, None)?;
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..=50))).await;
        victim.kill()?;
        match victim.end().await? {
            (End::Killed, _) => {}
            (End::Done, _) => return Err(format!("it was done before kill {kill}: the loop has to be quicker")),
            (End::Failed, heard) => return Err(format!("before kill {kill} it failed: {:?}", heard.last())),
        }
    }
    let struck = Instant::now();
    finish(&case, &orders).await?;
    Ok(Outcome { injections: kills, ..bench.account(&keys("pay", LOOP_INTENTS), struck)? })
}
