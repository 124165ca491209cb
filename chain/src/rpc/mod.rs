//! Reading a chain, and handing it signed transactions, through one endpoint or several.
//!
//! [`Rpc`] is a cheap handle. Behind it every endpoint has a name without secrets and a state; what is asked goes where its
//! class says (`class`): reads to the best endpoint and to the next if it fails, reads on which money hangs to all of them
//! (`quorum`, `vote`), signed transactions to all of them at once (`send`). Unknown means stop: endpoints that contradict each
//! other are an error that names them, never one of the answers.
//!
//! | file | idea |
//! |---|---|
//! | `connect` | how endpoints get behind a handle, and have to be of one chain to get there |
//! | `read` | the typed reads |
//! | `class` | what kind of question a method is |
//! | `pool` | each packet to whom its class says; failover, pauses |
//! | `quorum`, `vote` | one answer made of several |
//! | `send` | signed transactions to all |
//! | `survey`, `agree` | who lags, who is on another fork, who is of another chain |
//! | `endpoint`, `health` | one endpoint and its state |
//! | `http`, `answer` | one question over HTTP; which answer belongs to which question |
//! | `logs`, `span`, `proof` | logs that are known to be all there are |
//! | `wake` | a WebSocket that ends a wait early |
//! | `backoff`, `options`, `error` | pauses, choices, words without secrets |
//!
//! Where it differs from alloy's own stack: no retry layer (it repeats sends, and waits for fixed times), no fallback layer
//! (the first answer of three wins there, be it an error), no filler, no watcher.

mod agree;
mod answer;
mod backoff;
mod class;
mod connect;
mod endpoint;
mod error;
mod health;
mod http;
mod logs;
mod options;
mod pool;
mod proof;
mod quorum;
mod read;
mod send;
mod span;
mod survey;
#[cfg(test)]
mod tests;
mod vote;
mod wake;

use std::{sync::Arc, time::Duration};

use alloy::{
    primitives::{B256, Bytes},
    providers::{Provider, RootProvider},
    rpc::json_rpc::{RequestPacket, ResponsePacket, RpcRecv, RpcSend, SerializedRequest},
};
use futures::future::join_all;

use self::{class::Vote, endpoint::first, error::Fault, pool::Pool};
pub use self::{
    endpoint::EndpointStatus,
    error::{RpcError, TransportError, describe_revert, redact},
    health::EndpointState,
    options::Options,
    read::BlockRef,
    send::SendAnswers,
};

/// A handle on a chain, through one endpoint or several.
#[derive(Debug, Clone)]
pub struct Rpc {
    pool: Arc<Pool>,
    provider: RootProvider,
    label: Arc<str>,
}

impl Rpc {
    /// The provider beneath, for calls this handle has no word for. It never fills nonces or fees.
    #[must_use]
    pub fn provider(&self) -> &RootProvider {
        &self.provider
    }

