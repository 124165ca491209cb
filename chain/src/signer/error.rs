//! Why a key could not be loaded, or did not sign. No secret is ever part of it.

use std::path::PathBuf;

use alloy::primitives::Address;

use crate::dev::DEV_CHAIN_IDS;

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
    /// A password that is not there, or can not be one.
    #[error("{0}")]
    NoPassword(String),
    /// A keystore that the password does not open.
    #[error("{}: the password from {password} does not open this keystore", .keystore.display())]
    WrongPassword {
        /// The keystore.
        keystore: PathBuf,
        /// Where the password came from.
        password: String,
    },
    /// Not a keystore, or not one that can be trusted.
    #[error("{}: not a geth v3 keystore file: {reason}", .path.display())]
    NotKeystore {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// No key for an account.
    #[error("there is no key for {0} here")]
    NoKey(Address),
    /// A signature that did not prove to be what was asked for.
    #[error("what was signed for {signer} is not what was asked for: {what}; nothing was sent")]
    BadSignature {
        /// Who was to sign.
        signer: Address,
        /// What differs.
        what: String,
    },
    /// A remote signer or a device that gave no answer, in time or at all; it may give one when asked again.
    #[error("{who} did not answer: {reason}")]
    NoAnswer {
        /// The signer, without secrets.
        who: String,
        /// What happened.
        reason: String,
    },
    /// A remote signer or a person at a device that refused.
    #[error("{who} refused: {words}")]
    Refused {
        /// The signer, without secrets.
        who: String,
        /// Its words.
        words: String,
    },
    /// An account that may not be used as a signer.
    #[error("{0}")]
    Account(String),
    /// A key that could not be made, or a setting that makes no sense.
    #[error("{0}")]
    Other(String),
}

impl SignerError {
    /// Whether the same question may find an answer later. Nothing was signed as far as is known, and a signature that
    /// nobody read is never sent.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoAnswer { .. })
    }
}
