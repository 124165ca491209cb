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
        name: Spanned<String>, title: String, production: Spanned<bool>, git_commit: Option<Leaf>, network: RawNetwork,
        rehearsal: RawRehearsal, token: RawToken, multisigs: RawMultisigs, supply: RawSupply,
        distribution: Spanned<RawDistribution>, grants: RawGrants, protocol: RawProtocol,
    }
    RawNetwork { chain_id: Count, genesis_hash: Option<Leaf> }
    RawRehearsal { chain_id: Count, first_block: Option<Count> }
    RawToken { name: Spanned<String>, symbol: Spanned<String>, decimals: Count }
    RawMultisigs { bank: Leaf, governance: Leaf }
    RawSupply { initial: Leaf, crowd: Leaf, company: Leaf, team: Leaf, investors: Leaf, community: Leaf }
    /// The keys of all three kinds; which of them belong is for the reader to say.
    RawDistribution {
        kind: Option<Spanned<String>>,
        chunk_size: Option<Count>, deadline: Option<Leaf>, sweep_recipient: Option<Spanned<String>>,
        owner: Option<Spanned<String>>, transfer_batch: Option<Spanned<bool>>,
        root: Option<Leaf>, recipients: Option<Count>, balance_threshold: Option<Leaf>, genesis_block: Option<Count>,
        caller_allocation_start: Option<Count>, caller_allocation_period: Option<Count>,
        request_amount: Option<Leaf>, request_wait: Option<Leaf>, whitelist: Option<Spanned<Vec<Leaf>>>,
    }
    RawGrants { start: Leaf, team: RawVesting, investors: RawVesting, community: RawCommunity }
    RawVesting { cliff: Leaf, duration: Leaf, receivers: Vec<RawReceiver> }
    RawCommunity { receivers: Vec<RawReceiver> }
    RawReceiver { receiver: Leaf, amount: Leaf }
    RawProtocol {
        minter: RawMinter, bonding_manager: RawBondingManager, jobs_manager: RawJobsManager,
        rounds_manager: RawRoundsManager, verifier: Spanned<RawVerifier>,
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
    RawRoundsManager { round_length: Count, round_lock_amount: Count, adjustable: Option<Spanned<bool>> }
    /// The keys of both kinds.
    RawVerifier {
        kind: Option<Spanned<String>>,
        code_hash: Option<Spanned<String>>, solvers: Option<Spanned<Vec<Leaf>>>, gas_price: Option<Leaf>,
        gas_limit: Option<Count>,
    }
}
