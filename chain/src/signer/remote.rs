//! A remote signer: `eth_signTransaction` of web3signer, op-signer, or clef and geth.
//!
//! The request is one that each of them reads: all fields of the transaction in hex, its data as both `data` (web3signer) and
//! `input` (op-signer), the chain id too (web3signer signs for the one it was configured with, whatever is asked). Answers
//! come in two shapes: the raw transaction (web3signer, op-signer), or an object with `raw` and `tx` (clef, geth), of which
//! only `raw` is looked at. Either is proven afterwards like any other signature; nothing is believed.
//!
//! The signer is reached directly: no proxy of the environment, no redirect, since both would hand the request to somebody
//! else. It is told apart by TLS (own certificate authority), and tells us apart by a client certificate or a bearer token
//! out of a file; a token is not sent in the clear to another machine. Its words are cut, and secrets in them hidden.
//!
//! What it does not do: access lists for a web3signer (it signs none, which the proof notices), `eth_sign`, private
//! transactions, PKCS#12 client keys (convert them to PEM), a certificate that changes while the process runs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy::{
    consensus::TxEip1559,
    eips::Typed2718,
    primitives::{Address, Bytes, U64, U128},
    signers::k256::elliptic_curve::zeroize::Zeroizing,
    transports::http::reqwest::{
        Certificate, Client, ClientBuilder, Identity, Response, StatusCode, Url, header::CONTENT_TYPE, redirect::Policy,
    },
};
use serde_json::{Value, json};

use super::SignerError;
use crate::rpc::redact;

/// Time to reach the signer.
const CONNECT: Duration = Duration::from_secs(10);
/// Most bytes of an answer: a transaction of 128 KiB in hex, twice (`raw` and `tx`), with room.
const MOST: usize = 1 << 20;
/// Most characters of a signer's words that are passed on.
const MOST_WORDS: usize = 300;
/// JSON-RPC: the method is not known.
const NO_METHOD: i64 = -32601;

/// Where a remote signer is and how it is spoken to.
#[derive(Clone)]
pub struct RemoteOptions {
    /// Its address; may hold a user and a password.
    pub url: String,
    /// Files with our certificate and its private key, PEM.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// A file with the certificate authorities that its certificate has to come from, PEM; the usual ones when not given.
    pub authority: Option<PathBuf>,
    /// A file with a bearer token.
    pub token: Option<PathBuf>,
    /// Time for one answer; a person may have to agree first.
    pub timeout: Duration,
}

impl std::fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteOptions").field("url", &redact(&self.url)).finish_non_exhaustive()
    }
}

/// A remote signer; cheap to clone.
#[derive(Clone)]
pub(super) struct Remote {
    client: Client,
    url: Url,
    token: Option<Arc<Zeroizing<String>>>,
    who: String,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Remote").field(&self.who).finish()
    }
}

impl Remote {
    pub(super) fn new(options: &RemoteOptions) -> Result<Self, SignerError> {
        let who = format!("the remote signer {}", redact(&options.url));
        let url = options.url.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url =
            url.ok_or_else(|| SignerError::Other("the remote signer's address is not an http(s) URL".to_owned()))?;
        let token = options.token.as_deref().map(|path| token(path, &url)).transpose()?.map(Arc::new);
        let mut builder =
            Client::builder().connect_timeout(CONNECT).timeout(options.timeout).redirect(Policy::none()).no_proxy();
        if let Some((certificate, key)) = &options.identity {
            builder = builder.identity(identity(certificate, key)?);
        }
        if let Some(path) = &options.authority {
            builder = trust(builder, path)?;
        }
        let client =
            builder.build().map_err(|_| SignerError::Other(format!("no connection to {who} can be set up")))?;
        Ok(Self { client, url, token, who })
    }

    /// The accounts it signs for; `None` when it does not tell (op-signer).
    pub(super) async fn accounts(&self) -> Result<Option<Vec<Address>>, SignerError> {
        match self.ask("eth_accounts", json!([])).await? {
            Ok(accounts) => {
                let accounts = serde_json::from_value(accounts);
                accounts.map(Some).map_err(|_| self.no_answer("what it lists as its accounts are no addresses"))
            }
            Err((NO_METHOD, _)) => Ok(None),
            Err((code, words)) => Err(self.refused(format!("{words} (error {code})"))),
        }
    }

