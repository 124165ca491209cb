//! The program on anvil, through an endpoint like any other.
//!
//! What the embedded chain never does to it happens here: an endpoint that is another chain, that does not answer, or that
//! answers nonsense; and a chain that others have changed.

mod support;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::Stdio,
};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
    sol_types::{SolCall, SolConstructor},
};
use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{all_held, command, tminus},
};
use tempfile::TempDir;
use tminus_chain::rpc::Rpc;
use tminus_contracts::{
    artifact,
    bindings::{LivepeerToken, PlainERC20, TokenDistributor},
};

const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const OPERATOR: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const BANK: &str = "0x6941627cba3518385e75de75d25a189185672bfe";

/// An empty folder but for a recipient list of the crowd's part.
fn folder_with_list(count: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = ["distro", "sample", "--count", count, "--seed", "7", "--total", "6343700", "--out", "list.csv"];
    tminus(folder.path(), &sample).ended(0);
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

async fn nonce(rpc: &Rpc, address: &str) -> u64 {
    rpc.nonce(address.parse().unwrap(), BlockId::latest()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_holds_and_a_second_start_sends_nothing() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["rehearse", "--json", "--recipients", "300", "--rpc", &anvil.url];
    all_held(&tminus(folder.path(), &arguments).ended(0).document(), 300);
    let sent = async || (nonce(&anvil.rpc, DEPLOYER).await, nonce(&anvil.rpc, OPERATOR).await);
    let before = sent().await;
    assert!(before.0 == 86 && before.1 > 77, "{before:?}");
    let again = tminus(folder.path(), &arguments).ended(0);
    all_held(&again.document(), 300);
    again.says(&["86 of 86 steps", "300 recipients paid", "found done"]);
    assert_eq!(sent().await, before, "a second start sends nothing");

    // begun anew on the same chain, it launches beside the first
    let fresh = tminus(folder.path(), &[&arguments[..], &["--fresh"]].concat()).ended(0);
    all_held(&fresh.document(), 300);
    assert_eq!(sent().await.0, 2 * 86);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_when_the_airdrop_begins_it_is_taken_up_again() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["rehearse", "--json", "--recipients", "3000", "--rpc", &anvil.url];
    let mut first = command(folder.path(), &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("Airdrop")), "the rehearsal reaches its airdrop");
    first.kill().unwrap();
    assert!(!first.wait().unwrap().success(), "it was over before it could be killed");

    let second = tminus(folder.path(), &arguments).ended(0);
    second.says(&["taken up again", "86 of 86 steps", "found done"]);
    let document = second.document();
    all_held(&document, 3_000);
    let ends: Vec<_> = document["data"]["runs"].as_array().unwrap().iter().map(|run| run["end"].clone()).collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_chain_is_refused_before_anything_is_sent_written_or_forgotten() {
    let folder = folder_with_list("100");
    let path = folder.path();
    tminus(
        path,
        &[
            "distro",
            "plan",
            "--recipients",
            "list.csv",
            "--token",
            BANK,
            "--out",
            "plan",
            "--chain-id",
            "31337",
            "--decimals",
            "18",
        ],
    )
    .ended(0);
    let before = names(path);
    for (chain_id, words) in [("1", "chain id 1;"), ("1337", "chain id 1337, the profile wants 31337")] {
        let anvil = Anvil::spawn(&["--chain-id", chain_id]).await;
        let refused =
            |arguments: &[&str]| tminus(path, &[arguments, &["--json", "--rpc", &anvil.url]].concat()).ended(2).error();
        let error = refused(&["rehearse", "--recipients", "10"]);
        assert!(error.contains(words) && error.contains(&anvil.url), "{error}");
        refused(&["rehearse", "--recipients", "10", "--fresh"]);
        let launch = ["--rehearsal", "--recipients", "list.csv"];
        for action in [&["plan", "--deployer", DEPLOYER][..], &["apply", "--dev-keys", "0", "--yes"]] {
            let error = refused(&[&["genesis"], action, &launch].concat());
            assert!(error.contains(&format!("chain id {chain_id}, the profile wants 31337")), "{error}");
        }
        let error = refused(&["distro", "run", "--list", "plan", "--distributor", BANK, "--dev-keys", "0", "--yes"]);
        assert!(error.contains("chain 31337") && error.contains(&format!("chain {chain_id}")), "{error}");
        let plan = ["distro", "plan", "--recipients", "list.csv", "--token", BANK, "--out", "other"];
        let error = refused(&[&plan[..], &["--chain-id", "31337"]].concat());
        assert!(error.contains("31337") && error.contains(chain_id), "{error}");
        assert_eq!((anvil.height().await, nonce(&anvil.rpc, DEPLOYER).await), (0, 0));
        assert_eq!(names(path), before);
    }
    // the chain of a real launch is not the one of the profile's either
    let anvil = Anvil::spawn(&[]).await;
    let launch = ["genesis", "apply", "--recipients", "list.csv", "--dev-keys", "0", "--yes", "--json"];
    let error = tminus(path, &[&launch[..], &["--rpc", &anvil.url]].concat()).ended(2).error();
    assert!(error.contains("chain id 31337, the profile wants 1"), "{error}");
    assert_eq!((anvil.height().await, names(path)), (0, before));
}

/// Asks with every command that takes an endpoint; none may succeed, hold as checked, or tell the secrets of the URL.
fn no_answer(folder: &Path, authority: &str, words: &str) {
    let url = format!("http://user:hunter2@{authority}/v3/APIKEY?token=TOPSECRET");
    let (launch, of) = (["--rehearsal", "--recipients", "list.csv"], ["--list", "plan", "--distributor", BANK]);
    let keys = ["--dev-keys", "0", "--yes"];
    let mine = ["accounts.bin", "--mine", BANK];
    let recipient = alloy::hex::encode_prefixed(&std::fs::read(folder.join("accounts.bin")).unwrap()[..20]);
    let before = names(folder);
    for (code, arguments) in [
        (4, [&["rehearse", "--recipients", "10"][..]].concat()),
        (4, [&["genesis", "plan", "--deployer", DEPLOYER], &launch[..]].concat()),
        (4, [&["genesis", "apply"], &launch[..], &keys].concat()),
        (5, [&["genesis", "audit", "--deployer", DEPLOYER], &launch[..]].concat()),
        (4, [&["distro", "run"], &of[..], &keys].concat()),
        (5, [&["distro", "status"], &of[..]].concat()),
        (5, [&["distro", "audit"], &of[..]].concat()),
        (5, [&["distro", "mine", "status"], &mine[..]].concat()),
        (4, [&["distro", "mine", "generate"], &mine[..], &["--recipient", &recipient], &keys].concat()),
    ] {
        let run = tminus(folder, &[&arguments[..], &["--json", "--rpc", &url]].concat()).ended(code);
        let error = run.error();
        assert!(error.contains(&format!("http://{authority}")) && error.contains(words), "{error}");
        for secret in ["user", "hunter2", "APIKEY", "TOPSECRET"] {
            assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{secret}: {}", run.stderr);
        }
        assert_eq!(names(folder), before, "tminus {} wrote something", run.arguments);
    }
}

#[test]
fn an_endpoint_that_is_not_there_or_answers_nonsense_is_told_without_its_secrets() {
    let folder = folder_with_list("10");
    let plan = ["distro", "plan", "--recipients", "list.csv", "--token", BANK, "--out", "plan"];
    tminus(folder.path(), &[&plan[..], &["--chain-id", "31337", "--decimals", "18"]].concat()).ended(0);
    let accounts = ["distro", "mine", "sample", "--recipients", "9", "--seed", "1", "accounts.bin"];
    tminus(folder.path(), &accounts).ended(0);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    drop(listener);
    no_answer(folder.path(), &authority, "could not be reached");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            // the whole request, or what of it there is at once: the answer does not depend on it
            let _ = connection.read(&mut [0; 4096]);
            let page = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 14\r\nconnection: close\r\n\r\n<html>APIKEY\r\n";
            let _ = connection.write_all(page.as_bytes());
        }
    });
    no_answer(folder.path(), &authority, "HTTP status 502");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genesis_is_planned_applied_once_and_audited() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = folder_with_list("200");
    let path = folder.path();
    let run = |arguments: &[&str]| {
        let launch = ["--rehearsal", "--recipients", "list.csv", "--json", "--rpc", &anvil.url];
        tminus(path, &[&["genesis"], arguments, &launch].concat())
    };
    let apply = ["apply", "--dev-keys", "0"];

    let plan = run(&["plan", "--deployer", DEPLOYER]).ended(0).document();
    assert_eq!(plan["plan"]["steps"].as_array().unwrap().len(), 86);
    let dry = run(&[&apply[..], &["--dry-run"]].concat()).ended(0).document();
    assert_eq!(dry["dry_run"], true);
    let steps = |document: &Value| -> Vec<_> {
        let steps = document["plan"]["steps"].as_array().unwrap().iter();
        steps.map(|step| (step["id"].clone(), step["address"].clone(), step["gas"].clone())).collect()
    };
    assert!(steps(&dry) == steps(&plan), "a dry run plans what the plan says");
    // nobody is there to agree
    assert!(run(&apply).ended(2).error().contains("--yes"));
    run(&["audit", "--deployer", DEPLOYER]).ended(3);
    assert_eq!((anvil.height().await, nonce(&anvil.rpc, DEPLOYER).await), (0, 0), "nothing was sent");
    assert_eq!(names(path), ["list.csv"], "nothing was written");

    let applied = run(&[&apply[..], &["--yes"]].concat()).ended(0);
    assert_eq!(applied.document()["checks"]["failed"], 0);
    assert_eq!(nonce(&anvil.rpc, DEPLOYER).await, 86);
    let book = path.join("deployments/livepeer-2018-rehearsal");
    let token: Value = serde_json::from_slice(&std::fs::read(book.join("LivepeerToken.json")).unwrap()).unwrap();
    let token: Address = token["address"].as_str().unwrap().parse().unwrap();

    let height = anvil.height().await;
    let again = run(&[&apply[..], &["--yes"]].concat()).ended(0);
    again.says(&["1/86 genesis/deploy/Controller was done", "86/86 genesis/controller-owner/governance was done"]);
    assert_eq!((anvil.height().await, nonce(&anvil.rpc, DEPLOYER).await), (height, 86), "the second found all done");

    // without journal and address book the chain still knows
    std::fs::remove_dir_all(path.join(".tminus")).unwrap();
    std::fs::remove_dir_all(path.join("deployments")).unwrap();
    run(&[&apply[..], &["--yes"]].concat()).ended(0);
    assert_eq!((anvil.height().await, book.join("LivepeerToken.json").exists()), (height, true));
    let held = run(&["audit", "--deployer", DEPLOYER]).ended(0).document();
    assert_eq!((&held["checks"]["failed"], &held["checks"]["inconclusive"]), (&json!(0), &json!(0)));

    // somebody else's figures: the audit names the one that differs
    let profile = include_str!("../genesis/networks/livepeer-2018.toml");
    std::fs::write(path.join("other.toml"), profile.replacen("inflation = 137", "inflation = 138", 1)).unwrap();
    let differs = run(&["audit", "--deployer", DEPLOYER, "--profile", "other.toml"]).ended(3).document();
    assert_eq!(failed_checks(&differs), ["genesis.minter.parameters"]);

    // the bank's tokens are gone at the block that the audit looks at
    let last = held["deployment"]["last_block"].as_u64().unwrap();
    let depth = height - last;
    let _: Value = anvil.rpc.request("anvil_rollback", (depth,)).await.unwrap();
    assert_eq!(anvil.height().await, last);
    let bank: Address = BANK.parse().unwrap();
    let balance =
        anvil.rpc.view(token, LivepeerToken::balanceOfCall { account: bank }, BlockId::latest()).await.unwrap();
    let slot = balance_slot(&anvil.rpc, token, bank, balance).await;
    let _: Value = anvil.rpc.request("anvil_setStorageAt", (token, slot, B256::from(U256::from(1)))).await.unwrap();
    let tampered = run(&["audit", "--deployer", DEPLOYER]).ended(3).document();
    assert_eq!(failed_checks(&tampered), ["genesis.bank.balance"]);
}

