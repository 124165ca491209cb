//! Keys: the only place that holds one.

use std::path::Path;

use alloy::primitives::Address;

/// Why a key could not be loaded or did not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Any failure.
    #[error("{0}")]
    Other(String),
}

/// The keys of this process, by address.
#[derive(Debug, Clone, Default)]
pub struct Signers {}

impl Signers {
    /// The first `count` accounts of the well-known development mnemonic; refused on any other than a development chain id.
    ///
    /// # Errors
    /// A chain id that is not in [`crate::dev::DEV_CHAIN_IDS`].
    pub fn dev(_chain_id: u64, _count: u32) -> Result<Self, SignerError> {
        unimplemented!()
    }
    /// A geth-v3 keystore file (what `cast wallet import` writes), its password read from a file.
    ///
    /// # Errors
    /// An unreadable file or a wrong password.
    pub fn keystore(_file: &Path, _password_file: &Path) -> Result<Self, SignerError> {
        unimplemented!()
    }
    /// The addresses that can sign, in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        unimplemented!()
    }
}
