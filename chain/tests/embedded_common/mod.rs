//! What the tests of the embedded chain share: a chain with two funded keys, signing, and a small contract.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::{borrow::Cow, path::Path};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, TxKind, U256, b256, hex},
    providers::{Provider, RootProvider},
    rpc::{
        json_rpc::{RpcRecv, RpcSend},
        types::TransactionReceipt,
    },
    signers::{SignerSync, local::PrivateKeySigner},
    transports::TransportError,
};
use tminus_chain::{
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
};

pub const ETHER: u128 = 1_000_000_000_000_000_000;
pub const GENESIS_TIME: u64 = 1_525_000_000;
pub const BLOCK_TIME: u64 = 12;
pub const BASE_FEE: u64 = 1_000_000_000;

/// `(slot, value)` as calldata stores the value there and logs `(0xaa, slot)` with the value as data; `(slot)` returns the
/// value; anything else reverts.
pub const RUNTIME: [u8; 46] = hex!(
    "36604014601157" "36602014602457" "5f5ffd" "5b602035805f525f35555f3560aa60205fa200" "5b5f35545f5260205ff3"
);
pub const CREATION: [u8; 55] = hex!(
    "602e8060095f395ff3"
    "36604014601157" "36602014602457" "5f5ffd" "5b602035805f525f35555f3560aa60205fa200" "5b5f35545f5260205ff3"
);
pub const LOG_TOPIC: B256 = b256!("00000000000000000000000000000000000000000000000000000000000000aa");

pub fn key(i: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::with_last_byte(i)).unwrap()
}

pub fn config() -> EmbeddedConfig {
    EmbeddedConfig {
        chain_id: 31_337,
        first_block: 0,
        genesis_timestamp: GENESIS_TIME,
        block_time: BLOCK_TIME,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: BASE_FEE,
        finality_depth: 4,
        funded: vec![(key(1).address(), U256::from(1_000 * ETHER)), (key(2).address(), U256::from(1_000 * ETHER))],
    }
}

/// A chain with a provider on it.
#[derive(Debug)]
pub struct Net {
    pub chain: EmbeddedChain,
    pub provider: RootProvider,
}

impl Net {
    pub fn memory() -> Self {
        Self::with(config())
    }

    pub fn with(config: EmbeddedConfig) -> Self {
        Self::over(EmbeddedChain::in_memory(config).unwrap())
    }

    pub fn at(file: &Path) -> Self {
        Self::over(EmbeddedChain::open(file, config()).unwrap())
    }

    pub fn over(chain: EmbeddedChain) -> Self {
        let provider = RootProvider::new(chain.client());
        Self { chain, provider }
    }

    pub async fn ask<P: RpcSend, R: RpcRecv>(&self, method: &'static str, params: P) -> R {
        self.provider.raw_request(Cow::Borrowed(method), params).await.unwrap()
    }

    pub async fn refused<P: RpcSend>(&self, method: &'static str, params: P) -> (i64, String) {
        let error: Result<serde_json::Value, TransportError> =
            self.provider.raw_request(Cow::Borrowed(method), params).await;
        refusal(error.unwrap_err())
    }

    pub async fn send(&self, raw: &Bytes) -> B256 {
        *self.provider.send_raw_transaction(raw).await.unwrap().tx_hash()
    }

    pub async fn send_refused(&self, raw: &Bytes) -> String {
        let error = self.provider.send_raw_transaction(raw).await.unwrap_err();
        let (code, message) = refusal(error);
        assert_eq!(code, -32000, "{message}");
        message
    }

    pub async fn receipt(&self, hash: B256) -> TransactionReceipt {
        self.provider.get_transaction_receipt(hash).await.unwrap().unwrap()
    }

    /// Sends and takes the receipt.
    pub async fn mined(&self, raw: &Bytes) -> TransactionReceipt {
        self.receipt(self.send(raw).await).await
    }

    /// Deploys the contract with the nonce given.
    pub async fn deploy(&self, signer: &PrivateKeySigner, nonce: u64) -> Address {
        let transaction = TxEip1559 { to: TxKind::Create, input: CREATION.into(), gas_limit: 200_000, ..base(nonce) };
        let receipt = self.mined(&sign(signer, transaction)).await;
        assert!(receipt.status());
        receipt.contract_address.unwrap()
    }

    pub async fn height(&self) -> u64 {
        self.provider.get_block_number().await.unwrap()
    }
}

pub fn refusal(error: TransportError) -> (i64, String) {
    let payload = error.as_error_resp().unwrap();
    (payload.code, payload.message.to_string())
}

/// A transaction with nothing in it.
pub fn base(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 31_337,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        ..TxEip1559::default()
    }
}

pub fn transfer(nonce: u64, to: Address, wei: u128) -> TxEip1559 {
    TxEip1559 { to: to.into(), value: U256::from(wei), gas_limit: 21_000, ..base(nonce) }
}

pub fn store(nonce: u64, contract: Address, slot: u64, value: u64) -> TxEip1559 {
    TxEip1559 { to: contract.into(), input: store_data(slot, value), ..base(nonce) }
}

pub fn store_data(slot: u64, value: u64) -> Bytes {
    [word(slot), word(value)].concat().into()
}

pub fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

pub fn sign(signer: &PrivateKeySigner, transaction: TxEip1559) -> Bytes {
    let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
    TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
}
