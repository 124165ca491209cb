//! `tminus distro amounts`: a budget divided among balances by a policy.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tminus_chain::units::format_amount;
use tminus_distro::{
    amounts::{AmountsRecord, Policy, amounts},
    import::Meaning,
};

use super::{
    import::{Source, stages},
    list::refuse_to_replace,
};
use crate::{
    commands::finish,
    exit::{Failure, Status},
    narrative::table::{Set, table},
};

/// Arguments of `distro amounts`.
#[derive(Debug, Clone, Args)]
pub(super) struct AmountsArguments {
    #[command(flatten)]
    source: Source,
    /// The policy, a TOML file: budget, share, bounds. Its [balance] has the decimals of the balances.
    #[arg(long)]
    policy: PathBuf,
    /// The folder to write: the list, the record, the rejects and the policy.
    #[arg(long)]
    out: PathBuf,
}

/// `distro amounts`.
pub(super) fn run(arguments: &AmountsArguments, as_json: bool) -> Result<Status, Failure> {
    let (policy, text) = Policy::read(&arguments.policy).map_err(Failure::input)?;
    let decimals = policy.balance.as_ref().map(|asset| asset.decimals);
    let options = arguments.source.options(decimals, Meaning::Balances)?;
    refuse_to_replace(&arguments.out)?;
    let record = amounts(&policy, &text, &options, &arguments.out)
        .map_err(|error| if error.is_input() { Failure::input(error) } else { Failure::failed(error) })?;
    let words = words(&record, &arguments.out.display().to_string());
    finish(as_json, Status::Done, json!({ "amounts": record, "folder": arguments.out }), words)
}

fn words(record: &AmountsRecord, folder: &str) -> String {
    let row = |name: &str, value: String| [name.to_owned(), value];
    let asset = &record.policy.token;
    let whole = |base: &str| {
        let value = base.parse().map(|value| format_amount(value, asset.decimals)).unwrap_or_default();
        format!("{value} {}", asset.symbol)
    };
    let figures = &record.figures;
    let rows = [
        row("recipients", figures.recipients.to_string()),
        row("total, the budget", whole(&figures.total)),
        row("smallest", format!("{} ({} at the floor)", whole(&figures.smallest), figures.at_floor)),
        row("largest", format!("{} ({} at the cap)", whole(&figures.largest), figures.at_cap)),
        row("policy sha256", record.policy_file.sha256.clone()),
        row("list sha256", record.list.sha256.clone()),
        row("written to", folder.to_owned()),
    ];
    let all = record.reading.stages.iter().chain(&record.stages).cloned().collect();
    let reading = tminus_distro::import::Reading { stages: all, ..record.reading.clone() };
    format!("{}\n\n{}", stages(&reading), table(&[("", Set::Left), ("", Set::Left)], &rows))
}
