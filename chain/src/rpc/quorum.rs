//! Reads on which money hangs: asked of all endpoints at once, one answer made of theirs.
//!
//! Heights at or under the block that a quorum called final are read from a quorum too; above it any endpoint will do, since
//! nothing there is believed for long. The final block itself is the highest that a quorum has reached with the same hash:
//! endpoints are seldom equally far, so those that are ahead are asked for the hash at the height of the others.
//!
//! While endpoints are on different forks and no quorum is on one of them (`survey`), the count of an account's transactions
//! is a disagreement: nothing new is sent until it is known which chain it goes to.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use alloy::{
    primitives::B256,
    rpc::json_rpc::{
        Request, RequestMeta, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest,
    },
};
use futures::future::join_all;
use serde_json::{Value, json, value::RawValue};
use tokio::time::Instant;

use super::{
    class::{self, Class, Vote},
    endpoint::Endpoint,
    error::{Fault, TransportError},
    pool::{Answered, Pool},
    vote::{Outcome, Said, merge, number},
};

/// What a packet asks for, where several endpoints could be asked.
pub(super) enum Plan {
    /// One question, or several that any endpoint answers.
    Any,
    /// Each question merged by its own rule; `None` takes the best endpoint's answer.
    Votes(Vec<Option<Vote>>),
    /// Questions that have to be asked one after the other.
    OneByOne,
    Send,
    Once,
}

impl Plan {
    pub(super) fn of(packet: &RequestPacket, finalized: u64) -> Self {
        let classes: Vec<Class> = packet.requests().iter().map(class::of_request).collect();
        if classes.iter().all(|class| *class == Class::Send) {
            return Self::Send;
        }
        if classes.iter().any(|class| matches!(class, Class::Send | Class::Once)) {
            return Self::Once;
        }
        let needed = classes.into_iter().map(|class| match class {
            Class::Quorum(Vote::BlockAt(height) | Vote::CountAt(height)) if height > finalized => None,
            Class::Quorum(vote) => Some(vote),
            _ => None,
        });
        let votes: Vec<_> = needed.collect();
        let needs_final = votes.iter().flatten().any(|vote| matches!(vote, Vote::FinalBlock | Vote::FinalCount));
        if votes.iter().all(Option::is_none) {
            Self::Any
        } else if needs_final && votes.len() > 1 {
            Self::OneByOne
        } else {
            Self::Votes(votes)
        }
    }
}

impl Pool {
    /// Asks all and merges by `votes`, one a question.
    pub(super) async fn vote(self: &Arc<Self>, votes: &[Option<Vote>], packet: RequestPacket) -> Answered {
        if let ([Some(vote @ (Vote::FinalBlock | Vote::FinalCount))], Some(request)) =
            (votes, packet.requests().first())
        {
            let result = match vote {
                Vote::FinalBlock => self.final_block(request).await,
                _ => self.final_count(request).await,
            };
            return match result {
                Ok((endpoint, response)) => Answered { endpoint, result: Ok(shape(&packet, vec![response])) },
                Err(failed) => failed,
            };
        }
        let voices = self.voices(&packet).await;
        let mut responses = Vec::with_capacity(votes.len());
        let mut first = None;
        for (index, (vote, request)) in votes.iter().zip(packet.requests()).enumerate() {
            match self.settle(*vote, request, index, &voices) {
                Ok((endpoint, response)) => {
                    first.get_or_insert(endpoint);
                    responses.push(response);
                }
                Err(failed) => return failed,
            }
        }
        match first {
            Some(endpoint) => Answered { endpoint, result: Ok(shape(&packet, responses)) },
            None => self.nobody(),
        }
    }

    /// Asks the questions of a packet one after the other.
    pub(super) async fn one_by_one(self: &Arc<Self>, packet: RequestPacket) -> Answered {
        let mut responses = Vec::with_capacity(packet.requests().len());
        let mut first = None;
        for request in packet.requests() {
            let answered = Box::pin(self.ask(RequestPacket::Single(request.clone()))).await;
            match answered.result {
                Ok(answer) => {
                    first.get_or_insert(answered.endpoint);
                    responses.extend(match answer {
                        ResponsePacket::Single(response) => vec![response],
                        ResponsePacket::Batch(responses) => responses,
                    });
                }
                Err(_) => return answered,
            }
        }
        match first {
            Some(endpoint) => Answered { endpoint, result: Ok(ResponsePacket::Batch(responses)) },
            None => self.nobody(),
        }
    }

