//! The address book: `deployments/<network>/`, a JSON file a contract in the de-facto layout (`address`, `abi`,
//! `transactionHash`, `args`), and `.chainId`.
//!
//! A proxied manager has two files: under its name the address of the proxy with the interface of the code behind it, and
//! that code under its name and `Target`.
//!
//! It is written from the chain, whole files at a time, and can be written again at any time with the same contents. It is
//! never read back by this program.

use std::path::{Path, PathBuf};

use alloy::{
    dyn_abi::{DynSolValue, JsonAbiExt as _},
    eips::BlockId,
    primitives::{hex, keccak256},
};
use serde_json::{Value, json};
use tminus_chain::{files::write_atomically, outbox::Settled, rpc::Rpc};
use tminus_contracts::artifact::Artifact;

use crate::{
    contracts::Contract, deployment::Deployment, error::GenesisError, facts::Origin, past::Past, plan::Plan,
    steps::Layout,
};

/// Writes the address book of a finished genesis below `folder` and returns the files. The transactions are those of the
/// journal ([`Plan::journal`], or nothing) as far as the chain confirms them; the others are searched for.
///
/// # Errors
/// A file that cannot be written, an endpoint that does not know the transactions.
pub async fn write_book(
    rpc: &Rpc,
    folder: &Path,
    plan: &Plan,
    deployment: &Deployment,
    journal: &[Settled],
) -> Result<Vec<PathBuf>, GenesisError> {
    let past = Past { rpc, deployer: deployment.deployer, journal };
    let mut files = vec![(folder.join(".chainId"), rpc.chain_id().to_string())];
    let layout = Layout::of(plan.profile.variant());
    let origin = Origin { block: deployment.first_block, grants_start: deployment.grants_start };
    for (contract, mined) in past.contracts(&layout, deployment.base_nonce).await? {
        let code = rpc.code(deployment.addresses.of(contract), BlockId::latest()).await?;
        let mined = mined.ok_or_else(|| GenesisError::Unanswered {
            step: "the address book".to_owned(),
            reason: format!("the endpoint does not know the transaction that deployed the {}", contract.name()),
        })?;
        let entry = json!({
            "address": deployment.addresses.of(contract),
            "abi": interface(&layout, contract).abi,
            "transactionHash": mined.transaction,
            "receipt": { "blockNumber": mined.number, "from": deployment.deployer },
            "args": arguments(plan, contract, origin),
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

/// What a contract is called through: of a proxy, the code behind it.
fn interface(layout: &Layout, contract: Contract) -> &'static Artifact {
    let behind = |target: &&str| layout.contracts().find(|other| other.registered_as() == Some(target));
    contract.target().as_ref().and_then(behind).unwrap_or(contract).artifact()
}

/// Constructor arguments as JSON: numbers as decimal text, bytes and addresses in hex.
fn arguments(plan: &Plan, contract: Contract, origin: Origin) -> Vec<Value> {
    let encoded = plan.constructor_arguments(contract, origin);
    let Some(constructor) = contract.artifact().abi.constructor() else { return Vec::new() };
    let values = constructor.abi_decode_input(&encoded).unwrap_or_default();
    values.iter().map(argument).collect()
}

fn argument(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Address(address) => json!(address),
        DynSolValue::Uint(number, _) => json!(number.to_string()),
        DynSolValue::Bool(flag) => json!(flag),
        DynSolValue::String(text) => json!(text),
        DynSolValue::Array(values) => values.iter().map(argument).collect(),
        DynSolValue::FixedBytes(word, size) => json!(hex::encode_prefixed(&word[..*size])),
        other => json!(hex::encode_prefixed(other.abi_encode())),
    }
}
