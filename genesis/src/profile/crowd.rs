//! The crowd's part: the three ways to give it away, and how `[distribution]` is read.
//!
//! Each way has keys of its own. The text is taken with the keys of all three, so that a key in the wrong place is answered
//! with its place and not by a guess; what the kind needs has to be there, and what belongs to another kind must not.

use std::ops::Range;

use alloy::primitives::{Address, B256, U256};
use serde::Serialize;
use toml::Spanned;

use super::{
    DistributionKind, Role,
    raw::{Count, Leaf, RawDistribution},
    read::Reader,
};

/// Seconds of an hour, in which the faucet counts.
const HOUR: u64 = 3600;

/// The crowd's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Distribution {
    /// Paid to a committed list.
    Distributor(Distributor),
    /// Handed out to the accounts of a committed tree.
    MerkleMine(MerkleMine),
    /// Handed out to whoever asks.
    Faucet(Faucet),
}

/// A TokenDistributor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Distributor {
    /// Recipients a chunk.
    pub chunk_size: u32,
    /// Seconds from the grants' start to the deadline.
    pub deadline: u64,
    /// Receives what is left after the deadline.
    pub sweep_recipient: Role,
    /// May skip recipients that cannot be paid.
    pub owner: Role,
    /// Whether the token's batch transfer is used.
    pub transfer_batch: bool,
}

/// A MerkleMine. Blocks are counted from the one that deploys the Controller, except for the snapshot's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MerkleMine {
    /// Root of the tree over the accounts.
    pub root: B256,
    /// Accounts.
    pub recipients: u64,
    /// Every account held at least this, wei.
    pub balance_threshold: U256,
    /// The block of the snapshot, on the network itself.
    pub genesis_block: u64,
    /// Blocks until others may claim for an account.
    pub caller_allocation_start: u64,
    /// Blocks from then over which their part grows.
    pub caller_allocation_period: u64,
}

/// A LivepeerTokenFaucet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Faucet {
    /// Base units a request.
    pub request_amount: U256,
    /// Seconds between requests, whole hours.
    pub request_wait: u64,
    /// Accounts that need not wait.
    pub whitelist: Vec<Address>,
    /// May change the whitelist.
    pub owner: Role,
}

impl Faucet {
    /// Hours between requests, as the contract counts.
    #[must_use]
    pub fn wait_hours(&self) -> u64 {
        self.request_wait / HOUR
    }
}

impl Distribution {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> DistributionKind {
        match self {
            Self::Distributor(_) => DistributionKind::Distributor,
            Self::MerkleMine(_) => DistributionKind::MerkleMine,
            Self::Faucet(_) => DistributionKind::Faucet,
        }
    }
}

/// The kind that a text names; a distributor when it names none.
pub(super) fn kind(raw: &RawDistribution) -> Option<DistributionKind> {
    let Some(named) = &raw.kind else { return Some(DistributionKind::Distributor) };
    DistributionKind::ALL.into_iter().find(|kind| kind.as_str() == named.get_ref())
}

/// Reads `[distribution]`.
pub(super) fn distribution(table: &Spanned<RawDistribution>, reader: &mut Reader<'_>) -> Option<Distribution> {
    let raw = table.get_ref();
    let Some(kind) = kind(raw) else {
        let named = raw.kind.as_ref()?;
        let message = format!("found {:?}, expected distributor, merkle-mine or faucet", named.get_ref());
        reader.refuse(named.span(), message, "name the way in which the crowd gets its part");
        return None;
    };
    belong(raw, kind, reader);
    let keys = Keys { table: table.span(), kind };
    match kind {
        DistributionKind::Distributor => keys.distributor(raw, reader).map(Distribution::Distributor),
        DistributionKind::MerkleMine => keys.merkle_mine(raw, reader).map(Distribution::MerkleMine),
        DistributionKind::Faucet => keys.faucet(raw, reader).map(Distribution::Faucet),
    }
}

/// Complains of the keys of other kinds.
fn belong(raw: &RawDistribution, kind: DistributionKind, reader: &mut Reader<'_>) {
    use DistributionKind::{Distributor, Faucet, MerkleMine};
    fn at<T>(key: Option<&Spanned<T>>) -> Option<Range<usize>> {
        key.map(Spanned::span)
    }
    let of: [(Option<Range<usize>>, &[DistributionKind]); 14] = [
        (at(raw.chunk_size.as_ref()), &[Distributor]),
        (at(raw.deadline.as_ref()), &[Distributor]),
        (at(raw.sweep_recipient.as_ref()), &[Distributor]),
        (at(raw.transfer_batch.as_ref()), &[Distributor]),
        (at(raw.owner.as_ref()), &[Distributor, Faucet]),
        (at(raw.root.as_ref()), &[MerkleMine]),
        (at(raw.recipients.as_ref()), &[MerkleMine]),
        (at(raw.balance_threshold.as_ref()), &[MerkleMine]),
        (at(raw.genesis_block.as_ref()), &[MerkleMine]),
        (at(raw.caller_allocation_start.as_ref()), &[MerkleMine]),
        (at(raw.caller_allocation_period.as_ref()), &[MerkleMine]),
        (at(raw.request_amount.as_ref()), &[Faucet]),
        (at(raw.request_wait.as_ref()), &[Faucet]),
        (at(raw.whitelist.as_ref()), &[Faucet]),
    ];
    for (place, kinds) in of {
        if let Some(place) = place.filter(|_| !kinds.contains(&kind)) {
            let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            let message =
                format!("this is a key of the kind {}, the kind here is {}", words.join(" or "), kind.as_str());
            reader.refuse(place, message, "remove the key, or name the other kind: a key is never ignored");
        }
    }
}

