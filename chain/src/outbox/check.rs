//! The look before the leap: an `eth_call` with the very sender, calldata, value and gas, and the gas limit that follows.
//!
//! A revert here is an answer, and nothing is sent. An endpoint that could not be asked is asked again for a while; then the
//! intent fails as unknown, still with nothing sent.

use std::{future::Future, time::Duration};

use alloy::{
    network::TransactionBuilder,
    primitives::{Bytes, TxKind, U64},
    rpc::types::TransactionRequest,
};
use tokio::time::Instant;

use super::{
    classify::{Answer, classify},
    intent::{GasLimit, Intent, OutboxConfig, OutboxError},
};
use crate::{
    gas::GasRules,
    rpc::{Rpc, RpcError, describe_revert},
};

/// Bytes of a signed EIP-1559 transaction beside its calldata, at most.
const ENVELOPE_BYTES: usize = 300;

/// An intent that may be sent, with its gas limit.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) intent: Intent,
    pub(crate) gas: u64,
}

/// Checks one intent against the latest state.
pub(crate) async fn check(
    rpc: Rpc,
    intent: Intent,
    rules: GasRules,
    config: OutboxConfig,
) -> Result<Checked, OutboxError> {
    let kind = intent.to.map_or(TxKind::Create, TxKind::Call);
    let mut request = TransactionRequest::default()
        .with_from(intent.from)
        .with_kind(kind)
        .with_input(intent.data.clone())
        .with_value(intent.value);
    if let GasLimit::Fixed(gas) = intent.gas {
        request = request.with_gas_limit(gas);
    }
    let called: Result<Bytes, _> = patiently(&config, || rpc.request("eth_call", (request.clone(), "latest"))).await;
    called.map_err(|error| refusal(&intent, error))?;
    let gas = match intent.gas {
        GasLimit::Fixed(gas) => gas,
        GasLimit::Estimate => {
            let estimate: U64 = patiently(&config, || rpc.request("eth_estimateGas", (request.clone(), "latest")))
                .await
                .map_err(|error| refusal(&intent, error))?;
            with_margin(&intent, estimate, &rules)?
        }
    };
    Ok(Checked { intent, gas })
}

/// A fifth on top of an estimate, as far as the cap of the fork lets it. An estimate above the cap cannot succeed.
fn with_margin(intent: &Intent, estimate: U64, rules: &GasRules) -> Result<u64, OutboxError> {
    let cap = rules.transaction_cap;
    match u64::try_from(estimate) {
        Ok(estimate) if estimate <= cap => Ok(estimate.saturating_add(estimate / 5).min(cap)),
        _ => Err(OutboxError::Local(format!(
            "{} needs an estimated {estimate} gas; a transaction here may ask for at most {cap}",
            intent.key
        ))),
    }
}

/// What can be said without asking anybody: gas and size within the rules of the fork.
pub(crate) fn within_rules(intent: &Intent, rules: &GasRules) -> Result<(), OutboxError> {
    let key = &intent.key;
    if let GasLimit::Fixed(gas) = intent.gas
        && (gas == 0 || gas > rules.transaction_cap)
    {
        return Err(OutboxError::Local(format!(
            "{key} asks for {gas} gas; a transaction here may ask for 1 to {}",
            rules.transaction_cap
        )));
    }
    let bytes = intent.data.len() + ENVELOPE_BYTES;
    if bytes > rules.transaction_bytes {
        return Err(OutboxError::Local(format!(
            "{key} makes a transaction of about {bytes} bytes; pools take at most {}",
            rules.transaction_bytes
        )));
    }
    Ok(())
}

/// An error that may be the absence of an answer.
pub(crate) trait MaySayNothing {
    fn is_silence(&self) -> bool;
}

impl MaySayNothing for RpcError {
    fn is_silence(&self) -> bool {
        Self::is_silence(self)
    }
}

impl MaySayNothing for OutboxError {
    fn is_silence(&self) -> bool {
        matches!(self, Self::Rpc(error) if error.is_silence())
    }
}

/// Asks again while the endpoint gives no usable answer, until the patience of `config` is used up.
pub(crate) async fn patiently<T, E, F>(config: &OutboxConfig, ask: impl Fn() -> F) -> Result<T, E>
where
    E: MaySayNothing,
    F: Future<Output = Result<T, E>>,
{
    let until = Instant::now() + config.patience();
    let mut pause = config.poll.max(Duration::from_millis(1));
    loop {
        match ask().await {
            Err(error) if error.is_silence() && Instant::now() + pause < until => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(config.poll * 16).max(Duration::from_millis(1));
            }
            answer => return answer,
        }
    }
}

fn refusal(intent: &Intent, error: RpcError) -> OutboxError {
    let key = intent.key.clone();
    match error {
        RpcError::Reverted(data) => OutboxError::WouldRevert { key, reason: describe_revert(&data), data },
        RpcError::Refused { message, label, method, code } => {
            let text = message.to_ascii_lowercase();
            let of_the_call =
                ["out of gas", "gas required exceeds", "outofgas", "invalid opcode", "gas uint64 overflow"];
            if classify(&message) == Answer::Invalid || of_the_call.iter().any(|words| text.contains(words)) {
                OutboxError::WouldRevert { key, reason: message, data: Bytes::new() }
            } else if classify(&message) == Answer::NoFunds {
                OutboxError::Halted(format!("{} cannot pay for {key}: {message}", intent.from))
            } else {
                OutboxError::Rpc(RpcError::Refused { message, label, method, code })
            }
        }
        error => OutboxError::Rpc(error),
    }
}
