//! How long opening takes with a long history behind and a thousand transactions in the air.
//!
//! `cargo bench -p tminus-chain --bench recovery`; `FINAL` and `OPEN` set how many intents are final and open, 100,000 and
//! 1,000 by default. The open ones are of 64 accounts, and the endpoint, in this process, has forgotten them all: each is
//! sent again. The time in which a request was under way is taken off what is printed; the rest is ours.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::eip2718::Encodable2718,
    primitives::{Address, B256, TxKind, U256, keccak256},
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, ResponsePacket},
    },
    signers::{SignerSync, local::MnemonicBuilder},
    transports::{BoxTransport, TransportError, TransportFut},
};
use rusqlite::{Connection, params};
use tminus_adversary::{World, WorldConfig};
use tminus_chain::{
    outbox::{Outbox, OutboxConfig},
    rpc::Rpc,
    signer::Signers,
};
use tower::Service;

const ACCOUNTS: u64 = 64;
const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// For how long at least one request was under way, and how many there were.
#[derive(Default)]
struct Count {
    open: usize,
    since: Option<Instant>,
    busy: Duration,
    requests: u64,
}

#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Count>>);

impl Busy {
    fn begin(&self) {
        let mut count = self.0.lock().unwrap();
        count.since.get_or_insert_with(Instant::now);
        count.open += 1;
        count.requests += 1;
    }
    fn end(&self) {
        let mut count = self.0.lock().unwrap();
        count.open -= 1;
        if count.open == 0 {
            let since = count.since.take().unwrap();
            count.busy += since.elapsed();
        }
    }
}

#[derive(Clone)]
struct Timed(BoxTransport, Busy);

impl Service<RequestPacket> for Timed {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }
    fn call(&mut self, request: RequestPacket) -> Self::Future {
        let busy = self.1.clone();
        busy.begin();
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await;
            busy.end();
            answer
        })
    }
}

