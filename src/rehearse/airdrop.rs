//! The airdrop, through the very calls that a launch makes.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy::primitives::U256;
use tminus_distro::{
    audit::{AuditOptions, AuditReport, audit},
    distributor::Distributor,
    plan::Committed,
    run::{Phase, RunOptions, paid_batches, run},
};
use tminus_genesis::deployment::Deployment;

use super::{launch::Watch, runs::millis, scene::Scene};
use crate::{
    commands::{connect::classify_outbox, distro::classify_run},
    exit::Failure,
    narrative::Stage,
    report::{
        data::{Batch, Distribution, Seen},
        format::count,
        histogram::AmountHistogram,
    },
};

/// Time between looks at a development chain.
const POLL: Duration = Duration::from_millis(50);
/// Intents handed to the outbox at a time.
const WINDOW: usize = 64;

/// Pays the crowd.
pub(super) async fn pay(
    scene: &Scene,
    crowd: &Committed,
    deployment: &Deployment,
    stage: &mut Stage<'_>,
    (watch, run_number): (&Arc<Mutex<Watch>>, u32),
) -> Result<Distribution, Failure> {
    let options =
        RunOptions { window: WINDOW, poll: POLL, dev: Some(scene.dev.clone()), ..RunOptions::of(scene.operator) };
    let bar = stage.progress("airdrop", "recipients", 0, crowd.facts.recipients);
    let began = Instant::now();
    let report = run(&scene.outbox, deployment.addresses.distribution, crowd, &options, &|progress| {
        if progress.phase != Phase::Measuring {
            bar.set(progress.recipients);
        }
    })
    .await
    .map_err(classify_run)?;
    bar.finish();
    let took = began.elapsed();
    let before = crowd.facts.recipients - report.recipients;
    if before > 0 {
        stage.found(&format!("{} recipients paid", count(before)));
    }
    if report.recipients > 0 {
        let rate = u128::from(report.recipients) * 1_000 / took.as_millis().max(1);
        let rate = count(u64::try_from(rate).unwrap_or(u64::MAX));
        stage.step(&format!("{} recipients paid, {rate} a second", count(report.recipients)));
    }
    let watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
    let name = &crowd.facts.name;
    let batches = paid_batches(&scene.outbox, crowd)
        .map_err(classify_outbox)?
        .into_iter()
        .map(|batch| Batch {
            first_chunk: batch.first,
            recipients: u32::try_from(batch.recipients).unwrap_or(u32::MAX),
            gas_used: batch.gas_used,
            seen: watch
                .mined
                .get(&format!("distro/{name}/chunks/{}..{}", batch.first, batch.end))
                .map(|at| Seen { run: run_number, millis: millis(at.saturating_duration_since(began)) }),
        })
        .collect();
    Ok(Distribution {
        list_root: crowd.facts.root,
        recipients: crowd.facts.recipients,
        paid: crowd.facts.recipients,
        total: crowd.list.total(),
        chunk_size: crowd.facts.chunk_size,
        gas_cap: Some(scene.rules.transaction_cap),
        batches,
        amounts: AmountHistogram::of(crowd.list.iter().map(|entry| U256::from(entry.amount)).collect()),
    })
}

/// Compares every recipient's balance with the list, from the block before genesis ended to now.
pub(super) async fn look(scene: &Scene, crowd: &Committed, deployment: &Deployment) -> AuditReport {
    let distributor = Distributor::new(scene.rpc.clone(), deployment.addresses.distribution);
    audit(&distributor, crowd, AuditOptions { before: Some(deployment.last_block), at: None }).await
}
