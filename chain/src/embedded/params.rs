//! Parameters of a request, by position.
//!
//! Missing trailing parameters and `null` are the same. Numbers are taken as JSON numbers as well as hex strings, because
//! development tools send both.

use alloy::{
    eips::BlockId,
    primitives::{U64, U256},
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::Failure;

/// The parameters of one request.
#[derive(Debug)]
pub(super) struct Params<'a>(Vec<&'a RawValue>);

impl<'a> Params<'a> {
    pub(super) fn read(params: Option<&'a RawValue>) -> Result<Self, Failure> {
        let Some(params) = params else { return Ok(Self(Vec::new())) };
        if params.get() == "null" {
            return Ok(Self(Vec::new()));
        }
        let list = serde_json::from_str(params.get());
        list.map(Self).map_err(|_| Failure::params("parameters are expected as a list"))
    }

    /// The parameter at `i`, if it is there.
    pub(super) fn optional<T: DeserializeOwned>(&self, i: usize) -> Result<Option<T>, Failure> {
        match self.0.get(i) {
            None => Ok(None),
            Some(value) => serde_json::from_str(value.get())
                .map_err(|error| Failure::params(format!("invalid argument {i}: {error}"))),
        }
    }

    /// The parameter at `i`.
    pub(super) fn required<T: DeserializeOwned>(&self, i: usize) -> Result<T, Failure> {
        self.optional(i)?.ok_or_else(|| Failure::params(format!("missing value for required argument {i}")))
    }

    /// A block; the latest when none is named.
    pub(super) fn block(&self, i: usize) -> Result<BlockId, Failure> {
        Ok(self.optional(i)?.unwrap_or_default())
    }

    /// A number of 64 bits, if it is there.
    pub(super) fn optional_number(&self, i: usize) -> Result<Option<u64>, Failure> {
        Ok(self.optional::<Number>(i)?.map(Number::get))
    }

    /// A number of 64 bits.
    pub(super) fn number(&self, i: usize) -> Result<u64, Failure> {
        Ok(self.required::<Number>(i)?.get())
    }

    /// A number of 256 bits.
    pub(super) fn word(&self, i: usize) -> Result<U256, Failure> {
        self.required(i)
    }
}

/// A number as JSON or in hex.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    /// JSON.
    Plain(u64),
    /// Hex.
    Hex(U64),
}

impl Number {
    pub(super) fn get(self) -> u64 {
        match self {
            Self::Plain(number) => number,
            Self::Hex(number) => number.to(),
        }
    }
}
