//! How much the outbox costs on top of the chain: the same batch-like transactions sent bare and through it.
//!
//! `cargo bench -p tminus-chain --bench outbox`; `TRANSACTIONS` sets how many, 100 by default (1,563 are a million recipients
//! at 640 a batch). Each transaction carries 20 KB, writes 640 new slots and logs 640 events.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256},
    signers::{SignerSync, local::MnemonicBuilder},
};
use support::{DEPLOYER, Events, config, intent};
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    outbox::{GasLimit, Intent, Outbox, OutboxConfig, Until},
    rpc::Rpc,
    signer::Signers,
};

const WORDS: u64 = 640;
const GAS: u64 = 16_700_000;

/// For each word of the calldata: `sstore(word, 1); log3(0, 32, word, word, word)`.
fn batch_contract() -> Bytes {
    let runtime = hex!("5f5b36811015601b57803560018155808060205fa3602001600156 5b00");
    let mut code = hex!("601d600a5f39601d5ff3").to_vec();
    code.extend_from_slice(&runtime);
    code.into()
}

fn batch(n: u64) -> Bytes {
    (0..WORDS).flat_map(|word| keccak256((n * WORDS + word).to_be_bytes()).0).collect::<Vec<u8>>().into()
}

fn chain(file: &std::path::Path) -> EmbeddedChain {
    let config = EmbeddedConfig {
        chain_id: 31337,
        first_block: 0,
        genesis_timestamp: 1_524_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 64,
        funded: vec![(DEPLOYER, U256::MAX >> 32)],
    };
    EmbeddedChain::open(file, config).unwrap()
}

async fn bare(rpc: &Rpc, target: Address, first_nonce: u64, count: u64) -> Vec<B256> {
    let mut hashes = Vec::new();
    let key = MnemonicBuilder::from_phrase_nth("test test test test test test test test test test test junk", 0);
    for n in 0..count {
        let tx = TxEip1559 {
            chain_id: 31337,
            nonce: first_nonce + n,
            gas_limit: GAS,
            max_fee_per_gas: 10u128.pow(15),
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(target),
            value: U256::ZERO,
            access_list: Default::default(),
            input: batch(n),
        };
        let signature = key.sign_hash_sync(&tx.signature_hash()).unwrap();
        let raw: Bytes = tx.into_signed(signature).encoded_2718().into();
        hashes.push(rpc.request("eth_sendRawTransaction", (raw,)).await.unwrap());
    }
    hashes
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let count: u64 = std::env::var("TRANSACTIONS").map_or(100, |text| text.parse().unwrap());
    let mut seconds = Vec::new();
    for through_outbox in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let chain = chain(&folder.path().join("chain"));
        let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
        let config =
            OutboxConfig { dev: Some(Dev::attach(&rpc).await.unwrap()), max_fee_per_gas: 10u128.pow(18), ..config() };
        let signers = Signers::dev(31337, 1).unwrap();
        let ledger = folder.path().join("ledger.sqlite");
        let outbox = Outbox::open(rpc.clone(), &ledger, signers, config, Events::default().sink()).await.unwrap();
        let deploy = intent("deploy", None, batch_contract());
        let target = outbox.execute(vec![deploy], Until::Mined).await.unwrap()[0].created.unwrap();
        let intents: Vec<Intent> = (0..count)
            .map(|n| Intent { gas: GasLimit::Fixed(GAS), ..intent(&format!("batch/{n}"), Some(target), batch(n)) })
            .collect();
        let start = Instant::now();
        if through_outbox {
            let done = outbox.execute_independent(intents, Until::Mined).await.unwrap();
            assert!(done.iter().all(|settled| settled.success));
            let mined = start.elapsed().as_secs_f64();
            outbox.finalize().await.unwrap();
            eprintln!("mined after {mined:.2} s, final after {:.2} s", start.elapsed().as_secs_f64());
        } else {
            let hashes = bare(&rpc, target, 1, count).await;
            let sent = start.elapsed().as_secs_f64();
            for some in hashes.chunks(16) {
                let questions = some.iter().map(|hash| (*hash,)).collect();
                let receipts: Vec<serde::de::IgnoredAny> =
                    rpc.batch("eth_getTransactionReceipt", questions).await.unwrap();
                assert_eq!(receipts.len(), some.len());
            }
            eprintln!("bare: sent after {sent:.2} s, receipts read after {:.2} s", start.elapsed().as_secs_f64());
        }
        seconds.push(start.elapsed().as_secs_f64());
        let nonce = rpc.nonce(DEPLOYER, alloy::eips::BlockId::latest()).await.unwrap();
        assert_eq!(nonce, count + 1);
    }
    let [bare, outbox] = seconds[..] else { unreachable!() };
    let rate = |seconds: f64| (count * WORDS) as f64 / seconds;
    eprintln!(
        "{count} transactions of {WORDS}: bare {bare:.2} s ({:.0}/s), outbox {outbox:.2} s ({:.0}/s)",
        rate(bare),
        rate(outbox)
    );
}
