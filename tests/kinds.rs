//! The program with the other profiles: a MerkleMine, and a faucet on a test network.

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, U256},
};
use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{Run, all_held, tminus},
};
use tminus_contracts::bindings::{Controller, MerkleMine};

const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const MINE: &str = "livepeer-2018-merkle-mine";
const TESTNET: &str = "livepeer-testnet";

async fn nonce(anvil: &Anvil) -> u64 {
    anvil.rpc.nonce(DEPLOYER.parse().unwrap(), BlockId::latest()).await.unwrap()
}

/// The checks of a document that are not about what every genesis has.
fn checks(document: &Value) -> BTreeSet<String> {
    let checks = document["data"]["checks"].as_array().unwrap().iter();
    checks.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

fn file(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(".tminus/rehearsal").join(name)).unwrap()
}

#[test]
fn a_merkle_mine_is_rehearsed_with_claims_of_synthetic_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["rehearse", "--profile", MINE, "--recipients", "1000"];
    let run: Run = tminus(folder.path(), &[&arguments[..], &["--json"]].concat()).ended(0);
    let document = run.document();
    all_held(&document, 4);
    run.says(&[
        "1,000 accounts and a MerkleMine",
        "87 of 87 steps",
        "synthetic accounts",
        "4 of 1,000 accounts claimed",
    ]);
    let checks = checks(&document);
    for check in ["genesis.mine.schedule", "genesis.mine.started", "claims.proof", "claims.others", "claims.schedule"] {
        assert!(checks.contains(check), "{check}");
    }
    assert!(!checks.iter().any(|check| check.contains("distribut") || check.contains("faucet")), "{checks:?}");

    // what was committed to are the accounts of the file, which the program itself takes for such a file
    let root = document["data"]["distribution"]["root"].as_str().unwrap();
    let accounts = folder.path().join(".tminus/rehearsal/accounts.bin");
    let told = tminus(folder.path(), &["distro", "mine", "root", accounts.to_str().unwrap(), "--json"]).ended(0);
    assert_eq!(
        (&told.document()["mine"]["root"], &told.document()["mine"]["recipients"]),
        (&json!(root), &json!(1000))
    );
    assert!(file(folder.path(), "report.html").contains("those of a synthetic file"));
    // it begins where mainnet was on the day of the launch
    let last = document["last_block"].as_u64().unwrap();
    assert!((5_534_098 + 87..5_534_098 + 1_000).contains(&last), "{last}");

    let few =
        tminus(folder.path(), &["rehearse", "--profile", MINE, "--recipients", "4", "--fresh", "--json"]).ended(2);
    assert!(few.error().contains("at least 5"), "{}", few.error());
    let other = tminus(folder.path(), &["rehearse", "--profile", MINE, "--recipients", "5", "--json"]).ended(2);
    assert!(other.error().contains("--fresh"), "{}", other.error());
    let fewest = tminus(folder.path(), &["rehearse", "--profile", MINE, "--recipients", "5", "--fresh", "--json"]);
    all_held(&fewest.ended(0).document(), 4);
}

#[test]
fn a_faucet_is_rehearsed_without_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let run: Run = tminus(folder.path(), &["rehearse", "--profile", TESTNET, "--json"]).ended(0);
    let document = run.document();
    all_held(&document, 1);
    run.says(&["no list: a faucet gives to whoever asks", "88 of 88 steps", "asked once and got 10 LPT"]);
    let checks = checks(&document);
    for check in ["genesis.faucet.owner", "genesis.verifier.code", "faucet.given", "faucet.wait", "faucet.left"] {
        assert!(checks.contains(check), "{check}");
    }
    assert!(!checks.contains("genesis.verifier.solvers") && !checks.contains("distribution.recipients"));
    assert!(!folder.path().join(".tminus/rehearsal/recipients.csv").exists());
    assert!(file(folder.path(), "report.html").contains("everybody may"));

    let list = tminus(folder.path(), &["rehearse", "--profile", TESTNET, "--recipients", "9", "--json"]).ended(2);
    assert!(list.error().contains("has no list; leave it out"), "{}", list.error());
}

