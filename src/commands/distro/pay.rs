//! `tminus distro run`: paying a planned list.

use alloy::eips::BlockNumberOrTag;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use tminus_chain::gas::GasRules;
use tminus_distro::{
    distributor::Distributor,
    run::{Phase, RunError, RunOptions, run},
    status::status,
};

use super::Of;
use crate::{
    commands::{connect::Sending, finish, note},
    exit::{Failure, Status},
};

/// `distro run`.
pub(super) async fn pay(
    of: &Of,
    sending: &Sending,
    (max_chunks, skip_poison): (Option<u64>, bool),
    as_json: bool,
) -> Result<Status, Failure> {
    let committed = of.open()?;
    let rpc = sending.endpoint.connect().await?;
    let distributor = Distributor::new(rpc.clone(), of.distributor);
    tminus_distro::run::preflight(&distributor, &committed).await.map_err(classify_run)?;
    let before = status(&distributor, &committed).await.map_err(Failure::halted)?;
    let left = committed.facts.recipients - before.recipients_done;
    note(format_args!("{} recipients are paid, {left} are not", before.recipients_done));
    if sending.dry_run {
        let (_, sender) = sending.signers(&rpc)?;
        let gaps = before.latest.done.undone();
        let rules = GasRules::detect(&rpc).await.map_err(Failure::failed)?;
        let model = tminus_distro::run::measure(&distributor, &committed, sender, rules, &gaps)
            .await
            .map_err(Failure::failed)?;
        let latest = rpc.block(BlockNumberOrTag::Latest).await.map_err(Failure::failed)?;
        let plan = committed.plan(rules, model, Some(u128::from(latest.base_fee))).map_err(Failure::input)?;
        let words = format!("a full run would be {} transactions, {} gas; nothing was sent", plan.batches, plan.gas);
        return finish(as_json, Status::Done, json!({ "dry_run": true, "left": left, "plan": plan }), words);
    }
    if left > 0 {
        sending.confirm(&format!("Pay {left} recipients on chain {}?", rpc.chain_id()))?;
    }
    let door = sending.open(&rpc, &format!("distro-{}-{:#x}", rpc.chain_id(), of.distributor)).await?;
    let options = RunOptions {
        skip_poison,
        max_chunks,
        poll: Sending::poll(&rpc),
        dev: door.dev.clone(),
        ..RunOptions::of(door.sender)
    };
    let bar = ProgressBar::new(committed.facts.recipients);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} recipients  {msg}") {
        bar.set_style(style);
    }
    let report = run(&door.outbox, of.distributor, &committed, &options, &|progress| {
        bar.set_position(progress.recipients);
        bar.set_message(match (progress.phase, progress.rate, progress.left) {
            (Phase::Finalizing, ..) => "waiting for finality".to_owned(),
            (_, Some(rate), Some(left)) => format!("{rate}/s, {} left", HumanDuration(left)),
            _ => String::new(),
        });
    })
    .await
    .map_err(classify_run)?;
    bar.finish_and_clear();
    let words = format!(
        "{} recipients paid in this run, {} of {} chunks final",
        report.recipients, report.state.done_chunks, committed.facts.chunks
    );
    finish(as_json, Status::Done, json!({ "run": report }), words)
}

/// Why a run did not finish, as an exit.
pub(crate) fn classify_run(error: RunError) -> Failure {
    if error.is_refusal() {
        Failure::input(error)
    } else if error.can_resume() {
        Failure::Halted(error.to_string())
    } else {
        Failure::failed(error)
    }
}