    /// The endpoints without credentials, path or query.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The chain id answered at connection.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.pool.identity.chain_id
    }

    /// How many endpoints have to say the same where money hangs on it.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.pool.quorum
    }

    /// How each endpoint is, in the order they were given.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.pool.endpoints.iter().map(|endpoint| endpoint.status()).collect()
    }

    /// Asks every endpoint for its newest block, its chain id and its version, and compares their chains; then how each is.
    pub async fn inspect(&self) -> Vec<EndpointStatus> {
        self.pool.survey().await;
        join_all(self.pool.endpoints.iter().map(|endpoint| async move {
            if agree::chain_id(endpoint).await.is_ok() {
                let version = endpoint.request("web3_clientVersion", (), Some(agree::LIMIT)).await;
                endpoint.told().client_version = version.ok();
            }
        }))
        .await;
        self.endpoints()
    }

    /// Any method by name.
    ///
    /// # Errors
    /// [`RpcError`], a revert included.
    pub async fn request<P, R>(&self, method: &'static str, params: P) -> Result<R, RpcError>
    where
        P: RpcSend,
        R: RpcRecv,
    {
        let request = self.serialize(method, params)?;
        let answered = self.pool.ask(RequestPacket::Single(request)).await;
        answered.result.and_then(first).map_err(|error| answered.endpoint.convert(method, error))
    }

    /// One method about several things in JSON-RPC batches; answers come in the order of the questions. An endpoint that does
    /// not do batches, or not such large ones, is asked in smaller ones, at last one by one; so is what a batch leaves out.
    ///
    /// # Errors
    /// The first question without an answer makes the whole an error.
    pub async fn batch<P, R>(&self, method: &'static str, questions: Vec<P>) -> Result<Vec<R>, RpcError>
    where
        P: RpcSend + Clone,
        R: RpcRecv,
    {
        let mut answers = Vec::with_capacity(questions.len());
        let mut rest = &questions[..];
        while let Some(next) = rest.first() {
            let (now, later) = rest.split_at(self.pool.batch_size().min(rest.len()));
            if now.len() == 1 {
                answers.push(self.request(method, next.clone()).await?);
                rest = later;
                continue;
            }
            let requests = now.iter().map(|question| self.serialize(method, question.clone()));
            let requests = requests.collect::<Result<Vec<_>, _>>()?;
            let answered = self.pool.ask(RequestPacket::Batch(requests.clone())).await;
            let packet = match answered.result {
                Ok(packet) => packet,
                Err(error) => {
                    let fault = Fault::of(&error);
                    if matches!(fault, Fault::Disagree { .. } | Fault::RateLimited(_) | Fault::WrongChain(_)) {
                        return Err(answered.endpoint.convert(method, error));
                    }
                    answered.endpoint.shrink_batch(now.len());
                    if fault.breaks_connection() {
                        // one question tells whether the size of the batch was the trouble
                        answers.push(self.request(method, next.clone()).await?);
                        rest = &rest[1..];
                    }
                    continue;
                }
            };
            answered.endpoint.grow_batch(now.len());
            for (request, question) in requests.iter().zip(now) {
                let own = packet.responses().iter().find(|response| response.id == *request.id());
                answers.push(match own {
                    Some(own) => first(ResponsePacket::Single(own.clone()))
                        .map_err(|error| answered.endpoint.convert(method, error))?,
                    None => self.request(method, question.clone()).await?,
                });
            }
            rest = later;
        }
        Ok(answers)
    }

    /// Receipts on which a quorum agrees, the same block and the same outcome; where one endpoint is asked, its word. What is
    /// called final has to be read so: one voice is enough for [`Rpc::request`] to show a receipt.
    ///
    /// # Errors
    /// [`RpcError::Disagree`] also while some have a receipt that others do not have yet.
    pub async fn agreed_receipts<R: RpcRecv>(&self, hashes: &[B256]) -> Result<Vec<Option<R>>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let questions: Vec<_> = hashes.iter().map(|hash| (*hash,)).collect();
        if self.pool.endpoints.len() == 1 {
            return self.batch(METHOD, questions).await;
        }
        let mut answers = Vec::with_capacity(hashes.len());
        for some in questions.chunks(self.pool.batch_size()) {
            let requests = some.iter().map(|question| self.serialize(METHOD, *question));
            let packet = match &requests.collect::<Result<Vec<_>, _>>()?[..] {
                [one] => RequestPacket::Single(one.clone()),
                several => RequestPacket::Batch(several.to_vec()),
            };
            let answered = self.pool.vote(&vec![Some(Vote::SameReceipt); some.len()], packet).await;
            let fail = |error| answered.endpoint.convert(METHOD, error);
            for response in answered.result.map_err(fail)?.responses() {
                answers.push(first(ResponsePacket::Single(response.clone())).map_err(fail)?);
            }
        }
        Ok(answers)
    }

    /// Hands a signed transaction to every endpoint that can be sent to, at once; what each answered.
    pub async fn send_raw(&self, raw: Bytes) -> SendAnswers {
        send::raw(&self.pool, &raw).await
    }

    /// Resolves with the next block that a WebSocket tells of; never, if there is none. Only a hint to look.
    pub async fn woken(&self) {
        match &self.pool.wake {
            Some(wake) => wake.woken().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for `time`, or until there may be a new block.
    pub async fn wait(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.woken() => {}
        }
    }

    fn serialize<P: RpcSend>(&self, method: &'static str, params: P) -> Result<SerializedRequest, RpcError> {
        let request = self.provider.client().make_request(method, params).serialize();
        request.map_err(|error| self.pool.endpoints[0].convert(method, TransportError::ser_err(error)))
    }
}
