//! The typed reads: calls, blocks, accounts.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::TransactionRequest,
    sol_types::SolCall,
};
use serde::Deserialize;

use super::{Rpc, RpcError};
use crate::dev::DEV_CHAIN_IDS;

/// A block as far as the rest needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Base fee a gas, wei.
    pub base_fee: u64,
    /// Gas limit.
    pub gas_limit: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    number: U64,
    hash: B256,
    timestamp: U64,
    base_fee_per_gas: Option<U64>,
    gas_limit: U64,
}

impl Rpc {
    /// `eth_call` with raw data.
    ///
    /// # Errors
    /// [`RpcError::Reverted`] when the call reverted.
    pub async fn call(
        &self,
        from: Option<Address>,
        to: Address,
        data: Bytes,
        block: BlockId,
    ) -> Result<Bytes, RpcError> {
        let mut tx = TransactionRequest::default().with_to(to).with_input(data);
        if let Some(from) = from {
            tx = tx.with_from(from);
        }
        self.request("eth_call", (tx, block)).await
    }

    /// Calls a view function and decodes what it returns.
    ///
    /// # Errors
    /// As [`Rpc::call`]; an account without code or an answer of another shape is `NoAnswer`.
    pub async fn view<C: SolCall>(&self, to: Address, call: C, block: BlockId) -> Result<C::Return, RpcError> {
        let data = self.call(None, to, call.abi_encode().into(), block).await?;
        C::abi_decode_returns(&data).map_err(|e| RpcError::NoAnswer {
            label: self.label().to_owned(),
            method: "eth_call",
            reason: format!("{} at {to} returned {} bytes that do not decode: {e}", C::SIGNATURE, data.len()),
        })
    }

    /// A block by tag or number.
    ///
    /// # Errors
    /// `NoAnswer` when the endpoint does not have it.
    pub async fn block(&self, id: BlockNumberOrTag) -> Result<BlockRef, RpcError> {
        let ask =
            async |id| -> Result<Option<Header>, RpcError> { self.request("eth_getBlockByNumber", (id, false)).await };
        let mut block = ask(id).await?;
        if block.is_none()
            && self.begins_anywhere()
            && matches!(id, BlockNumberOrTag::Finalized | BlockNumberOrTag::Safe)
        {
            // so short a chain has no final block but its first, which is never taken back
            block = ask(BlockNumberOrTag::Earliest).await?;
        }
        let block = block.ok_or_else(|| RpcError::NoAnswer {
            label: self.label().to_owned(),
            method: "eth_getBlockByNumber",
            reason: format!("no block {id}"),
        })?;
        Ok(BlockRef {
            number: block.number.to(),
            hash: block.hash,
            timestamp: block.timestamp.to(),
            base_fee: block.base_fee_per_gas.unwrap_or_default().to(),
            gas_limit: block.gas_limit.to(),
        })
    }

    /// The block that everything else of the chain follows from: block 0, or that with which a development chain begins.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn first_block(&self) -> Result<BlockRef, RpcError> {
        let id = if self.begins_anywhere() { BlockNumberOrTag::Earliest } else { BlockNumberOrTag::Number(0) };
        let first = self.block(id).await?;
        self.pool.identity.first.get_or_init(|| first.hash);
        Ok(first)
    }

    /// The number of the first block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn first_number(&self) -> Result<u64, RpcError> {
        if self.begins_anywhere() { Ok(self.first_block().await?.number) } else { Ok(0) }
    }

    /// Whether the first block can have another number than 0. A public network's is 0, whatever an endpoint still has of it.
    fn begins_anywhere(&self) -> bool {
        DEV_CHAIN_IDS.contains(&self.chain_id())
    }

    /// Code at an account; empty for none.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn code(&self, address: Address, block: BlockId) -> Result<Bytes, RpcError> {
        self.request("eth_getCode", (address, block)).await
    }

    /// Ether of an account, wei.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn balance(&self, address: Address, block: BlockId) -> Result<U256, RpcError> {
        self.request("eth_getBalance", (address, block)).await
    }

    /// Transactions sent by an account as of a block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn nonce(&self, address: Address, block: BlockId) -> Result<u64, RpcError> {
        Ok(self.request::<_, U64>("eth_getTransactionCount", (address, block)).await?.to())
    }

    /// The last block whose timestamp is below `timestamp`, by binary search; `None` when even the first is not.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn last_block_before(&self, timestamp: u64) -> Result<Option<BlockRef>, RpcError> {
        let latest = self.block(BlockNumberOrTag::Latest).await?;
        if latest.timestamp < timestamp {
            return Ok(Some(latest));
        }
        let first = self.first_block().await?;
        if first.timestamp >= timestamp {
            return Ok(None);
        }
        let (mut below, mut above) = (first, latest.number);
        while above - below.number > 1 {
            let middle = self.block(BlockNumberOrTag::Number(below.number + (above - below.number) / 2)).await?;
            if middle.timestamp < timestamp {
                below = middle;
            } else {
                above = middle.number;
            }
        }
        Ok(Some(below))
    }
}
