//! The whole engine in random weather, by seeds: a row of [`crate::simulation`].
//!
//! A case is a seed, and its injections are all the faults, reorganisations, deaths, rollbacks and strangers of its storm. The
//! invariants are held at every step and counted on the chain at the end; an intent that did not have its one effect is a
//! violation and ends the row.

use crate::{
    campaign::{Case, Spec},
    row::{Clock, Outcome},
    simulation,
};

/// Seeds in CI, beside those of the simulation's own tests, and in full.
const SEEDS: (usize, usize) = (20, 10_000);
/// Virtual time between two blocks of the simulation's calm.
const BLOCK: std::time::Duration = std::time::Duration::from_secs(12);

pub(super) fn rows() -> Vec<Spec> {
    let fault = "all of it mixed: a seed is one storm, recovery is counted from its end";
    vec![Spec::new("simulation", "storms", fault, Clock::Virtual, SEEDS, storm)]
}

async fn storm(case: Case) -> Result<Outcome, String> {
    // the seed of the campaign chooses which ten thousand
    let first = case.campaign_seed.wrapping_sub(1).wrapping_mul(SEEDS.1 as u64);
    let seed = first.wrapping_add(case.index as u64);
    let ran = tokio::task::spawn_blocking(move || simulation::run(seed)).await;
    let tally = ran
        .map_err(|error| format!("seed {seed}: {error}"))?
        .map_err(|violation| format!("{}", simulation::Failure { seed, violation }))?;
    Ok(Outcome {
        injections: tally.faults + tally.reorgs + tally.crashes + tally.rollbacks + tally.foreign,
        intents: tally.intents,
        wanted: tally.intents,
        seen: tally.intents,
        recovery: Some(BLOCK * u32::try_from(tally.slowest).unwrap_or(u32::MAX)),
        ..Outcome::default()
    })
}
