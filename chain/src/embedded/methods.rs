//! The JSON-RPC methods: which name does what.
//!
//! A method reads its parameters, asks the node, and writes its answer; locks are let go before anything large is written.

use std::sync::Arc;

use alloy::{
    consensus::{TxEnvelope, transaction::Recovered},
    eips::{BlockId, BlockNumberOrTag, eip2718::Decodable2718},
    primitives::{Address, B256, Bytes, U256, keccak256},
    rpc::types::{Block as RpcBlock, BlockTransactions, Filter, FilterBlockOption, Header as RpcHeader, Transaction},
};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    block::Block,
    error::Failure,
    fees::SUGGESTED_TIP,
    node::Node,
    params::Params,
    pool::{self, Pooled},
    receipts::{self, LogFilter},
};

/// An answer.
pub(super) type Answer = Result<Box<RawValue>, Failure>;

impl Node {
    /// Answers one request.
    pub(super) fn answer(&self, method: &str, params: Option<&RawValue>) -> Answer {
        let params = Params::read(params)?;
        match method {
            "eth_chainId" => receipts::quantity(U256::from(self.config.chain_id)),
            "net_version" => receipts::raw(format!("\"{}\"", self.config.chain_id)),
            "web3_clientVersion" => receipts::raw(format!("\"tminus/{}/embedded\"", env!("CARGO_PKG_VERSION"))),
            "web3_sha3" => Ok(to_raw_value(&keccak256(params.required::<Bytes>(0)?))?),
            "eth_blockNumber" => receipts::quantity(U256::from(self.world().height())),
            "eth_syncing" => receipts::raw("false".to_owned()),
            "eth_accounts" => receipts::raw("[]".to_owned()),
            "eth_gasPrice" => receipts::quantity(U256::from(self.next_base_fee()) + U256::from(SUGGESTED_TIP)),
            "eth_maxPriorityFeePerGas" => receipts::quantity(U256::from(SUGGESTED_TIP)),
            "eth_feeHistory" => {
                let percentiles: Option<Vec<f64>> = params.optional(2)?;
                let history = self.fee_history(params.number(0)?, params.required(1)?, percentiles.as_deref())?;
                Ok(to_raw_value(&history)?)
            }
            "eth_config" => Ok(to_raw_value(&self.eth_config())?),
            "eth_getBlockByNumber" => {
                self.block_answer(BlockId::Number(params.required::<BlockNumberOrTag>(0)?), params.optional(1)?)
            }
            "eth_getBlockByHash" => self.block_answer(BlockId::from(params.required::<B256>(0)?), params.optional(1)?),
            "eth_getBlockReceipts" => match self.find(params.required(0)?) {
                Some(block) => receipts::raw(receipts::receipts(&block)),
                None => null(),
            },
            "eth_getBalance" => {
                let address: Address = params.required(0)?;
                let balance = self.look(params.block(1)?, |view, _, _| {
                    Ok(view.head(&address).map_or(U256::ZERO, |head| head.balance))
                })?;
                receipts::quantity(balance)
            }
            "eth_getCode" => {
                let address: Address = params.required(0)?;
                let code = self
                    .look(params.block(1)?, |view, _, _| Ok(view.head(&address).and_then(|head| head.code.clone())))?;
                Ok(to_raw_value(&code.map(|code| code.original_bytes()).unwrap_or_default())?)
            }
            "eth_getStorageAt" => {
                let (address, slot): (Address, U256) = (params.required(0)?, params.required(1)?);
                let value = self.look(params.block(2)?, |view, _, _| Ok(view.slot(&address, &slot)))?;
                Ok(to_raw_value(&B256::from(value))?)
            }
            "eth_getTransactionCount" => self.nonce_answer(params.required(0)?, params.block(1)?),
            "eth_call" => {
                let data =
                    self.call(params.required(0)?, params.block(1)?, params.optional(2)?, params.optional(3)?)?;
                Ok(to_raw_value(&data)?)
            }
            "eth_estimateGas" => {
                let gas =
                    self.estimate(params.required(0)?, params.block(1)?, params.optional(2)?, params.optional(3)?)?;
                receipts::quantity(U256::from(gas))
            }
            "eth_sendRawTransaction" => Ok(to_raw_value(&self.send_raw(&params.required::<Bytes>(0)?)?)?),
            "eth_sendTransaction" => Ok(to_raw_value(&self.send_impersonated(params.required(0)?)?)?),
            "eth_getTransactionByHash" => self.transaction_answer(&params.required(0)?),
            "eth_getTransactionReceipt" => self.receipt_answer(&params.required(0)?),
            "eth_getLogs" => self.logs_answer(&params.required(0)?),
            _ => self.dev_answer(method, &params),
        }
    }

    fn find(&self, id: BlockId) -> Option<Arc<Block>> {
        let world = self.world();
        let number = world.resolve(id, self.config.finality_depth)?;
        world.block(number).cloned()
    }

