//! How endpoints get behind a handle.
//!
//! One endpoint tells its chain id. Of several, each that answers tells chain id and first block, and all have to tell the
//! same: a list with an endpoint of another chain in it is a mistake that nobody should find out later. One that does not
//! answer now is looked at when it does (`agree`), before it is asked anything else.

use std::sync::Arc;

use alloy::{
    providers::RootProvider,
    rpc::client::RpcClient,
    transports::{http::reqwest::Url, utils::guess_local_url},
};
use futures::future::join_all;
use tokio::time::Instant;

use super::{
    Rpc,
    agree::{self, Identity},
    endpoint::Endpoint,
    error::{RpcError, Secrets, redact},
    http::Http,
    options::Options,
    pool::{Pool, PoolTransport},
};

impl Rpc {
    /// Connects to an HTTP(S) endpoint and asks its chain id.
    ///
    /// # Errors
    /// A URL that cannot be read, or an endpoint that does not answer.
    pub async fn connect(url: &str) -> Result<Self, RpcError> {
        Self::connect_many(&[url], Options::default()).await
    }

    /// Connects to HTTP(S) endpoints of one chain.
    ///
    /// # Errors
    /// A URL that cannot be read, given twice, or none; endpoints of different chains; none that answers; a quorum that they
    /// cannot make up.
    pub async fn connect_many<U: AsRef<str>>(urls: &[U], options: Options) -> Result<Self, RpcError> {
        let mut endpoints: Vec<Endpoint> = Vec::with_capacity(urls.len());
        let mut seen: Vec<Url> = Vec::with_capacity(urls.len());
        for url in urls {
            let name = redact(url.as_ref());
            let http = url.as_ref().parse::<Url>().ok().and_then(|url| Some((Http::new(url.clone())?, url)));
            let Some((http, url)) = http else { return Err(unusable(name, "not an http(s) URL")) };
            if seen.contains(&url) {
                return Err(unusable(name, "the same endpoint twice; its word would count twice"));
            }
            // two keys of one provider are told apart by their place
            let twins = seen.iter().filter(|other| redact(other.as_str()) == name).count();
            let label = if twins == 0 { name } else { format!("{name} ({})", twins + 1) };
            let client = RpcClient::new(http, guess_local_url(url.as_str()));
            endpoints.push(Endpoint::new(client, label, Secrets::of(&url), options.seed_of(endpoints.len())));
            seen.push(url);
        }
        Self::begin(endpoints, options).await
    }

    /// Takes a client that is already there, the embedded chain's for instance. It is asked as it is, with no repetition.
    ///
    /// # Errors
    /// If it does not tell its chain id.
    pub async fn over(client: RpcClient, label: impl Into<String>) -> Result<Self, RpcError> {
        Self::over_many(vec![(client, label.into())], Options::bare()).await
    }

    /// Takes several clients that are already there.
    ///
    /// # Errors
    /// As [`Rpc::connect_many`].
    pub async fn over_many(clients: Vec<(RpcClient, String)>, options: Options) -> Result<Self, RpcError> {
        let numbered = clients.into_iter().enumerate();
        let endpoints = numbered
            .map(|(index, (client, label))| Endpoint::new(client, label, Secrets::default(), options.seed_of(index)));
        Self::begin(endpoints.collect(), options).await
    }

    async fn begin(endpoints: Vec<Endpoint>, options: Options) -> Result<Self, RpcError> {
        let endpoints: Vec<_> = endpoints.into_iter().map(Arc::new).collect();
        let label = endpoints.iter().map(|endpoint| endpoint.label.as_str()).collect::<Vec<_>>().join(" + ");
        if endpoints.is_empty() {
            return Err(unusable("no endpoint".to_owned(), "none was given"));
        }
        if options.chosen_quorum().is_some_and(|quorum| quorum == 0 || quorum > endpoints.len()) {
            return Err(unusable(label, "a quorum is at least one of the endpoints and at most all"));
        }
        if let Some(url) = options.wake()
            && !url.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "ws" | "wss"))
        {
            return Err(unusable(redact(url), "not a ws(s) URL"));
        }
        let identity = match &endpoints[..] {
            [only] => {
                let id = agree::chain_id(only).await.map_err(|error| only.convert("eth_chainId", error))?;
                only.health().note_check(Instant::now(), Ok(()));
                Identity::of_chain(id)
            }
            several => common(several).await?,
        };
        let pool = Arc::new(Pool::new(endpoints, identity, options));
        if pool.endpoints.len() > 1 {
            pool.survey().await;
        }
        let provider = RootProvider::new(PoolTransport::client(&pool));
        Ok(Self { pool, provider, label: label.into() })
    }
}

/// The chain id and the first block that all endpoints show which answer.
async fn common(endpoints: &[Arc<Endpoint>]) -> Result<Identity, RpcError> {
    let shown = join_all(endpoints.iter().map(|endpoint| async move {
        let id = agree::chain_id(endpoint).await.map_err(|error| endpoint.convert("eth_chainId", error))?;
        let first = agree::first_block(endpoint, id).await;
        Ok((id, first.map_err(|error| endpoint.convert("eth_getBlockByNumber", error))?))
    }))
    .await;
    let (mut told, mut failure) = (Vec::new(), None);
    for (endpoint, shown) in endpoints.iter().zip(shown) {
        match shown {
            Ok(shown) => told.push((endpoint, shown)),
            Err(error) => drop(failure.get_or_insert(error)),
        }
    }
    let Some((_, (chain_id, first))) = told.first().copied() else {
        return Err(failure.unwrap_or_else(|| unusable("no endpoint".to_owned(), "none was given")));
    };
    if told.iter().any(|(_, shown)| *shown != (chain_id, first)) {
        let side = |(endpoint, (id, first)): &(&Arc<Endpoint>, (u64, _))| {
            (endpoint.label.clone(), format!("chain id {id} and first block {first}"))
        };
        return Err(RpcError::Disagree {
            about: "which chain they belong to".to_owned(),
            answers: told.iter().map(side).collect(),
        });
    }
    for (endpoint, _) in told {
        endpoint.health().note_check(Instant::now(), Ok(()));
    }
    let identity = Identity::of_chain(chain_id);
    identity.first.get_or_init(|| first);
    Ok(identity)
}

fn unusable(label: String, reason: &str) -> RpcError {
    RpcError::NoAnswer { label, method: "connect", reason: reason.to_owned() }
}
