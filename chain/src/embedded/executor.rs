//! One transaction or call through revm.
//!
//! Execution borrows whatever it reads from as `&dyn DatabaseRef`, so there is one compiled EVM for the present state, past
//! states and overridden ones alike, and several may run at once.

use alloy::{
    consensus::{Transaction, TxEnvelope, Typed2718, transaction::Recovered},
    primitives::U256,
};
use revm::{
    Context, DatabaseRef, ExecuteEvm, MainBuilder, MainContext,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        either::Either,
        result::{EVMError, InvalidTransaction, ResultAndState},
    },
    database_interface::WrapDatabaseRef,
};

use super::{error::Failure, state::Never};

/// What execution reads from.
pub(super) type Source<'a> = &'a (dyn DatabaseRef<Error = Never> + 'a);

/// Why nothing was executed.
#[derive(Debug)]
pub(super) enum NotExecuted {
    /// The transaction is not valid here and now.
    Invalid(InvalidTransaction),
    /// revm failed in a way no transaction should cause.
    Fault(String),
}

/// Runs one transaction; nothing is written.
pub(super) fn execute(
    source: Source<'_>,
    rules: CfgEnv,
    block: BlockEnv,
    transaction: TxEnv,
) -> Result<ResultAndState, NotExecuted> {
    let context = Context::mainnet().with_db(WrapDatabaseRef(source)).with_cfg(rules).with_block(block);
    context.build_mainnet().transact(transaction).map_err(|error| match error {
        EVMError::Transaction(invalid) => NotExecuted::Invalid(invalid),
        other => NotExecuted::Fault(other.to_string()),
    })
}

/// A transaction as revm takes it.
pub(super) fn transaction_environment(transaction: &Recovered<TxEnvelope>) -> TxEnv {
    let inner = transaction.inner();
    TxEnv {
        tx_type: inner.ty(),
        caller: transaction.signer(),
        gas_limit: inner.gas_limit(),
        gas_price: inner.max_fee_per_gas(),
        kind: inner.kind(),
        value: inner.value(),
        data: inner.input().clone(),
        nonce: inner.nonce(),
        chain_id: inner.chain_id(),
        access_list: inner.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: if inner.is_dynamic_fee() { inner.max_priority_fee_per_gas() } else { None },
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: inner
            .authorization_list()
            .map(|list| list.iter().cloned().map(Either::Left).collect())
            .unwrap_or_default(),
    }
}

/// An invalid transaction in geth's words.
pub(super) fn describe(invalid: &InvalidTransaction, transaction: &TxEnv, block: &BlockEnv) -> String {
    use InvalidTransaction as I;
    match invalid {
        I::NonceTooLow { tx, state } => format!("nonce too low: next nonce {state}, tx nonce {tx}"),
        I::NonceTooHigh { tx, state } => {
            format!("nonce too high: address {}, tx: {tx} state: {state}", transaction.caller)
        }
        I::LackOfFundForMaxFee { fee, balance } => format!(
            "insufficient funds for gas * price + value: address {} have {balance} want {fee}",
            transaction.caller
        ),
        I::OverflowPaymentInTransaction => "insufficient funds for gas * price + value".to_owned(),
        I::GasPriceLessThanBasefee => format!(
            "max fee per gas less than block base fee: address {}, maxFeePerGas: {}, baseFee: {}",
            transaction.caller, transaction.gas_price, block.basefee
        ),
        I::PriorityFeeGreaterThanMaxFee => format!(
            "max priority fee per gas higher than max fee per gas: address {}, maxPriorityFeePerGas: {}, maxFeePerGas: {}",
            transaction.caller,
            transaction.gas_priority_fee.unwrap_or_default(),
            transaction.gas_price
        ),
        I::CallerGasLimitMoreThanBlock => "exceeds block gas limit".to_owned(),
        I::TxGasLimitGreaterThanCap { gas_limit, cap } => {
            format!("transaction gas limit too high (cap: {cap}, tx: {gas_limit})")
        }
        I::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            format!("intrinsic gas too low: gas {gas_limit}, minimum needed {initial_gas}")
        }
        I::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
            format!("insufficient gas for floor data gas cost: gas {gas_limit}, minimum needed {gas_floor}")
        }
        I::CreateInitCodeSizeLimit => {
            format!("max initcode size exceeded: code size {}", transaction.data.len())
        }
        I::RejectCallerWithCode => format!("sender not an eoa: address {}", transaction.caller),
        I::InvalidChainId => {
            format!("invalid chain id for signer: have {}", transaction.chain_id.unwrap_or_default())
        }
        I::Eip4844NotSupported | I::Eip7702NotSupported | I::Eip1559NotSupported | I::Eip2930NotSupported => {
            "transaction type not supported".to_owned()
        }
        other => other.to_string(),
    }
}

impl NotExecuted {
    /// As an answer.
    pub(super) fn failure(&self, transaction: &TxEnv, block: &BlockEnv) -> Failure {
        match self {
            Self::Invalid(invalid) => Failure::refused(describe(invalid, transaction, block)),
            Self::Fault(fault) => Failure::internal(fault.clone()),
        }
    }
}

/// The most a transaction can cost: gas limit × price + value.
pub(super) fn highest_cost(transaction: &TxEnvelope) -> U256 {
    U256::from(transaction.gas_limit())
        .saturating_mul(U256::from(transaction.max_fee_per_gas()))
        .saturating_add(transaction.value())
}
