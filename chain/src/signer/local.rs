//! Keys in this process: the development mnemonic and geth v3 keystores (what `cast wallet import` and `geth account` write).
//!
//! A keystore file is looked through before the password is used on it: the library beneath trusts the lengths and costs in
//! the file, and a damaged or hostile one could stop the process or take all its memory. Where the file names an address
//! (geth writes it, `cast` does not), the key has to be of that address.

use std::path::Path;

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    primitives::{Address, Signature, hex},
    signers::{
        SignerSync,
        local::{LocalSignerError, MnemonicBuilder, PrivateKeySigner},
    },
};
use serde_json::Value;

use super::{Password, PasswordSource, SignerError};
use crate::dev::DEV_CHAIN_IDS;

/// The mnemonic every development chain funds; its keys are public, so it holds nothing anywhere else.
pub(super) const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Most memory a key derivation may take: four times geth's own.
const MOST_SCRYPT_BYTES: u64 = 1 << 30;
/// Most lanes and rounds a key derivation may take; the definition's example has 8 lanes and 262,144 rounds.
const MOST_SCRYPT_LANES: u64 = 64;
const MOST_PBKDF2_ROUNDS: u64 = 10_000_000;
/// What the keystore library says of a password that does not fit; its error type has no name outside.
const MAC_MISMATCH: &str = "Mac Mismatch";

pub(super) fn dev(chain_id: u64, count: u32) -> Result<Vec<PrivateKeySigner>, SignerError> {
    if !DEV_CHAIN_IDS.contains(&chain_id) {
        return Err(SignerError::NotDev(chain_id));
    }
    let key = |index| MnemonicBuilder::try_from_phrase_nth(DEV_MNEMONIC, index);
    let keys = (0..count).map(key).collect::<Result<_, _>>();
    keys.map_err(|_| SignerError::Other("a development key could not be derived".to_owned()))
}

/// Whether a file is a keystore, before anybody is asked for its password; the address it states.
pub(super) fn recognise(file: &Path) -> Result<Option<Address>, SignerError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| SignerError::Unreadable { path: file.to_owned(), source })?;
    look_through(&text).map_err(|reason| SignerError::NotKeystore { path: file.to_owned(), reason })
}

pub(super) fn keystore(
    file: &Path,
    source: &PasswordSource,
    password: &Password,
) -> Result<PrivateKeySigner, SignerError> {
    let stated = recognise(file)?;
    let not = |reason: String| SignerError::NotKeystore { path: file.to_owned(), reason };
    // the underlying words are dropped on purpose: they are made while password and key are at hand
    let key = PrivateKeySigner::decrypt_keystore(file, password.reveal()).map_err(|error| match error {
        LocalSignerError::EthKeystoreError(error) if error.to_string() == MAC_MISMATCH => {
            SignerError::WrongPassword { keystore: file.to_owned(), password: source.to_string() }
        }
        LocalSignerError::EcdsaError(_) => not("what it holds is no private key".to_owned()),
        _ => not("its id or its parameters do not decode".to_owned()),
    })?;
    match stated {
        Some(stated) if stated != key.address() => {
            Err(not(format!("it says it is of {stated}, but its key is of {}", key.address())))
        }
        _ => Ok(key),
    }
}

/// Whether everything that decryption rests on is there and sane; the address the file states.
fn look_through(text: &str) -> Result<Option<Address>, String> {
    let json: Value = serde_json::from_str(text).map_err(|_| "it is not JSON".to_owned())?;
    if json["version"] != 3 {
        return Err("its `version` is not 3".to_owned());
    }
    if json["Crypto"].is_object() {
        return Err("its section `Crypto` is spelled with a capital; rename it to `crypto`".to_owned());
    }
    let crypto = &json["crypto"];
    if !crypto.is_object() {
        return Err("it has no section `crypto`".to_owned());
    }
    if crypto["cipher"] != "aes-128-ctr" {
        return Err("`crypto.cipher` is not aes-128-ctr".to_owned());
    }
    for (name, value, length) in [
        ("crypto.cipherparams.iv", &crypto["cipherparams"]["iv"], 16),
        ("crypto.ciphertext", &crypto["ciphertext"], 32),
        ("crypto.mac", &crypto["mac"], 32),
    ] {
        let bytes = value.as_str().and_then(|text| hex::decode(text).ok());
        if bytes.is_none_or(|bytes| bytes.len() != length) {
            return Err(format!("`{name}` is not {length} bytes in hex"));
        }
    }
    derivation(crypto)?;
    match json.get("address").and_then(Value::as_str) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| "its `address` is no address".to_owned()),
    }
}

fn derivation(crypto: &Value) -> Result<(), String> {
    let parameters = &crypto["kdfparams"];
    let number = |name: &str| {
        parameters[name].as_u64().filter(|number| *number > 0).ok_or_else(|| format!("`kdfparams.{name}` is missing"))
    };
    if number("dklen")? != 32 {
        return Err("`kdfparams.dklen` is not 32".to_owned());
    }
    match crypto["kdf"].as_str() {
        Some("scrypt") => {
            let (n, r, p) = (number("n")?, number("r")?, number("p")?);
            if !n.is_power_of_two() || n < 2 {
                return Err("`kdfparams.n` is no power of two".to_owned());
            }
            // RFC 7914 asks for N < 2^(128 r / 8), and the library beneath keeps to it; wallets write r 8
            if u64::from(n.ilog2()) >= r.saturating_mul(16) {
                return Err(format!(
                    "scrypt with n {n} and r {r} is against RFC 7914; write it anew with other parameters"
                ));
            }
            let memory = n.checked_mul(r).and_then(|blocks| blocks.checked_mul(128));
            if memory.is_none_or(|bytes| bytes > MOST_SCRYPT_BYTES) || p > MOST_SCRYPT_LANES {
                return Err(format!("scrypt with n {n}, r {r}, p {p} would take too much memory or time"));
            }
            Ok(())
        }
        Some("pbkdf2") => {
            if parameters["prf"] != "hmac-sha256" {
                return Err("`kdfparams.prf` is not hmac-sha256".to_owned());
            }
            let rounds = number("c")?;
            if rounds > MOST_PBKDF2_ROUNDS {
                return Err(format!("pbkdf2 with {rounds} rounds would take too much time"));
            }
            Ok(())
        }
        _ => Err("`crypto.kdf` is neither scrypt nor pbkdf2".to_owned()),
    }
}

pub(super) fn sign(key: &PrivateKeySigner, tx: &TxEip1559) -> Result<Signature, SignerError> {
    key.sign_hash_sync(&tx.signature_hash())
        .map_err(|_| SignerError::BadSignature { signer: key.address(), what: "the key made no signature".to_owned() })
}
