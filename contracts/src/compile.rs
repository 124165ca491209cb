//! From Solidity to committed artifacts, the same bytes every time.
//!
//! The sources under `src/` and what they import make one standard-JSON input with paths relative to the project; that
//! input is compiled as it is and kept beside the artifacts, so that what an explorer verifies later is exactly what was
//! compiled. Tests and scripts are never part of it: they would change the AST ids that immutable references are keyed by.
//! The settings come from `foundry.toml`, so `forge` and this compile alike. Nothing is cached: a build is a few seconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use foundry_compilers::{
    Graph, ProjectPathsConfig,
    artifacts::{Source, Sources, remappings::Remapping},
    resolver::parse::SolParser,
    solc::{Solc, SolcLanguage},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The name of the file with the compiler input.
pub const INPUT_FILE: &str = "solc-input.json";
/// The name of the file with the compiler's version.
pub const COMPILER_FILE: &str = "compiler.json";

/// Where the project's own sources are; everything else is a dependency.
const OWN_SOURCES: &str = "src/";

/// Why there are no artifacts.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A file that could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// `foundry.toml` has settings this does not know how to pass on.
    #[error("{}: {reason}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An import that leads nowhere, most often because `npm ci` was not run.
    #[error("the sources could not be resolved (was `npm ci` run in the Solidity project?): {0}")]
    Resolve(String),
    /// The compiler did not run.
    #[error("solc failed: {0}")]
    Solc(String),
    /// The compiler refused the sources.
    #[error("the contracts do not compile:\n{0}")]
    Rejected(String),
    /// Two contracts of one name.
    #[error("two contracts are called {0}")]
    Ambiguous(String),
}

/// The settings of `[profile.default]` that change bytecode.
#[derive(Debug, Deserialize)]
struct FoundryProfile {
    optimizer: bool,
    optimizer_runs: u64,
    via_ir: bool,
    evm_version: String,
    bytecode_hash: String,
    remappings: Vec<String>,
}

#[derive(Deserialize)]
struct FoundryProfiles {
    default: FoundryProfile,
}

#[derive(Deserialize)]
struct FoundryToml {
    profile: FoundryProfiles,
}

/// What a build produced: file name → contents, ready to be written or compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    files: BTreeMap<String, String>,
}

/// One file that is not as a rebuild makes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// A rebuild makes a file that is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A rebuild makes another one.
    #[error("{0} differs from what the sources compile to")]
    Changed(String),
    /// No source makes it.
    #[error("{0} belongs to no source")]
    Stray(String),
}

/// Compiles the Solidity project in `project` with `solc`.
///
/// # Errors
/// [`CompileError`]; warnings about our own sources count as errors, those about dependencies do not.
pub fn build(project: &Path, solc: &Solc) -> Result<Build, CompileError> {
    let project = project.canonicalize().map_err(|source| CompileError::Io { path: project.to_owned(), source })?;
    let input = standard_json_input(&project)?;
    let output: Value = solc.compile_as(&input).map_err(|e| CompileError::Solc(e.to_string()))?;
    let complaints: Vec<&str> = output["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|e| e["severity"] == "error" || (e["severity"] == "warning" && is_ours(&e["sourceLocation"]["file"])))
        .filter_map(|e| e["formattedMessage"].as_str())
        .collect();
    if !complaints.is_empty() {
        return Err(CompileError::Rejected(complaints.join("\n")));
    }
    let mut files = BTreeMap::new();
    for (source, contracts) in output["contracts"].as_object().into_iter().flatten() {
        if !source.starts_with(OWN_SOURCES) {
            continue;
        }
        for (name, contract) in contracts.as_object().into_iter().flatten() {
            let deployable = contract["evm"]["bytecode"]["object"].as_str().is_some_and(|code| !code.is_empty());
            // An internal library compiles to a stub with nothing to call.
            let has_interface =
                contract["abi"].as_array().is_some_and(|abi| abi.iter().any(|entry| entry["type"] != "error"));
            if deployable
                && has_interface
                && files.insert(format!("{name}.json"), artifact(source, name, contract)).is_some()
            {
                return Err(CompileError::Ambiguous(name.clone()));
            }
        }
    }
    let version = &solc.version;
    files.insert(INPUT_FILE.to_owned(), pretty(&input));
    let short = format!("{}.{}.{}", version.major, version.minor, version.patch);
    let commit = version.build.split('.').take(2).collect::<Vec<_>>().join(".");
    files.insert(COMPILER_FILE.to_owned(), pretty(&json!({ "name": "solc", "version": format!("{short}+{commit}") })));
    Ok(Build { files })
}

impl Build {
    /// Names and contents of the files.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Writes the files to `folder` and removes artifacts that no source makes any more.
    ///
    /// # Errors
    /// [`CompileError::Io`]
    pub fn write(&self, folder: &Path) -> Result<(), CompileError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| CompileError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(io(folder))?;
        for stray in json_files(folder)?.difference(&self.files.keys().cloned().collect()) {
            let path = folder.join(stray);
            fs::remove_file(&path).map_err(io(&path))?;
        }
        for (name, contents) in &self.files {
            let path = folder.join(name);
            fs::write(&path, contents).map_err(io(&path))?;
        }
        Ok(())
    }

    /// Compares with the files in `folder`.
    ///
    /// # Errors
    /// [`CompileError::Io`] when the folder cannot be read.
    pub fn compare(&self, folder: &Path) -> Result<Vec<Difference>, CompileError> {
        let mut differences = Vec::new();
        let there = json_files(folder)?;
        for (name, contents) in &self.files {
            if !there.contains(name) {
                differences.push(Difference::Missing(name.clone()));
                continue;
            }
            let path = folder.join(name);
            let found = fs::read_to_string(&path).map_err(|source| CompileError::Io { path, source })?;
            if found != *contents {
                differences.push(Difference::Changed(name.clone()));
            }
        }
        differences.extend(there.into_iter().filter(|name| !self.files.contains_key(name)).map(Difference::Stray));
        Ok(differences)
    }
}

