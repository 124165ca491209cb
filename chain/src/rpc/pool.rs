//! Several endpoints behind one transport: each packet goes where its class says.
//!
//! A read goes to the endpoint that ranks first and stays with it, so that what is read fits together; another is asked only
//! if it fails, or if it answers with an error of its own (which another may not have; a revert is an answer). When all have
//! failed, the whole round is repeated after a pause, a few times. Reads on which money hangs go to all (`quorum`), signed
//! transactions too (`send`), and what changes anything goes to one endpoint, once.
//!
//! A single endpoint that was handed over as a client ([`Options::bare`]) is asked as it is: no repetition, no pause, no
//! question more than there was before, so that the chain inside the process costs nothing.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, ResponsePacket, ResponsePayload},
    },
    transports::TransportFut,
};
use rand::{SeedableRng, rngs::StdRng};
use tokio::time::Instant;
use tower::Service;

use super::{
    agree::{self, Identity},
    backoff::Backoff,
    class,
    endpoint::Endpoint,
    error::{Fault, TransportError, revert_data},
    logs::LastSpan,
    options::Options,
    quorum::Plan,
    send,
    survey::Split,
    wake::Wake,
};

/// Time for a light read where another endpoint could be asked.
const LIGHT: Duration = Duration::from_secs(10);
/// Time for a heavy one.
const HEAVY: Duration = Duration::from_secs(30);
/// The longest that a read waits for an endpoint which wants to be left alone.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// All endpoints, and what is known of them together.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) identity: Identity,
    pub(super) options: Options,
    /// Endpoints that have to say the same.
    pub(super) quorum: usize,
    /// The highest block that a quorum called final.
    pub(super) finalized: AtomicU64,
    /// Endpoints on different forks, where no quorum is on one of them.
    pub(super) split: Mutex<Option<Split>>,
    pub(super) surveyed: Mutex<Option<Instant>>,
    pub(super) surveying: AtomicBool,
    /// Blocks of logs that were last answered at once.
    pub(super) span: LastSpan,
    pub(super) wake: Option<Wake>,
    rng: Mutex<StdRng>,
}

/// An answer, and who gave it.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) result: Result<ResponsePacket, TransportError>,
}

/// What an answer is worth where another endpoint could be asked.
enum Worth {
    Answer,
    /// An error of its own, which another may not have.
    Refusal,
    Nothing,
}

impl Pool {
    pub(super) fn new(endpoints: Vec<Arc<Endpoint>>, identity: Identity, options: Options) -> Self {
        let quorum = options.quorum_of(endpoints.len());
        let seed = options.seed();
        let wake = options.wake().map(|url| Wake::listen(url, seed));
        let rng = Mutex::new(StdRng::seed_from_u64(seed));
        Self {
            endpoints,
            identity,
            options,
            quorum,
            finalized: AtomicU64::new(0),
            split: Mutex::default(),
            surveyed: Mutex::default(),
            surveying: AtomicBool::new(false),
            span: LastSpan::default(),
            wake,
            rng,
        }
    }

    /// Hands a packet to whom its class says.
    pub(super) async fn ask(self: &Arc<Self>, packet: RequestPacket) -> Answered {
        if self.options.is_bare()
            && let [only] = &self.endpoints[..]
        {
            return self.one(only, packet, None).await;
        }
        let plan = Plan::of(&packet, self.finalized.load(Ordering::Relaxed));
        if self.endpoints.len() == 1 {
            return match plan {
                Plan::Send | Plan::Once => self.once(packet).await,
                Plan::Any | Plan::Votes(_) | Plan::OneByOne => self.any(packet).await,
            };
        }
        self.survey_if_due();
        match plan {
            Plan::Any => self.any(packet).await,
            Plan::Votes(votes) => self.vote(&votes, packet).await,
            Plan::OneByOne => self.one_by_one(packet).await,
            Plan::Send => send::packet(self, packet).await,
            Plan::Once => self.once(packet).await,
        }
    }

    /// Asks one endpoint, after making sure that it is still of this chain.
    pub(super) async fn one(
        &self,
        endpoint: &Arc<Endpoint>,
        packet: RequestPacket,
        limit: Option<Duration>,
    ) -> Answered {
        let result = match agree::ensure(endpoint, &self.identity).await {
            Ok(()) => endpoint.ask(packet, limit).await,
            Err(error) => Err(error),
        };
        Answered { endpoint: Arc::clone(endpoint), result }
    }

