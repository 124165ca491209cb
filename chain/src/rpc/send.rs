//! A signed transaction goes to every endpoint at once.
//!
//! The same bytes cannot do harm twice, and one endpoint that swallows them must not be able to hold them back. Every answer
//! is handed on as it is: what they mean together is for the outbox to say. After the first endpoint has taken them the others
//! have a moment to answer; what they do later is not waited for, but it is not called off either.
//!
//! An endpoint that fails, or wants to be left alone, is only sent to if no other is left; one of another chain never. It is
//! among the answers all the same, as one of which nothing is known: it may have got the same bytes before.

use std::{sync::Arc, time::Duration};

use alloy::{
    primitives::{B256, Bytes},
    rpc::json_rpc::{Request, RequestMeta, RequestPacket, ResponsePacket, ResponsePayload},
};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{
    endpoint::{Endpoint, first},
    error::{Fault, RpcError, TransportError},
    pool::{Answered, Pool},
};

/// Time for an answer to a send.
const LIMIT: Duration = Duration::from_secs(30);
/// How long the others may still take after the first has accepted.
const GRACE: Duration = Duration::from_millis(750);

/// The JSON-RPC method.
const METHOD: &str = "eth_sendRawTransaction";

/// What each endpoint answered to a signed transaction.
pub type SendAnswers = Vec<(String, Result<B256, RpcError>)>;

/// Hands a signed transaction to all; what each answered, those that were sent to first.
pub(super) async fn raw(pool: &Arc<Pool>, raw: &Bytes) -> SendAnswers {
    let request = Request { meta: RequestMeta::new(METHOD.into(), 1u64.into()), params: (raw,) };
    let packet = match request.serialize() {
        Ok(request) => RequestPacket::Single(request),
        Err(error) => {
            let endpoint = &pool.endpoints[0];
            return vec![(endpoint.label.clone(), Err(endpoint.convert(METHOD, TransportError::ser_err(error))))];
        }
    };
    let mut answers = to_all(pool, packet).await;
    for endpoint in &pool.endpoints {
        if !answers.iter().any(|answered| Arc::ptr_eq(&answered.endpoint, endpoint)) {
            answers.push(unanswered(endpoint, "not sent to it now"));
        }
    }
    let told = answers.into_iter().map(|answered| {
        let result = answered.result.and_then(first::<B256>);
        (answered.endpoint.label.clone(), result.map_err(|error| answered.endpoint.convert(METHOD, error)))
    });
    told.collect()
}

/// A send through alloy's stack, which wants one answer: a success before an unknown outcome, that before a refusal.
pub(super) async fn packet(pool: &Arc<Pool>, packet: RequestPacket) -> Answered {
    let answers = to_all(pool, packet).await;
    let weight = |answered: &Answered| match &answered.result {
        Ok(packet) if packet.is_success() => 0,
        Err(_) => 1,
        Ok(_) => 2,
    };
    answers.into_iter().min_by_key(weight).unwrap_or_else(|| pool.nobody())
}

async fn to_all(pool: &Arc<Pool>, packet: RequestPacket) -> Vec<Answered> {
    let receivers = receivers(pool);
    match &receivers[..] {
        [] => return vec![pool.nobody()],
        [only] => {
            let limit = (!pool.options.is_bare()).then_some(LIMIT);
            return vec![pool.one(only, packet, limit).await];
        }
        _ => {}
    }
    let mut waiting: FuturesUnordered<BoxFuture<'_, (usize, Answered)>> = FuturesUnordered::new();
    for (index, endpoint) in receivers.iter().enumerate() {
        let (pool, own, packet) = (Arc::clone(pool), Arc::clone(endpoint), packet.clone());
        // a task of its own: it reaches the endpoint even if nobody waits for its answer any more
        let task = tokio::spawn(async move { pool.one(&own, packet, Some(LIMIT)).await });
        waiting.push(Box::pin(async move {
            let answered = task.await.unwrap_or_else(|_| unanswered(endpoint, "the send did not end"));
            (index, answered)
        }));
    }
    let mut answers: Vec<Option<Answered>> = receivers.iter().map(|_| None).collect();
    let mut until: Option<Instant> = None;
    loop {
        let next = match until {
            Some(until) => tokio::time::timeout_at(until, waiting.next()).await.unwrap_or(None),
            None => waiting.next().await,
        };
        let Some((index, answered)) = next else { break };
        if taken(&answered) && until.is_none() {
            until = Some(Instant::now() + GRACE);
        }
        answers[index] = Some(answered);
    }
    let named = receivers.iter().zip(answers);
    named.map(|(endpoint, answer)| answer.unwrap_or_else(|| unanswered(endpoint, "no answer yet"))).collect()
}

/// To whom a transaction is sent.
fn receivers(pool: &Pool) -> Vec<Arc<Endpoint>> {
    let now = Instant::now();
    let ranked = pool.ranked();
    let sound: Vec<_> = ranked.iter().filter(|endpoint| endpoint.health().votes(now)).cloned().collect();
    if sound.is_empty() { ranked } else { sound }
}

fn taken(answered: &Answered) -> bool {
    match &answered.result {
        Ok(ResponsePacket::Single(response)) => matches!(response.payload, ResponsePayload::Success(_)),
        Ok(ResponsePacket::Batch(responses)) => responses.iter().all(|response| response.payload.is_success()),
        Err(_) => false,
    }
}

fn unanswered(endpoint: &Arc<Endpoint>, words: &str) -> Answered {
    Answered { endpoint: Arc::clone(endpoint), result: Err(Fault::Cut(words.to_owned()).into_transport()) }
}
