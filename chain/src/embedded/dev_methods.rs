//! The methods of development chains, by anvil's names: clock, mining, accounts, impersonation.
//!
//! Whatever they change is stored with the chain, in its place. Automine and impersonation are settings of the running
//! process and are not.

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy, transaction::Recovered},
    eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718},
    primitives::{Address, B256, Bytes, Signature, U256},
    rpc::types::TransactionRequest,
};
use serde_json::{json, value::to_raw_value};

use super::{
    error::Failure,
    fees::SUGGESTED_TIP,
    methods::{Answer, null},
    node::Node,
    params::{Number, Params},
    pool::{self, Pooled},
    receipts,
    store::Change,
};

/// Blocks one request may make.
const MOST_BLOCKS: u64 = 1_000_000;

/// What `evm_mine` takes: a timestamp, or an object.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum MineParams {
    Timestamp(Number),
    Options { timestamp: Option<Number>, blocks: Option<Number> },
}

impl Node {
    pub(super) fn dev_answer(&self, method: &str, params: &Params<'_>) -> Answer {
        match method {
            "evm_mine" => {
                let (timestamp, blocks) = match params.optional(0)? {
                    None => (None, None),
                    Some(MineParams::Timestamp(timestamp)) => (Some(timestamp), None),
                    Some(MineParams::Options { timestamp, blocks }) => (timestamp, blocks),
                };
                let mut miner = self.miner();
                if let Some(timestamp) = timestamp {
                    self.change(&mut miner, &Change::NextTimestamp(timestamp.get()))?;
                }
                self.mine(&mut miner, blocks_asked(blocks)?, None)?;
                receipts::raw("\"0x0\"".to_owned())
            }
            "anvil_mine" | "hardhat_mine" => {
                let blocks = blocks_asked(params.optional(0)?)?;
                self.mine(&mut self.miner(), blocks, params.optional_number(1)?)?;
                null()
            }
            "evm_setNextBlockTimestamp" | "anvil_setNextBlockTimestamp" => {
                self.changed(&Change::NextTimestamp(params.number(0)?))
            }
            "evm_increaseTime" | "anvil_increaseTime" => {
                let seconds = params.number(0)?;
                self.changed(&Change::Later(seconds))?;
                receipts::raw(seconds.to_string())
            }
            "evm_setAutomine" | "anvil_setAutomine" => {
                let on: bool = params.required(0)?;
                let mut miner = self.miner();
                miner.automine = on;
                null()
            }
            "anvil_getAutomine" => receipts::raw(self.miner().automine.to_string()),
            "anvil_setBalance" | "hardhat_setBalance" => {
                self.changed(&Change::Balance(params.required(0)?, params.word(1)?))
            }
            "anvil_setNonce" | "hardhat_setNonce" => {
                self.changed(&Change::Nonce(params.required(0)?, params.number(1)?))
            }
            "anvil_setCode" | "hardhat_setCode" => {
                self.changed(&Change::Code(params.required(0)?, params.required(1)?))
            }
            "anvil_setStorageAt" | "hardhat_setStorageAt" => {
                self.changed(&Change::Slot(params.required(0)?, params.word(1)?, params.word(2)?))?;
                receipts::raw("true".to_owned())
            }
            "anvil_impersonateAccount" | "hardhat_impersonateAccount" => {
                let address: Address = params.required(0)?;
                self.miner().impersonated.insert(address);
                null()
            }
            "anvil_stopImpersonatingAccount" | "hardhat_stopImpersonatingAccount" => {
                let address: Address = params.required(0)?;
                self.miner().impersonated.remove(&address);
                null()
            }
            "anvil_autoImpersonateAccount" => {
                let on: bool = params.required(0)?;
                self.miner().impersonate_all = on;
                null()
            }
            "anvil_nodeInfo" => self.node_info(),
            unknown => Err(Failure::unknown_method(unknown)),
        }
    }

