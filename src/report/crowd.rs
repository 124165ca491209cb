//! What became of the crowd's part, as data: an airdrop with its batches, or claims of those who came for theirs.

use alloy::primitives::{Address, B256, U256};
use serde::Serialize;

use super::{data::decimal, histogram::AmountHistogram};

/// What became of the crowd's part.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Crowd {
    /// A list was paid.
    Airdrop(Distribution),
    /// Whoever came was given the same.
    Claims(Claims),
}

impl Crowd {
    /// How many were paid.
    pub(crate) fn paid(&self) -> u64 {
        match self {
            Self::Airdrop(airdrop) => airdrop.paid,
            Self::Claims(claims) => claims.made,
        }
    }

    /// The root that was committed to; none for a faucet.
    pub(crate) fn root(&self) -> Option<B256> {
        match self {
            Self::Airdrop(airdrop) => Some(airdrop.list_root),
            Self::Claims(claims) => claims.root,
        }
    }
}

/// Claims from a contract that gives the same to everybody.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Claims {
    /// What the contract is called, such as `MerkleMine`.
    pub(crate) contract: String,
    /// Where it is.
    pub(crate) address: Address,
    /// What was done here and what was not, a sentence or two.
    pub(crate) note: String,
    /// Root over those who may claim; none when everybody may.
    pub(crate) root: Option<B256>,
    /// How many may claim; none when everybody may.
    pub(crate) possible: Option<u64>,
    /// How many did.
    pub(crate) made: u64,
    /// What each gets.
    #[serde(serialize_with = "decimal")]
    pub(crate) each: U256,
    /// What the contract was given.
    #[serde(serialize_with = "decimal")]
    pub(crate) total: U256,
}

/// The airdrop.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Distribution {
    /// Root of the committed list.
    pub(crate) list_root: B256,
    /// Recipients on the list.
    pub(crate) recipients: u64,
    /// Recipients paid.
    pub(crate) paid: u64,
    /// Sum of the list.
    #[serde(serialize_with = "decimal")]
    pub(crate) total: U256,
    /// Recipients a chunk.
    pub(crate) chunk_size: u32,
    /// Most gas a transaction may use here; none when the fork has no cap of its own.
    pub(crate) gas_cap: Option<u64>,
    /// The batches in the order of the list.
    pub(crate) batches: Vec<Batch>,
    /// How the amounts spread; none for an empty list.
    pub(crate) amounts: Option<AmountHistogram>,
}

/// One transaction of the airdrop.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Batch {
    /// Its first chunk.
    pub(crate) first_chunk: u64,
    /// Its recipients.
    pub(crate) recipients: u32,
    /// Gas of its receipt.
    pub(crate) gas_used: u64,
    /// When its receipt was seen; none when an earlier process paid it and left no time.
    pub(crate) seen: Option<Seen>,
}

/// When a receipt was seen, by the clock of the process that waited for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// Which process: its place in `ReportData::runs`.
    pub(crate) run: u32,
    /// Milliseconds since the distribution began in that process.
    pub(crate) millis: u64,
}
