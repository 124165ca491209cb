//! A wire that is cut: it passes bytes on to an endpoint, and from a moment on cuts connections in the middle of requests and
//! of answers, or before they begin.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
};

/// Longest that a connection lives once connections are cut, bytes in one direction.
const LONGEST: u64 = 40_000;

#[derive(Clone)]
pub struct Proxy {
    pub url: String,
    cutting: Arc<AtomicBool>,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    /// A wire to the endpoint at `url`.
    pub async fn before(url: &str, random: ChaCha8Rng) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            cutting: Arc::default(),
            cuts: Arc::default(),
        };
        let (wire, to) = (proxy.clone(), url.trim_start_matches("http://").to_owned());
        let random = Arc::new(Mutex::new(random));
        tokio::spawn(async move {
            while let Ok((inner, _)) = listener.accept().await {
                tokio::spawn(wire.clone().carry(inner, to.clone(), random.clone()));
            }
        });
        proxy
    }

    pub fn cut_from_now_on(&self) {
        self.cutting.store(true, Ordering::SeqCst);
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }

    async fn carry(self, inner: TcpStream, to: String, random: Arc<Mutex<ChaCha8Rng>>) {
        let Ok(outer) = TcpStream::connect(to).await else { return };
        let draw = || random.lock().unwrap().next_u64() % LONGEST;
        let (up, down) = (draw(), draw());
        let ((from_inner, to_inner), (from_outer, to_outer)) = (inner.into_split(), outer.into_split());
        // whichever direction ends first ends both
        tokio::select! {
            () = self.pass(from_inner, to_outer, up) => {}
            () = self.pass(from_outer, to_inner, down) => {}
        }
    }

    /// Passes bytes on until the end, or while connections are cut until `budget` bytes have passed.
    async fn pass(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, budget: u64) {
        let (mut buffer, mut passed) = (vec![0; 4096], 0);
        loop {
            let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
            let left = usize::try_from(budget.saturating_sub(passed)).unwrap_or(0);
            let cut = self.cutting.load(Ordering::SeqCst) && left < read;
            let part = if cut { left } else { read };
            if to.write_all(&buffer[..part]).await.is_err() {
                return;
            }
            if cut {
                self.cuts.fetch_add(1, Ordering::SeqCst);
                return;
            }
            passed += read as u64;
        }
    }
}
