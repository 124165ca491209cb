//! Why a genesis could not be planned, carried out or found.

use alloy::primitives::{Address, B256};
use tminus_chain::{outbox::OutboxError, rpc::RpcError};

use crate::profile::Variant;

/// Why a plan cannot be made. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The list and the profile disagree on the crowd's part.
    #[error(
        "the list pays {listed} but the profile's crowd supply is {crowd}: make the list's total equal to supply.crowd"
    )]
    CrowdSupply {
        /// Total of the list, with unit.
        listed: String,
        /// Crowd supply, with unit.
        crowd: String,
    },
    /// The list is cut into other chunks than the profile says.
    #[error(
        "the list has {listed} recipients a chunk, the profile's distribution.chunk_size is {profile}: commit it again"
    )]
    ChunkSize {
        /// Of the list.
        listed: u32,
        /// Of the profile.
        profile: u32,
    },
    /// A distributor without a list.
    #[error("the profile's distribution pays a list and none was given: give the recipient list")]
    NoList,
    /// A list that nothing pays.
    #[error("a recipient list was given, but a distribution of the kind {kind} pays none: leave it out")]
    ListUnused {
        /// The kind.
        kind: &'static str,
    },
    /// A commitment to nothing.
    #[error("the list is empty: a distribution needs at least one recipient and a root")]
    EmptyList,
    /// The profile describes another token than the contract is.
    #[error("the profile's token.{field} is {profile}, the token contract's is {contract}")]
    Token {
        /// Which property.
        field: &'static str,
        /// Of the profile.
        profile: String,
        /// Of the contract.
        contract: String,
    },
    /// A step that does not fit a transaction.
    #[error("{step} needs about {gas} gas, a transaction of this chain may use {cap}")]
    Gas {
        /// The step.
        step: String,
        /// Its estimate.
        gas: u64,
        /// The cap.
        cap: u64,
    },
}

/// Why a genesis stopped.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// Another chain. Nothing was signed.
    #[error("{label} has chain id {found}, the profile wants {expected}: nothing was signed; check the endpoint")]
    WrongChain {
        /// The endpoint.
        label: String,
        /// Of the profile.
        expected: u64,
        /// Of the endpoint.
        found: u64,
    },
    /// Another chain with the same id. Nothing was signed.
    #[error("{label} has block 0 {found}, the profile wants {expected}: nothing was signed; check the endpoint")]
    WrongGenesis {
        /// The endpoint.
        label: String,
        /// Of the profile.
        expected: B256,
        /// Of the endpoint.
        found: B256,
    },
    /// A multisig that is not there. Nothing was signed.
    #[error(
        "{label} has no code at {address}, the profile's {role} multisig: what is handed to it nobody could ever use; \
         nothing was signed; put a multisig of this network into the profile"
    )]
    NoMultisig {
        /// The endpoint.
        label: String,
        /// Bank or governance.
        role: &'static str,
        /// Of the profile.
        address: Address,
    },
    /// A chain before the block of the MerkleMine's snapshot. Nothing was signed.
    #[error(
        "{label} is at block {latest}, and the MerkleMine's snapshot is of block {snapshot}: it cannot be made before that \
         block; nothing was signed; a development chain can begin there (anvil --number {snapshot})"
    )]
    Snapshot {
        /// The endpoint.
        label: String,
        /// Its latest block.
        latest: u64,
        /// Of the profile.
        snapshot: u64,
    },
    /// What a step builds on is not as it should be. Nothing was sent for it.
    #[error("{step} cannot be done: {reason}")]
    Blocked {
        /// The step.
        step: String,
        /// What was found and expected.
        reason: String,
    },
    /// Whether a step is done could not be found out.
    #[error("{step}: {reason}")]
    Unanswered {
        /// The step.
        step: String,
        /// What was asked and what came back.
        reason: String,
    },
    /// A step was mined and did not have its effect.
    #[error("{step} was mined but its effect is not there: {reason}")]
    NoEffect {
        /// The step.
        step: String,
        /// What was found and expected.
        reason: String,
    },
    /// The community's timelocks can only be made before the grants start.
    #[error(
        "the grants' start ({grants_start}) has passed (the chain's time is {now}) and {missing} grants are missing: the \
         community's timelocks can no longer be made by this GenesisManager, and without them it cannot end. Begin again with \
         a new base nonce: --base-nonce {next_nonce}, with more time in the profile's grants.start if there was too little. \
         What was deployed so far stays without use"
    )]
    GrantsStarted {
        /// Grants' start, seconds since 1970.
        grants_start: u64,
        /// Time of the latest block.
        now: u64,
        /// Grants not made.
        missing: usize,
        /// The deployer's next nonce, at which a new genesis can begin.
        next_nonce: u64,
    },
    /// No genesis is at a base nonce, and none can begin there. Nothing was signed.
    #[error(
        "no genesis can begin or go on at base nonce {base_nonce}: {deployer} has used the nonces below {used}, and the \
         contracts of a genesis are not at the addresses that would follow; a new one begins at {used}"
    )]
    BaseNonce {
        /// The deployer.
        deployer: Address,
        /// The nonce given.
        base_nonce: u64,
        /// The deployer's next nonce.
        used: u64,
    },
    /// The newest genesis of the deployer is one of other contracts. Nothing was signed.
    #[error(
        "the newest genesis of {deployer}, at base nonce {base_nonce}, has other contracts ({}) than this profile asks for \
         ({}): go on with the profile it was begun with, or begin a new one beside it with --base-nonce {used}",
        found.words().join(", "), asked.words().join(", ")
    )]
    OtherVariant {
        /// The deployer.
        deployer: Address,
        /// Where it begins.
        base_nonce: u64,
        /// What it is.
        found: Variant,
        /// What was asked for.
        asked: Variant,
        /// The deployer's next nonce.
        used: u64,
    },
    /// The block that everything is counted from did not become final in time.
    #[error(
        "halted: block {number}, which made the Controller, is not final ({reason}), and the grants' start is counted from \
         it; run again to resume"
    )]
    NotFinal {
        /// The block.
        number: u64,
        /// How far finality is, and what the endpoint says.
        reason: String,
    },
    /// There is no finished genesis of this deployer.
    #[error("no finished genesis of {deployer} found: {reason}")]
    NotFinished {
        /// The deployer.
        deployer: Address,
        /// What is missing.
        reason: String,
    },
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The endpoint.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// Sending.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The address book.
    #[error("{path}: {reason}")]
    Book {
        /// The file or folder.
        path: String,
        /// What the system says.
        reason: String,
    },
}

impl GenesisError {
    /// Whether nothing is wrong but time or connection: the same command run again goes on.
    #[must_use]
    pub fn is_halt(&self) -> bool {
        matches!(
            self,
            Self::Outbox(OutboxError::Halted(_) | OutboxError::Rpc(_))
                | Self::Rpc(_)
                | Self::Unanswered { .. }
                | Self::NotFinal { .. }
        )
    }

    /// Whether what was given (profile, list, endpoint, base nonce) has to change; nothing was signed.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            Self::WrongChain { .. }
                | Self::WrongGenesis { .. }
                | Self::NoMultisig { .. }
                | Self::Snapshot { .. }
                | Self::Plan(_)
                | Self::BaseNonce { .. }
                | Self::OtherVariant { .. }
        )
    }
}