    /// The raw transaction it answers with; not proven yet.
    pub(super) async fn sign(&self, from: Address, tx: &TxEip1559) -> Result<Bytes, SignerError> {
        let answer = self.ask("eth_signTransaction", json!([request(from, tx)])).await?;
        let answer = answer.map_err(|(code, words)| self.refused(format!("{words} (error {code})")))?;
        let raw = if answer.is_object() { &answer["raw"] } else { &answer };
        raw.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| SignerError::BadSignature {
            signer: from,
            what: format!("{} answered with something that is no raw transaction", self.who),
        })
    }

    /// One question; the inner error is the signer's own, with its code.
    async fn ask(&self, method: &str, params: Value) -> Result<Result<Value, (i64, String)>, SignerError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.as_str());
        }
        let response = request.send().await.map_err(|error| {
            self.no_answer(if error.is_timeout() { "it took too long" } else { "it could not be reached" })
        })?;
        let status = response.status();
        let body = self.body(response).await?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        if let Some(error) = answer.as_ref().and_then(|answer| answer.get("error")).filter(|error| !error.is_null()) {
            let words = self.tidy(error["message"].as_str().unwrap_or("without words"));
            return Ok(Err((error["code"].as_i64().unwrap_or_default(), words)));
        }
        if !status.is_success() {
            let words = format!("HTTP status {}", status.as_u16());
            let passing = status.is_server_error()
                || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
            return Err(if passing { self.no_answer(&words) } else { self.refused(words) });
        }
        let answer = answer.filter(|answer| answer["id"] == 1 && !answer["result"].is_null());
        answer.map(|mut answer| Ok(answer["result"].take())).ok_or_else(|| self.no_answer("its answer is no JSON-RPC"))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, SignerError> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() <= MOST => body.extend_from_slice(&chunk),
                Ok(Some(_)) => return Err(self.no_answer("its answer is too long")),
                Err(error) if error.is_timeout() => return Err(self.no_answer("it took too long")),
                Err(_) => return Err(self.no_answer("its answer broke off")),
            }
        }
    }

    fn no_answer(&self, reason: &str) -> SignerError {
        SignerError::NoAnswer { who: self.who.clone(), reason: reason.to_owned() }
    }

    fn refused(&self, words: String) -> SignerError {
        SignerError::Refused { who: self.who.clone(), words }
    }

    /// A stranger's words, fit to be printed: one line, not too long, no address with a secret in it, no token of ours.
    fn tidy(&self, words: &str) -> String {
        let hidden = self.token.as_ref().map(|token| words.replace(token.as_str(), "***"));
        let hidden = hidden.as_deref().unwrap_or(words);
        let each =
            hidden.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
        let each = each.map(|word| if word.contains("://") { redact(word) } else { word.to_owned() });
        each.collect::<Vec<_>>().join(" ").chars().take(MOST_WORDS).collect()
    }
}

/// The transaction as all of them read it.
fn request(from: Address, tx: &TxEip1559) -> Value {
    let mut request = json!({
        "from": from,
        "gas": U64::from(tx.gas_limit),
        "maxFeePerGas": U128::from(tx.max_fee_per_gas),
        "maxPriorityFeePerGas": U128::from(tx.max_priority_fee_per_gas),
        "value": tx.value,
        "nonce": U64::from(tx.nonce),
        "data": tx.input,
        "input": tx.input,
        "chainId": U64::from(tx.chain_id),
        "type": U64::from(tx.ty()),
    });
    // a creation has no `to`; null is no address to web3signer
    if let Some(to) = tx.to.to() {
        request["to"] = json!(to);
    }
    if !tx.access_list.is_empty() {
        request["accessList"] = json!(tx.access_list);
    }
    request
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SignerError> {
    let unreadable = |source| SignerError::Unreadable { path: path.to_owned(), source };
    std::fs::read(path).map(Zeroizing::new).map_err(unreadable)
}

fn token(path: &Path, url: &Url) -> Result<Zeroizing<String>, SignerError> {
    if url.scheme() != "https" && !is_here(url) {
        return Err(SignerError::Other(format!(
            "the token of {} would travel in the clear to {}; give an https address",
            path.display(),
            redact(url.as_str())
        )));
    }
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SignerError::Other(format!("{} does not hold one token", path.display())));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Whether the address is of this machine.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, SignerError> {
    let mut pem = read(certificate)?;
    pem.push(b'\n');
    pem.extend_from_slice(&read(key)?);
    Identity::from_pem(&pem).map_err(|_| {
        SignerError::Other(format!(
            "{} and {} are not a certificate and its private key in PEM",
            certificate.display(),
            key.display()
        ))
    })
}

fn trust(builder: ClientBuilder, path: &Path) -> Result<ClientBuilder, SignerError> {
    let certificates = Certificate::from_pem_bundle(&read(path)?).ok().filter(|found| !found.is_empty());
    certificates
        .map(|certificates| builder.tls_certs_only(certificates))
        .ok_or_else(|| SignerError::Other(format!("{} holds no certificate in PEM", path.display())))
}
