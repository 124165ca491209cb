//! Each rule of the pool: the words, and what it does.

mod support;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Bytes, U256},
    providers::Provider,
    transports::RpcError,
};
use support::{count, draft, ether, id, refusal, send, sender, world, world_of};
use tminus_adversary::{Draft, WorldConfig, keys};

#[tokio::test]
async fn a_replacement_is_a_tenth_higher_in_both_fields() {
    let (world, _, provider) = world();
    let old = draft(0);
    send(&provider, old.sign()).await.unwrap();
    let with = |max_fee: u128, tip: u128| Draft { max_fee, tip, ..old.clone() };
    let underpriced = "replacement transaction underpriced";
    for (fee, tip) in [
        (old.max_fee * 110 / 100, old.tip),
        (old.max_fee, old.tip * 110 / 100),
        (old.max_fee * 110 / 100, old.tip * 110 / 100 - 1),
        (old.max_fee * 110 / 100 - 1, old.tip * 110 / 100),
    ] {
        assert_eq!(refusal(&provider, &with(fee, tip)).await, underpriced, "{fee} {tip}");
    }
    assert_eq!(refusal(&provider, &old).await, "already known");
    let new = send(&provider, with(old.max_fee * 110 / 100, old.tip * 110 / 100).sign()).await.unwrap();
    assert_eq!(world.pooled(), [new]);
}

#[tokio::test]
async fn small_values_must_be_strictly_higher_too() {
    let (world, _, provider) = world();
    world.min_tip(0);
    world.base_fee(Some(1));
    let old = Draft { max_fee: 5, tip: 0, ..draft(0) };
    send(&provider, old.sign()).await.unwrap();
    // 5 * 110 / 100 is 5 in integers, and 0 is ten per cent above 0
    let same_fee = Draft { max_fee: 5, tip: 1, ..old.clone() };
    let same_tip = Draft { max_fee: 6, tip: 0, ..old.clone() };
    assert_eq!(refusal(&provider, &same_fee).await, "replacement transaction underpriced");
    assert_eq!(refusal(&provider, &same_tip).await, "replacement transaction underpriced");
    send(&provider, Draft { max_fee: 6, tip: 1, ..old }.sign()).await.unwrap();
}

#[tokio::test]
async fn nonces_too_low_are_refused_and_gaps_wait() {
    let (world, _, provider) = world();
    send(&provider, count("a", 1).sign()).await.unwrap();
    world.mine(1);
    assert_eq!((world.effects(id("a")), world.pooled().len()), (0, 1), "a gap is queued, not executed");
    let pending = provider.get_transaction_count(sender()).block_id(BlockNumberOrTag::Pending.into());
    assert_eq!(pending.await.unwrap(), 0);
    send(&provider, count("b", 0).sign()).await.unwrap();
    let pending = provider.get_transaction_count(sender()).block_id(BlockNumberOrTag::Pending.into());
    assert_eq!(pending.await.unwrap(), 2);
    world.mine(1);
    assert_eq!((world.effects(id("a")), world.effects(id("b"))), (1, 1));
    assert_eq!(refusal(&provider, &count("a", 1)).await, "nonce too low: next nonce 2, tx nonce 1");
    assert!(world.pooled().is_empty());
}

#[tokio::test]
async fn what_can_never_be_valid_is_refused_in_geths_words() {
    let (world, _, provider) = world();
    world.configure(|config| config.fee_cap = U256::ZERO);
    let base = Draft { max_fee: 2_000_000_000, ..draft(0) };
    let text = async |draft: Draft| refusal(&provider, &draft).await;
    let oversized = Draft { data: vec![0; 140_000].into(), gas: 15_000_000, ..base.clone() };
    assert!(text(oversized).await.starts_with("oversized data: transaction size 140"));
    let initcode = Draft { to: None, data: vec![0; 49_153].into(), gas: 15_000_000, ..base.clone() };
    assert_eq!(text(initcode).await, "max initcode size exceeded: code size 49153, limit 49152");
    let thirsty = Draft { gas: (1 << 24) + 1, ..base.clone() };
    assert_eq!(text(thirsty.clone()).await, "transaction gas limit too high (cap: 16777216, tx: 16777217)");
    assert_eq!(
        text(Draft { gas: 20_999, ..base.clone() }).await,
        "intrinsic gas too low: gas 20999, minimum needed 21000"
    );
    let floor = Draft { gas: 21_000 + 100 * 16, data: Bytes::from(vec![1; 100]), ..base.clone() };
    assert_eq!(text(floor).await, "insufficient gas for floor data gas cost: gas 22600, minimum needed 25000");
    let tip = Draft { tip: 3_000_000_000, ..base.clone() };
    assert_eq!(text(tip).await, "max priority fee per gas higher than max fee per gas");
    let foreign = Draft { chain_id: 5, ..base.clone() };
    assert_eq!(text(foreign).await, "invalid sender: invalid chain id for signer: have 5 want 31337");
    world.configure(|config| config.block_gas_limit = 50_000);
    assert_eq!(text(base).await, "exceeds block gas limit");
    let rubbish = send(&provider, vec![2, 3, 4].into()).await;
    assert!(matches!(rubbish, Err(RpcError::ErrorResp(error)) if error.message.starts_with("rlp: ")));
    assert!(world.pooled().is_empty());
    assert_eq!(world.sends().len(), 9, "everything that arrived is on record");
    assert!(world.sends()[8].decoded.is_none());
}

