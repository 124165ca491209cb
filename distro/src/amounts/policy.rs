//! The policy file.
//!
//! ```toml
//! budget = "6343700 LPT"                        # divided to the last unit
//! share = "proportional"                        # or "equal", "square-root", "tiers"
//! minimum_balance = { more_than = "0.1 ETH" }   # or at_least; the others get nothing
//! floor = "1 LPT"                               # the least one gets
//! cap = "10000 LPT"                             # the most
//! nothing = "refuse"                            # an account whose share is less than a unit: refuse, or leave-out
//!
//! [token]
//! symbol = "LPT"
//! decimals = 18
//!
//! [balance]                                     # what the balances are in; not needed where none are looked at
//! symbol = "ETH"
//! decimals = 18
//!
//! [[tiers]]                                     # with share = "tiers": ascending; weights are relative
//! from = "1 ETH"
//! weight = 1
//! ```
//!
//! Amounts carry their unit: the symbol, or `base` for base units. A key that is not known is an error, and so is one that
//! the share has no use for.

use std::{ops::Range, path::Path};

use alloy::primitives::U256;
use serde::{Deserialize, Serialize, Serializer};
use tminus_chain::units::parse_with_unit;
use toml::Spanned;

use crate::recipients::MAX_TOTAL;

/// Why a policy file gives no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It could not be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It is not a policy.
    #[error("{file}:{line}:{column}: {key}: {message}")]
    Bad {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The key, or `policy`.
        key: String,
        /// What is wrong.
        message: String,
    },
}

/// By what shares are measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// Everybody the same.
    Equal,
    /// By balance.
    Proportional,
    /// By the root of the balance.
    SquareRoot,
    /// By the highest tier the balance reaches; ascending, weights too.
    Tiers(Vec<Tier>),
}

/// A tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// The least balance, base units.
    #[serde(serialize_with = "decimal")]
    pub from: u128,
    /// Relative to the other tiers.
    pub weight: u64,
}

/// Which balances take part, base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Minimum {
    /// Those above it.
    MoreThan(#[serde(serialize_with = "decimal")] u128),
    /// Those that are not below it.
    AtLeast(#[serde(serialize_with = "decimal")] u128),
}

impl Minimum {
    /// Whether a balance takes part.
    #[must_use]
    pub fn admits(self, balance: u128) -> bool {
        match self {
            Self::MoreThan(least) => balance > least,
            Self::AtLeast(least) => balance >= least,
        }
    }
}

/// What to do with an account whose share is less than a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnNothing {
    /// Nothing is written.
    #[default]
    Refuse,
    /// It goes to the rejects.
    LeaveOut,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// What is divided, base units.
    #[serde(serialize_with = "decimal")]
    pub budget: u128,
    /// By what.
    pub share: Share,
    /// Who takes part.
    pub minimum_balance: Option<Minimum>,
    /// The least one gets, base units.
    #[serde(serialize_with = "decimal")]
    pub floor: u128,
    /// The most, base units.
    #[serde(serialize_with = "decimal_or_none")]
    pub cap: Option<u128>,
    /// Accounts whose share is less than a unit.
    pub nothing: OnNothing,
    /// The token.
    pub token: Asset,
    /// What the balances are in.
    pub balance: Option<Asset>,
}

/// A token, or ether.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// What amounts carry.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

