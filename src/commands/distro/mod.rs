//! `tminus distro import | amounts | sample | plan | run | status | audit | mine`: an airdrop committed to its list.
//!
//! `plan` turns a CSV into a folder with the canonical list and its commitment, to be published and reviewed; the other
//! commands take that folder and trust nothing in it: the root is computed again each time. `mine` is the distribution of
//! 2018, which pays nobody and lets everybody in a file of accounts take the same.
//!
//! - `import`: a strict list from other files
//! - `amounts`: a budget divided among balances
//! - `list`: sample and plan, which send nothing
//! - `pay`: run
//! - `look`: status and audit
//! - `mine`: the account file of 2018

mod amounts;
mod import;
mod list;
mod look;
mod mine;
mod pay;

use std::path::PathBuf;

use alloy::primitives::Address;
use clap::{Args, Subcommand};
use tminus_distro::{distributor::Distributor, plan::Committed};

pub(crate) use pay::classify_run;

use super::connect::{Endpoint, Sending};
use crate::exit::{Failure, Status};

/// Arguments of `tminus distro`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make one strict list of CSV, JSON, Parquet or raw files. Every row enters or is reported.
    Import(import::ImportArguments),
    /// Divide a budget among balances by a policy, to the last unit. Writes a list.
    Amounts(amounts::AmountsArguments),
    /// Write a synthetic recipient list, labelled so.
    Sample(list::SampleArguments),
    /// Validate a list, commit to it, choose batches under the gas rules. Sends nothing.
    Plan(list::PlanArguments),
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
    /// The distribution of 2018: root and proofs of a file of raw 20-byte accounts, and its MerkleMine.
    Mine(mine::Arguments),
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

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::Import(arguments) => import::run(&arguments, as_json),
        Action::Amounts(arguments) => amounts::run(&arguments, as_json),
        Action::Sample(arguments) => list::sample(&arguments, as_json),
        Action::Plan(arguments) => list::plan(&arguments, as_json).await,
        Action::Run { of, sending, max_chunks, skip_poison } => {
            pay::pay(&of, &sending, (max_chunks, skip_poison), as_json).await
        }
        Action::Status { of, endpoint } => look::show(&of, &endpoint, as_json).await,
        Action::Audit { of, endpoint, before, at } => look::compare(&of, &endpoint, (before, at), as_json).await,
        Action::Mine(arguments) => mine::run(arguments, as_json).await,
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