    fn block_answer(&self, id: BlockId, full: Option<bool>) -> Answer {
        let Some(block) = self.find(id) else { return null() };
        let transactions = if full.unwrap_or_default() {
            BlockTransactions::Full((0..block.transactions.len()).map(|i| transaction(&block, i)).collect())
        } else {
            BlockTransactions::Hashes(block.transactions.iter().map(|mined| mined.hash).collect())
        };
        let header = RpcHeader {
            hash: block.hash,
            inner: block.header.clone(),
            total_difficulty: Some(U256::ZERO),
            size: Some(U256::from(block.size)),
        };
        Ok(to_raw_value(&RpcBlock { header, uncles: Vec::new(), transactions, withdrawals: Some(Vec::new().into()) })?)
    }

    fn nonce_answer(&self, address: Address, id: BlockId) -> Answer {
        let nonce = self.look(id, |view, _, _| Ok(view.head(&address).map_or(0, |head| head.nonce)))?;
        let pending = id == BlockId::Number(BlockNumberOrTag::Pending);
        let nonce = if pending { self.pool().next_nonce(&address, nonce) } else { nonce };
        receipts::quantity(U256::from(nonce))
    }

    fn transaction_answer(&self, hash: &B256) -> Answer {
        let mined = self.world().transaction(hash).map(|(block, index)| (Arc::clone(block), index));
        if let Some((block, index)) = mined {
            return Ok(to_raw_value(&transaction(&block, index))?);
        }
        let Some(pooled) = self.pool().get(hash).cloned() else { return null() };
        Ok(to_raw_value(&Transaction {
            inner: pooled.transaction.clone(),
            block_hash: None,
            block_number: None,
            transaction_index: None,
            effective_gas_price: None,
            block_timestamp: None,
        })?)
    }

    fn receipt_answer(&self, hash: &B256) -> Answer {
        let mined = self.world().transaction(hash).map(|(block, index)| (Arc::clone(block), index));
        let Some((block, index)) = mined else { return null() };
        let mut json = String::new();
        receipts::receipt(&mut json, &block, index);
        receipts::raw(json)
    }

    fn logs_answer(&self, filter: &Filter) -> Answer {
        let blocks: Vec<Arc<Block>> = {
            let world = self.world();
            let depth = self.config.finality_depth;
            let (from, to) = match filter.block_option {
                FilterBlockOption::AtBlockHash(hash) => {
                    let number = world.resolve(hash.into(), depth).ok_or_else(|| Failure::refused("unknown block"))?;
                    (number, number)
                }
                FilterBlockOption::Range { from_block, to_block } => {
                    let latest = BlockNumberOrTag::Latest;
                    let from = from_block.unwrap_or(latest);
                    let to = to_block.unwrap_or(latest);
                    // a range may reach beyond the chain, as on geth
                    let end = |tag: BlockNumberOrTag| match tag {
                        BlockNumberOrTag::Number(number) => number.min(world.height()),
                        tag => world.resolve(tag.into(), depth).unwrap_or_else(|| world.height()),
                    };
                    match from {
                        BlockNumberOrTag::Number(number) if number > world.height() => {
                            return receipts::raw("[]".into());
                        }
                        _ => (end(from), end(to)),
                    }
                }
            };
            if from > to {
                return Err(Failure::params("invalid block range params"));
            }
            (from.max(world.first())..=to).filter_map(|number| world.block(number).cloned()).collect()
        };
        let wanted = LogFilter::new(filter);
        let mut json = String::from("[");
        for block in &blocks {
            receipts::matching_logs(&mut json, block, &wanted);
        }
        json.push(']');
        receipts::raw(json)
    }

    fn send_raw(&self, bytes: &Bytes) -> Result<B256, Failure> {
        let mut rest = &bytes[..];
        let envelope = TxEnvelope::decode_2718(&mut rest).map_err(|error| Failure::refused(error.to_string()))?;
        if !rest.is_empty() {
            return Err(Failure::refused("rlp: input contains more than one value"));
        }
        pool::check_rules(&envelope, bytes.len(), &self.rules, self.config.block_gas_limit, self.config.fork)?;
        self.submit(Pooled::new(recover(envelope)?, false))
    }
}

fn recover(envelope: TxEnvelope) -> Result<Recovered<TxEnvelope>, Failure> {
    use alloy::consensus::transaction::SignerRecoverable;
    envelope.try_into_recovered().map_err(|_| Failure::refused("invalid sender"))
}

/// A transaction of a block as JSON-RPC shows it.
fn transaction(block: &Block, index: usize) -> Transaction {
    let mined = &block.transactions[index];
    Transaction {
        inner: mined.transaction.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        transaction_index: Some(index as u64),
        effective_gas_price: Some(mined.effective_gas_price),
        block_timestamp: Some(block.header.timestamp),
    }
}

pub(super) fn null() -> Answer {
    receipts::raw("null".to_owned())
}
