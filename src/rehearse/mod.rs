//! The rehearsal of a whole launch: the stages in order, the same whether it is the first start or the fiftieth.
//!
//! - `scene`: the chain, the keys, the outbox, the folder; `parameters`: what was asked for; `runs`: who took part
//! - `crowd`: the synthetic crowd and its commitment
//! - `launch`: the genesis, as on a live network
//! - `give`: what becomes of the crowd's part, by its kind: `airdrop`, `claims` or `faucet`
//! - `vesting`: the clock is moved, a grant revoked, everything released; `observe`: what the history says of it
//! - `outcome`: what the chain says of it all, the report and the document
//!
//! Nothing here remembers what was done. Every stage asks the chain, does what is missing, and goes on.

mod airdrop;
mod claims;
mod crowd;
mod faucet;
mod give;
mod launch;
mod observe;
mod outcome;
mod parameters;
mod runs;
mod scene;
mod vesting;

use std::sync::{Arc, Mutex};

pub(crate) use scene::Request;

use tminus_genesis::steps::Layout;

use crate::{
    commands::{self, document},
    exit::{Failure, Status},
    narrative::Narrative,
};
use launch::Watch;
use runs::Runs;

/// Stages of the narrative.
const STAGES: u32 = 6;

/// Runs or resumes a rehearsal.
///
/// # Errors
/// [`Failure`]; a halt is cured by running again.
pub(crate) async fn run(request: &Request, as_json: bool) -> Result<Status, Failure> {
    let (prepared, _lock) = request.prepare().await?;
    let narrative = Narrative::new(as_json);
    let mut runs = Runs::start(&request.folder())?;
    let chain = if request.rpc.is_some() { "on a development chain" } else { "on a chain inside this process" };
    let title = format!("{} · {}", prepared.profile.title, request.crowd_in_words(&prepared.profile)?);
    narrative.countdown(&title, chain, STAGES);
    if runs.number() > 0 {
        narrative.remark(&format!("taken up again: start {} of this rehearsal", runs.number() + 1));
    }
    let result = fly(request, prepared, &narrative, &mut runs).await;
    runs.end(result.is_ok())?;
    let finished = result?;
    narrative.summary(&finished.data, &finished.report);
    if finished.nothing_done {
        narrative
            .remark("All of it was done before: nothing was sent, everything was checked again. --fresh begins anew.");
    }
    let status = commands::checks::status(finished.checks.outcome);
    if as_json {
        document(status, finished.document());
    }
    Ok(status)
}

async fn fly(
    request: &Request,
    prepared: scene::Prepared,
    narrative: &Narrative,
    runs: &mut Runs,
) -> Result<outcome::Finished, Failure> {
    let watch = Arc::new(Mutex::new(Watch::default()));

    let mut stage = narrative.stage("Chain and crowd");
    runs.enter("Chain and crowd")?;
    let replay = stage.progress("replaying the chain", "blocks", 0, 0);
    let mut scene = request.open(prepared, |replayed| replay.set(replayed.done), Watch::sink(&watch)).await?;
    replay.finish();
    stage.step(&format!("{}, chain {}, {} rules", scene.rpc.label(), scene.rpc.chain_id(), scene.fork()));
    let crowd = crowd::take(&mut scene, request)?;
    if let Some(root) = crowd.root() {
        stage.step(&format!("root {root}"));
    }
    let summary = crowd.summary();
    stage.done(&summary);
    runs.leave(&summary)?;

    let mut stage = narrative.stage("Genesis");
    runs.enter("Genesis")?;
    let genesis = launch::genesis(&scene, &crowd, &mut stage).await?;
    let summary = format!(
        "{} contracts, {} grants, two multisigs in charge since block {}",
        Layout::of(scene.profile.variant()).contracts().count(),
        genesis.deployment.grants.len(),
        genesis.deployment.last_block
    );
    stage.done(&summary);
    runs.leave(&summary)?;

    let [act, look] = give::titles(&crowd);
    let mut stage = narrative.stage(act);
    runs.enter(act)?;
    let (given, summary) = give::give(&scene, &crowd, &genesis.deployment, &mut stage, (&watch, runs.number())).await?;
    stage.done(&summary);
    runs.leave(&summary)?;

    let stage = narrative.stage(look);
    runs.enter(look)?;
    let (seen, summary) = give::look(&scene, &crowd, &genesis.deployment).await?;
    stage.done(&summary);
    runs.leave(&summary)?;

    let mut stage = narrative.stage("Vesting");
    runs.enter("Vesting")?;
    let bar = stage.progress("moving the clock", "stops", 0, vesting::STEPS);
    let released =
        vesting::fly(&scene.rpc, &scene.dev, &scene.outbox, scene.operator, &genesis.deployment, |at| bar.set(at))
            .await?;
    bar.finish();
    stage.note("the bank multisig is impersonated: nobody has its key here");
    let observed = observe::observe(&scene.rpc, &genesis.deployment).await?;
    let summary = match released {
        0 => "all grants were released before, one of them revoked half way".to_owned(),
        _ => format!("{released} releases, one grant revoked half way"),
    };
    stage.done(&summary);
    runs.leave(&summary)?;

    let stage = narrative.stage("Checklist and report");
    runs.enter("Checklist and report")?;
    let finished = outcome::conclude(outcome::Flown { scene, genesis, given, seen, observed }, runs).await?;
    narrative.checks(&finished.data.checks);
    let summary = format!("report written, {} findings behind it", finished.checks.findings);
    stage.done(&summary);
    runs.leave(&summary)?;
    Ok(finished)
}
