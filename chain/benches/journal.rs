//! What the journal costs: the same signed transactions sent to anvil with and without it, in one run.
//!
//! `cargo bench -p tminus-chain --features bench --bench journal`; `COUNT` sets how many of a round, `ROUNDS` how many pairs
//! of rounds. Two kinds are measured: batches as an airdrop sends them (20 KB that write 640 new slots and log 640 events, mined
//! as they come), and calls that do nothing, which no protocol sends and which show the cost alone. 16 accounts send windows of 16, each
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
    primitives::{Address, B256, Bytes, TxKind, hex, keccak256},
    signers::{
        SignerSync,
        local::{MnemonicBuilder, PrivateKeySigner},
    },
    sol_types::SolValue,
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

/// What is sent.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Words of calldata, each a new slot and an event.
    words: u64,
    gas: u64,
    /// How many of a round, where `COUNT` does not say.
    count: usize,
    /// How anvil mines: each transaction as it comes, or a block a second.
    mining: &'static [&'static str],
}

const KINDS: [Kind; 2] = [
    Kind { name: "batches of 640", words: 640, gas: 16_700_000, count: 256, mining: &[] },
    Kind { name: "calls that do nothing", words: 0, gas: 21_000, count: 4_096, mining: &["--block-time", "1"] },
];

/// For each word of the calldata: `sstore(word, 1); log3(0, 32, word, word, word)`.
const BATCH: [u8; 29] = hex!("5f5b36811015601b57803560018155808060205fa36020016001565b00");

fn sign(key: &PrivateKeySigner, kind: Kind, nonce: u64, chain_id: u64) -> Presigned {
    let word = |index: u64| keccak256((key.address(), nonce, index).abi_encode()).0;
    let input: Bytes = (0..kind.words).flat_map(word).collect::<Vec<u8>>().into();
    let body = TxEip1559 {
        chain_id,
        nonce,
        gas_limit: kind.gas,
        max_fee_per_gas: MAX_FEE,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(TARGET),
        input: input.clone(),
        ..TxEip1559::default()
    };
    let signature = key.sign_hash_sync(&body.signature_hash()).unwrap();
    let signed = body.into_signed(signature);
    Presigned {
        key: format!("send/{}/{nonce}", key.address()),
        signer: key.address(),
        nonce,
        target: TARGET,
        data_hash: keccak256(&input),
        data_bytes: input.len() as u64,
        gas: kind.gas,
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

/// One round on an anvil of its own: it grows slower with what it has seen.
async fn one_round(kind: Kind, each: usize, with_journal: bool) -> Duration {
    let usual = ["--accounts", "16", "--max-transactions", "10000000", "--gas-limit", "1000000000", "--prune-history"];
    let anvil = anvil::spawn(&[&usual[..], kind.mining].concat());
    let rpc = Rpc::connect(&anvil.url).await.unwrap();
    if kind.words > 0 {
        let code: Bytes = BATCH.into();
        let _: serde_json::Value = rpc.request("anvil_setCode", (TARGET, code)).await.unwrap();
    }
    let pins = Pins { chain_id: rpc.chain_id(), genesis_hash: rpc.first_block().await.unwrap().hash };
    let mnemonic = "test test test test test test test test test test test junk";
    let queues = (0..ACCOUNTS).map(|account| {
        let key = MnemonicBuilder::from_phrase_nth(mnemonic, account);
        let all: Vec<_> = (0..each as u64).map(|nonce| sign(&key, kind, nonce, pins.chain_id)).collect();
        all.chunks(WINDOW).map(Arc::from).collect()
    });
    let queues: Vec<Queue> = queues.collect();
    let folder = tempfile::tempdir_in(std::env::var("FOLDER").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").into()));
    let folder = folder.unwrap();
    let ledger = with_journal.then(|| Arc::new(Ledger::open(&folder.path().join("ledger.sqlite"), pins).unwrap()));
    round(&rpc, queues, ledger).await
}

/// Rounds with and without the journal, whose order changes, after one to get warm; what the journal costs.
async fn measure(kind: Kind, count: usize, rounds: usize) {
    let each = count.div_ceil(ACCOUNTS as usize * WINDOW) * WINDOW;
    let (mut bare, mut journaled) = (Duration::ZERO, Duration::ZERO);
    for number in 0..=2 * rounds {
        let with_journal = number > 0 && matches!(number % 4, 1 | 0);
        let took = one_round(kind, each, with_journal).await;
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
        "{}, {rounds} pairs of rounds: {:.3} s with the journal, {:.3} s without: it costs {:.1} %{debug}\n",
        kind.name,
        journaled.as_secs_f64(),
        bare.as_secs_f64(),
        cost * 100.0
    );
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    for kind in KINDS {
        measure(kind, number("COUNT").unwrap_or(kind.count), number("ROUNDS").unwrap_or(4)).await;
    }
}
