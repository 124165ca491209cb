//! The seeded simulation at a size that fits CI: seeds that failed once, and a few hundred others.
//!
//! `SEEDS=from..to` chooses others; a failure names its seed and the command that repeats it.

use tminus_faults::simulation::{campaign, regressions::ONCE_FAILED, run};

const CI: std::ops::Range<u64> = 0..300;

#[test]
fn seeds_that_failed_once_hold() {
    for (seed, found) in ONCE_FAILED {
        let ran = run(*seed);
        assert!(ran.is_ok(), "seed {seed} ({found}): {}", ran.unwrap_err());
    }
}

#[test]
fn every_invariant_holds_in_any_weather() {
    let seeds = std::env::var("SEEDS").map_or(CI, |text| {
        let (from, to) = text.split_once("..").expect("SEEDS=from..to");
        from.parse().unwrap()..to.parse().unwrap()
    });
    let count = seeds.end - seeds.start;
    let (tally, failures) = campaign(seeds, 2, |_| {});
    assert!(failures.is_empty(), "{}", failures[0]);
    assert_eq!(tally.seeds, count);
    if count >= 100 {
        // a storm in which nothing happens shows nothing
        assert!(tally.reorgs > count && tally.crashes > count / 2 && tally.faults > count * 10, "{tally:?}");
        assert!(tally.foreign > 0 && tally.sends > tally.intents, "{tally:?}");
    }
}
