//! An anvil process, from the project's node modules or from `ANVIL`.

#[path = "../../chain/tests/support/anvil.rs"]
mod process;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, Bytes},
};
use serde_json::{Value, json};
use tminus_chain::rpc::Rpc;

/// A running anvil; it ends with this value.
#[derive(Debug)]
pub struct Anvil {
    _process: process::Anvil,
    pub url: String,
    pub rpc: Rpc,
}

impl Anvil {
    /// Starts it on a free port with its defaults, but for what is given.
    pub async fn spawn(arguments: &[&str]) -> Self {
        let process = process::spawn(arguments);
        let url = process.url.clone();
        let rpc = Rpc::connect(&url).await.unwrap();
        Self { _process: process, url, rpc }
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
