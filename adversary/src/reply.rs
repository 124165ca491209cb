//! From the bytes of a request to what goes over the wire, faults included.

use std::time::Duration;

use alloy::primitives::B256;
use serde_json::{Value, json};

use crate::{
    Node, World,
    error::Failure,
    faults::{Fault, Lie, Rule},
    rpc,
};

/// What goes over the wire.
#[derive(Debug)]
pub(crate) enum Reply {
    /// An HTTP answer.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Nothing, and the connection stays open.
    Never,
    /// Nothing, and the connection closes.
    Cut,
    /// Part of an answer, and the connection closes.
    CutMidway(Vec<u8>),
    /// The connection closes before the request was read.
    Refused,
}

/// What becomes of one request of a packet.
enum Outcome {
    Answers(Vec<Value>),
    Whole(Reply),
    Truncated(Value),
    CutMidway(Value),
}

impl Reply {
    fn body(body: Vec<u8>) -> Self {
        Self::Answer { status: 200, headers: Vec::new(), body }
    }
}

impl Node {
    /// Answers a request or a batch of them, in the time it takes.
    pub(crate) async fn reply(&self, body: &[u8]) -> Reply {
        let (down, latency) = {
            let state = self.lock();
            (state.down, state.latency)
        };
        if down {
            return Reply::Refused;
        }
        if latency.is_zero() {
            return self.reply_at_once(body).await;
        }
        tokio::time::sleep(latency / 2).await;
        let reply = self.reply_at_once(body).await;
        tokio::time::sleep(latency / 2).await;
        reply
    }

