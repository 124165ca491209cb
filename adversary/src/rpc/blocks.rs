//! Blocks, transactions and receipts as JSON.

use alloy::{
    consensus::{Transaction, Typed2718, transaction::Recovered},
    eips::{BlockId, BlockNumberOrTag},
    primitives::{B256, U64},
    rpc::types::{Block as RpcBlock, BlockTransactions, Header as RpcHeader, Transaction as RpcTransaction},
};
use serde_json::{Value, json};

use super::{Answer, Params, View, hex, json_of, logs::log};
use crate::{blocks::Block, transaction::Tx};

impl View<'_> {
    pub(super) fn block_by_number(&self, params: &Params<'_>) -> Answer {
        let tag: BlockNumberOrTag = params.required(0)?;
        self.block(self.height(tag), params)
    }

    pub(super) fn block_by_hash(&self, params: &Params<'_>) -> Answer {
        let hash: B256 = params.required(0)?;
        self.block(self.resolve(hash.into()), params)
    }

    fn block(&self, height: Option<usize>, params: &Params<'_>) -> Answer {
        let Some(block) = height.and_then(|height| self.world.chain.block(height)) else { return Ok(Value::Null) };
        let full = params.optional(1)?.unwrap_or(false);
        let transactions = if full {
            let all = block.mined.iter().enumerate();
            BlockTransactions::Full(all.map(|(index, mined)| in_block(&mined.tx, block, index)).collect())
        } else {
            BlockTransactions::Hashes(block.mined.iter().map(|mined| mined.tx.hash).collect())
        };
        let header = RpcHeader { hash: block.hash, inner: block.header.clone(), total_difficulty: None, size: None };
        let answer: RpcBlock =
            RpcBlock { header, uncles: Vec::new(), transactions, withdrawals: Some(Default::default()) };
        json_of(&answer)
    }

    pub(super) fn transaction(&self, params: &Params<'_>) -> Answer {
        let hash: B256 = params.required(0)?;
        if let Some((block, index)) = self.place(&hash) {
            return json_of(&in_block(&block.mined[index].tx, block, index));
        }
        match self.world.pool.get(&hash) {
            Some(tx) => json_of(&RpcTransaction {
                inner: Recovered::new_unchecked(tx.envelope.clone(), tx.sender),
                block_hash: None,
                block_number: None,
                transaction_index: None,
                effective_gas_price: None,
                block_timestamp: None,
            }),
            None => Ok(Value::Null),
        }
    }

    pub(super) fn transaction_at(&self, params: &Params<'_>) -> Answer {
        let tag: BlockNumberOrTag = params.required(0)?;
        let index = params.required::<U64>(1)?.to::<u64>() as usize;
        let Some(block) = self.height(tag).and_then(|height| self.world.chain.block(height)) else {
            return Ok(Value::Null);
        };
        block.mined.get(index).map_or(Ok(Value::Null), |mined| json_of(&in_block(&mined.tx, block, index)))
    }

    pub(super) fn receipt(&self, params: &Params<'_>) -> Answer {
        let hash: B256 = params.required(0)?;
        Ok(self.place(&hash).map_or(Value::Null, |(block, index)| receipt(block, index)))
    }

    pub(super) fn block_receipts(&self, params: &Params<'_>) -> Answer {
        let id: BlockId = params.required(0)?;
        let Some(block) = self.resolve(id).and_then(|height| self.world.chain.block(height)) else {
            return Ok(Value::Null);
        };
        Ok((0..block.mined.len()).map(|index| receipt(block, index)).collect())
    }

    /// Where a transaction is, if this endpoint has that block.
    fn place(&self, hash: &B256) -> Option<(&Block, usize)> {
        let (height, index) = self.world.chain.place(hash).filter(|(height, _)| *height <= self.head)?;
        Some((self.world.chain.block(height)?, index))
    }
}

fn in_block(tx: &Tx, block: &Block, index: usize) -> RpcTransaction {
    RpcTransaction {
        inner: Recovered::new_unchecked(tx.envelope.clone(), tx.sender),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        transaction_index: Some(index as u64),
        effective_gas_price: Some(block.mined[index].price),
        block_timestamp: Some(block.header.timestamp),
    }
}

fn receipt(block: &Block, index: usize) -> Value {
    let mined = &block.mined[index];
    let logs = mined.logs().iter().enumerate();
    json!({
        "type": hex(mined.tx.envelope.ty()),
        "status": hex(mined.success()),
        "cumulativeGasUsed": hex(mined.receipt.receipt.cumulative_gas_used),
        "logsBloom": mined.receipt.logs_bloom,
        "logs": logs.map(|(i, entry)| log(entry, block, index, mined.first_log + i)).collect::<Vec<_>>(),
        "transactionHash": mined.tx.hash,
        "transactionIndex": hex(index as u64),
        "blockHash": block.hash,
        "blockNumber": hex(block.header.number),
        "gasUsed": hex(mined.gas_used),
        "effectiveGasPrice": hex(mined.price),
        "from": mined.tx.sender,
        "to": mined.tx.envelope.to(),
        "contractAddress": mined.created,
    })
}
