//! Genesis and airdrop, through the very calls that a launch makes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tminus_chain::{
    evidence::Finding,
    outbox::{EventSink, OutboxEvent},
};
use tminus_distro::{
    audit::{AuditOptions, AuditReport, audit},
    distributor::Distributor,
    plan::Committed,
    run::{Phase, RunOptions, paid_batches, run},
};
use tminus_genesis::{
    apply::{Context, PATIENCE, StepEvent},
    deployment::Deployment,
    plan::{Inputs, Plan},
    profile::Flight,
};

use super::{runs::millis, scene::Scene};
use crate::{
    commands::{connect::classify_outbox, distro::classify_run, genesis::classify, note},
    exit::Failure,
    narrative::Stage,
    report::{
        data::{Batch, Seen},
        format::count,
    },
};

/// Time between looks at a development chain.
const POLL: Duration = Duration::from_millis(50);
/// Intents handed to the outbox at a time.
const WINDOW: usize = 64;
/// Price of a gas that the plan's costs are shown with.
const FEE: u128 = 20_000_000_000;

/// When the receipts of this process were seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    mined: HashMap<String, Instant>,
}

impl Watch {
    /// The sink to give to the outbox.
    pub(super) fn sink(watch: &Arc<Mutex<Self>>) -> EventSink {
        let watch = Arc::clone(watch);
        Arc::new(move |event| match event {
            OutboxEvent::Mined(settled) => {
                let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
                watch.mined.entry(settled.key.as_str().to_owned()).or_insert_with(Instant::now);
            }
            OutboxEvent::Waiting(words) => note(format_args!("waiting: {words}")),
            OutboxEvent::Warning(words) => note(format_args!("warning: {words}")),
            OutboxEvent::Sent(..) | OutboxEvent::Bumped(..) => {}
        })
    }
}

/// A genesis that is over.
#[derive(Debug)]
pub(super) struct Genesis {
    /// What is where.
    pub(super) deployment: Deployment,
    /// The audit.
    pub(super) findings: Vec<Finding>,
}

/// Plans, approves, applies and audits the genesis.
pub(super) async fn genesis(scene: &Scene, crowd: &Committed, stage: &mut Stage<'_>) -> Result<Genesis, Failure> {
    let inputs = Inputs {
        flight: Flight::Rehearsal,
        commitment: crowd.commitment(),
        deployer: scene.deployer,
        base_nonce: scene.base_nonce,
        rules: scene.rules,
        fee: FEE,
        git_commit: None,
    };
    let plan = Plan::new(&scene.profile, inputs).map_err(Failure::input)?;
    let steps = plan.steps.len();
    let bar = stage.progress("genesis", "steps", 0, steps as u64);
    let approved = plan.approve(&scene.rpc).await.map_err(classify)?;
    let context = Context { outbox: &scene.outbox, dev: Some(&scene.dev), poll: POLL, patience: PATIENCE };
    let (mut done, mut found) = (0, 0);
    let applied = approved
        .apply(&context, |event| match event {
            StepEvent::Found(index, _) => {
                found += 1;
                bar.set(index as u64 + 1);
            }
            StepEvent::Waiting(..) | StepEvent::Started(..) => {}
            StepEvent::Done(index, ..) => {
                done += 1;
                bar.set(index as u64 + 1);
            }
        })
        .await
        .map_err(classify)?;
    bar.finish();
    if found > 0 {
        stage.found(&format!("{found} of {steps} steps"));
    }
    if done > 0 {
        stage.step(&format!("{done} of {steps} steps"));
    }
    let audited = applied.audit(&scene.rpc).await;
    stage.step(&format!("{} findings of the audit", audited.findings.len()));
    Ok(Genesis { deployment: audited.deployment, findings: audited.findings })
}

/// An airdrop that is over.
#[derive(Debug)]
pub(super) struct Airdrop {
    /// Recipients paid.
    pub(super) paid: u64,
    /// The transactions that the journal knows.
    pub(super) batches: Vec<Batch>,
}

/// Pays the crowd.
pub(super) async fn airdrop(
    scene: &Scene,
    crowd: &Committed,
    deployment: &Deployment,
    stage: &mut Stage<'_>,
    (watch, run_number): (&Arc<Mutex<Watch>>, u32),
) -> Result<Airdrop, Failure> {
    let options =
        RunOptions { window: WINDOW, poll: POLL, dev: Some(scene.dev.clone()), ..RunOptions::of(scene.operator) };
    let bar = stage.progress("airdrop", "recipients", 0, crowd.facts.recipients);
    let began = Instant::now();
    let report = run(&scene.outbox, deployment.addresses.distributor, crowd, &options, &|progress| {
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
    Ok(Airdrop { paid: crowd.facts.recipients, batches })
}

/// Compares every recipient's balance with the list, from the block before genesis ended to now.
pub(super) async fn audit_airdrop(scene: &Scene, crowd: &Committed, deployment: &Deployment) -> AuditReport {
    let distributor = Distributor::new(scene.rpc.clone(), deployment.addresses.distributor);
    audit(&distributor, crowd, AuditOptions { before: Some(deployment.last_block), at: None }).await
}
