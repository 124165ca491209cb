//! The engine as a caller has it: opened on the ledger, handed the wishes, seen to the end.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tminus_chain::{
    outbox::{EventSink, Intent, IntentKey, Outbox, OutboxConfig, OutboxError, Until},
    rpc::Rpc,
    signer::Signers,
};

use super::{
    invariants::{CHAIN_ID, FEE_CEILING},
    scenario::Wish,
    site::{BLOCK_TIME, Site},
};

/// How a life ended by itself.
pub(super) type End = Result<(), OutboxError>;

fn config(site: &Site) -> OutboxConfig {
    OutboxConfig {
        in_flight: site.scenario.in_flight,
        bump_after: Duration::from_secs(BLOCK_TIME * 3),
        poll: Duration::from_secs(BLOCK_TIME / 2),
        ..OutboxConfig::new(FEE_CEILING)
    }
}

fn intent(wish: &Wish) -> Intent {
    Intent::new(IntentKey::new(&wish.key), wish.from, Some(wish.to), wish.data.clone()).with_value(wish.value)
}

fn sink(site: &Site) -> EventSink {
    let (trace, world) = (site.trace(), site.world.clone());
    Arc::new(move |event| {
        if let Some(trace) = trace {
            trace(&format!("{:4} {event:?}", world.height()));
        }
    })
}

/// The keys, derived once for all runs: that takes longer than many a run.
fn signers(count: u32) -> Result<Signers, OutboxError> {
    static MADE: [OnceLock<Signers>; 2] = [OnceLock::new(), OnceLock::new()];
    let slot = &MADE[usize::from(count > 1)];
    if let Some(made) = slot.get() {
        return Ok(made.clone());
    }
    let made = Signers::dev(CHAIN_ID, count)?;
    Ok(slot.get_or_init(|| made).clone())
}

/// Opens the engine and hands everything over; two tasks take a half each.
pub(super) async fn work(site: &Site, two_tasks: bool) -> End {
    let endpoints = site.nodes.iter().map(|node| (node.client(), node.label().to_owned())).collect();
    let rpc = Rpc::over_many(endpoints, tminus_chain::rpc::Options::default().with_seed(site.seed)).await?;
    if rpc.chain_id() != CHAIN_ID {
        // as any caller would: the plan is for another chain
        return Err(OutboxError::Halted(format!("this is chain {}", rpc.chain_id())));
    }
    let outbox = Outbox::open(rpc, &site.ledger(), signers(site.scenario.signers)?, config(site), sink(site)).await?;
    let intents: Vec<Intent> = site.scenario.wishes.iter().map(intent).collect();
    if two_tasks {
        let (left, right) = intents.split_at(intents.len() / 2);
        let (left, right) = tokio::join!(hand_over(site, &outbox, left), hand_over(site, &outbox, right));
        return left.and(right);
    }
    hand_over(site, &outbox, &intents).await
}

async fn hand_over(site: &Site, outbox: &Outbox, intents: &[Intent]) -> End {
    let settled = match site.scenario.independent {
        true => outbox.execute_independent(intents.to_vec(), Until::Finalized).await?,
        false => outbox.execute(intents.to_vec(), Until::Finalized).await?,
    };
    debug_assert_eq!(settled.len(), intents.len());
    Ok(())
}