    /// Puts a packet to all whose voice counts, and to those that failed if there are too few; the best first.
    async fn voices(&self, packet: &RequestPacket) -> Vec<Answered> {
        let now = Instant::now();
        let ranked = self.ranked();
        let sound: Vec<_> = ranked.iter().filter(|endpoint| endpoint.health().votes(now)).cloned().collect();
        let asked = if sound.len() >= self.quorum { sound } else { ranked };
        let limit = self.limit(packet);
        join_all(asked.iter().map(|endpoint| self.one(endpoint, packet.clone(), limit))).await
    }

    /// What the voices make of the question at `index` of their packet.
    fn settle(
        &self,
        vote: Option<Vote>,
        request: &SerializedRequest,
        index: usize,
        voices: &[Answered],
    ) -> Result<(Arc<Endpoint>, Response), Answered> {
        let said: Vec<Said> = voices.iter().map(|voice| said(voice, request, index)).collect();
        let outcome = match vote {
            Some(Vote::Reached) => {
                self.undivided().map_or_else(|| Ok(merge(Vote::Reached, &said, self.quorum)), Err)?
            }
            Some(vote) => merge(vote, &said, self.quorum),
            None => said
                .iter()
                .position(|said| matches!(said, Said::Value(_)))
                .or_else(|| said.iter().position(|said| matches!(said, Said::Refused(_))))
                .map_or(Outcome::Short, Outcome::Take),
        };
        match outcome {
            Outcome::Take(taken) => {
                let payload = match said[taken].clone() {
                    Said::Value(value) => ResponsePayload::Success(value),
                    Said::Refused(error) => ResponsePayload::Failure(error),
                    Said::Nothing => return Err(self.nobody()),
                };
                Ok((Arc::clone(&voices[taken].endpoint), Response { id: request.id().clone(), payload }))
            }
            Outcome::Disagree(sides) => {
                let answers =
                    sides.into_iter().map(|(voice, says)| (voices[voice].endpoint.label.clone(), says)).collect();
                Err(self.disagreement(request.method(), answers))
            }
            Outcome::Short => Err(self.too_few(voices, &said)),
        }
    }

    /// The disagreement of endpoints on different forks, while there is one.
    fn undivided(&self) -> Option<Answered> {
        let split = self.split.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(self.disagreement(&format!("block {}", split.height), split.answers))
    }

    fn disagreement(&self, about: &str, answers: Vec<(String, String)>) -> Answered {
        tracing::warn!(about, ?answers, "endpoints disagree");
        let fault = Fault::Disagree { about: about.to_owned(), answers };
        Answered { endpoint: Arc::clone(&self.endpoints[0]), result: Err(fault.into_transport()) }
    }

    /// Why there is no quorum: the failure of one that did not answer, or its refusal.
    fn too_few(&self, voices: &[Answered], said: &[Said]) -> Answered {
        let failed = voices.iter().find_map(|voice| {
            let error = voice.result.as_ref().err()?;
            let words = format!("{}; {} of {} have to answer", Fault::of(error), self.quorum, self.endpoints.len());
            Some((Arc::clone(&voice.endpoint), Fault::Cut(words).into_transport()))
        });
        let refused = said.iter().zip(voices).find_map(|(said, voice)| match said {
            Said::Refused(error) => Some((Arc::clone(&voice.endpoint), TransportError::err_resp(error.clone()))),
            _ => None,
        });
        match failed.or(refused) {
            Some((endpoint, error)) => Answered { endpoint, result: Err(error) },
            None => {
                let silent = voices.iter().zip(said).find(|(_, said)| matches!(said, Said::Nothing));
                let endpoint = silent.map_or(&self.endpoints[0], |(voice, _)| &voice.endpoint);
                let words = format!("too few answers: {} of {} have to agree", self.quorum, self.endpoints.len());
                Answered { endpoint: Arc::clone(endpoint), result: Err(Fault::Garbage(words).into_transport()) }
            }
        }
    }