/// Names of the checks that did not hold.
fn failed_checks(document: &Value) -> Vec<String> {
    let items = document["checks"]["items"].as_array().unwrap().iter();
    let failed =
        items.filter(|item| item["findings"].as_array().unwrap().iter().any(|finding| finding["verdict"] != "holds"));
    failed.map(|item| item["check"].as_str().unwrap().to_owned()).collect()
}

/// The slot of a balance in a mapping, found by its value: the mapping stands in one of the first slots.
async fn balance_slot(rpc: &Rpc, token: Address, account: Address, balance: U256) -> B256 {
    for position in 0..16u64 {
        let key = [account.into_word(), B256::from(U256::from(position))].concat();
        let slot = alloy::primitives::keccak256(key);
        let value: B256 = rpc.request("eth_getStorageAt", (token, slot, "latest")).await.unwrap();
        if U256::from_be_bytes(value.0) == balance {
            return slot;
        }
    }
    panic!("no balances in the first slots of {token}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_distribution_of_any_token_is_planned_paid_and_audited() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = folder_with_list("1000");
    let path = folder.path();
    let owner = anvil.account(3).await;
    let total = U256::from(6_343_700) * U256::from(10u64.pow(18));
    let arguments = PlainERC20::constructorCall { name_: "Plain".to_owned(), symbol_: "PLN".to_owned(), supply: total };
    let token = anvil.create(owner, creation("PlainERC20", &arguments)).await;

    let height = anvil.height().await;
    let named = token.to_string();
    let plan = ["distro", "plan", "--recipients", "list.csv", "--token", &named, "--json", "--rpc", &anvil.url];
    let wrong = tminus(path, &[&plan[..], &["--out", "plan", "--decimals", "6"]].concat()).ended(2).error();
    assert!(wrong.contains("decimals 6") && wrong.contains("18"), "{wrong}");
    assert_eq!(names(path), ["list.csv"]);
    let planned = tminus(path, &[&plan[..], &["--out", "plan"]].concat()).ended(0).document();
    let facts = &planned["plan"]["facts"];
    assert_eq!((&facts["recipients"], &facts["chain_id"]), (&json!(1000), &json!(31337)));

    let constructor = TokenDistributor::constructorCall {
        token_: token,
        root_: facts["root"].as_str().unwrap().parse().unwrap(),
        totalAmount_: total,
        recipientCount_: U256::from(1000),
        chunkSize_: U256::from(facts["chunk_size"].as_u64().unwrap()),
        deadline_: U256::from(u32::MAX),
        sweepRecipient_: owner,
        owner_: owner,
        useTransferBatch_: false,
    };
    let distributor = anvil.create(owner, creation("TokenDistributor", &constructor)).await;
    let address = distributor.to_string();
    let distro = |action: &str, more: &[&str]| {
        let of = ["distro", action, "--list", "plan", "--distributor", &address, "--json", "--rpc", &anvil.url];
        tminus(path, &[&of[..], more].concat())
    };
    let keys = ["--dev-keys", "5"];

    // not funded yet: refused, and nothing is sent
    let poor = distro("run", &[&keys[..], &["--yes"]].concat()).ended(2).error();
    assert!(poor.contains("6343700"), "{poor}");
    let transfer = PlainERC20::transferCall { to: distributor, value: total };
    anvil.send(owner, Some(token), transfer.abi_encode().into()).await;
    let before = names(path);
    assert_eq!(distro("status", &[]).ended(0).document()["distribution"]["recipients_done"], 0);
    distro("audit", &[]).ended(3);
    let dry = distro("run", &[&keys[..], &["--dry-run"]].concat()).ended(0).document();
    assert_eq!((&dry["dry_run"], &dry["left"]), (&json!(true), &json!(1000)));
    assert!(distro("run", &keys).ended(2).error().contains("--yes"));
    assert_eq!(anvil.height().await, height + 2, "only the test has sent anything");
    assert_eq!(names(path), before);

    let paid = distro("run", &[&keys[..], &["--yes", "--max-chunks", "4"]].concat()).ended(0).document();
    assert_eq!(paid["run"]["recipients"], 1000);
    assert_eq!(paid["run"]["batches"].as_array().unwrap().len(), 4);
    assert_eq!(distro("status", &[]).ended(0).document()["distribution"]["recipients_done"], 1000);
    distro("audit", &[]).ended(0);
    let list = std::fs::read_to_string(path.join("list.csv")).unwrap();
    let rows: Vec<_> = list.lines().filter(|line| line.starts_with("0x")).collect();
    assert_eq!(rows.len(), 1000);
    let victim: Address = rows[77].split_once(',').unwrap().0.parse().unwrap();

    let height = anvil.height().await;
    let again = distro("run", &[&keys[..], &["--yes"]].concat()).ended(0).document();
    assert_eq!(
        (&again["run"]["recipients"], anvil.height().await),
        (&json!(0), height),
        "the second run sends nothing"
    );

    // a recipient has given tokens away: at that block its balance is not what it was paid
    anvil
        .send_as(victim, token, PlainERC20::transferCall { to: owner, value: U256::from(1) }.abi_encode().into())
        .await;
    let now = anvil.height().await.to_string();
    let audit = distro("audit", &["--at", &now]).ended(3).document();
    let wrong = audit["audit"]["mismatches"].as_array().unwrap();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["recipient"].as_str().unwrap().parse::<Address>().unwrap(), victim);

    // a contract that is not a distributor, and an account that is nothing
    for other in [token.to_string(), Address::with_last_byte(0xaa).to_string()] {
        let of = ["--list", "plan", "--distributor", &other, "--json", "--rpc", &anvil.url];
        let error = tminus(path, &[&["distro", "run", "--yes"], &of[..], &keys].concat()).ended(2).error();
        assert!(error.contains(&other) && error.contains("code"), "{error}");
        let error = tminus(path, &[&["distro", "status"], &of[..]].concat()).ended(5).error();
        assert!(error.contains(&other), "{error}");
    }
}

fn creation(name: &str, constructor: &impl SolConstructor) -> Bytes {
    [artifact::get(name).unwrap().creation.to_vec(), constructor.abi_encode()].concat().into()
}
