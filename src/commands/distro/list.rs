//! `tminus distro sample | plan`: lists and what is committed to, before anything is sent.

use std::path::{Path, PathBuf};

use alloy::{eips::BlockId, primitives::Address};
use clap::Args;
use serde_json::json;
use tminus_chain::{
    files::write_atomically,
    gas::{Fork, GasRules},
    rpc::Rpc,
    units::{format_amount, parse_amount},
};
use tminus_contracts::{bindings::LivepeerToken, commitment::DEFAULT_CHUNK_SIZE};
use tminus_distro::{
    batch::GasModel,
    plan::{Committed, Subject},
    recipients::{Duplicates, ReadOptions, read_file},
    sample::Sample,
};

use crate::{
    commands::{
        connect::{Endpoint, gas_price},
        finish,
    },
    exit::{Failure, Status},
    narrative::table::{Set, table},
};

/// Arguments of `distro sample`.
#[derive(Debug, Clone, Args)]
pub(super) struct SampleArguments {
    /// Recipients.
    #[arg(long)]
    count: u32,
    /// Seed.
    #[arg(long)]
    seed: u64,
    /// Sum of the amounts, in tokens.
    #[arg(long)]
    total: String,
    /// Decimals of the token.
    #[arg(long, default_value_t = 18)]
    decimals: u8,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Arguments of `distro plan`.
#[derive(Debug, Clone, Args)]
pub(super) struct PlanArguments {
    /// The list: a CSV with the header address,amount.
    #[arg(long)]
    recipients: PathBuf,
    /// The token.
    #[arg(long)]
    token: Address,
    /// Decimals of the token; asked from the token when there is an endpoint, and compared when both are there.
    #[arg(long, required_unless_present = "rpc")]
    decimals: Option<u8>,
    /// The chain; asked from the endpoint when there is one, and compared when both are there.
    #[arg(long, required_unless_present = "rpc")]
    chain_id: Option<u64>,
    /// Symbol of the token, for people.
    #[arg(long, default_value = "tokens")]
    symbol: String,
    /// Name of the distribution, part of every intent's key.
    #[arg(long, default_value = "crowd")]
    name: String,
    /// Recipients in a chunk.
    #[arg(long, default_value_t = DEFAULT_CHUNK_SIZE)]
    chunk_size: u32,
    /// What to do with an address that is there twice.
    #[arg(long, value_enum, default_value_t = OnDuplicates::Reject)]
    duplicates: OnDuplicates,
    /// Whether the distributor uses the token's transferBatch.
    #[arg(long)]
    transfer_batch: bool,
    /// Price of a gas for the cost shown.
    #[arg(long, default_value = "20 gwei")]
    gas_price: String,
    /// The JSON-RPC endpoint; without one the gas rules are Osaka's.
    #[arg(long, env = "ETH_RPC_URL", hide_env_values = true)]
    rpc: Option<String>,
    /// The folder to write.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnDuplicates {
    /// Refuse the list.
    Reject,
    /// Add the amounts up.
    Sum,
}

/// `distro sample`.
pub(super) fn sample(arguments: &SampleArguments, as_json: bool) -> Result<Status, Failure> {
    let SampleArguments { count, seed, ref total, decimals, ref out } = *arguments;
    let total = parse_amount(total, decimals).map_err(|error| Failure::Input(format!("--total: {error}")))?;
    refuse_to_replace(out)?;
    let mut text = Vec::new();
    Sample { count, seed, total, decimals }.write(&mut text).map_err(Failure::input)?;
    write_atomically(out, &text).map_err(Failure::failed)?;
    let words = format!("{count} synthetic recipients written to {}", out.display());
    finish(as_json, Status::Done, json!({ "recipients": count, "file": out }), words)
}

/// A list that is there may be the one that was published.
pub(super) fn refuse_to_replace(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        return Err(Failure::Input(format!("{} is there already: nothing was written", file.display())));
    }
    Ok(())
}

/// `distro plan`.
pub(super) async fn plan(arguments: &PlanArguments, as_json: bool) -> Result<Status, Failure> {
    let rpc = match &arguments.rpc {
        Some(url) => Some(Endpoint::at(url).connect().await?),
        None => None,
    };
    let chain_id = agree("chain id", arguments.chain_id, rpc.as_ref().map(Rpc::chain_id))?;
    let told = match &rpc {
        Some(rpc) => {
            let call = LivepeerToken::decimalsCall {};
            Some(rpc.view(arguments.token, call, BlockId::latest()).await.map_err(Failure::failed)?)
        }
        None => None,
    };
    let decimals = agree("decimals", arguments.decimals, told)?;
    let rules = match &rpc {
        Some(rpc) => GasRules::detect(rpc).await.map_err(Failure::failed)?,
        None => GasRules::of(Fork::Osaka, 60_000_000),
    };
    let duplicates = match arguments.duplicates {
        OnDuplicates::Reject => Duplicates::Reject,
        OnDuplicates::Sum => Duplicates::Sum,
    };
    let options = ReadOptions { duplicates, ..ReadOptions::of_token(arguments.token, decimals) };
    let read = read_file(&arguments.recipients, &options).map_err(Failure::input)?;
    let subject = Subject {
        name: arguments.name.clone(),
        chain_id,
        token: arguments.token,
        decimals,
        symbol: arguments.symbol.clone(),
    };
    let committed =
        Committed::new(&subject, read, &arguments.recipients, arguments.chunk_size).map_err(Failure::input)?;
    let fee = gas_price("--gas-price", &arguments.gas_price)?;
    let model = GasModel::estimated(rules.fork, arguments.chunk_size, arguments.transfer_batch);
    let plan = committed.plan(rules, model, Some(fee)).map_err(Failure::input)?;
    committed.write(&arguments.out).map_err(Failure::failed)?;
    let row = |name: &str, value: String| [name.to_owned(), value];
    let cost = plan.cost_wei.as_deref().and_then(|wei| wei.parse().ok()).map(|wei| format_amount(wei, 18));
    let rows = [
        row("root", plan.facts.root.to_string()),
        row("total", format!("{} {}", plan.facts.total_tokens, plan.facts.symbol)),
        row("recipients", plan.facts.recipients.to_string()),
        row("chunks", format!("{} of {}", plan.facts.chunks, plan.facts.chunk_size)),
        row("chunks a batch", format!("{} (bound by {:?})", plan.batching.chunks, plan.batching.bound).to_lowercase()),
        row("batches", plan.batches.to_string()),
        row("gas, estimated", format!("{} ({} a recipient)", plan.gas, plan.gas_per_recipient)),
        row("cost, estimated", format!("{} ether", cost.unwrap_or_default())),
        row("written to", arguments.out.display().to_string()),
    ];
    finish(as_json, Status::Done, json!({ "plan": plan }), table(&[("", Set::Left), ("", Set::Left)], &rows))
}

/// What was given and what the chain tells have to be the same; one of them has to be there.
fn agree<T: PartialEq + std::fmt::Display>(what: &str, given: Option<T>, told: Option<T>) -> Result<T, Failure> {
    match (given, told) {
        (Some(given), Some(told)) if given != told => {
            Err(Failure::Input(format!("{what} {given} was given, but the chain says {told}: nothing was written")))
        }
        (given, told) => told.or(given).ok_or_else(|| Failure::Input(format!("no {what}"))),
    }
}
