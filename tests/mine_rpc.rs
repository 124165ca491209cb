//! `tminus distro mine status | generate` on anvil: from the file to the tokens.

mod support;

use std::{fs, path::Path};

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall, SolConstructor},
};
use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{Run, tminus},
    refusal::contains,
};
use tempfile::TempDir;
use tminus_contracts::{
    artifact,
    bindings::{MerkleMine, PlainERC20},
};

/// What each recipient has to get: 2.5 tokens.
const ALLOCATION: u64 = 2_500_000_000_000_000_000;
const CLIFF: u64 = 60;
const PERIOD: u64 = 40;

/// Creation code with its arguments.
fn creation(name: &str, arguments: &impl SolConstructor) -> Bytes {
    artifact::get(name).unwrap().creation.iter().copied().chain(arguments.abi_encode()).collect()
}

/// A folder with a file of 300 accounts, one of which is `mine`, and the file's root.
fn folder_with(mine: Address) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    tminus(path, &["distro", "mine", "sample", "--recipients", "299", "--seed", "7", "drawn.bin"]).ended(0);
    let drawn = fs::read(path.join("drawn.bin")).unwrap();
    let mut records: Vec<&[u8]> = drawn.chunks(20).chain([mine.as_slice()]).collect();
    records.sort_unstable();
    fs::write(path.join("accounts.bin"), records.concat()).unwrap();
    let root = tminus(path, &["distro", "mine", "root", "accounts.bin", "--json"]).ended(0).document();
    (folder, root["mine"]["root"].as_str().unwrap().to_owned())
}

struct Scene {
    anvil: Anvil,
    folder: TempDir,
    token: Address,
    mine: Address,
    root: String,
}

impl Scene {
    /// A MerkleMine that holds its tokens and was not started.
    async fn new() -> Self {
        let anvil = Anvil::spawn(&[]).await;
        let (owner, recipient) = (anvil.account(3).await, anvil.account(5).await);
        let (folder, root) = folder_with(recipient);
        let total = U256::from(ALLOCATION) * U256::from(300);
        let of_token =
            PlainERC20::constructorCall { name_: "Plain".to_owned(), symbol_: "PLN".to_owned(), supply: total };
        let token = anvil.create(owner, creation("PlainERC20", &of_token)).await;
        let block = anvil.height().await;
        let of_mine = MerkleMine::constructorCall {
            token_: token,
            genesisRoot_: root.parse().unwrap(),
            totalGenesisTokens_: total,
            totalGenesisRecipients_: U256::from(300),
            balanceThreshold_: U256::ZERO,
            genesisBlock_: U256::ZERO,
            callerAllocationStartBlock_: U256::from(block + CLIFF),
            callerAllocationEndBlock_: U256::from(block + CLIFF + PERIOD),
        };
        let mine = anvil.create(owner, creation("MerkleMine", &of_mine)).await;
        let fund = PlainERC20::transferCall { to: mine, value: total };
        anvil.send(owner, Some(token), fund.abi_encode().into()).await;
        Self { anvil, folder, token, mine, root }
    }

    async fn start(&self) {
        let owner = self.anvil.account(3).await;
        self.anvil.send(owner, Some(self.mine), MerkleMine::startCall {}.abi_encode().into()).await;
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, action: &str, more: &[&str]) -> Run {
        let mine = self.mine.to_string();
        let of = ["distro", "mine", action, "accounts.bin", "--mine", &mine, "--json", "--rpc", &self.anvil.url];
        tminus(self.path(), &[&of[..], more].concat())
    }

    /// Generates for `recipient` as development account `key`.
    fn generate(&self, recipient: Address, key: &str, more: &[&str]) -> Run {
        let recipient = recipient.to_string();
        let of = ["--recipient", &recipient, "--dev-keys", key, "--expect", &self.root];
        self.run("generate", &[&of[..], more].concat())
    }

    fn status(&self) -> Value {
        self.run("status", &["--expect", &self.root]).ended(0).document()["mine"].clone()
    }

    async fn balance(&self, of: Address) -> U256 {
        let call = PlainERC20::balanceOfCall { account: of };
        self.anvil.rpc.view(self.token, call, BlockId::latest()).await.unwrap()
    }

    async fn nonce(&self, of: Address) -> u64 {
        self.anvil.rpc.nonce(of, BlockId::latest()).await.unwrap()
    }

