//! What a cell says, and what amount that is in base units. Exactly, or not at all.

use alloy::primitives::{Address, U256};
use tminus_chain::units::AmountError;

use super::{
    fault::Fault,
    options::{Meaning, Unit},
};
use crate::recipients::{MAX_AMOUNT, ProblemKind, problem::quote, row};

/// A cell of the address column.
#[derive(Debug)]
pub(super) enum AddressCell<'a> {
    /// Written out.
    Text(&'a [u8]),
    /// Its bytes.
    Bytes(&'a [u8]),
    /// No address.
    Wrong(Fault),
}

/// A cell of the amount column.
#[derive(Debug)]
pub(super) enum AmountCell<'a> {
    /// There is no such column.
    Absent,
    /// Written out, decimal.
    Text(&'a [u8]),
    /// No amount.
    Wrong(Fault),
}

impl AddressCell<'_> {
    pub(super) fn read(self) -> Result<Address, Fault> {
        match self {
            Self::Text(text) => Ok(row::any_address(text)?),
            Self::Bytes(bytes) => Address::try_from(bytes).map_err(|_| Fault::AddressBytes(bytes.len())),
            Self::Wrong(fault) => Err(fault),
        }
    }
}

/// How amounts are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) unit: Unit,
    pub(super) decimals: u8,
    pub(super) meaning: Meaning,
}

impl Scale {
    /// The amount in base units, zero included; zero where there is no such column.
    pub(super) fn read(self, cell: AmountCell<'_>) -> Result<u128, Fault> {
        let value = match cell {
            AmountCell::Absent => return Ok(0),
            AmountCell::Wrong(fault) => return Err(fault),
            AmountCell::Text(text) => self.text(text)?,
        };
        let most = match self.meaning {
            Meaning::Amounts => MAX_AMOUNT,
            Meaning::Balances => u128::MAX,
        };
        u128::try_from(value).ok().filter(|value| *value <= most).ok_or_else(|| self.too_large(value))
    }

    /// Digits after the point that the numbers may have.
    fn places(self) -> u8 {
        if self.unit == Unit::Whole { self.decimals } else { 0 }
    }

    fn text(self, text: &[u8]) -> Result<U256, Fault> {
        row::value(text, self.places()).map_err(|kind| match kind {
            ProblemKind::Amount { error: AmountError::TooManyDecimals { .. }, .. } if self.unit != Unit::Whole => {
                Fault::fraction(quote(text), self.unit)
            }
            ProblemKind::AboveUint96(text) if self.meaning == Meaning::Balances => {
                Fault::BalanceTooLarge(text, self.unit)
            }
            kind => Fault::Row(kind),
        })
    }

    fn too_large(self, value: U256) -> Fault {
        match self.meaning {
            Meaning::Amounts => Fault::TooLarge(value, self.unit),
            Meaning::Balances => Fault::BalanceTooLarge(value.to_string(), self.unit),
        }
    }
}
