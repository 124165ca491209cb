//! `tminus doctor`: a good anvil, endpoints that are bad, keys, ledgers; its exit codes and its document.

mod support;

use std::{fs, net::TcpListener, path::Path};

use alloy::primitives::Address;
use serde_json::{Value, json};
use support::{
    node::Anvil,
    program::{Run, command, tminus},
    refusal::{contains, refused},
};
use tminus_adversary::{Fault, Rule, World, WorldConfig};

const DEPLOYER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

fn doctor(folder: &Path, arguments: &[&str]) -> Run {
    tminus(folder, &[&["doctor", "--json"], arguments].concat())
}

/// The verdicts of a check, each with what it is about.
#[track_caller]
fn verdicts<'d>(document: &'d Value, check: &str) -> Vec<(&'d str, &'d str)> {
    let findings = document["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    let each = findings.map(|finding| (finding["subject"].as_str().unwrap(), finding["verdict"].as_str().unwrap()));
    let found: Vec<_> = each.collect();
    assert!(!found.is_empty(), "no {check} in {document:#}");
    found
}

#[track_caller]
fn verdict<'d>(document: &'d Value, check: &str) -> &'d str {
    let found = verdicts(document, check);
    assert_eq!(found.len(), 1, "{check} in {document:#}");
    found[0].1
}

