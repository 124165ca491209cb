//! The gas rules of a fork, chosen from the chain and never from a constant in a planner.
//!
//! The table holds what planners need: the cap of one transaction (EIP-7825), the size limit of a pooled transaction, and
//! the calldata floor (EIP-7623). The chain is asked by `eth_config` (EIP-7910) where it answers; the block gas limit always
//! comes from the latest block.

use std::collections::BTreeMap;

use alloy::{
    eips::BlockNumberOrTag,
    network::TransactionBuilder,
    primitives::{Address, Bytes, TxKind, hex},
    rpc::types::TransactionRequest,
};
use serde::{Deserialize, Serialize};

use crate::rpc::{Rpc, RpcError};

/// The hard forks whose rules differ for us, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fork {
    /// Cancun, March 2024.
    Cancun,
    /// Prague, May 2025: calldata floor.
    Prague,
    /// Osaka, December 2025: a transaction may use at most 2^24 gas.
    Osaka,
    /// Amsterdam: state creation priced apart (EIP-8037).
    Amsterdam,
}

/// What a planner has to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GasRules {
    /// The fork.
    pub fork: Fork,
    /// Most gas a transaction may ask for.
    pub transaction_cap: u64,
    /// Gas limit of a block.
    pub block_limit: u64,
    /// Most bytes of a raw transaction that pools accept (geth: 128 KiB).
    pub transaction_bytes: usize,
}

/// EIP-7825: 2^24.
pub const TRANSACTION_GAS_CAP: u64 = 1 << 24;
/// geth's `txMaxSize`, 4 slots of 32 KiB.
pub const TRANSACTION_MAX_BYTES: usize = 128 * 1024;

impl GasRules {
    /// The rules of `fork` under a block gas limit.
    #[must_use]
    pub fn of(fork: Fork, block_limit: u64) -> Self {
        let transaction_cap = if fork >= Fork::Osaka { TRANSACTION_GAS_CAP.min(block_limit) } else { block_limit };
        Self { fork, transaction_cap, block_limit, transaction_bytes: TRANSACTION_MAX_BYTES }
    }

    /// The rules of the chain behind `rpc`, as of its latest block.
    ///
    /// # Errors
    /// An endpoint that gives no usable answer; one that answers no probe either way.
    pub async fn detect(rpc: &Rpc) -> Result<Self, RpcError> {
        Ok(Self::detect_with_source(rpc).await?.0)
    }

    /// As [`GasRules::detect`], and how the fork was found, in words.
    ///
    /// # Errors
    /// As [`GasRules::detect`].
    pub async fn detect_with_source(rpc: &Rpc) -> Result<(Self, &'static str), RpcError> {
        let block_limit = rpc.block(BlockNumberOrTag::Latest).await?.gas_limit;
        let told = told_fork(rpc).await?;
        let fork = probed_fork(rpc, told).await?;
        let source = match told {
            None => "found by probing, for it does not know eth_config",
            Some(told) if told == fork => "as eth_config says",
            Some(_) => "found by probing, beyond what eth_config tells",
        };
        Ok((Self::of(fork, block_limit), source))
    }
}

/// What `eth_config` (EIP-7910) says of the rules in force. It names no fork, but the precompiles tell Prague and Osaka.
#[derive(Debug, Deserialize)]
struct EthConfig {
    current: EthConfigFork,
}

#[derive(Debug, Deserialize)]
struct EthConfigFork {
    #[serde(default)]
    precompiles: BTreeMap<String, Address>,
}

/// The fork `eth_config` speaks of, at least; `None` where the endpoint does not know the method.
async fn told_fork(rpc: &Rpc) -> Result<Option<Fork>, RpcError> {
    match rpc.request::<_, EthConfig>("eth_config", ()).await {
        Ok(config) => Ok(fork_of_precompiles(&config.current.precompiles)),
        Err(RpcError::Refused { .. } | RpcError::Reverted(_)) => Ok(None),
        Err(error @ (RpcError::NoAnswer { .. } | RpcError::Disagree { .. })) => {
            // an endpoint that is gone is an error; one that answers the method with something else is probed
            rpc.block(BlockNumberOrTag::Latest).await.map_err(|_| error).map(|_| None)
        }
    }
}

