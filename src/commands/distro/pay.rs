//! `tminus distro run`: paying a planned list.

use alloy::eips::BlockNumberOrTag;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use tminus_chain::{gas::GasRules, units::format_amount};
use tminus_distro::{
    distributor::Distributor,
    plan::Published,
    run::{Phase, RunError, RunOptions, RunReport, run},
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
    let keys = sending.keys.open(&rpc).await?;
    if sending.dry_run {
        let gaps = before.latest.done.undone();
        let rules = GasRules::detect(&rpc).await.map_err(Failure::failed)?;
        let model = tminus_distro::run::measure(&distributor, &committed, keys.sender, rules, &gaps)
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
    let door = sending.open(&rpc, &format!("distro-{}-{:#x}", rpc.chain_id(), of.distributor), keys).await?;
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
    let words = outcome(&report, &committed.facts);
    finish(as_json, Status::Done, json!({ "run": report }), words)
}

/// What a run came to. Whose amount is reserved is done with, but not paid.
fn outcome(report: &RunReport, facts: &Published) -> String {
    let mut words = format!("{} recipients paid in this run", report.recipients);
    if report.reserved > 0 {
        words += &format!(", {} could not be and have their amounts reserved", report.reserved);
    }
    words += &format!(", {} of {} chunks final", report.state.done_chunks, facts.chunks);
    if !report.state.reserved.is_zero() {
        let reserved = format_amount(report.state.reserved, facts.decimals);
        words += &format!("; {reserved} {} are reserved altogether", facts.symbol);
    }
    words
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

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256, U256};
    use tminus_chain::rpc::BlockRef;
    use tminus_distro::{
        distributor::{DoneBits, State},
        plan::SourceFile,
        recipients::Duplicates,
    };

    use super::*;

    fn facts() -> Published {
        let source = SourceFile {
            file: "list.csv".to_owned(),
            sha256: String::new(),
            rows: 100,
            duplicates: Duplicates::Reject,
            rows_summed: 0,
            comments: Vec::new(),
        };
        Published {
            format: 1,
            name: "crowd".to_owned(),
            chain_id: 1,
            token: Address::ZERO,
            symbol: "LPT".to_owned(),
            decimals: 2,
            root: B256::ZERO,
            total: "1000".to_owned(),
            total_tokens: "10".to_owned(),
            recipients: 100,
            chunk_size: 64,
            chunks: 2,
            list_keccak256: B256::ZERO,
            source,
        }
    }

    fn report(recipients: u64, reserved: u64, amount: u64) -> RunReport {
        let block = BlockRef { number: 1, hash: B256::ZERO, timestamp: 0, base_fee: 0, gas_limit: 0 };
        let state = State {
            block,
            done: DoneBits::none(2),
            done_chunks: 2,
            paid: U256::ZERO,
            reserved: U256::from(amount),
            remaining: U256::ZERO,
            balance: U256::ZERO,
        };
        let (batches, skipped) = (Vec::new(), Vec::new());
        RunReport { batches, skipped, recipients, reserved, batching: None, recuts: 0, state }
    }

    #[test]
    fn who_is_reserved_for_is_not_called_paid() {
        assert_eq!(outcome(&report(100, 0, 0), &facts()), "100 recipients paid in this run, 2 of 2 chunks final");
        assert_eq!(
            outcome(&report(99, 1, 77), &facts()),
            "99 recipients paid in this run, 1 could not be and have their amounts reserved, 2 of 2 chunks final; \
             0.77 LPT are reserved altogether"
        );
        // reserved by an earlier run
        assert_eq!(
            outcome(&report(0, 0, 77), &facts()),
            "0 recipients paid in this run, 2 of 2 chunks final; 0.77 LPT are reserved altogether"
        );
    }
}
