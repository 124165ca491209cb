//! Endpoints of the adversarial node, on a chain that keeps the world's time (chain id 5) unless said otherwise.

use alloy::primitives::{Address, Bytes, U256};
use tminus_adversary::{Fault, Node, Rule, World, WorldConfig, keys};

use super::*;
use crate::{
    evidence::{Finding, Verdict},
    ledger::Pins,
    rpc::{Options, Rpc},
};

/// A chain of a hundred blocks.
fn world(chain_id: u64) -> World {
    let world = World::new(WorldConfig { chain_id, ..WorldConfig::default() });
    world.mine_empty(100);
    world
}

async fn alone(node: &Node) -> Rpc {
    Rpc::over_many(vec![(node.client(), node.label().to_owned())], Options::bare()).await.unwrap()
}

/// Looks at an endpoint at the moment of the chain's newest block, `later` seconds on.
async fn look(node: &Node, later: u64) -> (Facts, Vec<Finding>) {
    let rpc = alone(node).await;
    let head = rpc.block(alloy::eips::BlockNumberOrTag::Latest).await.unwrap();
    endpoint(&rpc, rpc.label(), None, head.timestamp + later).await
}

#[track_caller]
fn one<'f>(findings: &'f [Finding], check: &str, subject: &str) -> &'f Finding {
    let mut found = findings.iter().filter(|finding| finding.check == check && finding.subject == subject);
    let one = found.next().unwrap_or_else(|| panic!("no {check} of {subject} in {findings:#?}"));
    assert!(found.next().is_none(), "{check} of {subject} twice");
    one
}

/// The names of what does not hold.
fn failing(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.verdict != Verdict::Holds).map(|finding| finding.check.as_str()).collect()
}

#[tokio::test]
async fn a_good_endpoint_holds_in_everything() {
    let world = world(5);
    let node = world.node("good");
    let (facts, findings) = look(&node, 6).await;
    assert_eq!(failing(&findings), Vec::<&str>::new(), "{findings:#?}");
    assert_eq!(findings.len(), 10);
    assert_eq!((facts.block_time, facts.patience()), (Some(12), 36));
    let seen = |check| one(&findings, check, "good").observed.as_str();
    assert!(seen("endpoint.head").contains("block 100, 6 s old, one every 12 s"), "{}", seen("endpoint.head"));
    assert!(seen("endpoint.finalized").contains("block 96, 4 blocks and 48 s"), "{}", seen("endpoint.finalized"));
    assert!(seen("endpoint.chain").contains("chain 5 with genesis 0x"), "{}", seen("endpoint.chain"));
    assert_eq!(seen("endpoint.batch"), "batches");
    assert_eq!(seen("endpoint.logs"), "101 blocks at once");
    assert_eq!(rules(&facts.rpc).await.verdict, Verdict::Holds);
}

