//! `eth_call` and `eth_estimateGas`: transactions that leave nothing behind.
//!
//! As geth does it: the sender's nonce and code do not matter, the per-transaction cap and the block's limit do not bind a
//! call, and where no gas price is given the base fee is zero inside the call, so that nothing has to be paid. An estimate
//! keeps to the cap and the block's limit, because it says what a transaction would need.

use std::cmp;

use alloy::{
    consensus::Transaction,
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Bytes, U256},
    rpc::types::{BlockOverrides, TransactionRequest, state::StateOverride},
};
use revm::context::{
    BlockEnv, Cfg, CfgEnv, TxEnv,
    result::{ExecutionResult, HaltReason, InvalidTransaction},
};

use super::{
    block::{self, Building},
    error::Failure,
    executor::{self, NotExecuted, Source},
    node::Node,
    overrides::{Overrides, override_block},
    world::{View, World},
};

/// geth's `RPCGasCap`; a larger block raises it.
const CALL_GAS: u64 = 50_000_000;
/// An estimate may lie this far above what is needed: geth's 1.5 per cent.
const ESTIMATE_ERROR: (u64, u64) = (15, 1_000);
/// Gas a call hands over with value, kept out of the 63/64 rule.
const CALL_STIPEND: u64 = 2_300;
const TRANSFER_GAS: u64 = 21_000;

impl Node {
    pub(super) fn call(
        &self,
        request: TransactionRequest,
        id: BlockId,
        state: Option<StateOverride>,
        block: Option<BlockOverrides>,
    ) -> Result<Bytes, Failure> {
        let overrides = Overrides::read(state, block.as_ref())?;
        self.look(id, |view, world, height| {
            let mut env = self.call_environment(world, height, id)?;
            let mut transaction = call_transaction(request, &view)?;
            if let Some(block) = &block {
                override_block(&mut env, block)?;
            }
            transaction.gas_limit = cmp::min(transaction.gas_limit, cmp::max(CALL_GAS, env.gas_limit));
            let view = view.with(&overrides);
            match self.run(&view, &env, &transaction)? {
                ExecutionResult::Success { output, .. } => Ok(output.into_data()),
                ExecutionResult::Revert { output, .. } => Err(Failure::reverted(output)),
                ExecutionResult::Halt { reason, .. } => Err(Failure::refused(halt(&reason))),
            }
        })
    }

    pub(super) fn estimate(
        &self,
        request: TransactionRequest,
        id: BlockId,
        state: Option<StateOverride>,
        block: Option<BlockOverrides>,
    ) -> Result<u64, Failure> {
        let overrides = Overrides::read(state, block.as_ref())?;
        self.look(id, |view, world, height| {
            let mut env = self.call_environment(world, height, id)?;
            let wanted = request.gas;
            let mut transaction = call_transaction(request, &view)?;
            if let Some(block) = &block {
                override_block(&mut env, block)?;
            }
            let view = view.with(&overrides);
            self.search(&view, &env, &mut transaction, wanted)
        })
    }

    /// The least gas limit, within the tolerance, under which the transaction succeeds.
    fn search(
        &self,
        view: &View<'_>,
        env: &BlockEnv,
        transaction: &mut TxEnv,
        wanted: Option<u64>,
    ) -> Result<u64, Failure> {
        let mut high = wanted.filter(|gas| *gas >= TRANSFER_GAS).unwrap_or(env.gas_limit);
        if !self.rules.is_amsterdam_eip8037_enabled() {
            high = cmp::min(high, self.rules.tx_gas_limit_cap());
        }
        if transaction.gas_price > 0 {
            let account = revm::DatabaseRef::basic_ref(view, transaction.caller);
            let balance = account.unwrap_or_default().map_or(U256::ZERO, |account| account.balance);
            let available = balance
                .checked_sub(transaction.value)
                .ok_or_else(|| Failure::refused("insufficient funds for transfer"))?;
            let allowance = available / U256::from(transaction.gas_price);
            high = u64::try_from(allowance).map_or(high, |allowance| cmp::min(high, allowance));
        }
        let mut attempt = |gas: u64| -> Result<ExecutionResult, Failure> {
            transaction.gas_limit = gas;
            self.run(view, env, transaction)
        };
        let first = match attempt(high) {
            Ok(result) => result,
            Err(failure) if failure.message.starts_with("intrinsic gas too low") => {
                return Err(Failure::refused(format!("gas required exceeds allowance ({high})")));
            }
            Err(failure) => return Err(failure),
        };
        let (used, refunded) = match first {
            ExecutionResult::Success { gas, .. } => (gas.tx_gas_used(), gas.inner_refunded()),
            ExecutionResult::Revert { output, .. } => return Err(Failure::reverted(output)),
            ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => {
                return Err(Failure::refused(format!("gas required exceeds allowance ({high})")));
            }
            ExecutionResult::Halt { reason, .. } => return Err(Failure::refused(halt(&reason))),
        };
        let mut enough = |gas: u64| matches!(attempt(gas), Ok(ExecutionResult::Success { .. }));
        // what was used is too little only when refunds or the 63/64 rule demand more
        if enough(used) {
            return Ok(used);
        }
        let mut low = used;
        let optimistic = (used.saturating_add(refunded).saturating_add(CALL_STIPEND)).saturating_mul(64) / 63;
        if optimistic < high {
            if enough(optimistic) {
                high = optimistic;
            } else {
                low = optimistic;
            }
        }
        while low + 1 < high {
            if (high - low).saturating_mul(ESTIMATE_ERROR.1) < high.saturating_mul(ESTIMATE_ERROR.0) {
                break;
            }
            // the answer is usually near the low end
            let middle = cmp::min(low + (high - low) / 2, low.saturating_mul(2));
            if enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(high)
    }

    /// The block a call runs in: the one named, or the one to come for `pending`.
    fn call_environment(&self, world: &World, height: u64, id: BlockId) -> Result<BlockEnv, Failure> {
        let missing = || Failure::refused("header not found");
        let named = world.block(height).ok_or_else(missing)?;
        if id != BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(block::environment(&named.header));
        }
        let timestamp = named.header.timestamp.saturating_add(self.config.block_time);
        Ok(block::environment(Building::after(named, &self.config, timestamp).header()))
    }

