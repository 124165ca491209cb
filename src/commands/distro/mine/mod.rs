//! `tminus distro mine root | proof | verify | sample | status | generate`: the account file of 2018 and its MerkleMine.
//!
//! The file is read and its tree built each time; nothing of it is kept between two commands.
//!
//! - `file`: what the file alone tells; no endpoint is asked
//! - `chain`: how the contract stands, and generating an allocation
//!
//! `--expect` binds a command to the root that was published, whatever file it is given.

mod chain;
mod file;

use std::{num::NonZero, path::PathBuf};

use alloy::primitives::{Address, B256, Bytes};
use clap::{Args, Subcommand};

use crate::{
    commands::connect::{Endpoint, Sending},
    exit::{Failure, Status},
};

/// Arguments of `tminus distro mine`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compute the root of an account file.
    Root {
        #[command(flatten)]
        of: Of,
        /// How many recipients there have to be.
        #[arg(long, value_name = "N")]
        recipients: Option<u64>,
    },
    /// Compute the proof of a recipient.
    Proof {
        #[command(flatten)]
        of: Of,
        /// The recipient.
        #[arg(long)]
        recipient: Address,
        /// Also print the calldata of generate(recipient, proof), for a wallet that signs elsewhere.
        #[arg(long)]
        calldata: bool,
    },
    /// Check a proof as the contract does.
    Verify {
        /// The root the contract holds.
        #[arg(long)]
        root: B256,
        /// The recipient.
        #[arg(long)]
        recipient: Address,
        /// The proof: siblings from the leaf upward, joined.
        #[arg(long)]
        proof: Bytes,
    },
    /// Show how a MerkleMine stands: whether it is that of the file, was started, and how many have generated.
    Status {
        #[command(flatten)]
        of: Of,
        /// The MerkleMine.
        #[arg(long)]
        mine: Address,
        #[command(flatten)]
        endpoint: Endpoint,
        /// Ask about N accounts, evenly spread over the file, instead of all.
        #[arg(long, value_name = "N")]
        sample: Option<NonZero<u32>>,
    },
    /// Generate the allocation of a recipient, unless it is generated; run again to resume.
    Generate {
        #[command(flatten)]
        of: Of,
        /// The MerkleMine.
        #[arg(long)]
        mine: Address,
        /// The recipient: the one who signs, or from a certain block on anybody, who then keeps a part.
        #[arg(long)]
        recipient: Address,
        #[command(flatten)]
        sending: Sending,
    },
    /// Write a synthetic account file. The format has no room for a label: choose a name that says so.
    Sample {
        /// Recipients.
        #[arg(long, value_name = "N")]
        recipients: NonZero<u32>,
        /// Seed.
        #[arg(long)]
        seed: u64,
        /// The file to write.
        out: PathBuf,
    },
}

/// An account file, and the root it has to have.
#[derive(Debug, Clone, Args)]
struct Of {
    /// The account file: raw addresses of 20 bytes, ascending, each once.
    accounts: PathBuf,
    /// The root it has to have.
    #[arg(long, value_name = "ROOT")]
    expect: Option<B256>,
}

/// Runs it.
pub(super) async fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::Root { of, recipients } => file::root(&of, recipients, as_json),
        Action::Proof { of, recipient, calldata } => file::proof(&of, recipient, calldata, as_json),
        Action::Verify { root, recipient, proof } => file::verify(root, recipient, &proof, as_json),
        Action::Status { of, mine, endpoint, sample } => chain::show(&of, mine, &endpoint, sample, as_json).await,
        Action::Generate { of, mine, recipient, sending } => {
            chain::generate(&of, mine, recipient, &sending, as_json).await
        }
        Action::Sample { recipients, seed, out } => file::write_sample(recipients, seed, &out, as_json),
    }
}
