//! An endpoint: a view onto a world with its own lag, its own lies and its own ways to fail.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::rpc::client::RpcClient;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use tokio::sync::Notify;

use crate::{
    World,
    faults::{self, Rule},
    http::Server,
    transport::Local,
};

/// How long a client in this process waits for an answer unless it is told otherwise: as an HTTP client would.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// A handle on an endpoint; copies are the same endpoint.
#[derive(Debug, Clone)]
pub struct Node(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    label: String,
    state: Mutex<State>,
    reached: Notify,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) lag: usize,
    pub(crate) latency: Duration,
    pub(crate) down: bool,
    rules: Vec<Rule>,
    rng: ChaCha12Rng,
    requests: BTreeMap<String, u64>,
    fired: u64,
}

impl Node {
    pub(crate) fn new(world: World, label: &str) -> Self {
        let seed = label
            .bytes()
            .fold(world.lock().config.seed, |seed, byte| seed.wrapping_mul(0x0100_0000_01b3).wrapping_add(byte.into()));
        let state = State {
            world,
            lag: 0,
            latency: Duration::ZERO,
            down: false,
            rules: Vec::new(),
            rng: ChaCha12Rng::seed_from_u64(seed),
            requests: BTreeMap::new(),
            fired: 0,
        };
        Self(Arc::new(Shared { label: label.to_owned(), state: Mutex::new(state), reached: Notify::new() }))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its name in the record of arrivals.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// The world it looks at now.
    #[must_use]
    pub fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// Looks at another world from now on: a fork, or another chain altogether.
    pub fn follow(&self, world: &World) {
        self.lock().world = world.clone();
    }

    /// Answers as of so many blocks ago; transactions are taken all the same.
    pub fn lag(&self, blocks: usize) {
        self.lock().lag = blocks;
    }

    /// Takes so long for every packet, half of it before the requests are taken and half of it after.
    pub fn latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    /// Nobody listens, or somebody does again.
    pub fn down(&self, down: bool) {
        self.lock().down = down;
    }

    /// Adds a rule after those that are there.
    pub fn script(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// No faults, no lag, not down. How long a packet takes stays as it was.
    pub fn calm(&self) {
        let mut state = self.lock();
        state.rules.clear();
        (state.lag, state.down) = (0, false);
    }

    /// Requests of a method so far.
    #[must_use]
    pub fn requests(&self, method: &str) -> u64 {
        self.lock().requests.get(method).copied().unwrap_or_default()
    }

    /// Faults suffered by requests so far.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.lock().fired
    }

    /// Resolves when a request is left without an answer; at once if that happened since the last time.
    pub async fn hung(&self) {
        self.0.reached.notified().await;
    }

    /// A client inside the process that gives up on a request after 30 seconds of tokio's clock.
    #[must_use]
    pub fn client(&self) -> RpcClient {
        self.client_with_timeout(CLIENT_TIMEOUT)
    }

    /// A client inside the process that gives up on a request after `timeout`.
    #[must_use]
    pub fn client_with_timeout(&self, timeout: Duration) -> RpcClient {
        RpcClient::new(Local { node: self.clone(), timeout }, true)
    }

    /// Serves it over HTTP on a free port of the loopback interface, until the server is dropped.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn serve(&self) -> std::io::Result<Server> {
        Server::start(self.clone(), 0).await
    }

    /// Serves it on a port of one's choice: that of a server that was dropped.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn serve_at(&self, port: u16) -> std::io::Result<Server> {
        Server::start(self.clone(), port).await
    }

    pub(crate) fn notify_hung(&self) {
        self.0.reached.notify_one();
    }

    /// What happens to a request, and as of when it is answered.
    pub(crate) fn meet(&self, method: &str) -> (World, usize, Option<Rule>) {
        let mut state = self.lock();
        let state = &mut *state;
        *state.requests.entry(method.to_owned()).or_default() += 1;
        let rule = faults::choose(&mut state.rules, method, &mut state.rng);
        state.fired += u64::from(rule.is_some());
        (state.world.clone(), state.lag, rule)
    }
}
