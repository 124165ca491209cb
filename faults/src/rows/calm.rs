//! No fault: the time things take by themselves.

use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;

pub(super) fn rows() -> Vec<Spec> {
    let spec =
        |name, fault, clock, pace| Spec::new("calm", name, fault, clock, (2, 20), move |case| fair_weather(case, pace));
    vec![
        spec("virtual", "none, in virtual time", Clock::Virtual, Pace::VIRTUAL),
        spec("real", "none, by the clock of the machine", Clock::Real, Pace::REAL),
    ]
}

async fn fair_weather(case: Case, pace: Pace) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, pace)?;
    let _blocks = bench.blocks();
    let began = Instant::now();
    bench.execute(&pays("pay", INTENTS), 1).await?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), began)? })
}
