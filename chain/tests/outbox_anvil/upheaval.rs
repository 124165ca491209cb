//! Reorganisations, dropped transactions, prices that jump, cut connections: each effect happens once.

use alloy::primitives::{B256, U256};
use serde_json::{Value, json};
use tminus_chain::{
    outbox::{OutboxEvent, Until},
    rpc::Rpc,
};

use crate::{
    bench::{BLOCKS, Bench, ask, between, pays, random},
    support::{DEPLOYER, anvil, cut::Proxy},
};

const COUNT: u64 = 120;

/// Final after 16 blocks: what is undone here was never final.
const SHALLOW: [&str; 4] = [BLOCKS[0], BLOCKS[1], "--slots-in-an-epoch", "8"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_are_reorganised_away_again_and_again() {
    let bench = Bench::on(anvil::spawn(&SHALLOW)).await;
    let outbox = bench.open().await.unwrap();
    let mut random = random();
    let mut reorganised = 0;
    let storm = async {
        loop {
            bench.blocks(between(&mut random, 2, 6)).await;
            // anvil forgets the transactions of the blocks that it takes back
            ask(&bench.rpc, "anvil_reorg", json!([between(&mut random, 1, 6), []])).await;
            reorganised += 1;
            if reorganised == 12 {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        done = outbox.execute_independent(pays(COUNT), Until::Finalized) => {
            assert!(done.unwrap().iter().all(|settled| settled.success && settled.finalized));
        }
        () = storm => {}
    }
    assert!(reorganised >= 5, "only {reorganised} reorganisations while it ran");
    let gone = bench.warnings().iter().filter(|words| words.contains("was reorganised away")).count();
    assert!(gone > 0, "no reorganisation was noticed: {:?}", bench.warnings());
    bench.each_once(COUNT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_forgets_transactions_that_it_had_taken() {
    let bench = Bench::on(anvil::spawn(&["--no-mining", "--slots-in-an-epoch", "1"])).await;
    let outbox = bench.open().await.unwrap();
    let mut random = random();
    let mut dropped = 0;
    // nobody mines but this: each block is preceded by a loss
    let miner = async {
        loop {
            let mut waiting = pool(&bench.rpc).await;
            for _ in 0..between(&mut random, 0, 3) {
                if dropped < 40 && !waiting.is_empty() {
                    let index = between(&mut random, 0, waiting.len() as u64 - 1);
                    ask(&bench.rpc, "anvil_dropTransaction", (waiting.swap_remove(index as usize),)).await;
                    dropped += 1;
                }
            }
            ask(&bench.rpc, "anvil_mine", (U256::ONE,)).await;
            tokio::time::sleep(bench.config.poll).await;
        }
    };
    tokio::select! {
        done = outbox.execute_independent(pays(COUNT), Until::Finalized) => { done.unwrap(); }
        () = miner => {}
    }
    assert!(dropped >= 10, "only {dropped} were dropped");
    bench.each_once(COUNT).await;
}

/// Transactions that anvil holds of the account that sends.
async fn pool(rpc: &Rpc) -> Vec<B256> {
    let content = ask(rpc, "txpool_content", ()).await;
    let of = |part: &str| -> Vec<B256> {
        let accounts = content[part].as_object().cloned().unwrap_or_default();
        let own = accounts.into_iter().filter(|(account, _)| account.parse() == Ok(DEPLOYER));
        let all = own.flat_map(|(_, nonces)| nonces.as_object().cloned().unwrap_or_default());
        all.filter_map(|(_, transaction)| transaction["hash"].as_str()?.parse().ok()).collect()
    };
    [of("pending"), of("queued")].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_base_fee_jumps_above_what_is_out_and_above_the_ceiling() {
    let bench = Bench::on(anvil::spawn(&["--no-mining", "--slots-in-an-epoch", "1"])).await;
    let outbox = bench.open().await.unwrap();
    let limited =
        || bench.events.all().iter().any(|event| matches!(event, OutboxEvent::Waiting(why) if why.contains("limit")));
    let mine = async |price: Option<u64>| {
        if let Some(price) = price {
            ask(&bench.rpc, "anvil_setNextBlockBaseFeePerGas", (U256::from(price),)).await;
        }
        ask(&bench.rpc, "anvil_mine", (U256::ONE,)).await;
        tokio::time::sleep(bench.config.poll).await;
    };
    let miner = async {
        while pool(&bench.rpc).await.is_empty() {
            tokio::time::sleep(bench.config.poll).await;
        }
        // ten times what is out offers, until it is raised
        while bench.bumps() == 0 {
            mine(Some(20_000_000_000)).await;
        }
        // above the ceiling of 100 gwei, until that is told; then empty blocks bring it down
        while !limited() {
            mine(Some(150_000_000_000)).await;
        }
        loop {
            mine(None).await;
        }
    };
    tokio::select! {
        done = outbox.execute_independent(pays(COUNT), Until::Finalized) => { done.unwrap(); }
        () = miner => {}
    }
    assert!(bench.bumps() > 0 && limited(), "{:?}", bench.events.all());
    bench.each_once(COUNT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_cut_in_the_middle_of_questions_and_answers() {
    let bench = Bench::on(anvil::spawn(&SHALLOW)).await;
    let proxy = Proxy::before(&bench.anvil.url, random()).await;
    let rpc = Rpc::connect(&proxy.url).await.unwrap();
    let outbox = bench.open_over(rpc).await.unwrap();
    proxy.cut_from_now_on();
    outbox.execute_independent(pays(COUNT), Until::Finalized).await.unwrap();
    assert!(proxy.cuts() >= 10, "only {} connections were cut", proxy.cuts());
    bench.each_once(COUNT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorganisation_below_finality_stops_everything() {
    let mut bench = Bench::on(anvil::spawn(&["--slots-in-an-epoch", "1"])).await;
    bench.config.dev = Some(tminus_chain::dev::Dev::attach(&bench.rpc).await.unwrap());
    let outbox = bench.open().await.unwrap();
    outbox.execute_independent(pays(4), Until::Finalized).await.unwrap();
    let before = bench.rpc.nonce(DEPLOYER, alloy::eips::BlockId::latest()).await.unwrap();
    assert_eq!(before, 4);
    ask(&bench.rpc, "anvil_reorg", json!([12, []])).await;
    // asked again, what is final on paper is not there any more
    let again = outbox.execute_independent(pays(5), Until::Finalized).await.unwrap_err().to_string();
    assert!(again.contains("not the chain this journal was written on"), "{again}");
    drop(outbox);
    let opened = bench.open().await.unwrap_err().to_string();
    assert!(opened.contains("not the chain this journal was written on"), "{opened}");
    // nothing was signed for it
    let waiting: Value = ask(&bench.rpc, "txpool_status", ()).await;
    assert_eq!((&waiting["pending"], &waiting["queued"]), (&json!("0x0"), &json!("0x0")));
}
