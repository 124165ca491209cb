//! Finding the one compiler version the project is pinned to.
//!
//! In this order: the path given (`--solc` or `$SOLC`), the native compiler of that version as svm keeps it (installed, or
//! downloaded with its checksum verified), and the JavaScript build that `npm ci` puts beside the contracts. All of them
//! produce the same bytes; another version does not, so a compiler of another version is refused rather than used.

use std::path::{Path, PathBuf};

use foundry_compilers::solc::Solc;
use serde::Deserialize;

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum SolcError {
    /// The pin could not be read.
    #[error("{}: the pinned solc version could not be read: {reason}", .file.display())]
    Pin {
        /// The package.json.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The compiler given does not run.
    #[error("{}: does not run as solc: {reason}", .path.display())]
    Unusable {
        /// The path given.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// It runs, and is of another version.
    #[error("{}: is solc {found}, the project is pinned to {wanted}", .path.display())]
    Version {
        /// The path.
        path: PathBuf,
        /// The version found.
        found: String,
        /// The version wanted.
        wanted: String,
    },
    /// Nowhere.
    #[error(
        "no solc {wanted}: none installed, the download failed ({download}), and {} is missing; \
         run `npm ci` in the Solidity project, or name a compiler with --solc", .npm.display()
    )]
    Missing {
        /// The version wanted.
        wanted: String,
        /// Why the download failed.
        download: String,
        /// Where npm's would be.
        npm: PathBuf,
    },
}

#[derive(Deserialize)]
struct PackageJson {
    #[serde(rename = "devDependencies")]
    dev_dependencies: Pins,
}

#[derive(Deserialize)]
struct Pins {
    solc: semver::Version,
}

/// The version that `package.json` of the Solidity project pins.
///
/// # Errors
/// [`SolcError::Pin`]
pub fn pinned_version(project: &Path) -> Result<semver::Version, SolcError> {
    let file = project.join("package.json");
    let pin = |reason: String| SolcError::Pin { file: file.clone(), reason };
    let text = std::fs::read_to_string(&file).map_err(|e| pin(e.to_string()))?;
    let package: PackageJson = serde_json::from_str(&text).map_err(|e| pin(e.to_string()))?;
    Ok(package.dev_dependencies.solc)
}

/// Finds the compiler for the Solidity project in `project`; `given` comes from the command line or the environment.
///
/// # Errors
/// [`SolcError`]; a compiler of another version than the pinned one is an error, never a fallback.
pub fn find(project: &Path, given: Option<&Path>) -> Result<Solc, SolcError> {
    let wanted = pinned_version(project)?;
    if let Some(path) = given {
        return open(path, &wanted);
    }
    let download = match native(&wanted) {
        Ok(path) => return open(&path, &wanted),
        Err(reason) => reason,
    };
    let npm = project.join("node_modules/solc/package.json");
    if npm.is_file() {
        return open(&project.join("tools/solc.cjs"), &wanted);
    }
    Err(SolcError::Missing { wanted: wanted.to_string(), download, npm })
}

/// The native compiler as svm keeps it, downloaded when it is not there; the error is in words.
fn native(version: &semver::Version) -> Result<PathBuf, String> {
    let path = svm::version_binary(&version.to_string());
    if path.is_file() {
        return Ok(path);
    }
    tracing::info!(%version, "downloading solc");
    svm::blocking_install(version).map_err(|e| e.to_string())
}

/// Opens a compiler; JavaScript files run under `node`.
fn open(path: &Path, wanted: &semver::Version) -> Result<Solc, SolcError> {
    let unusable = |e: &dyn std::fmt::Display| SolcError::Unusable { path: path.to_owned(), reason: e.to_string() };
    let script = path.extension().is_some_and(|e| e == "js" || e == "cjs" || e == "mjs");
    let solc = if script {
        let script = path.canonicalize().map_err(|e| unusable(&e))?;
        Solc::new_with_args("node", [script.display().to_string()])
    } else {
        Solc::new(path)
    }
    .map_err(|e| unusable(&e))?;
    let found = &solc.version;
    if (found.major, found.minor, found.patch) != (wanted.major, wanted.minor, wanted.patch) {
        return Err(SolcError::Version { path: path.to_owned(), found: found.to_string(), wanted: wanted.to_string() });
    }
    Ok(solc)
}
