//! Which answer belongs to which question, and what an error answer means for the endpoint. Pure.
//!
//! An answer counts for a question only if it carries its id, and if no other answer carries it too. A part of a batch that
//! is missing, doubled or unreadable is no answer to that question; the order of a batch means nothing, and an answer to
//! something that was not asked is dropped. A batch that is answered by a single error was refused as a whole.
//!
//! An error to a read whose words say nothing about the question ("internal error", "timed out", "header not found") is no
//! answer either. To a send every error is handed on: its words are for the outbox to read.

use std::{collections::HashMap, time::Duration};

use alloy::rpc::json_rpc::{ErrorPayload, Id, RequestPacket, Response, ResponsePacket, ResponsePayload};
use serde_json::value::RawValue;

use super::{
    class::{is_read, may_be_null},
    error::{Fault, revert_data},
};

/// What was asked: enough to know the answers again.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    ids: Vec<Id>,
    nullable: Vec<bool>,
    reads: Vec<bool>,
    batch: bool,
}

impl Questions {
    pub(super) fn of(packet: &RequestPacket) -> Self {
        let requests = packet.requests();
        Self {
            ids: requests.iter().map(|request| request.id().clone()).collect(),
            nullable: requests.iter().map(|request| may_be_null(request.method())).collect(),
            reads: requests.iter().map(|request| is_read(request.method())).collect(),
            batch: matches!(packet, RequestPacket::Batch(_)),
        }
    }

    /// The answers that belong to the questions, in their order. Of a batch, questions without an answer are left out.
    pub(super) fn sort(&self, packet: ResponsePacket) -> Result<ResponsePacket, Fault> {
        match (packet, self.batch) {
            (ResponsePacket::Single(response), false) => {
                let same = self.ids.first() == Some(&response.id);
                // an error that came before the question was read has no id
                let anonymous = response.id == Id::None && response.payload.is_error();
                if !(same || anonymous) {
                    return Err(Fault::Garbage("the answer to another question".to_owned()));
                }
                if !self.nullable.first().is_some_and(|nullable| *nullable) && is_null(&response) {
                    return Err(Fault::Garbage("an empty result".to_owned()));
                }
                match empty_words(&response) {
                    Some(words) if self.reads.first() == Some(&true) => Err(Fault::Empty(words)),
                    _ => Ok(ResponsePacket::Single(response)),
                }
            }
            (ResponsePacket::Batch(mut responses), false) => match (responses.pop(), responses.is_empty()) {
                (Some(only), true) => self.sort(ResponsePacket::Single(only)),
                _ => Err(Fault::Garbage("several answers to one question".to_owned())),
            },
            (ResponsePacket::Single(response), true) => match response.payload {
                ResponsePayload::Failure(error) => Err(Fault::NoBatch(error.message.into_owned())),
                // a batch of one may be answered without brackets
                ResponsePayload::Success(_) => self.sort_batch(vec![response]),
            },
            (ResponsePacket::Batch(responses), true) => self.sort_batch(responses),
        }
    }

    fn sort_batch(&self, responses: Vec<Response>) -> Result<ResponsePacket, Fault> {
        let mut by_id: HashMap<Id, Option<Response>> = HashMap::with_capacity(responses.len());
        for response in responses {
            by_id
                .entry(response.id.clone())
                // the second of an id spoils the first: which of them is true is not known
                .and_modify(|first| *first = None)
                .or_insert(Some(response));
        }
        let asked = self.ids.iter().zip(&self.nullable).zip(&self.reads);
        let sorted: Vec<_> = asked
            .filter_map(|((id, nullable), read)| {
                let response = by_id.remove(id).flatten()?;
                let is_empty = (!nullable && is_null(&response)) || (*read && empty_words(&response).is_some());
                (!is_empty).then_some(response)
            })
            .collect();
        if sorted.is_empty() && !self.ids.is_empty() { Err(Fault::Missing) } else { Ok(ResponsePacket::Batch(sorted)) }
    }
}

