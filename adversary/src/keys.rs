//! The accounts everybody has the keys of: those of the development mnemonic.

use std::sync::OnceLock;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::eip2718::Encodable2718,
    primitives::{Address, Bytes, TxKind, U256},
    signers::{
        SignerSync,
        local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English},
    },
};

const MNEMONIC: &str = "test test test test test test test test test test test junk";
const COUNT: u32 = 10;
/// Which of them plays the stranger.
const STRANGER: usize = 9;

fn signers() -> &'static [PrivateKeySigner] {
    static SIGNERS: OnceLock<Vec<PrivateKeySigner>> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        let derive = |index| MnemonicBuilder::<English>::default().phrase(MNEMONIC).index(index)?.build();
        (0..COUNT).filter_map(|index| derive(index).ok()).collect()
    })
}

/// The accounts of the development mnemonic.
#[must_use]
pub fn accounts() -> Vec<Address> {
    signers().iter().map(PrivateKeySigner::address).collect()
}

/// The account that does what strangers do: it throws the switch of the effects contract. Tests leave it alone.
#[must_use]
pub fn stranger() -> Address {
    signers()[STRANGER].address()
}

/// A transaction to be signed with a well-known key.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The sender, one of [`accounts`].
    pub from: Address,
    /// Chain id.
    pub chain_id: u64,
    /// Nonce.
    pub nonce: u64,
    /// Receiver; none creates a contract.
    pub to: Option<Address>,
    /// Ether, wei.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Gas limit.
    pub gas: u64,
    /// Most a gas may cost.
    pub max_fee: u128,
    /// Most of it that is a tip.
    pub tip: u128,
}

impl Draft {
    /// Nothing sent to oneself.
    #[must_use]
    pub fn new(from: Address, chain_id: u64, nonce: u64) -> Self {
        Self {
            from,
            chain_id,
            nonce,
            to: Some(from),
            value: U256::ZERO,
            data: Bytes::new(),
            gas: 100_000,
            max_fee: 100_000_000_000,
            tip: 1_000_000_000,
        }
    }

    /// Signs it; the bytes that `eth_sendRawTransaction` takes.
    ///
    /// # Panics
    /// If the key of the sender is not known.
    #[must_use]
    pub fn sign(&self) -> Bytes {
        let signer = signers().iter().find(|signer| signer.address() == self.from);
        let signer = signer.unwrap_or_else(|| panic!("the key of {} is not known", self.from));
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.max_fee,
            max_priority_fee_per_gas: self.tip,
            to: self.to.map_or(TxKind::Create, TxKind::Call),
            value: self.value,
            access_list: Default::default(),
            input: self.data.clone(),
        };
        let signature = signer.sign_hash_sync(&transaction.signature_hash());
        let signature = signature.unwrap_or_else(|error| panic!("a local key does not sign: {error}"));
        TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
    }
}
