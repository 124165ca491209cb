//! Which contracts a profile asks for: three choices, from which order, nonces and addresses of a genesis follow.

use serde::Serialize;

/// How the crowd gets its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DistributionKind {
    /// A TokenDistributor pays a committed list.
    Distributor,
    /// A MerkleMine hands out to the accounts of a committed tree, as in 2018.
    MerkleMine,
    /// A LivepeerTokenFaucet hands out to whoever asks; test networks only.
    Faucet,
}

impl DistributionKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Distributor, Self::MerkleMine, Self::Faucet];

    /// The word for it in profiles and checklists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Distributor => "distributor",
            Self::MerkleMine => "merkle-mine",
            Self::Faucet => "faucet",
        }
    }
}

/// Who verifies transcoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifierKind {
    /// LivepeerVerifier: solvers answer.
    Livepeer,
    /// IdentityVerifier: everything is right; test networks only.
    Identity,
}

impl VerifierKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Livepeer, Self::Identity];

    /// The word for it in profiles.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Livepeer => "livepeer",
            Self::Identity => "identity",
        }
    }

    /// The word for it in checklists.
    fn variant(self) -> &'static str {
        match self {
            Self::Livepeer => "livepeer-verifier",
            Self::Identity => "identity-verifier",
        }
    }
}

/// The choices of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Variant {
    /// How the crowd gets its part.
    pub distribution: DistributionKind,
    /// Who verifies.
    pub verifier: VerifierKind,
    /// Whether the rounds have a clock that anybody can set; isolated networks only.
    pub adjustable_rounds: bool,
}

impl Variant {
    /// Every combination.
    pub fn all() -> impl Iterator<Item = Self> {
        DistributionKind::ALL.into_iter().flat_map(|distribution| {
            VerifierKind::ALL.into_iter().flat_map(move |verifier| {
                [false, true].map(|adjustable_rounds| Self { distribution, verifier, adjustable_rounds })
            })
        })
    }

    /// The words for it in checklists: items that name another variant do not belong to it.
    #[must_use]
    pub fn words(self) -> [&'static str; 2] {
        [self.distribution.as_str(), self.verifier.variant()]
    }
}
