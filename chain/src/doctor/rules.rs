//! The fork the chain is on, how that is known, and the limits that follow.

use super::found;
use crate::{evidence::Finding, gas::GasRules, rpc::Rpc};

/// Looks for the fork.
pub async fn rules(rpc: &Rpc) -> Finding {
    let seen = GasRules::detect_with_source(rpc).await.map(|(rules, source)| {
        let words = format!(
            "{:?}, {source}: {} gas a transaction, {} a block, {} bytes at most",
            rules.fork, rules.transaction_cap, rules.block_limit, rules.transaction_bytes
        );
        (true, words)
    });
    found("rules.fork", "", "eth_config, else probing by eth_call; the latest block", "a fork that is known", seen)
}
