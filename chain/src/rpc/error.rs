//! Why a read gave no value, in words that hold no secret.
//!
//! A revert is told apart from an endpoint that failed, because the first is an answer and the second is not. An endpoint
//! that answers with an error of its own is told apart from one that gives no usable answer, and both from endpoints that
//! contradict each other. No URL survives in a message: not in those of the HTTP client, and not where an endpoint quotes its
//! own address back ([`Secrets`]).

use std::time::Duration;

use alloy::{
    primitives::Bytes,
    rpc::json_rpc::ErrorPayload,
    transports::{RpcError as AlloyRpcError, TransportErrorKind, http::reqwest::Url},
};

/// Most characters of an endpoint's words that are passed on.
const MOST_WORDS: usize = 600;
/// The shortest piece of a URL that is taken for a secret.
const SHORTEST_SECRET: usize = 6;

/// An error of alloy's transport stack.
pub type TransportError = AlloyRpcError<TransportErrorKind>;

/// Why a read gave no value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RpcError {
    /// The call ran and reverted, with its return data.
    #[error("reverted: {}", describe_revert(.0))]
    Reverted(Bytes),
    /// The endpoint answered with an error of its own.
    #[error("{label} answered {method} with error {code}: {message}")]
    Refused {
        /// The endpoint, redacted.
        label: String,
        /// The JSON-RPC method.
        method: &'static str,
        /// JSON-RPC error code.
        code: i64,
        /// The endpoint's words.
        message: String,
    },
    /// No usable answer: connection, timeout, malformed or missing result.
    #[error("{label} gave no usable answer to {method}: {reason}")]
    NoAnswer {
        /// The endpoint, redacted.
        label: String,
        /// The JSON-RPC method.
        method: &'static str,
        /// What happened.
        reason: String,
    },
    /// Endpoints that have to say the same do not. Which of them is right is not known, so none is believed.
    #[error("the endpoints do not agree about {about}: {}", sides(.answers))]
    Disagree {
        /// What was asked.
        about: String,
        /// Each endpoint, redacted, and what it says.
        answers: Vec<(String, String)>,
    },
}

impl RpcError {
    /// Whether the EVM ran and reverted: an answer, not a failure to look.
    #[must_use]
    pub fn is_revert(&self) -> bool {
        matches!(self, Self::Reverted(_))
    }

    /// Whether nothing is known for it, and asking again later may help.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Disagree { .. })
    }
}

fn sides(answers: &[(String, String)]) -> String {
    answers.iter().map(|(label, says)| format!("{label} says {says}")).collect::<Vec<_>>().join(", ")
}

/// Says a revert in words where it can: `Error(string)`, `Panic(uint256)`, a known custom error, else the raw data.
#[must_use]
pub fn describe_revert(data: &[u8]) -> String {
    if data.is_empty() {
        return "without a reason".to_owned();
    }
    if let Some(text) = tminus_contracts::errors::describe(data) {
        return text;
    }
    format!("with data {}", alloy::primitives::hex::encode_prefixed(data))
}

/// What went wrong between here and an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// No connection came about: nothing was asked.
    #[error("could not be reached{}", because(.0))]
    Unreachable(String),
    /// The connection ended before the answer did.
    #[error("the connection broke{}", because(.0))]
    Cut(String),
    /// Too slow.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// An HTTP status that is no success, and no JSON-RPC error with it.
    #[error("HTTP status {0}")]
    Status(u16),
    /// Asked too often; with the time it wants to be left alone, if it says so.
    #[error("asked too often{}", wait(.0))]
    RateLimited(Option<Duration>),
    /// Not JSON-RPC, or not an answer to what was asked.
    #[error("an answer that cannot be read: {0}")]
    Garbage(String),
    /// An error that says nothing about the question.
    #[error("an error that says nothing: {0}")]
    Empty(String),
    /// A part of a batch without an answer of its own.
    #[error("no answer of its own to this question of a batch")]
    Missing,
    /// A batch was refused as a whole.
    #[error("refused a batch{}", because(.0))]
    NoBatch(String),
    /// It does not belong to the chain that was connected to.
    #[error("{0}")]
    WrongChain(String),
    /// Endpoints contradict each other.
    #[error("{about}: {}", sides(.answers))]
    Disagree { about: String, answers: Vec<(String, String)> },
}

