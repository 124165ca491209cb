//! A development chain inside the test, a deployer, an outbox, and ways to break all three.

#![allow(dead_code, unreachable_pub)]

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, Bytes, U256},
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, Response, ResponsePacket, ResponsePayload},
    },
    sol_types::SolCall,
    transports::{RpcError, TransportError, TransportErrorKind, TransportFut},
};
use futures::FutureExt as _;
use serde_json::{Value, value::RawValue};
use tempfile::TempDir;
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::{Fork, GasRules},
    outbox::{Outbox, OutboxConfig},
    rpc::Rpc,
    signer::Signers,
};
use tminus_contracts::commitment::Commitment;
use tminus_genesis::{
    GenesisError,
    apply::{Applied, Context, StepEvent},
    crowd::Crowd,
    find::find_base_nonce,
    plan::{Inputs, Plan},
    profile::{DistributionKind, Flight, Profile},
};

/// Everything a launch needs.
pub struct Pad {
    pub chain: EmbeddedChain,
    pub rpc: Rpc,
    pub dev: Dev,
    pub deployer: Address,
    pub profile: Profile,
    signers: Signers,
    folder: TempDir,
}

impl Pad {
    pub async fn new() -> Self {
        Self::with_finality(4).await
    }

    /// A chain on which a block is final when so many are above it.
    pub async fn with_finality(finality_depth: u64) -> Self {
        Self::of(Profile::find("livepeer-2018").unwrap(), finality_depth).await
    }