    async fn reply_at_once(&self, body: &[u8]) -> Reply {
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return Reply::body(response(&Value::Null, &Err(Failure::new(-32700, "parse error"))).to_string().into());
        };
        let is_batch = request.is_array();
        let requests = if let Value::Array(requests) = request { requests } else { vec![request] };
        let mut answers = Vec::new();
        let mut most = usize::MAX;
        let mut ending = None;
        for (index, request) in requests.iter().enumerate() {
            if index >= most {
                break;
            }
            let method = request["method"].as_str().unwrap_or_default();
            let (world, lag, rule) = self.meet(method);
            match rule {
                None => answers.push(self.honest(&world, lag, request)),
                Some(Rule { fault: Fault::BatchPart(part), .. }) => {
                    most = part.max(index);
                    if index < most || !is_batch {
                        answers.push(self.honest(&world, lag, request));
                    }
                }
                Some(rule) => match self.suffer(&world, lag, request, rule, is_batch).await {
                    Outcome::Answers(these) => answers.extend(these),
                    Outcome::Whole(reply) => return self.told(reply),
                    Outcome::Truncated(answer) => {
                        answers.push(answer);
                        ending = Some(Reply::body as fn(Vec<u8>) -> Reply);
                    }
                    Outcome::CutMidway(answer) => {
                        answers.push(answer);
                        ending = Some(Reply::CutMidway);
                    }
                },
            }
        }
        // a request alone that is answered twice has its answer behind its answer
        let text = match is_batch {
            true => Value::Array(answers).to_string(),
            false => answers.iter().map(Value::to_string).collect(),
        };
        let bytes = text.into_bytes();
        match ending {
            Some(ending) => ending(bytes[..bytes.len() / 2].to_vec()),
            None => Reply::body(bytes),
        }
    }

    fn told(&self, reply: Reply) -> Reply {
        if matches!(reply, Reply::Never) {
            self.notify_hung();
        }
        reply
    }

    fn result(&self, world: &World, lag: usize, request: &Value) -> Result<Value, Failure> {
        let params = request["params"].as_array().map(Vec::as_slice).unwrap_or_default();
        rpc::answer(world, lag, self.label(), request["method"].as_str().unwrap_or_default(), params)
    }

    fn honest(&self, world: &World, lag: usize, request: &Value) -> Value {
        response(&request["id"], &self.result(world, lag, request))
    }

    async fn suffer(&self, world: &World, lag: usize, request: &Value, rule: Rule, is_batch: bool) -> Outcome {
        let id = &request["id"];
        let honest = || self.honest(world, lag, request);
        if rule.accepted && !matches!(rule.fault, Fault::Slow(_)) {
            honest();
        }
        let one = |answer: Value| Outcome::Answers(vec![answer]);
        match rule.fault {
            Fault::Timeout => Outcome::Whole(Reply::Never),
            Fault::Refused => Outcome::Whole(Reply::Refused),
            Fault::Cut => Outcome::Whole(Reply::Cut),
            Fault::Http { status, headers, body } => {
                Outcome::Whole(Reply::Answer { status, headers, body: body.into_bytes() })
            }
            Fault::Body(body) => Outcome::Whole(Reply::body(body.into_bytes())),
            Fault::HttpText(status, code, message) => {
                let answer = response(id, &Err(Failure::new(code, message)));
                let answer = if is_batch { Value::Array(vec![answer]) } else { answer };
                Outcome::Whole(Reply::Answer { status, headers: Vec::new(), body: answer.to_string().into_bytes() })
            }
            Fault::CutMidway => Outcome::CutMidway(honest()),
            Fault::Truncated => Outcome::Truncated(honest()),
            Fault::WrongId => {
                let mut answer = honest();
                answer["id"] = json!(id.as_u64().unwrap_or_default() + 1_000_003);
                one(answer)
            }
            Fault::NullResult => {
                honest();
                one(response(id, &Ok(Value::Null)))
            }
            Fault::BothResultAndError(code, message) => {
                let result = self.result(world, lag, request).unwrap_or_default();
                let mut answer = response(id, &Ok(result));
                answer["error"] = Failure::new(code, message).json();
                one(answer)
            }
            Fault::Duplicate => {
                let answer = honest();
                Outcome::Answers(vec![answer.clone(), answer])
            }
            Fault::Slow(wait) => one(self.late(world, lag, request, wait, rule.accepted).await),
            Fault::Stale(blocks) => one(self.honest(world, lag + blocks, request)),
            Fault::LyingNonce(by) => {
                let result = self.result(world, lag, request);
                one(response(id, &result.map(|nonce| shifted(&nonce, by))))
            }
            Fault::LyingReceipt(lie) => {
                let result = self.result(world, lag, request);
                one(response(id, &result.map(|receipt| self.lied(world, receipt, request, lie))))
            }
            Fault::Result(result) => one(response(id, &Ok(result))),
            Fault::Text(code, message) => one(response(id, &Err(Failure::new(code, message)))),
            Fault::BatchPart(_) => one(honest()),
        }
    }

    async fn late(&self, world: &World, lag: usize, request: &Value, wait: Duration, accepted: bool) -> Value {
        if accepted {
            let answer = self.honest(world, lag, request);
            tokio::time::sleep(wait).await;
            return answer;
        }
        tokio::time::sleep(wait).await;
        self.honest(world, lag, request)
    }

    fn lied(&self, world: &World, mut receipt: Value, request: &Value, lie: Lie) -> Value {
        let asked = &request["params"][0];
        match lie {
            Lie::Absent => return Value::Null,
            Lie::Forged if receipt.is_null() => {
                let height = world.height();
                return json!({
                    "type": "0x2", "status": "0x1", "cumulativeGasUsed": "0x5208", "gasUsed": "0x5208",
                    "logsBloom": alloy::primitives::Bloom::ZERO, "logs": [], "transactionHash": asked,
                    "transactionIndex": "0x0", "blockHash": world.hash_at(height),
                    "blockNumber": format!("{height:#x}"), "effectiveGasPrice": "0x3b9aca00",
                    "from": alloy::primitives::Address::ZERO, "to": null, "contractAddress": null,
                });
            }
            _ if receipt.is_null() => {}
            Lie::Status => {
                receipt["status"] = json!(if receipt["status"] == "0x1" { "0x0" } else { "0x1" });
            }
            Lie::BlockHash => receipt["blockHash"] = json!(B256::repeat_byte(0xbb)),
            Lie::Transaction => receipt["transactionHash"] = json!(B256::repeat_byte(0xcc)),
            Lie::Forged => {}
        }
        receipt
    }
}

fn response(id: &Value, result: &Result<Value, Failure>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(failure) => json!({ "jsonrpc": "2.0", "id": id, "error": failure.json() }),
    }
}

/// A hex number, shifted.
fn shifted(number: &Value, by: i64) -> Value {
    let text = number.as_str().unwrap_or_default().trim_start_matches("0x");
    let number = u64::from_str_radix(text, 16).unwrap_or_default();
    json!(format!("{:#x}", number.saturating_add_signed(by)))
}