#[tokio::test]
async fn a_tip_below_the_minimum_and_a_fee_above_the_cap_are_refused() {
    let (world, _, provider) = world();
    world.min_tip(1_000_000_000);
    let low = Draft { tip: 999_999_999, ..draft(0) };
    assert_eq!(
        refusal(&provider, &low).await,
        "transaction gas price below minimum: gas tip cap 999999999, minimum needed 1000000000"
    );
    let dear = Draft { max_fee: 11_000_000_000_000, ..draft(0) };
    assert_eq!(refusal(&provider, &dear).await, "tx fee (1.10 ether) exceeds the configured cap (1.00 ether)");
    world.configure(|config| config.fee_cap = ether(2));
    send(&provider, dear.sign()).await.unwrap();
}

#[tokio::test]
async fn an_account_pays_for_all_that_waits() {
    let (world, _, provider) = world();
    let one = Draft { value: ether(1), ..draft(0) };
    let cost = U256::from(one.max_fee) * U256::from(one.gas) + ether(1);
    world.set_balance(sender(), cost - U256::ONE);
    let words = refusal(&provider, &one).await;
    let tail = format!("balance {}, tx cost {cost}, overshot 1", cost - U256::ONE);
    assert_eq!(words, format!("insufficient funds for gas * price + value: {tail}"));
    world.set_balance(sender(), cost);
    let hash = send(&provider, one.sign()).await.unwrap();
    let next = Draft { nonce: 1, value: U256::ZERO, ..one.clone() };
    assert!(refusal(&provider, &next).await.contains(&format!("queued cost {cost}, tx cost ")));
    let bumped = Draft { max_fee: one.max_fee * 2, tip: one.tip * 2, ..one };
    assert!(refusal(&provider, &bumped).await.contains("insufficient funds for gas * price + value: balance "));
    // the money goes: what cannot be paid any more leaves the pool, and nobody is told
    assert_eq!(world.pooled(), [hash]);
    world.set_balance(sender(), U256::ZERO);
    assert!(world.pooled().is_empty());
}

#[tokio::test]
async fn a_base_fee_above_the_fee_keeps_it_waiting() {
    let (world, _, provider) = world();
    send(&provider, count("a", 0).sign()).await.unwrap();
    world.base_fee(Some(200_000_000_000));
    world.mine(3);
    assert_eq!((world.effects(id("a")), world.pooled().len()), (0, 1));
    world.base_fee(Some(100_000_000_000));
    world.mine(1);
    assert_eq!(world.effects(id("a")), 1);
}

#[tokio::test]
async fn sixteen_are_guaranteed_and_no_more_when_the_pool_is_crowded() {
    let (world, _, provider) = world_of(WorldConfig { global_slots: 10, ..WorldConfig::default() });
    for nonce in 0..20 {
        send(&provider, Draft { max_fee: 1_000_000_001, ..draft(nonce) }.sign()).await.unwrap();
    }
    world.base_fee(Some(2_000_000_000));
    world.mine(1);
    assert_eq!(world.pooled().len(), 16);
    let pending = provider.get_transaction_count(sender()).block_id(BlockNumberOrTag::Pending.into());
    assert_eq!(pending.await.unwrap(), 16, "the highest nonces went");
}

#[tokio::test]
async fn sixty_four_are_queued_and_no_more() {
    let (world, _, provider) = world();
    for nonce in 1..=70 {
        send(&provider, draft(nonce).sign()).await.unwrap();
    }
    assert_eq!(world.pooled().len(), 64);
}

