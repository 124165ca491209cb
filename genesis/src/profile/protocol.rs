//! The parameters of the protocol's contracts, and how `[protocol]` is read.

use alloy::primitives::{Address, U256};
use serde::Serialize;
use toml::Spanned;

use super::{
    VerifierKind,
    raw::{RawProtocol, RawVerifier},
    read::Reader,
};

/// Minter parameters, out of 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MinterParameters {
    /// Inflation a round at first.
    pub inflation: u64,
    /// By how much it moves a round.
    pub inflation_change: u64,
    /// The bonding rate at which it stands still.
    pub target_bonding_rate: u64,
}

/// BondingManager parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BondingManagerParameters {
    /// Size of the pool.
    pub num_transcoders: u64,
    /// Size of the active set.
    pub num_active_transcoders: u64,
    /// Rounds.
    pub unbonding_period: u64,
    /// Rounds.
    pub max_earnings_claims_rounds: u64,
}

/// JobsManager parameters; slash amounts and fee out of 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JobsManagerParameters {
    /// One segment in this many is verified.
    pub verification_rate: u64,
    /// Blocks.
    pub verification_period: u64,
    /// Blocks.
    pub verification_slashing_period: u64,
    /// Slashed for a failed verification.
    pub failed_verification_slash_amount: u64,
    /// Slashed for a missed verification.
    pub missed_verification_slash_amount: u64,
    /// Slashed for claiming a segment twice.
    pub double_claim_segment_slash_amount: u64,
    /// The finder's part of a slash.
    pub finder_fee: u64,
}

/// RoundsManager parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RoundsManagerParameters {
    /// Blocks.
    pub round_length: u64,
    /// Last part of a round in which it is locked, out of 1,000,000.
    pub round_lock_amount: u64,
    /// Whether anybody can set its clock: AdjustableRoundsManager, on isolated networks only.
    pub adjustable: bool,
}

/// The verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum VerifierParameters {
    /// Solvers answer.
    Livepeer(Solvers),
    /// Everything is right.
    Identity,
}

/// LivepeerVerifier parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Solvers {
    /// IPFS hash of the verification code.
    pub code_hash: String,
    /// Accounts whose answers count.
    pub solvers: Vec<Address>,
    /// Wei a gas that a solver pays; for whoever runs one, no contract reads it.
    pub gas_price: U256,
    /// Gas of an answer; likewise.
    pub gas_limit: u64,
}

impl VerifierParameters {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> VerifierKind {
        match self {
            Self::Livepeer(_) => VerifierKind::Livepeer,
            Self::Identity => VerifierKind::Identity,
        }
    }
}

/// Every protocol parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Protocol {
    /// Minter.
    pub minter: MinterParameters,
    /// BondingManager.
    pub bonding_manager: BondingManagerParameters,
    /// JobsManager.
    pub jobs_manager: JobsManagerParameters,
    /// RoundsManager.
    pub rounds_manager: RoundsManagerParameters,
    /// Verifier.
    pub verifier: VerifierParameters,
}

/// Reads `[protocol]`.
pub(super) fn protocol(raw: &RawProtocol, reader: &mut Reader<'_>) -> Option<Protocol> {
    let (bonding, jobs, rounds) = (&raw.bonding_manager, &raw.jobs_manager, &raw.rounds_manager);
    let minter = MinterParameters {
        inflation: reader.percent(&raw.minter.inflation),
        inflation_change: reader.percent(&raw.minter.inflation_change),
        target_bonding_rate: reader.percent(&raw.minter.target_bonding_rate),
    };
    let bonding_manager = BondingManagerParameters {
        num_transcoders: reader.positive(&bonding.num_transcoders),
        num_active_transcoders: reader.positive(&bonding.num_active_transcoders),
        unbonding_period: *bonding.unbonding_period.get_ref(),
        max_earnings_claims_rounds: reader.positive(&bonding.max_earnings_claims_rounds),
    };
    let jobs_manager = JobsManagerParameters {
        verification_rate: reader.positive(&jobs.verification_rate),
        verification_period: *jobs.verification_period.get_ref(),
        verification_slashing_period: *jobs.verification_slashing_period.get_ref(),
        failed_verification_slash_amount: reader.percent(&jobs.failed_verification_slash_amount),
        missed_verification_slash_amount: reader.percent(&jobs.missed_verification_slash_amount),
        double_claim_segment_slash_amount: reader.percent(&jobs.double_claim_segment_slash_amount),
        finder_fee: reader.percent(&jobs.finder_fee),
    };
    let rounds_manager = RoundsManagerParameters {
        round_length: reader.positive(&rounds.round_length),
        round_lock_amount: reader.percent(&rounds.round_lock_amount),
        adjustable: rounds.adjustable.as_ref().is_some_and(|adjustable| *adjustable.get_ref()),
    };
    let verifier = verifier(&raw.verifier, reader)?;
    Some(Protocol { minter, bonding_manager, jobs_manager, rounds_manager, verifier })
}