fn because(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

fn wait(after: &Option<Duration>) -> String {
    after.map_or_else(String::new, |after| format!(", wants to be left alone for {} s", after.as_secs_f64().ceil()))
}

impl Fault {
    /// As alloy's stack carries it.
    pub(super) fn into_transport(self) -> TransportError {
        TransportErrorKind::custom(self)
    }

    /// What a transport error was. Addresses that it carries are left out.
    pub(super) fn of(error: &TransportError) -> Self {
        match error {
            AlloyRpcError::Transport(kind) => match kind {
                TransportErrorKind::Custom(custom) => match custom.downcast_ref::<Self>() {
                    Some(fault) => fault.clone(),
                    None => Self::Cut(String::new()),
                },
                TransportErrorKind::HttpErrorWithRetryAfter { retry_after, .. } => {
                    Self::RateLimited(Some(*retry_after))
                }
                TransportErrorKind::HttpError(error) if error.status == 429 => Self::RateLimited(None),
                TransportErrorKind::HttpError(error) => Self::Status(error.status),
                TransportErrorKind::MissingBatchResponse(_) => Self::Missing,
                TransportErrorKind::BackendGone => Self::Cut("the connection is gone".to_owned()),
                TransportErrorKind::PubsubUnavailable => Self::Garbage("subscriptions are not available".to_owned()),
                _ => Self::Unreachable(String::new()),
            },
            AlloyRpcError::NullResp => Self::Garbage("an empty result".to_owned()),
            AlloyRpcError::DeserError { err, .. } => Self::Garbage(format!("an answer that does not decode: {err}")),
            other => Self::Garbage(other.to_string()),
        }
    }

    /// Whether the connection itself is in doubt: whoever answers next may be somebody else.
    pub(super) fn breaks_connection(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Cut(_) | Self::Timeout(_) | Self::Status(500..))
    }
}

/// Turns alloy's error into ours: a revert is told by its data, and no secret of the endpoint survives.
pub(super) fn convert(label: &str, secrets: &Secrets, method: &'static str, error: TransportError) -> RpcError {
    let label = label.to_owned();
    if let AlloyRpcError::ErrorResp(payload) = error {
        return match revert_data(&payload) {
            Some(data) => RpcError::Reverted(data),
            None => RpcError::Refused { label, method, code: payload.code, message: secrets.words(&payload.message) },
        };
    }
    match Fault::of(&error) {
        Fault::Disagree { about, answers } => RpcError::Disagree { about, answers },
        fault => RpcError::NoAnswer { label, method, reason: secrets.words(&fault.to_string()) },
    }
}

/// The revert data of an error answer; empty data when it reverted without any. JSON-RPC code 3 is geth's for reverts.
pub(super) fn revert_data(payload: &ErrorPayload) -> Option<Bytes> {
    payload
        .as_revert_data()
        .or_else(|| (payload.code == 3 || payload.message.starts_with("execution reverted")).then(Bytes::new))
}

/// Scheme and host of a URL: user, password, path and query may be secrets.
#[must_use]
pub fn redact(url: &str) -> String {
    let nameless = || "endpoint".to_owned();
    let Ok(parsed) = url.parse::<Url>() else { return nameless() };
    match (parsed.host_str(), parsed.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}", parsed.scheme()),
        (Some(host), None) => format!("{}://{host}", parsed.scheme()),
        (None, _) => nameless(),
    }
}

/// The parts of an endpoint's URL that nobody may read.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    pub(super) fn of(url: &Url) -> Self {
        let mut parts = vec![url.as_str().to_owned(), url.username().to_owned()];
        parts.extend(url.password().map(str::to_owned));
        parts.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
        parts.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
        parts.extend(url.query().map(str::to_owned));
        parts.retain(|part| part.len() >= SHORTEST_SECRET);
        // the longest first: a shorter one may be a piece of it
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self(parts)
    }

    /// An endpoint's words, fit to be shown: without secrets, in one line, and not endless.
    pub(super) fn words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "…");
            }
        }
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let mut words: String = text.chars().take(MOST_WORDS).map(plain).collect();
        if text.chars().nth(MOST_WORDS).is_some() {
            words.push('…');
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_no_secret() {
        assert_eq!(redact("https://user:pass@rpc.example.org:8545/v3/KEY?token=x"), "https://rpc.example.org:8545");
        assert_eq!(redact("wss://user:pass@rpc.example.org/v3/KEY"), "wss://rpc.example.org");
        assert_eq!(redact("KEY"), "endpoint");
        assert_eq!(redact("https://user:pa/ss@rpc.example.org/"), "endpoint", "what does not parse has no name");
        assert!(!redact("https://user:p?ss#w@rpc.example.org/").contains("ss"));
    }

    #[test]
    fn an_endpoint_that_quotes_its_address_tells_no_secret() {
        let url: Url = "https://theuser:thepassword@rpc.example.org/v3/0123456789abcdef?token=fedcba".parse().unwrap();
        let secrets = Secrets::of(&url);
        for said in [
            "project 0123456789abcdef over its limit",
            "https://theuser:thepassword@rpc.example.org/v3/0123456789abcdef?token=fedcba is not known",
            "bad login theuser/thepassword token=fedcba or fedcba",
        ] {
            let words = secrets.words(said);
            for secret in ["theuser", "thepassword", "0123456789abcdef", "fedcba"] {
                assert!(!words.contains(secret), "{words}");
            }
        }
        assert_eq!(secrets.words("nonce too low\n\u{7}"), "nonce too low  ");
        assert_eq!(secrets.words(&"ü".repeat(5_000)).chars().count(), MOST_WORDS + 1);
        assert!(!format!("{secrets:?}").contains("pass"));
    }
}
