//! A stand-in for a remote signer: an HTTP server that answers by a script and keeps what it was asked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it does with a request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Answers with this result.
    Result(Value),
    /// Answers with an error.
    Error(i64, String),
    /// Answers with this HTTP status and body.
    Http(u16, String),
    /// Closes the connection in the middle of the answer.
    Cut,
    /// Never answers.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) head: String,
    pub(super) body: Value,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers each request with what `act` says to its method and parameters.
    pub(super) async fn start(act: impl Fn(&str, &Value) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (act, kept) = (Arc::new(act), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (act, kept) = (Arc::clone(&act), Arc::clone(&kept));
                tokio::spawn(async move { answer(stream, &*act, &kept).await });
            }
        });
        Self { url, asked, task }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    act: &(dyn Fn(&str, &Value) -> Act + Send + Sync),
    kept: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let (head, body) = request(&mut stream).await?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    kept.lock().unwrap().push(Asked { head, body: body.clone() });
    let rpc = |part: &str, value: Value| (200, json!({ "jsonrpc": "2.0", "id": body["id"], part: value }).to_string());
    let (status, text) = match act(body["method"].as_str()?, &body["params"]) {
        Act::Result(value) => rpc("result", value),
        Act::Error(code, words) => rpc("error", json!({ "code": code, "message": words })),
        Act::Http(status, text) => (status, text),
        Act::Cut => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"jsonrpc\"").await.ok()?;
            return None;
        }
        Act::Hang => {
            // until the other side gives up and closes
            let _ = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut [0])).await;
            return None;
        }
    };
    let head = format!(
        "HTTP/1.1 {status} Words\r\nContent-Length: {}\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(&[head.as_bytes(), text.as_bytes()].concat()).await.ok()
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.trim().parse::<usize>().ok()?;
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, bytes[end..].to_vec()))
}