fn is_ours(file: &Value) -> bool {
    file.as_str().is_some_and(|file| file.starts_with(OWN_SOURCES))
}

/// Names of the JSON files of a folder.
fn json_files(folder: &Path) -> Result<BTreeSet<String>, CompileError> {
    let io = |source| CompileError::Io { path: folder.to_owned(), source };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let name = entry.map_err(io)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            names.insert(name);
        }
    }
    Ok(names)
}

/// The standard-JSON input: every source under `src/` with its imports, and the settings of `foundry.toml`.
fn standard_json_input(project: &Path) -> Result<Value, CompileError> {
    let profile = foundry_profile(project)?;
    let resolve = |e: &dyn std::fmt::Display| CompileError::Resolve(e.to_string());
    let mut remappings = Vec::new();
    for text in &profile.remappings {
        let mut remapping: Remapping = text.parse().map_err(|e| resolve(&e))?;
        remapping.path = project.join(&remapping.path).display().to_string();
        remappings.push(remapping);
    }
    let paths: ProjectPathsConfig<SolcLanguage> = ProjectPathsConfig::builder()
        .sources(project.join("src"))
        .lib(project.join("node_modules"))
        .remappings(remappings)
        .build_with_root(project);
    let sources: Sources = Source::read_sol_yul_from(&project.join("src")).map_err(|e| resolve(&e))?;
    let graph = Graph::<SolParser>::resolve_sources(&paths, sources).map_err(|e| resolve(&e))?;
    let (sources, _) = graph.into_sources();
    let mut by_path = Map::new();
    for (path, source) in sources {
        let relative = path.strip_prefix(project).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        by_path.insert(relative, json!({ "content": source.content.as_str() }));
    }
    let selection = [
        "abi",
        "devdoc",
        "userdoc",
        "metadata",
        "storageLayout",
        "evm.bytecode.object",
        "evm.bytecode.linkReferences",
        "evm.deployedBytecode.object",
        "evm.deployedBytecode.linkReferences",
        "evm.deployedBytecode.immutableReferences",
        "evm.methodIdentifiers",
    ];
    Ok(json!({
        "language": "Solidity",
        "sources": by_path,
        "settings": {
            "remappings": profile.remappings,
            "optimizer": { "enabled": profile.optimizer, "runs": profile.optimizer_runs },
            "metadata": { "useLiteralContent": false, "bytecodeHash": profile.bytecode_hash, "appendCBOR": true },
            "outputSelection": { "*": { "*": selection } },
            "evmVersion": profile.evm_version,
            "viaIR": profile.via_ir,
            "libraries": {},
        },
    }))
}

fn foundry_profile(project: &Path) -> Result<FoundryProfile, CompileError> {
    let path = project.join("foundry.toml");
    let text = fs::read_to_string(&path).map_err(|source| CompileError::Io { path: path.clone(), source })?;
    let toml: FoundryToml =
        toml::from_str(&text).map_err(|e| CompileError::Settings { path, reason: e.to_string() })?;
    Ok(toml.profile.default)
}

/// One artifact, in the shape of Foundry's with the contract's name and source added.
fn artifact(source: &str, name: &str, contract: &Value) -> String {
    let evm = &contract["evm"];
    let code = |part: &Value| Value::String(format!("0x{}", part["object"].as_str().unwrap_or_default()));
    pretty(&json!({
        "contractName": name,
        "sourceName": source,
        "abi": contract["abi"],
        "bytecode": { "object": code(&evm["bytecode"]), "linkReferences": evm["bytecode"]["linkReferences"] },
        "deployedBytecode": {
            "object": code(&evm["deployedBytecode"]),
            "linkReferences": evm["deployedBytecode"]["linkReferences"],
            "immutableReferences": evm["deployedBytecode"]["immutableReferences"],
        },
        "methodIdentifiers": evm["methodIdentifiers"],
        "storageLayout": contract["storageLayout"],
        "devdoc": contract["devdoc"],
        "userdoc": contract["userdoc"],
        "rawMetadata": contract["metadata"],
    }))
}

/// JSON for people and diffs: sorted keys, two spaces, a newline at the end.
fn pretty(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let ordered: BTreeMap<_, _> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
                Value::Object(ordered.into_iter().collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    // Writing a Value to a String cannot fail: its keys are strings and no writer is involved.
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.push('\n');
    text
}