#[test]
fn a_plan_has_a_list_where_its_profile_pays_one_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let sample = ["distro", "sample", "--count", "9", "--seed", "7", "--total", "6343700", "--out", "list.csv"];
    tminus(path, &sample).ended(0);
    let plan = |profile: &str, more: &[&str]| {
        let plan = ["genesis", "plan", "--profile", profile, "--deployer", DEPLOYER, "--json"];
        tminus(path, &[&plan[..], more].concat())
    };
    for (profile, steps) in [(MINE, 87), (TESTNET, 88)] {
        let document = plan(profile, &[]).ended(0).document();
        assert_eq!(document["plan"]["steps"].as_array().unwrap().len(), steps);
        let error = plan(profile, &["--recipients", "list.csv"]).ended(2).error();
        assert!(error.contains("--recipients") && error.contains("leave it out"), "{error}");
    }
    let error = plan("livepeer-2018", &[]).ended(2).error();
    assert!(error.contains("--recipients") && error.contains("pays the crowd's part to a list"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merkle_mine_needs_a_chain_that_is_beyond_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let young = Anvil::spawn(&[]).await;
    let rehearse = |url: &str| {
        tminus(folder.path(), &["rehearse", "--profile", MINE, "--recipients", "20", "--fresh", "--json", "--rpc", url])
    };
    let error = rehearse(&young.url).ended(2).error();
    assert!(error.contains("at block 0") && error.contains("anvil --number 5264265"), "{error}");
    assert_eq!((young.height().await, nonce(&young).await), (0, 0), "nothing was sent");

    let old = Anvil::spawn(&["--number", "5264265"]).await;
    all_held(&rehearse(&old.url).ended(0).document(), 4);
    assert_eq!(nonce(&old).await, 87);

    // a genesis commits to the root of 2018, not to a synthetic one
    let launch = ["--profile", MINE, "--rehearsal", "--json", "--rpc", &old.url];
    let genesis = |action: &[&str]| tminus(folder.path(), &[&["genesis"], action, &launch].concat());
    let applied = genesis(&["apply", "--dev-keys", "0", "--yes", "--base-nonce", "87"]).ended(0).document();
    assert_eq!((&applied["checks"]["failed"], &applied["checks"]["inconclusive"]), (&json!(0), &json!(0)));
    assert_eq!(nonce(&old).await, 2 * 87);
    let audited = genesis(&["audit", "--deployer", DEPLOYER]).ended(0).document();
    let mine: Address = audited["deployment"]["addresses"]["Distribution"].as_str().unwrap().parse().unwrap();
    let root: B256 = old.rpc.view(mine, MerkleMine::genesisRootCall {}, BlockId::latest()).await.unwrap();
    assert_eq!(root.to_string(), "0x53f35a304a1e1e20d6648e09bb3073ccd44a5bf1638a01355897a71e801879f8");
    let count: U256 = old.rpc.view(mine, MerkleMine::totalGenesisRecipientsCall {}, BlockId::latest()).await.unwrap();
    assert_eq!(count, U256::from(2_598_071));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_network_is_planned_applied_once_and_audited() {
    let anvil = Anvil::spawn(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let launch = ["--profile", TESTNET, "--rehearsal", "--json", "--rpc", &anvil.url];
    let genesis = |action: &[&str]| tminus(folder.path(), &[&["genesis"], action, &launch].concat());
    let apply = ["apply", "--dev-keys", "0", "--yes"];
    assert_eq!(genesis(&apply).ended(0).document()["checks"]["failed"], 0);
    genesis(&apply).ended(0).says(&["1/88 genesis/deploy/Controller was done", "87/88 genesis/faucet-owner was done"]);
    assert_eq!(nonce(&anvil).await, 88);
    let audited = genesis(&["audit", "--deployer", DEPLOYER]).ended(0).document();
    assert_eq!(audited["checks"]["inconclusive"], 0);

    // a proxied manager is called through the interface of its code; left paused, and governance's
    let book = folder.path().join("deployments/livepeer-testnet-rehearsal");
    let entry = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(book.join(format!("{name}.json"))).unwrap()).unwrap()
    };
    let (proxy, code) = (entry("BondingManager"), entry("BondingManagerTarget"));
    assert_eq!(proxy["abi"], code["abi"]);
    assert_ne!((&proxy["address"], &proxy["bytecodeHash"]), (&code["address"], &code["bytecodeHash"]));
    let id = "0xfc6f6f33d2bb065ac61cbdd4dbe4b7adf6f3e7e6c6a3d1fe297cbf9a187092e4";
    assert_eq!(proxy["args"], json!([entry("Controller")["address"], id]));
    let controller: Address = entry("Controller")["address"].as_str().unwrap().parse().unwrap();
    assert!(anvil.rpc.view(controller, Controller::pausedCall {}, BlockId::latest()).await.unwrap());
    assert!(entry("LivepeerTokenFaucet")["args"][1] == "10000000000000000000" && entry("IdentityVerifier").is_object());

    // another profile's contracts are not those
    let other = ["genesis", "plan", "--profile", MINE, "--rehearsal", "--deployer", DEPLOYER, "--json", "--rpc"];
    let error = tminus(folder.path(), &[&other[..], &[&anvil.url]].concat()).ended(2).error();
    assert!(error.contains("(faucet, identity-verifier)") && error.contains("--base-nonce 88"), "{error}");
}
