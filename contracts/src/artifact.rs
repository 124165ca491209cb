//! The committed artifacts, as values.
//!
//! A deployed contract is compared with its artifact byte by byte with the immutables masked: their values are only known
//! at deployment and are checked through the contract's getters instead.

use std::{collections::BTreeMap, sync::LazyLock};

use alloy::{
    json_abi::JsonAbi,
    primitives::{B256, Bytes, keccak256},
};
use serde::Deserialize;
use serde_json::Value;

/// A compiled contract.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Its source file, relative to the Solidity project.
    pub source: String,
    /// Its ABI.
    pub abi: JsonAbi,
    /// The same as the compiler wrote it: an array whose entries stand in its order.
    pub abi_entries: Value,
    /// Creation code, constructor arguments to be appended.
    pub creation: Bytes,
    /// Runtime code with zeros where the immutables go.
    pub runtime: Bytes,
    /// Byte ranges (start, length) of the immutables in `runtime`.
    pub immutables: Vec<(usize, usize)>,
    /// The compiler's storage layout.
    pub storage_layout: Value,
    /// The metadata JSON whose hash ends the code.
    pub metadata: String,
}

/// How deployed code differs from the artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeMismatch {
    /// Nothing there.
    #[error("there is no code")]
    NoCode,
    /// Another length.
    #[error("{found} bytes of code, the artifact has {expected}")]
    Length {
        /// Bytes deployed.
        found: usize,
        /// Bytes of the artifact.
        expected: usize,
    },
    /// Another byte outside the immutables.
    #[error("the code differs from the artifact at byte {0}")]
    Byte(usize),
}

impl Artifact {
    /// Compares deployed code with this artifact, immutables masked.
    ///
    /// # Errors
    /// The first difference.
    pub fn runtime_matches(&self, deployed: &[u8]) -> Result<(), CodeMismatch> {
        if deployed.is_empty() {
            return Err(CodeMismatch::NoCode);
        }
        if deployed.len() != self.runtime.len() {
            return Err(CodeMismatch::Length { found: deployed.len(), expected: self.runtime.len() });
        }
        match self.masked(deployed).iter().zip(self.runtime.iter()).position(|(a, b)| a != b) {
            Some(at) => Err(CodeMismatch::Byte(at)),
            None => Ok(()),
        }
    }

    /// Hash of code with the immutables masked: the same for every deployment of one artifact.
    #[must_use]
    pub fn masked_hash(&self, deployed: &[u8]) -> B256 {
        keccak256(self.masked(deployed))
    }

    fn masked(&self, code: &[u8]) -> Vec<u8> {
        let mut code = code.to_vec();
        for &(start, length) in &self.immutables {
            if let Some(part) = code.get_mut(start..start + length) {
                part.fill(0);
            }
        }
        code
    }
}

macro_rules! committed {
    ($($name:literal),* $(,)?) => {
        /// The committed artifacts: name and file contents.
        const COMMITTED: &[(&str, &str)] = &[$(($name, include_str!(concat!("../artifacts/", $name, ".json")))),*];
    };
}

committed![
    "AdjustableRoundsManager",
    "BondingManager",
    "BondingManagerV2",
    "Controller",
    "GenesisManager",
    "IdentityVerifier",
    "JobsManager",
    "LivepeerToken",
    "LivepeerTokenFaucet",
    "LivepeerVerifier",
    "Manager",
    "ManagerProxy",
    "MerkleMine",
    "Minter",
    "PlainERC20",
    "RoundsManager",
    "TokenDistributor",
    "TokenTimelock",
    "TokenVesting",
    "VariableSupplyToken",
];

/// The full standard-JSON input that all of them were compiled from.
pub const SOLC_INPUT: &str = include_str!("../artifacts/solc-input.json");
/// The compiler's name and version, as JSON.
pub const COMPILER: &str = include_str!("../artifacts/compiler.json");

static ARTIFACTS: LazyLock<BTreeMap<&'static str, Artifact>> = LazyLock::new(|| {
    COMMITTED
        .iter()
        .map(|(name, text)| {
            // The files are part of this program and a test parses each: this cannot fail at a user's.
            (*name, parse(text).unwrap_or_else(|e| panic!("committed artifact {name}: {e}")))
        })
        .collect()
});

/// The committed artifact of a contract, by name.
#[must_use]
pub fn get(name: &str) -> Option<&'static Artifact> {
    ARTIFACTS.get(name)
}

/// All committed artifacts, by name.
#[must_use]
pub fn all() -> &'static BTreeMap<&'static str, Artifact> {
    &ARTIFACTS
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    contract_name: String,
    source_name: String,
    abi: Value,
    bytecode: Code,
    deployed_bytecode: Code,
    storage_layout: Value,
    raw_metadata: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    object: Bytes,
    #[serde(default)]
    immutable_references: BTreeMap<String, Vec<Reference>>,
}

#[derive(Deserialize)]
struct Reference {
    start: usize,
    length: usize,
}

fn parse(text: &str) -> Result<Artifact, serde_json::Error> {
    let file: File = serde_json::from_str(text)?;
    let mut immutables: Vec<_> = file
        .deployed_bytecode
        .immutable_references
        .values()
        .flatten()
        .map(|reference| (reference.start, reference.length))
        .collect();
    immutables.sort_unstable();
    Ok(Artifact {
        name: file.contract_name,
        source: file.source_name,
        abi: JsonAbi::deserialize(&file.abi)?,
        abi_entries: file.abi,
        creation: file.bytecode.object,
        runtime: file.deployed_bytecode.object,
        immutables,
        storage_layout: file.storage_layout,
        metadata: file.raw_metadata,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_committed_artifact_parses_and_matches_itself() {
        for (name, artifact) in all() {
            assert_eq!(artifact.name, *name);
            assert_eq!(artifact.runtime_matches(&artifact.runtime), Ok(()), "{name}");
            assert!(artifact.runtime.len() <= 24_576, "{name} is over the size limit of EIP-170");
        }
    }

    #[test]
    fn every_committed_file_is_known() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/artifacts")).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut contracts: Vec<_> = names
            .filter(|name| name.ends_with(".json") && name != "solc-input.json" && name != "compiler.json")
            .map(|name| name.trim_end_matches(".json").to_owned())
            .collect();
        contracts.sort_unstable();
        assert_eq!(contracts, all().keys().copied().collect::<Vec<_>>());
    }

    #[test]
    fn only_immutables_are_masked() {
        let artifact = get("TokenDistributor").unwrap();
        let &(start, length) = artifact.immutables.first().unwrap();
        let mut deployed = artifact.runtime.to_vec();
        deployed[start..start + length].fill(0xab);
        assert_eq!(artifact.runtime_matches(&deployed), Ok(()));
        assert_eq!(artifact.masked_hash(&deployed), artifact.masked_hash(&artifact.runtime));
        deployed[0] ^= 1;
        assert_eq!(artifact.runtime_matches(&deployed), Err(CodeMismatch::Byte(0)));
        deployed.pop();
        assert!(matches!(artifact.runtime_matches(&deployed), Err(CodeMismatch::Length { .. })));
        assert_eq!(artifact.runtime_matches(&[]), Err(CodeMismatch::NoCode));
    }
}
