//! The lives of the engine in one run: several in the storm, each cut short somewhere, and one in the calm.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tminus_chain::outbox::OutboxError;

use super::{
    Tally,
    engine::{self, End},
    invariants::{self, Invariant, Violation},
    scenario::{Crash, LedgerFate, Scenario, Storm},
    site::{BLOCK_TIME, Site, Trace},
    weather::{self, Happened},
};

/// Blocks in calm weather within which everything has to end.
const CALM_BLOCKS: u64 = 600;
/// Runs in calm weather: a caller runs again after an end that running again can cure.
const CALM_RUNS: usize = 24;

/// All of a seed.
pub(super) async fn lives(seed: u64, trace: Option<Trace>) -> Result<Tally, Violation> {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let scenario = Scenario::draw(&mut rng);
    let storms = scenario.storms.clone();
    let mut site = Site::new(seed, scenario, trace)?;
    site.tell(|| {
        format!(
            "{} wishes, {} endpoints, {} in flight, finality {}",
            site.scenario.wishes.len(),
            site.nodes.len(),
            site.scenario.in_flight,
            site.scenario.finality_depth
        )
    });
    site.world.mine(usize::from(rng.random_bool(0.5)) * 20);
    let disk = |error: std::io::Error| Violation::new(Invariant::Journaled, error.to_string());
    for storm in storms {
        if storm.ledger != LedgerFate::Same {
            // whoever puts a copy back does so at an endpoint that is well
            site.calm();
        }
        site.prepare(storm.ledger, rng.random_range(0..1_000)).map_err(disk)?;
        site.tell(|| format!("{storm:?}"));
        in_the_storm(&mut site, &storm, ChaCha12Rng::seed_from_u64(rng.random())).await?;
        invariants::journal(&site)?;
        site.copy().map_err(disk)?;
    }
    in_the_calm(&mut site).await?;
    invariants::at_the_end(&site)?;
    site.tally.sends = site.world.sends().len() as u64;
    site.tally.faults = site.nodes.iter().map(tminus_adversary::Node::fired).sum();
    site.tally.intents = site.scenario.wishes.len() as u64;
    Ok(site.tally)
}

async fn in_the_storm(site: &mut Site, storm: &Storm, rng: ChaCha12Rng) -> Result<(), Violation> {
    let mut happened = Happened::default();
    let polls = if let Crash::Polls(polls) = storm.crash { polls } else { u64::MAX };
    let seconds = if let Crash::Seconds(seconds) = storm.crash { seconds } else { 3_600 };
    let crashed = {
        let life = Fuse { life: Box::pin(engine::work(site, storm.two_tasks)), polls };
        tokio::select! {
            biased;
            end = life => match end {
                Some(end) => {
                    site.tell(|| format!("the life ends: {end:?}"));
                    bearable(&end)?;
                    false
                }
                None => true,
            },
            weather = weather::storm(site, storm.roughness, rng, &mut happened) => {
                weather?;
                false
            }
            () = tokio::time::sleep(Duration::from_secs(seconds)) => true,
        }
    };
    if crashed {
        site.tell(|| "the life is cut short".to_owned());
    }
    site.tally.crashes += u64::from(crashed);
    site.tally.reorgs += happened.reorgs;
    site.tally.foreign += happened.foreign;
    Ok(())
}

async fn in_the_calm(site: &mut Site) -> Result<(), Violation> {
    site.calm();
    site.tell(|| "calm".to_owned());
    let from = site.world.height();
    let mut last = None;
    for _ in 0..CALM_RUNS {
        let left = CALM_BLOCKS.saturating_sub(site.world.height() - from);
        let end = tokio::select! {
            biased;
            end = engine::work(site, false) => end,
            weather = weather::calm(site) => {
                weather?;
                continue;
            }
            () = tokio::time::sleep(Duration::from_secs(left * BLOCK_TIME)) => break,
        };
        site.tell(|| format!("the life ends: {end:?}"));
        bearable(&end)?;
        match end {
            Ok(()) => {
                site.tally.slowest = site.world.height() - from;
                return Ok(());
            }
            Err(error) => last = Some(error),
        }
        // a caller does not come back at once
        site.world.mine(1);
    }
    let last = last.map_or_else(|| "no run ended".to_owned(), |error| error.to_string());
    let states = invariants::standing(site)?;
    let words = format!("not done {} blocks into the calm; {last}; {states}", site.world.height() - from);
    Err(Violation::new(Invariant::Terminal, words))
}

/// Ends that running again can cure. What a key stands for, and what the journal holds, must never be in doubt.
fn bearable(end: &End) -> Result<(), Violation> {
    match end {
        Err(OutboxError::Conflict(key)) => {
            Err(Violation::new(Invariant::OnePayload, format!("{key} was taken for another")))
        }
        // an endpoint that is of another chain: stopping is what is wanted
        Err(OutboxError::Local(words)) if words.contains("nothing is signed") => Ok(()),
        Err(OutboxError::Local(words)) => Err(Violation::new(Invariant::Journaled, words.clone())),
        _ => Ok(()),
    }
}

/// A life that is dropped after so many polls, at whichever await it has come to.
struct Fuse<F> {
    life: Pin<Box<F>>,
    polls: u64,
}

impl<F: Future> Future for Fuse<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.life.as_mut().poll(context).map(Some)
    }
}
