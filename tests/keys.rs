//! The keys of a command: keystores and their passwords, a remote signer, an account that may not sign.
//!
//! Each is handed to `genesis apply --dry-run` on an anvil, which opens the key, looks at its account and signs nothing. The
//! document names the deployer, so what was opened is known.

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, address},
    signers::{
        k256::elliptic_curve::rand_core::OsRng,
        local::{MnemonicBuilder, PrivateKeySigner},
    },
};
use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{Run, command, tminus},
    refusal::contains,
};
use tempfile::TempDir;

const MNEMONIC: &str = "test test test test test test test test test test test junk";
const ACCOUNTS: [Address; 2] =
    [address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")];

/// A folder that is a home too, and an anvil.
struct Scene {
    folder: TempDir,
    anvil: Anvil,
}

impl Scene {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), anvil: Anvil::spawn(&[]).await }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file that only its owner reads.
    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A keystore of the `index`-th development key.
    fn keystore(&self, folder: &str, name: &str, index: u32, password: &str) {
        let folder = self.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let key = MnemonicBuilder::from_phrase_nth(MNEMONIC, index).to_bytes();
        PrivateKeySigner::encrypt_keystore(folder, &mut OsRng, key, password, Some(name)).unwrap();
    }

    fn command(&self, keys: &[&str]) -> Command {
        let apply = ["genesis", "apply", "--profile", "livepeer-testnet", "--rehearsal", "--dry-run", "--json"];
        let mut command = command(self.path(), &[&apply[..], &["--rpc", &self.anvil.url], keys].concat());
        command.env("HOME", self.path());
        command
    }

    fn run(&self, keys: &[&str]) -> Run {
        Run::of(keys, &self.command(keys).output().unwrap())
    }
}