fn left_out(document: &Value) -> String {
    document["left_out"].as_array().unwrap().iter().map(|words| words.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_chain_and_a_good_key_hold() {
    let folder = tempfile::tempdir().unwrap();
    let anvil = Anvil::spawn(&[]).await;
    let good = doctor(folder.path(), &["--rpc", &anvil.url, "--dev-keys", "0"]).ended(0).document();
    assert_eq!((&good["counts"]["failed"], &good["counts"]["unknown"]), (&json!(0), &json!(0)), "{good:#}");
    assert_eq!(good["counts"]["held"], good["findings"].as_array().unwrap().len());
    for check in ["endpoint.reachable", "rules.fork", "key.loads", "key.environment", "clock.http", "disk.space"] {
        assert_eq!(verdict(&good, check), "holds");
    }
    assert_eq!(verdicts(&good, "key.balance"), [(DEPLOYER, "holds")]);
    // what nobody asked for is not said to be fine
    let left = left_out(&good);
    contains(&left, &["ledger: there is none", "agreement: one endpoint", "development chain"]);
    assert!(!good.to_string().contains("ledger.opens"));
    let without = doctor(folder.path(), &["--rpc", &anvil.url]).ended(0).document();
    contains(&left_out(&without), &["keys: none was given"]);
    assert!(!without.to_string().contains("key.loads"));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was written");

    let words = tminus(folder.path(), &["doctor", "--rpc", &anvil.url]).ended(0).stdout;
    contains(&words, &["endpoint.head", "ok", "not looked at: keys", "0 do not, 0 could not be looked at"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_endpoints_fail_and_the_good_one_is_still_told() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(WorldConfig::default());
    world.mine_empty(50);
    let [good, twin, lagging] = ["good", "twin", "lagging"].map(|label| world.node(label));
    lagging.lag(20);
    let elsewhere = World::new(WorldConfig { salt: 9, ..WorldConfig::default() }).node("elsewhere");
    let broken = world.node("broken");
    broken.script(Rule::any(Fault::status(503)).times(1_000));
    let mut servers = Vec::new();
    for node in [&good, &twin, &lagging, &elsewhere, &broken] {
        servers.push(node.serve().await.unwrap());
    }
    let urls: Vec<String> = servers.iter().map(|server| server.url().to_owned()).collect();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = format!("http://user:hunter2@{gone}/hunter3");
    let mut arguments: Vec<&str> = urls.iter().flat_map(|url| ["--rpc", url]).collect();
    arguments.extend(["--rpc", &gone]);
    let run = doctor(folder.path(), &arguments).ended(3);
    let document = run.document();
    let of = |check: &str, url: &str| -> String {
        let url = url.trim_end_matches('/');
        let found = verdicts(&document, check);
        found
            .iter()
            .find(|(subject, _)| *subject == url)
            .unwrap_or_else(|| panic!("{check} {url}: {found:?}"))
            .1
            .to_owned()
    };
    assert_eq!([of("endpoint.reachable", &urls[0]), of("endpoint.finalized", &urls[0])], ["holds", "holds"]);
    assert_eq!([of("agreement.head", &urls[0]), of("agreement.head", &urls[2])], ["holds", "fails"]);
    assert_eq!([of("agreement.chain", &urls[1]), of("agreement.chain", &urls[3])], ["holds", "fails"]);
    assert_eq!(of("endpoint.reachable", &urls[4]), "fails");
    let finding = document["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "agreement.head");
    assert!(finding.unwrap().get("cure").is_none(), "what holds needs no cure");
    let lame = document["findings"].as_array().unwrap().iter().find(|finding| finding["verdict"] == "fails").unwrap();
    assert!(lame["cure"].as_str().unwrap().ends_with('.'), "{lame}");
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter"), "{}", run.stdout);

    // an endpoint that falls silent in the middle leaves things open, and that is no failure
    let silent = world.node("silent");
    for method in ["eth_feeHistory", "eth_getLogs"] {
        silent.script(Rule::on(method, Fault::Cut).times(1_000));
    }
    let server = silent.serve().await.unwrap();
    let open = doctor(folder.path(), &["--rpc", server.url()]).ended(5).document();
    assert_eq!((verdict(&open, "endpoint.fees"), &open["counts"]["failed"]), ("unknown", &json!(0)));

    // two of one provider are told apart, and with a comma they are two as well
    let twice = format!("{0}?key=hunter4,{0}?key=hunter5", urls[0]);
    let run = doctor(folder.path(), &["--rpc", &twice]).ended(0);
    let second = format!("{} (2)", urls[0].trim_end_matches('/'));
    assert!(verdicts(&run.document(), "agreement.fork").iter().any(|(subject, _)| *subject == second));
    assert!(!run.stdout.contains("hunter"), "{}", run.stdout);
    contains(&refused(folder.path(), &["doctor", "--rpc", &urls[0], "--rpc", &urls[0]]), &["--rpc", "given twice"]);

    let words = tminus(folder.path(), &["doctor", "--rpc", &urls[0], "--rpc", &urls[2]]).ended(3).stdout;
    contains(&words, &["FAIL agreement.head", "20 blocks behind", "Leave out the endpoint that is behind"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_do_not_open_or_lie_about_fail() {
    let folder = tempfile::tempdir().unwrap();
    let anvil = Anvil::spawn(&[]).await;
    fs::write(folder.path().join("password"), "hunter2").unwrap();
    fs::write(folder.path().join("key"), "{}").unwrap();
    let key = ["--rpc", &anvil.url, "--keystore", "key", "--password-file", "password"];
    let document = doctor(folder.path(), &key).ended(3).document();
    assert_eq!(verdict(&document, "key.loads"), "fails");
    assert!(!document.to_string().contains("key.balance"), "of whom?");
    let remote =
        doctor(folder.path(), &["--rpc", &anvil.url, "--remote-signer", "http://127.0.0.1:1"]).ended(5).document();
    assert_eq!(verdict(&remote, "key.loads"), "unknown");

    let arguments = ["doctor", "--json", "--rpc", &anvil.url, "--dev-keys", "1"];
    let mut with_key = command(folder.path(), &arguments);
    with_key.env("DEPLOYER_PRIVATE_KEY", "hunter3");
    let run = Run::of(&arguments, &with_key.output().unwrap()).ended(3);
    assert_eq!(verdict(&run.document(), "key.environment"), "fails");
    assert!(run.stdout.contains("DEPLOYER_PRIVATE_KEY") && !run.stdout.contains("hunter3"));

    let poor: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse().unwrap();
    let _: Value = anvil.rpc.request("anvil_setBalance", json!([poor, "0x1"])).await.unwrap();
    let document = doctor(folder.path(), &["--rpc", &anvil.url, "--dev-keys", "1"]).ended(3).document();
    assert_eq!(verdict(&document, "key.balance"), "fails");

    contains(&refused(folder.path(), &["doctor", "--rpc", "ftp://user:hunter2@there"]), &["--rpc", "http(s)"]);
    contains(&refused(folder.path(), &["doctor", "--dev-keys", "1", "--ledger"]), &["give one of them"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledgers_are_held_against_their_chain() {
    let folder = tempfile::tempdir().unwrap();
    let anvil = Anvil::spawn(&[]).await;
    let launch = ["--profile", "livepeer-testnet", "--rehearsal", "--yes", "--dev-keys", "0", "--rpc", &anvil.url];
    tminus(folder.path(), &[&["genesis", "apply"], &launch[..]].concat()).ended(0);
    let here = ["--rpc", anvil.url.as_str()];
    let named = ["--network", "livepeer-testnet-rehearsal"];
    for arguments in [&here[..], &[&here[..], &named[..]].concat()] {
        let document = doctor(folder.path(), arguments).ended(0).document();
        for check in ["ledger.opens", "ledger.pages", "ledger.waiting", "ledger.nonces", "key.balance"] {
            assert_eq!(verdict(&document, check), "holds", "{document:#}");
        }
    }

    // somebody else signs with its key
    let from: Address = DEPLOYER.parse().unwrap();
    anvil.send(from, Some(Address::ZERO), Default::default()).await;
    let document = doctor(folder.path(), &here).ended(3).document();
    assert_eq!((verdict(&document, "ledger.nonces"), verdict(&document, "ledger.opens")), ("fails", "holds"));

    // a ledger of another chain, asked for by name or only lying there
    let other = Anvil::spawn(&["--timestamp", "1000000000"]).await;
    let document = doctor(folder.path(), &[&["--rpc", &other.url], &named[..]].concat()).ended(3).document();
    assert_eq!(verdict(&document, "endpoint.chain"), "fails");
    let document = doctor(folder.path(), &["--rpc", &other.url]).ended(0).document();
    contains(&left_out(&document), &["the nonces of", "no endpoint of its chain"]);
    // without any endpoint
    let document = doctor(folder.path(), &[]).ended(0).document();
    contains(&left_out(&document), &["no --rpc was given"]);
    assert_eq!(verdict(&document, "ledger.pages"), "holds");

    let file = folder.path().join(".tminus/livepeer-testnet-rehearsal/ledger.sqlite");
    fs::write(&file, "this is no ledger, and long enough to be looked at as a file of SQLite would be").unwrap();
    assert_eq!(verdict(&doctor(folder.path(), &[]).ended(3).document(), "ledger.opens"), "fails");
    let document = doctor(folder.path(), &["--network", "no-such"]).ended(0).document();
    contains(&left_out(&document), &["ledger: there is none of no-such"]);
}
