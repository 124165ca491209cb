//! The genesis, through the very calls that a launch makes, and when receipts were seen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tminus_chain::{
    evidence::Finding,
    outbox::{EventSink, OutboxEvent},
};
use tminus_genesis::{
    apply::{Context, PATIENCE, StepEvent},
    deployment::Deployment,
    plan::{Inputs, Plan},
    profile::Flight,
};

use super::{crowd::Crowd, scene::Scene};
use crate::{
    commands::{genesis::classify, note},
    exit::Failure,
    narrative::Stage,
};

/// Time between looks at a development chain.
const POLL: Duration = Duration::from_millis(50);
/// Price of a gas that the plan's costs are shown with.
const FEE: u128 = 20_000_000_000;

/// When the receipts of this process were seen.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) mined: HashMap<String, Instant>,
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
            OutboxEvent::Sent(..) | OutboxEvent::Bumped(..) | OutboxEvent::Held(..) => {}
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
pub(super) async fn genesis(scene: &Scene, crowd: &Crowd, stage: &mut Stage<'_>) -> Result<Genesis, Failure> {
    let inputs = Inputs {
        flight: Flight::Rehearsal,
        list: crowd.commitment(),
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