    /// Runs a call; an invalid one is refused in geth's words.
    fn run(&self, view: &View<'_>, env: &BlockEnv, transaction: &TxEnv) -> Result<ExecutionResult, Failure> {
        let mut env = env.clone();
        if transaction.gas_price == 0 {
            env.basefee = 0;
        }
        let source: Source<'_> = view;
        let outcome = executor::execute(source, call_rules(&self.rules), env.clone(), transaction.clone());
        outcome.map(|outcome| outcome.result).map_err(|error| match &error {
            NotExecuted::Invalid(InvalidTransaction::LackOfFundForMaxFee { .. }) if transaction.gas_price == 0 => {
                Failure::refused(format!("insufficient funds for transfer: address {}", transaction.caller))
            }
            _ => error.failure(transaction, &env),
        })
    }
}

/// Checks that make sense for a transaction only are off.
fn call_rules(rules: &CfgEnv) -> CfgEnv {
    let mut rules = rules.clone();
    rules.disable_nonce_check = true;
    rules.disable_eip3607 = true;
    rules.disable_block_gas_limit = true;
    if !rules.is_amsterdam_eip8037_enabled() {
        rules.tx_gas_limit_cap = Some(u64::MAX);
    }
    rules
}

/// A request as revm takes it.
fn call_transaction(request: TransactionRequest, view: &View<'_>) -> Result<TxEnv, Failure> {
    let caller = request.from.unwrap_or_default();
    if request.gas_price.is_some() && (request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some())
    {
        return Err(Failure::refused("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    if request.blob_versioned_hashes.is_some() || request.sidecar.is_some() {
        return Err(Failure::refused("transaction type not supported"));
    }
    let data = request
        .input
        .try_into_unique_input()
        .map_err(|_| Failure::refused("both \"data\" and \"input\" are set and not equal"))?;
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    let tip = request.max_priority_fee_per_gas.unwrap_or_default();
    let gas_price = request.gas_price.or(request.max_fee_per_gas).unwrap_or(tip);
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
        gas_price,
        kind: request.to.unwrap_or(alloy::primitives::TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: data.unwrap_or_default(),
        nonce: request.nonce.unwrap_or_else(|| view.head(&caller).map_or(0, |head| head.nonce)),
        chain_id: request.chain_id,
        access_list: request.access_list.unwrap_or_default(),
        gas_priority_fee: (tx_type == 2 || tx_type == 4).then_some(tip),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: authorizations.into_iter().map(revm::context::either::Either::Left).collect(),
    })
}

/// Why the EVM stopped, in geth's words where it has them.
fn halt(reason: &HaltReason) -> String {
    match reason {
        HaltReason::OutOfGas(_) => "out of gas".to_owned(),
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID".to_owned(),
        HaltReason::InvalidJump => "invalid jump destination".to_owned(),
        HaltReason::StateChangeDuringStaticCall => "write protection".to_owned(),
        HaltReason::CreateCollision => "contract address collision".to_owned(),
        HaltReason::CreateContractSizeLimit => "max code size exceeded".to_owned(),
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded".to_owned(),
        other => other.to_string(),
    }
}

/// Fee caps of a pooled transaction, as `eth_feeHistory` counts them.
pub(super) fn tip(transaction: &impl Transaction, base_fee: u64) -> u128 {
    transaction.effective_tip_per_gas(base_fee).unwrap_or_default()
}
