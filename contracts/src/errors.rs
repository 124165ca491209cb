//! Reverts in words.

use alloy::sol_types::{ContractError, GenericContractError};

/// Describes revert data: `Error(string)`, `Panic(uint256)`; `None` when it is neither.
#[must_use]
pub fn describe(data: &[u8]) -> Option<String> {
    <GenericContractError as alloy::sol_types::SolInterface>::abi_decode(data).ok().map(|error| match error {
        ContractError::Revert(revert) => revert.reason,
        ContractError::Panic(panic) => panic.to_string(),
        ContractError::CustomError(never) => match never {},
    })
}
