//! Whether an account is what a signer should be: a key and nothing else.
//!
//! A plain account moves only when its key signs. An account with an EIP-7702 delegation (its code is `0xef0100` and an
//! address) runs another party's code when it is called: that code can move its ether and its tokens at any time and, by
//! creating contracts, its nonce too, so that a transaction prepared for that nonce is displaced by something nobody here
//! sent. It is refused unless the operator allows it. An account with other code is a contract; no key signs for it.
//!
//! What this does not see: a delegation made after the look, and what the delegate's code does.

use alloy::{eips::BlockId, primitives::Address};
use serde::Serialize;

use super::SignerError;
use crate::rpc::{Rpc, RpcError};

/// What EIP-7702 puts before the address of the delegate.
const DELEGATION: [u8; 3] = [0xef, 0x01, 0x00];

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A key and nothing else.
    Plain,
    /// A key that lets the code of this account act for it (EIP-7702).
    Delegated(Address),
    /// A contract, with so many bytes of code.
    Contract(usize),
}

impl AccountKind {
    /// The kind that the code at an account stands for.
    #[must_use]
    pub fn of(code: &[u8]) -> Self {
        match code.strip_prefix(&DELEGATION).map(<[u8; 20]>::try_from) {
            _ if code.is_empty() => Self::Plain,
            Some(Ok(delegate)) => Self::Delegated(delegate.into()),
            _ => Self::Contract(code.len()),
        }
    }

    /// Whether `address`, being of this kind, may sign; what there is to tell when it may all the same.
    ///
    /// # Errors
    /// A contract; a delegation that is not allowed.
    pub fn admit(self, address: Address, allow_delegated: bool) -> Result<Option<String>, SignerError> {
        match self {
            Self::Plain => Ok(None),
            Self::Delegated(delegate) if allow_delegated => Ok(Some(format!(
                "{address} lets the code of {delegate} act for it (EIP-7702): that code can move its ether, its tokens and \
                 its nonce at any time"
            ))),
            Self::Delegated(delegate) => Err(SignerError::Account(format!(
                "{address} lets the code of {delegate} act for it (EIP-7702): that code can move its ether, its tokens and \
                 its nonce at any time, and what is prepared here may be displaced. Take the delegation back (a \
                 delegation to the zero address), use another key, or allow it with --allow-delegated"
            ))),
            Self::Contract(bytes) => Err(SignerError::Account(format!(
                "{address} is a contract ({bytes} bytes of code) and cannot sign a transaction; give the account of a key"
            ))),
        }
    }
}

impl std::fmt::Display for AccountKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain => f.write_str("a plain account"),
            Self::Delegated(delegate) => write!(f, "delegated to the code of {delegate} (EIP-7702)"),
            Self::Contract(bytes) => write!(f, "a contract of {bytes} bytes"),
        }
    }
}

/// Looks at the code of an account as of the latest block.
///
/// # Errors
/// [`RpcError`]
pub async fn examine(rpc: &Rpc, address: Address) -> Result<AccountKind, RpcError> {
    Ok(AccountKind::of(&rpc.code(address, BlockId::latest()).await?))
}