/// The keys that a kind needs.
struct Keys {
    table: Range<usize>,
    kind: DistributionKind,
}

impl Keys {
    fn needed<'r, T>(&self, key: Option<&'r T>, name: &str, reader: &mut Reader<'_>) -> Option<&'r T> {
        if key.is_none() {
            let message = format!("missing field `{name}`, which the kind {} needs", self.kind.as_str());
            reader.refuse(self.table.clone(), message, "add it; every figure has to be stated, there are no defaults");
        }
        key
    }

    fn positive(&self, key: Option<&Count>, name: &str, reader: &mut Reader<'_>) -> Option<u64> {
        self.needed(key, name, reader).map(|count| reader.positive(count))
    }

    fn owner(&self, raw: &RawDistribution, reader: &mut Reader<'_>) -> Option<Role> {
        self.needed(raw.owner.as_ref(), "owner", reader).and_then(|owner| reader.role(owner, true))
    }

    fn distributor(&self, raw: &RawDistribution, reader: &mut Reader<'_>) -> Option<Distributor> {
        let chunk_size = self.needed(raw.chunk_size.as_ref(), "chunk_size", reader).and_then(|count| {
            let chunk_size = u32::try_from(reader.positive(count)).ok();
            if chunk_size.is_none() {
                reader.refuse(count.span(), "does not fit 32 bits", "64 recipients a chunk serve well");
            }
            chunk_size
        });
        let deadline = self.needed(raw.deadline.as_ref(), "deadline", reader);
        let deadline = deadline.and_then(|leaf| reader.duration(leaf));
        let sweep_recipient = self.needed(raw.sweep_recipient.as_ref(), "sweep_recipient", reader);
        let sweep_recipient = sweep_recipient.and_then(|role| reader.role(role, false));
        let owner = self.owner(raw, reader);
        let transfer_batch = self.needed(raw.transfer_batch.as_ref(), "transfer_batch", reader);
        Some(Distributor {
            chunk_size: chunk_size?,
            deadline: deadline?,
            sweep_recipient: sweep_recipient?,
            owner: owner?,
            transfer_batch: *transfer_batch?.get_ref(),
        })
    }

    fn merkle_mine(&self, raw: &RawDistribution, reader: &mut Reader<'_>) -> Option<MerkleMine> {
        let root = self.needed(raw.root.as_ref(), "root", reader);
        let root = root.and_then(|leaf| {
            let root = reader.bytes::<B256>(leaf, "a root of 32 bytes");
            if root == Some(B256::ZERO) {
                reader.refuse(leaf.span(), "the root is zero: no proof leads to it", "write the root of the accounts");
            }
            root
        });
        let threshold = self.needed(raw.balance_threshold.as_ref(), "balance_threshold", reader);
        let balance_threshold = threshold.and_then(|leaf| reader.ether(leaf));
        let recipients = self.positive(raw.recipients.as_ref(), "recipients", reader);
        let genesis_block = self.needed(raw.genesis_block.as_ref(), "genesis_block", reader);
        let start = self.positive(raw.caller_allocation_start.as_ref(), "caller_allocation_start", reader);
        let period = self.positive(raw.caller_allocation_period.as_ref(), "caller_allocation_period", reader);
        Some(MerkleMine {
            root: root?,
            recipients: recipients?,
            balance_threshold: balance_threshold?,
            genesis_block: *genesis_block?.get_ref(),
            caller_allocation_start: start?,
            caller_allocation_period: period?,
        })
    }

    fn faucet(&self, raw: &RawDistribution, reader: &mut Reader<'_>) -> Option<Faucet> {
        let amount = self.needed(raw.request_amount.as_ref(), "request_amount", reader);
        let request_amount = amount.and_then(|leaf| {
            let amount = reader.amount(leaf);
            if amount == Some(U256::ZERO) {
                reader.refuse(leaf.span(), "a faucet of nothing", "write what a request gives");
            }
            amount
        });
        let wait = self.needed(raw.request_wait.as_ref(), "request_wait", reader);
        let request_wait = wait.and_then(|leaf| hours(leaf, reader));
        let owner = self.owner(raw, reader);
        let whitelist = self.needed(raw.whitelist.as_ref(), "whitelist", reader);
        let whitelist = whitelist.and_then(|list| reader.distinct(list.get_ref(), "on the whitelist"));
        Some(Faucet {
            request_amount: request_amount?,
            request_wait: request_wait?,
            whitelist: whitelist?,
            owner: owner?,
        })
    }
}

fn hours(leaf: &Leaf, reader: &mut Reader<'_>) -> Option<u64> {
    let seconds = reader.duration(leaf)?;
    if !seconds.is_multiple_of(HOUR) {
        reader.refuse(leaf.span(), format!("{seconds} seconds are no whole hours"), "the faucet counts in hours");
    }
    Some(seconds)
}
