//! Transactions and calls through revm, under Osaka's rules.

use alloy::primitives::{B256, Bytes, U256};
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction, ResultAndState},
    },
    database_interface::WrapDatabaseRef,
    primitives::hardfork::SpecId,
};

use crate::{
    error::Failure,
    state::{Source, State},
};

/// Osaka's limit of one transaction's gas, EIP-7825.
pub(crate) const GAS_CAP: u64 = 1 << 24;

/// The rules of a block.
pub(crate) fn rules(chain_id: u64) -> CfgEnv {
    CfgEnv::new_with_spec(SpecId::OSAKA).with_chain_id(chain_id)
}

/// The rules of a call: what makes sense for a transaction only is off.
fn call_rules(chain_id: u64) -> CfgEnv {
    let mut rules = rules(chain_id);
    rules.disable_nonce_check = true;
    rules.disable_eip3607 = true;
    rules.disable_block_gas_limit = true;
    rules.tx_gas_limit_cap = Some(u64::MAX);
    rules
}

/// Runs a transaction; nothing is written. An invalid one did not run.
pub(crate) fn transact(
    source: &Source<'_, impl Fn(u64) -> B256>,
    rules: CfgEnv,
    block: BlockEnv,
    transaction: TxEnv,
) -> Result<ResultAndState, InvalidTransaction> {
    let context = Context::mainnet().with_db(WrapDatabaseRef(source)).with_cfg(rules).with_block(block);
    context.build_mainnet().transact(transaction).map_err(|error| match error {
        EVMError::Transaction(invalid) => invalid,
        other => InvalidTransaction::from(other.to_string()),
    })
}

/// Runs a call as `eth_call` does.
pub(crate) fn call(state: &State, chain_id: u64, mut block: BlockEnv, call: TxEnv) -> Result<ExecutionResult, Failure> {
    if call.gas_price == 0 {
        block.basefee = 0;
    }
    let caller = call.caller;
    let source = Source { state, hash_of: |_| B256::ZERO };
    let outcome = transact(&source, call_rules(chain_id), block, call);
    outcome.map(|outcome| outcome.result).map_err(|invalid| match invalid {
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => Failure::refused(format!(
            "insufficient funds for gas * price + value: address {caller} have {balance} want {fee}"
        )),
        InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            Failure::refused(format!("intrinsic gas too low: gas {gas_limit}, minimum needed {initial_gas}"))
        }
        other => Failure::refused(other.to_string()),
    })
}

/// What a call returned; reverts and halts in geth's words.
pub(crate) fn returned(result: ExecutionResult) -> Result<Bytes, Failure> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        ExecutionResult::Revert { output, .. } => Err(Failure::reverted(output)),
        ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => Err(Failure::refused("out of gas")),
        ExecutionResult::Halt { reason, .. } => Err(Failure::refused(reason.to_string())),
    }
}

/// What execution sees of a block.
pub(crate) fn environment(header: &alloy::consensus::Header) -> BlockEnv {
    let mut env = BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        difficulty: U256::ZERO,
        prevrandao: Some(header.mix_hash),
        ..BlockEnv::default()
    };
    // blobs are never sent here
    env.set_blob_excess_gas_and_price(0, revm::primitives::eip4844::BLOB_BASE_FEE_UPDATE_FRACTION_PRAGUE);
    env
}
