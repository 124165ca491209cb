//! A Ledger device: the path of its key, and what it signs.
//!
//! The device is handed the whole transaction, never a bare hash, and shows it to the person who confirms. Its answer is
//! proven like any other. Without the cargo feature `ledger` a path can be read but no device is spoken to.
//!
//! What it does not do: ask the device to show the address (the library reads it without confirmation; the program prints
//! it), or choose among several devices (the first one found is taken).

use std::str::FromStr;

/// Where on the device a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerPath {
    /// `m/44'/60'/N'/0/0`, as Ledger Live counts accounts.
    Live(u32),
    /// `m/44'/60'/0'/N`, as older programs counted.
    Legacy(u32),
    /// Any other path.
    Other(String),
}

impl std::fmt::Display for LedgerPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Live(account) => write!(f, "m/44'/60'/{account}'/0/0"),
            Self::Legacy(index) => write!(f, "m/44'/60'/0'/{index}"),
            Self::Other(path) => f.write_str(path),
        }
    }
}

impl FromStr for LedgerPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = || {
            format!(
                "{text}: expected an account of Ledger Live (3 or live:3), legacy:3, or a path like m/44'/60'/3'/0/0"
            )
        };
        let below_hardened = |digits: &str| {
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.parse::<u32>().ok().filter(|number| all_digits && *number < 1 << 31);
            number.ok_or_else(unreadable)
        };
        if let Some(index) = text.strip_prefix("legacy:") {
            return below_hardened(index).map(Self::Legacy);
        }
        let Some(path) = text.strip_prefix("m/") else {
            return below_hardened(text.strip_prefix("live:").unwrap_or(text)).map(Self::Live);
        };
        let steps = path.split('/');
        if steps.clone().count() > 10 {
            return Err(unreadable());
        }
        for step in steps {
            below_hardened(step.strip_suffix('\'').unwrap_or(step))?;
        }
        Ok(Self::Other(text.to_owned()))
    }
}

#[cfg(feature = "ledger")]
pub(super) use device::Device;

#[cfg(feature = "ledger")]
mod device {
    use std::time::Duration;

    use alloy::{
        consensus::TxEip1559,
        network::TxSigner,
        primitives::{Address, Signature},
    };
    use alloy_signer_ledger::{HDPath, LedgerSigner};

    use super::LedgerPath;
    use crate::signer::SignerError;

    /// Time a person has to confirm on the device.
    const CONFIRMATION: Duration = Duration::from_secs(300);
    /// Time to find the device and read its address.
    const OPENING: Duration = Duration::from_secs(30);

    /// A connected device and one of its keys.
    #[derive(Debug)]
    pub(in crate::signer) struct Device {
        signer: LedgerSigner,
        who: String,
    }

    impl Device {
        pub(in crate::signer) async fn open(path: &LedgerPath, chain_id: u64) -> Result<Self, SignerError> {
            let who = format!("the Ledger device ({path})");
            let derivation = match path {
                LedgerPath::Live(account) => HDPath::LedgerLive(*account as usize),
                LedgerPath::Legacy(index) => HDPath::Legacy(*index as usize),
                LedgerPath::Other(path) => HDPath::Other(path.clone()),
            };
            let opening = tokio::time::timeout(OPENING, LedgerSigner::new(derivation, Some(chain_id))).await;
            let reason = match opening {
                Ok(Ok(signer)) => return Ok(Self { signer, who }),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it took too long".to_owned(),
            };
            let reason = format!("{reason}; connect and unlock it, open its Ethereum app, and close Ledger Live");
            Err(SignerError::NoAnswer { who, reason })
        }

        pub(in crate::signer) fn address(&self) -> Address {
            TxSigner::address(&self.signer)
        }

        pub(in crate::signer) async fn sign(&self, tx: &TxEip1559) -> Result<Signature, SignerError> {
            let who = self.who.clone();
            let mut tx = tx.clone();
            match tokio::time::timeout(CONFIRMATION, self.signer.sign_transaction(&mut tx)).await {
                Ok(Ok(signature)) => Ok(signature),
                Ok(Err(error)) => Err(SignerError::Refused { who, words: error.to_string() }),
                Err(_) => Err(SignerError::NoAnswer { who, reason: "nobody confirmed in time".to_owned() }),
            }
        }
    }
}
