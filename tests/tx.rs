//! `tminus tx` with the built program: beside a process that works, after it was killed, after a rehearsal, with bad input.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{Run, command, tminus},
    refusal::{contains, refused},
};
use tempfile::TempDir;

const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const PATIENCE: Duration = Duration::from_secs(60);

/// A genesis that goes on for as long as blocks are mined; killed with this value.
struct Working {
    process: Child,
}

impl Drop for Working {
    fn drop(&mut self) {
        // it may be gone already; either way there is nobody to tell
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A genesis on an anvil where nobody mines, so that its first transaction stays out.
async fn genesis() -> (TempDir, Anvil, Working) {
    let anvil = Anvil::spawn(&["--no-mining"]).await;
    let folder = tempfile::tempdir().unwrap();
    let sample = ["distro", "sample", "--count", "64", "--seed", "7", "--total", "6343700", "--out", "list.csv"];
    tminus(folder.path(), &sample).ended(0);
    let arguments = ["genesis", "apply", "--rehearsal", "--recipients", "list.csv", "--dev-keys", "0", "--yes"];
    let process = command(folder.path(), &[&arguments[..], &["--rpc", &anvil.url]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let working = Working { process };
    until(|| {
        let list = tminus(folder.path(), &["tx", "list", "--json", "--only", "sent"]);
        list.code == 0 && list.document()["matching"] == 1
    });
    (folder, anvil, working)
}

/// Waits for something that another process does.
#[track_caller]
fn until(mut happened: impl FnMut() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < limit, "it does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn one(folder: &Path) -> Value {
    let list = tminus(folder, &["tx", "list", "--json", "--only", "sent"]).ended(0).document();
    assert_eq!(list["matching"], 1, "{list:#}");
    list
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_another_process_is_seen_and_explained() {
    let (folder, anvil, working) = genesis().await;
    let folder = folder.path();
    let list = one(folder);
    let intent = &list["intents"][0];
    let key = intent["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("genesis/deploy/Controller"), "{key}");
    assert_eq!((&list["ledger"]["held"], &list["ledger"]["chain_id"]), (&json!(true), &json!(31337)));
    assert!(list["ledger"]["owner"].as_str().unwrap().contains(&working.process.id().to_string()), "{list:#}");
    assert_eq!((&intent["nonce"], &intent["attempts"], &intent["target"]), (&json!(0), &json!(1), &Value::Null));
    assert_eq!(intent["signer"].as_str().unwrap().to_lowercase(), DEPLOYER.to_lowercase());
    assert!(intent["newest"]["max_fee_per_gas_wei"].is_string(), "amounts are text");
    let words = tminus(folder, &["tx", "list"]).ended(0).stdout;
    contains(&words, &[&key, "sent", "1 shown; in the ledger: 1 sent"]);

    let shown = tminus(folder, &["tx", "show", &key]).ended(0).stdout;
    let hash = intent["newest"]["hash"].as_str().unwrap();
    contains(&shown, &[&key, "a new contract", hash, "accepted", "a process works with it", "taken by"]);
    let shown = tminus(folder, &["tx", "show", &key, "--json"]).ended(0).document();
    assert_eq!(shown["intent"]["attempts"][0]["answers"][0]["class"], "accepted");
    assert!(!shown["intent"]["events"].as_array().unwrap().is_empty());

    // without a look at the chain it says so; with one it sees that nothing is wrong with the price
    let why = tminus(folder, &["tx", "why", &key]).ended(0).stdout;
    contains(&why, &["no block has it yet", "the fees are raised to at least", "not looked at", "--rpc", "200 gwei"]);
    let why = tminus(folder, &["tx", "why", &key, "--rpc", &anvil.url]).ended(0).stdout;
    contains(&why, &["it pays enough", "without a receipt, the fees are raised to", "final 0", "base fee"]);
    let why = tminus(folder, &["tx", "why", &key, "--rpc", &anvil.url, "--json"]).ended(0).document();
    assert_eq!((&why["chain"]["latest_nonce"], &why["chain"]["latest_block"]), (&json!(0), &json!(0)));
    assert_eq!(why["explanation"]["unseen"].as_array().unwrap().len(), 1, "{why:#}");
    // a ceiling below what a raise needs
    let why = tminus(folder, &["tx", "why", &key, "--rpc", &anvil.url, "--max-fee", "1 gwei"]).ended(0).stdout;
    contains(&why, &["would pass the ceiling of 1 gwei", "the same bytes are sent again"]);

    // killed, it is out all the same, and that nobody looks after it is said
    drop(working);
    let list = one(folder);
    assert_eq!(list["ledger"]["held"], false);
    let why = tminus(folder, &["tx", "why", &key]).ended(0).stdout;
    contains(&why, &["no process works with this ledger: nothing happens before", "no block has it yet"]);
    let _: Value = anvil.rpc.request("anvil_mine", ("0x1",)).await.unwrap();
    let why = tminus(folder, &["tx", "why", &key, "--rpc", &anvil.url]).ended(0).stdout;
    contains(&why, &["it is in block 1 by now", hash]);
    assert_eq!(one(folder)["intents"][0]["state"], "sent", "whoever looks writes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_tells_each_change_and_ends_with_the_intent() {
    let (folder, anvil, working) = genesis().await;
    let list = one(folder.path());
    let key = list["intents"][0]["key"].as_str().unwrap().to_owned();
    let arguments = ["tx", "watch", &key, "--until", "mined"];
    let mut watcher = command(folder.path(), &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watcher.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    contains(&first, &[&key, "  sent  nonce 0  try 1, at most "]);
    let _: Value = anvil.rpc.request("anvil_mine", ("0x1",)).await.unwrap();
    let second = lines.next().unwrap();
    contains(&second, &[&key, "  mined  nonce 0  block 1  0x"]);
    assert_eq!(lines.next().unwrap(), "1 of 1 ended as wanted");
    assert!(watcher.wait().unwrap().success());

    // one document; the lines go to stderr. The next step is out by now, and finality is far
    until(|| {
        let list = tminus(folder.path(), &["tx", "list", "--json", "--only", "sent"]).ended(0).document();
        list["matching"] == 1
    });
    let miner = async {
        loop {
            let _: Value = anvil.rpc.request("anvil_mine", ("0x1",)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let arguments = ["tx", "watch", "--json", "--prefix", "genesis/deploy/Controller"];
    let watcher = command(folder.path(), &arguments);
    let watched = tokio::task::spawn_blocking(move || finished(watcher));
    let watched = tokio::select! {
        watched = watched => watched.unwrap(),
        () = miner => unreachable!("it mines for ever"),
    };
    let watched = Run::of(&arguments, &watched).ended(0);
    assert_eq!(watched.document()["intents"][0]["state"], "finalized");
    watched.says(&[&key, "mined", "finalized"]);
    drop(working);
}

fn finished(mut command: Command) -> std::process::Output {
    command.output().unwrap()
}

#[test]
fn a_rehearsal_leaves_a_ledger_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tminus(folder, &["rehearse", "--json", "--recipients", "64"]).ended(0);
    let all = tminus(folder, &["tx", "list", "--json", "--limit", "0"]).ended(0).document();
    let intents = all["intents"].as_array().unwrap();
    assert_eq!(all["matching"], intents.len());
    assert!(intents.len() > 86, "{}", intents.len());
    assert_eq!(all["ledger"]["held"], false);
    let counted: u64 = all["counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, intents.len() as u64);
    let newest = tminus(folder, &["tx", "list", "--json", "--limit", "2"]).ended(0).document();
    assert_eq!(newest["intents"].as_array().unwrap()[..], intents[intents.len() - 2..]);
    let some = ["tx", "list", "--json", "--limit", "0", "--prefix", "genesis/", "--only", "finalized"];
    let some = tminus(folder, &some).ended(0).document();
    assert_eq!(some["matching"], 86);
    // a table in a pipe is one row a line
    let words = tminus(folder, &["tx", "list", "--limit", "3"]).ended(0).stdout;
    assert_eq!(words.lines().count(), 2 + 3 + 2, "{words}");
    contains(&words, &["the newest 3 of", "--limit 0 shows all"]);
    let none = tminus(folder, &["tx", "list", "--prefix", "nothing/"]).ended(0).stdout;
    contains(&none, &["no intent is meant; in the ledger: "]);

    let key = some["intents"][0]["key"].as_str().unwrap();
    let why = tminus(folder, &["tx", "why", key]).ended(0).stdout;
    contains(&why, &["done for good: executed in block 1", "nothing: what is final stays so"]);
    let watched = tminus(folder, &["tx", "watch", "--prefix", "genesis/"]).ended(0);
    contains(&watched.stdout, &["86 of 86 are over already", "86 of 86 ended as wanted"]);

    let error = refused(folder, &["tx", "show", "genesis/deploy/Controler"]);
    contains(&error, &["knows no intent \"genesis/deploy/Controler\"", key]);
    let error = refused(folder, &["tx", "why", "keeper/of/bees"]);
    contains(&error, &["none of its", "`tminus tx list` shows them"]);
    let error = refused(folder, &["tx", "watch", "--prefix", "nothing/"]);
    contains(&error, &["knows no intent whose key starts with \"nothing/\""]);
}

#[test]
fn a_ledger_that_cannot_be_meant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    contains(&refused(folder, &["tx", "list"]), &["there is no journal under .tminus", "--journal"]);
    contains(&refused(folder, &["tx", "list", "--network", "main"]), &["no journal of main", "there is none"]);
    contains(&refused(folder, &["tx", "list", "--journal", "no.sqlite"]), &["no.sqlite is not there"]);
    fs::write(folder.join("empty.sqlite"), "").unwrap();
    contains(&refused(folder, &["tx", "list", "--journal", "empty.sqlite"]), &["is empty"]);
    fs::write(folder.join("text.sqlite"), "x".repeat(5000)).unwrap();
    contains(&refused(folder, &["tx", "list", "--journal", "text.sqlite"]), &["is not a tminus ledger"]);
    contains(&refused(folder, &["tx", "list", "--journal", "."]), &["not a file"]);
    contains(&refused(folder, &["tx", "list", "--only", "gone"]), &["--only", "the states are queued, held"]);
    contains(&refused(folder, &["tx", "list", "--journal", "a", "--network", "b"]), &["cannot be used with"]);
    contains(&refused(folder, &["tx", "watch", "a", "--prefix", "b"]), &["cannot be used with"]);
    for network in ["main", "test"] {
        fs::create_dir_all(folder.join(".tminus").join(network)).unwrap();
        fs::write(folder.join(".tminus").join(network).join("ledger.sqlite"), "").unwrap();
    }
    contains(&refused(folder, &["tx", "list"]), &["there are 2 journals", "--network", "main, test"]);
    let schema_1 = concat!(env!("CARGO_MANIFEST_DIR"), "/chain/tests/fixtures/ledger-schema-1.sqlite");
    fs::copy(schema_1, folder.join("old.sqlite")).unwrap();
    // SQLite has to make its shared memory beside the file to look into it
    let old = tminus(folder, &["tx", "list", "--journal", "old.sqlite", "--json"]).ended(2).error();
    contains(&old, &["has schema 1", "older tminus"]);
    assert_eq!(fs::read(folder.join("old.sqlite")).unwrap(), fs::read(schema_1).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_of_another_chain_is_refused_and_a_silent_one_leaves_the_chain_open() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tminus(folder, &["rehearse", "--json", "--recipients", "64"]).ended(0);
    let list = tminus(folder, &["tx", "list", "--json", "--only", "mined", "--limit", "1"]).ended(0).document();
    let key = list["intents"][0]["key"].as_str().unwrap();
    let other = Anvil::spawn(&["--chain-id", "1337"]).await;
    let error = refused(folder, &["tx", "why", key, "--rpc", &other.url]);
    contains(&error, &["is chain 1337, but", "is of chain 31337"]);
    let other = Anvil::spawn(&[]).await;
    let error = refused(folder, &["tx", "why", key, "--rpc", &other.url]);
    contains(&error, &["the first block of", "a development chain that was reset?"]);
    let url = other.url.clone();
    drop(other);
    let why = tminus(folder, &["tx", "why", key, "--rpc", &url, "--json"]).ended(5).document();
    let unseen = why["explanation"]["unseen"].to_string();
    contains(&unseen, &["the chain: ", "could not be reached"]);
    assert!(why["explanation"]["state"].as_str().unwrap().starts_with("executed in block"), "{why:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_out_is_cancelled_by_whoever_owns_the_ledger() {
    let (folder, anvil, working) = genesis().await;
    let path = folder.path().to_owned();
    let key = one(&path)["intents"][0]["key"].as_str().unwrap().to_owned();
    let cancel = |more: &[&'static str]| -> Vec<String> {
        let arguments = ["tx", "cancel", &key, "--rpc", &anvil.url, "--dev-keys", "0"];
        arguments.iter().chain(more).map(|argument| (*argument).to_owned()).collect()
    };
    let run = |more: &[&'static str]| {
        let arguments = cancel(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        tminus(&path, &arguments)
    };
    let held = run(&["--yes", "--json"]).ended(4).error();
    let process = format!("process {}", working.process.id());
    contains(&held, &["a process works with it", &process, "end that one first"]);
    drop(working);

    let plan = run(&["--dry-run"]).ended(0).stdout;
    contains(&plan, &[&key, "a transaction that does nothing takes its place", "nothing was sent"]);
    let nobody = run(&["--json"]).ended(2).error();
    contains(&nobody, &[&format!("Cancel {key} on chain 31337?"), "give --yes to agree"]);
    let low = run(&["--dry-run", "--max-fee", "1 gwei"]).ended(0).stdout;
    contains(&low, &["would pass the ceiling of 1 gwei"]);
    assert_eq!(one(&path)["intents"][0]["cancel"], false, "a plan changes nothing");

    let miner = async {
        // what takes its place has to be there before the first block, or the first comes first
        until(|| {
            let shown = tminus(&path, &["tx", "show", &key, "--json"]).ended(0).document();
            let tried = shown["intent"]["attempts"].as_array().unwrap().clone();
            tried.iter().any(|attempt| attempt["kind"] == "cancel" && attempt["state"] == "accepted")
        });
        loop {
            let _: Value = anvil.rpc.request("anvil_mine", ("0x1",)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let arguments = cancel(&["--yes", "--json"]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let cancelling = command(&path, &arguments);
    let cancelled = tokio::task::spawn_blocking(move || finished(cancelling));
    let cancelled = tokio::select! {
        cancelled = cancelled => Run::of(&arguments, &cancelled.unwrap()),
        () = miner => unreachable!("it mines for ever"),
    };
    let document = cancelled.ended(0).document();
    assert_eq!(document["intent"]["state"], "cancelled", "{document:#}");
    assert_eq!(document["intent"]["receipt"]["kind"], "cancel");
    assert_eq!(document["intent"]["attempts"].as_array().unwrap().len(), 2);
    let sent = anvil.rpc.nonce(DEPLOYER.parse().unwrap(), alloy::eips::BlockId::latest()).await.unwrap();
    assert_eq!(sent, 1);
    let created = DEPLOYER.parse::<alloy::primitives::Address>().unwrap().create(0);
    assert!(anvil.rpc.code(created, alloy::eips::BlockId::latest()).await.unwrap().is_empty(), "nothing was deployed");

    contains(&run(&["--yes"]).ended(0).stdout, &[&key, "cancelled for good: its nonce was used up in block"]);
    let why = tminus(&path, &["tx", "why", &key]).ended(0).stdout;
    contains(&why, &["cancelled for good", "the key may be handed over again"]);
}

#[test]
fn what_is_done_for_good_is_not_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tminus(folder, &["rehearse", "--json", "--recipients", "64"]).ended(0);
    let list = ["tx", "list", "--json", "--only", "finalized", "--limit", "1"];
    let list = tminus(folder, &list).ended(0).document();
    let key = list["intents"][0]["key"].as_str().unwrap();
    // nobody is asked: there is nothing to do
    let arguments = ["tx", "cancel", key, "--rpc", "http://127.0.0.1:1", "--dev-keys", "0"];
    contains(&tminus(folder, &arguments).ended(3).stdout, &[key, "done for good: executed in block"]);
    let error = refused(folder, &["tx", "cancel", "nothing/like/it", "--rpc", "http://127.0.0.1:1", "--dev-keys", "0"]);
    contains(&error, &["knows no intent \"nothing/like/it\""]);
}
