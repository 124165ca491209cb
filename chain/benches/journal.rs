//! What the journal costs: the same signed transactions sent to anvil with and without it, in one run.
//!
//! `cargo bench -p tminus-chain --features bench --bench journal`; `COUNT` sets how many of a round, `ROUNDS` how many pairs
//! of rounds, `BYTES` the calldata of each (0 is a bare call, 20480 a batch of payments). 16 accounts send windows of 16, each
//! its own in the order of its nonces, so 16 requests are under way, with the journal and without it: the same signed bytes,
//! connections and endpoint. With it, a window is reserved in one commit, its bytes are journaled in a second, only then is
//! it sent, and the answers are a third; each commit is an fsync (`synchronous=FULL`). Rounds alternate.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, TxKind, keccak256},
    signers::{
        SignerSync,
        local::{MnemonicBuilder, PrivateKeySigner},
    },
};
use support::anvil;
use tminus_chain::{
    ledger::{Ledger, Pins, bench::Presigned},
    rpc::Rpc,
};

const ACCOUNTS: u32 = 16;
const WINDOW: usize = 16;
const TARGET: Address = Address::repeat_byte(0x42);
const MAX_FEE: u128 = 1_000_000_000_000;

/// As a signer's transactions go out: window after window.
type Queue = Vec<Arc<[Presigned]>>;

fn sign(key: &PrivateKeySigner, round: usize, nonce: u64, bytes: usize, chain_id: u64) -> Presigned {
    let input: Bytes = keccak256(nonce.to_be_bytes()).iter().copied().cycle().take(bytes).collect::<Vec<u8>>().into();
    let body = TxEip1559 {
        chain_id,
        nonce,
        gas_limit: 21_000 + 40 * bytes as u64,
        max_fee_per_gas: MAX_FEE,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(TARGET),
        input: input.clone(),
        ..TxEip1559::default()
    };
    let gas = body.gas_limit;
    let signature = key.sign_hash_sync(&body.signature_hash()).unwrap();
    let signed = body.into_signed(signature);
    Presigned {
        key: format!("round/{round}/{}/{nonce}", key.address()),
        signer: key.address(),
        nonce,
        target: TARGET,
        data_hash: keccak256(&input),
        data_bytes: bytes as u64,
        gas,
        max_fee: MAX_FEE,
        hash: *signed.hash(),
        raw: signed.encoded_2718().into(),
    }
}

async fn send(rpc: Rpc, queue: Queue, ledger: Option<Arc<Ledger>>) {
    for window in queue {
        let journaled = match &ledger {
            Some(ledger) => Some(ledger.bench_before(window.clone()).await.unwrap()),
            None => None,
        };
        for one in window.iter() {
            let answered: B256 = rpc.request("eth_sendRawTransaction", (one.raw.clone(),)).await.unwrap();
            assert_eq!(answered, one.hash);
        }
        if let (Some(ledger), Some(attempts)) = (&ledger, journaled) {
            ledger.bench_after(window, attempts).await.unwrap();
        }
    }
}

/// Sends everything; the time from the first to the last answer.
async fn round(rpc: &Rpc, queues: Vec<Queue>, ledger: Option<Arc<Ledger>>) -> Duration {
    let start = Instant::now();
    let each: Vec<_> = queues.into_iter().map(|queue| tokio::spawn(send(rpc.clone(), queue, ledger.clone()))).collect();
    for one in each {
        one.await.unwrap();
    }
    start.elapsed()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let number = |name: &str, usual: usize| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (count, rounds, bytes) = (number("COUNT", 4_096), number("ROUNDS", 4), number("BYTES", 0));
    let each = count.div_ceil(ACCOUNTS as usize * WINDOW) * WINDOW;
    let anvil = anvil::spawn(&[
        "--accounts",
        "16",
        "--block-time",
        "1",
        "--max-transactions",
        "10000000",
        "--gas-limit",
        "1000000000",
        "--prune-history",
    ]);
    let rpc = Rpc::connect(&anvil.url).await.unwrap();
    let pins = Pins { chain_id: rpc.chain_id(), genesis_hash: rpc.first_block().await.unwrap().hash };
    let mnemonic = "test test test test test test test test test test test junk";
    let keys: Vec<_> = (0..ACCOUNTS).map(|n| MnemonicBuilder::from_phrase_nth(mnemonic, n)).collect();
    let folder = tempfile::tempdir_in(std::env::var("FOLDER").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").into()));
    let folder = folder.unwrap();
    let (mut bare, mut journaled) = (Duration::ZERO, Duration::ZERO);
    let mut first = 0;
    // one to get warm, then pairs whose order changes
    for number in 0..=2 * rounds {
        let with_journal = number > 0 && matches!(number % 4, 1 | 0);
        let queues = keys.iter().map(|key| {
            let all: Vec<_> = (0..each).map(|n| sign(key, number, first + n as u64, bytes, pins.chain_id)).collect();
            all.chunks(WINDOW).map(Arc::from).collect()
        });
        let queues: Vec<Queue> = queues.collect();
        let file = folder.path().join(format!("ledger-{number}.sqlite"));
        let ledger = with_journal.then(|| Arc::new(Ledger::open(&file, pins).unwrap()));
        let took = round(&rpc, queues, ledger).await;
        first += each as u64;
        let what = match number {
            0 => "warming up",
            _ if with_journal => "with journal",
            _ => "without",
        };
        let sent = each * ACCOUNTS as usize;
        eprintln!("{what}: {sent} in {:.3} s, {:.0}/s", took.as_secs_f64(), sent as f64 / took.as_secs_f64());
        if number > 0 {
            *(if with_journal { &mut journaled } else { &mut bare }) += took;
        }
    }
    let cost = journaled.as_secs_f64() / bare.as_secs_f64() - 1.0;
    let debug = if cfg!(debug_assertions) { ", unoptimised build" } else { "" };
    eprintln!(
        "{bytes} bytes of calldata, {rounds} pairs of rounds: {:.3} s with the journal, {:.3} s without: it costs {:.1} %{debug}",
        journaled.as_secs_f64(),
        bare.as_secs_f64(),
        cost * 100.0
    );
}
