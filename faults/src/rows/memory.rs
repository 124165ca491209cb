//! The ledger is gone, or an older copy is in its place: what was paid is on the chain, and has to be found there.

use std::path::Path;

use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;
const CASES: (usize, usize) = (2, 20);
/// Most runs: what is in the pool and unknown may have to be mined first.
const RUNS: usize = 20;

pub(super) fn rows() -> Vec<Spec> {
    let row = |name, fault, what: What| {
        Spec::new("ledger", name, fault, Clock::Virtual, CASES, move |case| forgotten(case, what))
            .with_operator("none, or run again")
    };
    vec![
        row("old-backup", "everything is done, and an older copy is put back", What::OldBackup),
        row("lost", "everything is done, and the ledger is gone", What::Lost),
        row("lost-on-the-way", "transactions are out, and the ledger is gone", What::LostOnTheWay),
    ]
}

#[derive(Debug, Clone, Copy)]
enum What {
    OldBackup,
    Lost,
    LostOnTheWay,
}

async fn forgotten(case: Case, what: What) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let intents = pays("pay", INTENTS);
    let part = 1 + case.index % (INTENTS - 1);
    match what {
        What::OldBackup => {
            bench.execute(&intents[..part], 1).await?;
            let backup = bench.ledger().with_extension("backup");
            copy(&bench.ledger(), &backup)?;
            bench.execute(&intents, 1).await?;
            bench.lose_ledger()?;
            copy(&backup, &bench.ledger())?;
        }
        What::Lost => {
            bench.execute(&intents, 1).await?;
            bench.lose_ledger()?;
        }
        What::LostOnTheWay => {
            tokio::select! {
                done = bench.execute(&intents, 1) => done?,
                out = bench.until("enough is out", |bench| bench.versions().len() >= part) => out?,
            }
            bench.lose_ledger()?;
        }
    }
    let struck = Instant::now();
    bench.execute(&intents, RUNS).await?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}

/// A ledger that nobody has open is one file.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}
