//! Keys: the only place that holds one.
//!
//! A key enters from the well-known development mnemonic (refused on any chain that is not a development chain) or from a
//! geth v3 keystore whose password is in a file. It signs whole EIP-1559 transactions, and each signature is proven before
//! it leaves: the bytes decode to the transaction that was asked for, and the recovered sender is the signer. Neither key
//! nor password is ever part of a message or of `Debug`.

use std::path::{Path, PathBuf};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, transaction::SignerRecoverable},
    eips::eip2718::{Decodable2718, Encodable2718},
    primitives::{Address, B256, Bytes, keccak256},
    signers::{
        SignerSync,
        local::{MnemonicBuilder, PrivateKeySigner},
    },
};

use crate::dev::DEV_CHAIN_IDS;

/// The mnemonic every development chain funds; its keys are public, so it holds nothing anywhere else.
const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Why a key could not be loaded or did not sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The public development keys on a chain that may hold value.
    #[error("the development keys are public; they sign for chain ids {DEV_CHAIN_IDS:?} only, not for {0}")]
    NotDev(u64),
    /// A file that could not be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A keystore that the password does not open.
    #[error("{}: the password in {} does not open this keystore", .keystore.display(), .password_file.display())]
    WrongPassword {
        /// The keystore.
        keystore: PathBuf,
        /// The file the password came from.
        password_file: PathBuf,
    },
    /// Not a keystore.
    #[error("{}: not a geth v3 keystore file", .0.display())]
    NotKeystore(PathBuf),
    /// No key for an account.
    #[error("there is no key for {0} here")]
    NoKey(Address),
    /// A signature that did not prove to be what was asked for.
    #[error("the signature of {0} does not verify; nothing was sent")]
    BadSignature(Address),
    /// A key that could not be made.
    #[error("{0}")]
    Other(String),
}

/// A signed transaction, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Its hash.
    pub(crate) hash: B256,
    /// Its EIP-2718 bytes, as they are sent.
    pub(crate) raw: Bytes,
}

/// The keys of this process, by address.
#[derive(Clone, Default)]
pub struct Signers {
    keys: Vec<PrivateKeySigner>,
}

impl std::fmt::Debug for Signers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signers").field("addresses", &self.addresses()).finish_non_exhaustive()
    }
}

impl Signers {
    /// The first `count` accounts of the well-known development mnemonic; refused on any other than a development chain id.
    ///
    /// # Errors
    /// A chain id that is not in [`crate::dev::DEV_CHAIN_IDS`].
    pub fn dev(chain_id: u64, count: u32) -> Result<Self, SignerError> {
        if !DEV_CHAIN_IDS.contains(&chain_id) {
            return Err(SignerError::NotDev(chain_id));
        }
        let key = |index| MnemonicBuilder::try_from_phrase_nth(DEV_MNEMONIC, index);
        let keys = (0..count).map(key).collect::<Result<_, _>>();
        Ok(Self { keys: keys.map_err(|_| SignerError::Other("a development key could not be derived".to_owned()))? })
    }

    /// A geth-v3 keystore file (what `cast wallet import` writes), its password read from a file.
    ///
    /// # Errors
    /// An unreadable file or a wrong password.
    pub fn keystore(file: &Path, password_file: &Path) -> Result<Self, SignerError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|source| SignerError::Unreadable { path: path.to_owned(), source })
        };
        let text = read(file)?;
        let password = read(password_file)?;
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|_| SignerError::NotKeystore(file.to_owned()))?;
        let is_v3 = json["version"] == 3 && (json["crypto"].is_object() || json["Crypto"].is_object());
        if !is_v3 {
            return Err(SignerError::NotKeystore(file.to_owned()));
        }
        // the underlying error is dropped on purpose: it is made while password and key are at hand
        let key = PrivateKeySigner::decrypt_keystore(file, password.trim_end_matches(['\r', '\n'])).map_err(|_| {
            SignerError::WrongPassword { keystore: file.to_owned(), password_file: password_file.to_owned() }
        })?;
        Ok(Self { keys: vec![key] })
    }

    /// These keys and those of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for key in other.keys {
            if !self.holds(key.address()) {
                self.keys.push(key);
            }
        }
        self
    }

    /// The addresses that can sign, in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.keys.iter().map(PrivateKeySigner::address).collect()
    }

    /// Whether `address` can sign.
    #[must_use]
    pub fn holds(&self, address: Address) -> bool {
        self.keys.iter().any(|key| key.address() == address)
    }

    /// Signs a whole transaction as `from` and proves the result.
    // a key in memory answers at once; callers are made for one that does not
    #[allow(clippy::unused_async)]
    pub(crate) async fn sign(&self, from: Address, tx: TxEip1559) -> Result<Signed, SignerError> {
        let key = self.keys.iter().find(|key| key.address() == from).ok_or(SignerError::NoKey(from))?;
        let bad = |_| SignerError::BadSignature(from);
        let signature = key.sign_hash_sync(&tx.signature_hash()).map_err(bad)?;
        let signed = TxEnvelope::Eip1559(tx.clone().into_signed(signature));
        let signed = Signed { hash: *signed.tx_hash(), raw: signed.encoded_2718().into() };
        prove(&signed, from, &tx)?;
        Ok(signed)
    }
}

/// Decodes the bytes as a stranger would: the same transaction, hash and sender, or they are not sent.
fn prove(signed: &Signed, from: Address, asked: &TxEip1559) -> Result<(), SignerError> {
    let bad = || SignerError::BadSignature(from);
    let decoded = TxEnvelope::decode_2718_exact(&signed.raw).map_err(|_| bad())?;
    let sender = decoded.recover_signer().map_err(|_| bad())?;
    let same = decoded.as_eip1559().is_some_and(|tx| tx.tx() == asked);
    if sender == from && same && keccak256(&signed.raw) == signed.hash { Ok(()) } else { Err(bad()) }
}

#[cfg(test)]
mod tests;