fn fork_of_precompiles(precompiles: &BTreeMap<String, Address>) -> Option<Fork> {
    let named = |name: &str| precompiles.keys().any(|key| key.to_ascii_uppercase().starts_with(name));
    if precompiles.is_empty() {
        None
    } else if named("P256") {
        Some(Fork::Osaka)
    } else if named("BLS12") {
        Some(Fork::Prague)
    } else {
        Some(Fork::Cancun)
    }
}

/// Creation code that runs one new opcode and returns a word; on a fork without the opcode the call fails.
struct Probe {
    fork: Fork,
    code: &'static [u8],
}

const PROBES: &[Probe] = &[
    // SLOTNUM (EIP-7843): slotnum, push0, mstore, push1 32, push0, return
    Probe { fork: Fork::Amsterdam, code: &hex!("4b5f5260205ff3") },
    // CLZ (EIP-7939): push0, clz, push0, mstore, push1 32, push0, return
    Probe { fork: Fork::Osaka, code: &hex!("5f1e5f5260205ff3") },
];

/// The newest fork whose probe runs; `told` is a lower bound and spares the probes below it.
async fn probed_fork(rpc: &Rpc, told: Option<Fork>) -> Result<Fork, RpcError> {
    for probe in PROBES {
        if told.is_some_and(|told| told >= probe.fork) {
            break;
        }
        if runs(rpc, probe.code).await? {
            return Ok(probe.fork);
        }
    }
    match told {
        Some(fork) => Ok(fork),
        // BLS12_G1ADD (EIP-2537) of two points at infinity: 128 bytes from Prague on, before that an account without code
        None => {
            let g1_add = Address::with_last_byte(0x0b);
            let sum = rpc.call(None, g1_add, vec![0; 256].into(), alloy::eips::BlockId::latest()).await?;
            Ok(if sum.len() == 128 { Fork::Prague } else { Fork::Cancun })
        }
    }
}

/// Whether creation code runs; `false` is the EVM's own refusal.
async fn runs(rpc: &Rpc, code: &'static [u8]) -> Result<bool, RpcError> {
    let request = TransactionRequest::default().with_kind(TxKind::Create).with_input(code).with_gas_limit(200_000);
    match rpc.request::<_, Bytes>("eth_call", (request, "latest")).await {
        Ok(word) => Ok(word.len() == 32),
        Err(RpcError::Refused { .. } | RpcError::Reverted(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn precompiles(names: &[&str]) -> BTreeMap<String, Address> {
        names.iter().map(|name| ((*name).to_owned(), Address::ZERO)).collect()
    }

    #[test]
    fn precompiles_tell_the_fork() {
        assert_eq!(fork_of_precompiles(&precompiles(&[])), None);
        assert_eq!(fork_of_precompiles(&precompiles(&["ECREC", "KZG_POINT_EVALUATION"])), Some(Fork::Cancun));
        assert_eq!(fork_of_precompiles(&precompiles(&["ECREC", "BLS12_G1ADD"])), Some(Fork::Prague));
        assert_eq!(fork_of_precompiles(&precompiles(&["BLS12_G1ADD", "P256VERIFY"])), Some(Fork::Osaka));
    }

    #[test]
    fn only_osaka_and_later_cap_a_transaction() {
        assert_eq!(GasRules::of(Fork::Prague, 60_000_000).transaction_cap, 60_000_000);
        assert_eq!(GasRules::of(Fork::Osaka, 60_000_000).transaction_cap, 16_777_216);
        assert_eq!(GasRules::of(Fork::Osaka, 8_000_000).transaction_cap, 8_000_000);
    }
}
