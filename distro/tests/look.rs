//! Audit and balance scanner against a chain that was tampered with.

mod support;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, U256, keccak256},
    sol_types::{SolCall, SolValue},
};
use support::{Kind, Launch, World, list, with_recipient};
use tminus_chain::{evidence::Verdict, rpc::RpcError};
use tminus_contracts::bindings::{LivepeerToken, PlainERC20, TokenDistributor};
use tminus_distro::{
    audit::{AuditOptions, AuditReport, audit},
    recipients::Entry,
    run::{RunOptions, run},
    scanner::{BALANCES_A_CALL, balances},
};

async fn paid(count: u32) -> (World, Launch) {
    let world = World::new().await;
    let launch = world.launch(Kind::Launch, count, 21).await;
    let outbox = world.outbox("a.sqlite").await;
    run(&outbox, launch.address, &launch.committed, &world.options(1), &|_| {}).await.unwrap();
    (world, launch)
}

async fn audit_now(world: &World, launch: &Launch) -> AuditReport {
    let at = world.rpc.block(alloy::eips::BlockNumberOrTag::Latest).await.unwrap().number;
    audit(&launch.distributor, &launch.committed, AuditOptions { at: Some(at), before: None }).await
}

fn verdicts(report: &AuditReport, verdict: Verdict) -> Vec<&str> {
    report.findings.iter().filter(|finding| finding.verdict == verdict).map(|finding| finding.check.as_str()).collect()
}

/// The slot of a balance in LivepeerToken, found by looking where the balance is.
async fn balance_slot(world: &World, launch: &Launch, holder: Address) -> U256 {
    let balance = world.balance(launch.token, holder).await;
    for base in 0..20u64 {
        let slot = U256::from_be_bytes(keccak256((holder, U256::from(base)).abi_encode()).0);
        let value: B256 = world.rpc.request("eth_getStorageAt", (launch.token, slot, "latest")).await.unwrap();
        if U256::from_be_bytes(value.0) == balance {
            return slot;
        }
    }
    panic!("no slot holds the balance of {holder}");
}

#[tokio::test]
async fn one_wrong_unit_among_thousands_is_found() {
    let (world, launch) = paid(2_000).await;
    assert_eq!(audit_now(&world, &launch).await.verdict(), Verdict::Holds);

    let victim = launch.committed.list.get(1_234).unwrap();
    let slot = balance_slot(&world, &launch, victim.address).await;
    let wrong = B256::from(U256::from(victim.amount - 1));
    let _: bool = world.rpc.request("anvil_setStorageAt", (launch.token, slot, wrong)).await.unwrap();
    world.dev.mine(1).await.unwrap();

    let report = audit_now(&world, &launch).await;
    assert_eq!(verdicts(&report, Verdict::Fails), ["distribution.recipients"]);
    assert_eq!((report.compared, report.exact, report.mismatching), (2_000, 1_999, 1));
    let mismatch = &report.mismatches[0];
    assert_eq!((mismatch.recipient, mismatch.index), (victim.address, 1_234));
    assert_eq!((mismatch.expected, mismatch.after), (U256::from(victim.amount), U256::from(victim.amount - 1)));
    // the block that did the last chunk was fine, and that is what is looked at unless told otherwise
    let then = audit(&launch.distributor, &launch.committed, AuditOptions::default()).await;
    assert_eq!(then.verdict(), Verdict::Holds);
}

#[tokio::test]
async fn a_transfer_between_recipients_is_told_as_two_mismatches() {
    let (world, launch) = paid(300).await;
    let (a, b) = (launch.committed.list.get(7).unwrap(), launch.committed.list.get(8).unwrap());
    let ether = U256::from(10).pow(U256::from(18));
    world.dev.set_balance(a.address, ether).await.unwrap();
    let data = LivepeerToken::transferCall { to: b.address, value: U256::from(5) }.abi_encode();
    world.dev.send_as(a.address, launch.token, data.into()).await.unwrap();
    let report = audit_now(&world, &launch).await;
    assert_eq!(verdicts(&report, Verdict::Fails), ["distribution.recipients"]);
    assert_eq!(report.mismatches.iter().map(|mismatch| mismatch.index).collect::<Vec<_>>(), [7, 8]);
    let observed = &report.findings.last().unwrap().observed;
    assert!(observed.contains("298 of 300") && observed.contains(&a.address.to_string()), "{observed}");
}

/// A list whose first recipient, the zero address, could not be paid and has its amount of 77 reserved.
async fn paid_but_one(count: u32) -> (World, Launch) {
    let world = World::new().await;
    let poisoned = with_recipient(&list(count, 21), Entry { address: Address::ZERO, amount: 77 });
    let launch = world.launch_list(Kind::Plain, poisoned, true).await;
    let outbox = world.outbox("a.sqlite").await;
    let skipping = RunOptions { skip_poison: true, ..world.options(0) };
    run(&outbox, launch.address, &launch.committed, &skipping, &|_| {}).await.unwrap();
    (world, launch)
}