fn is_null(response: &Response) -> bool {
    matches!(&response.payload, ResponsePayload::Success(value) if value.get() == "null")
}

/// Texts of errors that say nothing about what was asked, as a whole.
const EMPTY: &[&str] = &["", "error", "internal error", "internal server error", "server error", "unknown error"];
/// The same as a part.
const EMPTY_PART: &[&str] = &[
    "timeout",
    "timed out",
    "unavailable",
    "bad gateway",
    "overloaded",
    "server busy",
    "try again later",
    "header not found",
    "block not found",
    "unknown block",
    // anvil, where its chain became shorter while it answered
    "blockoutofrange",
];

/// The words of an error that says nothing; a revert may quote such words.
fn empty_words(response: &Response) -> Option<String> {
    let error = response.payload.as_error().filter(|error| revert_data(error).is_none())?;
    let message = error.message.to_ascii_lowercase();
    let message = message.trim().trim_end_matches('.');
    let says_nothing = EMPTY.contains(&message) || EMPTY_PART.iter().any(|text| message.contains(text));
    says_nothing.then(|| format!("{} ({})", error.message, error.code))
}

/// Reads the body of an HTTP answer. Parts of a batch that are no JSON-RPC answer are left out.
pub(super) fn parse(body: &[u8]) -> Result<ResponsePacket, Fault> {
    let unreadable = |error: serde_json::Error| Fault::Garbage(kind_of(&error).to_owned());
    if body.trim_ascii_start().first() != Some(&b'[') {
        return serde_json::from_slice(body).map(ResponsePacket::Single).map_err(unreadable);
    }
    let parts: Vec<&RawValue> = serde_json::from_slice(body).map_err(unreadable)?;
    Ok(ResponsePacket::Batch(parts.into_iter().filter_map(|part| serde_json::from_str(part.get()).ok()).collect()))
}

/// What is wrong with a text, without a word of it.
fn kind_of(error: &serde_json::Error) -> &'static str {
    if error.is_eof() {
        "JSON that ends too early"
    } else if error.is_syntax() {
        "not JSON"
    } else {
        "JSON that is no JSON-RPC answer"
    }
}

/// Texts by which endpoints say that they are asked too often. "Limit exceeded" alone is not one: it is also said of ranges.
const TOO_OFTEN: &[&str] = &[
    "rate limit",
    "rate-limit",
    "ratelimit",
    "too many requests",
    "request limit reached",
    "requests per second",
    "compute units per second",
    "exceeded its throughput",
    "exceeded your capacity",
    "call rate",
    "try again in",
    "request count exceeded",
];

/// Whether an error answer means that the endpoint is asked too often; then the time it wants to be left alone, if it says.
pub(super) fn too_often(error: &ErrorPayload) -> Option<Option<Duration>> {
    let message = error.message.to_ascii_lowercase();
    if error.code != 429 && !TOO_OFTEN.iter().any(|text| message.contains(text)) {
        return None;
    }
    Some(told_in_data(error).or_else(|| told_in_words(&message)))
}

