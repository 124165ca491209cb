//! What becomes of the crowd's part: the profile's rule, and the list where the rule asks for one.
//!
//! A list is not part of a profile, since its leaves name the token, which does not exist yet; the accounts of a MerkleMine
//! are, and a faucet has nobody in particular. Whoever has a `Crowd` has all that its contract is made with and compared to.

use serde::Serialize;
use tminus_contracts::commitment::Commitment;

use crate::{
    error::PlanError,
    profile::{Distribution, DistributionKind, Distributor, Faucet, MerkleMine, Profile},
};

/// What becomes of the crowd's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Crowd {
    /// A TokenDistributor pays a list.
    List(Distributor, Commitment),
    /// A MerkleMine hands out to accounts.
    Accounts(MerkleMine),
    /// A faucet gives to whoever asks.
    Anybody(Faucet),
}

impl Crowd {
    /// Puts rule and list together.
    ///
    /// # Errors
    /// No list where one is needed, one where none is, or another than the profile asks for.
    pub fn new(profile: &Profile, list: Option<Commitment>) -> Result<Self, PlanError> {
        match (&profile.distribution, list) {
            (Distribution::Distributor(rule), Some(list)) => {
                check(profile, *rule, &list)?;
                Ok(Self::List(*rule, list))
            }
            (Distribution::MerkleMine(mine), None) => Ok(Self::Accounts(*mine)),
            (Distribution::Faucet(faucet), None) => Ok(Self::Anybody(faucet.clone())),
            (Distribution::Distributor(_), None) => Err(PlanError::NoList),
            (other, Some(_)) => Err(PlanError::ListUnused { kind: other.kind().as_str() }),
        }
    }

    /// The kind of contract that it is for.
    #[must_use]
    pub fn kind(&self) -> DistributionKind {
        match self {
            Self::List(..) => DistributionKind::Distributor,
            Self::Accounts(_) => DistributionKind::MerkleMine,
            Self::Anybody(_) => DistributionKind::Faucet,
        }
    }
}

fn check(profile: &Profile, rule: Distributor, list: &Commitment) -> Result<(), PlanError> {
    if list.count == 0 || list.root.is_zero() || list.chunk_size == 0 {
        return Err(PlanError::EmptyList);
    }
    if list.chunk_size != rule.chunk_size {
        return Err(PlanError::ChunkSize { listed: list.chunk_size, profile: rule.chunk_size });
    }
    if list.total != profile.supply.crowd {
        return Err(PlanError::CrowdSupply {
            listed: profile.display_amount(list.total),
            crowd: profile.display_amount(profile.supply.crowd),
        });
    }
    Ok(())
}