#[tokio::test]
async fn what_an_endpoint_lacks_fails_and_what_it_does_not_answer_is_unknown() {
    let cases = [
        ("eth_getBlockByNumber", "endpoint.head"),
        ("eth_feeHistory", "endpoint.fees"),
        ("eth_getLogs", "endpoint.logs"),
        ("eth_getTransactionCount", "endpoint.pending"),
        ("eth_getBalance", "endpoint.state"),
    ];
    for (method, check) in cases {
        for (fault, verdict) in
            [(Fault::Cut, Verdict::Unknown), (Fault::Text(-32601, "unknown".into()), Verdict::Fails)]
        {
            // of a refused block it is not said that the chain is old
            let verdict = if check == "endpoint.head" { Verdict::Unknown } else { verdict };
            let node = world(5).node("lacking");
            let rpc = alone(&node).await;
            node.script(Rule::on(method, fault).times(1_000));
            let (_, findings) = endpoint(&rpc, rpc.label(), None, 1_700_001_200).await;
            let finding = one(&findings, check, "lacking");
            assert_eq!(finding.verdict, verdict, "{finding:#?}");
            assert!(cure(check).is_some());
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_stands_still_or_does_not_finalise_fails() {
    let world = world(5);
    let node = world.node("late");
    assert_eq!(failing(&look(&node, 36).await.1), Vec::<&str>::new());
    assert_eq!(failing(&look(&node, 37).await.1), ["endpoint.head"]);
    world.finalize_at(Some(3));
    world.mine_empty(400);
    assert_eq!(failing(&look(&node, 0).await.1), ["endpoint.finalized", "endpoint.state"]);

    // time on a development chain is its own
    let node = self::world(31_337).node("development");
    let (facts, findings) = look(&node, 1_000_000).await;
    assert_eq!(failing(&findings), Vec::<&str>::new());
    assert!(clocks(&facts, 0, None).is_empty());
}

#[tokio::test]
async fn an_endpoint_of_another_chain_than_the_ledger_fails() {
    let node = world(5).node("other");
    let rpc = alone(&node).await;
    let genesis_hash = rpc.first_block().await.unwrap().hash;
    for (pins, verdict) in [
        (Pins { chain_id: 5, genesis_hash }, Verdict::Holds),
        (Pins { chain_id: 1, genesis_hash }, Verdict::Fails),
        (Pins { chain_id: 5, genesis_hash: Default::default() }, Verdict::Fails),
    ] {
        let (_, findings) = endpoint(&rpc, rpc.label(), Some(pins), 1_700_001_200).await;
        assert_eq!(one(&findings, "endpoint.chain", "other").verdict, verdict);
    }
}

#[tokio::test]
async fn limits_of_logs_and_requests_are_found() {
    let world = world(5);
    let node = world.node("limited");
    world.configure(|config| config.logs.range = Some((15, "at most {} blocks".to_owned())));
    let (_, findings) = look(&node, 0).await;
    assert_eq!(one(&findings, "endpoint.logs", "limited").observed, "10 blocks at once");
    let rpc = alone(&node).await;
    node.script(Rule::on("eth_getLogs", Fault::retry_after("7")).times(1_000));
    let (_, findings) = endpoint(&rpc, rpc.label(), None, 1_700_001_200).await;
    let rate = one(&findings, "endpoint.rate", "limited");
    assert_eq!(rate.verdict, Verdict::Fails, "{rate:#?}");
    assert_ne!(one(&findings, "endpoint.logs", "limited").verdict, Verdict::Holds);
}

async fn compare(nodes: &[Node]) -> Vec<Finding> {
    let mut all = Vec::new();
    for node in nodes {
        all.push(look(node, 0).await.0);
    }
    agree(&all).await
}

#[tokio::test]
async fn endpoints_are_held_against_what_most_say() {
    let world = world(5);
    let [a, b, c] = ["a", "b", "c"].map(|label| world.node(label));
    assert!(compare(std::slice::from_ref(&a)).await.is_empty(), "nobody to compare with");
    let findings = compare(&[a.clone(), b.clone(), c.clone()]).await;
    assert_eq!(failing(&findings), Vec::<&str>::new(), "{findings:#?}");
    assert_eq!(findings.len(), 12);

    b.lag(10);
    let findings = compare(&[a.clone(), b.clone(), c.clone()]).await;
    assert_eq!(failing(&findings), ["agreement.head"]);
    assert_eq!(one(&findings, "agreement.head", "b").observed, "block 90, 10 blocks behind");
    b.lag(0);

    let fork = world.fork_at(80);
    fork.mine_empty(20);
    c.follow(&fork);
    let findings = compare(&[a.clone(), b.clone(), c.clone()]).await;
    assert_eq!(failing(&findings), ["agreement.fork", "agreement.finalized"]);
    assert_eq!(one(&findings, "agreement.fork", "c").verdict, Verdict::Fails);
    // of two nobody can tell who is right
    let findings = compare(&[a.clone(), c.clone()]).await;
    assert_eq!(one(&findings, "agreement.fork", "a").verdict, Verdict::Fails);
    assert_eq!(one(&findings, "agreement.fork", "c").verdict, Verdict::Fails);

    let other = self::world(6).node("other");
    let findings = compare(&[a.clone(), b.clone(), other]).await;
    assert_eq!(failing(&findings), ["agreement.chain"]);
    assert_eq!(one(&findings, "agreement.chain", "other").verdict, Verdict::Fails);
    assert_eq!(findings.iter().filter(|finding| finding.subject == "other").count(), 1, "no more is asked of it");
}

#[tokio::test]
async fn an_account_has_to_be_plain_and_to_have_enough() {
    let world = world(5);
    let node = world.node("node");
    let rpc = alone(&node).await;
    let who = keys::accounts()[0];
    assert_eq!(account(&rpc, who, false).await.verdict, Verdict::Holds);
    // ten transactions of 1.6 million gas at one gwei are 0.016 ether
    let least = U256::from(16_000_000_000_000_000u128);
    for (wei, verdict) in [(least, Verdict::Holds), (least - U256::ONE, Verdict::Fails), (U256::ZERO, Verdict::Fails)] {
        world.set_balance(who, wei);
        let finding = balance(&rpc, who).await;
        assert_eq!(finding.verdict, verdict, "{finding:#?}");
    }
    assert!(balance(&rpc, who).await.observed.starts_with("0 ether, which lasts for 0 transactions"));
    let delegation = Bytes::from([&[0xef, 1, 0][..], &[7; 20]].concat());
    world.set_code(who, &delegation);
    let finding = account(&rpc, who, false).await;
    assert_eq!(finding.verdict, Verdict::Fails);
    assert!(finding.observed.contains(&Address::repeat_byte(7).to_string()), "{}", finding.observed);
    assert_eq!(account(&rpc, who, true).await.verdict, Verdict::Holds);
    node.down(true);
    assert_eq!(account(&rpc, who, false).await.verdict, Verdict::Unknown);
    assert_eq!(balance(&rpc, who).await.verdict, Verdict::Unknown);
    assert_eq!(rules(&rpc).await.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn clocks_are_compared_both_ways() {
    let (facts, _) = look(&world(5).node("node"), 0).await;
    let head = facts.head.unwrap().timestamp;
    let chain = |now: u64| clocks(&facts, now, None)[0].verdict;
    assert_eq!([head - 16, head - 15, head + 36, head + 37].map(chain), {
        use Verdict::{Fails, Holds};
        [Fails, Holds, Holds, Fails]
    });
    let http = |there: u64, here: u64| clocks(&facts, head, Some((there, here)))[1].verdict;
    assert_eq!(http(100, 115), Verdict::Holds);
    assert_eq!(http(116, 100), Verdict::Fails);
    assert_eq!(http(100, 116), Verdict::Fails);
}

#[test]
fn keys_in_the_environment_are_told_by_name_alone() {
    let names = |names: &[&str]| environment(names.iter().map(|name| (*name).to_owned()));
    assert_eq!(names(&["PATH", "HOME", "TMINUS_REMOTE_SIGNER", "ETH_RPC_URL"]).verdict, Verdict::Holds);
    let finding = names(&["PATH", "DEPLOYER_PRIVATE_KEY", "mnemonic"]);
    assert_eq!((finding.verdict, finding.observed.as_str()), (Verdict::Fails, "DEPLOYER_PRIVATE_KEY, mnemonic"));
}

#[test]
fn a_key_that_may_open_later_is_unknown() {
    assert_eq!(loaded(Ok(Address::ZERO)).verdict, Verdict::Holds);
    assert_eq!(loaded(Err(("wrong password".to_owned(), false))).verdict, Verdict::Fails);
    assert_eq!(loaded(Err(("no answer".to_owned(), true))).verdict, Verdict::Unknown);
}

#[test]
fn the_disk_is_that_of_the_nearest_folder_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let findings = disk(&folder.path().join("not/yet/there"));
    let names: Vec<_> = findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(names, ["disk.space", "disk.kind", "disk.writable"]);
    for finding in &findings {
        assert_eq!(finding.subject, folder.path().display().to_string());
        assert_ne!(finding.verdict, Verdict::Unknown, "{finding:#?}");
    }
}

#[test]
fn every_check_has_one_sentence() {
    for (check, words) in super::cure::CURES {
        assert!(words.ends_with('.') && words.matches(". ").count() == 0, "{check}: {words}");
        assert_eq!(super::cure::CURES.iter().filter(|(name, _)| name == check).count(), 1, "{check}");
    }
}
