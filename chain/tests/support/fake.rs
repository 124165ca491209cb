//! A scripted endpoint: a chain of empty execution with a pool that keeps to geth's rules, and faults on request.
//!
//! It shares no code with the outbox. Time passes when `mine` is called, or with each accepted transaction when `automine` is
//! set. A request that is told to hang never answers; `hung` resolves when it is reached.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};

use alloy::{
    consensus::{Transaction, TxEnvelope, transaction::SignerRecoverable},
    eips::eip2718::Decodable2718,
    primitives::{Address, B256, Bytes, U256, keccak256},
    rpc::{
        client::RpcClient,
        json_rpc::{ErrorPayload, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest},
        types::{Block, BlockTransactions},
    },
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use serde_json::{Value, json};
use tminus_chain::rpc::Rpc;
use tokio::sync::Notify;

/// What happens to one `eth_sendRawTransaction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnSend {
    /// As a sound endpoint would.
    Honest,
    /// Taken into the pool, and an error all the same.
    TakenThenError(&'static str),
    /// Not taken, and this error.
    Error(&'static str),
    /// Taken, the connection breaks.
    TakenThenCut,
    /// Not taken, the connection breaks.
    Cut,
    /// Taken, and no answer ever.
    TakenThenHang,
    /// Not taken, and no answer ever.
    Hang,
    /// Taken, mined at once, and an error.
    MinedThenError(&'static str),
}

#[derive(Debug, Clone)]
pub struct PoolTx {
    pub hash: B256,
    pub raw: Bytes,
    pub max_fee: u128,
    pub tip: u128,
    pub input: Bytes,
    pub created: Option<Address>,
}

#[derive(Debug, Clone)]
pub struct FakeBlock {
    pub hash: B256,
    pub txs: Vec<(Address, u64, Option<PoolTx>, bool)>,
}

pub struct State {
    pub chain_id: u64,
    pub blocks: Vec<FakeBlock>,
    pub pool: BTreeMap<(Address, u64), PoolTx>,
    pub base_fee: u128,
    pub balance: U256,
    pub finality_depth: u64,
    pub automine: bool,
    /// What the next mined transactions come to; success when empty.
    pub mined_reverts: VecDeque<bool>,
    pub on_send: VecDeque<OnSend>,
    /// Methods that never answer, once each.
    pub hang: Vec<&'static str>,
    /// Methods whose connection breaks, so many times.
    pub cut: HashMap<&'static str, u32>,
    /// Receipts are withheld so many times.
    pub hide_receipts: u32,
    /// The answer of `eth_call`; revert data when `Some`.
    pub call_reverts: Option<Bytes>,
    /// Added to every count of transactions.
    pub lying_nonce: u64,
    /// Seconds that chain time is ahead.
    pub later: u64,
    /// The answer of `eth_estimateGas`.
    pub estimate: u64,
    /// Every byte string that arrived, in order.
    pub sends: Vec<(Address, u64, PoolTx)>,
    pub witness: Option<Box<dyn Fn(B256) + Send>>,
    salt: u64,
}

#[derive(Clone)]
pub struct FakeNode {
    state: Arc<Mutex<State>>,
    reached: Arc<Notify>,
}

enum Fate {
    Value(Value),
    Error(i64, String, Option<Bytes>),
    Cut,
    Hang,
}

impl FakeNode {
    pub fn new() -> Self {
        Self::with_salt(0)
    }

    /// Another salt makes another genesis block.
    pub fn with_salt(salt: u64) -> Self {
        let state = State {
            chain_id: 31337,
            blocks: Vec::new(),
            pool: BTreeMap::new(),
            base_fee: 1_000_000_000,
            balance: U256::from(10u128.pow(24)),
            finality_depth: 4,
            automine: false,
            mined_reverts: VecDeque::new(),
            on_send: VecDeque::new(),
            hang: Vec::new(),
            cut: HashMap::new(),
            hide_receipts: 0,
            call_reverts: None,
            lying_nonce: 0,
            later: 0,
            estimate: 50_000,
            sends: Vec::new(),
            witness: None,
            salt,
        };
        let node = Self { state: Arc::new(Mutex::new(state)), reached: Arc::new(Notify::new()) };
        node.lock().push_block(Vec::new());
        node
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub async fn rpc(&self) -> Rpc {
        Rpc::over(RpcClient::new(Transport(self.clone()), true), "fake").await.unwrap()
    }

    /// Resolves when a hanging request is reached.
    pub async fn hung(&self) {
        self.reached.notified().await;
    }

    pub fn mine(&self, blocks: usize) {
        for _ in 0..blocks {
            self.lock().mine_block();
        }
    }
}

impl State {
    fn push_block(&mut self, txs: Vec<(Address, u64, Option<PoolTx>, bool)>) {
        self.salt += 1;
        let hash = keccak256(format!("{}/{}/{}", self.chain_id, self.blocks.len(), self.salt));
        self.blocks.push(FakeBlock { hash, txs });
    }

    /// Mines what is executable.
    pub fn mine_block(&mut self) {
        let mut txs: Vec<(Address, u64, Option<PoolTx>, bool)> = Vec::new();
        let senders: Vec<Address> = self.pool.keys().map(|(sender, _)| *sender).collect();
        for sender in senders {
            let mut nonce =
                self.nonce(sender, self.blocks.len()) + txs.iter().filter(|(a, ..)| *a == sender).count() as u64;
            while self.pool.get(&(sender, nonce)).is_some_and(|tx| tx.max_fee >= self.base_fee) {
                let tx = self.pool.remove(&(sender, nonce)).unwrap();
                let success = !self.mined_reverts.pop_front().unwrap_or(false);
                txs.push((sender, nonce, Some(tx), success));
                nonce += 1;
            }
        }
        self.push_block(txs);
        // what the chain has overtaken leaves the pool
        let stale: Vec<_> = self.pool.keys().filter(|(a, n)| *n < self.nonce(*a, self.blocks.len())).copied().collect();
        stale.iter().for_each(|key| drop(self.pool.remove(key)));
    }

    /// Somebody else's transaction takes the next nonce of `sender`.
    pub fn mine_foreign(&mut self, sender: Address) {
        let nonce = self.nonce(sender, self.blocks.len());
        self.pool.remove(&(sender, nonce));
        self.push_block(vec![(sender, nonce, None, true)]);
    }

    /// Drops the last `depth` blocks; their transactions go back to the pool if they are `kept`. One more block than before
    /// follows, with other hashes and without transactions.
    pub fn reorg(&mut self, depth: usize, kept: bool) {
        let dropped = self.blocks.split_off(self.blocks.len() - depth);
        for (sender, nonce, tx, _) in dropped.into_iter().flat_map(|block| block.txs) {
            if let (true, Some(tx)) = (kept, tx) {
                self.pool.insert((sender, nonce), tx);
            }
        }
        for _ in 0..=depth {
            self.push_block(Vec::new());
        }
    }

    pub fn nonce(&self, sender: Address, blocks: usize) -> u64 {
        let txs = self.blocks[..blocks].iter().flat_map(|block| &block.txs);
        txs.filter(|(from, ..)| *from == sender).count() as u64
    }

    fn finalized(&self) -> u64 {
        (self.blocks.len() as u64 - 1).saturating_sub(self.finality_depth)
    }

    fn height(&self, tag: &Value) -> Option<u64> {
        let latest = self.blocks.len() as u64 - 1;
        match tag.as_str().unwrap_or("latest") {
            "latest" | "pending" => Some(latest),
            "finalized" | "safe" => Some(self.finalized()),
            "earliest" => Some(0),
            hex => u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok().filter(|height| *height <= latest),
        }
    }

    /// Transactions of the chain that carry `input`, as (nonce, success).
    pub fn mined_with(&self, input: &[u8]) -> Vec<(u64, bool)> {
        let txs = self.blocks.iter().flat_map(|block| &block.txs);
        txs.filter(|(_, _, tx, _)| tx.as_ref().is_some_and(|tx| *tx.input == *input))
            .map(|(_, nonce, _, success)| (*nonce, *success))
            .collect()
    }

    fn take(&mut self, sender: Address, nonce: u64, tx: PoolTx) -> Result<(), &'static str> {
        if nonce < self.nonce(sender, self.blocks.len()) {
            return Err("nonce too low");
        }
        if let Some(old) = self.pool.get(&(sender, nonce)) {
            if old.hash == tx.hash {
                return Err("already known");
            }
            // go-ethereum core/txpool/legacypool/list.go
            let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
            if !(enough(old.max_fee, tx.max_fee) && enough(old.tip, tx.tip)) {
                return Err("replacement transaction underpriced");
            }
        }
        self.pool.insert((sender, nonce), tx);
        Ok(())
    }

    fn send(&mut self, raw: Bytes) -> Fate {
        let envelope = TxEnvelope::decode_2718_exact(&raw).unwrap();
        let sender = envelope.recover_signer().unwrap();
        assert_eq!(envelope.chain_id(), Some(self.chain_id));
        let nonce = envelope.nonce();
        let tx = PoolTx {
            hash: *envelope.tx_hash(),
            raw,
            max_fee: envelope.max_fee_per_gas(),
            tip: envelope.max_priority_fee_per_gas().unwrap(),
            input: envelope.input().clone(),
            created: envelope.to().is_none().then(|| sender.create(nonce)),
        };
        if let Some(witness) = &self.witness {
            witness(tx.hash);
        }
        self.sends.push((sender, nonce, tx.clone()));
        let error = |text: &str| Fate::Error(-32000, text.to_owned(), None);
        let answer = Fate::Value(json!(tx.hash));
        let on_send = self.on_send.pop_front().unwrap_or(OnSend::Honest);
        let taken = match on_send {
            OnSend::Error(text) => return error(text),
            OnSend::Cut => return Fate::Cut,
            OnSend::Hang => return Fate::Hang,
            _ => self.take(sender, nonce, tx),
        };
        if taken.is_ok() && (self.automine || matches!(on_send, OnSend::MinedThenError(_))) {
            self.mine_block();
        }
        match on_send {
            OnSend::TakenThenError(text) | OnSend::MinedThenError(text) => error(text),
            OnSend::TakenThenCut => Fate::Cut,
            OnSend::TakenThenHang => Fate::Hang,
            _ => taken.map_or_else(error, |()| answer),
        }
    }

    fn receipt(&mut self, hash: &str) -> Value {
        if self.hide_receipts > 0 {
            self.hide_receipts -= 1;
            return Value::Null;
        }
        for (height, block) in self.blocks.iter().enumerate() {
            for (_, _, tx, success) in &block.txs {
                let Some(tx) = tx.as_ref().filter(|tx| tx.hash.to_string() == hash) else { continue };
                return json!({
                    "transactionHash": tx.hash, "blockNumber": format!("{height:#x}"), "blockHash": block.hash,
                    "status": if *success { "0x1" } else { "0x0" }, "gasUsed": "0x5208", "effectiveGasPrice": "0x3b9aca00",
                    "contractAddress": tx.created, "logs": [{ "anything": 1 }],
                });
            }
        }
        Value::Null
    }

    /// A transaction as an endpoint shows it; what a stranger sent calls 0xdeadbeef at 0x99….
    fn shown(&self, height: u64, sender: Address, nonce: u64, tx: Option<&PoolTx>) -> Value {
        let block = &self.blocks[height as usize];
        let Some(tx) = tx else {
            return json!({
                "hash": foreign_hash(block, sender, nonce), "from": sender, "nonce": format!("{nonce:#x}"), "type": "0x0",
                "to": Address::repeat_byte(0x99), "value": "0x1", "input": "0xdeadbeef", "gas": "0x5208",
                "gasPrice": "0x3b9aca00", "blockHash": block.hash, "blockNumber": format!("{height:#x}"),
            });
        };
        let envelope = TxEnvelope::decode_2718_exact(&tx.raw).unwrap();
        let shown = alloy::rpc::types::Transaction {
            inner: alloy::consensus::transaction::Recovered::new_unchecked(envelope, sender),
            block_hash: Some(block.hash),
            block_number: Some(height),
            transaction_index: Some(0),
            effective_gas_price: None,
            block_timestamp: None,
        };
        serde_json::to_value(shown).unwrap()
    }

    fn block(&self, tag: &Value, whole: bool) -> Value {
        let Some(height) = self.height(tag) else { return Value::Null };
        let mut block: Block = Block::default();
        block.header.hash = self.blocks[height as usize].hash;
        block.header.inner.number = height;
        block.header.inner.timestamp = 1_700_000_000 + height * 12 + self.later;
        block.header.inner.gas_limit = 60_000_000;
        block.header.inner.base_fee_per_gas = Some(self.base_fee as u64);
        let fake = &self.blocks[height as usize];
        let hash = |(sender, nonce, tx, _): &(Address, u64, Option<PoolTx>, bool)| {
            tx.as_ref().map_or_else(|| foreign_hash(fake, *sender, *nonce), |tx| tx.hash)
        };
        block.transactions = BlockTransactions::Hashes(fake.txs.iter().map(hash).collect());
        let mut block = serde_json::to_value(block).unwrap();
        if whole {
            let shown = fake.txs.iter().map(|(sender, nonce, tx, _)| self.shown(height, *sender, *nonce, tx.as_ref()));
            block["transactions"] = shown.collect();
        }
        block
    }

    fn answer(&mut self, method: &str, params: &[Value]) -> Fate {
        if let Some(at) = self.hang.iter().position(|hang| *hang == method) {
            self.hang.remove(at);
            return Fate::Hang;
        }
        if let Some(left) = self.cut.get_mut(method).filter(|left| **left > 0) {
            *left -= 1;
            return Fate::Cut;
        }
        let hex = |value: u128| json!(format!("{value:#x}"));
        Fate::Value(match method {
            "eth_chainId" => hex(self.chain_id.into()),
            "anvil_nodeInfo" => json!({}),
            "anvil_mine" => {
                let blocks = u64::from_str_radix(params[0].as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
                (0..blocks).for_each(|_| self.mine_block());
                Value::Null
            }
            "eth_getBlockByNumber" => self.block(&params[0], params.get(1) == Some(&json!(true))),
            "eth_getBalance" => json!(self.balance),
            "eth_getTransactionCount" => {
                let sender: Address = params[0].as_str().unwrap().parse().unwrap();
                let Some(height) = self.height(&params[1]) else { return Fate::Error(-32000, "no block".into(), None) };
                let mut nonce = self.nonce(sender, height as usize + 1);
                while params[1] == "pending" && self.pool.contains_key(&(sender, nonce)) {
                    nonce += 1;
                }
                hex((nonce + self.lying_nonce).into())
            }
            "eth_feeHistory" => {
                json!({ "oldestBlock": "0x0", "baseFeePerGas": [hex(self.base_fee), hex(self.base_fee)], "reward": [["0x0"]] })
            }
            "eth_call" => match &self.call_reverts {
                Some(data) => return Fate::Error(3, "execution reverted".into(), Some(data.clone())),
                None => json!("0x"),
            },
            "eth_estimateGas" => hex(self.estimate.into()),
            "eth_getTransactionReceipt" => self.receipt(params[0].as_str().unwrap()),
            "eth_sendRawTransaction" => return self.send(params[0].as_str().unwrap().parse().unwrap()),
            other => return Fate::Error(-32601, format!("the method {other} does not exist"), None),
        })
    }
}

fn foreign_hash(block: &FakeBlock, sender: Address, nonce: u64) -> B256 {
    keccak256(format!("{}/{sender}/{nonce}", block.hash))
}

#[derive(Clone)]
struct Transport(FakeNode);

impl Transport {
    /// `None` breaks the connection.
    async fn one(&self, request: &SerializedRequest) -> Option<Response> {
        let params: Vec<Value> = request.params().map_or(Vec::new(), |raw| serde_json::from_str(raw.get()).unwrap());
        let fate = self.0.lock().answer(request.method(), &params);
        let payload = match fate {
            Fate::Value(value) => ResponsePayload::Success(serde_json::value::to_raw_value(&value).unwrap()),
            Fate::Error(code, message, data) => ResponsePayload::Failure(ErrorPayload {
                code,
                message: message.into(),
                data: data.map(|data| serde_json::value::to_raw_value(&data).unwrap()),
            }),
            Fate::Cut => return None,
            Fate::Hang => {
                self.0.reached.notify_one();
                std::future::pending().await
            }
        };
        Some(Response { id: request.id().clone(), payload })
    }
}

impl tower::Service<RequestPacket> for Transport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let cut = || TransportErrorKind::custom_str("cut");
            match packet {
                RequestPacket::Single(request) => this.one(&request).await.map(ResponsePacket::Single).ok_or_else(cut),
                RequestPacket::Batch(requests) => {
                    let mut answers = Vec::new();
                    for request in &requests {
                        answers.push(this.one(request).await.ok_or_else(cut)?);
                    }
                    Ok(ResponsePacket::Batch(answers))
                }
            }
        })
    }
}
