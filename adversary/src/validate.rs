//! What a transaction must be to enter the pool: geth's checks, in its order and its words.
//!
//! Sources: geth's `internal/ethapi` (`SubmitTransaction`) and `core/txpool/validation.go`. A wrong chain id and an invalid
//! signature are told together there as "invalid sender".

use alloy::{
    consensus::{Transaction, Typed2718},
    primitives::{Address, U256, utils::format_ether},
};

use crate::{WorldConfig, blocks::Chain, error::Failure, execute::GAS_CAP, transaction::Tx};

/// Four slots of 32 KiB.
const MOST_BYTES: usize = 131_072;
/// EIP-3860.
const MOST_INITCODE: usize = 49_152;
const INSUFFICIENT: &str = "insufficient funds for gas * price + value";

/// What an endpoint looks at before it asks the pool.
pub(crate) fn at_the_door(tx: &Tx, config: &WorldConfig) -> Result<(), Failure> {
    let fee = U256::from(tx.max_fee()).saturating_mul(U256::from(tx.envelope.gas_limit()));
    if !config.fee_cap.is_zero() && fee > config.fee_cap {
        return Err(Failure::refused(format!(
            "tx fee ({} ether) exceeds the configured cap ({} ether)",
            ether(fee),
            ether(config.fee_cap)
        )));
    }
    if tx.envelope.chain_id().is_none() {
        return Err(Failure::refused("only replay-protected (EIP-155) transactions allowed over RPC"));
    }
    Ok(())
}

/// Two decimals, as geth prints it.
fn ether(wei: U256) -> String {
    let text = format_ether(wei);
    text.split_once('.').map_or(text.clone(), |(whole, part)| format!("{whole}.{}", &part[..2]))
}

/// What can be told without the state.
pub(crate) fn basics(tx: &Tx, config: &WorldConfig) -> Result<(), Failure> {
    let envelope = &tx.envelope;
    let refuse = |text: String| Err(Failure::refused(text));
    if !matches!(envelope.ty(), 0..=2 | 4) {
        return refuse("transaction type not supported".to_owned());
    }
    if tx.raw.len() > MOST_BYTES {
        return refuse(format!("oversized data: transaction size {}, limit {MOST_BYTES}", tx.raw.len()));
    }
    let initcode = envelope.input().len();
    if envelope.is_create() && initcode > MOST_INITCODE {
        return refuse(format!("max initcode size exceeded: code size {initcode}, limit {MOST_INITCODE}"));
    }
    let gas = envelope.gas_limit();
    if gas > GAS_CAP {
        return refuse(format!("transaction gas limit too high (cap: {GAS_CAP}, tx: {gas})"));
    }
    if gas > config.block_gas_limit {
        return refuse("exceeds block gas limit".to_owned());
    }
    if envelope.max_priority_fee_per_gas().is_some_and(|tip| tip > tx.max_fee()) {
        return refuse("max priority fee per gas higher than max fee per gas".to_owned());
    }
    if envelope.chain_id() != Some(config.chain_id) {
        return refuse(format!(
            "invalid sender: invalid chain id for signer: have {} want {}",
            envelope.chain_id().unwrap_or_default(),
            config.chain_id
        ));
    }
    if tx.nonce() == u64::MAX {
        return refuse("nonce has max value".to_owned());
    }
    let (needed, floor) = intrinsic(tx);
    if gas < needed {
        return refuse(format!("intrinsic gas too low: gas {gas}, minimum needed {needed}"));
    }
    if gas < floor {
        return refuse(format!("insufficient gas for floor data gas cost: gas {gas}, minimum needed {floor}"));
    }
    if tx.tip() < config.min_tip {
        return refuse(format!(
            "transaction gas price below minimum: gas tip cap {}, minimum needed {}",
            tx.tip(),
            config.min_tip
        ));
    }
    Ok(())
}

/// Gas before the first instruction, and the least by calldata (EIP-7623).
fn intrinsic(tx: &Tx) -> (u64, u64) {
    let data = tx.envelope.input();
    let (zeros, bytes) = (data.iter().filter(|byte| **byte == 0).count() as u64, data.len() as u64);
    let tokens = zeros + (bytes - zeros) * 4;
    let create = if tx.envelope.is_create() { 32_000 + 2 * bytes.div_ceil(32) } else { 0 };
    let list = tx
        .envelope
        .access_list()
        .map_or(0, |list| list.iter().map(|item| 2_400 + 1_900 * item.storage_keys.len() as u64).sum());
    let authorizations = tx.envelope.authorization_list().map_or(0, |list| 25_000 * list.len() as u64);
    (21_000 + tokens * 4 + create + list + authorizations, 21_000 + tokens * 10)
}

/// What depends on the state: nonce, code and money. `spent` is what the executable transactions of the account in the pool
/// may cost, `replaced` what the one of the same nonce may.
pub(crate) fn against_state(tx: &Tx, chain: &Chain, spent: U256, replaced: Option<U256>) -> Result<(), Failure> {
    let state = chain.now();
    let (next, balance, cost) = (state.nonce(&tx.sender), state.balance(&tx.sender), tx.cost());
    let refuse = |text: String| Err(Failure::refused(text));
    if !may_send(&state.code(&tx.sender)) {
        return refuse(format!("sender not an eoa: address {}", tx.sender));
    }
    if tx.nonce() < next {
        return refuse(format!("nonce too low: next nonce {next}, tx nonce {}", tx.nonce()));
    }
    if balance < cost {
        return refuse(format!("{INSUFFICIENT}: balance {balance}, tx cost {cost}, overshot {}", cost - balance));
    }
    let (need, words) = match replaced {
        Some(before) => (spent + cost.saturating_sub(before), ("tx bumped", cost.saturating_sub(before))),
        None => (spent + cost, ("tx cost", cost)),
    };
    if balance < need {
        let (name, by) = words;
        return refuse(format!(
            "{INSUFFICIENT}: balance {balance}, queued cost {spent}, {name} {by}, overshot {}",
            need - balance
        ));
    }
    Ok(())
}

/// An account sends if it has no code but a delegation (EIP-3607, EIP-7702).
fn may_send(code: &[u8]) -> bool {
    code.is_empty() || (code.len() == 3 + Address::len_bytes() && code.starts_with(&[0xef, 0x01, 0x00]))
}
