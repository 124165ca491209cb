//! The same engine in front of a chain that is not ours: anvil, made to reorganise, to forget, to ask too much, and to die.
//!
//! Intents are handed over in small batches until every fault of the case has struck, and then waited for to their end. A
//! fault counts only where it took something away: a reorganisation a transaction that was in a block, a drop one that was in
//! the pool, a kill a block. anvil throws the transactions of a reorganised block away; after a kill it comes back with the
//! chain it wrote up to a second before. It enforces neither geth's rule for replacements nor its pool's limits, which is what
//! the other groups have a chain of ours for.

mod bench;
#[path = "../../../../chain/tests/support/anvil.rs"]
#[allow(missing_docs, unreachable_pub, reason = "shared with the tests of other packages")]
mod process;

use std::cell::Cell;

use alloy::primitives::U256;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tminus_chain::outbox::{OutboxEvent, Until};
use tokio::time::Instant;

use crate::{
    campaign::{Case, Size, Spec},
    row::{Clock, Outcome},
};
use bench::{Bench, pays};

/// Intents handed over at once.
const BATCH: u64 = 16;
/// Most intents of a case, whatever strikes.
const MOST: u64 = 2_000;

pub(super) fn rows() -> Vec<Spec> {
    let row = |name, fault, cases, each: (u64, u64), plan: Plan| {
        let run = move |case: Case| {
            let strikes = if case.size == Size::Ci { each.0 } else { each.1 };
            storm(case, plan, strikes)
        };
        Spec::new("anvil", name, fault, Clock::Real, cases, run).with_each(each.0, each.1)
    };
    vec![
        row("reorg", "`anvil_reorg` by 1 to 6 blocks, whose transactions it forgets", (1, 5), (3, 20), Plan::Reorg),
        row("drop", "`anvil_dropTransaction` of what the pool had taken", (1, 5), (5, 20), Plan::Drop),
        row(
            "base-fee",
            "`anvil_setNextBlockBaseFeePerGas` ten times above what is out, then above the ceiling",
            (1, 10),
            (2, 2),
            Plan::BaseFee,
        ),
        row(
            "kill",
            "anvil killed with SIGKILL and started again from the state it wrote last (`--state-interval 1`)",
            (1, 5),
            (2, 10),
            Plan::Kill,
        ),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Reorg,
    Drop,
    BaseFee,
    Kill,
}

/// Work, with `strikes` faults in it, to its end.
async fn storm(case: Case, plan: Plan, strikes: u64) -> Result<Outcome, String> {
    let mut random = ChaCha8Rng::seed_from_u64(case.seed);
    let mut bench = Bench::start(plan).await?;
    let outbox = bench.open().await?;
    let (struck, last, handed) = (Cell::new(0), Cell::new(Instant::now()), Cell::new(0));
    let strike = || {
        struck.set(struck.get() + 1);
        last.set(Instant::now());
    };
    let failed = |error: tminus_chain::outbox::OutboxError| error.to_string();
    let work = async {
        while struck.get() < strikes && handed.get() < MOST {
            let from = handed.get();
            handed.set(from + BATCH);
            outbox.execute_independent(pays(from, BATCH), Until::Mined).await.map_err(failed)?;
        }
        outbox.execute_independent(pays(0, handed.get()), Until::Finalized).await.map_err(failed)
    };
    let trouble = async {
        match plan {
            Plan::Reorg => reorganise(&bench, &mut random, strikes, &strike).await?,
            Plan::Drop => forget(&bench, &mut random, || struck.get() < strikes, &strike).await?,
            Plan::BaseFee => ask_too_much(&bench, &strike).await?,
            Plan::Kill => kill(&mut bench, strikes, &strike).await?,
        }
        std::future::pending::<()>().await;
        Ok::<_, String>(())
    };
    tokio::select! {
        done = work => drop(done?),
        troubled = trouble => troubled?,
    }
    let recovery = last.get().elapsed();
    let outcome = bench.account(handed.get()).await?;
    Ok(Outcome { injections: struck.get(), recovery: Some(recovery), ..outcome })
}

async fn reorganise(bench: &Bench, random: &mut ChaCha8Rng, strikes: u64, strike: &impl Fn()) -> Result<(), String> {
    let mut struck = 0;
    while struck < strikes {
        bench.blocks(random.random_range(2..6)).await?;
        let before = bench.sent().await?;
        bench.ask("anvil_reorg", json!([random.random_range(1..=6), []])).await?;
        // less was sent after it than before: something was taken back, and not replaced in the meantime
        if bench.sent().await? < before {
            struck += 1;
            strike();
        }
    }
    Ok(())
}

/// Nobody mines but this: a block is preceded by losses.
async fn forget(
    bench: &Bench,
    random: &mut ChaCha8Rng,
    goes_on: impl Fn() -> bool,
    strike: &impl Fn(),
) -> Result<(), String> {
    loop {
        let mut waiting = bench.pool().await?;
        for _ in 0..random.random_range(0..3) {
            if goes_on() && !waiting.is_empty() {
                let hash = waiting.swap_remove(random.random_range(0..waiting.len()));
                if !bench.ask("anvil_dropTransaction", (hash,)).await?.is_null() {
                    strike();
                }
            }
        }
        bench.mine(None).await?;
    }
}

async fn ask_too_much(bench: &Bench, strike: &impl Fn()) -> Result<(), String> {
    while bench.pool().await?.is_empty() {
        bench.pause().await;
    }
    while !bench.told(|event| matches!(event, OutboxEvent::Bumped(..))) {
        bench.mine(Some(U256::from(20_000_000_000u64))).await?;
    }
    strike();
    while !bench
        .told(|event| matches!(event, OutboxEvent::Waiting(why) if why.contains("limit") || why.contains("ceiling")))
    {
        bench.mine(Some(U256::from(150_000_000_000u64))).await?;
    }
    strike();
    // empty blocks bring the price down
    loop {
        bench.mine(None).await?;
    }
}

async fn kill(bench: &mut Bench, strikes: u64, strike: &impl Fn()) -> Result<(), String> {
    let mut struck = 0;
    while struck < strikes {
        let height = bench.height().await?;
        bench.written_beyond(height).await;
        bench.blocks(4).await?;
        let before = bench.height().await?;
        bench.restart().await?;
        if bench.height().await? < before {
            struck += 1;
            strike();
        }
    }
    Ok(())
}
