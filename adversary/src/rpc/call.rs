//! `eth_call` and `eth_estimateGas`.

use alloy::{primitives::TxKind, rpc::types::TransactionRequest};
use revm::context::{BlockEnv, TxEnv, either::Either, result::ExecutionResult};
use serde_json::json;

use super::{Answer, Params, View, hex};
use crate::{
    error::Failure,
    execute::{self, GAS_CAP},
    state::State,
};

/// geth's `RPCGasCap`.
const CALL_GAS: u64 = 50_000_000;

impl View<'_> {
    pub(super) fn call(&self, params: &Params<'_>) -> Answer {
        let (state, block) = self.state_at(params, 1)?;
        let mut call = environment(params.required(0)?, state)?;
        call.gas_limit = call.gas_limit.min(CALL_GAS);
        let block = execute::environment(&block.header);
        Ok(json!(execute::returned(execute::call(state, self.world.config.chain_id, block, call)?)?))
    }

    /// The least gas limit under which the call succeeds, by halves, within 1.5 per cent as geth's.
    pub(super) fn estimate(&self, params: &Params<'_>) -> Answer {
        let (state, block) = self.state_at(params, 1)?;
        let call = environment(params.required(0)?, state)?;
        let block = execute::environment(&block.header);
        let mut high = call.gas_limit.min(GAS_CAP).min(block.gas_limit);
        if call.gas_price > 0 {
            let left = state.balance(&call.caller).checked_sub(call.value);
            let left = left.ok_or_else(|| Failure::refused("insufficient funds for transfer"))?;
            high = high.min((left / alloy::primitives::U256::from(call.gas_price)).saturating_to());
        }
        let result = match self.attempt(state, &block, &call, high) {
            Err(failure) if failure.message.starts_with("intrinsic gas too low") => {
                return Err(Failure::refused(format!("gas required exceeds allowance ({high})")));
            }
            other => other?,
        };
        let used = result.gas().tx_gas_used();
        execute::returned(result).map_err(|failure| match failure.message.as_str() {
            "out of gas" => Failure::refused(format!("gas required exceeds allowance ({high})")),
            _ => failure,
        })?;
        let enough = |gas: u64| self.attempt(state, &block, &call, gas).is_ok_and(|result| result.is_success());
        if enough(used) {
            return Ok(hex(used));
        }
        let mut low = used;
        while low + 1 < high && (high - low) * 1_000 >= high * 15 {
            let middle = (low + (high - low) / 2).min(low * 2);
            if enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(hex(high))
    }

    fn attempt(&self, state: &State, block: &BlockEnv, call: &TxEnv, gas: u64) -> Result<ExecutionResult, Failure> {
        let call = TxEnv { gas_limit: gas, ..call.clone() };
        execute::call(state, self.world.config.chain_id, block.clone(), call)
    }
}

fn environment(request: TransactionRequest, state: &State) -> Result<TxEnv, Failure> {
    let caller = request.from.unwrap_or_default();
    let differ = |_| Failure::refused("both \"data\" and \"input\" are set and not equal");
    let data = request.input.try_into_unique_input().map_err(differ)?;
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if dynamic && request.gas_price.is_some() {
        return Err(Failure::refused("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    let tip = request.max_priority_fee_per_gas.unwrap_or_default();
    let authorizations = request.authorization_list.unwrap_or_default();
    let tx_type = match (authorizations.is_empty(), dynamic, request.access_list.is_some()) {
        (false, ..) => 4,
        (true, true, _) => 2,
        (true, false, true) => 1,
        (true, false, false) => 0,
    };
    Ok(TxEnv {
        tx_type,
        caller,
        gas_limit: request.gas.unwrap_or(u64::MAX),
        gas_price: request.gas_price.or(request.max_fee_per_gas).unwrap_or(tip),
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: data.unwrap_or_default(),
        nonce: request.nonce.unwrap_or_else(|| state.nonce(&caller)),
        chain_id: request.chain_id,
        access_list: request.access_list.unwrap_or_default(),
        gas_priority_fee: (tx_type == 2 || tx_type == 4).then_some(tip),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: authorizations.into_iter().map(Either::Left).collect(),
    })
}