#[tokio::test]
async fn a_full_pool_takes_what_pays_more_until_it_has_changed_too_much() {
    let limits = WorldConfig { global_slots: 4, global_queue: 0, account_slots: 1, ..WorldConfig::default() };
    let (world, _, provider) = world_of(limits);
    let accounts = keys::accounts();
    let from = |account: usize, tip: u128| Draft { tip, ..Draft::new(accounts[account], 31337, 0) };
    for account in 0..4 {
        send(&provider, from(account, 1_000).sign()).await.unwrap();
    }
    assert_eq!(refusal(&provider, &from(4, 1_000)).await, "transaction underpriced");
    send(&provider, from(4, 2_000).sign()).await.unwrap();
    send(&provider, from(5, 3_000).sign()).await.unwrap();
    assert_eq!(world.pooled().len(), 4, "each took the place of the cheapest");
    assert_eq!(refusal(&provider, &from(6, 4_000)).await, "txpool is full");
    world.base_fee(Some(1_000_000_000_000));
    world.mine(1);
    let gap = Draft { nonce: 5, ..from(6, 4_000) };
    assert_eq!(refusal(&provider, &gap).await, "future transaction tries to replace pending");
}

#[tokio::test]
async fn nothing_waits_longer_than_three_hours() {
    let (world, _, provider) = world();
    world.base_fee(Some(1_000_000_000_000));
    send(&provider, draft(0).sign()).await.unwrap();
    world.advance(60);
    send(&provider, draft(5).sign()).await.unwrap();
    world.advance(10_799 - 60);
    assert_eq!(world.pooled().len(), 2);
    world.advance(1);
    assert_eq!(world.pooled().len(), 1, "three hours");
    world.advance(60);
    assert!(world.pooled().is_empty());
    world.configure(|config| config.pending_lifetime = None);
    send(&provider, draft(0).sign()).await.unwrap();
    send(&provider, draft(5).sign()).await.unwrap();
    world.advance(100_000);
    assert_eq!(world.pooled().len(), 1, "as geth has it, what can be executed stays");
}

#[tokio::test]
async fn transactions_are_dropped_on_request_and_mined_by_tips() {
    let (world, _, provider) = world();
    let accounts = keys::accounts();
    let poor = send(&provider, Draft { tip: 1, ..Draft::new(accounts[1], 31337, 0) }.sign()).await.unwrap();
    let rich = send(&provider, Draft { tip: 2, ..Draft::new(accounts[2], 31337, 0) }.sign()).await.unwrap();
    let gone = send(&provider, Draft::new(accounts[3], 31337, 0).sign()).await.unwrap();
    assert!(world.drop_transaction(gone) && !world.drop_transaction(gone));
    world.mine(1);
    let block = provider.get_block_by_number(1.into()).await.unwrap().unwrap();
    assert_eq!(block.transactions.hashes().collect::<Vec<_>>(), [rich, poor]);
    send(&provider, draft(0).sign()).await.unwrap();
    world.drop_pool();
    world.mine(1);
    assert_eq!(world.nonce(sender()), 0);
}

#[tokio::test]
async fn a_stranger_takes_the_nonce() {
    let (world, _, provider) = world();
    send(&provider, count("a", 0).sign()).await.unwrap();
    let stranger = world.foreign(sender());
    assert_eq!(world.nonce(sender()), 1);
    assert!(world.mined(stranger).unwrap().2 && world.pooled().is_empty());
    assert_eq!(refusal(&provider, &count("a", 0)).await, "nonce too low: next nonce 1, tx nonce 0");
    assert_eq!(world.effects(id("a")), 0);
}

#[tokio::test]
async fn a_witness_sees_the_bytes_before_they_are_taken() {
    let (world, _, provider) = world_of(WorldConfig { automine: true, ..WorldConfig::default() });
    let witness = world.clone();
    world.on_send(move |arrival| {
        let hash = arrival.decoded.as_ref().map(|decoded| decoded.hash).ok_or("undecodable")?;
        if witness.mined(hash).is_some() { Err("too late".to_owned()) } else { Err(format!("seen {hash}")) }
    });
    let hash = send(&provider, count("a", 0).sign()).await.unwrap();
    assert_eq!(world.violations(), [format!("seen {hash}")]);
    assert_eq!(world.effects(id("a")), 1, "mined at once");
    assert_eq!((world.sends()[0].node.as_str(), &world.sends()[0].raw), ("a", &count("a", 0).sign()));
}
