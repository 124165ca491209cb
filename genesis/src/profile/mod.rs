//! A network's profile: every figure of a launch, read strictly from TOML.
//!
//! A `Profile` exists only if all of it makes sense: amounts exact, sums right, receivers unique, addresses real. There are
//! no defaults for figures; what a profile does not say is an error, and so is what it says too much. All complaints about a
//! text are collected, each with its line and field. Nothing here touches a chain.
//!
//! - `raw` is the shape of the text, `read` turns leaves into values, `check` compares them with one another.
//! - `crowd` are the ways to give the crowd's part away, `protocol` the parameters, `variant` the choices among contracts.
//! - `extend` lays a profile over another one that it differs from in some tables.

use std::path::Path;

use alloy::primitives::{Address, B256, FixedBytes, U256};
use serde::Serialize;

use crate::problem::Problem;

mod check;
mod crowd;
mod extend;
mod protocol;
mod raw;
mod read;
mod variant;

pub use crowd::{Distribution, Distributor, Faucet, MerkleMine};
pub use protocol::{
    BondingManagerParameters, JobsManagerParameters, MinterParameters, Protocol, RoundsManagerParameters, Solvers,
    VerifierParameters,
};
pub use read::parse_commit;
pub use variant::{DistributionKind, Variant, VerifierKind};

/// The profiles inside the program: name and text.
const NETWORKS: [(&str, &str); 3] = [
    ("livepeer-2018", include_str!("../../networks/livepeer-2018.toml")),
    ("livepeer-2018-merkle-mine", include_str!("../../networks/livepeer-2018-merkle-mine.toml")),
    ("livepeer-testnet", include_str!("../../networks/livepeer-testnet.toml")),
];

/// Why a profile could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// The text is wrong, in these places.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
}

/// Which of a profile's two networks is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flight {
    /// The development chain it is rehearsed on.
    Rehearsal,
    /// The network it is for.
    Launch,
}

/// How a network is told from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Network {
    /// Chain id.
    pub chain_id: u64,
    /// Hash of block 0, where the profile names it.
    pub genesis_hash: Option<B256>,
}

/// A development chain that a rehearsal plays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    /// Chain id.
    pub chain_id: u64,
    /// Number of the first block of a chain that is made for it, where contracts look at block numbers.
    pub first_block: u64,
}

/// What the token says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Name.
    pub name: String,
    /// Symbol, the unit of every amount in the profile.
    pub symbol: String,
    /// Decimals.
    pub decimals: u8,
}

/// The two multisigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Multisigs {
    /// Receives the company's part, owns the vesting grants.
    pub bank: Address,
    /// Owns the Controller.
    pub governance: Address,
}

/// The initial supply and its five parts, base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Supply {
    /// The sum of the parts.
    pub initial: U256,
    /// To the contract that gives it away.
    pub crowd: U256,
    /// To the bank.
    pub company: U256,
    /// To the team's grants.
    pub team: U256,
    /// To the investors' grants.
    pub investors: U256,
    /// To the community's grants.
    pub community: U256,
}

/// An account that has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The bank multisig.
    Bank,
    /// The governance multisig.
    Governance,
    /// The account that deploys.
    Deployer,
}

/// The kinds of grants, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GrantKind {
    /// Vesting, revocable.
    Team,
    /// Vesting, revocable.
    Investor,
    /// Locked until the grants' start.
    Community,
}

impl GrantKind {
    /// The word for it in step ids: `team`, `investor`, `community`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Investor => "investor",
            Self::Community => "community",
        }
    }
}

/// One grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// Its kind.
    pub kind: GrantKind,
    /// Who receives it.
    pub receiver: Address,
    /// Base units.
    pub amount: U256,
    /// Seconds from the grants' start during which nothing vests; 0 for community grants.
    pub cliff: u64,
    /// Seconds from the grants' start until all is vested; 0 for community grants.
    pub duration: u64,
}

/// All grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grants {
    /// Seconds from the Controller's deployment to the grants' start.
    pub start: u64,
    /// Team, then investors, then community, each in the order of the file.
    pub list: Vec<Grant>,
}

impl Grants {
    /// The grants of one kind, in order.
    pub fn of(&self, kind: GrantKind) -> impl Iterator<Item = &Grant> {
        self.list.iter().filter(move |grant| grant.kind == kind)
    }
}

/// A network's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Its name, a word for paths: lower case letters, digits and `-`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether it is for real: what is meant for test networks only is refused.
    pub production: bool,
    /// Commit of the contracts' sources, registered with each contract.
    pub git_commit: Option<FixedBytes<20>>,
    /// Where it is for real.
    pub network: Network,
    /// Where it is rehearsed.
    pub rehearsal: Rehearsal,
    /// The token.
    pub token: Token,
    /// The multisigs.
    pub multisigs: Multisigs,
    /// The initial supply.
    pub supply: Supply,
    /// The crowd's part.
    pub distribution: Distribution,
    /// The grants.
    pub grants: Grants,
    /// Protocol parameters.
    pub protocol: Protocol,
}

impl Profile {
    /// The names of the profiles inside the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NETWORKS.iter().map(|(name, _)| *name)
    }

    /// A profile by the name of one inside the program, or else by path.
    ///
    /// # Errors
    /// A file that cannot be read, a text that is wrong.
    pub fn find(name_or_path: &str) -> Result<Self, ProfileError> {
        match NETWORKS.iter().find(|(name, _)| *name == name_or_path) {
            Some((name, text)) => Self::parse(&format!("{name}.toml"), text),
            None => Self::load(Path::new(name_or_path)),
        }
    }

    /// A profile from a file.
    ///
    /// # Errors
    /// A file that cannot be read, a text that is wrong.
    pub fn load(file: &Path) -> Result<Self, ProfileError> {
        let label = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| ProfileError::Unreadable {
            reason: format!(
                "{error}; expected the path of a profile (TOML) or one of the names {}",
                Self::names().collect::<Vec<_>>().join(", ")
            ),
            file: label.clone(),
        })?;
        Self::parse(&label, &text)
    }

    /// A profile from its text; `file` is what complaints call it.
    ///
    /// # Errors
    /// [`ProfileError::Invalid`] with everything that is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        let (source, raw) = extend::read(file, text, &NETWORKS).map_err(ProfileError::Invalid)?;
        read::profile(source, &raw).map_err(ProfileError::Invalid)
    }

    /// The choices among contracts.
    #[must_use]
    pub fn variant(&self) -> Variant {
        Variant {
            distribution: self.distribution.kind(),
            verifier: self.protocol.verifier.kind(),
            adjustable_rounds: self.protocol.rounds_manager.adjustable,
        }
    }

    /// The network of a flight.
    #[must_use]
    pub fn network(&self, flight: Flight) -> Network {
        match flight {
            Flight::Rehearsal => Network { chain_id: self.rehearsal.chain_id, genesis_hash: None },
            Flight::Launch => self.network,
        }
    }

    /// The account that has a role.
    #[must_use]
    pub fn account(&self, role: Role, deployer: Address) -> Address {
        match role {
            Role::Bank => self.multisigs.bank,
            Role::Governance => self.multisigs.governance,
            Role::Deployer => deployer,
        }
    }

    /// An amount with its unit, `500000 LPT`.
    #[must_use]
    pub fn display_amount(&self, amount: U256) -> String {
        format!("{} {}", tminus_chain::units::format_amount(amount, self.token.decimals), self.token.symbol)
    }
}
