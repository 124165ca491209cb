//! The methods of an endpoint, honestly answered as of some block.
//!
//! What lies, lags or breaks is not here but in [`crate::faults`]; a lagging endpoint only asks with an older `head`.

mod blocks;
mod call;
mod fees;
mod logs;
mod read;
mod state;

use alloy::primitives::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    error::Failure,
    record::{Arrival, Decoded},
    transaction::Tx,
    world::{Inner, World},
};
use alloy::consensus::Transaction;

/// A world as one request sees it: nothing above `head` is there.
pub(crate) struct View<'a> {
    pub(crate) world: &'a Inner,
    pub(crate) head: usize,
}

type Answer = Result<Value, Failure>;

/// The parameters of a request, by position.
struct Params<'a>(&'a [Value]);

impl Params<'_> {
    fn optional<T: for<'de> Deserialize<'de>>(&self, at: usize) -> Result<Option<T>, Failure> {
        match self.0.get(at) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| Failure::params(format!("invalid argument {at}: {error}"))),
        }
    }

    fn required<T: for<'de> Deserialize<'de>>(&self, at: usize) -> Result<T, Failure> {
        self.optional(at)?.ok_or_else(|| Failure::params(format!("missing value for required argument {at}")))
    }
}

/// A number as JSON-RPC writes it.
fn hex(number: impl Into<u128>) -> Value {
    json!(format!("{:#x}", number.into()))
}

fn json_of(value: &impl Serialize) -> Answer {
    serde_json::to_value(value).map_err(|error| Failure::new(-32603, error.to_string()))
}

/// Answers a request as of `lag` blocks ago. `label` names the endpoint in the record of arrivals.
pub(crate) fn answer(world: &World, lag: usize, label: &str, method: &str, params: &[Value]) -> Answer {
    let params = Params(params);
    if method == "eth_sendRawTransaction" {
        return send(world, label, &params);
    }
    let mut inner = world.lock();
    if inner.config.development {
        match method {
            "anvil_nodeInfo" => return Ok(json!({})),
            "anvil_mine" | "evm_mine" => {
                let blocks = params.optional::<alloy::primitives::U64>(0).ok().flatten().map_or(1, |n| n.to());
                (0..blocks).for_each(|_| inner.mine());
                return Ok(if method == "evm_mine" { json!("0x0") } else { Value::Null });
            }
            _ => {}
        }
    }
    let head = inner.chain.height().saturating_sub(lag);
    View { world: &inner, head }.answer(method, &params)
}

/// Takes a signed transaction. It is on record before anything else is done with it.
fn send(world: &World, label: &str, params: &Params<'_>) -> Answer {
    let raw: Bytes = params.required(0)?;
    let record = std::sync::Arc::clone(&world.lock().record);
    // who signed it has been found out already if it arrived before
    let tx = record.known(&raw).map_or_else(|| Tx::decode(raw.clone()), Ok);
    let arrival = Arrival {
        node: label.to_owned(),
        at: world.now(),
        raw,
        decoded: tx.as_ref().ok().map(|tx| Decoded {
            hash: tx.hash,
            chain_id: tx.envelope.chain_id(),
            sender: tx.sender,
            nonce: tx.nonce(),
            to: tx.envelope.to(),
            value: tx.envelope.value(),
            data: tx.envelope.input().clone(),
            gas: tx.envelope.gas_limit(),
            max_fee: tx.max_fee(),
            tip: tx.tip(),
        }),
    };
    record.note(arrival, tx.as_ref().ok());
    let tx = tx?;
    world.lock().take(&tx)?;
    Ok(json!(tx.hash))
}

impl View<'_> {
    fn answer(&self, method: &str, params: &Params<'_>) -> Answer {
        let world = self.world;
        Ok(match method {
            "eth_chainId" => hex(world.config.chain_id),
            "net_version" => json!(world.config.chain_id.to_string()),
            "web3_clientVersion" => json!("Geth/v1.16.4-stable/linux-amd64/go1.25.1"),
            "eth_syncing" => json!(false),
            "eth_blockNumber" => hex(self.head as u64),
            "eth_getBlockByNumber" => return self.block_by_number(params),
            "eth_getBlockByHash" => return self.block_by_hash(params),
            "eth_getTransactionByHash" => return self.transaction(params),
            "eth_getTransactionByBlockNumberAndIndex" => return self.transaction_at(params),
            "eth_getTransactionReceipt" => return self.receipt(params),
            "eth_getBlockReceipts" => return self.block_receipts(params),
            "eth_getLogs" => return self.logs(params),
            "eth_getBalance" => return self.balance(params),
            "eth_getCode" => return self.code(params),
            "eth_getStorageAt" => return self.storage(params),
            "eth_getTransactionCount" => return self.transaction_count(params),
            "eth_gasPrice" => hex(u128::from(world.next_base_fee()) + world.config.suggested_tip),
            "eth_maxPriorityFeePerGas" => hex(world.config.suggested_tip),
            "eth_feeHistory" => return self.fee_history(params),
            "eth_call" => return self.call(params),
            "eth_estimateGas" => return self.estimate(params),
            "eth_config" => return self.config(),
            other => {
                return Err(Failure::new(-32601, format!("the method {other} does not exist/is not available")));
            }
        })
    }
}