/// The kind of verifier that a text names; LivepeerVerifier when it names none.
pub(super) fn verifier_kind(raw: &RawVerifier) -> Option<VerifierKind> {
    let Some(named) = &raw.kind else { return Some(VerifierKind::Livepeer) };
    VerifierKind::ALL.into_iter().find(|kind| kind.as_str() == named.get_ref())
}

fn verifier(table: &Spanned<RawVerifier>, reader: &mut Reader<'_>) -> Option<VerifierParameters> {
    let raw = table.get_ref();
    match verifier_kind(raw) {
        Some(VerifierKind::Livepeer) => solvers(table, reader).map(VerifierParameters::Livepeer),
        Some(VerifierKind::Identity) => {
            let keys = [
                raw.code_hash.as_ref().map(Spanned::span),
                raw.solvers.as_ref().map(Spanned::span),
                raw.gas_price.as_ref().map(Spanned::span),
                raw.gas_limit.as_ref().map(Spanned::span),
            ];
            for place in keys.into_iter().flatten() {
                let message = "this is a key of the kind livepeer, the kind here is identity";
                reader.refuse(place, message, "remove the key, or name the other kind: a key is never ignored");
            }
            Some(VerifierParameters::Identity)
        }
        None => {
            let named = raw.kind.as_ref()?;
            let message = format!("found {:?}, expected livepeer or identity", named.get_ref());
            reader.refuse(named.span(), message, "name the verifier");
            None
        }
    }
}

fn solvers(table: &Spanned<RawVerifier>, reader: &mut Reader<'_>) -> Option<Solvers> {
    let raw = table.get_ref();
    let mut complete = true;
    for (name, missing) in [
        ("code_hash", raw.code_hash.is_none()),
        ("solvers", raw.solvers.is_none()),
        ("gas_price", raw.gas_price.is_none()),
        ("gas_limit", raw.gas_limit.is_none()),
    ] {
        if missing {
            let message = format!("missing field `{name}`, which the kind livepeer needs");
            reader.refuse(table.span(), message, "add it; every figure has to be stated, there are no defaults");
            complete = false;
        }
    }
    if let Some(hash) = raw.code_hash.as_ref().filter(|hash| hash.get_ref().trim().is_empty()) {
        reader.refuse(hash.span(), "empty, expected the IPFS hash of the verification code", "write the hash");
    }
    if let Some(list) = raw.solvers.as_ref().filter(|list| list.get_ref().is_empty()) {
        reader.refuse(list.span(), "no solver: no verification would ever be answered", "name at least one");
    }
    let solvers = raw.solvers.as_ref().and_then(|list| reader.distinct(list.get_ref(), "among the solvers"));
    let gas_price = raw.gas_price.as_ref().and_then(|leaf| reader.ether(leaf));
    Some(Solvers {
        code_hash: raw.code_hash.as_ref()?.get_ref().clone(),
        solvers: solvers?,
        gas_price: gas_price?,
        gas_limit: *raw.gas_limit.as_ref()?.get_ref(),
    })
    .filter(|_| complete)
}
