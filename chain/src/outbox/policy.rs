//! What may be signed at all, and how much of it. No I/O.
//!
//! Two kinds of rule, because they end differently:
//! - **For ever**: the list of what may be called, the most value and the most gas of one transaction. Waiting changes nothing
//!   about these, so an intent that breaks one is refused with an error that names the rule, and nothing is reserved for it.
//! - **Ceilings**: the most one transaction may cost, `gas * maxFeePerGas + value`, and the most a signer may spend in a day of
//!   chain time. What does not fit waits, says why, and goes on by itself when fees fall, the day changes or the ceiling is
//!   lifted. It is never dropped. Replacements keep to the same ceilings: both are turned into a limit of the price of a gas,
//!   and no offer is made above it.
//!
//! What passes by the list is a transaction that can do nothing: no value to the signer itself without calldata. The outbox
//! makes such transactions to cancel and to fill a gap; they keep to the ceilings like all others.
//!
//! The file is TOML. A key that is not known is an error, because a rule that is misspelt guards nothing; amounts are texts
//! with their unit, `"0.5 ether"`; a function is its selector or its signature. A list that is left out allows everything, an
//! empty one nothing.

use alloy::primitives::{Address, Bytes, Selector, U256, keccak256};
use serde::Deserialize;

use super::intent::IntentKey;
use crate::units::{ETHER_UNITS, format_amount, parse_with_unit};

/// The rules; the default allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, try_from = "PolicyFile")]
pub struct SendPolicy {
    /// What may be called; `None` is everything.
    pub allow: Option<Vec<Allowed>>,
    /// Most wei sent along by one transaction.
    pub max_value: Option<U256>,
    /// Most gas of one transaction.
    pub max_gas: Option<u64>,
    /// Most wei one transaction may cost, value included.
    pub max_transaction_cost: Option<U256>,
    /// Most wei the transactions of one signer may cost on one day of chain time (UTC).
    pub max_daily_cost: Option<U256>,
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// Contracts may be created.
    Create,
    /// An account may be called in these ways.
    Call {
        /// The account.
        to: Address,
        /// How.
        how: Calls,
    },
}

/// How an account may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calls {
    /// With any calldata or none.
    Any,
    /// By these functions.
    Some {
        /// Selectors.
        functions: Vec<Selector>,
        /// And without calldata, a plain transfer.
        plain: bool,
    },
}

/// What a transaction would do, as far as the rules look at it.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The intent it is for.
    pub key: &'a IntentKey,
    /// Who signs.
    pub from: Address,
    /// Whom it calls; `None` creates a contract.
    pub to: Option<Address>,
    /// Value, wei.
    pub value: U256,
    /// Calldata or creation code.
    pub data: &'a Bytes,
    /// Gas, where it is known.
    pub gas: Option<u64>,
}

impl Proposal<'_> {
    /// Whether it can do nothing but use a nonce: no value to its own signer, without calldata.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.to == Some(self.from) && self.value.is_zero() && self.data.is_empty()
    }

    fn selector(&self) -> Option<Selector> {
        self.data.get(..4).map(Selector::from_slice)
    }
}

/// A rule that waiting does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `allow`
    #[error("{key} is not allowed by rule `allow`: {call} is not on the list")]
    NotAllowed {
        /// The intent.
        key: IntentKey,
        /// What it would call.
        call: String,
    },
    /// `max_value`
    #[error("{key} is not allowed by rule `max_value`: it sends {} ether, at most {} are allowed", ether(.value), ether(.most))]
    Value {
        /// The intent.
        key: IntentKey,
        /// Its value, wei.
        value: U256,
        /// The rule.
        most: U256,
    },
    /// `max_gas`
    #[error("{key} is not allowed by rule `max_gas`: it takes {gas} gas, at most {most} is allowed")]
    Gas {
        /// The intent.
        key: IntentKey,
        /// Its gas.
        gas: u64,
        /// The rule.
        most: u64,
    },
}

/// The highest price of a gas that the ceilings leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// Most wei a gas.
    pub max_fee: u128,
    /// Which ceiling it is.
    pub by: By,
}

/// Which ceiling leaves the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The price of a gas, `max_fee_per_gas`.
    Price,
    /// `max_transaction_cost`
    Transaction,
    /// `max_daily_cost`
    Day,
}

impl By {
    /// The ceiling in words, after "above".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Price => "the limit of the price of a gas",
            Self::Transaction => "the ceiling of one transaction (`max_transaction_cost`)",
            Self::Day => "what is left of the ceiling of the day (`max_daily_cost`)",
        }
    }
}

/// The day of chain time, counted from 1970 in UTC.
#[must_use]
pub fn day_of(timestamp: u64) -> u64 {
    timestamp / 86_400
}

