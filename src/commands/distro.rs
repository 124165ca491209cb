//! `tminus distro sample | plan | run | status | audit`: an airdrop committed to its list.
//!
//! `plan` turns a CSV into a folder with the canonical list and its commitment, to be published and reviewed; the other
//! commands take that folder and trust nothing in it: the root is computed again each time.

use std::path::PathBuf;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::Address,
};
use clap::{Args, Subcommand};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use tminus_chain::{
    evidence::Verdict,
    files::write_atomically,
    gas::{Fork, GasRules},
    rpc::Rpc,
    units::{format_amount, parse_amount},
};
use tminus_contracts::{bindings::LivepeerToken, commitment::DEFAULT_CHUNK_SIZE};
use tminus_distro::{
    audit::{AuditOptions, audit},
    batch::GasModel,
    distributor::Distributor,
    plan::{Committed, Subject},
    recipients::{Duplicates, ReadOptions, read_file},
    run::{Phase, RunError, RunOptions, run as pay},
    sample::Sample,
    status::status,
};

use super::{
    connect::{Endpoint, Sending, gas_price},
    document, note, say,
};
use crate::{
    exit::{Failure, Status},
    narrative::table::{Set, table},
};

/// Arguments of `tminus distro`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a synthetic recipient list, labelled so.
    Sample {
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
    },
    /// Validate a list, commit to it, choose batches under the gas rules. Sends nothing.
    Plan(PlanArguments),
    /// Pay what is not paid yet; run again to resume.
    Run {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        sending: Sending,
        /// Most chunks in a transaction, below what gas allows.
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        max_chunks: Option<u64>,
        /// Pay the rest of a chunk when one of its recipients cannot be paid, whose amount stays reserved (owner only).
        #[arg(long)]
        skip_poison: bool,
    },
    /// Show what is paid and what is not, from the chain alone.
    Status {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Compare every recipient's balance change with the list.
    Audit {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        endpoint: Endpoint,
        /// The block before the first payment; found from the chain when not given.
        #[arg(long)]
        before: Option<u64>,
        /// The block to audit; that of the last payment when not given.
        #[arg(long)]
        at: Option<u64>,
    },
}

/// A planned list and the contract that pays it.
#[derive(Debug, Clone, Args)]
struct Of {
    /// The folder that `distro plan` wrote.
    #[arg(long)]
    list: PathBuf,
    /// The TokenDistributor.
    #[arg(long)]
    distributor: Address,
}

#[derive(Debug, Clone, Args)]
struct PlanArguments {
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

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::Sample { count, seed, total, decimals, out } => {
            let total = parse_amount(&total, decimals).map_err(|error| Failure::Input(format!("--total: {error}")))?;
            if out.exists() {
                return Err(Failure::Input(format!("{} is there already: nothing was written", out.display())));
            }
            let mut text = Vec::new();
            Sample { count, seed, total, decimals }.write(&mut text).map_err(Failure::input)?;
            write_atomically(&out, &text).map_err(Failure::failed)?;
            let words = format!("{count} synthetic recipients written to {}", out.display());
            finish(as_json, Status::Done, json!({ "recipients": count, "file": out }), words)
        }
        Action::Plan(arguments) => plan(&arguments, as_json).await,
        Action::Run { of, sending, max_chunks, skip_poison } => {
            pay_list(&of, &sending, (max_chunks, skip_poison), as_json).await
        }
        Action::Status { of, endpoint } => {
            let committed = of.open()?;
            let status = status(&of.distributor(&endpoint).await?, &committed).await.map_err(Failure::inconclusive)?;
            let amount = |value| format_amount(value, committed.facts.decimals);
            let row = |name: &str, value: String| [name.to_owned(), value];
            let rows = [
                row("recipients done", format!("{} of {}", status.recipients_done, committed.facts.recipients)),
                row("chunks done", format!("{} of {}", status.latest.done_chunks, status.chunks)),
                row("chunks final", format!("{} of {}", status.finalized.done_chunks, status.chunks)),
                row("paid", amount(status.latest.paid)),
                row("reserved", amount(status.latest.reserved)),
                row("remaining", amount(status.latest.remaining)),
                row("balance", amount(status.latest.balance)),
                row(
                    "differences",
                    if status.differences.is_empty() { "none".to_owned() } else { status.differences.join("; ") },
                ),
            ];
            let verdict = if status.differences.is_empty() { Status::Done } else { Status::Mismatch };
            let words = table(&[("", Set::Left), ("", Set::Right)], &rows);
            finish(as_json, verdict, json!({ "distribution": status }), words)
        }
        Action::Audit { of, endpoint, before, at } => {
            let committed = of.open()?;
            let report = audit(&of.distributor(&endpoint).await?, &committed, AuditOptions { before, at }).await;
            let status = match report.verdict() {
                Verdict::Holds => Status::Done,
                Verdict::Fails => Status::Mismatch,
                Verdict::Unknown => Status::Inconclusive,
            };
            let mut words: Vec<String> = report
                .findings
                .iter()
                .map(|finding| {
                    let verdict = format!("{:?}", finding.verdict).to_lowercase();
                    format!(
                        "{verdict:<8} {}: expected {}, observed {}",
                        finding.check, finding.expected, finding.observed
                    )
                })
                .collect();
            words.extend(report.mismatches.iter().map(|wrong| {
                format!(
                    "         {}: listed {}, had {}, has {}",
                    wrong.recipient, wrong.expected, wrong.before, wrong.after
                )
            }));
            finish(as_json, status, json!({ "audit": report }), words.join("\n"))
        }
    }
}

impl Of {
    fn open(&self) -> Result<Committed, Failure> {
        Committed::open(&self.list).map_err(Failure::input)
    }

    async fn distributor(&self, endpoint: &Endpoint) -> Result<Distributor, Failure> {
        Ok(Distributor::new(endpoint.look().await?, self.distributor))
    }
}

async fn plan(arguments: &PlanArguments, as_json: bool) -> Result<Status, Failure> {
    let rpc = match &arguments.rpc {
        Some(url) => Some(Endpoint { rpc: url.clone() }.connect().await?),
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

async fn pay_list(
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
    let report = pay(&door.outbox, of.distributor, &committed, &options, &|progress| {
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

fn finish(as_json: bool, status: Status, body: serde_json::Value, words: String) -> Result<Status, Failure> {
    if as_json {
        document(status, body);
    } else {
        say(words);
    }
    Ok(status)
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