    /// A chain such as a profile wants for its rehearsal.
    pub async fn of(profile: Profile, finality_depth: u64) -> Self {
        let signers = Signers::dev(31337, 1).unwrap();
        let deployer = signers.addresses()[0];
        let config = EmbeddedConfig {
            chain_id: 31337,
            first_block: profile.rehearsal.first_block,
            genesis_timestamp: 1_525_046_400,
            block_time: 12,
            fork: Fork::Osaka,
            block_gas_limit: 60_000_000,
            base_fee: 1_000_000_000,
            finality_depth,
            funded: vec![(deployer, U256::from(10u64).pow(U256::from(21)))],
        };
        let chain = EmbeddedChain::in_memory(config).unwrap();
        let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
        let dev = Dev::attach(&rpc).await.unwrap();
        Self { chain, rpc, dev, deployer, profile, signers, folder: tempfile::tempdir().unwrap() }
    }

    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    /// Removes the ledger and everything beside it.
    pub fn lose_ledger(&self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    pub async fn outbox(&self) -> Outbox {
        let config = OutboxConfig {
            in_flight: 1,
            poll: Duration::from_millis(1),
            dev: Some(self.dev.clone()),
            ..OutboxConfig::new(1_000_000_000_000)
        };
        Outbox::open(self.rpc.clone(), &self.ledger(), self.signers.clone(), config, Arc::new(|_| {})).await.unwrap()
    }

    pub fn commitment(&self) -> Commitment {
        Commitment { root: B256::repeat_byte(7), total: self.profile.supply.crowd, count: 100, chunk_size: 64 }
    }

    /// The list, if the profile's distribution pays one.
    pub fn list(&self) -> Option<Commitment> {
        (self.profile.distribution.kind() == DistributionKind::Distributor).then(|| self.commitment())
    }

    pub fn crowd(&self) -> Crowd {
        Crowd::new(&self.profile, self.list()).unwrap()
    }

    pub async fn inputs(&self) -> Inputs {
        Inputs {
            flight: Flight::Rehearsal,
            list: self.list(),
            deployer: self.deployer,
            base_nonce: find_base_nonce(&self.rpc, &self.profile, self.deployer).await.unwrap(),
            rules: GasRules::of(Fork::Osaka, 60_000_000),
            fee: 1_000_000_000,
            git_commit: Some("2889ad2d5f20507d58701acf4d47a0551e593c04".parse().unwrap()),
        }
    }

    pub async fn plan(&self) -> Plan {
        Plan::new(&self.profile, self.inputs().await).unwrap()
    }

    /// Plans and applies, as a command run once does.
    pub async fn launch(&self, on_step: impl FnMut(StepEvent<'_>)) -> Result<Applied, GenesisError> {
        self.carry_out(self.plan().await, on_step).await
    }

    pub async fn carry_out(&self, plan: Plan, on_step: impl FnMut(StepEvent<'_>)) -> Result<Applied, GenesisError> {
        let outbox = self.outbox().await;
        let context = self.context(&outbox, true);
        plan.approve(&self.rpc).await?.apply(&context, on_step).await
    }

    /// What carrying out needs, with a chain that gets blocks on request or with one that is only looked at.
    pub fn context<'a>(&'a self, outbox: &'a Outbox, dev: bool) -> Context<'a> {
        let (poll, patience) = (Duration::from_millis(1), Duration::from_secs(60));
        Context { outbox, dev: dev.then_some(&self.dev), poll, patience }
    }

    /// A launch that is dropped within the first event that `when` picks; whether there was one.
    pub async fn launch_stopped_at(&self, mut when: impl FnMut(&StepEvent<'_>) -> bool) -> bool {
        let launch = self.launch(|event| {
            if when(&event) {
                // unwinds without a message: the launch ends here as if the process had been killed
                std::panic::resume_unwind(Box::new(()));
            }
        });
        match AssertUnwindSafe(launch).catch_unwind().await {
            Ok(result) => result.map(|_| false).unwrap(),
            Err(_) => true,
        }
    }

    /// A launch that is dropped `polls` polls after the first event that `when` picks; whether it came to that.
    pub async fn launch_dropped_after(&self, mut when: impl FnMut(&StepEvent<'_>) -> bool, polls: usize) -> bool {
        let picked = Mutex::new(false);
        let launch = self.launch(|event| {
            if when(&event) {
                *picked.lock().unwrap() = true;
            }
        });
        let mut launch = pin!(launch);
        let mut left = polls;
        std::future::poll_fn(|context: &mut TaskContext<'_>| {
            if let Poll::Ready(result) = launch.as_mut().poll(context) {
                return Poll::Ready(result.map(|_| false).unwrap());
            }
            if *picked.lock().unwrap() {
                if left == 0 {
                    return Poll::Ready(true);
                }
                left -= 1;
            }
            Poll::Pending
        })
        .await
    }

    pub async fn nonce(&self) -> u64 {
        self.rpc.nonce(self.deployer, BlockId::latest()).await.unwrap()
    }

    /// Sends a call as somebody whose key nobody has.
    pub async fn as_account(&self, from: Address, to: Address, call: impl SolCall) {
        self.dev.set_balance(from, U256::from(10u64).pow(U256::from(18))).await.unwrap();
        self.dev.send_as(from, to, call.abi_encode().into()).await.unwrap();
    }

    pub async fn set_code(&self, address: Address, code: Bytes) {
        let _: serde_json::Value = self.rpc.request("anvil_setCode", (address, code)).await.unwrap();
    }

    /// A second connection to the chain that refuses the methods that `refuse` names; all of them for `*`.
    pub async fn bad_line(&self, refuse: &'static str) -> (Rpc, Arc<AtomicUsize>) {
        let meant = move |method: &str, _: &Value| refuse == "*" || refuse == method;
        let refused = Arc::new(AtomicUsize::new(usize::MAX));
        let inner = Arc::new(Mutex::new(self.chain.client()));
        let transport = BadLine { inner, refuse: Arc::new(meant), refused: refused.clone() };
        let rpc = Rpc::over(RpcClient::new(transport, true), "bad line").await.unwrap();
        refused.store(0, Ordering::SeqCst);
        (rpc, refused)
    }

    /// A second connection that refuses what `refuse` picks by method and parameters; what it leads to can be changed.
    pub async fn line(&self, refuse: impl Fn(&str, &Value) -> bool + Send + Sync + 'static) -> Line {
        let (to, refused) = (Arc::new(Mutex::new(self.chain.client())), Arc::new(AtomicUsize::new(0)));
        let transport = BadLine { inner: to.clone(), refuse: Arc::new(refuse), refused: refused.clone() };
        let rpc = Rpc::over(RpcClient::new(transport, true), "picky line").await.unwrap();
        Line { rpc, to, refused }
    }
}

/// A connection that refuses some requests.
pub struct Line {
    pub rpc: Rpc,
    to: Arc<Mutex<RpcClient>>,
    pub refused: Arc<AtomicUsize>,
}

impl Line {
    /// From now on it is another chain that answers.
    pub fn lead_to(&self, pad: &Pad) {
        *self.to.lock().unwrap() = pad.chain.client();
    }
}

/// The blocks that a question for logs spans.
pub fn log_range(params: &Value) -> u64 {
    let number = |name: &str| u64::from_str_radix(&params[0][name].as_str().unwrap()[2..], 16).unwrap();
    number("toBlock") - number("fromBlock") + 1
}

/// Whether a method with its parameters is refused.
type Refuses = dyn Fn(&str, &Value) -> bool + Send + Sync;

/// A transport on which some requests, or all, come to nothing once it is told so (`refused` is not `usize::MAX`).
#[derive(Clone)]
struct BadLine {
    inner: Arc<Mutex<RpcClient>>,
    refuse: Arc<Refuses>,
    refused: Arc<AtomicUsize>,
}

impl tower::Service<RequestPacket> for BadLine {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let bad = packet.requests().iter().any(|request| {
            let params = request.params().map_or(Value::Null, |params| serde_json::from_str(params.get()).unwrap());
            (self.refuse)(request.method(), &params)
        });
        if bad && self.refused.load(Ordering::SeqCst) != usize::MAX {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Box::pin(std::future::ready(Err(TransportErrorKind::backend_gone())));
        }
        // no batches here: who asks for several is expected to ask one by one then
        let RequestPacket::Single(request) = packet else {
            return Box::pin(std::future::ready(Err(TransportErrorKind::backend_gone())));
        };
        let client = self.inner.lock().unwrap().clone();
        Box::pin(async move {
            let params = request.params().map(ToOwned::to_owned);
            let answer = client.request::<_, Box<RawValue>>(request.method().to_owned(), params).await;
            let payload = match answer {
                Ok(value) => ResponsePayload::Success(value),
                Err(RpcError::ErrorResp(failure)) => ResponsePayload::Failure(failure),
                Err(error) => return Err(error),
            };
            Ok(ResponsePacket::Single(Response { id: request.id().clone(), payload }))
        })
    }
}
