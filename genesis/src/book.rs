//! The address book: `deployments/<network>/`, a JSON file a contract in the de-facto layout (`address`, `abi`,
//! `transactionHash`, `args`), and `.chainId`.
//!
//! It is written from the chain, whole files at a time, and can be written again at any time with the same contents. It is
//! never read back by this program.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use alloy::{
    dyn_abi::{DynSolValue, JsonAbiExt as _},
    eips::{BlockId, BlockNumberOrTag},
    primitives::{B256, hex, keccak256},
};
use serde_json::{Value, json};
use tminus_chain::{files::write_atomically, rpc::Rpc};

use crate::{
    contracts::Contract,
    deployment::{Deployment, deployed_in},
    error::GenesisError,
    plan::Plan,
};

/// Writes the address book of a finished genesis below `folder` and returns the files.
///
/// # Errors
/// A file that cannot be written, an endpoint that does not know the transactions.
pub async fn write_book(
    rpc: &Rpc,
    folder: &Path,
    plan: &Plan,
    deployment: &Deployment,
) -> Result<Vec<PathBuf>, GenesisError> {
    let transactions = transactions(rpc, deployment).await?;
    let mut files = vec![(folder.join(".chainId"), rpc.chain_id().to_string())];
    for contract in Contract::ALL {
        let nonce = deployment.base_nonce + contract.nonce_offset();
        let code = rpc.code(deployment.addresses.of(contract), BlockId::latest()).await?;
        let (block, hash) = *transactions.get(&nonce).ok_or_else(|| GenesisError::Unanswered {
            step: "the address book".to_owned(),
            reason: format!("the endpoint does not know the transaction that deployed the {}", contract.name()),
        })?;
        let entry = json!({
            "address": deployment.addresses.of(contract),
            "abi": contract.artifact().abi,
            "transactionHash": hash,
            "receipt": { "blockNumber": block, "from": deployment.deployer },
            "args": arguments(plan, contract, deployment.grants_start),
            "bytecodeHash": keccak256(&contract.artifact().creation),
            "deployedBytecodeHash": keccak256(&code),
            "gitCommit": plan.git_commit,
        });
        files.push((folder.join(format!("{}.json", contract.name())), format!("{entry:#}\n")));
    }
    for (path, text) in &files {
        write_atomically(path, text.as_bytes())
            .map_err(|error| GenesisError::Book { path: path.display().to_string(), reason: error.to_string() })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The deployer's transactions of the deployments, by nonce: block and hash. The blocks from the Controller's to the
/// GenesisManager's have all of them.
async fn transactions(rpc: &Rpc, deployment: &Deployment) -> Result<HashMap<u64, (u64, B256)>, GenesisError> {
    let manager = deployment.addresses.genesis_manager;
    let last = deployed_in(rpc, manager, deployment.deployer).await?.unwrap_or(deployment.last_block);
    let mut found = HashMap::new();
    for number in deployment.first_block..=last {
        let block: Value = rpc.request("eth_getBlockByNumber", (BlockNumberOrTag::Number(number), true)).await?;
        for transaction in block["transactions"].as_array().into_iter().flatten() {
            let field = |name: &str| transaction[name].as_str();
            let sender = field("from").and_then(|from| from.parse().ok());
            let nonce = field("nonce").and_then(|nonce| u64::from_str_radix(nonce.trim_start_matches("0x"), 16).ok());
            let hash = field("hash").and_then(|hash| hash.parse().ok());
            if let (Some(nonce), Some(hash)) = (nonce, hash)
                && sender == Some(deployment.deployer)
            {
                found.insert(nonce, (number, hash));
            }
        }
    }
    Ok(found)
}

/// Constructor arguments as JSON: numbers as decimal text, bytes and addresses in hex.
fn arguments(plan: &Plan, contract: Contract, grants_start: u64) -> Vec<Value> {
    let encoded = plan.constructor_arguments(contract, grants_start);
    let Some(constructor) = contract.artifact().abi.constructor() else { return Vec::new() };
    let values = constructor.abi_decode_input(&encoded).unwrap_or_default();
    values.iter().map(argument).collect()
}

fn argument(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Address(address) => json!(address),
        DynSolValue::Uint(number, _) => json!(number.to_string()),
        DynSolValue::Bool(flag) => json!(flag),
        DynSolValue::FixedBytes(word, size) => json!(hex::encode_prefixed(&word[..*size])),
        other => json!(hex::encode_prefixed(other.abi_encode())),
    }
}
