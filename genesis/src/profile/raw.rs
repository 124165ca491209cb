//! The shape of a profile's text. Every table refuses unknown keys; every leaf keeps its place in the text.
//!
//! Amounts, durations and addresses are taken as whatever TOML value stands there, so that a number in the place of an
//! amount is answered by an explanation and not by a type name.

use serde::Deserialize;
use toml::{Spanned, Value};

/// A text with a meaning of its own: an amount, a duration, an address.
pub(super) type Leaf = Spanned<Value>;
/// A plain count.
pub(super) type Count = Spanned<u64>;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $(pub(super) $field: $kind),* }
    )*};
}

tables! {
    RawProfile {
        name: Spanned<String>, title: String, git_commit: Option<Leaf>, network: RawNetwork, rehearsal: RawNetwork, token: RawToken,
        multisigs: RawMultisigs, supply: RawSupply, distribution: RawDistribution, grants: RawGrants,
        protocol: RawProtocol, history: Option<RawHistory>,
    }
    RawNetwork { chain_id: Count, genesis_hash: Option<Leaf> }
    RawToken { name: Spanned<String>, symbol: Spanned<String>, decimals: Count }
    RawMultisigs { bank: Leaf, governance: Leaf }
    RawSupply { initial: Leaf, crowd: Leaf, company: Leaf, team: Leaf, investors: Leaf, community: Leaf }
    RawDistribution {
        chunk_size: Count, deadline: Leaf, sweep_recipient: Spanned<String>, owner: Spanned<String>,
        transfer_batch: bool,
    }
    RawGrants { start: Leaf, team: RawVesting, investors: RawVesting, community: RawCommunity }
    RawVesting { cliff: Leaf, duration: Leaf, receivers: Vec<RawReceiver> }
    RawCommunity { receivers: Vec<RawReceiver> }
    RawReceiver { receiver: Leaf, amount: Leaf }
    RawProtocol {
        minter: RawMinter, bonding_manager: RawBondingManager, jobs_manager: RawJobsManager,
        rounds_manager: RawRoundsManager, verifier: RawVerifier, faucet: RawFaucet,
    }
    RawMinter { inflation: Count, inflation_change: Count, target_bonding_rate: Count }
    RawBondingManager {
        num_transcoders: Count, num_active_transcoders: Count, unbonding_period: Count,
        max_earnings_claims_rounds: Count,
    }
    RawJobsManager {
        verification_rate: Count, verification_period: Count, verification_slashing_period: Count,
        failed_verification_slash_amount: Count, missed_verification_slash_amount: Count,
        double_claim_segment_slash_amount: Count, finder_fee: Count,
    }
    RawRoundsManager { round_length: Count, round_lock_amount: Count }
    RawVerifier { code_hash: String, solvers: Vec<Leaf>, gas_price: Leaf, gas_limit: Count }
    RawFaucet { request_amount: Leaf, request_wait: Leaf, whitelist: Vec<Leaf> }
    RawHistory { merkle_mine: RawMerkleMine }
    RawMerkleMine {
        root: Leaf, recipients: Count, balance_threshold: Leaf, snapshot_block: Count, blocks_to_cliff: Count,
        caller_allocation_period: Count,
    }
}