/// Writes what a long life leaves behind, with the triggers and checks of the schema in force.
fn fill(file: &Path, world: &World, chain_id: u64, genesis: B256, finals: u64, open: u64) {
    let mut connection = Connection::open(file).unwrap();
    connection.pragma_update(None, "synchronous", false).unwrap();
    let tx = connection.transaction().unwrap();
    // young enough that nothing is raised
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let word = |n: u64| U256::from(n).to_be_bytes::<32>();
    let fee = 30_000_000_000u128.to_be_bytes();
    let put = |n: u64, signer: Address, nonce: u64, state: &str, hash: B256, raw: &[u8], block: Option<u64>| {
        let id = i64::try_from(n + 1).unwrap();
        let nonce = i64::try_from(nonce).unwrap();
        tx.prepare_cached(
            "INSERT INTO intents (id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, spend,
             created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 4, 60000, ?7, 1, ?8, ?5, 0, 0)",
        )
        .unwrap()
        .execute(params![
            id,
            format!("pay/{n}"),
            signer.as_slice(),
            [7u8; 20],
            word(0),
            keccak256([]).0,
            nonce,
            state
        ])
        .unwrap();
        tx.prepare_cached(
            "INSERT INTO attempts (id, intent, generation, signer, nonce, hash, max_fee, tip, state, made_ms, raw)
             VALUES (?1, ?1, 1, ?2, ?3, ?4, ?5, ?5, 'accepted', ?7, ?6)",
        )
        .unwrap()
        .execute(params![id, signer.as_slice(), nonce, hash.0, fee, raw, now])
        .unwrap();
        for what in ["reserved nonce 7", "taken by an endpoint", "mined in block 0", "finalized for good in block 0"] {
            let event = "INSERT INTO events (ms, intent, what) VALUES (0, ?1, ?2)";
            tx.prepare_cached(event).unwrap().execute(params![id, what]).unwrap();
        }
        if let Some(block) = block {
            let receipt = "INSERT INTO receipts VALUES (?1, ?2, ?3, 21000, ?4, NULL, 1, 0)";
            let values = params![id, i64::try_from(block).unwrap(), genesis.0, fee];
            tx.prepare_cached(receipt).unwrap().execute(values).unwrap();
        }
    };
    let keys: Vec<_> =
        (0..ACCOUNTS).map(|n| MnemonicBuilder::from_phrase_nth(MNEMONIC, u32::try_from(n).unwrap())).collect();
    for n in 0..finals {
        let hash = keccak256((n + (1 << 40)).to_be_bytes());
        let raw: Vec<u8> = hash.iter().copied().cycle().take(180).collect();
        put(n, keys[(n % ACCOUNTS) as usize].address(), n / ACCOUNTS, "finalized", hash, &raw, Some(0));
    }
    let used = finals.div_ceil(ACCOUNTS);
    for n in 0..open {
        let key = &keys[(n % ACCOUNTS) as usize];
        let nonce = used + n / ACCOUNTS;
        let body = TxEip1559 {
            chain_id,
            nonce,
            gas_limit: 60_000,
            max_fee_per_gas: 30_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: TxKind::Call(Address::repeat_byte(7)),
            ..TxEip1559::default()
        };
        let signature = key.sign_hash_sync(&body.signature_hash()).unwrap();
        let signed = body.into_signed(signature);
        put(finals + n, key.address(), nonce, "sent", *signed.hash(), &signed.encoded_2718(), None);
    }
    for key in &keys {
        world.set_nonce(key.address(), used);
        world.set_balance(key.address(), U256::from(10).pow(U256::from(20)));
        let next = i64::try_from(used + open.div_ceil(ACCOUNTS)).unwrap();
        tx.execute("INSERT INTO signers VALUES (?1, ?2, 0)", params![key.address().as_slice(), next]).unwrap();
    }
    tx.commit().unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (finals, open) = (number("FINAL", 100_000), number("OPEN", 1_000));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let world = World::new(WorldConfig::default());
    let node = world.node("adversary");
    let busy = Busy::default();
    let client = RpcClient::new(Timed(node.client().transport().clone(), busy.clone()), true);
    let rpc = Rpc::over(client, "adversary").await.unwrap();
    let genesis = rpc.first_block().await.unwrap().hash;
    let signers = Signers::dev(rpc.chain_id(), u32::try_from(ACCOUNTS).unwrap()).unwrap();
    let config = || OutboxConfig { in_flight: 16, ..OutboxConfig::new(1_000_000_000_000) };
    let events = || std::sync::Arc::new(|_| {});
    drop(Outbox::open(rpc.clone(), &file, Signers::default(), config(), events()).await.unwrap());
    fill(&file, &world, rpc.chain_id(), genesis, finals, open);
    let bytes = std::fs::metadata(&file).unwrap().len();

    for round in ["first opening", "opened again"] {
        *busy.0.lock().unwrap() = Count::default();
        let sent = world.sends().len();
        let start = Instant::now();
        let outbox = Outbox::open(rpc.clone(), &file, signers.clone(), config(), events()).await.unwrap();
        let total = start.elapsed();
        let (requests, count) = {
            let count = busy.0.lock().unwrap();
            (count.busy, count.requests)
        };
        let summary = outbox.summary().unwrap();
        assert_eq!((summary.finalized, summary.pending), (finals, open));
        assert_eq!(world.sends().len() - sent, usize::try_from(open).unwrap(), "each open one is sent again, once");
        let own = total.saturating_sub(requests);
        let debug = if cfg!(debug_assertions) { ", unoptimised build" } else { "" };
        eprintln!(
            "{round}: {finals} final, {open} open, {} MiB: {:.3} s, of which {:.3} s in {count} requests: {:.3} s are ours{debug}",
            bytes >> 20,
            total.as_secs_f64(),
            requests.as_secs_f64(),
            own.as_secs_f64()
        );
    }
}
