//! The proof of a signature: whoever made it, the bytes are read as a stranger would read them before they leave.

use alloy::{
    consensus::{TxEip1559, TxEnvelope, transaction::SignerRecoverable},
    eips::{
        Typed2718,
        eip2718::{Decodable2718, Encodable2718},
    },
    primitives::{Address, keccak256},
};

use super::{Signed, SignerError};

/// Decodes the bytes: the same transaction, the same hash, the right sender, no byte more; or they are not sent.
pub(super) fn prove(signed: &Signed, from: Address, asked: &TxEip1559) -> Result<(), SignerError> {
    differs(signed, from, asked).map_or(Ok(()), |what| Err(SignerError::BadSignature { signer: from, what }))
}

/// What is wrong with the bytes, in words.
fn differs(signed: &Signed, from: Address, asked: &TxEip1559) -> Option<String> {
    let Ok(decoded) = TxEnvelope::decode_2718_exact(&signed.raw) else {
        return Some("the bytes do not decode as a transaction".to_owned());
    };
    let Some(tx) = decoded.as_eip1559() else {
        return Some(format!("it is a transaction of type {} and not 2", decoded.ty()));
    };
    if let Some(field) = field(tx.tx(), asked) {
        return Some(field);
    }
    if keccak256(&signed.raw) != signed.hash || decoded.encoded_2718() != signed.raw {
        return Some("its hash is not that of its bytes".to_owned());
    }
    match decoded.recover_signer() {
        Ok(sender) if sender == from => None,
        Ok(sender) => Some(format!("the signature is of {sender}")),
        Err(_) => Some("the signature is of nobody".to_owned()),
    }
}

/// The first field that is not as asked.
fn field(found: &TxEip1559, asked: &TxEip1559) -> Option<String> {
    let numbers = [
        ("chain id", u128::from(found.chain_id), u128::from(asked.chain_id)),
        ("nonce", found.nonce.into(), asked.nonce.into()),
        ("gas limit", found.gas_limit.into(), asked.gas_limit.into()),
        ("maxFeePerGas", found.max_fee_per_gas, asked.max_fee_per_gas),
        ("maxPriorityFeePerGas", found.max_priority_fee_per_gas, asked.max_priority_fee_per_gas),
    ];
    if let Some((name, found, asked)) = numbers.into_iter().find(|(_, found, asked)| found != asked) {
        return Some(format!("its {name} is {found} and not {asked}"));
    }
    if found.to != asked.to {
        return Some(format!("it goes to {:?} and not to {:?}", found.to, asked.to));
    }
    if found.value != asked.value {
        return Some(format!("its value is {} and not {}", found.value, asked.value));
    }
    if found.input != asked.input {
        return Some(format!("its data differs ({} bytes, asked for {})", found.input.len(), asked.input.len()));
    }
    (found != asked).then(|| "its access list differs".to_owned())
}
