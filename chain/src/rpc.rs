//! Reading a chain through one endpoint.
//!
//! `Rpc` is a cheap handle: a provider without fillers (nonces and fees are the outbox's), the chain id it answered with at
//! connection, and a label that names the endpoint without its secrets. A revert is told apart from an endpoint that failed,
//! because the first is an answer and the second is not.

use std::time::Duration;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U256},
    providers::{Provider, RootProvider},
    rpc::{
        client::{BatchRequest, RpcClient},
        json_rpc::ErrorPayload,
        types::TransactionRequest,
    },
    sol_types::SolCall,
    transports::{
        RpcError as AlloyRpcError, TransportErrorKind,
        http::{
            Http,
            reqwest::{Client, Url},
        },
    },
};

use crate::dev::DEV_CHAIN_IDS;

/// Time to reach an endpoint.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for one answer; an endpoint that takes longer gave none.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// An error of alloy's transport stack.
pub type TransportError = AlloyRpcError<TransportErrorKind>;

/// Why a read gave no value.
#[derive(Debug, thiserror::Error)]
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
}

impl RpcError {
    /// Whether the EVM ran and reverted: an answer, not a failure to look.
    #[must_use]
    pub fn is_revert(&self) -> bool {
        matches!(self, Self::Reverted(_))
    }
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

/// A block as far as the rest needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockRef {
    /// Height.
    pub number: u64,
    /// Hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Base fee a gas, wei.
    pub base_fee: u64,
    /// Gas limit.
    pub gas_limit: u64,
}

/// A handle on one endpoint.
#[derive(Debug, Clone)]
pub struct Rpc {
    provider: RootProvider,
    label: String,
    chain_id: u64,
}

