//! The clock and the accounts of a development chain: the embedded one, or anvil.
//!
//! Everything here is refused by a real chain. `Dev::attach` proves the endpoint is a development chain (it answers
//! `anvil_nodeInfo`, and its chain id is one that no public network uses) before it hands out a handle.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
};
use serde_json::json;

use crate::rpc::{Rpc, RpcError};

/// Chain ids that only development chains use.
pub const DEV_CHAIN_IDS: &[u64] = &[1337, 31337];

/// Why a chain is not taken for a development chain, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DevError {
    /// A chain id that is not of a development chain.
    #[error("{label} has chain id {chain_id}; development chains have one of {DEV_CHAIN_IDS:?}")]
    NotDev {
        /// The endpoint.
        label: String,
        /// Its chain id.
        chain_id: u64,
    },
    /// The endpoint did not answer.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// An impersonated transaction that failed.
    #[error("the impersonated transaction {0} failed")]
    Failed(B256),
}

/// A handle on a development chain.
#[derive(Debug, Clone)]
pub struct Dev {
    rpc: Rpc,
}

impl Dev {
    /// Makes sure that `rpc` is a development chain.
    ///
    /// # Errors
    /// [`DevError::NotDev`] by chain id; an endpoint that does not know `anvil_nodeInfo`.
    pub async fn attach(rpc: &Rpc) -> Result<Self, DevError> {
        if !DEV_CHAIN_IDS.contains(&rpc.chain_id()) {
            return Err(DevError::NotDev { label: rpc.label().to_owned(), chain_id: rpc.chain_id() });
        }
        let _: serde_json::Value = rpc.request("anvil_nodeInfo", ()).await?;
        Ok(Self { rpc: rpc.clone() })
    }

    /// Mines `blocks` empty blocks (or blocks with what is pending).
    ///
    /// # Errors
    /// [`DevError`]
    pub async fn mine(&self, blocks: u64) -> Result<(), DevError> {
        let _: serde_json::Value = self.rpc.request("anvil_mine", (U256::from(blocks),)).await?;
        Ok(())
    }

    /// Sets the timestamp of the next block, seconds since 1970; it has to lie after the latest block's.
    ///
    /// # Errors
    /// [`DevError`]
    pub async fn set_next_timestamp(&self, timestamp: u64) -> Result<(), DevError> {
        let _: serde_json::Value = self.rpc.request("evm_setNextBlockTimestamp", (timestamp,)).await?;
        Ok(())
    }

    /// Sets an account's ether, wei.
    ///
    /// # Errors
    /// [`DevError`]
    pub async fn set_balance(&self, address: Address, wei: U256) -> Result<(), DevError> {
        let _: serde_json::Value = self.rpc.request("anvil_setBalance", (address, wei)).await?;
        Ok(())
    }

    /// Sends a transaction as `from` without its key and waits for its receipt. An account that has less than an ether is
    /// given one first: a multisig owns tokens, not the gas for this.
    ///
    /// # Errors
    /// [`DevError::Failed`] when it reverted.
    pub async fn send_as(&self, from: Address, to: Address, data: Bytes) -> Result<B256, DevError> {
        let ether = U256::from(10u64.pow(18));
        if self.rpc.balance(from, BlockId::latest()).await? < ether {
            self.set_balance(from, ether).await?;
        }
        let _: serde_json::Value = self.rpc.request("anvil_impersonateAccount", (from,)).await?;
        let hash: B256 = self
            .rpc
            .request("eth_sendTransaction", (json!({ "from": from, "to": to, "data": data, "gas": "0x7a1200" }),))
            .await?;
        let _: serde_json::Value = self.rpc.request("anvil_stopImpersonatingAccount", (from,)).await?;
        loop {
            let receipt: Option<serde_json::Value> = self.rpc.request("eth_getTransactionReceipt", (hash,)).await?;
            match receipt {
                Some(receipt) if receipt["status"] == "0x1" => return Ok(hash),
                Some(_) => return Err(DevError::Failed(hash)),
                None => self.mine(1).await?,
            }
        }
    }
}