fn decimal<S: Serializer>(value: &u128, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn decimal_or_none<S: Serializer>(value: &Option<u128>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    budget: Spanned<String>,
    share: Spanned<RawShare>,
    minimum_balance: Option<RawMinimum>,
    floor: Option<Spanned<String>>,
    cap: Option<Spanned<String>>,
    #[serde(default)]
    nothing: OnNothing,
    token: Spanned<Asset>,
    balance: Option<Spanned<Asset>>,
    tiers: Option<Spanned<Vec<RawTier>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawShare {
    Equal,
    Proportional,
    SquareRoot,
    Tiers,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawMinimum {
    MoreThan(Spanned<String>),
    AtLeast(Spanned<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    from: Spanned<String>,
    weight: Spanned<u64>,
}

/// What is wrong, where, and with which key.
type Complaint = (Range<usize>, &'static str, String);

impl Policy {
    /// Reads a policy file, and gives its bytes too.
    ///
    /// # Errors
    /// [`PolicyError`]
    pub fn read(file: &Path) -> Result<(Self, Vec<u8>), PolicyError> {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).map_err(|source| PolicyError::Io { file: name.clone(), source })?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            bad(&name, "", 0, "policy", format!("the file is not UTF-8 after byte {}", error.valid_up_to()))
        })?;
        Ok((Self::parse(&name, text)?, bytes))
    }

    /// Reads a policy that is in memory; `name` is what messages call it.
    ///
    /// # Errors
    /// [`PolicyError::Bad`]
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            bad(name, text, at, "policy", error.message().replace('\n', " "))
        })?;
        Self::of(&raw).map_err(|(span, key, message)| bad(name, text, span.start, key, message))
    }

    fn of(raw: &Raw) -> Result<Self, Complaint> {
        let token = raw.token.get_ref();
        for asset in [Some(&raw.token), raw.balance.as_ref()].into_iter().flatten() {
            let Asset { symbol, decimals } = asset.get_ref();
            if symbol.is_empty() || symbol == "base" || symbol.contains(char::is_whitespace) || *decimals > 77 {
                let words = "expected a symbol without spaces other than \"base\", and at most 77 decimals";
                return Err((asset.span(), "symbol", words.to_owned()));
            }
        }
        let in_token = |key, text: &Spanned<String>| amount(key, text, token);
        let in_balance = |key, text: &Spanned<String>| match &raw.balance {
            Some(asset) => amount(key, text, asset.get_ref()),
            None => Err((text.span(), key, "the table [balance] is missing: what are the balances in?".to_owned())),
        };
        let budget = in_token("budget", &raw.budget)?;
        if budget == 0 || budget > MAX_TOTAL {
            let words = format!("it is {budget} base units; expected 1 to 2^112 - 1, what a distributor accepts");
            return Err((raw.budget.span(), "budget", words));
        }
        let floor = raw.floor.as_ref().map_or(Ok(0), |text| in_token("floor", text))?;
        let cap = raw.cap.as_ref().map(|text| in_token("cap", text)).transpose()?;
        if let (Some(cap), Some(text)) = (cap.filter(|cap| *cap < floor || *cap == 0), &raw.cap) {
            return Err((
                text.span(),
                "cap",
                format!("it is {cap} base units; expected more than nothing and the floor"),
            ));
        }
        let minimum_balance = match &raw.minimum_balance {
            None => None,
            Some(RawMinimum::MoreThan(text)) => Some(Minimum::MoreThan(in_balance("minimum_balance", text)?)),
            Some(RawMinimum::AtLeast(text)) => Some(Minimum::AtLeast(in_balance("minimum_balance", text)?)),
        };
        let share = match (raw.share.get_ref(), &raw.tiers) {
            (RawShare::Tiers, None) => {
                return Err((raw.share.span(), "share", "there is no [[tiers]]; expected one at least".to_owned()));
            }
            (RawShare::Tiers, Some(tiers)) => Share::Tiers(ascending(tiers, in_balance)?),
            (_, Some(tiers)) => {
                return Err((tiers.span(), "tiers", "the share is not \"tiers\": which of them is meant?".to_owned()));
            }
            (RawShare::Equal, None) => Share::Equal,
            (RawShare::Proportional, None) => Share::Proportional,
            (RawShare::SquareRoot, None) => Share::SquareRoot,
        };
        if raw.balance.is_none() && share != Share::Equal {
            let words = "the table [balance] is missing: shares are measured by balances, what are these in?";
            return Err((raw.share.span(), "share", words.to_owned()));
        }
        let balance = raw.balance.as_ref().map(|asset| asset.get_ref().clone());
        let (nothing, token) = (raw.nothing, token.clone());
        Ok(Self { budget, share, minimum_balance, floor, cap, nothing, token, balance })
    }

    /// Whether balances are looked at.
    #[must_use]
    pub fn needs_balances(&self) -> bool {
        self.share != Share::Equal || self.minimum_balance.is_some()
    }
}

fn amount(key: &'static str, text: &Spanned<String>, asset: &Asset) -> Result<u128, Complaint> {
    let units = [(asset.symbol.as_str(), asset.decimals), ("base", 0)];
    let value: U256 = parse_with_unit(text.get_ref(), &units).map_err(|error| (text.span(), key, error.to_string()))?;
    u128::try_from(value).map_err(|_| (text.span(), key, format!("{value} base units are too many: 2^128 - 1 at most")))
}

/// Tiers by balance, each weighing no less than the one before it: a larger balance never gets less.
fn ascending(
    tiers: &Spanned<Vec<RawTier>>,
    in_balance: impl Fn(&'static str, &Spanned<String>) -> Result<u128, Complaint>,
) -> Result<Vec<Tier>, Complaint> {
    let mut read: Vec<Tier> = Vec::with_capacity(tiers.get_ref().len());
    for raw in tiers.get_ref() {
        let tier = Tier { from: in_balance("tiers.from", &raw.from)?, weight: *raw.weight.get_ref() };
        if tier.weight == 0 {
            return Err((raw.weight.span(), "tiers.weight", "it is 0; expected at least 1".to_owned()));
        }
        if let Some(before) = read.last() {
            if tier.from <= before.from {
                let words = "it is not above that of the tier before; expected ascending tiers";
                return Err((raw.from.span(), "tiers.from", words.to_owned()));
            }
            if tier.weight < before.weight {
                let words = "it is below that of the tier before: a larger balance would get less";
                return Err((raw.weight.span(), "tiers.weight", words.to_owned()));
            }
        }
        read.push(tier);
    }
    if read.is_empty() {
        return Err((tiers.span(), "tiers", "there is none; expected one at least".to_owned()));
    }
    Ok(read)
}

fn bad(name: &str, text: &str, at: usize, key: &str, message: String) -> PolicyError {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    PolicyError::Bad { file: name.to_owned(), line, column, key: key.to_owned(), message }
}
