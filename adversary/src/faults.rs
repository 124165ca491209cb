//! What an endpoint can do wrong, and the rules by which it does.
//!
//! A [`Rule`] says for which method, after how many requests, how often, with what probability and in what way an endpoint
//! fails. The first rule that fits a request is used up by it; a request suffers one fault at most. Where a request can be
//! taken before or after the fault, it is not taken unless the rule says [`Rule::accepted`].

use std::time::Duration;

use rand::{Rng, RngExt};
use serde_json::Value;

/// One way to fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// No answer, ever. Before the request is taken, or after it if the rule says so.
    Timeout,
    /// Nobody listens. Over TCP the connection is closed without a byte.
    Refused,
    /// The connection breaks before an answer. Before the request is taken, or after it if the rule says so.
    Cut,
    /// The request is taken, and the connection breaks in the middle of the answer.
    CutMidway,
    /// An HTTP status with headers and a body. Before the request is taken, or after it if the rule says so.
    Http {
        /// Status.
        status: u16,
        /// Headers, `Retry-After` for instance.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// HTTP 200 with this body: garbage, HTML. Before the request is taken, or after it if the rule says so.
    Body(String),
    /// The request is taken, and the answer ends in its middle although its length is right.
    Truncated,
    /// The request is taken, and the answer carries another id.
    WrongId,
    /// The request is taken, and the result is `null`.
    NullResult,
    /// The request is taken, and the answer has a result as well as this error.
    BothResultAndError(i64, String),
    /// The request is taken and answered twice: in a batch every answer twice, else the answer is followed by itself.
    Duplicate,
    /// An honest answer, late. The request is taken after the wait, or before it if the rule says so.
    Slow(Duration),
    /// An honest answer as of so many blocks ago.
    Stale(usize),
    /// A nonce that is off by so many.
    LyingNonce(i64),
    /// A receipt that is not true.
    LyingReceipt(Lie),
    /// This result instead of the true one. Before the request is taken, or after it if the rule says so.
    Result(Value),
    /// A JSON-RPC error. Before the request is taken, or after it if the rule says so.
    Text(i64, String),
    /// A JSON-RPC error under an HTTP status that is not 200. Before the request is taken, or after it if the rule says so.
    HttpText(u16, i64, String),
    /// Of a batch only so many are taken and answered. A request alone is answered honestly.
    BatchPart(usize),
}

/// What is not true about a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lie {
    /// It succeeded where it reverted, and the other way round.
    Status,
    /// It is in a block of another hash.
    BlockHash,
    /// It is the receipt of another transaction.
    Transaction,
    /// There is none.
    Absent,
    /// There is one, successful, in the latest block, although the transaction is in no block.
    Forged,
}

impl Fault {
    /// An HTTP status with an empty body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Http { status, headers: Vec::new(), body: String::new() }
    }

    /// 429 with a `Retry-After` header: seconds or a date.
    #[must_use]
    pub fn retry_after(when: &str) -> Self {
        Self::Http {
            status: 429,
            headers: vec![("Retry-After".to_owned(), when.to_owned())],
            body: "Too Many Requests".to_owned(),
        }
    }

    /// A page of HTML under HTTP 200, as gateways answer.
    #[must_use]
    pub fn html() -> Self {
        Self::Body("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>".to_owned())
    }

    /// Bytes that are nothing.
    #[must_use]
    pub fn garbage() -> Self {
        Self::Body("\u{1}\u{2}}{]not json".to_owned())
    }

    /// A JSON-RPC error under geth's general code.
    #[must_use]
    pub fn text(message: &str) -> Self {
        Self::Text(-32000, message.to_owned())
    }
}

/// When an endpoint fails, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    method: Option<String>,
    pub(crate) fault: Fault,
    pub(crate) accepted: bool,
    skip: u32,
    times: Option<u32>,
    chance: f64,
}

impl Rule {
    /// For requests of one method, always until told otherwise.
    #[must_use]
    pub fn on(method: &str, fault: Fault) -> Self {
        Self { method: Some(method.to_owned()), ..Self::any(fault) }
    }

    /// For requests of any method.
    #[must_use]
    pub fn any(fault: Fault) -> Self {
        Self { method: None, fault, accepted: false, skip: 0, times: None, chance: 1.0 }
    }

    /// Only so often; then the rule is gone.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Not the first so many requests that it fits; the nth and no other is `after(n - 1).times(1)`.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// With this probability.
    #[must_use]
    pub fn chance(mut self, chance: f64) -> Self {
        self.chance = chance;
        self
    }

    /// The request is taken first, and the fault comes after.
    #[must_use]
    pub fn accepted(mut self) -> Self {
        self.accepted = true;
        self
    }

    /// Whether it meets this request; counts if so.
    fn meets(&mut self, method: &str, rng: &mut impl Rng) -> bool {
        if self.method.as_ref().is_some_and(|only| only != method) || self.times == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.chance < 1.0 && !rng.random_bool(self.chance) {
            return false;
        }
        if let Some(times) = &mut self.times {
            *times -= 1;
        }
        true
    }
}

/// The first rule that meets a request; those that are used up go.
pub(crate) fn choose(rules: &mut Vec<Rule>, method: &str, rng: &mut impl Rng) -> Option<Rule> {
    let met = rules.iter_mut().find_map(|rule| rule.meets(method, rng).then(|| rule.clone()));
    rules.retain(|rule| rule.times != Some(0));
    met
}