    /// Those who may be asked, the best first.
    pub(super) fn ranked(&self) -> Vec<Arc<Endpoint>> {
        let now = Instant::now();
        let mut ranked: Vec<_> =
            self.endpoints.iter().filter_map(|endpoint| Some((endpoint.health().rank(now)?, endpoint))).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, endpoint)| Arc::clone(endpoint)).collect()
    }

    /// How many questions a batch may have everywhere.
    pub(super) fn batch_size(&self) -> usize {
        self.endpoints.iter().map(|endpoint| endpoint.batch_size()).min().unwrap_or(1)
    }

    /// Time for an answer.
    pub(super) fn limit(&self, packet: &RequestPacket) -> Option<Duration> {
        let light = self.endpoints.len() > 1 && !class::is_heavy(packet);
        Some(if light { LIGHT } else { HEAVY })
    }

    /// One endpoint, one try.
    async fn once(&self, packet: RequestPacket) -> Answered {
        let limit = self.limit(&packet);
        match self.ranked().first() {
            Some(endpoint) => self.one(endpoint, packet, limit).await,
            None => self.nobody(),
        }
    }

    /// One endpoint after the other, and all again after a pause.
    pub(super) async fn any(&self, packet: RequestPacket) -> Answered {
        let limit = self.limit(&packet);
        let mut silent = None;
        for round in 0..self.options.tries() {
            if round > 0 && !self.pause(round - 1).await {
                break;
            }
            let mut refused = None;
            for endpoint in self.ranked() {
                let answered = self.one(&endpoint, packet.clone(), limit).await;
                match worth(&packet, &answered.result) {
                    Worth::Answer => return answered,
                    Worth::Refusal => drop(refused.get_or_insert(answered)),
                    Worth::Nothing => silent = Some(answered),
                }
            }
            if let Some(refused) = refused {
                return refused;
            }
        }
        silent.unwrap_or_else(|| self.nobody())
    }

    /// Waits before a round; `false` if all want to be left alone for longer than a read waits.
    async fn pause(&self, failures: u32) -> bool {
        let mut pause = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            Backoff::READ.pause(failures, &mut *rng)
        };
        let now = Instant::now();
        let rests: Vec<_> = self.endpoints.iter().map(|endpoint| endpoint.health().rest(now)).collect();
        if let Some(shortest) = rests.into_iter().collect::<Option<Vec<_>>>().and_then(|rests| rests.into_iter().min())
        {
            pause = pause.max(shortest);
        }
        if pause > LONGEST_REST {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// Nobody may be asked: all are of another chain, or want to be left alone.
    pub(super) fn nobody(&self) -> Answered {
        let now = Instant::now();
        let endpoint =
            self.endpoints.iter().min_by_key(|endpoint| endpoint.health().rest(now).unwrap_or(Duration::MAX));
        let endpoint = Arc::clone(endpoint.unwrap_or(&self.endpoints[0]));
        // not within the match: its lock would be held there
        let rest = endpoint.health().rest(now);
        let fault = match rest {
            Some(rest) => Fault::RateLimited(Some(rest)),
            None => Fault::WrongChain(endpoint.health().state(now).words()),
        };
        Answered { result: Err(fault.into_transport()), endpoint }
    }
}

fn worth(packet: &RequestPacket, result: &Result<ResponsePacket, TransportError>) -> Worth {
    match result {
        // the same batch again would be refused again
        Err(error) if matches!(Fault::of(error), Fault::NoBatch(_)) => Worth::Refusal,
        Err(_) => Worth::Nothing,
        Ok(ResponsePacket::Single(response)) => match &response.payload {
            ResponsePayload::Failure(error) if revert_data(error).is_none() => Worth::Refusal,
            _ => Worth::Answer,
        },
        // what is answered of a batch is answered; what is missing may be had elsewhere
        Ok(ResponsePacket::Batch(responses)) if responses.len() == packet.requests().len() => Worth::Answer,
        Ok(ResponsePacket::Batch(_)) => Worth::Refusal,
    }
}

/// The pool as alloy's transport.
#[derive(Debug, Clone)]
pub(super) struct PoolTransport(pub(super) Arc<Pool>);

impl PoolTransport {
    pub(super) fn client(pool: &Arc<Pool>) -> RpcClient {
        let is_local = pool.endpoints.iter().all(|endpoint| endpoint.is_local());
        RpcClient::new(Self(Arc::clone(pool)), is_local)
    }
}

impl Service<RequestPacket> for PoolTransport {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, packet: RequestPacket) -> Self::Future {
        let pool = Arc::clone(&self.0);
        Box::pin(async move { pool.ask(packet).await.result })
    }
}
