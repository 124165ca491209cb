//! Random faults, kills, reorganisations and strangers, then calm: everything happened exactly once.
//!
//! `SEEDS=from..to` chooses the runs; a failure names its seed.

mod support;

use std::{collections::HashMap, time::Duration};

use alloy::primitives::{Address, B256, Bytes};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha12Rng;
use support::{
    DEPLOYER, Events, config,
    fake::{FakeNode, OnSend},
    intent,
};
use tminus_chain::{
    dev::Dev,
    outbox::{Intent, Outbox, OutboxConfig, OutboxError, Until},
    signer::Signers,
};

const METHODS: [&str; 8] = [
    "eth_call",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_getBalance",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_getBlockByNumber",
    "eth_sendRawTransaction",
];

const SENDS: [OnSend; 13] = [
    OnSend::Honest,
    OnSend::TakenThenError("internal error"),
    OnSend::TakenThenError("already known"),
    OnSend::TakenThenError("execution reverted: nonce too low"),
    OnSend::TakenThenCut,
    OnSend::TakenThenHang,
    OnSend::Error("502 Bad Gateway"),
    OnSend::Error("txpool is full"),
    OnSend::Error("nonce too low"),
    OnSend::Error("replacement transaction underpriced"),
    OnSend::Cut,
    OnSend::Hang,
    OnSend::MinedThenError("nonce too low"),
];

fn seeds() -> std::ops::Range<u64> {
    let text = std::env::var("SEEDS").unwrap_or_else(|_| "0..20".to_owned());
    let (from, to) = text.split_once("..").expect("SEEDS=from..to");
    from.parse().unwrap()..to.parse().unwrap()
}

fn pays() -> Vec<Intent> {
    (0..10).map(|n| intent(&format!("pay/{n}"), Some(Address::repeat_byte(0x11)), Bytes::from(vec![n; 4]))).collect()
}

/// Mines, reorganises and lets a stranger in, a little at every turn of the runtime.
async fn weather(node: FakeNode, mut rng: ChaCha12Rng) {
    loop {
        for _ in 0..rng.random_range(1..25) {
            tokio::task::yield_now().await;
        }
        let mut state = node.lock();
        match rng.random_range(0..12) {
            0..=2 => {
                // never deeper than what is final
                let depth = rng.random_range(1..=2).min(state.blocks.len().saturating_sub(5));
                state.reorg(depth, rng.random_bool(0.5));
            }
            3 => state.mine_foreign(DEPLOYER),
            4 => state.pool.clear(),
            5 => state.base_fee = rng.random_range(1..3_000_000_000),
            _ => state.mine_block(),
        }
    }
}

async fn one_run(seed: u64) {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let node = FakeNode::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let mut config = OutboxConfig {
        bump_after: Duration::from_millis(10),
        poll: Duration::from_millis(1),
        in_flight: rng.random_range(1..=16),
        ..config()
    };
    let witness = file.clone();
    node.lock().witness = Some(Box::new(move |hash| assert!(journaled(&witness, hash), "{hash} was not journaled")));
    let work = |config: OutboxConfig| {
        let (node, file) = (node.clone(), file.clone());
        async move {
            let rpc = node.rpc().await;
            let signers = Signers::dev(rpc.chain_id(), 1).unwrap();
            let outbox = Outbox::open(rpc, &file, signers, config, Events::default().sink()).await?;
            outbox.execute_independent(pays(), Until::Finalized).await
        }
    };
    for _ in 0..6 {
        {
            let mut state = node.lock();
            let sends: Vec<_> = (0..rng.random_range(0..8)).map(|_| SENDS.choose(&mut rng).unwrap().clone()).collect();
            state.on_send.extend(sends);
            state.hide_receipts = rng.random_range(0..6);
            state.hang = METHODS.choose(&mut rng).filter(|_| rng.random_bool(0.3)).copied().into_iter().collect();
            state.cut = METHODS.iter().map(|method| (*method, rng.random_range(0..3))).collect();
        }
        let outcome = tokio::select! {
            outcome = work(config.clone()) => Some(outcome),
            () = node.hung() => None,
            () = weather(node.clone(), ChaCha12Rng::seed_from_u64(rng.random())) => None,
            () = tokio::time::sleep(Duration::from_millis(rng.random_range(1..120))) => None,
        };
        match outcome {
            None | Some(Ok(_) | Err(OutboxError::Rpc(_) | OutboxError::Halted(_))) => {}
            Some(Err(error)) => panic!("seed {seed}: {error}"),
        }
    }
    {
        let mut state = node.lock();
        state.on_send.clear();
        state.hang.clear();
        state.cut.clear();
        state.hide_receipts = 0;
        state.mine_block();
        state.automine = true;
    }
    config.dev = Some(Dev::attach(&node.rpc().await).await.unwrap());
    let done = work(config).await.unwrap_or_else(|error| panic!("seed {seed}: after the storm: {error}"));
    assert!(done.iter().all(|settled| settled.success && settled.finalized), "seed {seed}");
    check(&node, seed);
}

/// Each payload once; for one nonce one payload; every replacement legal over all before it.
fn check(node: &FakeNode, seed: u64) {
    let state = node.lock();
    for n in 0..10 {
        assert_eq!(state.mined_with(&[n; 4]).len(), 1, "seed {seed}: pay/{n}");
    }
    let mut by_nonce: HashMap<u64, Vec<(B256, &Bytes, u128, u128)>> = HashMap::new();
    for (_, nonce, tx) in &state.sends {
        let versions = by_nonce.entry(*nonce).or_default();
        if versions.iter().all(|(hash, ..)| *hash != tx.hash) {
            versions.push((tx.hash, &tx.input, tx.max_fee, tx.tip));
        }
    }
    for (nonce, versions) in by_nonce {
        for pair in versions.windows(2) {
            assert_eq!(pair[0].1, pair[1].1, "seed {seed}: two payloads at nonce {nonce}");
            let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
            assert!(enough(pair[0].2, pair[1].2) && enough(pair[0].3, pair[1].3), "seed {seed}: nonce {nonce}");
        }
    }
}

fn journaled(file: &std::path::Path, hash: B256) -> bool {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let journal = rusqlite::Connection::open_with_flags(file, flags).unwrap();
    let mut statement = journal.prepare("SELECT count(*) FROM attempts WHERE hash = ?1").unwrap();
    statement.query_row([hash.as_slice()], |row| row.get::<_, i64>(0)).unwrap() == 1
}

#[tokio::test]
async fn after_any_storm_everything_happened_once() {
    for seed in seeds() {
        eprintln!("seed {seed}");
        let calm = tokio::time::timeout(Duration::from_secs(30), one_run(seed)).await;
        assert!(calm.is_ok(), "seed {seed}: not done within 30 s");
    }
}
