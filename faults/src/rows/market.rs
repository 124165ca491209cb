//! Pools, fees and balances.

use std::time::Duration;

use alloy::primitives::U256;
use tminus_chain::outbox::{OutboxConfig, OutboxEvent, Until};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Blocks, PAYER, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 8;
const GWEI: u64 = 1_000_000_000;
/// Virtual seconds after which pools forget.
const LIFETIME: u64 = 10_800;

pub(super) fn rows() -> Vec<Spec> {
    let row = |name, fault, cases, run: Plan| {
        Spec::new("market", name, fault, Clock::Virtual, cases, move |case| storm(case, run))
    };
    vec![
        row("pool-dropped", "everything leaves the pool without a word", (3, 50), Plan::PoolDropped),
        row("lifetime", "nothing is mined for three hours, and the pool forgets", (1, 10), Plan::Lifetime),
        row("base-fee-x10", "the base fee rises tenfold and comes back", (3, 50), Plan::BaseFee),
        row("ceiling-falls-back", "the base fee stays above the ceiling for half an hour", (2, 20), Plan::Ceiling),
        row("tip-0", "nobody on the chain tips", (2, 20), Plan::NoTips),
        row("balance-gone", "the account is empty for ten minutes", (2, 20), Plan::Balance)
            .with_operator("fund the account, run again"),
        Spec::new(
            "market",
            "ceiling-lifted",
            "the base fee is above the ceiling for good",
            Clock::Virtual,
            (3, 50),
            ceiling_lifted,
        )
        .with_operator("raise the ceiling"),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Plan {
    PoolDropped,
    Lifetime,
    BaseFee,
    Ceiling,
    NoTips,
    Balance,
}

/// Base fee above which nothing is offered at the usual pace of the market rows.
fn config() -> OutboxConfig {
    OutboxConfig { max_fee_per_gas: u128::from(40 * GWEI), ..Pace::VIRTUAL.config() }
}

async fn storm(case: Case, plan: Plan) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    if matches!(plan, Plan::NoTips) {
        bench.world.configure(|config| (config.min_tip, config.suggested_tip) = (0, 0));
    }
    let blocks = bench.blocks();
    let intents = pays("pay", INTENTS);
    // how much is out already when it strikes: from nothing to nearly all
    let out = 1 + case.index % (INTENTS - 1);
    let began = Instant::now();
    let weather = async {
        if !matches!(plan, Plan::NoTips) {
            bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
        }
        let struck = Instant::now();
        strike(&bench, &blocks, plan).await?;
        Ok::<_, String>(struck)
    };
    let runs = if matches!(plan, Plan::Balance) { 40 } else { 1 };
    let mut config = config();
    if matches!(plan, Plan::Lifetime) {
        // hours pass: looked at less often
        config.poll *= 10;
    }
    let (done, struck) = tokio::join!(bench.execute_with(&config, &intents, runs), weather);
    let struck = struck?;
    done?;
    let since = if matches!(plan, Plan::NoTips) { began } else { struck };
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), since)? })
}

async fn strike(bench: &Bench, blocks: &Blocks, plan: Plan) -> Result<(), String> {
    match plan {
        Plan::PoolDropped => {
            blocks.hold(true);
            bench.until("something waits", |bench| !bench.world.pooled().is_empty()).await?;
            bench.world.drop_pool();
            blocks.hold(false);
        }
        Plan::Lifetime => {
            blocks.hold(true);
            bench.until("something waits", |bench| !bench.world.pooled().is_empty()).await?;
            bench.world.advance(LIFETIME);
            if !bench.world.pooled().is_empty() {
                return Err("the pool did not forget".to_owned());
            }
            tokio::time::sleep(Duration::from_secs(LIFETIME)).await;
            blocks.hold(false);
        }
        Plan::BaseFee => {
            for step in 1..=10 {
                bench.world.base_fee(Some(step * GWEI));
                tokio::time::sleep(Pace::VIRTUAL.block).await;
            }
            tokio::time::sleep(Pace::VIRTUAL.block * 10).await;
            bench.world.base_fee(Some(GWEI));
        }
        Plan::Ceiling => {
            bench.world.base_fee(Some(50 * GWEI));
            tokio::time::sleep(Duration::from_secs(1_800)).await;
            bench.world.base_fee(Some(GWEI));
        }
        Plan::NoTips => {}
        Plan::Balance => {
            let had = bench.world.balance(PAYER);
            bench.world.set_balance(PAYER, U256::ZERO);
            tokio::time::sleep(Duration::from_secs(600)).await;
            bench.world.set_balance(PAYER, had);
        }
    }
    Ok(())
}

/// The engine waits and says so; then an operator raises the ceiling, which is a new configuration and a new run.
async fn ceiling_lifted(case: Case) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let _blocks = bench.blocks();
    let intents = pays("pay", INTENTS);
    let out = 1 + case.index % (INTENTS - 1);
    let first = async {
        let outbox = bench.open_with(config()).await.map_err(|error| error.to_string())?;
        let done = outbox.execute_independent(intents.clone(), Until::Finalized).await;
        Err::<Instant, _>(format!("ended under the ceiling: {done:?}"))
    };
    let weather = async {
        bench.until("enough is out", |bench| bench.versions().len() >= out).await?;
        bench.world.base_fee(Some(50 * GWEI));
        let told = |event: &OutboxEvent| matches!(event, OutboxEvent::Waiting(words) if words.contains("limit"));
        bench.until("the engine told of its ceiling", |bench| bench.told(told)).await?;
        Ok(Instant::now())
    };
    let struck = tokio::select! {
        struck = first => struck,
        struck = weather => struck,
    }?;
    let lifted = OutboxConfig { max_fee_per_gas: u128::from(500 * GWEI), ..config() };
    bench.execute_with(&lifted, &intents, 1).await?;
    Ok(Outcome { injections: 1, ..bench.account(&keys("pay", INTENTS), struck)? })
}
