//! Why a run did not finish, and what that means for the next one.

use std::time::Duration;

use alloy::primitives::{Address, U256};
use tminus_chain::{outbox::OutboxError, rpc::RpcError};

use super::Poison;
use crate::batch::BatchError;

/// Why a run did not finish.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another chain.
    #[error("the list is committed for chain {list}, {label} is chain {chain}")]
    WrongChain {
        /// The endpoint.
        label: String,
        /// Its chain id.
        chain: u64,
        /// The list's.
        list: u64,
    },
    /// Another list.
    #[error("the distributor {address} is not for this list; nothing was sent:\n  {}", .differences.join("\n  "))]
    WrongDistributor {
        /// The contract.
        address: Address,
        /// What differs.
        differences: Vec<String>,
    },
    /// Too few tokens.
    #[error(
        "the distributor {address} holds {balance} base units and still has to account for {needed}: fund it, then run again"
    )]
    Underfunded {
        /// The contract.
        address: Address,
        /// What it holds.
        balance: U256,
        /// What it needs.
        needed: U256,
    },
    /// Swept.
    #[error("the distributor {0} is closed: it was swept after its deadline, and what is unpaid stays so")]
    Closed(Address),
    /// A recipient that cannot be paid.
    #[error(
        "{0}. Nothing of its chunk was paid. The owner can pay the others and reserve this one's amount for it: run with \
         --skip-poison as {1} (distributeSkipping)"
    )]
    Poison(Box<Poison>, Address),
    /// `--skip-poison` by somebody else than the owner.
    #[error("{0}. Only the owner {1} can skip it, this run signs as {2}")]
    NotOwner(Box<Poison>, Address, Address),
    /// Not one chunk fits.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No progress.
    #[error("no progress after {attempts} attempts: {reason}")]
    Stuck {
        /// Attempts.
        attempts: u32,
        /// The last failure.
        reason: String,
    },
    /// Everything is paid, and the chain does not finalize it.
    #[error(
        "halted: everything is paid, but after {0:?} the finalized block does not show it; run again to look again"
    )]
    NotFinal(Duration),
    /// The outbox.
    #[error(transparent)]
    Outbox(OutboxError),
    /// The endpoint.
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

impl RunError {
    /// Whether running again may go on from here.
    #[must_use]
    pub fn can_resume(&self) -> bool {
        matches!(self, Self::Outbox(OutboxError::Halted(_) | OutboxError::Rpc(_)) | Self::Rpc(_) | Self::NotFinal(_))
    }

    /// Whether it was refused before anything was signed.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::WrongChain { .. } | Self::WrongDistributor { .. } | Self::Underfunded { .. } | Self::Batch(_)
        )
    }
}