#[track_caller]
fn deployer(run: &Run) -> Address {
    serde_json::from_value(run.document()["plan"]["inputs"]["deployer"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keystores_open_with_passwords_from_files_and_descriptors() {
    let scene = Scene::new().await;
    scene.keystore(".", "first", 0, "one");
    scene.keystore(".foundry/keystores", "second", 1, "two");
    scene.write("one", "one\n");
    scene.write("two", "two");

    let one = ["--keystore", "first", "--password-file", "one"];
    let run = scene.run(&one).ended(0);
    assert_eq!(deployer(&run), ACCOUNTS[0]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    assert_eq!(deployer(&scene.run(&["--account", "second", "--password-file", "two"]).ended(0)), ACCOUNTS[1]);

    let mut through_stdin = scene.command(&["--account", "second", "--password-fd", "0"]);
    through_stdin.stdin(Stdio::from(fs::File::open(scene.path().join("two")).unwrap()));
    assert_eq!(deployer(&Run::of(&["--password-fd 0"], &through_stdin.output().unwrap()).ended(0)), ACCOUNTS[1]);

    // two keystores, two passwords: which one signs has to be said
    let both = ["--keystore", "first", "--account", "second", "--password-file", "one", "--password-file", "two"];
    let error = scene.run(&both).ended(2).error();
    contains(&error, &["--from", &ACCOUNTS[0].to_string(), &ACCOUNTS[1].to_string()]);
    let from = ACCOUNTS[1].to_string();
    assert_eq!(deployer(&scene.run(&[&both[..], &["--from", &from]].concat()).ended(0)), ACCOUNTS[1]);

    fs::set_permissions(scene.path().join("one"), fs::Permissions::from_mode(0o644)).unwrap();
    scene.run(&one).ended(0).says(&["warning: one can be read by others (mode 644)", "chmod 600"]);
    assert_eq!(scene.anvil.height().await, 0, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_given_well_is_refused_in_words() {
    let scene = Scene::new().await;
    scene.keystore(".", "first", 0, "one");
    scene.keystore(".foundry/keystores", "second", 1, "two");
    scene.write("wrong", "hunter2");
    scene.write("list", "hunter2\nhunter3\n");
    let stranger = Address::repeat_byte(7).to_string();
    let cases: [(&[&str], &[&str]); 16] = [
        (&[], &["no key", "--keystore", "--ledger", "--remote-signer", "--dev-keys"]),
        (&["--keystore", "first"], &["no terminal", "--password-file or --password-fd"]),
        (&["--keystore", "first", "--password-file", "wrong"], &["first", "from wrong does not open"]),
        (&["--keystore", "first", "--password-file", "list"], &["list", "several lines"]),
        (&["--keystore", "first", "--password-file", "none"], &["none"]),
        (&["--keystore", "first", "--password-fd", "77"], &["file descriptor 77", "77< file"]),
        (&["--keystore", "none", "--password-file", "wrong"], &["none"]),
        (&["--keystore", "wrong", "--password-file", "wrong"], &["wrong", "not a geth v3 keystore"]),
        (&["--account", "third", "--password-file", "wrong"], &["--account", "third", "there: second"]),
        (&["--account", "../first", "--password-file", "wrong"], &["--account", "--keystore takes a path"]),
        (&["--password-file", "wrong"], &["--password-file", "no --keystore"]),
        (&["--keystore", "first", "--dev-keys", "0"], &["--keystore", "--dev-keys", "give one of them"]),
        (&["--dev-keys", "0", "--from", &stranger], &["--from", "no key for", &stranger]),
        (&["--remote-signer", "http://u:hunter2@127.0.0.1:1"], &["--remote-signer", "TMINUS_REMOTE_SIGNER"]),
        (&["--remote-signer", "gopher://there"], &["http(s)"]),
        (&["--ledger"], &["--features ledger"]),
    ];
    for (keys, words) in cases {
        let run = scene.run(keys).ended(2);
        contains(&run.error(), words);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter"), "{}", run.stderr);
    }
    let password = ["--password-file", "wrong", "--password-file", "list", "--password-file", "wrong"];
    let error = scene.run(&[&["--keystore", "first"], &password[..]].concat()).ended(2).error();
    contains(&error, &["1 keystores and 3 files"]);
    // one who does not answer may answer later
    let gone = scene.run(&["--remote-signer", "http://127.0.0.1:1"]).ended(4).error();
    contains(&gone, &["http://127.0.0.1:1", "could not be reached"]);
    assert!(!scene.path().join(".tminus").exists(), "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_signer_is_found_by_argument_or_environment() {
    // anvil itself answers eth_accounts, with ten of them
    let scene = Scene::new().await;
    let signer = Anvil::spawn(&[]).await;
    let error = scene.run(&["--remote-signer", &signer.url]).ended(2).error();
    contains(&error, &["--from", &ACCOUNTS[1].to_string()]);
    let from = ACCOUNTS[1].to_string();
    let chosen = scene.run(&["--remote-signer", &signer.url, "--from", &from]).ended(0);
    assert_eq!(deployer(&chosen), ACCOUNTS[1]);

    let with_secret = signer.url.replace("http://", "http://user:hunter2@");
    let mut command = scene.command(&["--from", &from]);
    command.env("TMINUS_REMOTE_SIGNER", &with_secret);
    assert_eq!(deployer(&Run::of(&["environment"], &command.output().unwrap()).ended(0)), ACCOUNTS[1]);
    // what is given on the command line comes before the environment
    let mut command = scene.command(&["--dev-keys", "0"]);
    command.env("TMINUS_REMOTE_SIGNER", &with_secret);
    let run = Run::of(&["environment"], &command.output().unwrap()).ended(0);
    assert_eq!(deployer(&run), ACCOUNTS[0]);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_is_signed_by_another_program() {
    // another anvil signs what this one mines: its answers are those of a program that is not ours
    let scene = Scene::new().await;
    let signer = Anvil::spawn(&[]).await;
    let from = ACCOUNTS[1].to_string();
    let keys = ["--remote-signer", &signer.url, "--from", &from, "--yes"];
    let apply =
        ["genesis", "apply", "--profile", "livepeer-testnet", "--rehearsal", "--json", "--rpc", &scene.anvil.url];
    let run = tminus(scene.path(), &[&apply[..], &keys[..]].concat()).ended(0);
    assert_eq!(run.document()["checks"]["failed"], 0);
    assert_eq!(scene.anvil.rpc.nonce(ACCOUNTS[1], BlockId::latest()).await.unwrap(), 88);
    assert_eq!(signer.height().await, 0, "it signed and sent nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_with_code_does_not_sign() {
    let scene = Scene::new().await;
    let set = async |code: Vec<u8>| {
        let _: Value = scene.anvil.rpc.request("anvil_setCode", json!([ACCOUNTS[0], Bytes::from(code)])).await.unwrap();
    };
    set([&[0xef, 0x01, 0x00][..], &[7; 20]].concat()).await;
    let error = scene.run(&["--dev-keys", "0"]).ended(2).error();
    contains(&error, &["EIP-7702", &Address::repeat_byte(7).to_string(), "--allow-delegated"]);
    let allowed = scene.run(&["--dev-keys", "0", "--allow-delegated"]).ended(0);
    allowed.says(&["warning", "EIP-7702", &Address::repeat_byte(7).to_string()]);

    set(vec![0x60, 0x00]).await;
    let error = scene.run(&["--dev-keys", "0", "--allow-delegated"]).ended(2).error();
    contains(&error, &["is a contract", "cannot sign"]);
}