    fn changed(&self, change: &Change) -> Answer {
        self.change(&mut self.miner(), change)?;
        null()
    }

    fn node_info(&self) -> Answer {
        let (number, hash, timestamp) = {
            let world = self.world();
            let head = world.head();
            (head.header.number, head.hash, head.header.timestamp)
        };
        let base_fee = U256::from(self.next_base_fee());
        Ok(to_raw_value(&json!({
            "currentBlockNumber": number,
            "currentBlockTimestamp": timestamp,
            "currentBlockHash": hash,
            "hardFork": self.config.fork,
            "transactionOrder": "fees",
            "environment": {
                "baseFee": base_fee,
                "chainId": self.config.chain_id,
                "gasLimit": self.config.block_gas_limit,
                "gasPrice": base_fee + U256::from(SUGGESTED_TIP),
            },
            "forkConfig": { "forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null },
        }))?)
    }

    /// Sends a transaction for an impersonated account, with what the request leaves open filled in.
    pub(super) fn send_impersonated(&self, request: TransactionRequest) -> Result<B256, Failure> {
        let from = request.from.ok_or_else(|| Failure::params("missing \"from\""))?;
        let mut miner = self.miner();
        if !miner.impersonate_all && !miner.impersonated.contains(&from) {
            return Err(Failure::refused("unknown account"));
        }
        let envelope = self.fill(from, request)?;
        let mut bytes = Vec::new();
        envelope.encode_2718(&mut bytes);
        pool::check_rules(&envelope, bytes.len(), &self.rules, self.config.block_gas_limit, self.config.fork)?;
        self.submit_with(&mut miner, Pooled::new(Recovered::new_unchecked(envelope, from), true))
    }

    fn fill(&self, from: Address, request: TransactionRequest) -> Result<TxEnvelope, Failure> {
        let chain_id = self.config.chain_id;
        if request.chain_id.is_some_and(|id| id != chain_id) {
            return Err(Failure::refused(format!("chainId does not match node's (want={chain_id})")));
        }
        let state_nonce = self.world().state.nonce(&from);
        let nonce = request.nonce.unwrap_or_else(|| self.pool().next_nonce(&from, state_nonce));
        let gas_limit = match request.gas {
            Some(gas) => gas,
            None => self.estimate(request.clone(), BlockId::Number(BlockNumberOrTag::Latest), None, None)?,
        };
        let to = request.to.unwrap_or(alloy::primitives::TxKind::Create);
        let value = request.value.unwrap_or_default();
        let access_list = request.access_list.unwrap_or_default();
        let input: Bytes = request
            .input
            .try_into_unique_input()
            .map_err(|_| Failure::refused("both \"data\" and \"input\" are set and not equal"))?
            .unwrap_or_default();
        let signature = stand_in(from);
        if let Some(gas_price) = request.gas_price {
            let legacy = TxLegacy { chain_id: Some(chain_id), nonce, gas_price, gas_limit, to, value, input };
            return Ok(legacy.into_signed(signature).into());
        }
        let base_fee = u128::from(self.next_base_fee());
        let max_priority_fee_per_gas = request.max_priority_fee_per_gas.unwrap_or(u128::from(SUGGESTED_TIP));
        let max_fee_per_gas = request.max_fee_per_gas.unwrap_or(base_fee + max_priority_fee_per_gas);
        let dynamic = TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            input,
        };
        Ok(dynamic.into_signed(signature).into())
    }
}

/// What stands where a signature would: the sender itself, so that two senders' equal transactions differ in hash.
fn stand_in(from: Address) -> Signature {
    Signature::new(U256::from_be_slice(from.as_slice()), U256::ONE, false)
}

fn blocks_asked(blocks: Option<Number>) -> Result<u64, Failure> {
    match blocks.map_or(1, Number::get) {
        blocks @ 0..=MOST_BLOCKS => Ok(blocks),
        blocks => Err(Failure::params(format!("{blocks} blocks in one request; {MOST_BLOCKS} at most"))),
    }
}