impl Rpc {
    /// Connects to an HTTP(S) endpoint and asks its chain id.
    ///
    /// # Errors
    /// A URL that cannot be read, or an endpoint that does not answer.
    pub async fn connect(url: &str) -> Result<Self, RpcError> {
        let label = redact(url);
        let unusable =
            |reason: &str| RpcError::NoAnswer { label: label.clone(), method: "connect", reason: reason.to_owned() };
        let parsed: Url = url.parse().map_err(|_| unusable("not an http(s) URL"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(unusable("not an http(s) URL"));
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|_| unusable("no HTTP client could be made"))?;
        let http = Http::with_client(client, parsed);
        let is_local = http.guess_local();
        Self::over(RpcClient::new(http, is_local), label).await
    }

    /// Takes a client that is already there, the embedded chain's for instance.
    ///
    /// # Errors
    /// If it does not tell its chain id.
    pub async fn over(client: RpcClient, label: impl Into<String>) -> Result<Self, RpcError> {
        let label = label.into();
        let provider = RootProvider::new(client);
        let chain_id = provider.get_chain_id().await.map_err(|e| convert(&label, "eth_chainId", e))?;
        Ok(Self { provider, label, chain_id })
    }

    /// The provider beneath, for calls this handle has no word for. It never fills nonces or fees.
    #[must_use]
    pub fn provider(&self) -> &RootProvider {
        &self.provider
    }

    /// The endpoint without credentials, path or query.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The chain id answered at connection.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Any method by name.
    ///
    /// # Errors
    /// [`RpcError`], a revert included.
    pub async fn request<P, R>(&self, method: &'static str, params: P) -> Result<R, RpcError>
    where
        P: alloy::rpc::json_rpc::RpcSend,
        R: alloy::rpc::json_rpc::RpcRecv,
    {
        self.provider.client().request(method, params).await.map_err(|e| convert(&self.label, method, e))
    }

    /// One method about several things in one JSON-RPC batch; answers come in the order of the questions. An endpoint that
    /// does not do batches is asked one by one.
    ///
    /// # Errors
    /// The first question without an answer makes the whole an error.
    pub async fn batch<P, R>(&self, method: &'static str, questions: Vec<P>) -> Result<Vec<R>, RpcError>
    where
        P: alloy::rpc::json_rpc::RpcSend + Clone,
        R: alloy::rpc::json_rpc::RpcRecv,
    {
        let fail = |e| convert(&self.label, method, e);
        let mut batch = BatchRequest::new(self.provider.client());
        let waiting = questions.iter().map(|question| batch.add_call::<P, R>(method, question));
        let waiting = waiting.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let mut answers = Vec::with_capacity(questions.len());
        if batch.send().await.is_err() {
            for question in questions {
                answers.push(self.request(method, question).await?);
            }
            return Ok(answers);
        }
        for answer in waiting {
            answers.push(answer.await.map_err(fail)?);
        }
        Ok(answers)
    }

    /// `eth_call` with raw data.
    ///
    /// # Errors
    /// [`RpcError::Reverted`] when the call reverted.
    pub async fn call(
        &self,
        from: Option<Address>,
        to: Address,
        data: Bytes,
        block: BlockId,
    ) -> Result<Bytes, RpcError> {
        let mut tx = TransactionRequest::default().with_to(to).with_input(data);
        if let Some(from) = from {
            tx = tx.with_from(from);
        }
        self.provider.call(tx).block(block).await.map_err(|e| convert(&self.label, "eth_call", e))
    }

    /// Calls a view function and decodes what it returns.
    ///
    /// # Errors
    /// As [`Rpc::call`]; an account without code or an answer of another shape is `NoAnswer`.
    pub async fn view<C: SolCall>(&self, to: Address, call: C, block: BlockId) -> Result<C::Return, RpcError> {
        let data = self.call(None, to, call.abi_encode().into(), block).await?;
        C::abi_decode_returns(&data).map_err(|e| RpcError::NoAnswer {
            label: self.label.clone(),
            method: "eth_call",
            reason: format!("{} at {to} returned {} bytes that do not decode: {e}", C::SIGNATURE, data.len()),
        })
    }

    /// A block by tag or number.
    ///
    /// # Errors
    /// `NoAnswer` when the endpoint does not have it.
    pub async fn block(&self, id: BlockNumberOrTag) -> Result<BlockRef, RpcError> {
        let ask = async |id| {
            let answer = self.provider.get_block_by_number(id).await;
            answer.map_err(|e| convert(&self.label, "eth_getBlockByNumber", e))
        };
        let mut block = ask(id).await?;
        if block.is_none()
            && self.begins_anywhere()
            && matches!(id, BlockNumberOrTag::Finalized | BlockNumberOrTag::Safe)
        {
            // so short a chain has no final block but its first, which is never taken back
            block = ask(BlockNumberOrTag::Earliest).await?;
        }
        let block = block.ok_or_else(|| RpcError::NoAnswer {
            label: self.label.clone(),
            method: "eth_getBlockByNumber",
            reason: format!("no block {id}"),
        })?;
        let header = &block.header;
        Ok(BlockRef {
            number: header.number,
            hash: header.hash,
            timestamp: header.timestamp,
            base_fee: header.base_fee_per_gas.unwrap_or_default(),
            gas_limit: header.gas_limit,
        })
    }

    /// The block that everything else of the chain follows from: block 0, or that with which a development chain begins.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn first_block(&self) -> Result<BlockRef, RpcError> {
        self.block(if self.begins_anywhere() { BlockNumberOrTag::Earliest } else { BlockNumberOrTag::Number(0) }).await
    }

    /// The number of the first block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn first_number(&self) -> Result<u64, RpcError> {
        if self.begins_anywhere() { Ok(self.first_block().await?.number) } else { Ok(0) }
    }

    /// Whether the first block can have another number than 0. A public network's is 0, whatever an endpoint still has of it.
    fn begins_anywhere(&self) -> bool {
        DEV_CHAIN_IDS.contains(&self.chain_id)
    }

    /// Code at an account; empty for none.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn code(&self, address: Address, block: BlockId) -> Result<Bytes, RpcError> {
        self.provider.get_code_at(address).block_id(block).await.map_err(|e| convert(&self.label, "eth_getCode", e))
    }

