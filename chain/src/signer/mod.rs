//! Keys: the only place that holds one.
//!
//! - `local`: the development mnemonic, and geth v3 keystores; `password`: where their passwords come from
//! - `ledger`: a Ledger device (cargo feature `ledger`)
//! - `remote`: web3signer, op-signer, clef
//! - `prove`: no signature leaves unproven, whoever made it
//! - `account`: whether the account of a key may be used at all
//!
//! A signer is handed a whole EIP-1559 transaction and gives back its bytes; nothing here signs a bare hash for anybody
//! else. Signing may take as long as a person takes to press a button, so it is never done while the journal is held.
//! Neither key nor password nor token is ever part of a message or of `Debug`. Which key signs what is the caller's matter:
//! one key a kind of work, so that what waits in one queue does not hold up the others.

pub mod account;
mod error;
mod ledger;
mod local;
mod password;
mod prove;
mod remote;

pub use error::SignerError;
pub use ledger::LedgerPath;
pub use password::{Password, PasswordSource};
pub use remote::RemoteOptions;

use std::path::Path;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, Signature, keccak256},
    signers::local::PrivateKeySigner,
};

/// A signed transaction, proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Its hash.
    pub(crate) hash: B256,
    /// Its EIP-2718 bytes, as they are sent.
    pub(crate) raw: Bytes,
}

/// One key, wherever it is.
#[derive(Clone)]
enum Key {
    Local(PrivateKeySigner),
    Remote(remote::Remote, Address),
    #[cfg(feature = "ledger")]
    Ledger(std::sync::Arc<ledger::Device>),
}

/// The keys of this process, by address.
#[derive(Clone, Default)]
pub struct Signers {
    keys: Vec<Key>,
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
        Ok(Self { keys: local::dev(chain_id, count)?.into_iter().map(Key::Local).collect() })
    }

    /// Geth-v3 keystore files (what `cast wallet import` writes) that one password opens. All files are looked through
    /// before the password is read, which is done once: a descriptor gives it only once.
    ///
    /// # Errors
    /// An unreadable file, one that is no keystore, no password or a wrong one.
    pub fn keystores<P: AsRef<Path>>(files: &[P], source: &PasswordSource) -> Result<Self, SignerError> {
        let Some(first) = files.first() else { return Ok(Self::default()) };
        for file in files {
            local::recognise(file.as_ref())?;
        }
        let password = source.read(&first.as_ref().display().to_string())?;
        let mut signers = Self::default();
        for file in files {
            let key = local::keystore(file.as_ref(), source, &password)?;
            signers = signers.and(Self { keys: vec![Key::Local(key)] });
        }
        Ok(signers)
    }

    /// A key on a Ledger device, for transactions of one chain.
    ///
    /// # Errors
    /// No device, a locked one, or a program that was built without the feature `ledger`.
    #[cfg(feature = "ledger")]
    pub async fn ledger(path: &LedgerPath, chain_id: u64) -> Result<Self, SignerError> {
        let device = ledger::Device::open(path, chain_id).await?;
        Ok(Self { keys: vec![Key::Ledger(std::sync::Arc::new(device))] })
    }

    /// A key on a Ledger device, for transactions of one chain.
    ///
    /// # Errors
    /// Always: this program was built without the feature `ledger`.
    #[cfg(not(feature = "ledger"))]
    pub async fn ledger(_: &LedgerPath, _: u64) -> Result<Self, SignerError> {
        let words = "this program was built without Ledger support; build it with `--features ledger`";
        Err(SignerError::Other(words.to_owned()))
    }

    /// A key of a remote signer: that of `from`, or its only one.
    ///
    /// # Errors
    /// A signer that does not answer or does not have the account; several accounts and no choice among them.
    pub async fn remote(options: &RemoteOptions, from: Option<Address>) -> Result<Self, SignerError> {
        let remote = remote::Remote::new(options)?;
        let account = match (remote.accounts().await?, from) {
            (Some(accounts), Some(from)) if !accounts.contains(&from) => {
                return Err(SignerError::Other(format!(
                    "the remote signer has no key for {from}; it has {}",
                    list(&accounts)
                )));
            }
            (_, Some(from)) => from,
            (Some(accounts), None) => match accounts[..] {
                [only] => only,
                _ => {
                    return Err(SignerError::Other(format!(
                        "the remote signer has {}; choose one with --from",
                        list(&accounts)
                    )));
                }
            },
            (None, None) => {
                return Err(SignerError::Other(
                    "the remote signer does not tell its accounts; name one with --from".to_owned(),
                ));
            }
        };
        Ok(Self { keys: vec![Key::Remote(remote, account)] })
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
        self.keys.iter().map(Key::address).collect()
    }

    /// Whether `address` can sign.
    #[must_use]
    pub fn holds(&self, address: Address) -> bool {
        self.keys.iter().any(|key| key.address() == address)
    }

    /// Signs a whole transaction as `from` and proves the result. It may take as long as a person does; no lock should be
    /// held over it.
    pub(crate) async fn sign(&self, from: Address, tx: TxEip1559) -> Result<Signed, SignerError> {
        let key = self.keys.iter().find(|key| key.address() == from).ok_or(SignerError::NoKey(from))?;
        let signed = match key {
            Key::Local(key) => assemble(&tx, local::sign(key, &tx)?),
            Key::Remote(remote, _) => {
                let raw = remote.sign(from, &tx).await?;
                Signed { hash: keccak256(&raw), raw }
            }
            #[cfg(feature = "ledger")]
            Key::Ledger(device) => assemble(&tx, device.sign(&tx).await?),
        };
        prove::prove(&signed, from, &tx)?;
        Ok(signed)
    }
}

impl Key {
    fn address(&self) -> Address {
        match self {
            Self::Local(key) => key.address(),
            Self::Remote(_, address) => *address,
            #[cfg(feature = "ledger")]
            Self::Ledger(device) => device.address(),
        }
    }
}

fn assemble(tx: &TxEip1559, signature: Signature) -> Signed {
    let signed = TxEnvelope::Eip1559(tx.clone().into_signed(signature));
    Signed { hash: *signed.tx_hash(), raw: signed.encoded_2718().into() }
}

fn list(accounts: &[Address]) -> String {
    if accounts.is_empty() {
        return "no account at all".to_owned();
    }
    accounts.iter().map(Address::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
