//! One endpoint: its client, its name, and its health, which every question updates.

use std::{
    future::poll_fn,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, ResponsePacket, ResponsePayload, RpcRecv, RpcSend},
    },
    transports::RpcError as AlloyRpcError,
};
use rand::{SeedableRng, rngs::StdRng};
use tokio::time::Instant;
use tower::Service;

use super::{
    answer::{Questions, too_often},
    error::{Fault, RpcError, Secrets, TransportError, convert, revert_data},
    health::{EndpointState, Health},
    survey::Window,
};

/// Most questions of one batch.
pub(super) const MOST_IN_A_BATCH: usize = 64;

/// How an endpoint is, for reports and figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct EndpointStatus {
    /// Its name, without secrets.
    pub label: String,
    /// How it is.
    #[serde(flatten)]
    pub state: EndpointState,
    /// Its newest block when it was last looked at.
    pub head: Option<u64>,
    /// By how many blocks that was behind the others.
    pub lag: Option<u64>,
    /// How long its last answer took.
    pub latency: Option<Duration>,
    /// Its last failure, in words.
    pub last_error: Option<String>,
    /// For how long it wants to be left alone.
    pub rate_limited_for: Option<Duration>,
    /// Its chain id, if it was asked.
    pub chain_id: Option<u64>,
    /// Its client and version, if it was asked.
    pub client_version: Option<String>,
}

/// What an endpoint told of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) chain_id: Option<u64>,
    pub(super) client_version: Option<String>,
}

/// One endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) label: String,
    secrets: Secrets,
    client: RpcClient,
    health: Mutex<Health>,
    told: Mutex<Told>,
    /// Questions it takes in one batch, as far as is known.
    batch: AtomicUsize,
    rng: Mutex<StdRng>,
    window: Mutex<Window>,
}

impl Endpoint {
    pub(super) fn new(client: RpcClient, label: String, secrets: Secrets, seed: u64) -> Self {
        Self {
            label,
            secrets,
            client,
            health: Mutex::default(),
            told: Mutex::default(),
            batch: AtomicUsize::new(MOST_IN_A_BATCH),
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            window: Mutex::default(),
        }
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_local(&self) -> bool {
        self.client.is_local()
    }

    /// Hands over a packet and gives back the answers that belong to it. Nothing is repeated.
    pub(super) async fn ask(
        &self,
        packet: RequestPacket,
        limit: Option<Duration>,
    ) -> Result<ResponsePacket, TransportError> {
        let questions = Questions::of(&packet);
        let started = Instant::now();
        let mut transport = self.client.transport().clone();
        let call = async move {
            poll_fn(|context| transport.poll_ready(context)).await?;
            transport.call(packet).await
        };
        let answer = match limit {
            Some(limit) => match tokio::time::timeout(limit, call).await {
                Ok(answer) => answer,
                Err(_) => Err(Fault::Timeout(limit).into_transport()),
            },
            None => call.await,
        };
        let sorted = match answer {
            Ok(packet) => questions.sort(packet).and_then(not_too_often).map_err(Fault::into_transport),
            Err(AlloyRpcError::ErrorResp(payload)) => return Err(AlloyRpcError::ErrorResp(payload)),
            Err(error) => Err(error),
        };
        match &sorted {
            Ok(_) => self.health().note_answer(started.elapsed()),
            Err(error) => self.note_fault(&Fault::of(error)),
        }
        sorted
    }

    pub(super) fn note_fault(&self, fault: &Fault) {
        let words = self.secrets.words(&fault.to_string());
        tracing::debug!(endpoint = %self.label, %words, "no usable answer");
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        self.health().note_fault(Instant::now(), fault, words, &mut *rng);
    }

    /// One question, typed, outside of any class.
    pub(super) async fn request<P: RpcSend, R: RpcRecv>(
        &self,
        method: &'static str,
        params: P,
        limit: Option<Duration>,
    ) -> Result<R, TransportError> {
        let request = self.client.make_request(method, params).serialize().map_err(TransportError::ser_err)?;
        first(self.ask(RequestPacket::Single(request), limit).await?)
    }

    /// How many questions a batch may have here.
    pub(super) fn batch_size(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    /// A batch of `size` was not answered: the next are half as large.
    pub(super) fn shrink_batch(&self, size: usize) {
        self.batch.store((size / 2).max(1), Ordering::Relaxed);
    }

    /// A batch of `size` was answered: the next may be a little larger.
    pub(super) fn grow_batch(&self, size: usize) {
        let known = self.batch_size();
        if size >= known && known < MOST_IN_A_BATCH {
            self.batch.store((known + 1 + known / 8).min(MOST_IN_A_BATCH), Ordering::Relaxed);
        }
    }

    /// Alloy's error as ours, under this endpoint's name.
    pub(super) fn convert(&self, method: &'static str, error: TransportError) -> RpcError {
        convert(&self.label, &self.secrets, method, error)
    }

    pub(super) fn status(&self) -> EndpointStatus {
        let now = Instant::now();
        let told = self.told().clone();
        let health = self.health();
        EndpointStatus {
            label: self.label.clone(),
            state: health.state(now),
            head: health.head,
            lag: health.lag,
            latency: health.latency,
            last_error: health.last_error.clone(),
            rate_limited_for: health.rest(now),
            chain_id: told.chain_id,
            client_version: told.client_version,
        }
    }
}

/// An answer that says that the endpoint is asked too often is none; a revert may quote such words.
fn not_too_often(packet: ResponsePacket) -> Result<ResponsePacket, Fault> {
    let rest = packet.iter_errors().filter(|error| revert_data(error).is_none()).find_map(too_often);
    rest.map_or(Ok(packet), |rest| Err(Fault::RateLimited(rest)))
}

/// The only answer of a packet, decoded.
pub(super) fn first<R: RpcRecv>(packet: ResponsePacket) -> Result<R, TransportError> {
    let response = match packet {
        ResponsePacket::Single(response) => Some(response),
        ResponsePacket::Batch(responses) => responses.into_iter().next(),
    };
    match response.map(|response| response.payload) {
        Some(ResponsePayload::Success(value)) => {
            serde_json::from_str(value.get()).map_err(|error| TransportError::deser_err(error, ""))
        }
        Some(ResponsePayload::Failure(error)) => Err(TransportError::err_resp(error)),
        None => Err(Fault::Missing.into_transport()),
    }
}
