//! Reverts in words: `Error(string)`, `Panic(uint256)`, and every custom error of the committed contracts.

use alloy::{
    dyn_abi::{DynSolValue, JsonAbiExt},
    json_abi::Error as AbiError,
    primitives::hex,
    sol_types::{GenericContractError, SolInterface},
};

use crate::artifact;

/// Describes revert data; `None` when nobody knows its selector.
#[must_use]
pub fn describe(data: &[u8]) -> Option<String> {
    if let Ok(error) = GenericContractError::abi_decode(data) {
        return Some(error.to_string());
    }
    let (selector, arguments) = data.split_at_checked(4)?;
    let error = find(selector)?;
    let values = error.abi_decode_input(arguments).ok()?;
    let arguments: Vec<_> =
        error.inputs.iter().zip(&values).map(|(input, value)| format!("{}: {}", input.name, word(value))).collect();
    Some(format!("{}({})", error.name, arguments.join(", ")))
}

fn find(selector: &[u8]) -> Option<&'static AbiError> {
    artifact::all().values().flat_map(|artifact| artifact.abi.errors()).find(|error| error.selector() == selector)
}

fn word(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Bool(flag) => flag.to_string(),
        DynSolValue::String(text) => text.clone(),
        other => hex::encode_prefixed(other.abi_encode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::{
        primitives::{U256, address},
        sol_types::{Revert, SolError},
    };

    #[test]
    fn custom_errors_are_named_with_their_arguments() {
        let error = crate::bindings::TokenDistributor::DistributorChunkAlreadyDone { chunk: U256::from(7) };
        assert_eq!(describe(&error.abi_encode()).unwrap(), "DistributorChunkAlreadyDone(chunk: 7)");
    }

    #[test]
    fn reasons_are_read_and_unknown_selectors_are_not_guessed() {
        assert!(describe(&Revert::from("too late").abi_encode()).unwrap().contains("too late"));
        assert_eq!(describe(&[1, 2, 3]), None);
        assert_eq!(describe(address!("0x00000000000000000000000000000000000000ff").as_slice()), None);
    }
}