/// Infura says it in the data of the error.
fn told_in_data(error: &ErrorPayload) -> Option<Duration> {
    let data: serde_json::Value = serde_json::from_str(error.data.as_ref()?.get()).ok()?;
    let seconds = data.get("rate")?.get("backoff_seconds")?.as_f64()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// "try again in 4ms".
fn told_in_words(message: &str) -> Option<Duration> {
    let after = message.split_once("try again in ")?.1.trim_start();
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = after.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let unit: String = unit.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    match unit.as_str() {
        "ms" | "milliseconds" => Some(Duration::from_millis(number)),
        "s" | "sec" | "second" | "seconds" => Some(Duration::from_secs(number)),
        "m" | "min" | "minute" | "minutes" => Some(Duration::from_secs(number.saturating_mul(60))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloy::rpc::json_rpc::{Request, RequestMeta};
    use proptest::prelude::*;

    use super::*;

    fn ask(method: &'static str, ids: &[u64]) -> Questions {
        let request = |id: &u64| {
            let meta = RequestMeta::new(method.into(), Id::Number(*id));
            Request { meta, params: () }.serialize().unwrap()
        };
        Questions::of(&RequestPacket::Batch(ids.iter().map(request).collect()))
    }

    fn one(method: &'static str, id: u64) -> Questions {
        let meta = RequestMeta::new(method.into(), Id::Number(id));
        Questions::of(&RequestPacket::Single(Request { meta, params: () }.serialize().unwrap()))
    }

    fn texts(packet: &ResponsePacket) -> Vec<(Id, String)> {
        let text = |response: &Response| match &response.payload {
            ResponsePayload::Success(value) => value.get().to_owned(),
            ResponsePayload::Failure(error) => error.message.to_string(),
        };
        packet.responses().iter().map(|response| (response.id.clone(), text(response))).collect()
    }

    #[test]
    fn a_batch_is_sorted_by_what_was_asked() {
        let body = br#"[{"id":3,"result":"c"},{"id":99,"result":"?"},{"id":1,"error":{"code":1,"message":"a"}},
            {"id":2,"result":"b"},{"id":2,"result":"B"},{"id":4,"result":"d","error":{"code":1,"message":"e"}},
            {"id":5,"result":null},{"id":6},7,{"jsonrpc":"2.0","result":"nameless"}]"#;
        let asked = ask("eth_getBalance", &[1, 2, 3, 4, 5, 6]);
        let sorted = asked.sort(parse(body).unwrap()).unwrap();
        // 2 is doubled, 4 says both, 5 says nothing, 6 is empty
        assert_eq!(texts(&sorted), [(Id::Number(1), "a".to_owned()), (Id::Number(3), "\"c\"".to_owned())]);
        let nullable = ask("eth_getTransactionReceipt", &[5]).sort(parse(br#"[{"id":5,"result":null}]"#).unwrap());
        assert_eq!(texts(&nullable.unwrap()), [(Id::Number(5), "null".to_owned())]);
    }

    #[test]
    fn one_question_has_one_answer_with_its_id() {
        let sort = |method, body: &[u8]| one(method, 7).sort(parse(body).unwrap());
        assert!(sort("eth_chainId", br#"{"id":7,"result":"0x1"}"#).is_ok());
        assert!(sort("eth_chainId", br#" [{"id":7,"result":"0x1"}]"#).is_ok());
        assert!(sort("eth_chainId", br#"{"id":null,"error":{"code":-32700,"message":"parse"}}"#).is_ok());
        for wrong in [
            &br#"{"id":8,"result":"0x1"}"#[..],
            br#"{"id":"7","result":"0x1"}"#,
            br#"{"result":"0x1"}"#,
            br#"{"id":7,"result":null}"#,
            br#"[{"id":7,"result":"0x1"},{"id":7,"result":"0x2"}]"#,
            b"[]",
        ] {
            assert!(sort("eth_chainId", wrong).is_err(), "{}", String::from_utf8_lossy(wrong));
        }
    }

    #[test]
    fn an_error_that_says_nothing_is_no_answer_to_a_read() {
        let said = |method, message: &str| {
            let body = format!(r#"{{"id":7,"error":{{"code":-32603,"message":"{message}"}}}}"#);
            one(method, 7).sort(parse(body.as_bytes()).unwrap())
        };
        let shorter = "BlockOutOfRangeError: block height is 68 but requested was 69";
        for empty in ["internal error", "Internal server error.", "", "request timed out", "header not found", shorter]
        {
            assert!(matches!(said("eth_getBalance", empty), Err(Fault::Empty(_))), "{empty}");
            assert!(said("eth_sendRawTransaction", empty).is_ok(), "{empty}");
        }
        for full in ["execution reverted: internal error", "execution reverted: timed out", "EVM error InvalidFEOpcode"]
        {
            assert!(said("eth_call", full).is_ok(), "{full}");
        }
        let batch = br#"[{"id":1,"error":{"code":-32603,"message":"internal error"}},{"id":2,"result":"0x1"}]"#;
        let sorted = ask("eth_getBalance", &[1, 2]).sort(parse(batch).unwrap()).unwrap();
        assert_eq!(texts(&sorted), [(Id::Number(2), "\"0x1\"".to_owned())]);
    }

    #[test]
    fn what_is_no_json_rpc_is_told_without_quoting_it() {
        let said = |body: &[u8]| parse(body).unwrap_err().to_string();
        assert!(said(b"<html>secret</html>").contains("not JSON"));
        assert!(said(br#"{"id":7,"result":"0x"#).contains("ends too early"));
        assert!(said(br#"[{"id":7,"result":"0x1"},{"id"#).contains("ends too early"));
        assert!(said(br#"{"id":7,"result":"0x1","error":{"code":1,"message":"m"}}"#).contains("no JSON-RPC answer"));
        assert!(said(br#"{"id":7,"result":"0x1"}{"id":7,"result":"0x2"}"#).contains("not JSON"));
        assert!(!said(b"<html>secret</html>").contains("secret"));
    }

    #[test]
    fn a_batch_answered_by_one_error_was_refused() {
        let refused = ask("eth_getBalance", &[1, 2])
            .sort(parse(br#"{"id":null,"error":{"code":-32600,"message":"batch"}}"#).unwrap());
        assert_eq!(refused.unwrap_err(), Fault::NoBatch("batch".to_owned()));
    }

    #[test]
    fn endpoints_say_that_they_are_asked_too_often() {
        let read = |text: &str| too_often(&serde_json::from_str::<ErrorPayload>(text).unwrap());
        assert_eq!(
            read(
                r#"{"code":-32005,"message":"daily request count exceeded, request rate limited","data":{"rate":{"backoff_seconds":30}}}"#
            ),
            Some(Some(Duration::from_secs(30)))
        );
        assert_eq!(
            read(r#"{"code":-32005,"message":"rate limited, try again in 4ms"}"#),
            Some(Some(Duration::from_millis(4)))
        );
        assert_eq!(read(r#"{"code":429,"message":"calm down"}"#), Some(None));
        assert_eq!(
            read(r#"{"code":-32007,"message":"100/second request limit reached - reduce calls per second"}"#),
            Some(None)
        );
        for other in ["query returned more than 10000 results", "limit exceeded", "nonce too low", "txpool is full"] {
            assert_eq!(read(&format!(r#"{{"code":-32005,"message":"{other}"}}"#)), None, "{other}");
        }
    }

    proptest! {
        /// Whatever comes back, an answer is only ever given to the question it carries the id of, at most one to each.
        #[test]
        fn answers_are_never_mixed_up(
            asked in prop::collection::btree_set(0u64..12, 1..8),
            answered in prop::collection::vec((0u64..16, any::<u8>()), 0..20),
        ) {
            let ids: Vec<u64> = asked.into_iter().collect();
            let parts: Vec<_> =
                answered.iter().map(|(id, value)| format!(r#"{{"id":{id},"result":"{id}/{value}"}}"#)).collect();
            let body = format!("[{}]", parts.join(","));
            if let Ok(sorted) = ask("eth_getBalance", &ids).sort(parse(body.as_bytes()).unwrap()) {
                let got = texts(&sorted);
                for (id, text) in &got {
                    let Id::Number(number) = id else { panic!("{id:?}") };
                    prop_assert!(ids.contains(number));
                    let own = format!("\"{number}/");
                    prop_assert!(text.starts_with(&own));
                    prop_assert_eq!(answered.iter().filter(|(id, _)| id == number).count(), 1);
                }
                let expected = ids.iter().filter(|id| answered.iter().filter(|(a, _)| a == *id).count() == 1).count();
                prop_assert_eq!(got.len(), expected);
            }
        }

        /// No body makes the reader panic.
        #[test]
        fn any_body_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body).map(|packet| one("eth_chainId", 1).sort(packet));
        }
    }
}
