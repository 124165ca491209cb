//! An anvil process, from the project's node modules or from `ANVIL`. It can be killed and started again in its place.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A running anvil; it ends with this value.
#[derive(Debug)]
pub struct Anvil {
    process: Child,
    arguments: Vec<String>,
    pub url: String,
    // old states are written here instead of the home folder
    cache: TempDir,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        self.kill();
    }
}

fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ANVIL") {
        return path.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").exists());
    let modules = root.expect("a workspace").join("contracts/solidity/node_modules/@foundry-rs");
    let found = std::fs::read_dir(&modules)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/anvil")))
        .find(|path| path.exists());
    found.unwrap_or_else(|| {
        panic!("no anvil under {}: run `make test`, or `npm ci` in contracts/solidity, or set ANVIL", modules.display())
    })
}

/// A new process on a port of its own.
pub fn spawn(arguments: &[&str]) -> Anvil {
    let cache = tempfile::tempdir().unwrap();
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let (process, url) = start(&arguments, &cache, "0");
    Anvil { process, arguments, url, cache }
}

fn start(arguments: &[String], cache: &TempDir, port: &str) -> (Child, String) {
    let mut process = Command::new(binary())
        .args(["--port", port, "--cache-path"])
        .arg(cache.path())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("anvil starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map(|line| line.expect("anvil talks"))
        .find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned))
        .expect("anvil listens");
    // an unread pipe would stop it
    std::thread::spawn(move || lines.for_each(drop));
    (process, format!("http://{address}"))
}

impl Anvil {
    /// Ends it as a power cut would (`SIGKILL`): it writes nothing more.
    pub fn kill(&mut self) {
        // it may be gone already; either way there is nobody to tell
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it anew on the same port with the same arguments, after it was killed.
    pub fn start_again(&mut self) {
        let port = self.url.rsplit(':').next().unwrap();
        let (process, url) = start(&self.arguments, &self.cache, port);
        assert_eq!(url, self.url);
        self.process = process;
    }
}
