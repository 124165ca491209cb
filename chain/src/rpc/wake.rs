//! A WebSocket whose new blocks end a wait early, and nothing more.
//!
//! What comes over it is never read: that something came means that looking now is worth it. Polling over HTTP is the truth,
//! so losing the socket costs nothing but the time until the next poll. It is opened again for ever, with back-off; one that
//! has been silent for five minutes is taken for dead, since subscriptions are known to end without a word.

use std::time::Duration;

use alloy::{
    providers::{Provider, RootProvider},
    rpc::client::RpcClient,
    transports::ws::WsConnect,
};
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{backoff::Backoff, error::redact};

/// Time to open a socket and to subscribe.
const OPEN: Duration = Duration::from_secs(15);
/// Silence after which a socket is opened anew.
const SILENCE: Duration = Duration::from_secs(300);
/// A socket that lasted so long begins anew with short pauses.
const LASTED: Duration = Duration::from_secs(60);

/// The task that listens; it ends with this value.
#[derive(Debug)]
pub(super) struct Wake {
    blocks: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wake {
    /// Listens to the blocks of `url`.
    pub(super) fn listen(url: &str, seed: u64) -> Self {
        let (sender, blocks) = watch::channel(0);
        Self { blocks, task: tokio::spawn(listen_for_ever(url.to_owned(), seed, sender)) }
    }

    /// Resolves with the next block.
    pub(super) async fn woken(&self) {
        let mut blocks = self.blocks.clone();
        blocks.mark_unchanged();
        if blocks.changed().await.is_err() {
            // the task is gone, and with it all hope
            std::future::pending::<()>().await;
        }
    }
}

async fn listen_for_ever(url: String, seed: u64, sender: watch::Sender<u64>) {
    let label = redact(&url);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut failures = 0;
    loop {
        let opened = Instant::now();
        if listen_once(&url, &sender).await.is_none() {
            tracing::debug!(endpoint = %label, "no new blocks over the WebSocket");
        }
        failures = if opened.elapsed() >= LASTED { 0 } else { failures + 1 };
        sleep(Backoff::SOCKET.pause(failures, &mut rng)).await;
    }
}

/// Listens until the socket is lost or silent; `None` if it could not be opened.
async fn listen_once(url: &str, sender: &watch::Sender<u64>) -> Option<()> {
    let connect = WsConnect::new(url).with_max_retries(0);
    let client = timeout(OPEN, RpcClient::connect_pubsub(connect)).await.ok()?.ok()?;
    let provider: RootProvider = RootProvider::new(client);
    let mut blocks = timeout(OPEN, provider.subscribe_blocks()).await.ok()?.ok()?;
    loop {
        match timeout(SILENCE, blocks.recv_any()).await {
            // whatever came, and however much of it was missed
            Ok(Ok(_) | Err(RecvError::Lagged(_))) => sender.send_modify(|count| *count += 1),
            Ok(Err(RecvError::Closed)) | Err(_) => return Some(()),
        }
    }
}