    /// The highest block that a quorum calls final, with the same hash.
    async fn final_block(self: &Arc<Self>, request: &SerializedRequest) -> Result<(Arc<Endpoint>, Response), Answered> {
        let voices = self.voices(&RequestPacket::Single(request.clone())).await;
        let said: Vec<Said> = voices.iter().map(|voice| said(voice, request, 0)).collect();
        let mut reached: Vec<(u64, usize)> = said
            .iter()
            .enumerate()
            .filter_map(|(voice, said)| match said {
                Said::Value(raw) => {
                    let block: Value = serde_json::from_str(raw.get()).ok()?;
                    Some((u64::try_from(number(&block["number"])?).ok()?, voice))
                }
                _ => None,
            })
            .collect();
        if reached.len() < self.quorum {
            // so young a chain that nothing is final, or too few answers
            return self.settle(Some(Vote::FinalBlock), request, 0, &voices);
        }
        reached.sort_unstable_by_key(|(height, voice)| (std::cmp::Reverse(*height), *voice));
        let mut heights: Vec<u64> = reached[self.quorum - 1..].iter().map(|(height, _)| *height).collect();
        heights.dedup();
        let mut sides = None;
        for height in heights {
            let at_height = block_request(request, height);
            let there = reached.iter().filter(|(reached, _)| *reached >= height).map(|(reached, voice)| {
                let (answered, at_height) = (&voices[*voice], &at_height);
                async move {
                    if *reached == height {
                        return Answered { endpoint: Arc::clone(&answered.endpoint), result: copy(&answered.result) };
                    }
                    let packet = RequestPacket::Single(at_height.clone());
                    let limit = self.limit(&packet);
                    self.one(&answered.endpoint, packet, limit).await
                }
            });
            let there = join_all(there).await;
            match self.settle(Some(Vote::FinalBlock), request, 0, &there) {
                Ok(agreed) => {
                    self.finalized.fetch_max(height, Ordering::Relaxed);
                    return Ok(agreed);
                }
                Err(failed) => drop(sides.get_or_insert(failed)),
            }
        }
        Err(sides.unwrap_or_else(|| self.nobody()))
    }

    /// A count as of the final block: endpoints call different blocks final, so it is asked for by height.
    async fn final_count(self: &Arc<Self>, request: &SerializedRequest) -> Result<(Arc<Endpoint>, Response), Answered> {
        let params: Vec<Value> =
            request.params().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let tag = params.get(1).cloned().unwrap_or_default();
        let asks = rewritten(request, "eth_getBlockByNumber", json!([tag, false]));
        let (_, block) = self.final_block(&asks).await?;
        let height = match &block.payload {
            ResponsePayload::Success(raw) => {
                serde_json::from_str::<Value>(raw.get()).ok().and_then(|block| number(&block["number"]))
            }
            ResponsePayload::Failure(_) => None,
        };
        // so short a chain that nothing but its beginning is final
        let at = height.map_or_else(|| json!("earliest"), |height| json!(format!("{height:#x}")));
        let at_height = rewritten(request, "eth_getTransactionCount", json!([params.first(), at]));
        let voices = self.voices(&RequestPacket::Single(at_height)).await;
        self.settle(Some(Vote::FinalCount), request, 0, &voices)
    }
}

/// What a voice said to the question at `index`. Batches carry ids; a question that was rewritten is the only one.
fn said(voice: &Answered, request: &SerializedRequest, index: usize) -> Said {
    let Ok(packet) = &voice.result else { return Said::Nothing };
    let response = match packet {
        ResponsePacket::Single(response) => (index == 0).then_some(response),
        ResponsePacket::Batch(responses) => responses.iter().find(|response| response.id == *request.id()),
    };
    match response.map(|response| &response.payload) {
        Some(ResponsePayload::Success(value)) if is_of_another(request, value) => Said::Nothing,
        Some(ResponsePayload::Success(value)) => Said::Value(value.clone()),
        Some(ResponsePayload::Failure(error)) => Said::Refused(error.clone()),
        None => Said::Nothing,
    }
}

/// Whether a receipt is that of another transaction than was asked about.
fn is_of_another(request: &SerializedRequest, answer: &RawValue) -> bool {
    if request.method() != "eth_getTransactionReceipt" {
        return false;
    }
    let hash = |value: &Value| value.as_str()?.parse::<B256>().ok();
    let asked = request.params().and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    let asked = asked.and_then(|params| hash(&params[0]));
    let told = serde_json::from_str::<Value>(answer.get()).unwrap_or_default();
    !told.is_null() && hash(&told["transactionHash"]) != asked
}

/// The same question, of the same id, about something else.
fn rewritten(request: &SerializedRequest, method: &'static str, params: Value) -> SerializedRequest {
    let meta = RequestMeta::new(method.into(), request.id().clone());
    // a JSON value always serializes
    Request { meta, params }.serialize().unwrap_or_else(|_| request.clone())
}

fn block_request(request: &SerializedRequest, height: u64) -> SerializedRequest {
    rewritten(request, "eth_getBlockByNumber", json!([format!("{height:#x}"), false]))
}

fn copy(result: &Result<ResponsePacket, TransportError>) -> Result<ResponsePacket, TransportError> {
    match result {
        Ok(packet) => Ok(packet.clone()),
        Err(error) => Err(Fault::of(error).into_transport()),
    }
}

/// Responses in the shape of what was asked.
fn shape(packet: &RequestPacket, mut responses: Vec<Response>) -> ResponsePacket {
    match (packet, responses.pop()) {
        (RequestPacket::Single(_), Some(only)) => ResponsePacket::Single(only),
        (_, last) => {
            responses.extend(last);
            ResponsePacket::Batch(responses)
        }
    }
}