    /// Ether of an account, wei.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn balance(&self, address: Address, block: BlockId) -> Result<U256, RpcError> {
        self.provider.get_balance(address).block_id(block).await.map_err(|e| convert(&self.label, "eth_getBalance", e))
    }

    /// Transactions sent by an account as of a block.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn nonce(&self, address: Address, block: BlockId) -> Result<u64, RpcError> {
        self.provider
            .get_transaction_count(address)
            .block_id(block)
            .await
            .map_err(|e| convert(&self.label, "eth_getTransactionCount", e))
    }

    /// The last block whose timestamp is below `timestamp`, by binary search; `None` when even the first is not.
    ///
    /// # Errors
    /// [`RpcError`]
    pub async fn last_block_before(&self, timestamp: u64) -> Result<Option<BlockRef>, RpcError> {
        let latest = self.block(BlockNumberOrTag::Latest).await?;
        if latest.timestamp < timestamp {
            return Ok(Some(latest));
        }
        let first = self.first_block().await?;
        if first.timestamp >= timestamp {
            return Ok(None);
        }
        let (mut below, mut above) = (first, latest.number);
        while above - below.number > 1 {
            let middle = self.block(BlockNumberOrTag::Number(below.number + (above - below.number) / 2)).await?;
            if middle.timestamp < timestamp {
                below = middle;
            } else {
                above = middle.number;
            }
        }
        Ok(Some(below))
    }
}

/// Turns alloy's error into ours: a revert is told by its data, and no URL survives in a message.
fn convert(label: &str, method: &'static str, error: TransportError) -> RpcError {
    let label = label.to_owned();
    match error {
        AlloyRpcError::ErrorResp(payload) => match revert_data(&payload) {
            Some(data) => RpcError::Reverted(data),
            None => RpcError::Refused { label, method, code: payload.code, message: payload.message.into_owned() },
        },
        AlloyRpcError::NullResp => RpcError::NoAnswer { label, method, reason: "an empty result".to_owned() },
        AlloyRpcError::DeserError { err, .. } => {
            RpcError::NoAnswer { label, method, reason: format!("an answer that does not decode: {err}") }
        }
        AlloyRpcError::Transport(kind) => RpcError::NoAnswer { label, method, reason: transport_reason(&kind) },
        other => RpcError::NoAnswer { label, method, reason: other.to_string() },
    }
}

/// The revert data of an error answer; empty data when it reverted without any. JSON-RPC code 3 is geth's for reverts.
fn revert_data(payload: &ErrorPayload) -> Option<Bytes> {
    payload
        .as_revert_data()
        .or_else(|| (payload.code == 3 || payload.message.starts_with("execution reverted")).then(Bytes::new))
}

/// What a transport failure was, without the address it carries.
fn transport_reason(kind: &TransportErrorKind) -> String {
    match kind {
        TransportErrorKind::HttpError(error) => format!("HTTP status {}", error.status),
        TransportErrorKind::BackendGone => "the connection is gone".to_owned(),
        TransportErrorKind::PubsubUnavailable => "subscriptions are not available".to_owned(),
        TransportErrorKind::MissingBatchResponse(_) => "a batch answer is missing".to_owned(),
        _ => "could not be reached".to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_no_secret() {
        assert_eq!(redact("https://user:pass@rpc.example.org:8545/v3/KEY?token=x"), "https://rpc.example.org:8545");
        assert_eq!(redact("KEY"), "endpoint");
        assert_eq!(redact("https://user:pa/ss@rpc.example.org/"), "endpoint", "what does not parse has no name");
        assert!(!redact("https://user:p?ss#w@rpc.example.org/").contains("ss"));
    }
}