/// The zero address, which a development chain lets speak, claims what is reserved for it.
async fn claim(world: &World, launch: &Launch, to: Address) {
    let tree = &launch.committed.tree;
    let claim = TokenDistributor::claimReservedCall {
        index: U256::ZERO,
        chunkEntries: launch.committed.list.slice(tree.recipients(0..1)).to_vec().into(),
        proof: tree.range_proof(0..1).unwrap(),
        to,
    };
    world.dev.send_as(Address::ZERO, launch.address, claim.abi_encode().into()).await.unwrap();
}

#[tokio::test]
async fn a_reserved_amount_that_was_claimed_is_where_its_recipient_wanted_it() {
    // somebody who is not in the list, and somebody who is
    for in_the_list in [false, true] {
        let (world, launch) = paid_but_one(300).await;
        let reserved = audit_now(&world, &launch).await;
        assert_eq!((reserved.verdict(), reserved.exact, reserved.claimed_elsewhere), (Verdict::Holds, 301, 0));
        let to = if in_the_list { launch.committed.list.get(200).unwrap().address } else { Address::repeat_byte(0x55) };
        claim(&world, &launch, to).await;
        let report = audit_now(&world, &launch).await;
        assert_eq!((report.verdict(), report.mismatches), (Verdict::Holds, vec![]), "in the list: {in_the_list}");
        assert_eq!((report.exact, report.claimed_elsewhere), (301, 1));
        let observed = &report.findings.last().unwrap().observed;
        assert!(observed.contains("301 of 301") && observed.contains("1 had its reserved amount sent"), "{observed}");

        // one unit more than the claim explains is one unit too many
        let data = PlainERC20::transferCall { to: launch.committed.list.get(5).unwrap().address, value: U256::ONE };
        world.dev.send_as(to, launch.token, data.abi_encode().into()).await.unwrap();
        let tampered = audit_now(&world, &launch).await;
        assert_eq!(verdicts(&tampered, Verdict::Fails), ["distribution.recipients"]);
        let wrong: Vec<_> = tampered.mismatches.iter().map(|mismatch| mismatch.index).collect();
        assert_eq!(wrong, if in_the_list { vec![5, 200] } else { vec![5] });
    }
}

#[tokio::test]
async fn before_anything_is_paid_the_audit_says_so_and_no_recipient_differs() {
    let world = World::new().await;
    let launch = world.launch(Kind::Plain, 300, 22).await;
    let report = audit_now(&world, &launch).await;
    assert_eq!(verdicts(&report, Verdict::Fails), ["distribution.done"]);
    assert_eq!((report.exact, report.before), (300, report.at));
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_unknown() {
    let (_world, launch) = paid(100).await;
    let nowhere = AuditOptions { at: Some(1_000_000), before: None };
    let report = audit(&launch.distributor, &launch.committed, nowhere).await;
    assert_eq!(report.verdict(), Verdict::Unknown);
    let unknown = verdicts(&report, Verdict::Unknown);
    assert!(
        unknown.contains(&"distribution.recipients") && unknown.contains(&"distribution.accounting"),
        "{unknown:?}"
    );
    assert_eq!(report.compared, 0);
}

#[tokio::test]
async fn another_distributor_fails_every_fact_that_differs() {
    let (world, launch) = paid(100).await;
    let other = support::committed(support::list(100, 99), support::CHAIN, launch.token);
    let report = audit(&launch.distributor, &other, AuditOptions::default()).await;
    let fails = verdicts(&report, Verdict::Fails);
    assert!(fails.contains(&"distribution.root") && fails.contains(&"distribution.recipients"), "{fails:?}");
    let plain = audit(
        &tminus_distro::distributor::Distributor::new(world.rpc.clone(), launch.token),
        &launch.committed,
        AuditOptions::default(),
    )
    .await;
    assert_ne!(plain.verdict(), Verdict::Holds);
}

#[tokio::test]
async fn the_scanner_agrees_with_balance_of() {
    let (world, launch) = paid(300).await;
    let words = launch.committed.list.packed();
    let scanned = balances(&world.rpc, launch.token, words, BlockId::latest()).await.unwrap();
    assert_eq!(scanned.len(), 300);
    for (entry, scanned) in launch.committed.list.iter().zip(&scanned) {
        assert_eq!(world.balance(launch.token, entry.address).await, *scanned);
        assert_eq!(U256::from(entry.amount), *scanned);
    }
    // more than one call's worth, and one entry alone
    let many: Vec<u8> = words.iter().copied().cycle().take(32 * (BALANCES_A_CALL + 1)).collect();
    let scanned_many = balances(&world.rpc, launch.token, &many, BlockId::latest()).await.unwrap();
    assert_eq!(scanned_many.len(), BALANCES_A_CALL + 1);
    assert!(scanned_many.iter().zip(scanned.iter().cycle()).all(|(a, b)| a == b));
    assert_eq!(balances(&world.rpc, launch.token, &words[..32], BlockId::latest()).await.unwrap(), scanned[..1]);
    assert!(balances(&world.rpc, launch.token, &[], BlockId::latest()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_scanner_never_guesses_a_balance() {
    let (world, launch) = paid(100).await;
    let words = &launch.committed.list.packed()[..64];
    // no code, and a contract without balanceOf
    for token in [Address::repeat_byte(0x55), launch.address] {
        let error = balances(&world.rpc, token, words, BlockId::latest()).await.unwrap_err();
        assert!(matches!(error, RpcError::Reverted(_)), "{error}");
    }
}