impl SendPolicy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The rules that waiting does not change.
    ///
    /// # Errors
    /// The first rule that forbids it.
    pub fn permits(&self, proposal: &Proposal<'_>) -> Result<(), PolicyError> {
        let key = || proposal.key.clone();
        if let Some(list) = &self.allow
            && !proposal.is_void()
            && !list.iter().any(|allowed| allowed.covers(proposal))
        {
            return Err(PolicyError::NotAllowed { key: key(), call: call_in_words(proposal) });
        }
        if let Some(most) = self.max_value.filter(|most| proposal.value > *most) {
            return Err(PolicyError::Value { key: key(), value: proposal.value, most });
        }
        if let (Some(most), Some(gas)) = (self.max_gas, proposal.gas)
            && gas > most
        {
            return Err(PolicyError::Gas { key: key(), gas, most });
        }
        Ok(())
    }

    /// What the ceilings leave for the price of a gas, where the signer has `spent` today without this transaction, and
    /// `price` is the most a gas may cost anyway.
    ///
    /// # Errors
    /// The ceiling that its value alone is above.
    pub fn ceiling(&self, price: u128, gas: u64, value: U256, spent: U256) -> Result<Ceiling, By> {
        let mut least = Ceiling { max_fee: price, by: By::Price };
        let left_today = self.max_daily_cost.map(|most| most.saturating_sub(spent));
        for (room, by) in [(self.max_transaction_cost, By::Transaction), (left_today, By::Day)] {
            let Some(room) = room else { continue };
            let for_gas = room.checked_sub(value).ok_or(by)?;
            let max_fee = u128::try_from(for_gas / U256::from(gas.max(1))).unwrap_or(u128::MAX);
            if max_fee < least.max_fee {
                least = Ceiling { max_fee, by };
            }
        }
        Ok(least)
    }
}

impl Allowed {
    fn covers(&self, proposal: &Proposal<'_>) -> bool {
        match (self, proposal.to) {
            (Self::Create, None) => true,
            (Self::Call { to, how }, Some(target)) if *to == target => match how {
                Calls::Any => true,
                Calls::Some { plain, .. } if proposal.data.is_empty() => *plain,
                // up to three bytes name no function: a fallback would run, and nobody allowed that
                Calls::Some { functions, .. } => proposal.selector().is_some_and(|found| functions.contains(&found)),
            },
            _ => false,
        }
    }
}

/// Most wei a transaction may cost.
#[must_use]
pub fn cost(gas: u64, max_fee: u128, value: U256) -> U256 {
    U256::from(gas).saturating_mul(U256::from(max_fee)).saturating_add(value)
}

fn ether(wei: &U256) -> String {
    format_amount(*wei, 18)
}

/// What a transaction calls, in words.
#[must_use]
pub fn call_in_words(proposal: &Proposal<'_>) -> String {
    match (proposal.to, proposal.selector()) {
        (None, _) => "the creation of a contract".to_owned(),
        (Some(to), _) if proposal.data.is_empty() => format!("a plain transfer to {to}"),
        (Some(to), Some(selector)) => format!("{selector} at {to}"),
        (Some(to), None) => format!("{} bytes of calldata, which name no function, to {to}", proposal.data.len()),
    }
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    allow: Option<Vec<AllowedFile>>,
    max_value: Option<String>,
    max_gas: Option<u64>,
    max_transaction_cost: Option<String>,
    max_daily_cost: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowedFile {
    to: Option<Address>,
    #[serde(default)]
    create: bool,
    #[serde(default)]
    any: bool,
    #[serde(default)]
    plain: bool,
    #[serde(default)]
    functions: Vec<String>,
}

impl TryFrom<PolicyFile> for SendPolicy {
    type Error = String;

    fn try_from(file: PolicyFile) -> Result<Self, String> {
        let wei = |name: &str, text: Option<String>| {
            let read = |text: String| parse_with_unit(&text, ETHER_UNITS).map_err(|error| format!("{name}: {error}"));
            text.map(read).transpose()
        };
        Ok(Self {
            allow: file.allow.map(|list| list.into_iter().map(Allowed::try_from).collect()).transpose()?,
            max_value: wei("max_value", file.max_value)?,
            max_gas: file.max_gas,
            max_transaction_cost: wei("max_transaction_cost", file.max_transaction_cost)?,
            max_daily_cost: wei("max_daily_cost", file.max_daily_cost)?,
        })
    }
}

impl TryFrom<AllowedFile> for Allowed {
    type Error = String;

    fn try_from(file: AllowedFile) -> Result<Self, String> {
        let named = file.plain || !file.functions.is_empty();
        match (file.to, file.create) {
            (None, true) if !file.any && !named => Ok(Self::Create),
            (Some(to), false) if file.any && !named => Ok(Self::Call { to, how: Calls::Any }),
            (Some(to), false) if named && !file.any => {
                let functions = file.functions.iter().map(|text| selector(text)).collect::<Result<_, _>>()?;
                Ok(Self::Call { to, how: Calls::Some { functions, plain: file.plain } })
            }
            _ => Err(
                "an entry of `allow` is `create = true` alone, or `to` with one of `functions = […]`, `plain = true` \
                      (these two go together) or `any = true`"
                    .to_owned(),
            ),
        }
    }
}

/// A selector as `0x` and eight digits, or the signature it is the hash of.
fn selector(text: &str) -> Result<Selector, String> {
    if text.starts_with("0x") {
        return text.parse().map_err(|_| format!("{text:?} is not a selector of four bytes"));
    }
    let shape = text.split_once('(').filter(|(name, rest)| !name.is_empty() && rest.ends_with(')'));
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_$(),[]".contains(c));
    match shape {
        Some(_) if plain => Ok(Selector::from_slice(&keccak256(text)[..4])),
        _ => Err(format!(
            "{text:?} is neither a selector (0x and eight digits) nor a signature like transfer(address,uint256)"
        )),
    }
}

#[cfg(test)]
mod tests;
