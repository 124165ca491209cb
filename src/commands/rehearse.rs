//! `tminus rehearse`: the whole launch on a chain inside the process.

use std::path::PathBuf;

use clap::Args;

use crate::{
    exit::{Failure, Status},
    rehearse::Request,
};

/// Arguments of `tminus rehearse`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The network profile: a name inside the program, or a path.
    #[arg(long, default_value = "livepeer-2018")]
    profile: String,
    /// Recipients of the synthetic list, or accounts of the synthetic file; 10000 when not given. A faucet has none.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    recipients: Option<u64>,
    /// Seed of the synthetic list.
    #[arg(long, default_value_t = 2018)]
    seed: u64,
    /// Play on this development chain (anvil, for instance) instead of the embedded one.
    #[arg(long, value_name = "URL")]
    rpc: Option<String>,
    /// Forget an earlier rehearsal and begin anew.
    #[arg(long)]
    fresh: bool,
    /// The folder of state.
    #[arg(long, default_value = ".tminus")]
    state: PathBuf,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    let Arguments { profile, recipients, seed, rpc, fresh, state } = arguments;
    crate::rehearse::run(&Request { profile, recipients, seed, rpc, fresh, state }, as_json).await
}
