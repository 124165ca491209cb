//! Several endpoints behind one handle, each a script: what is asked, of whom, and what is made of the answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U64, keccak256},
    rpc::{
        client::RpcClient,
        json_rpc::{ErrorPayload, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest},
    },
    transports::{TransportError, TransportFut},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{EndpointState, Options, Rpc, RpcError, error::Fault};

type Answer = Result<Value, Trouble>;
type Rule = Box<dyn Fn(&Script, &[Value]) -> Answer + Send>;

#[derive(Debug, Clone)]
enum Trouble {
    Error(i64, &'static str),
    Fault(Fault),
    Hang,
}

/// An endpoint on a chain of empty blocks: `fork` makes its hashes from height `forked_at` on.
struct Script {
    chain_id: u64,
    head: u64,
    finalized: u64,
    forked_at: u64,
    fork: u8,
    count: u64,
    receipt: Value,
    rules: HashMap<&'static str, Rule>,
    asked: Vec<String>,
    batches: Vec<usize>,
}

#[derive(Clone)]
struct Node(Arc<Mutex<Script>>);

impl Node {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Script {
            chain_id: 1,
            head: 100,
            finalized: 90,
            forked_at: u64::MAX,
            fork: 0,
            count: 5,
            receipt: Value::Null,
            rules: HashMap::new(),
            asked: Vec::new(),
            batches: Vec::new(),
        })))
    }

    fn set(&self, change: impl FnOnce(&mut Script)) -> &Self {
        change(&mut self.0.lock().unwrap());
        self
    }

    fn rule(&self, method: &'static str, rule: impl Fn(&Script, &[Value]) -> Answer + Send + 'static) -> &Self {
        self.set(|script| drop(script.rules.insert(method, Box::new(rule))))
    }

    fn always(&self, method: &'static str, trouble: Trouble) -> &Self {
        self.rule(method, move |_, _| Err(trouble.clone()))
    }

    fn sound(&self) -> &Self {
        self.set(|script| script.rules.clear())
    }

    /// Nothing is answered any more.
    fn down(&self) -> &Self {
        for method in
            ["eth_chainId", "eth_getBlockByNumber", "eth_getBalance", "eth_getTransactionCount", SEND, RECEIPT]
        {
            self.always(method, Trouble::Fault(Fault::Unreachable("connection refused".to_owned())));
        }
        self
    }

    fn asked(&self, method: &str) -> usize {
        self.0.lock().unwrap().asked.iter().filter(|asked| *asked == method).count()
    }

    fn client(&self) -> RpcClient {
        RpcClient::new(self.clone(), true)
    }

    async fn one(&self, request: &SerializedRequest) -> Result<Response, Fault> {
        let params: Vec<Value> = request.params().map_or(Vec::new(), |raw| serde_json::from_str(raw.get()).unwrap());
        let answer = self.0.lock().unwrap().answer(request.method(), &params);
        let payload = match answer {
            Ok(value) => ResponsePayload::Success(serde_json::value::to_raw_value(&value).unwrap()),
            Err(Trouble::Error(code, message)) => {
                ResponsePayload::Failure(ErrorPayload { code, message: message.into(), data: None })
            }
            Err(Trouble::Fault(fault)) => return Err(fault),
            Err(Trouble::Hang) => std::future::pending().await,
        };
        Ok(Response { id: request.id().clone(), payload })
    }
}

impl Script {
    fn hash(&self, height: u64) -> B256 {
        keccak256([if height >= self.forked_at { self.fork } else { 0 }, height as u8, (height >> 8) as u8])
    }

    fn block(&self, height: u64) -> Value {
        if height > self.head {
            return Value::Null;
        }
        json!({
            "number": U64::from(height), "hash": self.hash(height), "parentHash": self.hash(height.saturating_sub(1)),
            "timestamp": U64::from(1_700_000_000 + height * 12), "gasLimit": "0x3938700", "transactions": [],
        })
    }

    fn answer(&mut self, method: &str, params: &[Value]) -> Answer {
        self.asked.push(method.to_owned());
        if let Some(rule) = self.rules.get(method) {
            return rule(self, params);
        }
        let height = |tag: &Value| match tag.as_str().unwrap() {
            "latest" => self.head,
            "finalized" => self.finalized,
            "earliest" => 0,
            hex => u64::from_str_radix(&hex[2..], 16).unwrap(),
        };
        Ok(match method {
            "eth_chainId" => json!(U64::from(self.chain_id)),
            "eth_getBlockByNumber" => self.block(height(&params[0])),
            "eth_getBalance" => json!("0x7"),
            "eth_getTransactionCount" => json!(U64::from(self.count)),
            RECEIPT => self.receipt.clone(),
            SEND => json!(keccak256(params[0].as_str().unwrap().parse::<Bytes>().unwrap())),
            "web3_clientVersion" => json!("script/1"),
            "anvil_mine" => Value::Null,
            _ => return Err(Trouble::Error(-32601, "no such method")),
        })
    }
}

const SEND: &str = "eth_sendRawTransaction";
const RECEIPT: &str = "eth_getTransactionReceipt";

impl tower::Service<RequestPacket> for Node {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let node = self.clone();
        Box::pin(async move {
            match packet {
                RequestPacket::Single(request) => {
                    node.one(&request).await.map(ResponsePacket::Single).map_err(Fault::into_transport)
                }
                RequestPacket::Batch(requests) => {
                    node.set(|script| script.batches.push(requests.len()));
                    let mut responses = Vec::new();
                    for request in &requests {
                        responses.push(node.one(request).await.map_err(Fault::into_transport)?);
                    }
                    Ok(ResponsePacket::Batch(responses))
                }
            }
        })
    }
}

async fn pool(nodes: &[&Node]) -> Rpc {
    try_pool(nodes, Options::default()).await.unwrap()
}

async fn try_pool(nodes: &[&Node], options: Options) -> Result<Rpc, RpcError> {
    let names = ["a", "b", "c"];
    let clients = nodes.iter().zip(names).map(|(node, name)| (node.client(), name.to_owned())).collect();
    Rpc::over_many(clients, options.with_seed(1)).await
}

fn receipt(block: u64, status: &str) -> Value {
    json!({
        "transactionHash": B256::with_last_byte(1), "blockNumber": U64::from(block),
        "blockHash": B256::with_last_byte(block as u8), "status": status, "gasUsed": "0x5208",
    })
}

async fn balance(rpc: &Rpc) -> Result<u64, RpcError> {
    Ok(rpc.balance(Address::ZERO, BlockId::latest()).await?.to())
}

async fn count(rpc: &Rpc, block: BlockId) -> Result<u64, RpcError> {
    rpc.nonce(Address::ZERO, block).await
}

fn state(rpc: &Rpc, index: usize) -> EndpointState {
    rpc.endpoints()[index].state.clone()
}

fn disagreement(error: RpcError) -> Vec<(String, String)> {
    match error {
        RpcError::Disagree { answers, .. } => answers,
        other => panic!("{other}"),
    }
}

fn lost() -> Trouble {
    Trouble::Fault(Fault::Cut("connection reset".to_owned()))
}

mod agreement;
mod failover;
mod sending;
