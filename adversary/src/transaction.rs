//! A signed transaction as it arrived.

use std::sync::Arc;

use alloy::{
    consensus::{Transaction, TxEnvelope, Typed2718, transaction::SignerRecoverable},
    eips::eip2718::Decodable2718,
    primitives::{Address, B256, Bytes, U256},
};
use revm::context::{TxEnv, either::Either};

use crate::error::Failure;

/// A transaction with its sender.
#[derive(Debug)]
pub(crate) struct Tx {
    pub(crate) envelope: TxEnvelope,
    pub(crate) raw: Bytes,
    pub(crate) hash: B256,
    pub(crate) sender: Address,
}

impl Tx {
    /// Decodes bytes as geth does, in its words.
    pub(crate) fn decode(raw: Bytes) -> Result<Arc<Self>, Failure> {
        let envelope = TxEnvelope::decode_2718_exact(&raw)
            .map_err(|error| Failure::refused(format!("rlp: cannot decode transaction: {error}")))?;
        let sender = envelope
            .recover_signer()
            .map_err(|_| Failure::refused("invalid sender: invalid transaction v, r, s values"))?;
        let hash = *envelope.tx_hash();
        Ok(Arc::new(Self { envelope, raw, hash, sender }))
    }

    pub(crate) fn nonce(&self) -> u64 {
        self.envelope.nonce()
    }

    pub(crate) fn max_fee(&self) -> u128 {
        self.envelope.max_fee_per_gas()
    }

    /// The tip; of a legacy transaction its whole price.
    pub(crate) fn tip(&self) -> u128 {
        self.envelope.max_priority_fee_per_gas().unwrap_or_else(|| self.max_fee())
    }

    /// Gas limit × fee + value.
    pub(crate) fn cost(&self) -> U256 {
        U256::from(self.envelope.gas_limit())
            .saturating_mul(U256::from(self.max_fee()))
            .saturating_add(self.envelope.value())
    }

    /// As revm takes it.
    pub(crate) fn environment(&self) -> TxEnv {
        let inner = &self.envelope;
        TxEnv {
            tx_type: inner.ty(),
            caller: self.sender,
            gas_limit: inner.gas_limit(),
            gas_price: inner.max_fee_per_gas(),
            kind: inner.kind(),
            value: inner.value(),
            data: inner.input().clone(),
            nonce: inner.nonce(),
            chain_id: inner.chain_id(),
            access_list: inner.access_list().cloned().unwrap_or_default(),
            gas_priority_fee: inner.max_priority_fee_per_gas(),
            blob_hashes: Vec::new(),
            max_fee_per_blob_gas: 0,
            authorization_list: inner
                .authorization_list()
                .map(|list| list.iter().cloned().map(Either::Left).collect())
                .unwrap_or_default(),
        }
    }
}