    /// An account of the file that nobody here has the key of.
    fn somebody(&self) -> Address {
        Address::from_slice(&fs::read(self.path().join("drawn.bin")).unwrap()[..20])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allocation_is_generated_once_and_found_afterwards() {
    let scene = Scene::new().await;
    let me = scene.anvil.account(5).await;
    let refused = scene.generate(me, "5", &["--yes"]).ended(2).error();
    contains(&refused, &["was not started", "nothing was sent"]);
    assert_eq!((&scene.status()["started"], &scene.status()["generated"]), (&json!(false), &json!(0)));
    scene.start().await;

    let dry = scene.generate(me, "5", &["--dry-run"]).ended(0).document();
    let amount = |value: &Value| value.as_str().unwrap().parse::<U256>().unwrap();
    assert_eq!(amount(&dry["terms"]["to_recipient"]), U256::from(ALLOCATION));
    assert!(dry["calldata"].as_str().unwrap().starts_with("0x2c84bfa6"));
    // nobody is there to agree
    contains(&scene.generate(me, "5", &[]).ended(2).error(), &["gets 2.5", "--yes"]);
    assert_eq!((scene.nonce(me).await, scene.path().join(".tminus").exists()), (0, false));

    let done = scene.generate(me, "5", &["--yes"]).ended(0).document();
    assert_eq!(done["generate"]["settled"]["key"], format!("distro/mine/{me}"));
    assert_eq!(amount(&done["generate"]["generation"]["to_recipient"]), U256::from(ALLOCATION));
    assert_eq!(scene.balance(me).await, U256::from(ALLOCATION));
    assert_eq!(scene.status()["generated"], 1);

    // again, and again without the journal: nothing is sent
    let again = scene.generate(me, "5", &["--yes"]).ended(0).document();
    assert_eq!(again["generate"], done["generate"]);
    fs::remove_dir_all(scene.path().join(".tminus")).unwrap();
    let lost = scene.generate(me, "5", &["--yes"]).ended(0).document();
    assert_eq!(
        (&lost["generate"]["settled"], &lost["generate"]["generation"]),
        (&Value::Null, &done["generate"]["generation"])
    );
    assert_eq!((scene.nonce(me).await, scene.balance(me).await), (1, U256::from(ALLOCATION)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_wait_for_their_block_and_then_keep_a_part() {
    let scene = Scene::new().await;
    scene.start().await;
    let (account, caller) = (scene.somebody(), scene.anvil.account(6).await);
    let early = scene.generate(account, "6", &["--yes"]).ended(2).error();
    contains(&early, &["only 0x", &account.to_string(), "until block", "nothing was sent"]);

    let _: Value = scene.anvil.rpc.request("anvil_mine", (U256::from(CLIFF + PERIOD / 2),)).await.unwrap();
    let done = scene.generate(account, "6", &["--yes"]).ended(0).document();
    assert_eq!(done["generate"]["generation"]["caller"], json!(caller));
    let (own, part) = (scene.balance(account).await, scene.balance(caller).await);
    assert_eq!(own + part, U256::from(ALLOCATION));
    assert!(part > U256::from(ALLOCATION / 2) && own > U256::ZERO, "{own} {part}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_file_is_told_from_the_contracts() {
    let scene = Scene::new().await;
    fs::copy(scene.path().join("drawn.bin"), scene.path().join("accounts.bin")).unwrap();
    // the expectation holds the file to the published root, before anything is asked
    contains(&scene.run("status", &["--expect", &scene.root]).ended(3).error(), &["accounts.bin has the root"]);
    let status = scene.run("status", &[]).ended(3).document();
    let differences = status["mine"]["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 2, "{differences:?}");
    let recipient = scene.somebody().to_string();
    let other = scene.run("generate", &["--recipient", &recipient, "--dev-keys", "6", "--yes"]).ended(2).error();
    contains(&other, &["is not for this file", "root: ", "recipients: the contract has 300, the file 299"]);
    let words = tminus(
        scene.path(),
        &["distro", "mine", "status", "accounts.bin", "--mine", &scene.token.to_string(), "--rpc", &scene.anvil.url],
    );
    contains(&words.ended(5).stderr, &["is no MerkleMine"]);
}
