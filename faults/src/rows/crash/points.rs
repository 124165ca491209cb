//! One row for each point of the registry and each stage on which it is passed.

use tminus_chain::crash;
use tokio::time::Instant;

use super::{finish, stage::Stage};
use crate::{
    bench::{Bench, Pace, keys},
    campaign::{Case, Spec},
    child::{End, Orders, Process},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;
/// Kills at each point on each stage.
const SEEDS: (usize, usize) = (1, 64);

pub(super) fn rows() -> Vec<Spec> {
    let each = crash::NAMES.into_iter().flat_map(|point| stages(point).into_iter().map(move |stage| (point, stage)));
    let rows = each.map(|(point, (stage, passings))| {
        let (name, fault) = (format!("{point}-{}", stage.word()), format!("SIGKILL at `{point}`, {}", stage.words()));
        Spec::new("crash", name, fault, Clock::Real, SEEDS, move |case| at_point(case, point, stage, passings))
    });
    rows.collect()
}

/// The stages of a point, each with the passings at which the child dies, in turn. Where fees are raised the first passing is
/// that of the first send, so it dies at the second.
fn stages(point: &str) -> Vec<(Stage, &'static [u64])> {
    match point {
        "bump_after_sign" | "bump_after_journal" | "bump_after_send" => vec![(Stage::Held, &[1, 2, 3])],
        "receipt_before_commit" | "final_before_commit" => vec![(Stage::Fair, &[1, 2]), (Stage::Released, &[1])],
        "reorg_before_commit" => vec![(Stage::Reorganised, &[1])],
        "cancel_after_journal" => vec![(Stage::Cancelled, &[1])],
        "adopt_before_commit" => vec![(Stage::LedgerLost, &[1])],
        "during_migration" | "during_backup" => vec![(Stage::FirstSchema, &[1])],
        // once at each opening
        "during_checkpoint" => vec![(Stage::Fair, &[1]), (Stage::Resumed, &[1])],
        _ => vec![(Stage::Fair, &[1, 2]), (Stage::Released, &[2])],
    }
}

async fn at_point(case: Case, point: &'static str, stage: Stage, passings: &[u64]) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::REAL)?;
    let server = bench.serve().await?;
    let blocks = bench.blocks();
    let mut orders = Orders::new(server.url(), &bench.ledger(), "pay", INTENTS);
    orders.in_flight = 1 + case.index % 4;
    let passing = passings[case.index / 4 % passings.len()];
    stage.prepare(&case, &bench, &blocks, &mut orders).await?;
    let victim = Process::start(&case.program, &orders, Some((point, passing)))?;
    stage.play(&bench, &blocks, &victim).await?;
    match victim.end().await? {
        (End::Killed, _) => {}
        (end, heard) => return Err(format!("{point} was not reached: ended as {end:?}, last said {:?}", heard.last())),
    }
    let struck = Instant::now();
    blocks.hold(false);
    finish(&case, &orders.afterwards()).await?;
    let keys = keys("pay", INTENTS);
    let outcome = match orders.cancel {
        Some(at) => bench.account_without(&keys, &keys[at], struck)?,
        None => bench.account(&keys, struck)?,
    };
    Ok(Outcome { injections: 1, ..outcome })
}
