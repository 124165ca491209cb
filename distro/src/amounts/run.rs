//! The whole of it: balances in, a list out, with everything that led to it.
//!
//! Balances are read as `import` reads amounts, with the same strictness and the same filters, except that a balance of
//! zero is a balance. Then two filters of the policy follow, counted and reported like the others: `minimum` (balances that
//! do not take part, and those below every tier) and `nothing` (shares of less than a unit). The policy file is copied into
//! the folder, byte for byte.

use std::{
    io::{self, Write},
    path::Path,
};

use alloy::primitives::{Address, U256};
use serde::Serialize;
use tminus_chain::units::format_amount;

use super::{
    policy::{OnNothing, Policy, PolicyError},
    share::{Bounds, Claim, ShareError, divide},
};
use crate::{
    import::{
        FileFacts, ImportError, ImportOptions, LIST_FILE, Meaning, REJECTS_FILE, Reading, Stage, Tally, Unit,
        folder::{Draft, Draw},
        input::gather_into,
        intake::{Gathered, Row},
        list::{write_json, write_list},
        record::tool,
    },
    recipients::{Entry, MAX_AMOUNT},
};

/// The record's name in the folder.
pub const RECORD_FILE: &str = "amounts.json";
/// The policy's name in the folder.
pub const POLICY_FILE: &str = "policy.toml";
/// Version of the record's form.
const FORMAT: u32 = 1;

/// Why there are no amounts.
#[derive(Debug, thiserror::Error)]
pub enum AmountsError {
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The balances.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The division.
    #[error("{0}; nothing was written")]
    Share(#[from] ShareError),
    /// A policy that looks at balances, and files that have none.
    #[error("--unit none says that there are no balances, but the policy looks at them; only equal shares do without")]
    NoBalances,
    /// Other decimals.
    #[error("the balances are read with {options} decimals, but the policy's [balance] has {policy}")]
    Decimals {
        /// Those of the options.
        options: u8,
        /// Those of the policy.
        policy: u8,
    },
    /// Shares of less than a unit.
    #[error(
        "{count} account{} would get less than one base unit, the first of them {first}; nothing was written. Set a floor, \
         a larger minimum balance, or nothing = \"leave-out\"",
        if *count == 1 { "" } else { "s" }
    )]
    Nothing {
        /// How many.
        count: u64,
        /// The smallest address of them.
        first: Address,
    },
    /// More than a recipient can be paid.
    #[error("{address} would get {amount} base units; expected at most 2^96 - 1. Set a cap; nothing was written")]
    TooMuch {
        /// Who.
        address: Address,
        /// How much.
        amount: u128,
    },
}

impl AmountsError {
    /// Whether what was given is wrong, rather than where it should have been written.
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Import(error) if !error.is_input())
    }
}

/// What came out, in figures. Amounts are base units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Recipients.
    pub recipients: u64,
    /// Sum of the amounts: the budget.
    pub total: String,
    /// The smallest amount.
    pub smallest: String,
    /// The largest.
    pub largest: String,
    /// Accounts at the floor.
    pub at_floor: u64,
    /// Accounts at the cap.
    pub at_cap: u64,
    /// Accounts that got one of the units left over by cutting off.
    pub rounded_up: u64,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmountsRecord {
    /// Version of this form.
    pub format: u32,
    /// The program and its version.
    pub tool: String,
    /// The policy, as it was understood: amounts in base units.
    pub policy: Policy,
    /// The policy as it was given.
    pub policy_file: FileFacts,
    /// How the balances came in.
    pub reading: Reading,
    /// The policy's filters: balances in base units.
    pub stages: Vec<Stage>,
    /// What came out.
    pub figures: Figures,
    /// The list.
    pub list: FileFacts,
    /// The rejects.
    pub rejects: FileFacts,
}

