//! An anvil process, from the project's node modules or from `ANVIL`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, Bytes},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tminus_chain::rpc::Rpc;

/// A running anvil; it ends with this value.
#[derive(Debug)]
pub struct Anvil {
    process: Child,
    pub url: String,
    pub rpc: Rpc,
    // old states are written here instead of the home folder
    _cache: TempDir,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        // it may be gone already; either way there is nobody to tell
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ANVIL") {
        return path.into();
    }
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/solidity/node_modules/@foundry-rs");
    let found = std::fs::read_dir(&modules)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/anvil")))
        .find(|path| path.exists());
    found.unwrap_or_else(|| {
        panic!("no anvil under {}: run `make test`, or `npm ci` in contracts/solidity, or set ANVIL", modules.display())
    })
}

impl Anvil {
    /// Starts it on a free port with its defaults, but for what is given.
    pub async fn spawn(arguments: &[&str]) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let mut process = Command::new(binary())
            .args(["--port", "0", "--cache-path"])
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
        let url = format!("http://{address}");
        let rpc = Rpc::connect(&url).await.unwrap();
        Self { process, url, rpc, _cache: cache }
    }

    pub async fn height(&self) -> u64 {
        self.rpc.block(BlockNumberOrTag::Latest).await.unwrap().number
    }

    /// The account that holds the `index`-th development key.
    pub async fn account(&self, index: usize) -> Address {
        let accounts: Vec<Address> = self.rpc.request("eth_accounts", ()).await.unwrap();
        accounts[index]
    }

    /// Sends a transaction of an account that anvil holds the key of or impersonates; the receipt of its success.
    pub async fn send(&self, from: Address, to: Option<Address>, data: Bytes) -> Value {
        let request = json!({ "from": from, "to": to, "data": data });
        // anvil answers before it has mined; this one of its methods waits for the receipt
        let receipt: Value = self.rpc.request("eth_sendTransactionSync", (request,)).await.unwrap();
        assert_eq!(receipt["status"], "0x1", "{receipt:#}");
        receipt
    }

    /// As [`Self::send`], creating a contract.
    pub async fn create(&self, from: Address, code: Bytes) -> Address {
        self.send(from, None, code).await["contractAddress"].as_str().unwrap().parse().unwrap()
    }

    /// Sends for an account without its key.
    pub async fn send_as(&self, from: Address, to: Address, data: Bytes) {
        let ether = "0xde0b6b3a7640000";
        let _: Value = self.rpc.request("anvil_setBalance", (from, ether)).await.unwrap();
        let _: Value = self.rpc.request("anvil_impersonateAccount", (from,)).await.unwrap();
        self.send(from, Some(to), data).await;
        let _: Value = self.rpc.request("anvil_stopImpersonatingAccount", (from,)).await.unwrap();
    }
}