/// Divides the budget of a policy among the balances of files, into a folder that is not there yet.
///
/// # Errors
/// [`AmountsError`]; then the folder is not there either.
pub fn amounts(
    policy: &Policy,
    policy_text: &[u8],
    options: &ImportOptions,
    out: &Path,
) -> Result<AmountsRecord, AmountsError> {
    if options.unit == Unit::None && policy.needs_balances() {
        return Err(AmountsError::NoBalances);
    }
    if let Some(asset) =
        policy.balance.as_ref().filter(|it| options.unit != Unit::None && it.decimals != options.decimals)
    {
        return Err(AmountsError::Decimals { options: options.decimals, policy: asset.decimals });
    }
    let output = |error: io::Error| AmountsError::Import(ImportError::Output(error));
    let options = ImportOptions { meaning: Meaning::Balances, ..options.clone() };
    let draft = Draft::begin(out).map_err(output)?;
    let mut rejects = draft.file(REJECTS_FILE).map_err(output)?;
    let mut gathered = gather_into(&options, &mut rejects)?;
    let column = options.columns.amount.as_str();
    let minimum = admit(policy, &mut gathered, &mut rejects, column).map_err(output)?;
    let claims: Vec<_> = gathered.rows.iter().filter_map(|row| claim(policy, row)).collect();
    let mut shares = divide(policy.budget, &claims, Bounds { floor: policy.floor, cap: policy.cap })?;
    drop(claims);
    let given = std::mem::take(&mut shares.amounts);
    let nothing = leave_out(policy, &gathered, &given, &mut rejects, column, minimum.after)?;
    let paid = || {
        let pairs = gathered.rows.iter().zip(&given);
        pairs.filter(|(_, amount)| **amount > 0).map(|(row, amount)| Entry { address: row.address, amount: *amount })
    };
    if let Some(Entry { address, amount }) = paid().find(|entry| entry.amount > MAX_AMOUNT) {
        return Err(AmountsError::TooMuch { address, amount });
    }
    let figures = Figures {
        recipients: nothing.after.rows,
        total: given.iter().fold(U256::ZERO, |sum, amount| sum + U256::from(*amount)).to_string(),
        smallest: paid().map(|entry| entry.amount).min().unwrap_or_default().to_string(),
        largest: paid().map(|entry| entry.amount).max().unwrap_or_default().to_string(),
        at_floor: shares.at_floor,
        at_cap: shares.at_cap,
        rounded_up: shares.rounded_up,
    };
    let write = || {
        let list = write_list(draft.file(LIST_FILE)?, paid(), policy.token.decimals)?;
        let mut copy = draft.file(POLICY_FILE)?;
        copy.write_all(policy_text)?;
        let record = AmountsRecord {
            format: FORMAT,
            tool: tool(),
            policy: policy.clone(),
            policy_file: copy.finish()?,
            reading: gathered.reading.clone(),
            stages: vec![minimum, nothing],
            figures,
            list,
            rejects: rejects.finish()?,
        };
        write_json(draft.file(RECORD_FILE)?, &record)?;
        draft.publish()?;
        Ok(record)
    };
    write().map_err(output)
}

fn claim(policy: &Policy, row: &Row) -> Option<Claim> {
    let weight = policy.share.weight(row.amount)?;
    Some(Claim { address: row.address, balance: row.amount, weight })
}

/// Keeps the balances that take part, and reports the others.
fn admit(policy: &Policy, gathered: &mut Gathered, rejects: &mut Draw, column: &str) -> io::Result<Stage> {
    let (mut before, mut left_out) = (Tally::default(), Tally::default());
    let takes_part = |row: &Row| {
        policy.minimum_balance.is_none_or(|minimum| minimum.admits(row.amount)) && claim(policy, row).is_some()
    };
    for row in &gathered.rows {
        before.add(row.amount);
        if !takes_part(row) {
            left_out.add(row.amount);
            let decimals = policy.balance.as_ref().map_or(0, |asset| asset.decimals);
            let balance = format_amount(U256::from(row.amount), decimals);
            let why = format!("the balance of {balance} is below what takes part by the policy");
            gathered.reject(rejects, row, column, "minimum", &why)?;
        }
    }
    gathered.rows.retain(takes_part);
    Ok(Stage::new("minimum", before, left_out))
}

/// Accounts whose share is less than a unit: refused, or reported.
fn leave_out(
    policy: &Policy,
    gathered: &Gathered,
    given: &[u128],
    rejects: &mut Draw,
    column: &str,
    before: Tally,
) -> Result<Stage, AmountsError> {
    let empty = || gathered.rows.iter().zip(given).filter(|(_, amount)| **amount == 0).map(|(row, _)| row);
    if let (Some(first), OnNothing::Refuse) = (empty().next(), policy.nothing) {
        return Err(AmountsError::Nothing { count: empty().count() as u64, first: first.address });
    }
    let mut left_out = Tally::default();
    for row in empty() {
        left_out.add(row.amount);
        let why = "its share of the budget is less than one base unit";
        gathered.reject(rejects, row, column, "nothing", why).map_err(ImportError::Output)?;
    }
    Ok(Stage::new("nothing", before, left_out))
}
